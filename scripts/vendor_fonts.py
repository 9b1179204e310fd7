"""Makes the two fonts of PDF files out of the web font's subsets: regular and bold, every script that the web font has.

Usage (by scripts/vendor-assets): python scripts/vendor_fonts.py FOLDER_OF_WOFF2 FOLDER_OF_TTF

The web font varies and comes in one file per script; PDF files want one static TrueType font per weight. A changed font
may not bear the reserved name "Source" (SIL Open Font License 1.1, 3), so ours is called Vuoro Sans.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

NAME = "Vuoro Sans"
WEIGHTS = {"regular": 400, "bold": 700}
SCRIPTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese")
LAYOUT = ["BASE", "GDEF", "GPOS", "GSUB", "MVAR", "STAT", "gasp", "prep"]  # nothing here shapes text or hints it
FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT = 1, 2, 3, 4, 6


def part(source: TTFont, weight: int, without: set[int]) -> TTFont:
    """One script's font in one weight, but for the signs that another part has."""
    font = instantiateVariableFont(source, {"wght": weight})
    options = Options()
    options.hinting, options.layout_features, options.notdef_outline = False, [], True
    options.drop_tables = [*options.drop_tables, *LAYOUT]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(font.getBestCmap()) - without)
    subsetter.subset(font)
    return font


def static_font(folder: Path, style: str, weight: int) -> TTFont:
    """All scripts in one weight, under our name."""
    known: set[int] = set()
    files = []
    for script in SCRIPTS:
        source = TTFont(folder / f"source-sans-3-{script}-wght-normal.woff2", recalcTimestamp=False)
        made, modified = source["head"].created, source["head"].modified
        font = part(source, weight, known)
        known |= set(font.getBestCmap())
        files.append(BytesIO())
        font.save(files[-1])
        files[-1].seek(0)
    merged = Merger().merge(files)
    merged.recalcTimestamp = False
    merged["head"].created, merged["head"].modified = made, modified  # so that the same sources give the same bytes
    rename(merged, style.capitalize())
    return merged


def rename(font: TTFont, style: str) -> None:
    """Our name instead of the reserved one; copyright and licence stay."""
    table = font["name"]
    ours = {
        FAMILY: NAME,
        STYLE: style,
        UNIQUE: f"{NAME} {style}",
        FULL: f"{NAME} {style}",
        POSTSCRIPT: f"{NAME.replace(' ', '')}-{style}",
    }
    table.names = [record for record in table.names if record.nameID in (0, 5, 13, 14)]
    for name_id, text in ours.items():
        table.setName(text, name_id, 3, 1, 0x409)


def main(source: str, target: str) -> None:
    for style, weight in WEIGHTS.items():
        static_font(Path(source), style, weight).save(Path(target) / f"vuoro-sans-{style}.ttf")


if __name__ == "__main__":
    main(*sys.argv[1:])

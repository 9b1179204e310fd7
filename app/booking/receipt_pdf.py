"""A receipt as a PDF file: A4, the municipality's name and colours, our font. The same receipt gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont
from fpdf.prefs import ViewerPreferences

from app.booking.models import Receipt
from app.booking.receipt_views import receipt_page
from app.core.brand import INK, palette
from app.core.i18n import current_language, gettext, local_text
from app.core.tenancy import Municipality

FONTS = Path(__file__).parents[1] / "static" / "vendor" / "fonts"
FONT = "vuoro sans"
MUTED, LINE = "#51605e", "#cdd6d4"
MARGIN, BAND, EDGE = 20, 26, 1.5  # millimetres
NEXT_LINE: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}


def receipt_pdf(receipt: Receipt, municipality: Municipality) -> bytes:
    """The file, in the reader's language."""
    page = receipt_page(receipt, municipality)
    sheet = Sheet(municipality, stands_for_unprintable=page["stands_for_unprintable"])
    sheet.describe(f"{gettext('Receipt')} {receipt.number}", receipt)
    sheet.headline(gettext("Receipt"), page["what"])
    sheet.table_of(page["done_rows"] + page["rows"])
    if page["code"]:
        sheet.code(page["code"], page["verify_address"])
    sheet.notes()
    return bytes(sheet.output())


class Sheet(FPDF):
    """An A4 page with the municipality's band above and its contacts below."""

    def __init__(self, municipality: Municipality, *, stands_for_unprintable: str) -> None:
        super().__init__(format="A4")
        self.municipality = municipality
        self.colours = palette(municipality.brand_colour, municipality.accent_colour)
        self.stands_for_unprintable = stands_for_unprintable
        self.left_out = False
        for style, file in (("", "regular"), ("B", "bold")):
            self.add_font(FONT, style, FONTS / f"vuoro-sans-{file}.ttf")
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 8)
        self.add_page()

    def describe(self, title: str, receipt: Receipt) -> None:
        """What reading programs and archives ask of a file."""
        self.set_title(title)
        self.set_author(local_text(self.municipality.name))
        self.set_lang(current_language())
        self.set_creator("Vuoro")
        self.set_creation_date(receipt.at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def header(self) -> None:
        """The band with the municipality's name, on the first page."""
        if self.page > 1:
            return
        self._fill(self.colours.accent, 0, BAND, self.w, EDGE)
        self._fill(self.colours.brand, 0, 0, self.w, BAND)
        self._write_in(self.colours.on_brand, 18, bold=True)
        self.set_y((BAND - 9) / 2)
        self.cell(text=self.printable(local_text(self.municipality.name)), h=9, **NEXT_LINE)
        self.set_y(BAND + 14)

    def footer(self) -> None:
        """Whom to ask, on every page."""
        contacts = [local_text(self.municipality.name), self.municipality.phone, self.municipality.email]
        self._write_in(MUTED, 10)
        self.set_y(-MARGIN)
        self.multi_cell(0, 5, self.printable(" · ".join(part for part in contacts if part)), align="C", **NEXT_LINE)

    def headline(self, kind: str, text: str) -> None:
        """What the paper is, and of what."""
        self._write_in(MUTED, 12)
        self.cell(text=kind, h=7, **NEXT_LINE)
        self._write_in(INK, 22, bold=True)
        self.multi_cell(0, 10, text, align="L", **NEXT_LINE)
        self.ln(5)

    def table_of(self, rows: list[dict[str, Any]]) -> None:
        """Keys and values, a line between them."""
        self._write_in(INK, 12)
        self.set_draw_color(LINE)
        key, value = FontFace(color=MUTED), FontFace(emphasis="BOLD")
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            first_row_as_headings=False,
            col_widths=(5, 12),
            line_height=6,
            padding=(2, 2, 2, 0),
            text_align="LEFT",
            v_align="TOP",
        ) as table:
            for row in rows:
                parts = [row["value"]] if isinstance(row["value"], str) else row["value"]
                line = table.row()
                line.cell(row["key"], style=key)
                line.cell("\n".join(self.printable(part) for part in parts), style=value)
        self.ln(6)

    def code(self, code: str, address: str) -> None:
        """The verification code, and where it is checked."""
        self._write_in(MUTED, 11)
        self.cell(text=gettext("Verification code"), h=6, **NEXT_LINE)
        self._write_in(INK, 16, bold=True)
        self.cell(text=code, h=9, **NEXT_LINE)
        self._write_in(INK, 11)
        sentence = gettext("Whoever gets this receipt from you can check with the code that it is genuine:")
        self.multi_cell(0, 6, f"{sentence} {self.printable(address)}", align="L", **NEXT_LINE)
        self.ln(4)

    def notes(self) -> None:
        """What a reader must know of the paper itself."""
        self._write_in(MUTED, 10)
        lines = [gettext("A receipt tells how things were when it was written. It does not change afterwards.")]
        if self.left_out:
            lines.append(
                gettext(
                    "* This file cannot show the signs that were written here: a number stands in their place. "
                    "The receipt's page shows them."
                )
            )
        for line in lines:
            self.multi_cell(0, 5, line, align="L", **NEXT_LINE)

    def printable(self, text: str) -> str:
        """The text, or what stands for it where our font lacks one of its signs."""
        signs = cast(TTFFont, self.fonts[FONT]).cmap
        if all(ord(sign) in signs for sign in text):
            return text
        self.left_out = True
        return f"{self.stands_for_unprintable} *"

    def _fill(self, colour: str, x: float, y: float, w: float, h: float) -> None:
        self.set_fill_color(colour)
        self.rect(x, y, w, h, style="F")

    def _write_in(self, colour: str, size: float, *, bold: bool = False) -> None:
        self.set_text_color(colour)
        self.set_font(FONT, "B" if bold else "", size)

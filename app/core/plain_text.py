"""Pure: text that people typed, as safe HTML. Paragraphs, lists of lines with "- ", and addresses as links; nothing else."""

from __future__ import annotations

import re
from itertools import groupby

from markupsafe import Markup, escape

_ADDRESS = re.compile(
    r"(?P<web>(?:https?://|www\.)[^\s<>\"']+)|(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})"
)
_BULLETS = ("- ", "– ", "• ", "* ")
_AFTER_AN_ADDRESS = ".,;:!?)]"


def paragraphs(text: str) -> Markup:
    """Blocks between empty lines as paragraphs and lists, line breaks kept."""
    blocks = (block for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip()) if block.strip())
    return Markup("\n").join(part for block in blocks for part in _parts(block))


def _parts(block: str) -> list[Markup]:
    return [
        _list([line.strip()[2:] for line in lines]) if listed else _paragraph(list(lines))
        for listed, lines in groupby(block.split("\n"), key=lambda line: line.strip().startswith(_BULLETS))
    ]


def _paragraph(lines: list[str]) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>").join(with_links(line.strip()) for line in lines))


def _list(items: list[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        Markup().join(Markup("<li>{}</li>").format(with_links(item.strip())) for item in items)
    )


def with_links(line: str) -> Markup:
    """The line, escaped, with web and e-mail addresses as links."""
    pieces, done = Markup(), 0
    for found in _ADDRESS.finditer(line):
        address = found.group().rstrip(_AFTER_AN_ADDRESS)
        target = address if address.startswith("http") else f"https://{address}"
        target = f"mailto:{address}" if found["email"] else target
        pieces += escape(line[done : found.start()])
        pieces += Markup('<a class="vuoro-link" href="{}">{}</a>').format(target, address)
        done = found.start() + len(address)
    return pieces + escape(line[done:])

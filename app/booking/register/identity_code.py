"""The Finnish personal identity code: what a valid one looks like (Decree 1345/1999 as in force since 1.1.2023).

``DDMMYYCNNNT``: birthday, the sign of the century, an individual number, and a check character.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

CENTURIES = {"+": 1800, **dict.fromkeys("-UVWXY", 1900), **dict.fromkeys("ABCDEF", 2000)}
CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SMALLEST_NUMBER = 2
"""001 and 000 are not given. Numbers from 900 on are never anybody's own: they are for tests and passing use."""

_CODE = re.compile(r"(\d\d)(\d\d)(\d\d)([-+A-FU-Y])(\d{3})([0-9A-Y])", re.ASCII)
_INSIDE = re.compile(r"(?<![0-9A-Za-z])\d{6}[-+A-FU-Ya-fu-y–−]\d{3}[0-9A-Ya-y](?![0-9A-Za-z])", re.ASCII)


class Fault(StrEnum):
    """Why a text is not a personal identity code."""

    SHAPE = "shape"
    DAY = "day"
    CHECK = "check"


class NotACode(ValueError):
    """The text is not a personal identity code; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def normalise(typed: str) -> str:
    """The code as it is kept: capitals, no spaces, a plain hyphen. Raises ``NotACode``."""
    code = "".join(typed.upper().split()).replace("–", "-").replace("−", "-")
    found = _CODE.fullmatch(code)
    if found is None:
        raise NotACode(Fault.SHAPE)
    day, month, year, sign, number, check = found.groups()
    try:
        date(CENTURIES[sign] + int(year), int(month), int(day))
    except ValueError:
        raise NotACode(Fault.DAY) from None
    if int(number) < SMALLEST_NUMBER or CHECK_CHARACTERS[int(day + month + year + number) % 31] != check:
        raise NotACode(Fault.CHECK)
    return code


def birthday_of(code: str) -> date:
    """The birthday that a normalised code tells."""
    return date(CENTURIES[code[6]] + int(code[4:6]), int(code[2:4]), int(code[:2]))


def mask(code: str) -> str:
    """``131052-****``: enough to tell two people of one name apart."""
    return f"{code[:7]}****"


def looks_like_one(text: str) -> bool:
    """True if something of the code's shape stands in the text, valid or not: it must not end up where it is read."""
    return _INSIDE.search(text) is not None

"""Pictures in a municipality's colours."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from app.core.brand import palette
from app.core.pictures import icon_png, icon_svg, share_picture

COLOURS = palette("#1f4e86", "#f2a65a")
OTHERS = palette("#12504a", "#f4b942")


def read(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture)).convert("RGB")


@pytest.mark.parametrize("size", [180, 512])
def test_the_icon_is_a_square_in_the_municipalitys_colours(size: int) -> None:
    drawn = read(icon_png(size, COLOURS))
    assert drawn.size == (size, size)
    assert drawn.getpixel((2, 2)) == (0x1F, 0x4E, 0x86)
    assert drawn.getpixel((size // 2, round(8.5 / 32 * size))) == (0xF2, 0xA6, 0x5A)


def test_the_svg_icon_is_well_formed_and_has_both_colours() -> None:
    svg = icon_svg(COLOURS)
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "#1f4e86" in svg
    assert "#f2a65a" in svg


def test_the_share_picture_has_the_size_that_messengers_ask_for_and_says_something() -> None:
    drawn = read(share_picture("Koivulan työllisyyspalvelut", "Varaa aika", COLOURS))
    assert drawn.size == (1200, 630)
    empty = read(share_picture(".", ".", COLOURS))
    assert drawn.tobytes() != empty.tobytes()
    assert share_picture("Koivula", "Varaa aika", COLOURS) != share_picture("Koivula", "Varaa aika", OTHERS)


@pytest.mark.parametrize(
    "name",
    [
        "Aanaar kieldâ Čeavetjävri",
        "Pohjois-Savon ja Keski-Suomen kuntien yhteinen työllisyysalue ja kotoutumispalvelut " * 3,
        "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilasyhdistys",
        "😀",
        "",
    ],
)
def test_a_long_or_strange_name_stays_inside_the_picture(name: str) -> None:
    drawn = read(share_picture(name, "Varaa aika", COLOURS))
    right_edge = {drawn.getpixel((1195, y)) for y in range(600)}
    assert right_edge == {(0x1F, 0x4E, 0x86)}

"""Whatever two colours a municipality chooses, its pages can be read (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from dataclasses import astuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.brand import AA, BLACK, INK, WHITE, contrast, mix, palette, readable_on

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#ffffff", "#ffffff", 1), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(colours, colours)
@example("#12504a", "#f4b942")
@example("#ffffff", "#ffffff")
@example("#000000", "#000000")
@example("#ffff00", "#00ffff")
@example("#7a7a7a", "#808080")
def test_text_on_every_colour_can_be_read(brand: str, accent: str) -> None:
    colours = palette(brand, accent)
    assert contrast(colours.on_brand, colours.brand) >= AA
    assert contrast(colours.on_accent, colours.accent) >= AA
    assert contrast(WHITE, colours.strong) >= AA, "templates/brand.css writes white on the strong colour"


@given(colours, colours)
def test_links_can_be_read_on_white_and_on_the_soft_ground(brand: str, accent: str) -> None:
    colours = palette(brand, accent)
    assert contrast(colours.text, WHITE) >= AA
    assert contrast(colours.text, colours.soft) >= AA
    assert contrast(INK, colours.soft) >= 7


@given(colours, colours)
def test_the_palette_is_seven_colours_that_css_understands(brand: str, accent: str) -> None:
    assert all(re.fullmatch(r"#[0-9a-fA-F]{6}", colour) for colour in astuple(palette(brand, accent)))


@given(colours)
def test_a_colour_that_can_be_read_on_white_is_kept_for_links(brand: str) -> None:
    if contrast(brand, WHITE) >= AA + 1:
        assert palette(brand, "#f4b942").text == brand


@pytest.mark.parametrize(
    "nonsense", ["", "red", "#fff", "#12345g", "12504a", "#12504a;} body { display: none", "#12504a\n", "url(x)"]
)
def test_what_is_no_colour_becomes_our_own(nonsense: str) -> None:
    assert palette(nonsense, nonsense) == palette("#12504a", "#f4b942")


def test_the_more_readable_of_white_and_ink_is_chosen() -> None:
    assert readable_on("#000000") == WHITE
    assert readable_on("#ffffff") == INK
    assert readable_on("#f4b942") == INK


def test_black_is_chosen_only_where_neither_is_enough() -> None:
    assert readable_on("#7a7a7a") == BLACK
    assert contrast(BLACK, "#7a7a7a") >= AA > max(contrast(WHITE, "#7a7a7a"), contrast(INK, "#7a7a7a"))


@given(colours, colours, st.floats(0, 1))
def test_a_mix_lies_between_its_colours(one: str, other: str, share: float) -> None:
    mixed = mix(one, other, share)
    for at in (1, 3, 5):
        low, high = sorted(int(colour[at : at + 2], 16) for colour in (one, other))
        assert low <= int(mixed[at : at + 2], 16) <= high
    assert mix(one, other, 0) == one
    assert mix(one, other, 1) == other

"""Which colours a municipality may choose, and the nearest that it may."""

from __future__ import annotations

import pytest

from app.admin.municipality.facts import problems_of
from app.core.brand import AA, NON_TEXT, contrast, is_colour, marks_on_menu, nearest, palette

WHITE = "#ffffff"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", WHITE, 21.0), (WHITE, WHITE, 1.0), ("#767676", WHITE, 4.54), ("#777777", WHITE, 4.48)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12504", "#12504g", "12504a", "#12504a;"])
def test_only_six_digits_are_a_colour(text: str) -> None:
    assert not is_colour(text)


@pytest.mark.parametrize("brand", ["#777777", "#ffcc00", "#00aaff", "#ff0000", "#ffffff", "#7fc241"])
def test_a_brand_on_which_white_cannot_be_read_is_refused_with_one_that_will_do(brand: str) -> None:
    problem = problems_of(brand, "#f4b942")["brand_colour"]
    assert problem.ratio < AA <= contrast(problem.nearest, WHITE)
    assert "brand_colour" not in problems_of(problem.nearest, "#f4b942")


def test_the_nearest_colour_is_near() -> None:
    assert nearest("#777777", lambda colour: contrast(colour, WHITE) >= AA) == "#767676"
    assert nearest("#12504a", lambda colour: True) == "#12504a"


@pytest.mark.parametrize("brand", ["#12504a", "#00205b", "#7a0019", "#000000"])
@pytest.mark.parametrize("accent", ["#f4b942", "#111111", "#12504a", "#555555", "#ffffff"])
def test_the_accent_stands_out_on_the_menu_or_another_is_proposed(brand: str, accent: str) -> None:
    found = problems_of(brand, accent).get("accent_colour")
    assert (found is None) == (contrast(accent, palette(brand, accent).strong) >= NON_TEXT)
    if found is not None:
        assert marks_on_menu(brand, found.nearest)

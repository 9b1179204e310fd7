"""What every story of the staff begins with."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.town import PASSWORD

TODAY = re.compile(r"^[^?]+/staff/$")
"""The address of the page of the day; a page that only leads there (`?next=/staff/`) is not it."""


def fill_sign_in(page: Page, email: str) -> None:
    """Type address and password and send them."""
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def sign_in(page: Page, email: str, language: str = "fi") -> None:
    """Sign in and wait for the page of the day."""
    page.goto(f"/staff/sign-in?lang={language}")
    fill_sign_in(page, email)
    page.wait_for_url(TODAY)

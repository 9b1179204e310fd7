"""A real Chromium against the real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config import Config
from tests.live import serving

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
PHONE = {"width": 390, "height": 844}
SIZES = ((390, 844), (320, 640), (1280, 800))
PATIENCE = 20_000  # ms: a page may come late on a busy machine; what never comes still fails

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def address(app: Flask, settings: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of gunicorn over the test database."""
    with serving(settings, workers=2, log=tmp_path_factory.mktemp("browser") / "log") as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "no Chromium: scripts/test installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Watched]]:
    """Opens pages that are watched: outside requests and script errors end the test."""
    opened: list[Watched] = []

    def make(**options: Any) -> Watched:
        context = chromium.new_context(viewport=options.pop("viewport", PHONE), base_url=address, **options)
        watched = Watched(context.new_page(), address)
        opened.append(watched)
        return watched

    yield make
    for watched in opened:
        watched.page.context.close()
        assert watched.outside == []
        assert watched.errors == []


class Watched:
    """A page, what it asked of the outside, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.looks = 0
        page.set_default_timeout(PATIENCE)
        page.on("request", self._look)
        page.on("pageerror", lambda problem: self.errors.append(str(problem)))
        page.on("console", self._hear)

    def _look(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.outside.append(request.url)

    def _hear(self, message: Any) -> None:
        expected = "the server responded with a status of"  # a refused form answers 409 or 422
        if message.type == "error" and expected not in message.text:
            self.errors.append(message.text)

    def look(self) -> None:
        """Nothing sticks out sideways at any size; axe-core finds nothing at one of them.

        Which one goes round, from another start in each language: a page seen in all three was tried at every size.
        """
        start = ("fi", "sv", "en").index(self.page.locator("html").get_attribute("lang") or "fi")
        chosen = (start + self.looks) % len(SIZES)
        self.looks += 1
        for width, height in (*SIZES[chosen + 1 :], *SIZES[: chosen + 1]):  # the chosen one last
            self.page.set_viewport_size({"width": width, "height": height})
            self._check_width()
        self.check_accessible()

    def _check_width(self) -> None:
        too_wide = "document.documentElement.scrollWidth > innerWidth"
        assert not self.page.evaluate(too_wide), f"{self.page.url} at {self.page.viewport_size}"

    def check_accessible(self) -> None:
        """axe-core finds nothing, and nothing sticks out sideways."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
            ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))",
            RULES,
        )
        assert found == [], f"{self.page.url}: {found}"
        self._check_width()

# ruff: noqa: E501
"""Developer's tool: every template with rich fake data, in a browser, looked at and checked by axe.

    .venv/bin/python tests/browser/preview_templates.py --out /tmp/vuoro-preview [--only book] [--serve]

Writes screenshots at 390×844, 320 (with lengthened words, as Finnish is) and 1280×800, prints what axe, the
Content-Security-Policy or an overflow complain about, and the weight of each page. Not part of the product.
"""

import argparse
import gzip
import logging
import re
import sys
import threading
from pathlib import Path

from flask import Flask, render_template, request
from markupsafe import Markup
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parent))
import preview_data
import preview_staff

PAGES = preview_data.PAGES | preview_staff.PAGES
ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 844), "narrow": (320, 640), "desktop": (1280, 800)}
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


def longer(text: str) -> str:
    """The text with its longest word grown as Finnish would grow it; placeholders stay."""
    words = [w for w in re.findall(r"[A-Za-z]{4,}", re.sub(r"%\(\w+\)s", "", text))]
    longest = max(words, key=len, default=None)
    return text.replace(longest, longest + "mahdollisuus", 1) if longest else text


def create_preview() -> Flask:
    """A bare Flask application that renders the templates with the fake contexts at /p/<name>."""
    app = Flask("preview", template_folder=str(APP / "templates"), static_folder=str(APP / "static"))
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def translate(text: str) -> str:
        return longer(text) if request.args.get("long") else text

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        translate, lambda one, many, n: translate(one if n == 1 else many), newstyle=True
    )
    app.jinja_env.globals["static"] = lambda path: f"/static/{path}"
    app.jinja_env.globals.update(municipality_text=lambda key: "", current_notice=lambda: "")
    app.jinja_env.filters["paragraphs"] = str

    @app.after_request
    def policy(response):  # type: ignore[no-untyped-def]
        if not request.path.startswith("/p/email"):  # a mail is not a page: it brings its styles along
            response.headers["Content-Security-Policy"] = CSP
        return response

    @app.route("/p/<name>", methods=["GET", "POST"])
    def page(name: str) -> str:
        template, context = PAGES[name]
        if request.headers.get("HX-Request-Type") == "partial":
            template = "book/_times.html"
        return render_template(template, **{**preview_data.COMMON, **context})

    @app.route("/brand.css")
    def brand() -> tuple[str, dict[str, str]]:
        return preview_data.BRANDS[request.args["name"]], {"Content-Type": "text/css"}

    @app.route("/")
    def index() -> Markup:
        items = (Markup('<li><a href="/p/{0}">{0}</a> <a href="/p/{0}?long=1">long</a></li>').format(n) for n in PAGES)
        return Markup("<ul>") + Markup("").join(items) + Markup("</ul>")

    return app


def overflow(page: Page) -> list[str]:
    """What sticks out of the page sideways."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
        [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
        .slice(0, 4).map(e => e.tagName + "." + e.className)"""
    )
    return found


def small_targets(page: Page) -> list[str]:
    """Links outside running text and controls lower than 44 pixels."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a[href],button,select,input:not([type=hidden]),summary")]
        .filter(e => e.checkVisibility() && !e.closest("p,td,.vuoro-trap,.vuoro-choice,.vuoro-chip,.govuk-hint,.vuoro-reference-page,.vuoro-mail")
            && !e.classList.contains("govuk-skip-link"))
        .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.height < 43.5 && r.height > 0
            && getComputedStyle(e, "::after").position !== "absolute")
        .map(([e, r]) => `${e.tagName}.${e.className} ${Math.round(r.height)} ${e.textContent.trim().slice(0, 30)}`)"""
    )
    return found


def listen(page: Page, complaints: list[str]) -> None:
    """Adds what the console and the scripts complain about."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console {message.type}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))


def look(browser: Browser, base: str, name: str, out: Path) -> list[str]:
    """Screenshots of one page and all complaints about it."""
    complaints: list[str] = []
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, bypass_csp=False, reduced_motion="reduce"
        )
        page = context.new_page()
        listen(page, complaints)
        page.goto(f"{base}/p/{name}" + ("?long=1" if size == "narrow" else ""))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=out / f"{name}-{size}.png", full_page=True)
        complaints += [f"{size}: sticks out: {o}" for o in overflow(page)]
        if size == "phone":
            complaints += [f"small: {t}" for t in small_targets(page)]
        context.close()
    if name.startswith("email"):
        return [c for c in complaints if "404" not in c]
    for width in (390, 1280):  # axe is injected, which the page's own policy rightly refuses
        context = browser.new_context(
            viewport={"width": width, "height": 800}, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(f"{base}/p/{name}")
        page.add_script_tag(path=str(AXE))
        result = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
        complaints += [
            f"axe {width}: {v['id']} ({v['impact']}): {v['nodes'][0]['html'][:140]} {v['nodes'][0]['failureSummary'][:260]}"
            for v in result["violations"]
        ]
        context.close()
    return complaints


def weight(app: Flask, name: str) -> int:
    """Bytes of a first view, compressed, with everything that the page asks for."""
    client = app.test_client()
    html = client.get(f"/p/{name}").get_data()
    total = len(gzip.compress(html))
    for path in set(re.findall(rb'(?:src|href)="(/static/[^"]+)"', html)):
        data = client.get(path.decode()).get_data()
        total += len(data) if path.endswith(b"woff2") else len(gzip.compress(data))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("/tmp/vuoro-preview"))
    parser.add_argument("--only", default="")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    app = create_preview()
    if options.serve:
        app.run(port=options.port, debug=True)
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", options.port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        for name in (n for n in PAGES if options.only in n):
            complaints = look(browser, f"http://127.0.0.1:{options.port}", name, options.out)
            print(f"{name:24} {weight(app, name) / 1000:6.1f} kB  {'ok' if not complaints else ''}")
            for complaint in dict.fromkeys(complaints):
                print("     ", complaint)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()

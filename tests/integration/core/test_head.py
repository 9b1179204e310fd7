"""What search engines, browsers and messengers find of a municipality's pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import World
from tests.integration.booking.test_public_flow import fill_in, walk_to_details


def head(client: Any, path: str, language: str = "fi") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return str(answer.text.partition("</head>")[0])


def meta(page: str, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page)
    return found.group(1) if found else ""


def local(address: str) -> str:
    return address.removeprefix("http://localhost").replace("&amp;", "&")


def test_a_public_page_says_who_it_is_of_in_each_language(client: Any, world: World) -> None:
    path = f"/m/{world.municipality.slug}/"
    page = head(client, path)
    assert f'<link rel="canonical" href="http://localhost{path}">' in page
    for code in ("fi", "sv", "en"):
        assert f'<link rel="alternate" hreflang="{code}" href="http://localhost{path}?lang={code}">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="http://localhost{path}">' in page
    assert meta(page, "description")
    assert meta(page, "og:title")
    assert meta(page, "og:description") == meta(page, "description")
    assert meta(page, "og:site_name") == "Testilän työllisyyspalvelut"
    assert meta(page, "og:locale") == "fi_FI"
    swedish = head(client, f"{path}?lang=sv")
    assert f'<link rel="canonical" href="http://localhost{path}?lang=sv">' in swedish
    assert meta(swedish, "og:locale") == "sv_FI"


def test_a_page_on_the_way_to_a_time_is_shared_but_has_no_lasting_address(client: Any, world: World) -> None:
    page = head(client, f"/m/{world.municipality.slug}/book/{world.service.slug}/times?mode=phone&typed=secret")
    assert 'rel="canonical"' not in page
    assert "typed=secret" not in meta(page, "og:url")
    assert meta(page, "og:image")


def test_a_personal_page_is_neither_found_nor_shared(client: Any, world: World) -> None:
    booked = fill_in(client, walk_to_details(client, world))
    page = head(client, booked.location)
    assert "og:" not in page
    assert "canonical" not in page


def test_an_error_page_is_neither_found_nor_shared(client: Any, world: World) -> None:
    missing = client.get(f"/m/{world.municipality.slug}/book/nothing")
    assert missing.status_code == 404
    assert "og:" not in missing.text
    assert "canonical" not in missing.text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_share_picture_is_a_png_that_caches_may_keep_until_it_changes(
    client: Any, world: World, session: Session, language: str
) -> None:
    path = f"/m/{world.municipality.slug}/"
    address = local(meta(head(client, path, language), "og:image"))
    picture = client.get(address)
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert picture.data.startswith(b"\x89PNG")
    assert "immutable" in picture.headers["Cache-Control"]
    world.municipality.brand_colour = "#7a1f4e"
    session.commit()
    later = local(meta(head(client, path, language), "og:image"))
    assert later != address
    assert client.get(later).data != picture.data


def test_pictures_that_are_none_are_not_found(client: Any, world: World) -> None:
    for name in ("share-xx.png", "icon-17.png", "icon-99999999.png"):
        assert client.get(f"/m/{world.municipality.slug}/{name}").status_code == 404


def test_icons_and_manifest_wear_the_municipalitys_colours(client: Any, world: World, session: Session) -> None:
    world.municipality.brand_colour = "#7a1f4e"
    session.commit()
    page = head(client, f"/m/{world.municipality.slug}/")
    assert meta(page, "theme-color") == "#7a1f4e"
    links = dict(re.findall(r'<link rel="(icon|apple-touch-icon|manifest)" href="([^"]+)"', page))
    assert "#7a1f4e" in client.get(links["icon"]).text
    assert client.get(links["apple-touch-icon"]).data.startswith(b"\x89PNG")
    manifest = client.get(links["manifest"]).json
    assert manifest["name"] == "Testilän työllisyyspalvelut"
    assert manifest["theme_color"] == "#7a1f4e"
    assert [client.get(icon["src"]).status_code for icon in manifest["icons"]] == [200] * 3


def test_robots_are_kept_from_what_is_personal_or_costly(client: Any) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    for path in ("/a/", "/my", "/staff", "/api/", "/m/*/book/*/"):
        assert f"Disallow: {path}" in lines
    assert "Disallow: /" not in lines


def test_every_page_of_a_municipality_leads_to_its_statement_privacy_and_feedback(client: Any, world: World) -> None:
    booked = fill_in(client, walk_to_details(client, world))
    slug = world.municipality.slug
    for path in (f"/m/{slug}/", f"/m/{slug}/accessibility", booked.location, f"/m/{slug}/nowhere"):
        footer = client.get(path).text.partition("<footer")[2]
        for page in ("accessibility", "privacy", "feedback"):
            assert f'href="/m/{slug}/{page}"' in footer, path

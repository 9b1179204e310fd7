"""Links for a municipality's own web site: every one leads somewhere, and the QR code says the same as the address."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.admin.embed import button_html, qr_png
from app.core.brand import palette
from app.scheduling.models import ServiceOffice
from tests.factories import World, make_office, make_professional, text
from tests.integration.admin.conftest import SignIn


def shown(staff: Any, **query: Any) -> tuple[str, str]:
    """The address and the button's HTML."""
    page = staff.get("/staff/embed/", query_string=query)
    assert page.status_code == 200
    address, button = re.findall(r"<textarea[^>]*readonly[^>]*>([^<]*)</textarea>", page.text)
    return unescape(address), unescape(button)


def test_the_link_to_everything_leads_to_the_front_page(client: Any, world: World, sign_in: SignIn) -> None:
    address, button = shown(sign_in())
    assert address == f"http://localhost/m/{world.municipality.slug}/"
    assert f'<a href="{address}" style="' in button
    assert "<script" not in button
    assert "<iframe" not in button
    assert client.get(address).status_code == 200


def test_links_to_a_service_an_office_and_a_person_lead_there(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    second = make_office(session, name=text("Saaristo"))
    session.add(ServiceOffice(service_id=world.service.id, office_id=second.id))
    phoning = make_professional(session, services=[world.service], first_name="Pekka", modes=["phone"])
    session.commit()
    staff, service = sign_in(), {"service": world.service.id}
    base = f"http://localhost/m/{world.municipality.slug}/book/{world.service.slug}"
    person = world.professional.id
    wanted = {
        base: {},
        f"{base}/times?mode=in_person&office={second.id}": {"office": second.id},
        f"{base}/times?mode=in_person&office={second.id}&professional={person}": {
            "office": second.id,
            "professional": person,
        },
        f"{base}/times?mode=phone&professional={phoning.id}": {"professional": phoning.id},
        f"{base}?professional={person}": {"professional": person},
        f"{base}?lang=sv": {"language": "sv"},
    }
    for address, query in wanted.items():
        assert shown(staff, **service, **query)[0] == address
        assert client.get(address).status_code == 200


def test_what_does_not_fit_the_service_is_left_out(world: World, sign_in: SignIn) -> None:
    address, _ = shown(sign_in(), service=world.service.id, office=9**15, professional="x", language="xx")
    assert address.endswith(f"/book/{world.service.slug}")


@pytest.mark.parametrize(
    ("language", "label"), [("fi", "Varaa aika"), ("sv", "Boka tid"), ("en", "Book an appointment")]
)
def test_the_button_speaks_the_language_of_the_link(world: World, sign_in: SignIn, language: str, label: str) -> None:
    _, button = shown(sign_in(), language=language)
    assert f">{label}</a>" in button


def test_words_on_the_button_cannot_break_out_of_it(world: World, sign_in: SignIn) -> None:
    _, button = shown(sign_in(), label='<b onclick="x">Varaa</b>')
    assert "&lt;b onclick=&#34;x&#34;&gt;Varaa&lt;/b&gt;</a>" in button


def test_the_button_is_readable_in_every_colour() -> None:
    for brand in ("#ffe14d", "#12504a", "#777777"):
        colours = palette(brand, "#f4b942")
        assert f"background:{colours.brand};color:{colours.on_brand};" in button_html(
            "https://a.example/", "A", colours
        )


def test_the_qr_codes_are_pictures_to_take_home(world: World, sign_in: SignIn) -> None:
    staff, query = sign_in(), {"service": world.service.id}
    svg = staff.get("/staff/embed/qr.svg", query_string={**query, "download": "1"})
    assert svg.mimetype == "image/svg+xml"
    assert svg.headers["Content-Disposition"] == f'attachment; filename="vuoro-{world.municipality.slug}.svg"'
    png = staff.get("/staff/embed/qr.png", query_string=query)
    address = f"http://localhost/m/{world.municipality.slug}/book/{world.service.slug}"
    assert png.data == qr_png(address)
    assert png.data != qr_png(f"{address}x")
    assert staff.get("/staff/embed/qr.gif").status_code == 404


def test_without_a_service_the_link_leads_to_the_page_of_an_office_or_a_person(
    client: Any, world: World, sign_in: SignIn
) -> None:
    staff = sign_in()
    for name, row, path in (("office", world.office, "office"), ("professional", world.professional, "with")):
        address, _ = shown(staff, **{name: str(row.id)})
        assert address == f"http://localhost/m/{world.municipality.slug}/{path}/{row.slug}"
        assert client.get(address).status_code == 200

"""A municipality's own settings: names, languages, contact, colours, logo; two who edit; other municipalities."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.municipality.logo import LARGEST, SIZE, clean_logo
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.core.settings import MunicipalitySettings, settings_of
from app.core.tenancy import Municipality, bind
from app.core.typed import Unusable
from tests.factories import World, make_world
from tests.integration.admin.conftest import SignIn
from tests.integration.admin.test_offices import version_in

PAGE = "/staff/admin/municipality"
FORM = {
    "name-fi": "Uusi kunta",
    "name-sv": "Nya kommunen",
    "name-en": "",
    "languages": ["fi", "sv"],
    "timezone": "Europe/Helsinki",
    "phone": "09 000 1234",
    "email": "Palvelut@uusi.example",
    "brand_colour": "#00205B",
    "accent_colour": "#ffcc00",
    "support_name": "Tietohallinto",
    "support_phone": "09 000 9999",
    "support_email": "tuki@uusi.example",
    "version": "0",
}


def picture(size: tuple[int, int] = (600, 100), kind: str = "PNG", mode: str = "RGBA") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "white").save(made, kind)
    return made.getvalue()


def front(client: Any, world: World, language: str = "fi") -> str:
    return str(client.get(f"/m/{world.municipality.slug}/", headers={"Accept-Language": language}).text)


def test_what_is_saved_is_what_clients_and_staff_see(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    assert sign_in().post(PAGE, data=FORM).status_code == 303
    page = front(client, world)
    for words in ("Uusi kunta", "09 000 1234", "palvelut@uusi.example", "Svenska"):
        assert words in page
    assert "English" not in page
    css = client.get(f"/m/{world.municipality.slug}/brand.css").text
    assert "--vuoro-brand: #00205b" in css
    settings = settings_of(session)
    assert (settings.support_name, settings.support_phone, settings.support_email) == (
        "Tietohallinto",
        "09 000 9999",
        "tuki@uusi.example",
    )
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "settings.change")).one()
    assert event.data["changed"]["brand_colour"] == ["#12504a", "#00205b"]


def test_a_language_that_is_not_offered_is_neither_shown_nor_chosen(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    assert staff.post(PAGE, data=FORM).status_code == 303
    page = front(client, world, "en")
    assert '<html class="govuk-template" lang="fi">' in page
    assert '<html class="govuk-template" lang="en">' in staff.get(f"{PAGE}?lang=en").text
    session.expire_all()
    assert session.get_one(Municipality, world.municipality.id).name == {"fi": "Uusi kunta", "sv": "Nya kommunen"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name-sv": ""}, "name-sv"),
        ({"languages": []}, "languages"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"phone": "soita"}, "phone"),
        ({"email": "palvelut"}, "email"),
        ({"support_email": "tuki@"}, "support_email"),
        ({"brand_colour": "sininen"}, "brand_colour"),
        ({"brand_colour": "#ffcc00"}, "brand_colour"),
        ({"accent_colour": "#001030"}, "accent_colour"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    world: World, session: Session, sign_in: SignIn, values: dict[str, Any], field: str
) -> None:
    answer = sign_in().post(PAGE, data={**FORM, **values})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Tietohallinto" in answer.text
    session.expire_all()
    assert session.get_one(Municipality, world.municipality.id).phone == "+358 9 000 0000"


def test_a_colour_that_fails_comes_with_the_nearest_that_will_do(
    world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    refused = staff.post(f"{PAGE}?lang=en", data={**FORM, "brand_colour": "#777777"})
    assert "the contrast is 4.5:1" in refused.text
    assert "Use #767676" in refused.text
    used = staff.post(PAGE, data={**FORM, "brand_colour": "#777777", "do": "use-brand_colour"})
    assert used.status_code == 200
    assert 'value="#767676"' in used.text
    assert "brand=%23767676" in used.text
    assert settings_of(session).version == 0
    css = staff.get(f"{PAGE}/preview.css?brand=%23767676&accent=%23ffcc00")
    assert css.mimetype == "text/css"
    assert ".vuoro-brand-preview {" in css.text
    assert "--vuoro-brand: #767676" in css.text
    odd = staff.get(f"{PAGE}/preview.css?brand=red;}}body{{display:none&accent=x").text
    assert "display" not in odd


def test_the_second_of_two_editors_sees_what_the_first_changed(world: World, session: Session, sign_in: SignIn) -> None:
    one, other = sign_in(name="Antti Vainio"), sign_in(name="Paula Rinne")
    assert one.post(PAGE, data={**FORM, "phone": "09 111 1111"}).status_code == 303
    late = other.post(PAGE, data={**FORM, "phone": "09 222 2222"})
    assert late.status_code == 409
    for words in ("Antti Vainio", "09 111 1111", "09 222 2222"):
        assert words in late.text
    assert other.post(PAGE, data={**FORM, "phone": "09 222 2222", "version": version_in(late.text)}).status_code == 303
    session.expire_all()
    assert session.get_one(Municipality, world.municipality.id).phone == "09 222 2222"


def test_a_logo_is_drawn_anew_shown_and_taken_away(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    sent = {**FORM, "logo": (io.BytesIO(picture()), "../logo.png")}
    assert staff.post(PAGE, data=sent, content_type="multipart/form-data").status_code == 303
    page = front(client, world)
    address = f"/m/{world.municipality.slug}/logo.png"
    assert f'src="{address}?v=' in page
    shown = client.get(address)
    assert shown.mimetype == "image/png"
    with Image.open(io.BytesIO(shown.data)) as drawn:
        assert drawn.size == (480, 80)
    again = {**FORM, "version": version_in(staff.get(PAGE).text), "remove_logo": "1"}
    assert staff.post(PAGE, data=again).status_code == 303
    assert address not in front(client, world)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        picture()[:60],
        picture(kind="GIF", mode="P"),
    ],
)
def test_what_is_no_png_or_jpeg_is_no_logo(data: bytes) -> None:
    with pytest.raises(Unusable):
        clean_logo(data)


def test_a_picture_that_is_too_large_is_no_logo() -> None:
    with pytest.raises(Unusable):
        clean_logo(picture() + b"\0" * LARGEST)
    with pytest.raises(Unusable):
        clean_logo(picture((5000, 4000), mode="L"))
    with Image.open(io.BytesIO(clean_logo(picture((300, 900), "JPEG", "RGB")))) as drawn:
        assert drawn.format == "PNG"
        assert drawn.height == SIZE[1]


def test_a_refused_logo_is_told_at_its_field(world: World, session: Session, sign_in: SignIn) -> None:
    sent = {**FORM, "logo": (io.BytesIO(b"<svg/>"), "logo.svg")}
    answer = sign_in().post(PAGE, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'href="#logo"' in answer.text
    assert settings_of(session).version == 0


def test_only_administrators_and_only_their_own_municipality(world: World, session: Session, sign_in: SignIn) -> None:
    for role in (Role.DESK, Role.CASEWORKER, Role.LEAD):
        assert sign_in(role).post(PAGE, data=FORM).status_code == 403
    staff = sign_in()
    other = make_world(session)
    assert staff.post(PAGE, data=FORM).status_code == 303
    session.expire_all()
    assert session.get_one(Municipality, other.municipality.id).phone == "+358 9 000 0000"
    assert session.scalars(select(MunicipalitySettings)).all() == []
    bind(session, world.municipality.id)
    assert session.scalars(select(MunicipalitySettings.support_name)).all() == ["Tietohallinto"]

"""Staff signing in and out, what keeps others out, and the keys of other systems."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.core import clock, tenancy
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.permissions import PERMISSIONS, Role
from app.identity.models import ApiKey, StaffUser
from app.identity.service import create_api_key, create_user, recognise_key
from app.identity.sign_in import TRIES_BEFORE_PAUSE
from app.messaging.models import Message
from tests.concurrently import run_at_once
from tests.factories import make_municipality
from tests.integration.identity.conftest import NOW, SIGN_IN, User
from tests.town import PASSWORD, Town, bound, browser, cheap_passwords, signed_in

# — in and out —


def test_the_right_password_leads_to_todays_page(app: Flask, user: User) -> None:
    visitor = browser(app)
    answer = user.sign_in(into=visitor)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert visitor.get("/staff/").status_code == 200
    assert visitor.get(SIGN_IN).status_code == 303, "somebody who is signed in needs no form"


def test_the_e_mail_may_be_written_in_capitals_and_with_spaces(user: User) -> None:
    user.email = f"  {user.email.upper()} "
    assert user.sign_in().status_code == 303


def test_a_wrong_password_keeps_out_and_keeps_the_e_mail(app: Flask, user: User) -> None:
    visitor = browser(app)
    answer = user.sign_in("wrong", into=visitor)
    assert answer.status_code == 422
    assert user.email in answer.text
    assert PASSWORD not in answer.text
    assert "wrong" not in re.sub(r"<head>.*</head>", "", answer.text, flags=re.DOTALL)
    assert visitor.get("/staff/").status_code == 302


def test_an_unknown_e_mail_gets_the_same_answer_as_a_wrong_password(app: Flask, user: User) -> None:
    known = user.sign_in("wrong")
    unknown = browser(app).post(SIGN_IN, data={"email": "nobody@testila.example", "password": "wrong"})
    assert unknown.status_code == known.status_code
    assert unknown.text.replace("nobody@testila.example", "…") == known.text.replace(user.email, "…")


@pytest.mark.parametrize("password", ["", " ", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), "ä" * 100_000, "\x00"])
def test_only_the_very_password_opens(user: User, password: str) -> None:
    assert user.sign_in(password).status_code == 422


@pytest.mark.parametrize(
    "data", [{}, {"email": ""}, {"email": "\x00", "password": "x"}, {"email": "a" * 10_000, "password": "x"}]
)
def test_a_form_that_lacks_something_is_no_fault(app: Flask, data: dict[str, str]) -> None:
    assert browser(app).post(SIGN_IN, data=data).status_code == 422


def test_the_session_ends_on_sign_out(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    cookie = visitor.get_cookie("vuoro")
    out = visitor.post("/staff/sign-out")
    assert (out.status_code, out.location) == (303, SIGN_IN)
    assert visitor.get("/staff/").status_code == 302
    assert cookie is not None


def test_signing_out_cannot_be_caused_by_a_link(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    assert visitor.get("/staff/sign-out").status_code == 405
    assert visitor.get("/staff/").status_code == 200


def test_what_a_browser_held_before_signing_in_is_forgotten_but_for_the_language(app: Flask, user: User) -> None:
    visitor = browser(app)
    visitor.get("/?lang=sv")
    with visitor.session_transaction() as before:
        before["visitor"] = "somebody"
    user.sign_in(into=visitor)
    with visitor.session_transaction() as after:
        assert (after.get("visitor"), after["lang"]) == (None, "sv")


def test_a_cookie_cannot_be_forged_or_changed(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    cookie = visitor.get_cookie("vuoro")
    assert cookie is not None
    head, _, rest = cookie.value.partition(".")
    for forged in (cookie.value[:-2], f"{head[:-1]}A.{rest}", "", "x" * 500):
        stranger = browser(app)
        stranger.set_cookie("vuoro", forged)
        assert stranger.get("/staff/").status_code == 302


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask, user: User) -> None:
    cookie = user.sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# — inactive users —


def test_an_inactive_user_is_kept_out_with_the_same_answer(user: User) -> None:
    wrong = user.sign_in("wrong")
    user.set(active=False)
    right = user.sign_in()
    assert (right.status_code, right.text) == (wrong.status_code, wrong.text)


def test_a_user_made_inactive_is_out_at_the_next_click(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    user.set(active=False)
    assert visitor.get("/staff/").status_code == 302
    assert visitor.get("/staff/outbox").status_code == 302


def test_a_user_who_is_deleted_is_out_at_the_next_click(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    with bound(app, user.municipality_id) as session:
        session.delete(session.get_one(StaffUser, user.id))
        session.commit()
    assert visitor.get("/staff/").status_code == 302


def test_a_role_that_changes_counts_at_the_next_click(app: Flask, user: User) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    assert visitor.get("/staff/outbox").status_code == 200
    user.set(role="desk")
    assert visitor.get("/staff/outbox").status_code == 403


# — wrong passwords again and again —


def test_after_five_wrong_passwords_the_account_pauses(user: User, time: Any) -> None:
    assert [user.sign_in("wrong").status_code for _ in range(TRIES_BEFORE_PAUSE)] == [422] * 5
    assert user.sign_in("wrong").status_code == 429
    assert user.sign_in().status_code == 429, "not even the right one helps now"
    time(seconds=59)
    assert user.sign_in().status_code == 429
    time(seconds=61)
    assert user.sign_in().status_code == 303


def test_the_pause_doubles_with_every_further_wrong_password_up_to_an_hour(user: User, time: Any) -> None:
    waited = timedelta()
    for _ in range(4):
        user.sign_in("wrong")
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        time(seconds=waited.total_seconds())
        assert user.sign_in("wrong").status_code == 422
        time(seconds=waited.total_seconds() + minutes * 60 - 1)
        assert user.sign_in().status_code == 429, minutes
        waited += timedelta(minutes=minutes, seconds=1)
    time(seconds=waited.total_seconds())
    assert user.sign_in().status_code == 303


def test_a_right_password_forgets_the_wrong_ones(user: User, time: Any) -> None:
    for _ in range(3):
        for _ in range(TRIES_BEFORE_PAUSE - 1):
            assert user.sign_in("wrong").status_code == 422
        assert user.sign_in().status_code == 303
    assert user.row().failed_attempts == 0


def test_tries_during_the_pause_do_not_make_it_longer(user: User, time: Any) -> None:
    for _ in range(TRIES_BEFORE_PAUSE):
        user.sign_in("wrong")
    for _ in range(5):
        user.sign_in("wrong")
    row = user.row()
    assert (row.failed_attempts, row.locked_until) == (TRIES_BEFORE_PAUSE, NOW + timedelta(minutes=1))


def test_one_account_that_pauses_stops_no_other(app: Flask, town: Town, user: User, time: Any) -> None:
    for _ in range(TRIES_BEFORE_PAUSE + 1):
        user.sign_in("wrong")
    assert User(app, town.municipality_id).sign_in().status_code == 303


def test_wrong_passwords_at_once_are_all_counted(user: User, time: Any) -> None:
    answers = run_at_once([lambda: user.sign_in("wrong").status_code] * 12)
    assert sorted(answers) == [422] * TRIES_BEFORE_PAUSE + [429] * 7
    assert user.row().failed_attempts == TRIES_BEFORE_PAUSE


def test_the_audit_log_has_every_try_but_no_password(user: User) -> None:
    user.sign_in("wrong")
    user.sign_in()
    events = user.events()
    assert [action for action, _ in events] == ["user.create", "terms.accept", "user.sign_in_failed", "user.sign_in"]
    assert "wrong" not in str(events)
    assert PASSWORD not in str(events)


# — the same person in two municipalities —


@pytest.fixture
def twins(app: Flask, town: Town, neighbour: Town) -> tuple[User, User]:
    """One e-mail address, a user in each of two municipalities, with passwords of their own."""
    one = User(app, town.municipality_id)
    two = User(app, neighbour.municipality_id, email=one.email)
    with bound(app, neighbour.municipality_id) as session, cheap_passwords():
        other = create_user(
            session, email=f"x{one.email}", name="x", role=Role.LEAD, password="another long password", now=clock.now()
        )
        two.set(password_hash=other.password_hash)
    return one, two


def where(app: Flask, user: User, password: str) -> int | None:
    """The municipality that a sign-in leads to."""
    visitor = browser(app)
    answer = user.sign_in(password, into=visitor)
    if answer.status_code != 303:
        return None
    with visitor.session_transaction() as session:
        return int(session["_user_id"].split(":")[0])


def test_the_password_decides_which_of_two_municipalities_is_entered(app: Flask, twins: tuple[User, User]) -> None:
    one, two = twins
    assert where(app, one, PASSWORD) == one.municipality_id
    assert where(app, one, "another long password") == two.municipality_id


def test_a_wrong_password_counts_for_both_of_two_accounts(twins: tuple[User, User], time: Any) -> None:
    one, two = twins
    for _ in range(TRIES_BEFORE_PAUSE):
        one.sign_in("wrong")
    assert (one.row().failed_attempts, two.row().failed_attempts) == (TRIES_BEFORE_PAUSE, TRIES_BEFORE_PAUSE)
    assert one.sign_in("wrong").status_code == 429


def test_working_in_one_municipality_never_locks_a_person_out(app: Flask, twins: tuple[User, User], time: Any) -> None:
    """Each right password for one account is a wrong one for the other: it must not count against it."""
    one, two = twins
    for password, municipality_id in ((PASSWORD, one.municipality_id), ("another long password", two.municipality_id)):
        for _ in range(2 * TRIES_BEFORE_PAUSE):
            assert where(app, one, password) == municipality_id
    assert (one.row().failed_attempts, two.row().failed_attempts) == (0, 0)


def test_an_account_that_pauses_does_not_keep_its_owner_out_of_the_other(
    app: Flask, twins: tuple[User, User], time: Any
) -> None:
    one, two = twins
    one.set(failed_attempts=TRIES_BEFORE_PAUSE, locked_until=NOW + timedelta(minutes=1))
    assert where(app, one, "another long password") == two.municipality_id
    assert where(app, one, PASSWORD) is None


def test_wrong_passwords_for_one_account_count_while_the_other_pauses(twins: tuple[User, User], time: Any) -> None:
    one, two = twins
    one.set(failed_attempts=TRIES_BEFORE_PAUSE, locked_until=NOW + timedelta(minutes=1))
    for _ in range(TRIES_BEFORE_PAUSE):
        two.sign_in("wrong")
    assert two.row().failed_attempts == TRIES_BEFORE_PAUSE
    assert two.sign_in("another long password").status_code == 429


# — where it leads —


@pytest.mark.parametrize("wanted", ["/staff/outbox", "/staff/outbox?page=2", "/staff/?lang=sv"])
def test_a_page_that_was_asked_for_opens_after_signing_in(app: Flask, user: User, wanted: str) -> None:
    visitor = browser(app)
    led = visitor.get(wanted)
    assert led.status_code == 302
    form = visitor.get(led.location)
    action = re.search(r'action="([^"]*sign-in[^"]*)"', form.text).group(1).replace("&amp;", "&")  # type: ignore[union-attr]
    answer = visitor.post(action, data={"email": user.email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, wanted)


FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/staff/\\evil.example",
    "/staff//evil.example",
    "///evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "\t//evil.example",
    "/staff@evil.example",
    "staff/outbox",
    "/",
    "/m/testila/",
    "/staff/\r\nSet-Cookie: a=b",
    "/staff/\n//evil.example",
    "",
]


@pytest.mark.parametrize("wanted", FOREIGN)
def test_signing_in_never_leads_out_of_the_staffs_pages(app: Flask, user: User, wanted: str) -> None:
    visitor = browser(app)
    answer = user.sign_in(into=visitor, next=wanted)
    assert answer.status_code == 303
    assert re.match(r"/staff/(?![/\\])", answer.location)
    assert not re.search(r"[\\\s]|//", answer.location)
    assert "a" not in {cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}
    again = visitor.get(SIGN_IN, query_string={"next": wanted})
    assert again.location == answer.location


# — other sites —


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
def test_a_form_of_another_site_is_refused(app: Flask, user: User, headers: dict[str, str]) -> None:
    visitor = browser(app)
    user.sign_in(into=visitor)
    for address in ("/staff/sign-out", SIGN_IN):
        assert visitor.post(address, headers=headers).status_code == 403
    assert visitor.get("/staff/").status_code == 200, "still signed in"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    ],
)
def test_our_own_forms_pass(app: Flask, user: User, headers: dict[str, str]) -> None:
    data = {"email": user.email, "password": PASSWORD}
    assert browser(app).post(SIGN_IN, data=data, headers=headers).status_code == 303


def test_a_link_on_another_site_may_lead_to_us(app: Flask, town: Town) -> None:
    assert browser(app).get(f"/m/{town.slug}/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


# — who sees what —


@pytest.mark.parametrize("role", Role)
def test_roles_see_only_what_their_permissions_allow(app: Flask, town: Town, role: Role) -> None:
    staff = signed_in(app, town, role)
    allowed = {path: staff.get(path).status_code == 200 for path in ("/staff/", "/staff/outbox")}
    assert allowed == {
        "/staff/": "today.view" in PERMISSIONS[role],
        "/staff/outbox": "outbox.view" in PERMISSIONS[role],
    }


@pytest.mark.parametrize("role", Role)
def test_the_menu_leads_only_where_the_role_may_go(app: Flask, town: Town, role: Role) -> None:
    page = signed_in(app, town, role).get("/staff/").text
    assert 'href="/staff/"' in page
    assert ('href="/staff/outbox"' in page) == ("outbox.view" in PERMISSIONS[role])
    assert 'action="/staff/sign-out"' in page
    assert f"Testi {role}" in page


def test_a_user_of_one_municipality_never_sees_the_others(app: Flask, town: Town, neighbour: Town) -> None:
    own = f"own-{town.slug}@example.fi"
    with bound(app, town.municipality_id) as session:
        session.execute(update(Message).where(Message.channel == "email").values(recipient=own))
        session.commit()
    outboxes = {place.slug: signed_in(app, place, Role.ADMIN).get("/staff/outbox").text for place in (town, neighbour)}
    assert own in outboxes[town.slug]
    assert own not in outboxes[neighbour.slug]


def test_a_session_is_worth_nothing_under_another_municipalitys_number(app: Flask, town: Town, neighbour: Town) -> None:
    staff = signed_in(app, town, Role.ADMIN)
    with staff.session_transaction() as session:
        own, user_id = session["_user_id"].split(":")
        session["_user_id"] = f"{neighbour.municipality_id}:{user_id}"
    assert own == str(town.municipality_id)
    assert staff.get("/staff/").status_code == 302


def test_looking_at_another_municipalitys_public_page_changes_nothing(app: Flask, town: Town, neighbour: Town) -> None:
    staff = signed_in(app, town, Role.LEAD)
    assert staff.get(f"/m/{neighbour.slug}/").status_code == 200
    page = staff.get("/staff/outbox")
    assert page.status_code == 200
    assert f"/m/{neighbour.slug}/" not in page.text


# — making users —


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"name": "a\x00b"}, "email"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 11}, "password"),
    ],
)
def test_a_user_who_cannot_be_is_not_made(app: Flask, town: Town, values: dict[str, str], field: str) -> None:
    details = {"email": "new@testila.example", "name": "Uusi", "role": "desk", "password": PASSWORD, **values}
    with bound(app, town.municipality_id) as session, cheap_passwords():
        with pytest.raises(InvalidInput) as refusal:
            create_user(session, **details, now=clock.now())  # type: ignore[arg-type]
        assert list(refusal.value.fields) == [field]


def test_an_e_mail_is_used_once_in_a_municipality_whatever_its_case(app: Flask, town: Town, user: User) -> None:
    details: dict[str, Any] = {"name": "x", "role": "desk", "password": PASSWORD, "now": clock.now()}
    with bound(app, town.municipality_id) as session, cheap_passwords(), pytest.raises(InvalidInput):
        create_user(session, email=user.email.upper(), **details)


def test_a_password_is_kept_only_as_a_slow_hash(app: Flask, town: Town) -> None:
    with bound(app, town.municipality_id) as session:
        details = {"email": "slow@testila.example", "name": "x", "role": "desk", "password": PASSWORD}
        user = create_user(session, **details, now=clock.now())  # type: ignore[arg-type]
        memory = int(re.match(r"\$argon2id\$v=19\$m=(\d+),", user.password_hash).group(1))  # type: ignore[union-attr]
        assert memory >= 19 * 1024, "OWASP's least for argon2id"
        assert PASSWORD not in user.password_hash


# — keys of other systems —


def test_a_key_is_recognised_and_binds_its_own_municipality(app: Flask, town: Town, neighbour: Town) -> None:
    for place in (town, neighbour):
        with app.app_context():
            found = recognise_key(db.session(), place.api_key)
            assert found is not None
            caller, municipality = found
            assert caller.municipality_id == municipality.id == place.municipality_id
            assert tenancy.bound_to(db.session()) == place.municipality_id
            assert caller.scopes == {"read", "book", "admin"}


@pytest.mark.parametrize(
    "change", [lambda key: key[:-1], lambda key: key + "x", lambda key: key.upper(), lambda key: ""]
)
def test_a_key_that_is_not_whole_is_unknown(app: Flask, town: Town, change: Any) -> None:
    with app.app_context():
        assert recognise_key(db.session(), change(town.api_key)) is None


def test_a_withdrawn_key_is_unknown_at_once(app: Flask, town: Town) -> None:
    with bound(app, town.municipality_id) as session:
        secret = create_api_key(session, name="withdrawn", now=clock.now())
        session.commit()
    with app.app_context():
        assert recognise_key(db.session(), secret) is not None
    with bound(app, town.municipality_id) as session:
        session.execute(update(ApiKey).where(ApiKey.name == "withdrawn").values(active=False))
        session.commit()
    with app.app_context():
        assert recognise_key(db.session(), secret) is None


def test_the_address_of_a_key_in_another_municipality_leads_nowhere(app: Flask, town: Town, neighbour: Town) -> None:
    """A route that names a row of another municipality finds no row there."""
    with app.app_context():
        session = db.session()
        tenancy.bind(session, town.municipality_id)
        key_id = session.scalar(select(func.min(ApiKey.id)))
        tenancy.add_route(
            session,
            kind="api_key",
            secret="forged",
            municipality_id=neighbour.municipality_id,
            target_id=int(key_id or 0),
        )
        session.commit()
    with app.app_context():
        assert recognise_key(db.session(), "forged") is None


def test_a_secret_of_one_kind_opens_nothing_of_another(app: Flask, town: Town) -> None:
    with app.app_context():
        assert recognise_key(db.session(), town.link_token) is None
        assert recognise_key(db.session(), town.emails[Role.ADMIN]) is None
    assert browser(app).get(f"/a/{town.api_key}").status_code == 404


def test_the_secret_itself_is_kept_nowhere(app: Flask, town: Town) -> None:
    with bound(app, town.municipality_id) as session:
        secret = create_api_key(session, name="nowhere", now=clock.now())
        session.flush()
        row = session.scalars(select(ApiKey).where(ApiKey.name == "nowhere")).one()
        assert secret not in str(vars(row))
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "api_key.create", AuditEvent.object_id == row.id)
        )
        assert secret not in str(event.one().data)


@pytest.mark.parametrize(("name", "scopes", "field"), [("x", ("write",), "scopes"), ("case system", ("read",), "name")])
def test_a_key_that_cannot_be_is_not_made(
    app: Flask, town: Town, name: str, scopes: tuple[str, ...], field: str
) -> None:
    with bound(app, town.municipality_id) as session, pytest.raises(InvalidInput) as refusal:
        create_api_key(session, name=name, now=clock.now(), scopes=scopes)
    assert list(refusal.value.fields) == [field]


def test_a_new_key_may_read_and_book_unless_told_otherwise(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        make_municipality(session)
        secret = create_api_key(session, name="default", now=clock.now())
        found = recognise_key(session, secret)
        assert found is not None
        assert found[0].scopes == {"read", "book"}
        session.rollback()

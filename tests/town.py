"""A municipality in which every table has a row: what guards and tenancy tests walk through.

Requests are made as a server makes them: each in a context of its own, so that nothing one request bound or chose
(municipality, language) is there for the next.
"""

from __future__ import annotations

import contextvars
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.absence.models import AbsenceItem
from app.absence.registering import NewAbsence, register
from app.admin.editing import Span, change_statement, change_text
from app.admin.feedback import Said, send
from app.admin.municipality.logo import set_logo
from app.api.models import WebhookAttempt, WebhookDelivery
from app.api.webhooks import endpoints
from app.api.webhooks.addresses import Policy
from app.api.webhooks.endpoints import Wanted
from app.booking import tasks
from app.booking.groups.seats import give_seat
from app.booking.groups.service import GroupPlan, plan_group
from app.booking.invited import service as invitations
from app.booking.models import Appointment, Client, Hold, IdempotencyKey, Receipt, UnreachableTime
from app.booking.register.notes import add_note
from app.booking.reminders.models import Reminder
from app.booking.replies.models import SmsAnswer
from app.booking.series.models import Series
from app.core import clock, tenancy
from app.core.audit import SYSTEM
from app.core.brand import palette
from app.core.db import db
from app.core.permissions import Role
from app.core.pictures import icon_png
from app.core.settings import MunicipalitySettings
from app.core.tenancy import Municipality
from app.core.texts import KINDS
from app.identity import passwords, sessions, terms
from app.identity.models import ApiKey, StaffUser
from app.identity.service import create_api_key, create_user
from app.messaging.models import Message, MessageReceipt
from app.messaging.outbox import CODE_KIND, PASSWORD_KIND
from app.scheduling import service as scheduling
from app.scheduling.guide import DRAFT, LIVE
from app.scheduling.guide_map import Choice, Leads, Step
from app.scheduling.guide_service import write_guide
from app.scheduling.models import BusyTime, Closure, Office, ScheduleException, Service
from tests.factories import make_question, make_world, text

PASSWORD = "correct horse battery staple"
PHONE = "040 123 4567"


class Browser(FlaskClient):
    """A browser without JavaScript whose requests share cookies and nothing else."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


def browser(app: Flask) -> Browser:
    """A new browser."""
    made = app.test_client()
    assert isinstance(made, Browser)
    return made


@dataclass(frozen=True)
class Town:
    """Ids and secrets of a municipality's rows; plain values, so that no session hangs on them. Its client has signed in."""

    municipality_id: int
    slug: str
    office_id: int
    service_id: int
    service_slug: str
    office_slug: str
    professional_slug: str
    professional_id: int
    client_id: int
    appointment_id: int
    link_token: str
    receipt_number: str
    hold_id: int
    message_id: int
    feedback_id: int
    task_id: int
    hold_token: str
    api_key: str
    api_key_id: int
    webhook_id: int
    delivery_id: int
    emails: dict[Role, str]
    free_start: str
    away_id: int
    exception_id: int
    busy_id: int
    closure_id: int
    note_id: int
    user_id: int
    feed_token: str
    signed_in_client: Browser
    password_token: str
    invitation_id: int
    invitation_token: str
    plan_id: int
    group_session_id: int
    series_id: int


@contextmanager
def bound(app: Flask, municipality_id: int) -> Iterator[Session]:
    """A session bound to a municipality; what is not committed is undone."""
    with app.app_context():
        session = db.session()
        tenancy.bind(session, municipality_id)
        yield session
        session.rollback()


def make_town(app: Flask, *, emails: dict[Role, str] | None = None) -> Town:
    """Make the municipality, through the pages where a client would."""
    addresses = emails or {role: f"{role}-{secrets.token_hex(4)}@testila.example" for role in Role}
    with app.app_context():
        session = db.session()
        world = make_world(session)
        make_question(session, world.service, key="hopes")
        _fill_calendar(session, world)
        _add_guide(session, world)
        add_staff(session, addresses, own={Role.CASEWORKER: world.professional.id})
        _accept_terms(session)
        session.add(MunicipalitySettings(support_name="Tietohallinto", support_phone="+358 9 000 0001"))
        logo = icon_png(36, palette("#12504a", "#f4b942"))
        set_logo(session, world.municipality, logo, actor=SYSTEM, now=clock.now())
        key = create_api_key(session, name="case system", now=clock.now(), scopes=("read", "book", "admin"))
        _add_webhook(session)
        session.add(
            IdempotencyKey(scope="test", key=secrets.token_hex(4), request_digest=b"digest", created_at=clock.now())
        )
        session.commit()
        municipality_id, slug, service_slug = world.municipality.id, world.municipality.slug, world.service.slug
        office_slug, professional_slug = world.office.slug, world.professional.slug
        office_id, service_id, professional_id = world.office.id, world.service.id, world.professional.id
    times = f"/m/{slug}/book/{service_slug}/times"
    link_token = _book(browser(app), times)
    visitor = browser(app)
    hold_token = _fill_in(visitor, times)
    starts = _free_starts(visitor, times)
    own_pages = _use_own_pages(app, municipality_id, slug)
    password_token = ask_for_password(app, municipality_id, addresses[Role.DESK])
    with bound(app, municipality_id) as session:
        appointment = session.scalars(select(Appointment)).one()
        client_id = session.scalars(select(Client.id)).one()
        hold = session.scalars(select(Hold).where(Hold.appointment_id.is_(None))).one()
        feedback_id = _add_words(session)
        note = add_note(
            session,
            session.get_one(Client, client_id),
            text="Puhuu hiljaa.",
            audience="staff",
            actor=SYSTEM,
            now=clock.now(),
        )
        session.flush()
        note_id = note.id
        invitation_id, invitation_token = _invite(session, service_id, client_id)
        delivery = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).first()
        assert delivery is not None
        session.add(WebhookAttempt(delivery_id=delivery.id, started_at=clock.now()))
        task = tasks.add_task(
            session,
            "Soita työnantajalle.",
            due_on=clock.now().date(),
            actor=SYSTEM,
            now=clock.now(),
            professional_id=appointment.professional_id,
            appointment=appointment,
        )
        group_session_id = _arrange_group(session, appointment)
        _add_answers(session, client_id, appointment.id)
        session.add(
            Reminder(
                appointment_id=appointment.id,
                starts_at=appointment.starts_at,
                minutes=1440,
                outcome="paused",
                planned_at=clock.now(),
            )
        )
        series_id = _make_series(session, client_id)
        plan_id = _plan_absence(session, appointment.professional_id, appointment.id)
        session.commit()
        return Town(
            municipality_id=municipality_id,
            slug=slug,
            office_id=office_id,
            service_id=service_id,
            service_slug=service_slug,
            professional_id=professional_id,
            office_slug=office_slug,
            professional_slug=professional_slug,
            client_id=client_id,
            appointment_id=appointment.id,
            link_token=link_token,
            receipt_number=session.scalars(
                select(Receipt.number).where(Receipt.appointment_id == appointment.id)
            ).one(),
            hold_id=hold.id,
            message_id=session.scalars(select(Message.id).order_by(Message.id)).first() or 0,
            feedback_id=feedback_id,
            task_id=task.id,
            hold_token=hold_token,
            api_key=key,
            api_key_id=session.scalars(select(ApiKey.id)).one(),
            webhook_id=delivery.endpoint_id,
            delivery_id=delivery.id,
            emails=addresses,
            free_start=starts[-1],
            away_id=session.scalars(select(UnreachableTime.id)).one(),
            exception_id=session.scalars(select(ScheduleException.id)).one(),
            busy_id=session.scalars(select(BusyTime.id)).one(),
            closure_id=session.scalars(select(Closure.id)).one(),
            note_id=note_id,
            user_id=session.scalars(select(StaffUser.id).where(StaffUser.role == Role.DESK)).one(),
            feed_token=session.scalars(select(Client.feed_token)).one() or "",
            signed_in_client=own_pages,
            password_token=password_token,
            invitation_id=invitation_id,
            invitation_token=invitation_token,
            plan_id=plan_id,
            group_session_id=group_session_id,
            series_id=series_id,
        )


def _add_answers(session: Session, client_id: int, appointment_id: int) -> None:
    message_id = session.scalars(select(Message.id).order_by(Message.id)).first()
    session.add(MessageReceipt(message_id=message_id, provider_id="SM1", word="delivered", at=clock.now()))
    session.add(
        SmsAnswer(
            client_id=client_id,
            appointment_id=appointment_id,
            provider_id="SM2",
            body="Olen kipeä.",
            deed="for_staff",
            at=clock.now(),
        )
    )


def _make_series(session: Session, client_id: int) -> int:
    made = Series(client_id=client_id, every_weeks=1, made_by="Liisa", created_at=clock.now())
    session.add(made)
    session.flush()
    return made.id


def _arrange_group(session: Session, appointment: Appointment) -> int:
    municipality = session.get_one(Municipality, appointment.municipality_id)
    common: dict[str, Any] = {"actor": SYSTEM, "municipality": municipality, "now": clock.now()}
    starts_at = appointment.starts_at + timedelta(days=7)
    wanted = GroupPlan(
        "Työnhakuinfo",
        appointment.service,
        appointment.professional,
        "in_person",
        session.scalars(select(Office)).one(),
        starts_at,
        60,
        2,
    )
    group = plan_group(session, wanted, **common)
    give_seat(session, group, appointment.client_id, **common)
    return group.id


def _plan_absence(session: Session, professional_id: int, appointment_id: int) -> int:
    """An absence long after every meeting, in whose plan one meeting has been decided about."""
    starts_at = clock.now() + timedelta(days=300)
    new = NewAbsence([professional_id], starts_at, starts_at + timedelta(days=1), "leave")
    plan = register(session, new, actor=SYSTEM, now=clock.now())
    item = AbsenceItem(plan_id=plan.id, appointment_id=appointment_id, action="cancel", state="failed")
    item.before, item.version, item.applied_at = {}, 0, clock.now()
    session.add(item)
    session.flush()
    return plan.id


def _invite(session: Session, service_id: int, client_id: int) -> tuple[int, str]:
    """An open invitation of the client: its id, and the secret of its link."""
    municipality = session.get_one(Municipality, tenancy.bound_to(session))
    wanted = invitations.Wanted(client_id, session.get_one(Service, service_id), clock.now().date() + timedelta(days=7))
    made = invitations.invite(session, wanted, actor=SYSTEM, municipality=municipality, now=clock.now())
    body = session.scalars(select(Message.body).where(Message.cause == f"invitation:{made.id}")).first() or ""
    return made.id, re.search(r"/i/(\w+)", body).group(1)  # type: ignore[union-attr]


def signed_in(app: Flask, town: Town, role: Role) -> Browser:
    """A browser in which a user with the role has signed in."""
    staff = browser(app)
    answer = staff.post("/staff/sign-in", data={"email": town.emails[role], "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return staff


def _fill_calendar(session: Session, world: Any) -> None:
    far, now = clock.now() + timedelta(days=300), clock.now()
    span = {"starts_at": far, "ends_at": far + timedelta(hours=2)}
    who: dict[str, Any] = {"session": session, "actor": SYSTEM, "now": now}
    scheduling.register_absence(professional_id=world.professional.id, reason="training", **span, **who)
    scheduling.add_busy_time(professional_id=world.professional.id, title="Hammaslääkäri", **span, **who)
    scheduling.close_office(office_id=world.office.id, title={"fi": "Inventaario"}, **span, **who)
    scheduling.add_exception(
        professional_id=world.professional.id,
        on=far.date(),
        start_minute=960,
        end_minute=1020,
        extra=True,
        office_id=world.office.id,
        **who,
    )


def _add_guide(session: Session, world: Any) -> None:
    """Two questions; the second is reached by the first's answer 1, answer 2 ends at a service, answer 3 at a call."""
    service = Choice(text("Työnhaku"), text("Etsit työtä."), Leads.SERVICE, service_id=world.service.id, mode="phone")
    call = Choice(text("Muu asia"))
    first = Step(1, text("Mitä asiasi koskee?"), choices=(Choice(text("Työ"), {}, Leads.STEP, step=2), service, call))
    second = Step(2, text("Missä vaiheessa olet?"), choices=(service, call, call))
    for edition in (DRAFT, LIVE):
        write_guide(session, edition, [first, second], actor=SYSTEM, now=clock.now())


def _add_webhook(session: Session) -> None:
    """Paused, and of a receiver on this machine that does not listen, so that no other test's worker waits for it."""
    wanted = Wanted("http://127.0.0.1:9/vuoro", description="Case system")
    endpoint, _ = endpoints.add(session, wanted, policy=Policy(True, True), actor=SYSTEM, now=clock.now())
    endpoints.pause(session, endpoint, actor=SYSTEM, now=clock.now())


def client_signed_in(app: Flask, municipality_id: int, slug: str, contact: str = PHONE) -> Browser:
    """A browser in which a client has signed in with a code."""
    visitor = browser(app)
    asked = visitor.post(f"/m/{slug}/sign-in", data={"contact": contact})
    assert asked.status_code == 303, asked.text
    answer = visitor.post(asked.location, data={"code": code_in_last_message(app, municipality_id)})
    assert answer.status_code == 303, answer.text
    return visitor


def code_in_last_message(app: Flask, municipality_id: int) -> str:
    """The code that was sent last."""
    with bound(app, municipality_id) as session:
        newest = select(Message.body).where(Message.kind == CODE_KIND).order_by(Message.id.desc()).limit(1)
        body = session.scalar(newest) or ""
        return re.search(r"\b\d{6}\b", body).group()  # type: ignore[union-attr]


def ask_for_password(app: Flask, municipality_id: int, email: str) -> str:
    """Ask for a link to a new password. Returns the secret in it."""
    asked = browser(app).post("/staff/password/forgot", data={"email": email})
    assert asked.status_code == 303, asked.text
    with bound(app, municipality_id) as session:
        newest = select(Message.body).where(Message.kind == PASSWORD_KIND, Message.recipient == email)
        body = session.scalar(newest.order_by(Message.id.desc()).limit(1)) or ""
        return re.search(r"/staff/password/(\S+)", body).group(1)  # type: ignore[union-attr]


def _use_own_pages(app: Flask, municipality_id: int, slug: str) -> Browser:
    client = client_signed_in(app, municipality_id, slug)
    day = clock.now().date() + timedelta(days=2)
    away = client.post("/my/away", data={"first_day": day.isoformat(), "part": "morning"})
    assert away.status_code == 303, away.text
    assert client.post("/my/calendar/renew").status_code == 303
    return client


def _add_words(session: Session) -> int:
    """What the municipality says of its service, and what somebody says of it. Returns the feedback's id."""
    who: dict[str, Any] = {"actor": SYSTEM, "now": clock.now()}
    words = {"fi": "Puhelimemme ovat epäkunnossa.", "sv": "Våra telefoner är ur funktion."}
    change_text(session, KINDS["notice"], words, opened=0, span=Span(), **who)
    day = clock.now().date().isoformat()
    dates = dict.fromkeys(("assessed_on", "published_on", "updated_on"), day)
    change_statement(session, {"status": "partly", "assessed_by": "", **dates}, opened=0, **who)
    said = Said("accessibility", "En löydä vapaita aikoja ruudunlukijalla.", "aino@example.fi", "fi")
    return send(session, said, form="test", **who).id


def add_staff(session: Session, addresses: dict[Role, str], *, own: dict[Role, int] | None = None) -> None:
    """Staff users, all with ``PASSWORD``; ``own``: the professionals that some of them are."""
    with cheap_passwords():
        for role, email in addresses.items():
            who = {"name": f"Testi {role}", "role": role, "professional_id": (own or {}).get(role)}
            create_user(session, email=email, password=PASSWORD, now=clock.now(), **who)  # type: ignore[arg-type]


def _accept_terms(session: Session) -> None:
    """Terms that everybody has accepted, so that nobody is led there; one of them is signed in."""
    who: dict[str, Any] = {"actor": SYSTEM, "now": clock.now()}
    edition = terms.publish(session, text("Käytä palvelua vain työhösi."), after=0, **who)
    users = session.scalars(select(StaffUser)).all()
    for user in users:
        terms.accept(session, user, edition.id, **who)
    lifetime = sessions.Lifetime(timedelta(hours=8), timedelta(hours=12))
    sessions.begin(
        session, users[0], way="test", device="Firefox, Windows", address="", lifetime=lifetime, now=clock.now()
    )


def accept_terms(session: Session, user: StaffUser) -> None:
    """Let a user of a town accept its terms."""
    edition = terms.in_force(session)
    assert edition is not None
    terms.accept(session, user, edition.id, actor=SYSTEM, now=clock.now())


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash passwords weakly inside the block: a real hash takes a good part of a second, on purpose."""
    with patch.object(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


def _free_starts(visitor: Browser, times: str) -> list[str]:
    page = visitor.get(times, query_string={"mode": "phone"})
    assert page.status_code == 200, page.text
    return list(dict.fromkeys(re.findall(r'name="starts_at" value="([^"]+)"', page.text)))


def _fill_in(visitor: Browser, times: str) -> str:
    """Choose a time and type everything, up to the page where it is confirmed. Returns the form's token."""
    chosen = visitor.post(times, data={"mode": "phone", "starts_at": _free_starts(visitor, times)[0]})
    assert chosen.status_code == 303, chosen.text
    details = visitor.post(chosen.location, data={"hopes": "Haluan opiskella."})
    assert details.status_code == 303, details.text
    typed = {"name": "Aino Åkerö", "phone": PHONE, "email": "aino@example.fi", "language": "fi"}
    check = visitor.post(details.location, data=typed)
    assert check.status_code == 303, check.text
    return str(check.location).rsplit("/", 2)[1]


def _book(visitor: Browser, times: str) -> str:
    token = _fill_in(visitor, times)
    booked = visitor.post(f"{times.removesuffix('/times')}/{token}/check")
    assert booked.status_code == 303, booked.text
    return re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]

"""What is measured on: a database that is made for it and deleted afterwards, with a town of fifty professionals.

Rows are written by a few set-based statements, as the application's role: constraints and row-level security hold.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.core import clock, embedded, tenancy
from app.core.database_urls import ensure_application_role, normalise
from app.core.db import db
from app.core.tenancy import Municipality
from app.factory import create_app
from app.identity.service import create_api_key
from app.scheduling.holidays import is_public_holiday
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, Service, ServiceOffice, WorkingHours
from config import Config
from scripts import bench_machine

PROFESSIONALS, DAYS, SLOTS_A_DAY = 50, 60, 16
HISTORY_DAYS = 375  # of full days: 300 000 bookings
CLIENTS_EACH = 240
OPENS = time(8)
MINUTES = 30

CLIENTS = text("""
INSERT INTO client (municipality_id, name, name_key, phone, email, language, preferred_channel, verified, feed_contact,
    area, service_line, age_group, tags, reminders_off, created_at)
SELECT :municipality, 'Asiakas ' || n, 'asiakas ' || n, '', '', 'fi', '', true, '', '', '', '', '{}', false, :now
FROM generate_series(1, :count) n ORDER BY n
""")

RESERVATIONS = text("""
WITH slot AS (
    SELECT p.number, p.id AS professional_id, d.number AS day, s, d.opens + s * :minutes * interval '1 minute' AS starts_at,
        row_number() OVER (PARTITION BY p.number, d.number ORDER BY md5(concat_ws(' ', p.number, d.number, s))) AS rank
    FROM unnest(CAST(:professionals AS bigint[])) WITH ORDINALITY p(id, number),
        unnest(CAST(:days AS timestamptz[])) WITH ORDINALITY d(opens, number), generate_series(0, :slots - 1) s
), taken AS (
    SELECT *, row_number() OVER (PARTITION BY number ORDER BY day, s) AS n
    FROM slot WHERE :full OR rank <= 11 + CAST((number + day) % 5 = 0 AS int)
)
INSERT INTO reservation (municipality_id, kind, professional_id, client_id, service_id, office_id, starts_at, ends_at,
    occupied, active)
SELECT :municipality, 'appointment', professional_id,
    (CAST(:clients AS bigint[]))[(number - 1) * :each + n % :each + 1], :service, :office,
    starts_at, starts_at + :minutes * interval '1 minute',
    tstzrange(starts_at, starts_at + :minutes * interval '1 minute'), true
FROM taken ORDER BY starts_at, professional_id
""")

APPOINTMENTS = text("""
WITH made AS (
    INSERT INTO appointment (municipality_id, reference, link_token, check_in_code, reservation_id, service_id,
        professional_id, client_id, office_id, mode, note, status, starts_at, ends_at, answers, version, may_move, created_at,
        updated_at)
    SELECT r.municipality_id, 'B' || r.id, 'bench' || r.id, lpad(CAST(r.id % 1000000 AS text), 6, '0'), r.id, r.service_id,
        r.professional_id, r.client_id, r.office_id, 'in_person', '',
        CASE WHEN r.ends_at < :now THEN 'completed' ELSE 'booked' END, r.starts_at, r.ends_at, '{}', 1, false,
        r.starts_at - interval '21 days', r.starts_at - interval '21 days'
    FROM reservation r
    WHERE r.municipality_id = :municipality AND NOT EXISTS (
        SELECT 1 FROM appointment a WHERE a.municipality_id = r.municipality_id AND a.reservation_id = r.id)
    RETURNING id, municipality_id, link_token, ends_at
)
INSERT INTO route_token (digest, kind, municipality_id, target_id, expires_at)
SELECT sha256(convert_to(link_token, 'UTF8')), 'appointment', municipality_id, id, ends_at + interval '60 days' FROM made
""")
# Seventy in a hundred: 11 of the 16 times of a day, and one more on every fifth: 33 600 of 48 000.


@dataclass(frozen=True)
class Town:
    """The measured municipality."""

    municipality_id: int
    key: str
    service_id: int
    office_id: int
    professionals: list[int]
    days: list[date]
    """The coming days on which people work: every day but public holidays."""
    zone: ZoneInfo


@contextmanager
def scratch() -> Iterator[tuple[Config, Flask]]:
    """An empty, migrated database of our own and the application over it; both are gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="vuoro-bench-"))
    server = os.environ.get("DATABASE_URL", "")
    base = Config(VUORO_INSTANCE=str(folder), API_CALLS_PER_KEY="100000000/minute")
    try:
        with _database(base, server) if server else _embedded(base) as settings:
            app = create_app(settings)
            with app.app_context():
                upgrade()
                print(bench_machine.speed(), flush=True)
                yield settings, app
                db.session.remove()
                db.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _embedded(base: Config) -> Iterator[Config]:
    try:
        yield base
    finally:
        embedded.delete(base.instance)


@contextmanager
def _database(base: Config, server: str) -> Iterator[Config]:
    """A database and a role with a name that nobody else has."""
    admin = make_url(normalise(server, "DATABASE_URL"))
    name, password = f"vuoro_bench_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    owner = admin.set(database=name).render_as_string(hide_password=False)
    try:
        ensure_application_role(owner, name, password)
        application = admin.set(database=name, username=name, password=password).render_as_string(hide_password=False)
        yield replace(base, DATABASE_URL=application, DATABASE_OWNER_URL=owner)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            connection.execute(text(f'DROP ROLE IF EXISTS "{name}"'))
        engine.dispose()


def make_town(session: Session, *, professionals: int = PROFESSIONALS) -> Town:
    """Fifty professionals (or as many as asked) who work 8–16, sixty days of which 70 % is booked, and an API key."""
    now = clock.now()
    municipality = Municipality(slug="bench", name=_text("Mittala"), languages=["fi", "sv", "en"], created_at=now)
    municipality.email, municipality.phone = "palvelut@mittala.example", "+358 9 000 0000"
    session.add(municipality)
    session.flush()
    tenancy.bind(session, municipality.id)
    office = Office(slug="keskusta", name=_text("Keskusta"), street="Kauppakatu 1", postal_code="00000", city="Mittala")
    service = Service(
        slug="keskustelu",
        name=_text("Työnhakukeskustelu"),
        public_label=_text("Tapaaminen"),
        duration_minutes=MINUTES,
        modes=[Mode.IN_PERSON, Mode.PHONE],
        horizon_days=2 * DAYS,
    )
    people = [_professional(number) for number in range(professionals)]
    session.add_all([office, service, *people])
    session.flush()
    session.add(ServiceOffice(service_id=service.id, office_id=office.id))
    for person in people:
        session.add(ProfessionalService(service_id=service.id, professional_id=person.id))
        session.add_all(_hours(person.id, office.id))
    today = now.astimezone(municipality.zone).date()
    town = Town(
        municipality_id=municipality.id,
        key=create_api_key(session, name="bench", now=now),
        service_id=service.id,
        office_id=office.id,
        professionals=[person.id for person in people],
        days=_working_days(today + timedelta(days=1), DAYS),
        zone=municipality.zone,
    )
    session.execute(CLIENTS, {"municipality": municipality.id, "count": professionals * CLIENTS_EACH, "now": now})
    _book(session, town, town.days, full=False)
    return town


def add_history(session: Session, town: Town) -> None:
    """300 000 meetings of the past: everybody was booked up every day."""
    tenancy.bind(session, town.municipality_id)
    first = clock.now().astimezone(town.zone).date() - timedelta(days=HISTORY_DAYS)
    _book(session, town, [first + timedelta(days=number) for number in range(HISTORY_DAYS)], full=True)


def tidy(settings: Config, app: Flask) -> None:
    """What autovacuum does in time: the planner's statistics."""
    with app.app_context():
        db.session.commit()
    url = normalise(settings.DATABASE_OWNER_URL, "DATABASE_OWNER_URL") if settings.DATABASE_OWNER_URL else None
    engine = create_engine(url or embedded.ensure_running(settings.instance).owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def booked(session: Session, town: Town) -> int:
    """How many appointments there are."""
    tenancy.bind(session, town.municipality_id)
    return session.scalar(select(func.count(Appointment.id))) or 0


def _book(session: Session, town: Town, days: list[date], *, full: bool) -> None:
    session.execute(text("SET LOCAL statement_timeout = 0"))
    own = {"municipality": town.municipality_id, "now": clock.now()}
    clients = list(
        session.scalars(text("SELECT id FROM client WHERE municipality_id = :municipality ORDER BY id"), own)
    )
    values = {
        "minutes": MINUTES,
        "slots": SLOTS_A_DAY,
        "full": full,
        "professionals": town.professionals,
        "days": [datetime.combine(day, OPENS, town.zone) for day in days],
        "clients": clients,
        "each": CLIENTS_EACH,
        "service": town.service_id,
        "office": town.office_id,
    }
    session.execute(RESERVATIONS, own | values)
    session.execute(APPOINTMENTS, own)
    session.commit()


def _working_days(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=number) for number in range(2 * count))
    return [day for day in days if not is_public_holiday(day)][:count]


def _text(words: str) -> dict[str, str]:
    return {"fi": words, "sv": words, "en": words}


def _professional(number: int) -> Professional:
    return Professional(
        slug=f"ammattilainen-{number}",
        first_name="Liisa",
        last_name=f"Hakala {number}",
        title=_text("asiantuntija"),
        languages=["fi", "sv", "en"],
        modes=[Mode.IN_PERSON, Mode.PHONE],
    )


def _hours(professional_id: int, office_id: int) -> list[WorkingHours]:
    start = 60 * OPENS.hour
    end = start + SLOTS_A_DAY * MINUTES
    return [
        WorkingHours(
            professional_id=professional_id, office_id=office_id, weekday=weekday, start_minute=start, end_minute=end
        )
        for weekday in range(7)
    ]

"""How quickly the staff's calendar answers and is painted: fifteen people, a realistic week.

Usage: scripts/bench calendar [--requests 200]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import secrets
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client, Reservation
from app.booking.reserve import span_of
from app.core import clock, tenancy
from app.core.db import db
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.core.typed import sort_key
from app.identity.service import create_user
from app.scheduling.models import (
    BusyTime,
    Mode,
    Office,
    Professional,
    ProfessionalService,
    Service,
    ServiceOffice,
    WorkingHours,
)
from scripts.bench_data import scratch, tidy
from scripts.bench_load import HOST, serving

PEOPLE, DAYS, EVENTS = 15, 5, 200
MEETINGS_A_DAY = 6
GOAL_JSON_MS, GOAL_PAINT_MS = 60, 1000
EMAIL, PASSWORD = "bench@kunta.example", secrets.token_urlsafe(16)
say = print


def monday() -> date:
    """Of the week after this one."""
    today = clock.now().date()
    return today + timedelta(days=7 - today.weekday())


def fill(session: Session, paint_day: date) -> None:
    """Fifteen people with six meetings a day and a busy time each; on one day ``EVENTS`` short meetings together."""
    municipality = Municipality(slug="kunta", name={"fi": "Kunta"}, languages=["fi"], created_at=clock.now())
    session.add(municipality)
    session.commit()
    tenancy.bind(session, municipality.id)
    office = Office(slug="keskusta", name={"fi": "Keskusta"})
    label = {"fi": "Tapaaminen"}
    services = [
        Service(
            slug=f"s{minutes}",
            name={"fi": "Työnhakukeskustelu"},
            public_label=label,
            duration_minutes=minutes,
            modes=list(Mode),
        )
        for minutes in (45, 30)
    ]
    session.add_all([office, *services])
    session.flush()
    session.add_all(ServiceOffice(service_id=service.id, office_id=office.id) for service in services)
    for number in range(PEOPLE):
        _person(session, municipality, office, services, number, paint_day)
    create_user(session, email=EMAIL, name="Bench", role=Role.LEAD, password=PASSWORD, now=clock.now())
    session.commit()


def _person(
    session: Session, municipality: Municipality, office: Office, services: list[Service], number: int, paint_day: date
) -> None:
    person = Professional(slug=f"p{number}", first_name="Liisa", last_name=f"Hakala-{number:02}", modes=list(Mode))
    session.add(person)
    session.flush()
    session.add_all(ProfessionalService(service_id=service.id, professional_id=person.id) for service in services)
    for day in range(DAYS):
        hours = {"weekday": day, "start_minute": 480, "end_minute": 960, "office_id": office.id}
        session.add(WorkingHours(professional_id=person.id, **hours))
        when = monday() + timedelta(days=day)
        for hour in range(MEETINGS_A_DAY):
            _meeting(session, person, office, services[0], _at(municipality, when, 8 + hour), number + hour)
        noon = _at(municipality, when, 15)
        session.add(BusyTime(professional_id=person.id, starts_at=noon, ends_at=noon + timedelta(minutes=30)))
    for piece in range(EVENTS // PEOPLE + (number < EVENTS % PEOPLE)):
        start = _at(municipality, paint_day, 8) + timedelta(minutes=30 * piece)
        _meeting(session, person, office, services[1], start, number + piece)


def _at(municipality: Municipality, day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=municipality.zone).astimezone(UTC)


def _meeting(
    session: Session, person: Professional, office: Office, service: Service, starts_at: datetime, number: int
) -> None:
    name = f"Aino-Maria Virtanen {number}"
    client = Client(name=name, name_key=sort_key(name), created_at=clock.now())
    session.add(client)
    session.flush()
    span = span_of(service, int(starts_at.timestamp()))
    common = {"professional_id": person.id, "client_id": client.id, "service_id": service.id, "office_id": office.id}
    reservation = Reservation(kind="appointment", **common, **span)
    session.add(reservation)
    session.flush()
    session.add(
        Appointment(
            **common,
            reservation_id=reservation.id,
            reference=secrets.token_hex(4),
            link_token=secrets.token_hex(6),
            check_in_code=secrets.token_hex(3),
            mode=list(Mode)[number % 3],
            starts_at=span["starts_at"],
            ends_at=span["ends_at"],
            created_at=clock.now(),
            updated_at=clock.now(),
        )
    )


def measure_json(port: int, requests: int) -> float:
    """Ask for the week of everybody so often; prints and returns the median in milliseconds."""
    connection = http.client.HTTPConnection(HOST, port)
    cookie = _sign_in(connection)
    path = f"/staff/calendar/feed?view=list&group=all&day={monday()}"
    took, body = [], b""
    for _ in range(requests + 10):  # the first warm the server
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"scripts/bench: {path} answered {answer.status}")
    events, cuts = len(json.loads(body)["events"]), quantiles(took[10:], n=100)
    say(
        f"JSON       {events} events of {PEOPLE} people in a week: p50 {cuts[49]:.0f} ms  p95 {cuts[94]:.0f} ms  "
        f"{len(body) // 1024} KB before compression  goal p50 {GOAL_JSON_MS} ms"
    )
    return cuts[49]


def _sign_in(connection: http.client.HTTPConnection) -> str:
    form = urlencode({"email": EMAIL, "password": PASSWORD})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/staff/sign-in", body=form, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise SystemExit(f"scripts/bench: signing in answered {answer.status}")
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def measure_painting(base: str, day: date, rounds: int) -> float:
    """Open the team's day in a browser so often; prints and returns the median from the answer to the painted calendar."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise SystemExit("scripts/bench: no Chromium: scripts/test installs one, CHROMIUM names another")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=base, viewport={"width": 1280, "height": 800})
        weights: list[int] = []
        page.on("response", lambda response: weights.append(_weight(response)))
        page.goto("/staff/sign-in")
        page.fill("[name=email]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        took, weight = [], 0
        for _ in range(rounds):
            weights.clear()
            took.append(_paint(page, f"/staff/calendar/?view=team&group=all&day={day}"))
            weight = weight or sum(weights)
        shown = page.locator(".vuoro-event").count()
        browser.close()
    say(
        f"painting   {shown} events of {PEOPLE} people: median {median(took):.0f} ms, {min(took):.0f}–{max(took):.0f} ms  "
        f"goal {GOAL_PAINT_MS} ms; first visit {weight // 1024} KB"
    )
    return median(took)


def _weight(response: Any) -> int:
    return int(response.headers.get("content-length") or 0)


def _paint(page: Any, path: str) -> float:
    """Milliseconds from the arrival of the page's first byte until the drawn calendar has been on the screen."""
    page.goto(path)
    page.wait_for_selector("[data-drawn]")
    script = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
        done(performance.now() - performance.getEntriesByType("navigation")[0].responseStart))))"""
    return float(page.evaluate(script))


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 if the goals are met."""
    parser = argparse.ArgumentParser(prog="scripts/bench calendar", description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="how often the week is asked for (200)")
    parser.add_argument("--paintings", type=int, default=7, help="how often the calendar is painted (7)")
    chosen = parser.parse_args(arguments)
    paint_day = monday() + timedelta(days=8)
    with scratch() as (settings, app):
        fill(db.session(), paint_day)
        tidy(settings, app)
        with serving(settings) as port:
            met = measure_json(port, chosen.requests) <= GOAL_JSON_MS
            met = measure_painting(f"http://{HOST}:{port}", paint_day, chosen.paintings) <= GOAL_PAINT_MS and met
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())

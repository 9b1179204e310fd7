"""``scripts/bench slots`` and ``scripts/bench booking``: see docs/benchmarks.md for what the figures mean."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select

from app.booking.models import Appointment, Reservation
from app.core import tenancy
from app.core.audit import AuditEvent
from app.core.database_urls import DatabaseUnavailable
from app.core.db import db
from app.messaging.models import Message
from config import Config
from scripts import bench_data as data
from scripts.bench_figures import HEADER, Round, best, line, typical
from scripts.bench_load import THREADS, WORKERS, measure, request_of, rush, send_all, serving

BOOKING_CLIENTS, BOOKINGS, RUSHING = 8, 600, 200
BUSY_CLIENTS = 4
say = print


@dataclass(frozen=True)
class Bench:
    """What a command measures with."""

    settings: Config
    app: Flask
    town: data.Town
    rounds: int
    seconds: float

    def day_paths(self) -> list[str]:
        """One professional's day: another professional or another day each time."""
        pairs = [(person, day) for person in self.town.professionals for day in self.town.days[:-1]]
        random.Random(1).shuffle(pairs)  # noqa: S311 - spreads load, no secret
        return [self._path(day, day, person) for person, day in pairs]

    def month_paths(self) -> list[str]:
        """Any professional, thirty days."""
        firsts = [day for day in self.town.days if (self.town.days[-1] - day).days >= 30]
        return [self._path(day, day + timedelta(days=29), None) for day in firsts]

    def requests(self, paths: Sequence[str]) -> list[bytes]:
        """GET requests of the paths."""
        return [request_of("GET", path, self.town.key) for path in paths]

    def _path(self, first: Any, last: Any, person: int | None) -> str:
        path = f"/api/v1/services/{self.town.service_id}/slots?from={first}&to={last}&mode=in_person"
        return path + (f"&professional={person}" if person else "")

    def show(self, name: str, measuring: Callable[[], Round]) -> Round:
        """Measure so many rounds and print the typical and the best one."""
        rounds = [measuring() for _ in range(self.rounds)]
        say(line(name, typical(rounds)))
        if len(rounds) > 1:
            say(line("  the best round", best(rounds)))
        return typical(rounds)

    def queries(self, path: str) -> int:
        """How many statements one warm request sends (the transaction's own BEGIN and ROLLBACK are not counted)."""
        client, sent = self.app.test_client(), list[str]()
        headers = {"Authorization": f"Bearer {self.town.key}"}
        client.get(path, headers=headers)

        def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            answer = client.get(path, headers=headers)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        if answer.status_code != 200:
            raise SystemExit(f"scripts/bench: {path} answered {answer.status_code}")
        return len(sent)


def slots(bench: Bench) -> None:
    """Showing free times, and again with ten times the history."""
    before = _slots(bench, "as it is")
    say("\nAdding 300 000 meetings of the past …")
    data.add_history(db.session, bench.town)
    data.tidy(bench.settings, bench.app)
    after = _slots(bench, "with the history")
    for name, one, other in zip(("a professional's day", "any professional, 30 days"), before, after, strict=True):
        say(f"history makes {name} {other.p50 / one.p50:.2f} times as long (p50, one client)")


def _slots(bench: Bench, when: str) -> list[Round]:
    day, month = bench.day_paths(), bench.month_paths()
    say(f"\n{data.booked(db.session, bench.town):,} appointments".replace(",", " "))
    db.session.commit()
    say(f"queries per request: {bench.queries(day[0])} for a day, {bench.queries(month[0])} for any × 30 days")
    say(HEADER)
    with serving(bench.settings) as port:
        found = []
        for name, paths in (("a professional's day", day), ("any professional, 30 days", month)):
            requests = bench.requests(paths)
            measure(port, requests, clients=BUSY_CLIENTS, seconds=2)  # warms every thread's connection
            for clients in (1, BUSY_CLIENTS):
                label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
                figures = bench.show(
                    label,
                    lambda requests=requests, clients=clients: measure(  # type: ignore[misc]
                        port, requests, clients=clients, seconds=bench.seconds
                    ),
                )
                found += [figures] if clients == 1 else []
    return found


def booking(bench: Bench) -> None:
    """Making bookings, verified in the database afterwards, and a rush for one time."""
    free = free_times(bench)
    if len(free) < bench.rounds * BOOKINGS + BOOKING_CLIENTS + 1:
        raise SystemExit("scripts/bench: there are not so many free times; ask for fewer rounds")
    rushed, warming = free.pop(), [free.pop() for _ in range(BOOKING_CLIENTS * WORKERS * THREADS // 4)]
    before = _counts(bench)
    say(HEADER)
    with serving(bench.settings) as port:
        send_all(port, _bookings(bench, warming), clients=BOOKING_CLIENTS)

        def one_round() -> Round:
            chosen = [free.pop() for _ in range(BOOKINGS)]
            return send_all(port, _bookings(bench, chosen), clients=BOOKING_CLIENTS)

        bench.show(f"booking, {BOOKING_CLIENTS} clients", one_round)
        made = len(warming) + bench.rounds * BOOKINGS
        _verify(bench, before, made)
        say(f"\n{RUSHING} clients at the same moment for one time:")
        statuses, rushing = rush(port, _bookings(bench, [rushed] * RUSHING))
        say(HEADER)
        say(line("answers", rushing))
    _verify(bench, before, made + 1)
    if statuses != {201: 1, 409: RUSHING - 1} or _taken(bench, rushed) != 1:
        raise SystemExit(f"scripts/bench: not exactly one got the time: {dict(statuses)}")
    say(f"exactly one got it, {RUSHING - 1} were told that it is taken")


def free_times(bench: Bench) -> list[tuple[int, datetime]]:
    """(professional, start) of everything that is free and not too soon, in random order."""
    town = bench.town
    tenancy.bind(db.session, town.municipality_id)
    rows = db.session.execute(select(Reservation.professional_id, Reservation.starts_at))
    taken = {(person, starts_at) for person, starts_at in rows}
    every = [
        (person, opens + timedelta(minutes=data.MINUTES * number))
        for person in town.professionals
        for opens in (datetime.combine(day, data.OPENS, town.zone) for day in town.days)
        for number in range(data.SLOTS_A_DAY)
    ]
    db.session.commit()
    free = [pair for pair in every if pair not in taken]
    random.Random(2).shuffle(free)  # noqa: S311 - spreads load, no secret
    return free


def _bookings(bench: Bench, times: Sequence[tuple[int, datetime]]) -> list[bytes]:
    return [
        request_of("POST", "/api/v1/appointments", bench.town.key, json.dumps(_body(bench, number, *pair)))
        for number, pair in enumerate(times)
    ]


def _body(bench: Bench, number: int, person: int, starts_at: datetime) -> dict[str, Any]:
    """A new client with an e-mail address and a mobile number, so that there are two messages."""
    return {
        "service_id": bench.town.service_id,
        "professional_id": person,
        "starts_at": starts_at.isoformat(),
        "mode": "in_person",
        "client": {"name": f"Aino Åkerö {number}", "phone": "0410000001", "email": f"aino{number}@posti.example"},
    }


def _counts(bench: Bench) -> dict[str, int]:
    tenancy.bind(db.session, bench.town.municipality_id)
    action = AuditEvent.action == "appointment.book"
    counts = {
        "appointments": select(func.count(Appointment.id)),
        "reservations": select(func.count(Reservation.id)),
        "audit rows": select(func.count(AuditEvent.id)).where(action),
        "e-mails": select(func.count(Message.id)).where(Message.channel == "email"),
        "text messages": select(func.count(Message.id)).where(Message.channel == "sms"),
    }
    found = {name: db.session.scalar(query) or 0 for name, query in counts.items()}
    db.session.commit()
    return found


def _verify(bench: Bench, before: dict[str, int], made: int) -> None:
    """End the benchmark where something is missing or there twice."""
    more = {name: number - before[name] for name, number in _counts(bench).items()}
    if set(more.values()) != {made}:
        raise SystemExit(f"scripts/bench: {made} bookings were answered with success, and the database holds {more}")
    say(f"verified in the database: {made} new {', '.join(more)}, each as many")


def _taken(bench: Bench, pair: tuple[int, datetime]) -> int:
    query = select(func.count(Reservation.id)).where(
        Reservation.professional_id == pair[0], Reservation.starts_at == pair[1]
    )
    return db.session.scalar(query) or 0


def main() -> int:
    """The command; exit code 1 after one sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("what", choices=("slots", "booking"))
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured (3)")
    parser.add_argument("--seconds", type=float, default=5, help="how long each measurement lasts (5)")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be more than nothing")
    try:
        with data.scratch() as (settings, app):
            say(f"Making {data.PROFESSIONALS} professionals and {data.DAYS} days, 70 % booked …")
            town = data.make_town(db.session)
            data.tidy(settings, app)
            bench = Bench(settings, app, town, options.rounds, options.seconds)
            {"slots": slots, "booking": booking}[options.what](bench)
    except DatabaseUnavailable as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How quickly reminders are planned and e-mails leave, and whether any is lost or doubled when workers are killed.

Usage: scripts/bench messages [--reminders 100000] [--emails 5000] [--kills 10]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from app.booking.reminders import planning
from app.core import clock, tenancy
from app.core.db import db
from app.messaging.models import Message
from config import PROJECT, Config
from scripts import bench_data as data

GOAL_SECONDS, GOAL_RATE = 60.0, 150.0
WORKERS_FAST, WORKERS_CHAOS = 2, 3
CHAOS = 10_000
LEASE_OUT = 100
"""Seconds after which what a killed worker held is free again."""
say = print

DUE_TOMORROW = text("""
WITH made AS (
    INSERT INTO reservation (municipality_id, kind, service_id, starts_at, ends_at, occupied, active)
    SELECT :m, 'seat', :service, t, t + interval '30 minutes', tstzrange(t, t + interval '30 minutes'), true
    FROM (SELECT :from + (n % 1200) * interval '1 minute' AS t FROM generate_series(1, :count) AS n) AS times
    RETURNING id, starts_at, ends_at
)
INSERT INTO appointment (municipality_id, reference, link_token, check_in_code, reservation_id, service_id, professional_id,
    client_id, mode, status, starts_at, ends_at, answers, version, may_move, note, created_at, updated_at)
SELECT :m, 'D' || id, 'due' || id, '000000', id, :service, :who, :first + id % :clients, 'video', 'booked', starts_at, ends_at,
    '{}', 1, false, '', :now - interval '9 days', :now - interval '9 days' FROM made
""")

E_MAILS = text("""
WITH made AS (
    INSERT INTO message (municipality_id, kind, channel, language, recipient, client_id, subject, body, html, calendar,
        calendar_method, cause, dedupe_key, status, reason, provider_id, attempts, cause_gone, send_after, created_at)
    SELECT :m, 'confirmation', 'email', 'fi', 'asiakas' || n || '@posti.example', :first + n % :clients, 'Aika on varattu',
        'Hei! Sinulle on varattu aika.', '<p>Hei! Sinulle on varattu aika.</p>', '', '', 'bench:' || n, :run || n, 'queued',
        '', '', 0, false, :now, :now
    FROM generate_series(1, :count) AS n RETURNING id
)
INSERT INTO job (municipality_id, kind, target_id, due_at, attempts) SELECT :m, 'message.email', id, :now, 0 FROM made
""")


def reminders(town: data.Town, count: int, *, history: bool) -> None:
    """Plan so many that are due, and again with ten times the history."""
    session = db.session
    tenancy.bind(session, town.municipality_id)
    session.execute(text("DELETE FROM job"))
    first, clients = session.execute(text("SELECT min(id), count(*) FROM client")).one()
    now = clock.now()
    values = {"m": town.municipality_id, "service": town.service_id, "who": town.professionals[0], "first": first}
    values |= {"clients": clients, "count": count, "now": now, "from": now + timedelta(hours=3)}
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(DUE_TOMORROW, values)
    session.commit()
    begun, place, rounds = time.perf_counter(), planning.BEGINNING, 0
    going: planning.Place | None = place
    while going is not None:
        going = planning.plan_due(session, now=now, after=going)
        session.commit()
        rounds += 1
    seconds = time.perf_counter() - begun
    made = session.scalar(select(func.count(planning.Reminder.id)))
    name = "with 300 000 meetings of the past" if history else "as it is"
    goal = f"goal {GOAL_SECONDS:.0f} s"
    say(f"planning   {count:6} reminders in {seconds:5.1f} s, {rounds} rounds, {name}; {made} written down  {goal}")
    session.execute(text("DELETE FROM reminder"))
    session.execute(text("DELETE FROM message"))
    session.execute(text("DELETE FROM appointment WHERE reference LIKE 'D%'"))
    session.execute(text("DELETE FROM reservation WHERE kind = 'seat'"))
    session.execute(text("DELETE FROM job"))
    session.commit()


@contextmanager
def sink(refuse_each: int) -> Iterator[tuple[int, Path]]:
    """A mail server of its own process: its port, and the file of what it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "taken"
        command = [sys.executable, "-m", "scripts.bench_sink", str(port), str(refuse_each), str(file)]
        process = subprocess.Popen(command, cwd=PROJECT)
        try:
            time.sleep(1)
            yield port, file
        finally:
            process.kill()
            process.wait()


def worker(settings: Config, port: int) -> subprocess.Popen[bytes]:
    """``flask worker`` over the measured database."""
    given = {field.name: str(getattr(settings, field.name)) for field in fields(settings)}
    given |= {"SMTP_URL": f"smtp://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **given}, stdout=subprocess.DEVNULL)


def put_out(town: data.Town, count: int, run: str) -> None:
    """Queue so many e-mails."""
    session = db.session
    tenancy.bind(session, town.municipality_id)
    first, clients = session.execute(text("SELECT min(id), count(*) FROM client")).one()
    values = {
        "m": town.municipality_id,
        "first": first,
        "clients": clients,
        "count": count,
        "now": clock.now(),
        "run": run,
    }
    session.execute(E_MAILS, values)
    session.commit()


def left(town: data.Town) -> int:
    """How many wait or are being sent."""
    tenancy.bind(db.session, town.municipality_id)
    query = select(func.count()).where(Message.status.in_(("queued", "sending")))
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


def fast(settings: Config, town: data.Town, count: int) -> None:
    """Two workers and a mail server that takes everything."""
    with sink(0) as (port, file):
        workers = [worker(settings, port) for _ in range(WORKERS_FAST)]
        time.sleep(6)  # until they tick
        put_out(town, count, "fast")
        begun = time.perf_counter()
        while left(town):
            time.sleep(0.2)
        seconds = time.perf_counter() - begun
        for one in workers:
            one.kill()
        taken = len(file.read_text().split())
    rate, goal = f"{count / seconds:.0f}/s", f"goal {GOAL_RATE:.0f}/s"
    say(f"sending    {count:6} e-mails in {seconds:5.1f} s, {rate}, {WORKERS_FAST} workers; {taken} arrived  {goal}")


def chaos(settings: Config, town: data.Town, kills: int) -> None:
    """Ten thousand, three workers killed at random, each tenth message refused for now: none lost, few doubled."""
    rng = random.Random(1)  # noqa: S311 - which worker dies when, no secret
    with sink(10) as (port, file):
        workers = [worker(settings, port) for _ in range(WORKERS_CHAOS)]
        time.sleep(6)
        put_out(town, CHAOS, "chaos")
        begun, killed = time.perf_counter(), 0
        while (waiting := left(town)) and time.perf_counter() - begun < 1200:
            time.sleep(1 if killed >= kills else rng.uniform(1.5, 4))
            if killed < kills and waiting > CHAOS // 20:
                place = rng.randrange(len(workers))
                workers[place].send_signal(signal.SIGKILL)
                workers[place] = worker(settings, port)
                killed += 1
        seconds = time.perf_counter() - begun
        for one in workers:
            one.kill()
        ids = Counter(file.read_text().split())
    doubled = sum(number - 1 for number in ids.values())
    tenancy.bind(db.session, town.municipality_id)
    states = dict(db.session.execute(select(Message.status, func.count()).group_by(Message.status)).all())
    db.session.rollback()
    say(
        f"chaos      {CHAOS} e-mails, {WORKERS_CHAOS} workers, {killed} killed, each tenth refused: {seconds:.0f} s, {states}"
    )
    say(
        f"           {len(ids)} arrived, {CHAOS - len(ids)} lost, {doubled} doubled (at most one for each killed worker)"
    )
    if len(ids) != CHAOS or doubled > killed:
        raise SystemExit("scripts/bench: messages were lost or doubled")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/bench messages")
    parser.add_argument("--reminders", type=int, default=100_000, help="reminders that are planned (100000); 0: none")
    parser.add_argument("--emails", type=int, default=5_000, help="e-mails that are sent for speed (5000)")
    parser.add_argument("--kills", type=int, default=10, help="how often a worker is killed while 10000 are sent (10)")
    options = parser.parse_args()
    with data.scratch() as (settings, app):
        settings = replace(settings, EMAILS_PER_SECOND="0")
        town = data.make_town(db.session)
        db.session.execute(
            text("UPDATE client SET email = 'asiakas' || id || '@posti.example', phone = '+358401234567'")
        )
        db.session.execute(text("UPDATE service SET reminder_minutes = 1440"))
        data.tidy(settings, app)
        if options.reminders:
            reminders(town, options.reminders, history=False)
            data.add_history(db.session, town)
            data.tidy(settings, app)
            reminders(town, options.reminders, history=True)
        none = "UPDATE service SET reminder_minutes = 0, call_reminder_minutes = 0"  # the workers plan them, too
        tenancy.bind(db.session, town.municipality_id)
        db.session.execute(text(none))
        db.session.commit()
        fast(settings, town, options.emails)
        tenancy.bind(db.session, town.municipality_id)
        db.session.execute(text("DELETE FROM message"))
        db.session.commit()
        chaos(settings, town, options.kills)
    return 0


if __name__ == "__main__":
    sys.exit(main())

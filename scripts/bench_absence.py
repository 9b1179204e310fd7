"""How quickly an absence is planned, carried out and taken back: sixty professionals, three hundred affected meetings.

Usage: scripts/bench absence [--plans 5]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from typing import Any

from sqlalchemy import event, text

from app.absence.applying import apply, decision_of
from app.absence.models import AbsencePlan
from app.absence.reading import Picture, read
from app.absence.registering import NewAbsence, register
from app.absence.undoing import undo
from app.core import clock, tenancy
from app.core.audit import SYSTEM
from app.core.db import db
from app.core.tenancy import Municipality
from scripts.bench_data import Town, make_town, scratch, tidy
from scripts.bench_figures import percentile

PROFESSIONALS, AWAY, DAYS = 60, 4, 8
"""Four people for eight days at seven in ten booked: about three hundred meetings; each third client allows moving."""
GOAL_SECONDS = 2.0
say = print


def begin(town: Town) -> AbsencePlan:
    """The flu of a week."""
    session = db.session
    session.execute(
        text("UPDATE appointment SET may_move = id % 3 = 0 WHERE municipality_id = :id"), {"id": town.municipality_id}
    )
    session.execute(text("UPDATE client SET email = 'asiakas' || id || '@posti.example'"))
    first = town.days[2]
    bounds = [datetime.combine(day, wall(), town.zone).astimezone(UTC) for day in (first, first + timedelta(days=DAYS))]
    return register(session, NewAbsence(town.professionals[:AWAY], *bounds, "sick"), actor=SYSTEM, now=clock.now())


def planned(plan: AbsencePlan, municipality: Municipality) -> tuple[Picture, float, int]:
    """The picture, the seconds it took, and the statements."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    begun = time.perf_counter()
    try:
        picture = read(db.session, plan, municipality=municipality, now=clock.now())
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return picture, time.perf_counter() - begun, len(sent)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/bench absence")
    parser.add_argument("--plans", type=int, default=5, help="how often the plan is made")
    chosen = parser.parse_args()
    with scratch() as (settings, app):
        say(f"Making {PROFESSIONALS} professionals …")
        town = make_town(db.session, professionals=PROFESSIONALS)
        tidy(settings, app)
        tenancy.bind(db.session, town.municipality_id)
        municipality = db.session.get_one(Municipality, town.municipality_id)
        plan = begin(town)
        db.session.commit()
        times = []
        for _ in range(chosen.plans):
            picture, seconds, queries = planned(plan, municipality)
            times.append(seconds)
            db.session.rollback()
        places = sum(map(len, picture.places.values()))
        actions = Counter(str(proposal.action) for proposal in picture.proposals.values())
        say(f"{len(picture.appointments)} meetings, {places} places where they could be held, {queries} queries")
        say(", ".join(f"{name} {count}" for name, count in sorted(actions.items())))
        say(
            f"planned in p50 {percentile(times, 0.5):.2f} s, p95 {percentile(times, 0.95):.2f} s (goal {GOAL_SECONDS:.0f} s)"
        )
        decisions = [decision_of(proposal) for proposal in picture.proposals.values()]
        now, common = clock.now(), {"actor": SYSTEM, "municipality": municipality}
        begun = time.perf_counter()
        items = apply(db.session, plan, decisions, now=now, **common)
        db.session.commit()
        done = sum(item.state == "done" for item in items)
        say(f"carried out {done} of {len(items)} in {time.perf_counter() - begun:.2f} s")
        begun = time.perf_counter()
        back = len(undo(db.session, plan, now=now, **common).back)
        db.session.commit()
        say(f"taken back {back} in {time.perf_counter() - begun:.2f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

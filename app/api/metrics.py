"""``/metrics`` for Prometheus: the state of things, read from the database when it is asked for, and the traffic.

Municipalities are read one after the other, each under its own row-level security, and only added up: nobody, and no
municipality, can be recognised.
"""

from __future__ import annotations

import hmac
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import TextClause, case, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.api.traffic import counted
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import NotFound
from app.core.permissions import declare
from app.core.tenancy import Municipality
from app.core.work import Job
from config import Config

blueprint = Blueprint("metrics", __name__)
log = logging.getLogger(__name__)

RECENT = timedelta(hours=24)
"""Of things that are kept for years, those of a day are counted: by an index, whatever there was before."""

STATE: TextClause = text(
    """
    SELECT 'messages', channel, status, count(*) FROM message
    WHERE municipality_id = :municipality AND created_at > :recent GROUP BY channel, status
    UNION ALL
    SELECT 'webhook_deliveries', '', status, count(*) FROM webhook_delivery
    WHERE municipality_id = :municipality AND created_at > :recent GROUP BY status
    UNION ALL
    SELECT 'webhook_endpoints', '', state, count(*) FROM webhook_endpoint
    WHERE municipality_id = :municipality GROUP BY state
    UNION ALL
    SELECT 'appointments_today', '', status, count(*) FROM appointment
    WHERE municipality_id = :municipality AND starts_at >= :morning AND starts_at < :midnight GROUP BY status
    UNION ALL
    SELECT 'live_holds', '', '', count(*) FROM reservation
    WHERE municipality_id = :municipality AND kind = 'hold' AND expires_at > :now
    """
)
HELP = {
    "messages": ("Messages made in the last 24 hours, by channel and status", ("channel", "status")),
    "webhook_deliveries": ("Webhook deliveries made in the last 24 hours, by status", ("status",)),
    "webhook_endpoints": ("Webhook endpoints, by state", ("state",)),
    "appointments_today": ("Appointments that begin today, by status", ("status",)),
    "live_holds": ("Times that are kept while a form is filled", ()),
}


def settings() -> Config:
    """The installation's."""
    found: Config = current_app.config["SETTINGS"]
    return found


@blueprint.get("/metrics")
@declare("metrics")
def metrics() -> Response:
    """Everything as Prometheus reads it; to those who know the token."""
    expected = f"Bearer {settings().METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if not settings().METRICS_TOKEN:
        raise NotFound
    if not hmac.compare_digest(given, expected):
        response = Response("The bearer token is missing or wrong.\n", 401, mimetype="text/plain")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    registry = CollectorRegistry()
    registry.register(Collected(list(_state(clock.now()))))
    body = generate_latest(registry) + generate_latest(counted(settings().PROMETHEUS_MULTIPROC_DIR))
    return Response(body, content_type=CONTENT_TYPE_LATEST)


class Collected:
    """Metrics that were read before."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """prometheus_client: what there is."""
        return self._families


def _state(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Gauges from the database; that it is down is told by one of them, and then there are no others."""
    try:
        families = [*_jobs(db.session, now), *_rows(db.session, now)]
    except (OperationalError, PoolTimeout) as problem:
        log.warning("metrics without the database: %s", type(problem).__name__)
        db.session.rollback()
        families = []
    yield GaugeMetricFamily("vuoro_database_up", "1 where the database answers", value=float(bool(families)))
    yield from families


def _jobs(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Background work of all municipalities: the table has no content, and no policy."""
    state = case((Job.leased_until > now, "leased"), (Job.due_at <= now, "due"), else_="later").label("state")
    found = session.execute(select(Job.kind, state, func.count(), func.min(Job.due_at)).group_by(Job.kind, state))
    jobs = GaugeMetricFamily("vuoro_jobs", "Background jobs, by kind and state", labels=("kind", "state"))
    oldest = GaugeMetricFamily(
        "vuoro_oldest_due_job_seconds", "How long the oldest due job has waited, by kind", labels=("kind",)
    )
    for kind, status, count, since in found:
        jobs.add_metric((kind, status), count)
        if status == "due":
            oldest.add_metric((kind,), (now - since).total_seconds())
    yield jobs
    yield oldest


def _rows(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    """What municipalities have, added up."""
    total: Counter[tuple[str, str, str]] = Counter()
    for municipality in list(session.scalars(select(Municipality))):
        tenancy.bind(session, municipality.id)
        for name, channel, status, count in session.execute(STATE, _instants(municipality, now)):
            total[name, channel, status] += count
    for name, (words, labels) in HELP.items():
        family = GaugeMetricFamily(f"vuoro_{name}", words, labels=labels)
        for (found, *values), count in sorted(total.items()):
            if found == name:
                family.add_metric(values[len(values) - len(labels) :], count)
        yield family


def _instants(municipality: Municipality, now: datetime) -> dict[str, Any]:
    day = now.astimezone(municipality.zone).date()
    return {
        "municipality": municipality.id,
        "now": now,
        "recent": now - RECENT,
        "morning": datetime.combine(day, time(), municipality.zone),
        "midnight": datetime.combine(day + timedelta(days=1), time(), municipality.zone),
    }

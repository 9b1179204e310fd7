"""The page of the audit log, and the same as a file."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from app.admin.log.reading import PAGE, Asked, cursor_of, events, things_of
from app.admin.log.words import AREAS, action_text, detail_text
from app.booking.register.reference import find_by_reference
from app.casework.log_words import actor_name
from app.core import audit, clock
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.i18n import N_, format_instant, gettext
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("log", __name__, url_prefix="/staff/admin/log")

MOST_EXPORTED = 20_000
HEADS = (
    N_("Time"),
    N_("Who"),
    N_("Network address"),
    N_("What was done"),
    N_("Details"),
    N_("About"),
    N_("Action"),
    N_("Table"),
    N_("Row"),
)
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("/")
@staff("audit.view")
def page() -> str:
    """Who saw or changed what, the newest first."""
    return _page(Asked.of(request.args))


def _page(asked: Asked, *, too_many: bool = False) -> str:
    zone = own_municipality().zone
    rows = events(db.session, asked, zone=zone, limit=PAGE + 1)
    shown = rows[:PAGE]
    things = things_of(db.session, shown)
    older = asked.query(after=cursor_of(shown[-1])) if len(rows) > PAGE else None
    return render_template(
        "staff/admin/log.html",
        lines=[
            {
                "when": format_instant(event.at, zone),
                "who": actor_name(event),
                "address": event.address,
                "what": action_text(event),
                "detail": detail_text(event),
                "thing": things.get((event.object_type, event.object_id)),
            }
            for event in shown
        ],
        asked=asked,
        days={
            "from": asked.first.isoformat() if asked.first else "",
            "to": asked.last.isoformat() if asked.last else "",
        },
        areas=[{"value": "", "label": gettext("Everything")}, *_areas()],
        unknown_client=bool(asked.client) and find_by_reference(db.session, asked.client) is None,
        most=MOST_EXPORTED,
        too_many=too_many,
        older_url=url_for(".page", **older) if older else "",
        newest_url=url_for(".page", **asked.query()) if asked.after else "",
        export_url=url_for(".export"),
        typed=asked.query(),
        **staff_page("settings"),
    )


def _areas() -> list[dict[str, str]]:
    return [{"value": name, "label": gettext(words)} for name, words in AREAS.items()]


@blueprint.post("/export")
@staff("audit.view")
def export() -> Any:
    """What was asked for as CSV; that it was taken stands in the log too. Too much is refused rather than cut short."""
    asked = Asked.of(request.form)
    rows = events(db.session, asked, zone=own_municipality().zone, limit=MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        return _page(asked, too_many=True), 422
    text = _csv(rows)
    audit.record(
        db.session,
        actor=staff_actor(),
        action="log.export",
        on=own_municipality(),
        now=clock.now(),
        lines=len(rows),
        asked=asked.query(),
    )
    db.session.commit()
    name = f"audit-log-{local_today().isoformat()}.csv"
    return Response(
        text.encode("utf-8-sig"),  # a spreadsheet then reads ä and ö
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _csv(rows: list[AuditEvent]) -> str:
    zone, things, file = own_municipality().zone, things_of(db.session, rows), StringIO()
    write = csv.writer(file, delimiter=";")
    write.writerow(gettext(head) for head in HEADS)
    for event in rows:
        about = things.get((event.object_type, event.object_id), {}).get("text", "")
        cells = [
            event.at.astimezone(zone).isoformat(timespec="seconds"),
            actor_name(event),
            event.address,
            action_text(event),
            detail_text(event),
            about,
            event.action,
            event.object_type,
            "" if event.object_id is None else str(event.object_id),
        ]
        write.writerow(_harmless(cell) for cell in cells)
    return file.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet must not take somebody's name for a formula."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell

"""Group sessions: the list, the form, one session with its participants, seats given and taken back, the end noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from app.booking.by_hand import InTheWay
from app.booking.groups.models import GroupSession
from app.booking.groups.seats import give_seat, note_the_end, take_back_seat
from app.booking.groups.service import ParticipantsBusy, cancel_group, change_group, plan_group, taken_seats
from app.booking.lifecycle import ACTIVE, Status, Step
from app.booking.models import Appointment
from app.booking.views import mode_name
from app.casework.calendar.move_words import obstacle_texts, span_text
from app.casework.clients.search_routes import LONGEST as LONGEST_SEARCH
from app.casework.clients.search_routes import found_by
from app.casework.day.returning import see_with
from app.casework.day.words import meeting_view
from app.casework.groups.form import MODES, new_values, options, plan_typed, values_of
from app.casework.groups.reading import LISTED_FOR, Counted, counted, sessions
from app.casework.groups.words import group_view, place_text
from app.core import audit, clock
from app.core.db import db
from app.core.errors import ChangedMeanwhile, Conflict, InvalidInput, InvalidTransition, NotFound
from app.core.i18n import N_, gettext, local_text, ngettext
from app.core.typed import Unusable, clean_text, show_phone, whole_number
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.models import Mode

blueprint = Blueprint("groups", __name__, url_prefix="/staff/groups")
MENU = MenuEntry("groups", N_("Groups"), "groups.listed", "group.manage", 35)
LONGEST_REASON = 500
OF_THOSE_WHO_COME = (Step.CHECK_IN, Step.UNDO_CHECK_IN, Step.MARK_NO_SHOW, Step.UNDO_NO_SHOW)


@blueprint.get("")
@staff("group.manage")
def listed() -> str:
    """Sessions to come, and those of the last weeks."""
    zone, now = own_municipality().zone, clock.now()
    coming = sessions(db.session, GroupSession.ends_at > now)
    over = sessions(db.session, GroupSession.ends_at <= now, GroupSession.ends_at > now - LISTED_FOR, latest_first=True)
    return render_template(
        "staff/groups/list.html",
        coming=[group_view(one, zone, now) for one in coming],
        over=[group_view(one, zone, now) for one in over],
        **staff_page("groups"),
    )


def _group(group_session_id: int) -> GroupSession:
    found = db.session.get(GroupSession, group_session_id)
    if found is None:
        raise NotFound
    return found


@blueprint.route("/new", methods=["GET", "POST"])
@staff("group.manage")
def new() -> Any:
    """The form of a new session; saved, its page."""
    if request.method != "POST":
        return _form(new_values(local_today(), current_user.professional_id))
    try:
        plan = plan_typed(request.form, own_municipality().zone)
        group = plan_group(db.session, plan, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except (InvalidInput, Conflict) as problem:
        return _refused(problem)
    db.session.commit()
    return see_with(url_for(".show", group_session_id=group.id), notice="planned")


@blueprint.route("/<int:group_session_id>/edit", methods=["GET", "POST"])
@staff("group.manage")
def edit(group_session_id: int) -> Any:
    """Change a session. Who has a seat is told of another time, place or leader."""
    group = _group(group_session_id)
    if group.cancelled_at is not None or group.ends_at <= clock.now():
        return see_with(url_for(".show", group_session_id=group.id))
    if request.method != "POST":
        return _form(values_of(group, own_municipality().zone), group=group)
    try:
        change_group(
            db.session,
            group,
            plan_typed(request.form, own_municipality().zone),
            whole_number(request.form.get("version", "")) or 0,
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
        )
    except (InvalidInput, Conflict) as problem:
        return _refused(problem, group_session_id)
    db.session.commit()
    return see_with(url_for(".show", group_session_id=group_session_id), notice="changed")


def _refused(problem: InvalidInput | Conflict, group_session_id: int = 0) -> Any:
    """The form again with everything that was typed, and why it cannot be saved."""
    db.session.rollback()
    group = _group(group_session_id) if group_session_id else None
    zone = own_municipality().zone
    errors = problem.field_texts() if isinstance(problem, InvalidInput) else {}
    why = [] if errors else [problem.text()]
    if isinstance(problem, InTheWay):
        why = obstacle_texts((one for one in problem.obstacles if not one.passable), zone) or why
    elif isinstance(problem, ParticipantsBusy):
        why = [gettext("These participants have another meeting then: %(names)s.", names=", ".join(problem.names))]
    elif isinstance(problem, ChangedMeanwhile):
        why = [
            gettext("Somebody changed the session meanwhile. What you typed is below; save once more if it is to hold.")
        ]
    return _form(request.form, errors, why, group=group), problem.status


def _form(
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    why: list[str] | None = None,
    *,
    group: GroupSession | None = None,
) -> str:
    seats = len(taken_seats(db.session, group)) if group else 0
    return render_template(
        "staff/groups/form.html",
        typed=typed,
        errors=errors or {},
        why=why or [],
        modes=[{"value": str(mode), "label": mode_name(mode)} for mode in MODES],
        **options(typed),
        version=group.version if group else 0,
        told=ngettext(
            "%(num)s participant is told if the time, the place or the leader changes.",
            "%(num)s participants are told if the time, the place or the leader changes.",
            seats,
        )
        if seats
        else "",
        group=group,
        action_url=request.path,
        back_url=url_for(".show", group_session_id=group.id) if group else url_for(".listed"),
        **staff_page("groups"),
    )


@blueprint.get("/<int:group_session_id>")
@staff("group.manage")
def show(group_session_id: int) -> str:
    """A session with its participants. That it was read stands in the audit log."""
    group = _group(group_session_id)
    audit.record(db.session, actor=staff_actor(), action="group.view", on=group, now=clock.now())
    db.session.commit()
    return _page(group)


@blueprint.post("/<int:group_session_id>/find")
@staff("group.manage")
def find(group_session_id: int) -> str:
    """Clients who could get a seat; only the list where htmx asks for it."""
    group = _group(group_session_id)
    typed = request.form.get("q", "").replace("\0", "")[:LONGEST_SEARCH].strip()
    if request.headers.get("HX-Request"):
        return render_template("staff/groups/_results.html", **_found(group, typed))
    return _page(group, typed)


def _found(group: GroupSession, typed: str) -> dict[str, Any]:
    seated = {seat.client_id for seat in taken_seats(db.session, group)}
    found: dict[str, Any] = found_by(typed) if typed else {"clients": [], "found_text": "", "empty_text": ""}
    lines = [{**line, "seated": line["id"] in seated} for line in found["clients"]]
    return {**found, "clients": lines, "give_url": url_for(".give", group_session_id=group.id)}


def _page(group: GroupSession, typed: str = "", error: str = "") -> str:
    zone, now = own_municipality().zone, clock.now()
    seats = sorted(taken_seats(db.session, group), key=lambda seat: seat.client.name_key)
    one = counted(db.session, [group])[0]
    to_come = group.cancelled_at is None and group.ends_at > now
    return render_template(
        "staff/groups/page.html",
        group=group_view(one, zone, now),
        when=span_text(group.starts_at, group.ends_at, zone),
        rows=_facts(one),
        seats=[_seat_view(seat) for seat in seats],
        full=one.taken >= group.capacity,
        to_come=to_come,
        can_note=group.cancelled_at is None and group.starts_at <= now and any(seat.status in ACTIVE for seat in seats),
        urls={name: url_for(f".{name}", group_session_id=group.id) for name in ("edit", "find", "end", "stop")},
        q=typed,
        here=url_for(".show", group_session_id=group.id),
        error=error,
        notice=_notice(group),
        **_found(group, typed),
        **staff_page("groups"),
    )


def _facts(one: Counted) -> list[dict[str, str]]:
    group = one.group
    rows = [
        (gettext("Service"), local_text(group.service.name)),
        (gettext("Leader"), group.professional.full_name),
        (gettext("Place"), place_text(group)),
        (gettext("Seats"), gettext("%(taken)s of %(all)s taken", taken=one.taken, all=group.capacity)),
        (gettext("For colleagues"), group.note),
    ]
    return [{"key": name, "value": value} for name, value in rows if value]


def _seat_view(seat: Appointment) -> dict[str, Any]:
    zone, now = own_municipality().zone, clock.now()
    free = seat.status in (Status.BOOKED, Status.CHECKED_IN) and seat.ends_at > now
    view = meeting_view(seat, zone, now)
    in_person = seat.mode == Mode.IN_PERSON  # arriving is enough: nobody begins each participant's meeting
    return {
        **view,
        "steps": [step for step in view["steps"] if not in_person or step["value"] in OF_THOSE_WHO_COME],
        "phone": show_phone(seat.client.phone),
        "email": seat.client.email,
        "take_url": url_for(".take", group_session_id=seat.group_session_id) if free else "",
    }


def _notice(group: GroupSession) -> str:
    """What was just done; of whom, by the number of their seat: names are not for addresses."""
    seat = db.session.get(Appointment, whole_number(request.args.get("of", "")) or 0)
    name = seat.client.name if seat is not None and seat.group_session_id == group.id else ""
    return {
        "planned": gettext("The session has been arranged. Add the participants below."),
        "changed": gettext("The session has been changed."),
        "given": gettext("%(name)s has a seat now and is told in a minute.", name=name),
        "given_untold": gettext("%(name)s has a seat now. Nothing is sent.", name=name),
        "taken": gettext("The seat of %(name)s has been freed.", name=name),
        "ended": gettext("It has been noted who came."),
        "cancelled": gettext("The session has been cancelled. The participants are told."),
        "over": gettext("This cannot be done to the session any more."),
    }.get(request.args.get("notice", ""), "")


@blueprint.post("/<int:group_session_id>/seats")
@staff("group.manage")
def give(group_session_id: int) -> Any:
    """Give a client a seat. Pressed twice, it is one seat."""
    group, client_id = _group(group_session_id), whole_number(request.form.get("client", "")) or 0
    quiet = request.form.get("untold") == "1"
    try:
        seat = give_seat(
            db.session,
            group,
            client_id,
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
            quiet=quiet,
        )
    except Conflict as problem:
        db.session.rollback()
        busy = (
            gettext("The client has another meeting at this time.") if problem.code == "client_busy" else problem.text()
        )
        return _page(_group(group_session_id), error=busy), problem.status
    db.session.commit()
    return _back(group_session_id, "given_untold" if quiet else "given", seat.id)


@blueprint.post("/<int:group_session_id>/seats/free")
@staff("group.manage")
def take(group_session_id: int) -> Any:
    """Free a seat; in the first minute nobody hears of it."""
    seat = db.session.get(Appointment, whole_number(request.form.get("seat", "")) or 0)
    if seat is None or seat.group_session_id != group_session_id:
        raise NotFound
    try:
        take_back_seat(db.session, seat, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except Conflict:
        db.session.rollback()
        return _back(group_session_id, "over")
    db.session.commit()
    return _back(group_session_id, "taken", seat.id)


@blueprint.post("/<int:group_session_id>/end")
@staff("group.manage")
def end(group_session_id: int) -> Any:
    """Note who came: those marked as here took part, the others did not come."""
    try:
        note_the_end(
            db.session,
            _group(group_session_id),
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
        )
    except Conflict:
        db.session.rollback()
        return _back(group_session_id, "over")
    db.session.commit()
    return _back(group_session_id, "ended")


@blueprint.route("/<int:group_session_id>/cancel", methods=["GET", "POST"])
@staff("group.manage")
def stop(group_session_id: int) -> Any:
    """Ask once, then cancel it for everybody."""
    group, zone = _group(group_session_id), own_municipality().zone
    shown = url_for(".show", group_session_id=group_session_id)
    typed, errors = request.form.get("reason", ""), {}
    if request.method == "POST":
        try:
            cancel_group(
                db.session,
                group,
                actor=staff_actor(),
                municipality=own_municipality(),
                now=clock.now(),
                reason=clean_text(typed, longest=LONGEST_REASON),
            )
        except Unusable as problem:
            errors = {"reason": gettext(str(problem))}
        except InvalidTransition:
            db.session.rollback()
            return _back(group_session_id, "over")
        else:
            db.session.commit()
            return _back(group_session_id, "cancelled")
    page = render_template(
        "staff/groups/cancel.html",
        group=group_view(counted(db.session, [group])[0], zone, clock.now()),
        when=span_text(group.starts_at, group.ends_at, zone),
        typed=typed,
        errors=errors,
        action_url=request.path,
        keep_url=shown,
        **staff_page("groups"),
    )
    return page, 422 if errors else 200


def _back(group_session_id: int, notice: str, seat_id: int = 0) -> Any:
    of = {"of": seat_id} if seat_id else {}
    return see_with(url_for(".show", group_session_id=group_session_id), notice=notice, **of)

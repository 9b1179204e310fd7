"""The staff's pages of users: the list, inviting somebody, and one user's rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app.admin.form import Form
from app.admin.people_words import coming_text
from app.admin.texts_routes import opened_version
from app.admin.users.reading import PAGE, Search, found_users, last_sign_ins, office_options, typed_user
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, format_instant, gettext
from app.core.permissions import Role
from app.identity import users
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.models import StaffUser
from app.identity.staff_frame import ROLE_NAMES, staff_page
from app.scheduling.models import Professional

blueprint = Blueprint("users", __name__, url_prefix="/staff/admin/users")

NOTICES = {
    "invited": N_("The invitation has been sent. The link in it works for a week."),
    "saved": N_("The user has been saved."),
    "deactivate": N_("The user can no longer sign in and has been signed out everywhere."),
    "reactivate": N_("The user can sign in again."),
    "link": N_("A link for choosing a password has been sent."),
    "codes": N_("Signing in no longer asks this user for a one-time code."),
}
STATES = {
    "active": (N_("In use"), "ok"),
    "invited": (N_("Invited"), "info"),
    "inactive": (N_("Not in use"), "neutral"),
}
Deed = Callable[..., StaffUser]
DEEDS: dict[str, Deed] = {
    "deactivate": users.deactivate,
    "reactivate": users.reactivate,
    "link": users.send_link,
    "codes": users.take_codes_away,
}


@blueprint.get("/")
@staff("user.manage")
def listed() -> str:
    """Everybody on the staff, those in use first."""
    search = Search.asked(request.args)
    rows = found_users(db.session, search)
    seen = last_sign_ins(db.session, [user.id for user in rows])
    return render_template(
        "staff/admin/users.html",
        users=[_line(user, seen.get(user.id)) for user in rows[:PAGE]],
        search=search,
        roles=role_options(),
        states=[{"value": name, "label": gettext(words)} for name, (words, _) in STATES.items()],
        pager={
            "previous_url": url_for(".listed", **search.query(search.page - 1)) if search.page > 1 else "",
            "next_url": url_for(".listed", **search.query(search.page + 1)) if len(rows) > PAGE else "",
        },
        invite_url=url_for(".invite"),
        **_frame(),
    )


def role_options() -> list[dict[str, str]]:
    """The roles that a municipality gives."""
    return [{"value": str(role), "label": gettext(ROLE_NAMES[role])} for role in users.GIVEN]


def _state(user: StaffUser) -> dict[str, str]:
    name = "invited" if users.is_invited(user) else "active" if user.active else "inactive"
    words, tag = STATES[name]
    return {"text": gettext(words), "tag": tag}


def _line(user: StaffUser, seen: datetime | None) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "role_name": gettext(ROLE_NAMES[Role(user.role)]),
        "state": _state(user),
        "seen": format_instant(seen, own_municipality().zone) if seen else gettext("Not yet"),
        "url": url_for(".edit", user_id=user.id),
    }


@blueprint.route("/invite", methods=["GET", "POST"])
@staff("user.manage")
def invite() -> Any:
    """Send somebody new a link to the first password."""
    if request.method != "POST":
        return _invite_page(Form.of({"role": Role.CASEWORKER}))
    form = Form.sent(request.form)
    try:
        typed = typed_user(form, office_options(db.session))
        made = users.invite(db.session, **typed, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _invite_page(form), problem.status
    address = url_for(".edit", user_id=made.id, notice="invited")
    db.session.commit()
    return see_other(address)


def _invite_page(form: Form) -> str:
    return render_template(
        "staff/admin/user_invite.html",
        form=form,
        roles=role_options(),
        offices=office_options(db.session),
        roles_url=url_for("roles.page"),
        back_url=url_for(".listed"),
        **_frame(),
    )


@blueprint.route("/<int:user_id>", methods=["GET", "POST"])
@staff("user.manage")
def edit(user_id: int) -> Any:
    """One user's role and office."""
    user = _user(user_id)
    if request.method != "POST":
        return _page(user)
    try:
        office = request.form.get("office", "")
        users.change(
            db.session,
            user_id,
            role=request.form.get("role", ""),
            office_id=int(office) if office in {row["value"] for row in office_options(db.session)} - {""} else None,
            opened=opened_version(),
            actor=staff_actor(),
            now=clock.now(),
        )
    except InvalidInput as problem:
        db.session.rollback()
        return _page(_user(user_id), errors=problem.field_texts()), problem.status
    except Conflict as problem:
        db.session.rollback()
        return _page(_user(user_id), conflict=problem.text()), problem.status
    db.session.commit()
    return see_other(url_for(".edit", user_id=user_id, notice="saved"))


@blueprint.post("/<int:user_id>/<deed>")
@staff("user.manage")
def act(user_id: int, deed: str) -> Any:
    """Let go, take back, send a link, take the second step away. Pressed twice, it is done once."""
    _user(user_id)
    if deed not in DEEDS:
        raise NotFound
    try:
        DEEDS[deed](db.session, user_id, actor=staff_actor(), now=clock.now())
    except Conflict as problem:
        db.session.rollback()
        return _page(_user(user_id), conflict=problem.text()), problem.status
    db.session.commit()
    return see_other(url_for(".edit", user_id=user_id, notice=deed))


def _user(user_id: int) -> StaffUser:
    found: StaffUser | None = db.session.scalar(
        select(StaffUser).where(StaffUser.id == user_id, StaffUser.role != Role.OPERATOR)
    )
    if found is None:
        raise NotFound
    return found


# — pages —


def _frame() -> dict[str, Any]:
    return {"notice": gettext(NOTICES.get(request.args.get("notice", ""), "")), **staff_page("settings")}


def _page(user: StaffUser, *, errors: dict[str, str] | None = None, conflict: str = "") -> str:
    seen = last_sign_ins(db.session, [user.id]).get(user.id)
    return render_template(
        "staff/admin/user.html",
        user={**_line(user, seen), "active": user.active, "own": user.id == current_user.id, "role": user.role},
        version=user.version,
        office=str(user.office_id or ""),
        roles=role_options(),
        offices=office_options(db.session),
        codes=user.totp_secret is not None,
        links={deed: url_for(".act", user_id=user.id, deed=deed) for deed in DEEDS},
        professional=_professional(user),
        errors=errors or {},
        conflict=conflict,
        back_url=url_for(".listed"),
        **_frame(),
    )


def _professional(user: StaffUser) -> dict[str, Any]:
    """What the user is as a professional, and how many meetings would be left."""
    person = db.session.get(Professional, user.professional_id) if user.professional_id else None
    if person is None:
        return {"add_url": url_for("professionals.new", user=user.id)}
    return {
        "name": person.full_name,
        "url": url_for("professionals.edit", professional_id=person.id),
        "coming": coming_text(db.session, person.id, now=clock.now()),
    }

"""What each role may do, for everybody on the staff to read. It is the table of ``core.permissions`` itself."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_login import current_user

from app.core.i18n import N_, gettext
from app.core.permissions import PERMISSIONS, Role
from app.identity.access import staff
from app.identity.staff_frame import ROLE_NAMES, staff_page

blueprint = Blueprint("roles", __name__, url_prefix="/staff/roles")

PERMISSION_NAMES = {
    "account.own": N_("Look after the own account"),
    "today.view": N_("See the meetings of today"),
    "appointment.view": N_("See appointments"),
    "appointment.book": N_("Book, move and cancel appointments"),
    "hours.edit_own": N_("Change the own working time"),
    "hours.edit_all": N_("Change everybody's working time"),
    "absence.manage": N_("Register absences"),
    "outbox.view": N_("See the messages that have been sent"),
    "feedback.view": N_("Read feedback"),
    "settings.manage": N_("Change settings, texts and integrations"),
    "installation.view": N_("See how the installation is doing"),
}
"""Permissions that are not named here yet stand under their own name, at the end."""


@blueprint.get("")
@staff("account.own")
def page() -> str:
    """One line for each permission, with the roles that have it."""
    everything = set[str]().union(*PERMISSIONS.values())
    order = list(PERMISSION_NAMES)
    names = sorted(everything, key=lambda name: (order.index(name) if name in order else len(order), name))
    return render_template(
        "staff/roles.html",
        rows=[
            {
                "name": gettext(PERMISSION_NAMES.get(name, name)),
                "own": current_user.may(name),
                "roles": [gettext(ROLE_NAMES[role]) for role in Role if name in PERMISSIONS[role]],
            }
            for name in names
        ],
        back_url=url_for("account.overview"),
        **staff_page("account"),
    )

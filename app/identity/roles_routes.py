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
    "appointment.advance": N_("Note who arrived, was met or did not come"),
    "group.manage": N_("Arrange group sessions"),
    "calendar.view": N_("See everybody's calendar"),
    "calendar.move_all": N_("Move the meetings of colleagues, too"),
    "task.edit": N_("Write down tasks and settle them"),
    "client.view": N_("Find and see clients"),
    "client.edit": N_("Add clients and change their details"),
    "client.identity_code": N_("Type and see personal identity codes"),
    "client.read_words": N_("Read what clients write to others, and notes for those concerned"),
    "client.read_log": N_("See who has looked at or changed a client"),
    "client.merge": N_("Merge two clients who are one person"),
    "hours.edit_own": N_("Change the own working time"),
    "hours.edit_all": N_("Change everybody's working time"),
    "absence.manage": N_("Register absences"),
    "outbox.view": N_("See the messages that have been sent"),
    "outbox.resend": N_("Send messages again"),
    "feedback.view": N_("Read feedback"),
    "settings.manage": N_("Change settings, texts and integrations"),
    "user.manage": N_("Invite users, give roles and set professionals"),
    "audit.view": N_("Read the audit log"),
    "installation.view": N_("See how the installation is doing"),
}
"""In the order of the page. A test keeps it complete."""


@blueprint.get("")
@staff("account.own")
def page() -> str:
    """One line for each permission, with the roles that have it."""
    return render_template(
        "staff/roles.html",
        rows=[
            {
                "name": gettext(name),
                "own": current_user.may(permission),
                "roles": [gettext(ROLE_NAMES[role]) for role in Role if permission in PERMISSIONS[role]],
            }
            for permission, name in PERMISSION_NAMES.items()
        ],
        back_url=url_for("account.overview"),
        **staff_page("account"),
    )

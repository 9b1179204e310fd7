"""Where an administrator begins: everything that can be set of a municipality, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, url_for

from app.core.i18n import N_, gettext
from app.identity.access import staff
from app.identity.staff_frame import staff_page

blueprint = Blueprint("settings", __name__, url_prefix="/staff/admin")


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of settings; left out while no room has it."""

    label: str
    help: str
    endpoint: str


GROUPS = (
    (
        N_("Your municipality"),
        (
            Entry(
                N_("First-day checklist"),
                N_("What is still needed before a client's first booking."),
                "start.page",
            ),
            Entry(
                N_("Names, colours and contact"),
                N_("What clients see at the head and foot of every page."),
                "municipality.edit",
            ),
            Entry(
                N_("Texts"),
                N_("Your own words on the public pages, and the privacy page."),
                "texts.overview",
            ),
            Entry(
                N_("Accessibility statement"),
                N_("Status, assessment and dates."),
                "statement.edit",
            ),
        ),
    ),
    (
        N_("What can be booked"),
        (
            Entry(
                N_("Services"), N_("What is booked, for how long, by whom and with which questions."), "services.listed"
            ),
            Entry(
                N_("Offices"),
                N_("Addresses, opening hours and what is met where."),
                "offices.listed",
            ),
            Entry(
                N_("Closures"),
                N_("Days and hours when an office is closed."),
                "closures.listed",
            ),
            Entry(
                N_("Guiding questions"), N_("Plain questions that lead clients to the right service."), "guide.overview"
            ),
            Entry(
                N_("Links to booking"),
                N_("Buttons, links and QR codes for your other pages."),
                "embed.page",
            ),
        ),
    ),
    (
        N_("People and systems"),
        (
            Entry(
                N_("Users"),
                N_("Who signs in, and with which role."),
                "users.listed",
            ),
            Entry(
                N_("Professionals"),
                N_("Who meets clients, and which services each of them offers."),
                "professionals.page",
            ),
            Entry(
                N_("Working hours"),
                N_("When each professional can be booked."),
                "hours.people",
            ),
            Entry(
                N_("Roles"),
                N_("What each role may see and do."),
                "roles.page",
            ),
            Entry(
                N_("Terms of use for staff"),
                N_("Staff accept them before they begin."),
                "terms_admin.publish",
            ),
            Entry(
                N_("Audit log"),
                N_("Who saw or changed what, and when."),
                "log.page",
            ),
            Entry(
                N_("Integrations"),
                N_("Keys and webhooks of other systems."),
                "integrations.overview",
            ),
        ),
    ),
)


@blueprint.get("/")
@staff("settings.manage")
def overview() -> str:
    """Every page of settings with what is done there."""
    known = current_app.view_functions
    groups = [
        {
            "name": gettext(name),
            "entries": [
                {"label": gettext(entry.label), "help": gettext(entry.help), "url": url_for(entry.endpoint)}
                for entry in entries
                if entry.endpoint in known
            ],
        }
        for name, entries in GROUPS
    ]
    return render_template("staff/admin/overview.html", groups=groups, **staff_page("settings"))

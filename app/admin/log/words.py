"""Words of the whole audit log: every action that the code writes down. A guard keeps it complete."""

from __future__ import annotations

from typing import Any

from app.casework.clients.words import ACTIONS as CLIENT_ACTIONS
from app.casework.clients.words import FIELD_NAMES
from app.casework.day.history import ACTION_NAMES as APPOINTMENT_ACTIONS
from app.core.audit import AuditEvent
from app.core.i18n import N_, gettext
from app.core.permissions import Role
from app.identity.staff_frame import ROLE_NAMES

AREAS = {
    "appointment": N_("Appointments"),
    "client": N_("Clients"),
    "user": N_("Users and signing in"),
    "professional": N_("Professionals"),
    "working_hours": N_("Weekly hours"),
    "working_day": N_("Hours of a day"),
    "schedule_exception": N_("Exceptions"),
    "busy_time": N_("Busy times"),
    "absence": N_("Absences"),
    "group": N_("Group sessions"),
    "series": N_("Times agreed together"),
    "absence_plan": N_("Meetings of absences"),
    "invitation": N_("Invitations"),
    "task": N_("Tasks"),
    "message": N_("Messages"),
    "office": N_("Offices"),
    "closure": N_("Closures"),
    "service": N_("Services"),
    "guide": N_("Guiding questions"),
    "settings": N_("Settings"),
    "text": N_("Texts"),
    "statement": N_("Accessibility statement"),
    "terms": N_("Terms of use for staff"),
    "feedback": N_("Feedback"),
    "api_key": N_("Keys of other systems"),
    "webhook": N_("Webhooks"),
    "start": N_("First-day checklist"),
    "log": N_("Audit log"),
    "visitor": N_("Visitors who were slowed down"),
}
"""Kinds of action: what stands before the point in an action's name."""

ACTIONS = {
    **CLIENT_ACTIONS,
    **APPOINTMENT_ACTIONS,
    "appointment.view": N_("Looked at the appointment"),
    "client.sign_in": N_("The client signed in"),
    "client.forget": N_("Deleted the client, whose data had been kept long enough"),
    "user.create": N_("Made a user"),
    "user.invite": N_("Sent an invitation"),
    "user.password_link": N_("Sent a link for choosing a password"),
    "user.password_reset": N_("Chose a password through a link"),
    "user.password_change": N_("Changed the password"),
    "user.change": N_("Changed name or language"),
    "user.set_role": N_("Changed role or office"),
    "user.join": N_("Joined the user with a professional"),
    "user.deactivate": N_("Took the user out of use"),
    "user.reactivate": N_("Took the user into use again"),
    "user.sign_in": N_("Signed in to the staff's pages"),
    "user.sign_in_failed": N_("Typed a wrong password or code"),
    "user.pause": N_("Signing in was paused after wrong passwords or codes"),
    "user.session_end": N_("A sign-in ended"),
    "user.codes_on": N_("Turned one-time codes on"),
    "user.codes_off": N_("Turned one-time codes off"),
    "user.recovery_codes": N_("Took new recovery codes"),
    "user.recovery_code_used": N_("Signed in with a recovery code"),
    "professional.add": N_("Added a professional"),
    "professional.change": N_("Changed the professional"),
    "professional.stop": N_("Stopped new bookings"),
    "professional.resume": N_("Allowed new bookings again"),
    "working_hours.set": N_("Changed the weekly hours"),
    "working_day.set": N_("Set the hours of a day"),
    "schedule_exception.add": N_("Added an exception"),
    "schedule_exception.remove": N_("Removed an exception"),
    "busy_time.add": N_("Added a busy time"),
    "busy_time.remove": N_("Removed a busy time"),
    "client.answer_sms": N_("The client answered a text message"),
    "series.book": N_("Booked several times at once"),
    "group.plan": N_("Arranged a group session"),
    "group.change": N_("Changed a group session"),
    "group.cancel": N_("Cancelled a group session"),
    "group.view": N_("Looked at a group session"),
    "absence.register": N_("Registered an absence"),
    "absence.end": N_("Ended an absence"),
    "absence_plan.apply": N_("Settled the meetings of an absence"),
    "absence_plan.undo": N_("Took back what was settled for an absence"),
    "absence_plan.come_back": N_("Marked the end of an absence"),
    "task.add": N_("Wrote down a task"),
    "invitation.create": N_("Sent a client a link to choose a time"),
    "invitation.send_again": N_("Sent the link once more"),
    "invitation.withdraw": N_("Withdrew an invitation"),
    "invitation.open": N_("Opened an invitation"),
    "invitation.decline": N_("Declined an invitation"),
    "invitation.book": N_("Chose a time by an invitation"),
    "task.done": N_("Ticked off a task"),
    "task.dropped": N_("Dropped a task"),
    "task.open": N_("Opened a task again"),
    "message.resend": N_("Sent a message again"),
    "office.add": N_("Added an office"),
    "office.change": N_("Changed the office"),
    "office.close": N_("Closed the office for good"),
    "office.open": N_("Took the office into use again"),
    "closure.add": N_("Added a closure"),
    "closure.remove": N_("Removed a closure"),
    "closure.end": N_("Opened an office before its closure was to end"),
    "service.add": N_("Added a service"),
    "service.change": N_("Changed the service"),
    "service.delete": N_("Deleted the service"),
    "service.move": N_("Changed the order of the services"),
    "guide.begin": N_("Began to change the guiding questions"),
    "guide.change": N_("Changed a guiding question"),
    "guide.remove": N_("Removed a guiding question"),
    "guide.discard": N_("Threw the changes of the guiding questions away"),
    "guide.publish": N_("Published the guiding questions"),
    "guide.withdraw": N_("Took the guiding questions away from the front page"),
    "settings.change": N_("Changed the municipality's settings"),
    "settings.logo": N_("Changed the logo"),
    "start.hide": N_("Put the first-day checklist away"),
    "start.show": N_("Brought the first-day checklist back"),
    "text.change": N_("Changed a text"),
    "statement.change": N_("Changed the accessibility statement"),
    "terms.publish": N_("Published terms of use"),
    "terms.accept": N_("Accepted the terms of use"),
    "feedback.send": N_("Sent feedback"),
    "feedback.handle": N_("Marked feedback as handled"),
    "feedback.reopen": N_("Opened feedback again"),
    "api_key.create": N_("Made a key"),
    "api_key.withdraw": N_("Withdrew a key"),
    "api_key.use": N_("Used a key"),
    "webhook.add": N_("Added a webhook"),
    "webhook.change": N_("Changed a webhook"),
    "webhook.pause": N_("Paused a webhook"),
    "webhook.resume": N_("Resumed a webhook"),
    "webhook.remove": N_("Removed a webhook"),
    "webhook.renew_secret": N_("Renewed a webhook's secret"),
    "webhook.redeliver": N_("Delivered an event again"),
    "log.export": N_("Exported the audit log"),
    "visitor.blocked": N_("A visitor asked for too much and was slowed down"),
}
REASONS = {
    "signed_out": N_("signed out"),
    "signed_in_again": N_("signed in again in the same browser"),
    "password": N_("the password was changed"),
    "ended_by_user": N_("ended by the user"),
    "deactivated": N_("taken out of use"),
    "unused": N_("not used for long"),
}


def action_text(event: AuditEvent) -> str:
    """What was done."""
    return gettext(ACTIONS[event.action]) if event.action in ACTIONS else event.action


def detail_text(event: AuditEvent) -> str:
    """What the log knows beside: a reason, the fields that changed, a role. Never what clients wrote."""
    return ". ".join(part for part in (_reason(event.data), _fields(event.data), _role(event.data)) if part)


def _reason(data: dict[str, Any]) -> str:
    reason = data.get("reason", "")
    return gettext(REASONS[reason]) if reason in REASONS else str(reason)


def _fields(data: dict[str, Any]) -> str:
    changed = data.get("changed")
    names = list(changed) if isinstance(changed, dict) else list(data.get("fields", ()))
    return ", ".join(gettext(FIELD_NAMES[name]) if name in FIELD_NAMES else name.replace("_", " ") for name in names)


def _role(data: dict[str, Any]) -> str:
    changed = data.get("changed")
    pair = changed.get("role") if isinstance(changed, dict) else [data["role"]] if "role" in data else None
    known = [gettext(ROLE_NAMES[Role(role)]) for role in pair or () if role in list(Role)]
    return " → ".join(known)

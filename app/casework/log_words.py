"""Words of the audit log that its readers share."""

from __future__ import annotations

from app.core.audit import AuditEvent
from app.core.i18n import N_, gettext

ACTOR_NAMES = {
    "client": N_("The client"),
    "api": N_("Another system"),
    "system": N_("The service itself"),
}


def actor_name(event: AuditEvent) -> str:
    """Who did it: by name where the log has one, else what kind of actor it was."""
    return event.actor_label or gettext(ACTOR_NAMES.get(event.actor_kind, ""))

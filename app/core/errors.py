"""What can go wrong in a way that a person can do something about. Routes turn these into pages or problem+json.

``code`` is stable (outsiders rely on it), ``message`` is a msgid translated where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import N_, gettext


class DomainError(Exception):
    """Base of all friendly errors."""

    status = 400
    code = "bad_request"
    message = N_("We could not do that.")

    def __init__(self, message: str | None = None, *, code: str | None = None, **values: object) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.values = values
        super().__init__(self.code)

    def text(self) -> str:
        """The message in the language in use."""
        return gettext(self.message, **self.values)

    def sentence(self) -> str:
        """What a page with one place for a message says."""
        return self.text()


class InvalidInput(DomainError):
    """Something typed or sent cannot be used; ``fields`` says what, by field name (msgids)."""

    status = 422
    code = "invalid_input"
    message = N_("Please check the fields that are marked.")

    def __init__(self, fields: Mapping[str, str], message: str | None = None, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.fields = dict(fields)

    def field_texts(self) -> dict[str, str]:
        """Messages by field in the language in use."""
        return {name: gettext(message) for name, message in self.fields.items()}

    def sentence(self) -> str:
        """The first field's message."""
        return next(iter(self.field_texts().values()), self.text())


class NotFound(DomainError):
    """No such thing here, or not yours."""

    status = 404
    code = "not_found"
    message = N_("We could not find what you were looking for.")


class Gone(DomainError):
    """It was here, but its time is over."""

    status = 410
    code = "gone"
    message = N_("This link is no longer in use.")


class Forbidden(DomainError):
    """Known, but not allowed."""

    status = 403
    code = "forbidden"
    message = N_("You do not have permission to do this.")


class Conflict(DomainError):
    """The state of things does not allow it now."""

    status = 409
    code = "conflict"


class SlotTaken(Conflict):
    """Somebody was quicker, or the time closed meanwhile."""

    code = "slot_taken"
    message = N_("This time was just taken. Please choose another time.")


class ChangedMeanwhile(Conflict):
    """Somebody else changed the thing after it was looked at."""

    code = "changed_meanwhile"
    message = N_("Somebody changed the appointment just now. Look at it again.")


class InvalidTransition(Conflict):
    """The life cycle does not allow this step from the present state."""

    code = "invalid_transition"
    message = N_("This cannot be done to the appointment any more.")


class TooMany(DomainError):
    """A limit against flooding."""

    status = 429
    code = "too_many"
    message = N_("Too many attempts. Please wait a moment and try again.")

    def __init__(self, message: str | None = None, *, retry_after: int = 60, limit: str = "") -> None:
        """``retry_after``: seconds until another try may pass. ``limit``: what was counted, for the audit log."""
        super().__init__(message)
        self.retry_after = retry_after
        self.limit = limit

"""Shapes of absences and their plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.absence.plan import Action, Reason
from app.absence.states import ItemState, State
from app.api.schemas import Answer, Page, instant, row_id
from app.scheduling.service import ABSENCE_REASONS

ACTIONS = [str(action) for action in Action]
MOST = 1000


class DayOrInstant(fields.Str):
    """A date (the whole day) or an instant with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) == len("2026-11-24"):
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise ValidationError("Not a valid date.") from None
            if not 2000 <= day.year < 2200:
                raise ValidationError("Not a valid date.")
            return day
        return instant().deserialize(text, attr, data)


def _bound(name: str, words: str) -> DayOrInstant:
    return DayOrInstant(required=True, data_key=name, metadata={"example": "2026-11-24", "description": words})


class NewAbsence(Schema):
    """Who is away, from when until when."""

    professional_id = row_id(strict=True, required=True)
    since = _bound("from", "A date, or an instant with its offset")
    until = _bound("to", "A date (included), or an instant with its offset")
    reason = fields.Str(required=True, validate=validate.OneOf(ABSENCE_REASONS))


class Proposed(Answer):
    """What is proposed for a meeting; person and start for a hand-over and a move."""

    action = fields.Str(validate=validate.OneOf(ACTIONS))
    professional_id = fields.Int(metadata={"optional": True})
    starts_at = fields.AwareDateTime(metadata={"optional": True})


class Item(Answer):
    """A meeting that is to be settled."""

    appointment_id = fields.Int()
    version = fields.Int(metadata={"description": "Of the appointment; give it back with a decision to be safe"})
    proposal = fields.Nested(Proposed)
    reason = fields.Str(validate=validate.OneOf([str(reason) for reason in Reason]))


class Result(Answer):
    """What came of a decision."""

    appointment_id = fields.Int()
    action = fields.Str(validate=validate.OneOf(ACTIONS))
    state = fields.Str(validate=validate.OneOf([str(state) for state in ItemState]))
    cause = fields.Str(metadata={"description": "Why it failed or could not be taken back; empty: it went well"})


class Absence(Answer):
    """Somebody is away."""

    id = fields.Int()
    state = fields.Str(validate=validate.OneOf([str(state) for state in State]))
    professional_ids = fields.List(fields.Int())
    since = fields.AwareDateTime(data_key="from", attribute="from")
    until = fields.AwareDateTime(data_key="to", attribute="to")
    reason = fields.Str(validate=validate.OneOf(ABSENCE_REASONS))
    undo_until = fields.AwareDateTime(allow_none=True, metadata={"description": "Until then all can be taken back"})


class Plan(Absence):
    """An absence with its meetings."""

    items = fields.List(fields.Nested(Item))
    results = fields.List(fields.Nested(Result))


class AbsenceList(Page):
    """Absences, the newest first."""

    items = fields.List(fields.Nested(Absence))


class Decision(Schema):
    """What becomes of one meeting."""

    appointment_id = row_id(strict=True, required=True)
    action = fields.Str(required=True, validate=validate.OneOf(ACTIONS))
    professional_id = row_id(strict=True, allow_none=True, load_default=None)
    starts_at = instant(allow_none=True, load_default=None)
    office_id = row_id(strict=True, allow_none=True, load_default=None)
    version = row_id(strict=True, allow_none=True, load_default=None)


class Decisions(Schema):
    """What is to be done; without it, every proposal as it is now."""

    decisions = fields.List(
        fields.Nested(Decision),
        allow_none=True,
        load_default=None,
        validate=validate.Length(max=MOST),
        metadata={"example": [{"appointment_id": 17, "action": "cancel"}]},
    )

"""The shapes of the API, by marshmallow; flask-smorest turns them into OpenAPI."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from app.booking.lifecycle import Status
from app.core.i18n import LANGUAGES
from app.scheduling.models import Mode

MODES = [str(mode) for mode in Mode]
STATUSES = [str(status) for status in Status]
LONGEST_PERIOD = 62  # days
PAGE, LONGEST_PAGE = 50, 200


def row_id(**options: Any) -> fields.Int:
    """The id of a row."""
    return fields.Int(validate=validate.Range(1, 2**63 - 1), metadata={"example": 17}, **options)


def day(**options: Any) -> fields.Date:
    """A date that calendars hold."""
    in_use = validate.Range(date(2000, 1, 1), date(2199, 12, 31))
    return fields.Date(validate=in_use, metadata={"example": "2026-11-24"}, **options)


def local_text(description: str) -> fields.Dict:
    """Texts by language."""
    return fields.Dict(keys=fields.Str(), values=fields.Str(), metadata={"description": f"{description}: fi, sv, en"})


def mode_field(**options: Any) -> fields.Str:
    """One of the three ways of meeting."""
    return fields.Str(validate=validate.OneOf(MODES), **options)


def instant(**options: Any) -> fields.AwareDateTime:
    """An instant that calendars hold."""
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
    example = {"example": "2026-11-24T09:00:00+02:00"}
    return fields.AwareDateTime(validate=validate.Range(first, last), metadata=example, **options)


class Answer(Schema):
    """A shape of what we answer: every field is there, but for those marked ``optional``."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """marshmallow: a field joins the shape."""
        field_obj.required = not field_obj.metadata.get("optional", False)


class Page(Answer):
    """One page of a list."""

    next = fields.Str(allow_none=True, metadata={"description": "Give it as `cursor`; null: this is the last page"})


class Service(Answer):
    """A service that can be booked."""

    id = fields.Int()
    slug = fields.Str()
    name = local_text("Name")
    description = local_text("When to choose it")
    duration_minutes = fields.Int()
    modes = fields.List(mode_field())
    office_ids = fields.List(fields.Int())
    online_booking = fields.Bool(metadata={"description": "May a client book it"})
    who_may_book = fields.Str()
    questions = fields.List(fields.Nested(lambda: Question()))


class Question(Answer):
    """Pre-information that the service asks; answers are given by `key`."""

    key = fields.Str()
    kind = fields.Str()
    label = local_text("The question")
    required = fields.Bool()
    modes = fields.List(mode_field(), allow_none=True)
    options = fields.List(fields.Dict())


class Office(Answer):
    """A place where clients are met."""

    id = fields.Int()
    slug = fields.Str()
    name = local_text("Name")
    address = fields.Str()
    phone = fields.Str()


class Professional(Answer):
    """Somebody who meets clients."""

    id = fields.Int()
    slug = fields.Str()
    name = fields.Str()
    title = local_text("Title")
    languages = fields.List(fields.Str())
    modes = fields.List(mode_field())
    service_ids = fields.List(fields.Int())


class ServiceList(Page):
    """All services."""

    items = fields.List(fields.Nested(Service))


class OfficeList(Page):
    """All offices."""

    items = fields.List(fields.Nested(Office))


class ProfessionalList(Page):
    """All professionals."""

    items = fields.List(fields.Nested(Professional))


class Slot(Answer):
    """A free time and who is free then."""

    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    professional_ids = fields.List(fields.Int())


class SlotList(Answer):
    """Free times in order."""

    items = fields.List(fields.Nested(Slot))


class SlotQuery(Schema):
    """Which free times are wanted; both dates are included."""

    class Meta:
        unknown = EXCLUDE

    first = day(data_key="from", required=True)
    last = day(data_key="to", required=True)
    professional = row_id()
    office = row_id()
    mode = mode_field()
    language = fields.Str(validate=validate.Length(max=8))

    @validates_schema
    def _period(self, data: dict, **kwargs: object) -> None:  # type: ignore[type-arg]
        if data["last"] < data["first"]:
            raise ValidationError("must not be before from", "to")
        if (data["last"] - data["first"]).days >= LONGEST_PERIOD:
            raise ValidationError(f"at most {LONGEST_PERIOD} days", "to")


class TimeChoice(Schema):
    """A service at a time."""

    service_id = row_id(required=True, strict=True)
    starts_at = instant(required=True)
    mode = mode_field(required=True)
    professional_id = row_id(strict=True, allow_none=True, load_default=None)
    office_id = row_id(strict=True, allow_none=True, load_default=None)


class Hold(Answer):
    """A time kept for ten minutes."""

    id = fields.Str()
    expires_at = fields.AwareDateTime()
    professional_id = fields.Int()


class ClientFields(Schema):
    """Who is met."""

    name = fields.Str(required=True, metadata={"example": "Aino Virtanen"})
    phone = fields.Str(allow_none=True, load_default="", metadata={"example": "040 123 4567"})
    email = fields.Str(allow_none=True, load_default="", metadata={"example": "aino@example.fi"})
    language = fields.Str(validate=validate.OneOf(list(LANGUAGES)), load_default="fi")
    external_id = fields.Str(allow_none=True, load_default=None, validate=validate.Length(min=1, max=200))


class ClientPatch(Schema):
    """What to change of a client."""

    name = fields.Str()
    phone = fields.Str(allow_none=True)
    email = fields.Str(allow_none=True, metadata={"example": "aino@example.fi"})
    language = fields.Str(validate=validate.OneOf(list(LANGUAGES)))
    external_id = fields.Str(validate=validate.Length(min=1, max=200))


class Client(Answer):
    """A client."""

    id = fields.Int()
    name = fields.Str()
    phone = fields.Str()
    email = fields.Str()
    language = fields.Str()
    external_id = fields.Str(allow_none=True)
    created_at = fields.AwareDateTime()


class ClientList(Page):
    """Clients, a page at a time."""

    items = fields.List(fields.Nested(Client))


class NewAppointment(TimeChoice):
    """A booking."""

    hold_id = fields.Str(allow_none=True, load_default=None, validate=validate.Length(max=100))
    client = fields.Nested(ClientFields, required=True)
    answers = fields.Dict(keys=fields.Str(), allow_none=True, load_default=None)
    may_move = fields.Bool(
        load_default=False,
        metadata={"description": "The client said that the time may be moved if the professional falls ill"},
    )


class Appointment(Answer):
    """The promise between a client and a professional."""

    id = fields.Int()
    reference = fields.Str()
    status = fields.Str(validate=validate.OneOf(STATUSES))
    service_id = fields.Int()
    professional_id = fields.Int()
    client_id = fields.Int()
    office_id = fields.Int(allow_none=True)
    mode = mode_field()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    version = fields.Int(metadata={"description": "Rises at every step"})
    may_move = fields.Bool(
        metadata={"description": "The client said that the time may be moved if the professional falls ill"}
    )
    late_minutes = fields.Int(
        allow_none=True, metadata={"description": "How late the client said they will be; 15: fifteen or more"}
    )
    manage_url = fields.Str(metadata={"description": "The client's own page, for keys that may book", "optional": True})


class AppointmentList(Page):
    """Appointments by start, a page at a time."""

    items = fields.List(fields.Nested(Appointment))


class PageQuery(Schema):
    """Which page of a list."""

    class Meta:
        unknown = EXCLUDE

    limit = fields.Int(load_default=PAGE, validate=validate.Range(1, LONGEST_PAGE))
    cursor = fields.Str(validate=validate.Length(max=200))


class LongPageQuery(PageQuery):
    """Which page of a list that mostly fits on one."""

    limit = fields.Int(load_default=LONGEST_PAGE, validate=validate.Range(1, LONGEST_PAGE))


class ClientQuery(PageQuery):
    """Which clients."""

    external_id = fields.Str()


class AppointmentQuery(PageQuery):
    """Which appointments; both dates are included."""

    first = day(data_key="from")
    last = day(data_key="to")
    professional = row_id()
    client = row_id()
    status = fields.Str(validate=validate.OneOf(STATUSES))


class NewTime(Schema):
    """Where an appointment is moved to."""

    starts_at = instant(required=True)
    professional_id = row_id(strict=True, allow_none=True, load_default=None)


class CancelReason(Schema):
    """Why; not shown to the client."""

    reason = fields.Str(allow_none=True, load_default="", metadata={"example": "Siirtyi töihin"})


class Problem(Answer):
    """RFC 9457; `code` is stable."""

    type = fields.Str()
    title = fields.Str()
    status = fields.Int()
    code = fields.Str()
    detail = fields.Str(metadata={"optional": True})
    fields_ = fields.Dict(
        keys=fields.Str(),
        values=fields.Str(),
        data_key="fields",
        metadata={"description": "What is wrong, by field", "optional": True},
    )
    alternatives = fields.List(
        fields.Nested(Slot), metadata={"description": "Nearest free times, where one was taken", "optional": True}
    )

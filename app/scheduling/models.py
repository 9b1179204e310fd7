"""Tables of when and where people can be met: offices, professionals, services, working time and its gaps."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import LocalText, Tenant, db, tenant_key, tenant_table


class Mode(StrEnum):
    """How a meeting happens."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class WhoMayBook(StrEnum):
    """Who may take a time of a service without staff."""

    ANYONE = "anyone"
    INVITED = "invited"
    OWN_CLIENTS = "own_clients"
    STAFF = "staff"


class QuestionKind(StrEnum):
    """What a pre-information question asks for."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes_no"
    DATE = "date"


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


class Office(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A place where clients are met."""

    __tablename__ = "office"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "slug"))

    slug: Mapped[str]
    name: Mapped[LocalText]
    street: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    arrival: Mapped[LocalText] = mapped_column(default=dict)
    opening_hours: Mapped[LocalText] = mapped_column(default=dict)
    """What there is to say of them beside ``open_times``."""
    open_times: Mapped[list[list[int]]] = mapped_column(default=list)
    """Weekday (0 = Monday), first and last minute of each span; see ``opening_times``."""
    phone: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def address(self) -> str:
        """Street, postal code and town on one line."""
        return ", ".join(part for part in (self.street, f"{self.postal_code} {self.city}".strip()) if part)


class Professional(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A staff member who meets clients. ``daily_limit``: meetings a day at most, of any service."""

    __tablename__ = "professional"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "slug"))

    slug: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    title: Mapped[LocalText] = mapped_column(default=dict)
    languages: Mapped[list[str]] = mapped_column(default=list)
    modes: Mapped[list[str]] = mapped_column(default=list)
    phone: Mapped[str] = mapped_column(default="")
    video_link: Mapped[str] = mapped_column(default="")
    daily_limit: Mapped[int | None]
    online: Mapped[bool] = mapped_column(default=True)
    """Clients may book times themselves; else only staff do."""
    active: Mapped[bool] = mapped_column(default=True)
    """New times can be booked."""
    version: Mapped[int] = mapped_column(default=1)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


class Service(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What is booked. Times are minutes; ``step_minutes`` None means the duration; limits are per local day."""

    __tablename__ = "service"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "slug"),
        _one_of("who_may_book", WhoMayBook),
        CheckConstraint("duration_minutes BETWEEN 5 AND 720", name="duration"),
        CheckConstraint("buffer_before BETWEEN 0 AND 240 AND buffer_after BETWEEN 0 AND 240", name="buffers"),
        CheckConstraint(
            "reminder_minutes BETWEEN 0 AND 20160 AND second_reminder_minutes BETWEEN 0 AND 20160 "
            "AND call_reminder_minutes BETWEEN 0 AND 20160",
            name="reminders",
        ),
        CheckConstraint("step_minutes IS NULL OR step_minutes BETWEEN 5 AND 720", name="step"),
    )

    slug: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[LocalText]
    description: Mapped[LocalText] = mapped_column(default=dict)
    instructions: Mapped[LocalText] = mapped_column(default=dict)
    public_label: Mapped[LocalText]
    duration_minutes: Mapped[int]
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    step_minutes: Mapped[int | None]
    modes: Mapped[list[str]]
    who_may_book: Mapped[str] = mapped_column(default=WhoMayBook.ANYONE)
    minimum_notice_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=60)
    change_cutoff_minutes: Mapped[int] = mapped_column(default=0)
    limit_per_professional: Mapped[int | None]
    limit_per_office: Mapped[int | None]
    several_bookings: Mapped[bool] = mapped_column(default=False)
    phone_required: Mapped[bool] = mapped_column(default=False)
    own_caseworker_first: Mapped[bool] = mapped_column(default=False)
    ask_may_move: Mapped[bool] = mapped_column(default=True)
    """Ask the client whether we may move the time ourselves, if the professional falls ill."""
    verification_code: Mapped[bool] = mapped_column(default=False)
    """Receipts of the service carry a code by which somebody else can check that they are true."""
    reminder_minutes: Mapped[int] = mapped_column(default=1440)
    second_reminder_minutes: Mapped[int] = mapped_column(default=0)
    call_reminder_minutes: Mapped[int] = mapped_column(default=30)
    """How long before a meeting clients are reminded of it, the last only of calls; 0: not."""
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def online_booking(self) -> bool:
        """May a client book it without being invited or known."""
        return self.active and self.who_may_book == WhoMayBook.ANYONE


class ServiceOffice(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A service is given in person at an office."""

    __tablename__ = "service_office"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "service_id", "office_id"),
        tenant_key("service_id", "service", ondelete="CASCADE"),
        tenant_key("office_id", "office", ondelete="CASCADE"),
    )

    service_id: Mapped[int]
    office_id: Mapped[int]


class ProfessionalService(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A professional gives a service."""

    __tablename__ = "professional_service"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "service_id", "professional_id"),
        tenant_key("service_id", "service", ondelete="CASCADE"),
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
    )

    service_id: Mapped[int]
    professional_id: Mapped[int]


class Question(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Pre-information asked when a service is booked; ``modes`` None means every mode."""

    __tablename__ = "question"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "service_id", "key"),
        tenant_key("service_id", "service", ondelete="CASCADE"),
        _one_of("kind", QuestionKind),
    )

    service_id: Mapped[int]
    key: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str]
    label: Mapped[LocalText]
    help: Mapped[LocalText] = mapped_column(default=dict)
    options: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    required: Mapped[bool] = mapped_column(default=False)
    modes: Mapped[list[str] | None]


class WorkingHours(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A weekly rule in local wall time: minutes from midnight, ``weekday`` 0 = Monday, both validity dates included.

    ``office_id`` None: remote work, no meetings in person. ``modes`` None: every mode of the professional.
    Holds in one week of every ``cycle_weeks``: those whose ``scheduling.weekly.week_number`` leaves ``cycle_phase``.
    """

    __tablename__ = "working_hours"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        tenant_key("office_id", "office"),
        CheckConstraint("start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("cycle_weeks BETWEEN 1 AND 4 AND cycle_phase BETWEEN 0 AND cycle_weeks - 1", name="cycle"),
        Index("ix_working_hours_professional", "municipality_id", "professional_id", "weekday"),
    )

    professional_id: Mapped[int]
    office_id: Mapped[int | None]
    weekday: Mapped[int] = mapped_column(SmallInteger)
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    modes: Mapped[list[str] | None]
    cycle_weeks: Mapped[int] = mapped_column(SmallInteger, default=1)
    cycle_phase: Mapped[int] = mapped_column(SmallInteger, default=0)


class ScheduleException(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Extra or removed working time on one local date. Extra time holds on a public holiday too.

    ``replaces_hours``: the day's weekly rules rest, and what else holds that day is its extra time.
    """

    __tablename__ = "schedule_exception"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        tenant_key("office_id", "office"),
        CheckConstraint("start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
        CheckConstraint(
            "NOT replaces_hours OR NOT extra AND start_minute = 0 AND end_minute = 1440", name="replaces_hours"
        ),
        Index("ix_schedule_exception_date", "municipality_id", "professional_id", "date"),
    )

    professional_id: Mapped[int]
    office_id: Mapped[int | None]
    date: Mapped[date] = mapped_column(Date)
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)
    extra: Mapped[bool]
    modes: Mapped[list[str] | None]
    replaces_hours: Mapped[bool] = mapped_column(default=False)


class Absence(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Somebody is away; blocks new bookings while ``active``. The plan for meetings inside is the absence room's."""

    __tablename__ = "absence"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("reason IN ('sick', 'leave', 'training', 'other')", name="reason"),
        Index("ix_absence_span", "municipality_id", "professional_id", "ends_at"),
        tenant_key("plan_id", "absence_plan", ondelete="CASCADE"),
        Index("ix_absence_plan", "municipality_id", "plan_id"),
    )

    professional_id: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    plan_id: Mapped[int | None]
    """The registration that it is part of."""


class BusyTime(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Time that is taken by something else, typed in or read from Outlook. The title stays with its owner."""

    __tablename__ = "busy_time"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_busy_time_span", "municipality_id", "professional_id", "ends_at"),
    )

    professional_id: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="typed")


class Closure(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """An office (None: every office) is closed; ends meetings in person, and remote ones too if it says so."""

    __tablename__ = "closure"
    __table_args__ = tenant_table(
        tenant_key("office_id", "office", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_closure_span", "municipality_id", "ends_at"),
    )

    office_id: Mapped[int | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    title: Mapped[LocalText] = mapped_column(default=dict)
    remote_too: Mapped[bool] = mapped_column(default=False)

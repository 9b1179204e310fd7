"""Tables of the promise: clients, reservations (what occupies whom), holds, appointments, idempotency keys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Date, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.booking.lifecycle import Status
from app.core.db import Tenant, belongs_to, db, tenant_key, tenant_table
from app.scheduling.models import Office, Professional, Service

RESERVATION_KINDS = ("hold", "appointment", "group_session", "seat", "call")


class Client(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Somebody who is met. ``name_key`` sorts as Finnish does (the embedded server has no ICU)."""

    __tablename__ = "client"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "external_id"),
        tenant_key("own_professional_id", "professional", ondelete="SET NULL"),
        Index("ix_client_name_key", "municipality_id", "name_key"),
        Index("ix_client_phone", "municipality_id", "phone"),
        Index("ix_client_email", "municipality_id", "email"),
        tenant_key("merged_into_id", "client", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "identity_index"),
        Index("ix_client_own_professional", "municipality_id", "own_professional_id", "name_key"),
        Index("ix_client_merged_into", "municipality_id", "merged_into_id"),
        CheckConstraint("preferred_channel IN ('', 'sms', 'email')", name="preferred_channel"),
    )

    external_id: Mapped[str | None]
    name: Mapped[str]
    name_key: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fi")
    preferred_channel: Mapped[str] = mapped_column(default="")
    """The channel that the client likes best: ``sms``, ``email``, or none in particular."""
    own_professional_id: Mapped[int | None]
    verified: Mapped[bool] = mapped_column(default=False)
    feed_token: Mapped[str | None]
    """The secret in the address of the client's calendar feed, once asked for …"""
    feed_contact: Mapped[str] = mapped_column(default="")
    """… and the number or address that was proven then: the feed shows what its holder may see."""
    identity_code: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The personal identity code, sealed, and the blind index by which it is found."""
    area: Mapped[str] = mapped_column(default="")
    service_line: Mapped[str] = mapped_column(default="")
    age_group: Mapped[str] = mapped_column(default="")
    unemployed_since: Mapped[date | None] = mapped_column(Date)
    tags: Mapped[list[str]] = mapped_column(default=list)
    """What campaigns choose clients by, in the municipality's own words."""
    merged_into_id: Mapped[int | None]
    """The client that this one turned out to be: nothing is left here but the way there."""
    sms_stopped_at: Mapped[datetime | None]
    """When the client answered STOP: no text messages since then, other ways go on."""
    reminders_off: Mapped[bool] = mapped_column(default=False)
    """The client wants no reminders."""
    created_at: Mapped[datetime]


class UnreachableTime(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Local days, or one half of each, when a client cannot be reached; both dates included."""

    __tablename__ = "unreachable_time"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("part IN ('all', 'morning', 'afternoon')", name="part"),
        Index("ix_unreachable_time_client", "municipality_id", "client_id", "last_day"),
    )

    client_id: Mapped[int]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    part: Mapped[str] = mapped_column(default="all")


class Reservation(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A span that occupies a professional and/or a client. The two exclusion constraints are the product's promise.

    ``service_id`` and ``office_id`` stand here too, so that daily limits are counted from one index.
    """

    __tablename__ = "reservation"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional"),
        tenant_key("client_id", "client"),
        tenant_key("service_id", "service"),
        tenant_key("office_id", "office"),
        CheckConstraint("starts_at < ends_at AND ends_at - starts_at <= interval '12 hours'", name="span"),
        CheckConstraint(
            "lower(occupied) BETWEEN starts_at - interval '4 hours' AND starts_at "
            "AND upper(occupied) BETWEEN ends_at AND ends_at + interval '4 hours'",
            name="occupied",
        ),
        CheckConstraint(f"kind IN {RESERVATION_KINDS}", name="kind"),
        CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name="hold_expires"),
        # btree_gist is missing from the embedded server: one-element ranges stand for equality.
        ExcludeConstraint(
            (text("int8range(professional_id, professional_id, '[]')"), "&&"),
            ("occupied", "&&"),
            where=text("active AND professional_id IS NOT NULL"),
            name="ex_reservation_professional",
        ),
        ExcludeConstraint(
            (text("int8range(client_id, client_id, '[]')"), "&&"),
            ("meeting", "&&"),
            where=text("active AND client_id IS NOT NULL"),
            name="ex_reservation_client",
        ),
        # Row-level security keeps the planner from GiST: this btree, with a lower bound, serves the availability query,
        # which finds in it all that it reads.
        Index(
            "ix_reservation_professional",
            "municipality_id",
            "professional_id",
            "starts_at",
            postgresql_include=["occupied", "expires_at", "id"],
            postgresql_where=text("active"),
        ),
        Index("ix_reservation_office", "municipality_id", "office_id", "starts_at", postgresql_where=text("active")),
        Index("ix_reservation_expiry", "municipality_id", "expires_at", postgresql_where=text("kind = 'hold'")),
    )

    kind: Mapped[str]
    professional_id: Mapped[int | None]
    client_id: Mapped[int | None]
    service_id: Mapped[int | None]
    office_id: Mapped[int | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    occupied: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    meeting: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, Computed("tstzrange(starts_at, ends_at)", persisted=True)
    )
    active: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None]


class Hold(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What one visitor is booking: the chosen time (while its reservation lives) and what was typed, sealed.

    It outlives its reservation, so that nothing typed is lost when the ten minutes run out.
    """

    __tablename__ = "hold"
    __table_args__ = tenant_table(
        tenant_key("reservation_id", "reservation", ondelete="SET NULL"),
        tenant_key("service_id", "service", ondelete="CASCADE"),
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        tenant_key("office_id", "office", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "digest"),
        Index("ix_hold_visitor", "municipality_id", "visitor"),
        Index("ix_hold_address", "municipality_id", "address", "created_at"),
        Index("ix_hold_reservation", "municipality_id", "reservation_id"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary)
    visitor: Mapped[str]
    address: Mapped[str]
    reservation_id: Mapped[int | None]
    service_id: Mapped[int]
    professional_id: Mapped[int]
    office_id: Mapped[int | None]
    mode: Mapped[str]
    starts_at: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    typed: Mapped[bytes | None] = mapped_column(LargeBinary)
    appointment_id: Mapped[int | None]


class Appointment(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """The promise between a client and a professional. Moving it changes this row; ``version`` rises at every step."""

    __tablename__ = "appointment"
    __table_args__ = tenant_table(
        tenant_key("reservation_id", "reservation"),
        tenant_key("service_id", "service"),
        tenant_key("professional_id", "professional"),
        tenant_key("client_id", "client"),
        tenant_key("office_id", "office"),
        UniqueConstraint("municipality_id", "reference"),
        UniqueConstraint("municipality_id", "reservation_id"),
        CheckConstraint(f"status IN {tuple(str(status) for status in Status)}", name="status"),
        CheckConstraint("excused IS NULL OR status = 'no_show'", name="excused"),
        CheckConstraint("(group_session_id IS NULL) = (seat_no IS NULL) AND seat_no >= 1", name="seat"),
        tenant_key("group_session_id", "group_session"),
        tenant_key("series_id", "series", ondelete="SET NULL"),
        Index("ix_appointment_series", "municipality_id", "series_id", postgresql_where=text("series_id IS NOT NULL")),
        Index(
            "uq_appointment_seat",
            "municipality_id",
            "group_session_id",
            "seat_no",
            unique=True,
            postgresql_where=text("group_session_id IS NOT NULL AND status <> 'cancelled'"),
        ),
        Index("ix_appointment_starts", "municipality_id", "starts_at", "id"),
        Index("ix_appointment_professional", "municipality_id", "professional_id", "starts_at"),
        Index("ix_appointment_client", "municipality_id", "client_id", "starts_at"),
    )

    reference: Mapped[str]
    link_token: Mapped[str]
    check_in_code: Mapped[str]
    reservation_id: Mapped[int]
    service_id: Mapped[int]
    professional_id: Mapped[int]
    client_id: Mapped[int]
    office_id: Mapped[int | None]
    mode: Mapped[str]
    status: Mapped[str] = mapped_column(default=Status.BOOKED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    cancelled_by: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    may_move: Mapped[bool] = mapped_column(default=False)
    """The client said that we may move the time ourselves, if the professional falls ill."""
    note: Mapped[str] = mapped_column(default="")
    """What whoever booked for the client tells the professional; never shown to clients."""
    late_minutes: Mapped[int | None]
    late_at: Mapped[datetime | None]
    """How late the client said they will be (15: fifteen or more), and when they said it."""
    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    """When the client was there, the meeting began and ended: as noted, not as planned."""
    excused: Mapped[bool | None]
    """Of a client who did not come: they had a good reason."""
    confirmed_at: Mapped[datetime | None]
    """When the client answered a text message with yes: I come."""
    series_id: Mapped[int | None]
    """The meetings that were agreed together with this one."""
    group_session_id: Mapped[int | None]
    seat_no: Mapped[int | None]
    """Of a seat in a group session: which session, and a number that nobody else has there (1 … capacity)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    service: Mapped[Service] = belongs_to("Service", "Appointment.service_id")
    professional: Mapped[Professional] = belongs_to("Professional", "Appointment.professional_id")
    client: Mapped[Client] = belongs_to("Client", "Appointment.client_id")
    office: Mapped[Office | None] = belongs_to("Office", "Appointment.office_id")


class Receipt(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What was done for a client, by which way, and the facts as they were then. Written by ``receipts`` only, once."""

    __tablename__ = "receipt"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "number"),
        UniqueConstraint("municipality_id", "verification_code"),
        Index("ix_receipt_appointment", "municipality_id", "appointment_id", "id"),
        Index("ix_receipt_client", "municipality_id", "client_id", "id"),
    )

    number: Mapped[str]
    client_id: Mapped[int]
    appointment_id: Mapped[int | None]
    action: Mapped[str]
    way: Mapped[str]
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    verification_code: Mapped[str | None]
    """By which somebody else can check the receipt, where the service asks for one."""

    appointment: Mapped[Appointment | None] = belongs_to("Appointment", "Receipt.appointment_id")


class Task(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Something that a person must settle. ``professional_id`` None: anybody's. Made by ``tasks`` only."""

    __tablename__ = "task"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="SET NULL"),
        tenant_key("client_id", "client", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        Index("ix_task_open", "municipality_id", "due_on", postgresql_where=text("state = 'open'")),
        Index("ix_task_appointment", "municipality_id", "appointment_id"),
        Index("ix_task_client", "municipality_id", "client_id"),
    )

    kind: Mapped[str]
    text: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    professional_id: Mapped[int | None]
    client_id: Mapped[int | None]
    appointment_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="open")
    made_by: Mapped[str]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(default="")

    client: Mapped[Client | None] = belongs_to("Client", "Task.client_id")
    professional: Mapped[Professional | None] = belongs_to("Professional", "Task.professional_id")


class IdempotencyKey(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """The answer once given to a creating call, given again when the same call comes again."""

    __tablename__ = "idempotency_key"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "scope", "key"))

    scope: Mapped[str]
    key: Mapped[str]
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status_code: Mapped[int | None]
    response: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]

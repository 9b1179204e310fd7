"""Tables of who may come in: staff users and other systems' keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import LocalText, Tenant, db, tenant_key, tenant_table
from app.core.permissions import Role, may


class StaffUser(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A sign-in identity of a municipality's staff. Without a password: invited, or signing in another way."""

    __tablename__ = "staff_user"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="SET NULL"),
        tenant_key("office_id", "office", ondelete="SET NULL"),
        CheckConstraint(f"role IN {tuple(str(role) for role in Role)}", name="role"),
        Index("uq_staff_user_email", "municipality_id", text("lower(email)"), unique=True),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    language: Mapped[str] = mapped_column(default="")
    """Chosen by the user; empty: what the browser asks for."""
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the app that shows one-time codes, encrypted; none: signing in takes no code."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code that was accepted: it and those before it are used up."""
    recovery_codes: Mapped[list[str]] = mapped_column(default=list)
    """Digests of the codes that stand in for a lost telephone, one time each."""
    professional_id: Mapped[int | None]
    office_id: Mapped[int | None]
    """Where the user works, if at one office."""
    active: Mapped[bool] = mapped_column(default=True)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    """Of what administrators change: role, office, in use."""
    welcomed_at: Mapped[datetime | None]
    """When the welcome of the first day was put away."""

    is_authenticated = True
    is_anonymous = False
    session_token = ""
    """The secret of the session in which this request acts; kept nowhere but in the browser."""

    @property
    def is_active(self) -> bool:
        """Flask-Login: may this user be signed in."""
        return self.active

    def get_id(self) -> str:
        """Flask-Login: what the cookie remembers; the municipality comes first, for it must be bound to look further."""
        return f"{self.municipality_id}:{self.session_token}"

    def may(self, permission: str) -> bool:
        """True if the user's role has the permission."""
        return may(self.role, permission)


class StaffSession(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A staff user's sign-in in one browser. Over when ended, or when nothing was done for long (``expires_at``)."""

    __tablename__ = "staff_session"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "digest"),
        tenant_key("user_id", "staff_user", ondelete="CASCADE"),
        Index("ix_staff_session_user", "municipality_id", "user_id"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int]
    device: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInCount(db.Model):  # type: ignore[name-defined,misc]
    """What is counted of an e-mail address typed at the staff's sign-in, also where nobody has it; no content.

    ``kind``: ``password``, wrong ones for an address without a user; ``reset``, links asked for in the hour to ``until``.
    """

    __tablename__ = "sign_in_count"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class TermsOfUse(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A published edition of the terms that staff accept; the one with the highest number is in force."""

    __tablename__ = "terms_of_use"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "number"))

    number: Mapped[int]
    texts: Mapped[LocalText]
    published_by: Mapped[str]
    published_at: Mapped[datetime]


class TermsAcceptance(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A user has accepted an edition of the terms."""

    __tablename__ = "terms_acceptance"
    __table_args__ = tenant_table(
        tenant_key("user_id", "staff_user", ondelete="CASCADE"),
        tenant_key("terms_id", "terms_of_use"),
        UniqueConstraint("municipality_id", "user_id", "terms_id"),
    )

    user_id: Mapped[int]
    terms_id: Mapped[int]
    accepted_at: Mapped[datetime]


class ApiKey(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A key of another system; the secret itself is only in its holder's hands."""

    __tablename__ = "api_key"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "name"))

    name: Mapped[str]
    scopes: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class SignInCode(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A one-time code asked for by ``visitor`` (a browser) for a telephone number or an e-mail address.

    A row is made whether or not a client has that contact: limits are the same, and nothing is told by them.
    """

    __tablename__ = "sign_in_code"
    __table_args__ = tenant_table(
        Index("ix_sign_in_code_contact", "municipality_id", "contact", "created_at"),
        Index("ix_sign_in_code_address", "municipality_id", "address", "created_at"),
    )

    contact: Mapped[str]
    visitor: Mapped[str]
    address: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ClientSession(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A client's sign-in in one browser; ends by itself, by signing out, or with the client's row."""

    __tablename__ = "client_session"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "digest"),
        tenant_key("client_id", "client", ondelete="CASCADE"),
        Index("ix_client_session_client", "municipality_id", "client_id"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary)
    client_id: Mapped[int]
    contact: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

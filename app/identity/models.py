"""Tables of who may come in: staff users and other systems' keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Tenant, db, tenant_key, tenant_table
from app.core.permissions import Role, may


class StaffUser(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A sign-in identity of a municipality's staff."""

    __tablename__ = "staff_user"
    __table_args__ = tenant_table(
        tenant_key("professional_id", "professional", ondelete="SET NULL"),
        CheckConstraint(f"role IN {tuple(str(role) for role in Role)}", name="role"),
        Index("uq_staff_user_email", "municipality_id", text("lower(email)"), unique=True),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    professional_id: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Flask-Login: may this user be signed in."""
        return self.active

    def get_id(self) -> str:
        """Flask-Login: what the session remembers; the municipality comes first, for it must be bound to look further."""
        return f"{self.municipality_id}:{self.id}"

    def may(self, permission: str) -> bool:
        """True if the user's role has the permission."""
        return may(self.role, permission)


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

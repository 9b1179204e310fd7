"""What a municipality sets for its own staff. What every visitor may see is in ``tenancy.Municipality`` itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Tenant, db, tenant_table


class MunicipalitySettings(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Whom staff ask for help, and whether the first-day checklist has been put away.

    ``version`` is that of the whole settings page, the municipality's own row included.
    """

    __tablename__ = "municipality_settings"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id"))

    support_name: Mapped[str] = mapped_column(default="")
    support_phone: Mapped[str] = mapped_column(default="")
    support_email: Mapped[str] = mapped_column(default="")
    start_hidden_at: Mapped[datetime | None]
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """A PNG; pages know of it by ``Municipality.logo_digest``."""
    version: Mapped[int] = mapped_column(default=0)


def settings_of(session: Session) -> MunicipalitySettings:
    """The settings of the municipality that the session is bound to; empty ones where nobody has saved any."""
    found: MunicipalitySettings | None = session.scalar(select(MunicipalitySettings))
    return found or MunicipalitySettings(support_name="", support_phone="", support_email="", version=0)

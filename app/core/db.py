"""The database session, the base of all models, and the helpers for tenant tables' keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Identity, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, registry, relationship

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

LocalText = dict[str, str]
"""A text for people in several languages: ``{"fi": …, "sv": …, "en": …}``."""


class Base(DeclarativeBase):
    """Base of all models: instants are timestamptz, states are text, local texts are jsonb."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: DateTime(timezone=True),
            str: Text,
            int: BigInteger,
            dict[str, Any]: JSONB,
            LocalText: JSONB,
            list[str]: ARRAY(Text),
            list[list[int]]: JSONB,
            list[dict[str, Any]]: JSONB,
        },
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, whose scoped session passes every call on to this request's ``Session``."""

    if TYPE_CHECKING:
        session: Session  # type: ignore[assignment]

    @property
    def session_maker(self) -> Any:
        """What makes the application's sessions; call it for a session of one's own."""
        return self.session.session_factory  # type: ignore[attr-defined]


db = Database(model_class=Base, session_options={"expire_on_commit": False})


class Tenant:
    """Mixin of every table that belongs to one municipality: scoped by the session, guarded by row-level security."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(BigInteger)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - declared_attr hands over the class
        return tenant_table()


def tenant_table(*items: Any) -> tuple[Any, ...]:
    """Table arguments of a tenant table: the municipality's key, the composite key others refer to, and ``items``."""
    return (
        ForeignKeyConstraint(["municipality_id"], ["municipality.id"]),
        UniqueConstraint("municipality_id", "id"),
        *items,
    )


def tenant_key(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A composite foreign key, so that a row can only refer to a row of its own municipality."""
    rule = f"SET NULL ({column})" if ondelete == "SET NULL" else ondelete
    return ForeignKeyConstraint(["municipality_id", column], [f"{table}.municipality_id", f"{table}.id"], ondelete=rule)


def belongs_to(model: str, column: str, **options: Any) -> Any:
    """A relation along ``column`` alone, so that emptying it never empties ``municipality_id``. Read only."""
    owner, name = column.split(".")
    return relationship(
        model,
        primaryjoin=f"foreign({owner}.{name}) == {model}.id",
        viewonly=True,
        **options,
    )

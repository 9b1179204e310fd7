"""Municipalities are kept apart by the database itself, even where the code forgets to ask for only its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask, current_app
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege, RaiseException
from sqlalchemy import Connection, Engine, create_engine, exists, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from app.booking.availability import Wish, openings
from app.booking.models import Appointment, Client, Hold
from app.booking.queries import FREE_TIME
from app.core import clock
from app.core.audit import SYSTEM, AuditEvent, record
from app.core.database_urls import UnsafeDatabaseRole, check_application_role, connect, resolve
from app.core.db import Base, Tenant, db
from app.core.tenancy import Municipality, Unbound, bind
from app.factory import create_app
from app.scheduling.models import Closure, Office, Service
from config import Config
from tests.factories import make_municipality, make_professional, make_service, make_world
from tests.town import Town, bound, make_town

SET = text("SELECT set_config('vuoro.municipality', :id, true)")
TABLES = sorted(
    mapper.local_table.name  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, Tenant)
)


@pytest.fixture(scope="module")
def here(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture(scope="module")
def there(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture(scope="module")
def application(app: Flask) -> Engine:
    """The application's own engine: what it may not do, no code of ours can do."""
    with app.app_context():
        return db.engine


@pytest.fixture(scope="module")
def owner(app: Flask, settings: Config) -> Iterator[Engine]:
    """The tables' owner, whom policies do not bind."""
    engine = create_engine(resolve(settings.DATABASE_URL, settings.DATABASE_OWNER_URL, settings.instance).owner)
    yield engine
    engine.dispose()


@pytest.fixture
def raw(application: Engine) -> Iterator[Connection]:
    """The application's role without any of our code around it."""
    with application.connect() as connection:
        yield connection
        connection.rollback()


def as_of(connection: Connection, municipality_id: int) -> None:
    connection.execute(SET, {"id": str(municipality_id)})


def count(connection: Connection, table: str) -> int:
    return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def refused_with(kind: type[psycopg.Error], connection: Connection, statement: str, **values: Any) -> None:
    with pytest.raises(DBAPIError) as refusal:
        connection.execute(text(statement), values)
    assert isinstance(refusal.value.orig, kind), refusal.value.orig


# — what the policies show —


@pytest.mark.parametrize("table", TABLES)
def test_without_a_condition_only_the_bound_municipalitys_rows_are_seen(
    raw: Connection, here: Town, there: Town, table: str
) -> None:
    for town in (here, there):
        as_of(raw, town.municipality_id)
        found = raw.execute(text(f"SELECT DISTINCT municipality_id FROM {table}")).scalars().all()
        assert found == [town.municipality_id], f"make_town must make a row of {table}"


@pytest.mark.parametrize("table", TABLES)
def test_unbound_nothing_is_seen(raw: Connection, here: Town, table: str) -> None:
    assert count(raw, table) == 0
    as_of(raw, here.municipality_id)
    assert count(raw, table) > 0
    raw.execute(text("SELECT set_config('vuoro.municipality', '', true)"))
    assert count(raw, table) == 0


def test_a_municipality_that_is_no_number_is_refused(raw: Connection, here: Town) -> None:
    raw.execute(text("SELECT set_config('vuoro.municipality', '1 OR true', true)"))
    with pytest.raises(DBAPIError):
        count(raw, "client")


def test_after_a_commit_the_next_user_of_the_connection_is_unbound(
    application: Engine, settings: Config, here: Town
) -> None:
    one = create_engine(application.url, pool_size=1, max_overflow=0)
    with one.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
        as_of(connection, here.municipality_id)
        assert count(connection, "client") > 0
        connection.commit()
        assert count(connection, "client") == 0
    with one.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == backend
        assert count(connection, "client") == 0
    one.dispose()


def test_a_bound_session_stays_bound_over_commit_and_rollback_and_a_new_one_is_not(app: Flask, here: Town) -> None:
    with bound(app, here.municipality_id) as session:
        for end in (session.commit, session.rollback):
            assert session.scalar(text("SELECT count(*) FROM client"))
            end()
        assert session.scalar(text("SELECT count(*) FROM client"))
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM client")) == 0


def test_a_session_that_changes_municipality_forgets_what_it_held(app: Flask, here: Town, there: Town) -> None:
    with bound(app, here.municipality_id) as session:
        mine = session.scalars(select(Client)).one()
        bind(session, there.municipality_id)
        assert mine not in session
        assert {row.municipality_id for row in session.scalars(select(Client))} == {there.municipality_id}
        assert session.get(Client, here.client_id) is None


def test_a_binding_that_is_undone_with_its_savepoint_shows_nobodys_rows(app: Flask, here: Town, there: Town) -> None:
    with bound(app, here.municipality_id) as session:
        assert session.scalars(select(Client)).all()
        savepoint = session.begin_nested()
        bind(session, there.municipality_id)
        savepoint.rollback()
        assert session.scalars(select(Client)).all() == []


# — what they refuse —


def test_a_row_of_another_municipality_cannot_be_inserted(raw: Connection, here: Town, there: Town) -> None:
    as_of(raw, here.municipality_id)
    insertion = (
        "INSERT INTO closure (municipality_id, office_id, starts_at, ends_at, title, remote_too)"
        " VALUES (:id, NULL, now(), now() + interval '1 hour', '{}', false)"
    )
    raw.execute(text(insertion), {"id": here.municipality_id})
    refused_with(InsufficientPrivilege, raw, insertion, id=there.municipality_id)


def test_the_orm_refuses_to_insert_a_row_of_another_municipality(app: Flask, here: Town, there: Town) -> None:
    span = {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(hours=1)}
    with bound(app, here.municipality_id) as session:
        session.add(Closure(municipality_id=there.municipality_id, **span))
        with pytest.raises(Unbound):
            session.flush()
    with bound(app, here.municipality_id) as session, pytest.raises(DBAPIError):
        session.execute(
            insert(Closure).values(municipality_id=there.municipality_id, title={}, remote_too=False, **span)
        )


def test_rows_of_another_municipality_cannot_be_updated_or_deleted(raw: Connection, here: Town, there: Town) -> None:
    as_of(raw, here.municipality_id)
    other = {"other": there.municipality_id}
    changed = raw.execute(text("UPDATE client SET name = 'x' WHERE municipality_id = :other"), other)
    deleted = raw.execute(text("DELETE FROM busy_time WHERE municipality_id = :other"), other)
    everywhere = raw.execute(text("UPDATE client SET name = name"))
    assert (changed.rowcount, deleted.rowcount, everywhere.rowcount) == (0, 0, count(raw, "client"))


def test_a_row_cannot_be_moved_to_another_municipality(raw: Connection, here: Town, there: Town) -> None:
    as_of(raw, here.municipality_id)
    refused_with(
        InsufficientPrivilege, raw, "UPDATE busy_time SET municipality_id = :other", other=there.municipality_id
    )


def composite_keys(engine: Engine) -> list[tuple[str, str, str]]:
    """Every reference between tenant tables: table, column, table referred to."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
                SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
                FROM pg_constraint c, pg_attribute a
                WHERE c.contype = 'f' AND cardinality(c.conkey) = 2 AND a.attrelid = c.conrelid
                    AND a.attnum = ANY(c.conkey) AND a.attname <> 'municipality_id'
                ORDER BY 1, 2""")
        )
        return [(table, column, target) for table, column, target in rows]


def test_no_row_can_refer_to_a_row_of_another_municipality_not_even_as_the_owner(
    owner: Engine, here: Town, there: Town
) -> None:
    keys = composite_keys(owner)
    assert len(keys) > 20
    for table, column, target in keys:
        with owner.connect() as connection:
            own, other = {"own": here.municipality_id}, {"other": there.municipality_id}
            connection.execute(text("UPDATE reservation SET active = false"))  # else its own constraints speak first
            one = f"SELECT id FROM {table} WHERE municipality_id = :own ORDER BY {column} IS NULL, id LIMIT 1"
            row = connection.scalar(text(one), own)  # one that refers to something: other columns may go with it
            foreign = connection.scalar(text(f"SELECT max(id) FROM {target} WHERE municipality_id = :other"), other)
            assert row, f"make_town must make a row of {table}"
            assert foreign, f"make_town must make a row of {target}"
            statement = f"UPDATE {table} SET {column} = :foreign WHERE id = :row"
            refused_with(ForeignKeyViolation, connection, statement, foreign=foreign, row=row)


# — what the ORM adds —


def every_office(session: Session) -> Any:
    return session.scalars(select(Office)).all()


@pytest.mark.parametrize(
    "ask",
    [
        every_office,
        lambda session: session.scalars(select(Office.id)).all(),
        lambda session: session.execute(select(Municipality.slug, Office.name)).all(),
        lambda session: session.get(Office, 1),
        lambda session: session.scalar(select(func.count(Office.id))),
        lambda session: session.scalars(select(aliased(Office))).all(),
        lambda session: session.execute(update(Office).values(phone="1")),
    ],
)
def test_an_unbound_query_for_a_tenants_rows_is_a_fault(app: Flask, ask: Any) -> None:
    with app.app_context():
        session = db.session()
        with pytest.raises(Unbound):
            ask(session)
        session.rollback()


@pytest.mark.parametrize(
    "query",
    [
        select(func.count()).select_from(Office),
        select(func.count()).where(Office.id > 0),
        select(func.count()).select_from(select(Office.id).subquery()),
        select(exists().where(Office.id > 0)),
    ],
)
def test_an_unbound_query_that_names_no_entity_finds_nothing(app: Flask, here: Town, query: Any) -> None:
    with app.app_context(), suppress(Unbound):  # better still
        assert not db.session.scalar(query)
    with bound(app, here.municipality_id) as session:
        assert session.scalar(query) == 1


def test_an_unbound_session_cannot_add_a_tenants_row(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        session.add(Closure(starts_at=clock.now(), ends_at=clock.now() + timedelta(hours=1)))
        with pytest.raises(Unbound):
            session.flush()
        session.rollback()


@pytest.fixture
def unguarded(owner: Engine, here: Town) -> Iterator[Session]:
    """A session with our scope over the owner's connection, whom no policy binds: what is scoped here, the ORM scoped."""
    with owner.connect() as connection:
        session = db.session.session_factory(bind=connection, binds={})
        session.get_bind = lambda *args, **kwargs: connection  # Flask-SQLAlchemy would choose its own engine
        bind(session, here.municipality_id)
        yield session
        session.close()


def test_a_query_that_forgets_to_filter_is_scoped(unguarded: Session, here: Town, there: Town) -> None:
    assert unguarded.scalar(text("SELECT count(DISTINCT municipality_id) FROM client")) > 1
    own = {here.municipality_id}
    assert {row.municipality_id for row in unguarded.scalars(select(Client))} == own
    assert set(unguarded.scalars(select(Client.municipality_id))) == own


def test_joins_aliases_and_subqueries_are_scoped(unguarded: Session, here: Town) -> None:
    other = aliased(Client)
    joined = select(Appointment.municipality_id, Client.municipality_id).join(Client, Client.id > 0)
    crossed = select(Client.municipality_id, other.municipality_id).join_from(Client, other, other.id != -1)
    inside = select(Client.municipality_id).where(Client.id.in_(select(Appointment.client_id)))
    own = here.municipality_id
    assert set(map(tuple, unguarded.execute(joined))) == {(own, own)}
    assert set(map(tuple, unguarded.execute(crossed))) == {(own, own)}
    assert set(map(tuple, unguarded.execute(inside))) == {(own,)}


def test_a_row_cannot_be_got_by_another_municipalitys_id(unguarded: Session, here: Town, there: Town) -> None:
    assert unguarded.get(Client, here.client_id) is not None
    assert unguarded.get(Client, there.client_id) is None


def test_relations_lead_only_to_rows_of_the_municipality(unguarded: Session, here: Town, there: Town) -> None:
    appointment = unguarded.get_one(Appointment, here.appointment_id)
    assert appointment.client.id == here.client_id
    unguarded.expire(appointment)
    with unguarded.no_autoflush:
        appointment.client_id = there.client_id  # never written: the composite key would refuse it
        unguarded.expire(appointment, ["client"])
        assert appointment.client is None
    unguarded.expunge(appointment)


def test_changes_and_counts_without_a_filter_are_scoped(unguarded: Session, here: Town) -> None:
    own = unguarded.scalar(
        text("SELECT count(*) FROM client WHERE municipality_id = :id"), {"id": here.municipality_id}
    )
    assert unguarded.execute(update(Client).values(language="sv")).rowcount == own  # type: ignore[attr-defined]
    assert unguarded.scalar(select(func.count(Client.id))) == own
    unguarded.rollback()


# — the roles —


def test_the_application_connects_as_a_role_that_policies_bind(application: Engine) -> None:
    with connect(application.url.render_as_string(hide_password=False)) as connection:
        check_application_role(connection)


def test_the_owner_is_refused_as_the_applications_role(owner: Engine) -> None:
    with (
        connect(owner.url.render_as_string(hide_password=False)) as connection,
        pytest.raises(UnsafeDatabaseRole, match=r"owns the tables|is a superuser"),
    ):
        check_application_role(connection)


def test_the_application_refuses_to_start_over_a_role_that_no_policy_binds(settings: Config, owner: Engine) -> None:
    url = owner.url.render_as_string(hide_password=False)
    app = create_app(replace(settings, DATABASE_URL=url, DATABASE_OWNER_URL=url))
    with app.app_context():
        with pytest.raises(UnsafeDatabaseRole):
            db.session.execute(text("SELECT 1"))
        db.engine.dispose()


# — the audit log —


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_the_application_may_not_touch_what_the_audit_log_holds(raw: Connection, here: Town, statement: str) -> None:
    as_of(raw, here.municipality_id)
    refused_with(InsufficientPrivilege, raw, statement)


def test_the_application_cannot_call_itself_the_retention_job(raw: Connection, here: Town) -> None:
    as_of(raw, here.municipality_id)
    raw.execute(text("SELECT set_config('vuoro.retention', 'on', true)"))
    refused_with(InsufficientPrivilege, raw, "DELETE FROM audit_event")


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_not_even_the_owner_changes_the_audit_log_by_accident(owner: Engine, here: Town, statement: str) -> None:
    with owner.connect() as connection:
        refused_with(RaiseException, connection, statement)


def test_the_retention_job_may_delete_old_audit_events_but_never_change_them(owner: Engine, here: Town) -> None:
    own = {"own": here.municipality_id}
    with owner.connect() as connection:
        connection.execute(text("SELECT set_config('vuoro.retention', 'on', true)"))
        connection.execute(text("UPDATE audit_event SET action = 'x' WHERE municipality_id = :own"), own)
        kept = connection.scalar(
            text("SELECT count(*) FROM audit_event WHERE municipality_id = :own AND action <> 'x'"), own
        )
        deleted = connection.execute(text("DELETE FROM audit_event WHERE municipality_id = :own"), own).rowcount
        connection.rollback()
    assert deleted == kept > 0


def test_an_event_tells_who_did_what_on_which_row(app: Flask, here: Town) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with bound(app, here.municipality_id) as session:
        office = session.get_one(Office, here.office_id)
        record(session, actor=SYSTEM, action="office.look", on=office, now=now, detail="Ä")
        session.flush()
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "office.look")).one()
        assert (event.at, event.actor_kind, event.object_type, event.object_id, event.data, event.municipality_id) == (
            now,
            "system",
            "office",
            here.office_id,
            {"detail": "Ä"},
            here.municipality_id,
        )


# — what emptying a relation leaves —


def test_emptying_a_relation_keeps_the_municipality(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        municipality = make_municipality(session)
        own = make_professional(session, services=[make_service(session)])
        client = Client(name="Aino", name_key="aino", created_at=clock.now(), own_professional_id=own.id)
        session.add(client)
        session.commit()
        session.delete(own)
        session.commit()
        session.refresh(client)
        assert (client.own_professional_id, client.municipality_id) == (None, municipality.id)


def test_a_hold_outlives_its_reservation_and_keeps_its_municipality(app: Flask) -> None:
    town = make_town(app)
    with bound(app, town.municipality_id) as session:
        hold = session.get_one(Hold, town.hold_id)
        session.execute(text("DELETE FROM reservation WHERE id = :id"), {"id": hold.reservation_id})
        session.refresh(hold)
        assert (hold.reservation_id, hold.municipality_id) == (None, town.municipality_id)


# — and all that quickly —


def test_under_the_policy_availability_reads_reservations_by_an_index(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        session = db.session()
        world = make_world(session)
        colleague = make_professional(session, services=[world.service], office=world.office)
        session.commit()
        session.execute(
            text("""
                INSERT INTO reservation (municipality_id, kind, professional_id, starts_at, ends_at, occupied, active)
                SELECT :municipality, 'appointment', :professional, start, start + interval '10 minutes',
                    tstzrange(start, start + interval '10 minutes'), true
                FROM (SELECT CAST(:now AS timestamptz) + n * interval '10 minutes' AS start
                      FROM generate_series(1, 20000) AS n) AS starts"""),
            {"municipality": world.municipality.id, "professional": colleague.id, "now": clock.now()},
        )
        session.commit()
        statistics_of(session)
        parameters = parameters_of_free_time(session, world, monkeypatch)
        plan = session.execute(text(f"EXPLAIN {FREE_TIME.text}"), parameters).scalars().all()
        session.rollback()
    scans = [line.strip() for line in plan if " on reservation" in line]
    assert scans
    assert all("Index" in line and "Seq Scan" not in line for line in scans), "\n".join(plan)


def statistics_of(session: Session) -> None:
    """What autovacuum does a minute later; only the owner may."""
    settings = current_app.config["SETTINGS"]
    urls = resolve(settings.DATABASE_URL, settings.DATABASE_OWNER_URL, settings.instance)
    with connect(urls.owner) as connection:
        connection.execute("VACUUM ANALYZE reservation")


def parameters_of_free_time(session: Session, world: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The parameters with which availability asks about one professional for a fortnight."""
    asked: list[dict[str, Any]] = []
    execute = session.execute

    def listen(statement: Any, parameters: Any = None, **more: Any) -> Any:
        if statement is FREE_TIME:
            asked.append(parameters)
        return execute(statement, parameters, **more)

    today = clock.now().astimezone(world.zone).date()
    wish = Wish(
        service=session.get_one(Service, world.service.id),
        mode="phone",
        first=today,
        last=today + timedelta(days=14),
        professional_id=world.professional.id,
    )
    with monkeypatch.context() as patch:
        patch.setattr(session, "execute", listen)
        assert openings(session, wish, zone=world.zone, now=clock.now())
    assert len(asked) == 1
    return asked[0]

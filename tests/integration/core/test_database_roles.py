"""What the application's role may do, and how the owner and the role are found, on a server that asks for passwords."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from app.core import embedded
from app.core.database_urls import (
    UnsafeDatabaseRole,
    check_application_role,
    connect,
    ensure_application_role,
    grant_application_role,
    resolve,
    split_superuser,
)
from app.core.embedded_install import DatabaseUnavailable
from tests.own_servers import throw_away

pytestmark = pytest.mark.enable_socket
PASSWORDS_PLEASE = "local all postgres trust\nlocal all all scram-sha-256\n"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A superuser's URL of the database ``vuoro``; only the superuser needs no password."""
    folder = Path(tempfile.mkdtemp(prefix="vuoro-test-"))
    owner = embedded.ensure_running(folder / "instance").owner
    superuser = owner.replace("//vuoro_owner@", "//postgres@")
    (embedded.data_dir(folder / "instance") / "pg_hba.conf").write_text(PASSWORDS_PLEASE)
    with connect(superuser) as connection:
        connection.execute("ALTER ROLE vuoro_owner PASSWORD 'owner'")
        connection.execute("SELECT pg_reload_conf()")
    yield superuser
    throw_away(folder / "instance")
    shutil.rmtree(folder)


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """A superuser's URL of an empty database of this test's own, owned by vuoro_owner."""
    with connect(server) as connection:
        connection.execute("CREATE DATABASE own OWNER vuoro_owner")
    yield server.replace("/vuoro?", "/own?")
    with connect(server) as connection:
        connection.execute("DROP DATABASE own WITH (FORCE)")


def as_role(url: str, role: str, password: str) -> str:
    return make_url(url).set(username=role, password=password).render_as_string(hide_password=False)


def rights(url: str, role: str, table: str) -> set[str]:
    wanted = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    with connect(url) as connection:
        query = "SELECT has_table_privilege(%s, %s, %s)"
        return {right for right in wanted if connection.execute(query, (role, table, right)).fetchone() == (True,)}


def test_the_application_may_write_rows_but_only_add_to_the_audit_log(database: str) -> None:
    engine = create_engine(as_role(database, "vuoro_owner", "owner"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE thing (id bigserial)")
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text)")
        grant_application_role(connection, "vuoro_app")
        connection.exec_driver_sql("CREATE TABLE audit_event (at timestamptz) PARTITION BY RANGE (at)")
        connection.exec_driver_sql(
            "CREATE TABLE \"audit event of 2030\" PARTITION OF audit_event FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')"
        )
        for _ in range(2):
            grant_application_role(connection, "vuoro_app")
    engine.dispose()
    assert rights(database, "vuoro_app", "thing") == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert rights(database, "vuoro_app", "audit_event") == {"SELECT", "INSERT"}
    assert rights(database, "vuoro_app", '"audit event of 2030"') == {"SELECT", "INSERT"}
    assert rights(database, "vuoro_app", "alembic_version") == {"SELECT"}
    ensure_application_role(database, "vuoro_app", "application")
    with connect(as_role(database, "vuoro_app", "application")) as connection:
        connection.execute("INSERT INTO thing DEFAULT VALUES")
        check_application_role(connection)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


@pytest.mark.parametrize(
    ("role", "fault"),
    [("postgres", "is a superuser"), ("bypasser", "has BYPASSRLS"), ("vuoro_owner", "owns the tables")],
)
def test_a_role_that_row_level_security_does_not_bind_is_refused(database: str, role: str, fault: str) -> None:
    with connect(as_role(database, "vuoro_owner", "owner")) as connection:
        connection.execute("CREATE TABLE thing (id int)")
    with connect(database) as connection:
        connection.execute("CREATE ROLE bypasser BYPASSRLS")
        connection.execute(f"SET ROLE {role}")
        with pytest.raises(UnsafeDatabaseRole, match=rf"names the role {role}, which {fault}"):
            check_application_role(connection)
        connection.execute("RESET ROLE")
        connection.execute("DROP ROLE bypasser")


def test_checking_a_role_leaves_no_transaction_open(database: str) -> None:
    ensure_application_role(database, "vuoro_app", "application")
    with psycopg.connect(as_role(database, "vuoro_app", "application").replace("+psycopg", "")) as connection:
        check_application_role(connection)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_an_owner_who_needs_a_password_must_be_named(database: str, tmp_path: Path) -> None:
    ensure_application_role(database, "vuoro_app", "application")
    urls = resolve(as_role(database, "vuoro_app", "application"), "", tmp_path)
    with pytest.raises(
        DatabaseUnavailable, match="vuoro_owner, who cannot sign in without a password: set DATABASE_OWNER_URL"
    ):
        _ = urls.owner


def test_an_owner_who_needs_no_password_is_found(database: str, tmp_path: Path) -> None:
    ensure_application_role(database, "vuoro_app", "application")
    with connect(database) as connection:
        connection.execute("ALTER DATABASE own OWNER TO postgres")
    assert make_url(resolve(as_role(database, "vuoro_app", "application"), "", tmp_path).owner).username == "postgres"


def test_a_demo_given_a_superuser_makes_a_role_without_power_and_keeps_it(database: str, tmp_path: Path) -> None:
    with connect(database) as connection:
        connection.execute("ALTER ROLE vuoro_app RENAME TO somebody")
    try:
        first, again = (split_superuser(database, tmp_path) for _ in range(2))
        assert make_url(first.owner).username == "postgres"
        assert first.application == again.application
        with connect(first.application) as connection:
            assert connection.info.user == "vuoro_app"
            check_application_role(connection)
        with connect(database) as connection:
            connection.execute("ALTER ROLE vuoro_app PASSWORD 'changed'")
        connect(split_superuser(database, tmp_path).application).close()
    finally:
        with connect(database) as connection:
            connection.execute("DROP ROLE vuoro_app")
            connection.execute("ALTER ROLE somebody RENAME TO vuoro_app")


def test_a_demo_given_an_owner_who_may_not_make_roles_says_what_to_do(database: str, tmp_path: Path) -> None:
    with pytest.raises(
        DatabaseUnavailable, match=r"vuoro_owner may not create the role vuoro_app_.*: let a superuser run"
    ):
        split_superuser(as_role(database, "vuoro_owner", "owner"), tmp_path)


def test_a_demo_given_the_applications_role_uses_it(database: str, tmp_path: Path) -> None:
    ensure_application_role(database, "vuoro_app", "application")
    url = as_role(database, "vuoro_app", "application")
    assert split_superuser(url, tmp_path).application == url

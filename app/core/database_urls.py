"""Which database, as which role: the application's role (row-level security binds it) and the tables' owner."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import ArgumentError

from app.core import embedded
from app.core.embedded import APPLICATION, DatabaseUrls
from app.core.embedded_install import DatabaseUnavailable, privately

CONNECT_SECONDS = 10
AUDIT, ALEMBIC = "audit_event", "alembic_version"


class UnsafeDatabaseRole(RuntimeError):
    """Row-level security would not bind the role that the application connects as."""


def resolve(database_url: str, owner_url: str, instance_dir: Path) -> DatabaseUrls:
    """The URLs to use for the settings given; starts the embedded server when ``database_url`` is empty.

    The owner is looked up only when ``.owner`` is read. Raises ``DatabaseUnavailable``.
    """
    if not database_url:
        return embedded.ensure_running(instance_dir)
    application = normalise(database_url, "DATABASE_URL")
    if owner_url:
        owner = normalise(owner_url, "DATABASE_OWNER_URL")
        return DatabaseUrls(application, lambda: owner)
    return DatabaseUrls(application, lambda: _find_owner(application))


def normalise(url: str, setting: str) -> str:
    """``postgres://…`` and ``postgresql://…`` as SQLAlchemy wants them for psycopg."""
    normal, found = re.subn(r"^(postgres|postgresql)(\+psycopg)?://", "postgresql+psycopg://", url.strip())
    try:
        make_url(normal)
    except (ArgumentError, ValueError):
        found = 0
    if not found:
        raise DatabaseUnavailable(
            f"{setting} is not an address of a PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    return normal


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A plain connection, each statement its own transaction."""
    parsed = make_url(url)
    _, options = PGDialect_psycopg().create_connect_args(parsed)  # type: ignore[no-untyped-call]
    options = {name: value for name, value in options.items() if name != "context"}
    try:
        return psycopg.connect(**{"connect_timeout": CONNECT_SECONDS} | options, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(
            f"The database {parsed.render_as_string(hide_password=True)} cannot be used:"
            f" check that PostgreSQL runs there, has this database and lets this user in.\n{error}"
        ) from error


def check_application_role(connection: psycopg.Connection[Any]) -> None:
    """Raise ``UnsafeDatabaseRole`` if row-level security does not bind the role of this (DBAPI) connection."""
    query = """
        SELECT current_user, rolsuper, rolbypassrls, EXISTS (
            SELECT 1 FROM pg_class
            WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p')
              AND pg_has_role(current_user, relowner, 'USAGE'))
        FROM pg_roles WHERE rolname = current_user"""
    in_use = connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
    role, superuser, bypasses, owns = connection.execute(query).fetchall()[0]
    if not in_use and not connection.autocommit:
        connection.rollback()
    faults = {"is a superuser": superuser, "has BYPASSRLS": bypasses, "owns the tables": owns}
    if fault := next((fault for fault, present in faults.items() if present), None):
        raise UnsafeDatabaseRole(
            f"DATABASE_URL names the role {role}, which {fault}, so municipalities would not be kept apart: name a role"
            f" without rights of its own there, such as {APPLICATION}, and the owner in DATABASE_OWNER_URL."
        )


def ensure_application_role(owner_url: str, role: str, password: str) -> None:
    """Create ``role`` with ``password``, or give it that password. Needs an owner that may create roles."""
    with connect(owner_url) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('vuoro.roles'))")
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else _CREATE_ROLE
        try:
            connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(verifier)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseUnavailable(
                f"{connection.info.user} may not create the role {role}: let a superuser run `CREATE ROLE {role} LOGIN"
                f" PASSWORD '…'`, then name {role} in DATABASE_URL and the owner in DATABASE_OWNER_URL."
            ) from error


_CREATE_ROLE = "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"


def grant_application_role(connection: Connection, role: str) -> None:
    """Let ``role`` use the tables of the schema public: the audit log only grows, Alembic's own table is not ours.

    Run as the owner, after each migration, in its transaction.
    """
    database, user = connection.exec_driver_sql("SELECT current_database(), current_user").one()
    if user == role:
        return
    quoted = connection.dialect.identifier_preparer.quote
    who = quoted(role)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {who}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {who}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {who}" for table in _with_partitions(connection, AUDIT)),
        *(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {who}" for table in _with_partitions(connection, ALEMBIC)),
    ]
    may_connect = connection.exec_driver_sql(
        "SELECT has_database_privilege(%s, %s, 'CONNECT')", (role, database)
    ).scalar()
    if not may_connect:
        statements.insert(0, f"GRANT CONNECT ON DATABASE {quoted(database)} TO {who}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def _with_partitions(connection: Connection, table: str) -> list[str]:
    query = """
        WITH RECURSIVE family AS (
            SELECT to_regclass(%s)::oid AS member
            UNION SELECT inhrelid FROM pg_inherits JOIN family ON inhparent = member)
        SELECT member::regclass::text FROM family WHERE member IS NOT NULL"""
    return list(connection.exec_driver_sql(query, (f"public.{table}",)).scalars())


def split_superuser(url: str, instance_dir: Path) -> DatabaseUrls:
    """For demos on a developer's server: if ``url`` names a superuser or the owner, make a role for the application.

    The role's name and random password are kept in ``instance_dir/demo-database.json``.
    """
    owner = normalise(url, "DATABASE_URL")
    with connect(owner) as connection:
        query = """
            SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, datdba, 'USAGE')
            FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"""
        (powerful,) = connection.execute(query).fetchall()[0]
        if not powerful:
            return resolve(url, "", instance_dir)
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    application = _kept_role(owner, instance_dir, known)
    return DatabaseUrls(application, lambda: owner)


def _kept_role(owner: str, instance_dir: Path, known: set[str]) -> str:
    """URL with this instance's application role, made if need be; never with somebody else's ``vuoro_app``."""
    path, url = instance_dir / "demo-database.json", make_url(owner)
    servers = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    server = f"{url.host or url.query.get('host', '')}:{url.port or url.query.get('port', '')}"
    if server not in servers:
        mine = f"{APPLICATION}_{hashlib.sha256(str(instance_dir.resolve()).encode()).hexdigest()[:8]}"
        role = mine if APPLICATION in known else APPLICATION
        servers[server] = {"role": role, "password": secrets.token_urlsafe(24)}
        _write_privately(path, servers)
    role, password = servers[server]["role"], servers[server]["password"]
    application = _as_user(url, role, password)
    if role not in known or not _works(application):
        ensure_application_role(owner, role, password)
    return application


def _write_privately(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with open(new, "w", encoding="utf-8", opener=privately) as file:
        json.dump(content, file)
    new.replace(path)


def _find_owner(application: str) -> str:
    """The same URL as the database's owner and without a password, if the server lets that in."""
    with connect(application) as connection:
        query = "SELECT pg_get_userbyid(datdba), current_user FROM pg_database WHERE datname = current_database()"
        owner, user = connection.execute(query).fetchall()[0]
    if owner == user:
        return application
    url = _as_user(make_url(application), owner, None)
    if not _works(url):
        raise DatabaseUnavailable(
            f"Migrations run as the database's owner, {owner}, who cannot sign in without a password:"
            " set DATABASE_OWNER_URL to postgresql://OWNER:PASSWORD@HOST/DATABASE."
        )
    return url


def _as_user(url: URL, user: str, password: str | None) -> str:
    parts = url._replace(username=user, password=password)
    return parts.render_as_string(hide_password=False)


def _works(url: str) -> bool:
    try:
        connect(url).close()
    except DatabaseUnavailable:
        return False
    return True

"""Every tenant table is guarded in the migrated database, and the migrations make what the models say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text

from app.core.db import Base, Tenant, db

WITHOUT_POLICY = {"municipality", "route_token", "job", "sign_in_count", "provider_pace", "alembic_version"}
POLICY = "(municipality_id = (NULLIF(current_setting('vuoro.municipality'::text, true), ''::text))::bigint)"


@pytest.fixture
def catalogue(app: Flask, owner: Engine) -> Iterator[Connection]:
    """The migrated database's own description; what a test makes there is undone."""
    with owner.connect() as connection:
        yield connection
        connection.rollback()


def tenant_tables() -> set[str]:
    """Tables of all models that belong to a municipality."""
    names = {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Tenant)}  # type: ignore[attr-defined]
    assert len(names) >= 20
    return names


def test_every_table_is_a_tenants_or_named_as_an_exception(catalogue: Connection) -> None:
    assert set(inspect(catalogue).get_table_names("public")) == tenant_tables() | WITHOUT_POLICY


def test_every_tenant_table_has_row_level_security_and_exactly_the_one_policy(catalogue: Connection) -> None:
    guarded = catalogue.execute(
        text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity")
    ).scalars()
    assert set(guarded) == tenant_tables()
    policies = catalogue.execute(
        text(
            "SELECT tablename, permissive, roles::text, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'"
        )
    )
    assert sorted(tuple(row) for row in policies) == [
        (table, "PERMISSIVE", "{public}", "ALL", POLICY, None) for table in sorted(tenant_tables())
    ]


def test_every_tenant_table_belongs_to_a_municipality_that_exists(catalogue: Connection) -> None:
    look = inspect(catalogue)
    for table in tenant_tables():
        columns = {column["name"]: column for column in look.get_columns(table)}
        assert columns["municipality_id"]["nullable"] is False, table
        assert "municipality" in {key["referred_table"] for key in look.get_foreign_keys(table)}, table


def test_every_tenant_table_can_be_referred_to_by_municipality_and_id(catalogue: Connection) -> None:
    look = inspect(catalogue)
    unique = {table: [key["column_names"] for key in look.get_unique_constraints(table)] for table in tenant_tables()}
    assert [table for table, keys in unique.items() if ["municipality_id", "id"] not in keys] == []


def test_every_key_between_tenant_tables_carries_the_municipality(catalogue: Connection) -> None:
    look = inspect(catalogue)
    bare = [
        f"{table}.{key['constrained_columns']}"
        for table in tenant_tables()
        for key in look.get_foreign_keys(table)
        if key["referred_table"] in tenant_tables()
        and ("municipality_id", "municipality_id")
        not in zip(key["constrained_columns"], key["referred_columns"], strict=True)
    ]
    assert not bare, "use core.db.tenant_key"


def test_no_table_without_policy_is_referred_to_but_the_municipality(catalogue: Connection) -> None:
    look = inspect(catalogue)
    referred = {key["referred_table"] for table in tenant_tables() for key in look.get_foreign_keys(table)}
    assert referred - tenant_tables() == {"municipality"}


def test_a_key_that_is_emptied_names_the_column_to_empty(catalogue: Connection) -> None:
    emptying = catalogue.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND confdeltype IN ('n', 'd')"
        )
    ).all()
    assert emptying
    assert [
        name for name, words in emptying if not re.search(r"ON DELETE SET NULL \((?!municipality_id)\w+\)", words)
    ] == []


def test_every_unique_key_of_a_tenant_is_its_own(catalogue: Connection) -> None:
    look = inspect(catalogue)
    shared = [
        f"{table}.{index['name']}"
        for table in tenant_tables()
        for index in look.get_indexes(table)
        if index["unique"] and (index["column_names"] or [None])[0] != "municipality_id"
    ]
    assert not shared, (
        "a unique index that does not begin with municipality_id tells one municipality of another's rows"
    )


def test_autogenerate_finds_nothing_to_migrate(catalogue: Connection) -> None:
    context = MigrationContext.configure(catalogue, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, db.metadata) == []


def described(connection: Connection, schema: str) -> dict[str, set[tuple[str, ...]]]:
    """Columns, constraints and indexes of a schema, in PostgreSQL's own words."""
    connection.execute(text(f"SET LOCAL search_path TO {schema}"))
    queries = {
        "columns": """
            SELECT table_name, column_name, data_type, udt_name, is_nullable, coalesce(column_default, ''), is_identity,
                coalesce(generation_expression, '')
            FROM information_schema.columns WHERE table_schema = :schema""",
        "constraints": """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = CAST(:schema AS regnamespace)""",
        "indexes": """
            SELECT tablename, indexname, replace(indexdef, :schema || '.', '') FROM pg_indexes WHERE schemaname = :schema""",
    }
    rows = {name: connection.execute(text(query), {"schema": schema}) for name, query in queries.items()}
    return {name: {tuple(row) for row in found if row[0] != "alembic_version"} for name, found in rows.items()}


def test_the_migrated_tables_are_word_for_word_those_of_the_models(catalogue: Connection) -> None:
    migrated = described(catalogue, "public")
    catalogue.execute(text("CREATE SCHEMA of_models"))
    catalogue.execute(text("SET LOCAL search_path TO of_models"))
    db.metadata.create_all(catalogue, checkfirst=False)
    modelled = described(catalogue, "of_models")
    for kind in migrated:
        assert migrated[kind] - modelled[kind] == set(), f"{kind} that only the migrations make"
        assert modelled[kind] - migrated[kind] == set(), f"{kind} that only the models have"

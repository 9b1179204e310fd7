"""Which URLs the settings lead to, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.core import database_urls, embedded
from app.core.database_urls import DatabaseUrls, normalise, resolve
from app.core.embedded_install import DatabaseUnavailable


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+psycopg://u@h/d?sslmode=require"),
        ("postgresql+psycopg://u@/d?host=/run/x", "postgresql+psycopg://u@/d?host=/run/x"),
        (" postgresql://u:p%40ss@h/d\n", "postgresql+psycopg://u:p%40ss@h/d"),
    ],
)
def test_an_address_of_postgresql_is_written_for_our_driver(given: str, wanted: str) -> None:
    assert normalise(given, "DATABASE_URL") == wanted


@pytest.mark.parametrize(
    "given", ["mysql://u:hush@h/d", "u:hush@h/d", "postgresql://u:hush@h:port/d", "postgresql+psycopg2://u:hush@h/d"]
)
def test_anything_else_is_refused_without_showing_the_password(given: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"^DATABASE_OWNER_URL is not an address of a PostgreSQL") as refusal:
        normalise(given, "DATABASE_OWNER_URL")
    assert "hush" not in str(refusal.value)


def test_no_address_means_the_embedded_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    urls = DatabaseUrls("application", lambda: "owner")
    monkeypatch.setattr(embedded, "ensure_running", lambda instance: {tmp_path: urls}[instance])
    assert resolve("", "", tmp_path) is urls


def test_the_owner_is_looked_up_once_and_only_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr(database_urls, "_find_owner", lambda url: asked.append(url) or "owner")
    urls = resolve("postgresql://u@h/d", "", tmp_path)
    assert urls.application == "postgresql+psycopg://u@h/d"
    assert asked == []
    assert [urls.owner, urls.owner] == ["owner", "owner"]
    assert asked == ["postgresql+psycopg://u@h/d"]


def test_an_owner_that_is_given_is_used(tmp_path: Path) -> None:
    assert resolve("postgresql://u@h/d", "postgres://o@h/d", tmp_path).owner == "postgresql+psycopg://o@h/d"


def test_passwords_do_not_show_in_the_representation() -> None:
    urls = DatabaseUrls("postgresql+psycopg://u:hush@h/d", lambda: "hush")
    assert "hush" not in repr(urls)
    assert urls.owner == "hush"
    assert "hush" not in repr(urls)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"u:\*\*\*@127\.0\.0\.1:1/d cannot be used: check that") as refusal:
        database_urls.connect("postgresql+psycopg://u:hush@127.0.0.1:1/d")
    assert "hush" not in str(refusal.value)


def test_a_role_of_our_name_that_we_did_not_make_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[str] = []
    monkeypatch.setattr(database_urls, "ensure_application_role", lambda url, role, password: made.append(role))
    monkeypatch.setattr(database_urls, "_works", lambda url: True)
    owner = "postgresql+psycopg://postgres:p@h/d"
    first = database_urls._kept_role(owner, tmp_path / "a", {"postgres"})
    assert first.startswith("postgresql+psycopg://vuoro_app:")
    assert first.endswith("@h/d")
    assert (tmp_path / "a" / "demo-database.json").stat().st_mode & 0o777 == 0o600
    second = database_urls._kept_role(owner, tmp_path / "b", {"postgres", "vuoro_app"})
    assert second.startswith("postgresql+psycopg://vuoro_app_")
    assert made[0] == "vuoro_app" != made[1]
    assert database_urls._kept_role(owner, tmp_path / "a", {"postgres", "vuoro_app"}) == first
    assert len(made) == 2


def test_roles_are_kept_for_each_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database_urls, "ensure_application_role", lambda url, role, password: None)
    monkeypatch.setattr(database_urls, "_works", lambda url: True)
    for host in ("one", "two"):
        database_urls._kept_role(f"postgresql+psycopg://postgres@{host}/d", tmp_path, set())
    assert set(json.loads((tmp_path / "demo-database.json").read_text())) == {"one:", "two:"}

"""Who may do what."""

from __future__ import annotations

import pytest

from app.core.permissions import PERMISSIONS, Access, Role, by_link, declare, may, public

MAY = {
    Role.DESK: {"today.view", "appointment.view", "appointment.book"},
    Role.CASEWORKER: {"today.view", "appointment.view", "appointment.book", "absence.manage"},
    Role.LEAD: {"today.view", "appointment.view", "appointment.book", "absence.manage", "outbox.view"},
    Role.OPERATOR: {"today.view", "outbox.view", "installation.view"},
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_exactly_what_its_work_asks(role: Role) -> None:
    assert MAY[role] <= PERMISSIONS[role]
    everything = set[str]().union(*PERMISSIONS.values())
    assert {permission for permission in everything if may(role, permission)} == PERMISSIONS[role]


def test_only_the_administrator_changes_settings() -> None:
    assert [role for role in Role if may(role, "settings.manage")] == [Role.ADMIN]


def test_the_operator_of_the_installation_sees_no_clients_appointments() -> None:
    assert not [name for name in PERMISSIONS[Role.OPERATOR] if name.startswith(("appointment.", "client.", "absence."))]


@pytest.mark.parametrize("role", ["", "nobody", "ADMIN", "admin "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(may(role, permission) for permission in set[str]().union(*PERMISSIONS.values()))


@pytest.mark.parametrize("permission", ["", "outbox", "outbox.delete", "*"])
def test_nobody_may_what_is_not_named(permission: str) -> None:
    assert not any(may(role, permission) for role in Role)


def test_a_declaration_stays_on_the_view_and_changes_nothing_else() -> None:
    def view() -> str:
        return "page"

    marked = declare("staff", "today.view")(view)
    assert marked is view
    assert marked() == "page"
    assert marked.__access__ == Access("staff", "today.view")  # type: ignore[attr-defined]
    assert public(view).__access__ == Access("public")  # type: ignore[attr-defined]
    assert by_link(view).__access__ == Access("link")  # type: ignore[attr-defined]

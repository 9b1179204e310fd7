"""Every action that the code writes into the audit log has words on the page of the log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.admin.log.words import ACTIONS, AREAS
from app.booking.lifecycle import Step
from app.booking.tasks import State

APP = Path(__file__).resolve().parents[2] / "app"
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
BUILT = {
    "appointment.{step}": {f"appointment.{step}" for step in Step} | {"appointment.book"},
    "appointment.{action}": {"appointment.allow_move", "appointment.forbid_move"},
    "invitation.{step}": {
        f"invitation.{step}" for step in ("create", "send_again", "withdraw", "open", "decline", "book")
    },
    "task.{state}": {f"task.{state}" for state in State},
}
"""Actions whose names are put together, by how the code writes them."""


def written() -> Iterator[tuple[str, str]]:
    """Every ``action`` in a call or an assignment, with the file where it stands."""
    for file in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found: list[ast.expr] = []
            if isinstance(node, ast.keyword) and node.arg == "action":
                found = [node.value]
            elif isinstance(node, ast.Assign):
                names = {target.id.lower() for target in node.targets if isinstance(target, ast.Name)}
                found = [node.value] if names & {"action", "hours_set"} else []
            for value in found:
                yield from ((text, str(file.relative_to(APP))) for text in _texts(value))


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)
    elif isinstance(value, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"  # type: ignore[attr-defined]
            for part in value.values
        )


def actions() -> dict[str, str]:
    """Every action by name, with the file that writes it."""
    found: dict[str, str] = {}
    for text, file in written():
        if "{" in text:
            assert text in BUILT, f"tests/guards/test_log_words.py does not know what {text!r} in {file} can be"
            found |= dict.fromkeys(BUILT[text], file)
        elif ACTION.fullmatch(text):
            found[text] = file
    return found


def test_every_action_has_words() -> None:
    found = actions()
    assert len(found) > 60, "the search finds what is written"
    silent = {name: file for name, file in found.items() if name not in ACTIONS}
    assert not silent, f"app/admin/log/words.py needs words for {silent}"


def test_every_kind_of_action_can_be_chosen() -> None:
    kinds = {name.partition(".")[0] for name in ACTIONS}
    assert kinds == set(AREAS)

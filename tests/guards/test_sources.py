"""The habits of the sources that a linter does not know: one clock, one scheduler, one reader of the environment, purity."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CLOCK = "app/core/clock.py"
NOW_OF_THE_MACHINE = {"now", "utcnow", "today"}
PURE = {
    "app/scheduling/intervals.py": set[str](),
    "app/scheduling/slots.py": set[str](),
    "app/absence/plan.py": {"app.absence.solver"},
    "app/absence/solver.py": {"highspy", "numpy"},
    "app/absence/states.py": set[str](),
    "app/scheduling/guide_map.py": set[str](),
    "app/scheduling/weekly.py": set[str](),
    "app/scheduling/workday.py": set[str](),
    "app/scheduling/clock_times.py": set[str](),
    "app/scheduling/opening_times.py": set[str](),
    "app/casework/hours/week_picture.py": set[str](),
    "app/casework/day/picture.py": set[str](),
    "app/casework/calendar/asking.py": set[str](),
    "app/casework/calendar/shading.py": set[str](),
    "app/booking/lifecycle.py": set[str](),
    "app/booking/register/search_keys.py": set[str](),
    "app/booking/register/identity_code.py": set[str](),
    "app/booking/reminders/timing.py": set[str](),
    "app/booking/replies/reading.py": set[str](),
    "app/messaging/sms_text.py": set[str](),
    "app/booking/series/pattern.py": set[str](),
    "app/booking/ics.py": {"icalendar"},
    "app/booking/vtimezone.py": {"icalendar"},
    "app/messaging/status.py": set[str](),
    "app/identity/device.py": set[str](),
    "app/identity/own_path.py": set[str](),
    "app/identity/totp.py": {"pyotp"},
    "app/core/brand.py": set[str](),
    "app/core/plain_text.py": {"markupsafe"},
    "app/api/webhooks/rules.py": set[str](),
    "app/api/webhooks/signature.py": set[str](),
}
LONGEST_FILE = 350
PURE_MODULES = {path.removesuffix(".py").replace("/", ".") for path in PURE}
IMPURE_LIBRARIES = {"os", "random", "secrets", "socket", "sqlite3", "subprocess", "threading", "time", "urllib.request"}


@cache
def sources() -> dict[str, ast.Module]:
    """The syntax trees of the application, by path inside the project."""
    paths = [*(PROJECT / "app").rglob("*.py"), PROJECT / "config.py", PROJECT / "wsgi.py"]
    return {str(path.relative_to(PROJECT)): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def imports(tree: ast.Module) -> Iterator[str]:
    """Names of imported modules; ``from a import b`` gives ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write absolute imports"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(library: str) -> set[str]:
    """Files that import a library."""
    return {path for path, tree in sources().items() if any(name.split(".")[0] == library for name in imports(tree))}


def test_only_the_clock_looks_at_the_machines_clock() -> None:
    looking = [
        f"{path}:{node.lineno}"
        for path, tree in sources().items()
        if path != CLOCK
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            (node.attr in NOW_OF_THE_MACHINE and ast.unparse(node.value).split(".")[-1] in ("datetime", "date", "func"))
            or ast.unparse(node) == "time.time"
        )
    ]
    assert not looking, "ask core.clock.now()"
    assert "datetime.now" in (PROJECT / CLOCK).read_text(encoding="utf-8")


def test_no_query_asks_the_database_what_time_it_is() -> None:
    asking = [
        f"{path}:{node.lineno}"
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and "SELECT" in node.value
        and any(
            word in node.value.lower() for word in ("now()", "current_timestamp", "current_date", "clock_timestamp")
        )
    ]
    assert not asking, "pass the instant as a parameter"


def test_only_the_jobs_import_the_scheduler() -> None:
    assert importers("apscheduler") == {"app/jobs.py"}


def test_only_the_configuration_reads_the_environment() -> None:
    reading = {
        path
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {"environ", "getenv"} & {n.name for n in node.names}
        )
    }
    assert reading == {"config.py"}


@pytest.mark.parametrize("path", PURE)
def test_a_pure_file_imports_only_what_is_pure(path: str) -> None:
    tree = sources()[path]
    roots = {name.split(".")[0] for name in imports(tree)} - {"app", "__future__"} - PURE[path]
    own = {name for name in imports(tree) if name.startswith("app.")}
    foreign = {name for name in own if not any(name == pure or name.startswith(f"{pure}.") for pure in PURE_MODULES)}
    assert roots - sys.stdlib_module_names == set()
    assert roots & IMPURE_LIBRARIES == set()
    assert (
        foreign - {"app.scheduling", "app.booking", "app.casework", "app.identity", "app.messaging", "app.core"}
        == set()
    )


def test_no_file_is_too_long_to_be_read_in_one_sitting() -> None:
    lengths = {
        path: len((PROJECT / path).read_text(encoding="utf-8").splitlines())
        for path in sources()
        if path.startswith("app/") and not path.startswith("app/demo/")  # tables of content, not of thought
    }
    assert {path for path, length in lengths.items() if length > LONGEST_FILE} == set()


def test_no_merge_was_left_half_done() -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    files = listed.stdout.decode().split("\0")
    marker = re.compile(rb"^(<{7}|>{7})( |$)", re.MULTILINE)
    left = [name for name in files if (PROJECT / name).is_file() and marker.search((PROJECT / name).read_bytes())]
    assert left == []

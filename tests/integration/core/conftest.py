"""Throw-away embedded servers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_servers import throw_away


@pytest.fixture
def own_instance() -> Iterator[Path]:
    """An instance folder that does not exist yet (in /tmp, because pytest's own folders are closed to other users)."""
    folder = Path(tempfile.mkdtemp(prefix="vuoro-test-"))
    yield folder / "instance"
    throw_away(folder / "instance")
    shutil.rmtree(folder)

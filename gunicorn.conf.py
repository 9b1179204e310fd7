"""What gunicorn reads by itself: workers keep their request counts in one folder, so that /metrics shows them all, and
let the garbage collector pass over what they were made of.
"""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path
from typing import Any

from config import Config

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
NEW_OBJECTS = 20_000  # a month of free times makes several thousand, none of which is garbage before the answer is sent


def _kept() -> Path:
    return Config.from_environment().instance / "metrics"


def on_starting(server: Any) -> None:
    """Before the first worker: a folder of this server's own, and away with those of servers that are gone."""
    for left in _kept().glob("*"):
        if not Path(f"/proc/{left.name}").exists():
            shutil.rmtree(left, ignore_errors=True)
    if os.environ.get(FOLDER):
        return
    own = _kept() / str(os.getpid())
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    os.environ[FOLDER] = str(own)


def on_exit(server: Any) -> None:
    """After the last worker."""
    shutil.rmtree(_kept() / str(os.getpid()), ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """The application is loaded: what it consists of stays, so no garbage collection need look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])

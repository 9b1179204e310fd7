"""Embedded servers of a test's own, to be ill-treated and thrown away."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from app.core import embedded

PROJECT = Path(__file__).resolve().parents[1]
PRELUDE = (
    "import os, sys, time; from pathlib import Path; from app.core import embedded; own_instance = Path(sys.argv[1])\n"
)


def throw_away(instance: Path) -> None:
    """Let go of an instance's server and delete everything it left."""
    embedded.release(instance)
    embedded.delete(instance)
    shutil.rmtree(instance, ignore_errors=True)


def in_another_process(instance: Path, code: str) -> subprocess.Popen[str]:
    """Run ``code`` (which may use ``embedded`` and ``own_instance``) with pipes to talk to it."""
    command = [sys.executable, "-c", PRELUDE + code, str(instance)]
    return subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )

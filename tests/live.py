"""The real thing: gunicorn with several workers over the test database, spoken to by HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from config import PROJECT, Config


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Config, port: int) -> dict[str, str]:
    """The settings of the test run as environment variables."""
    given = {name: str(getattr(settings, name)) for name in settings.__slots__}
    return {**os.environ, **given, "PUBLIC_URL": f"http://127.0.0.1:{port}"}


@contextmanager
def serving(settings: Config, *, workers: int = 3, threads: int = 6, log: Path) -> Iterator[str]:
    """Run gunicorn until the block ends; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--workers", str(workers), "--threads", str(threads)]
    command += ["--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--backlog", "2048", "--timeout", "120"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment(settings, port), stdout=output, stderr=output)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(address: str, process: subprocess.Popen[bytes] | None = None, *, seconds: int = 60) -> None:
    """Until the service answers that it is ready."""
    for _ in range(seconds * 10):
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            if requests.get(f"{address}/health/ready", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not become ready")

"""What the demo's supervisor stands on: its settings, its lock, and careful dealings with processes and the schema."""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

from app.core import embedded
from app.core.database_urls import connect
from config import Config

STOP_SECONDS = 6
PORT_SECONDS = 5  # how long what an earlier demo left may keep the port
MARK = "Vuoro demo data: scripts/demo --fresh deletes everything in this schema"


class Refusal(Exception):
    """The demo cannot run; the message says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """What the environment asks for."""

    config: Config
    instance: Path
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises ``Refusal`` for a port that is none."""
        config, port = Config.from_environment(), os.environ.get("PORT") or "8000"
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise Refusal(f"PORT={port} is not a port: choose a number from 1 to 65535, such as PORT=8001 scripts/demo")
        return cls(config, config.instance.resolve(), os.environ.get("HOST") or "127.0.0.1", int(port))

    @property
    def reachable_host(self) -> str:
        """An address that a browser here can open, even if we listen on all of them."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """Where people find the demo."""
        host = f"[{self.reachable_host}]" if ":" in self.reachable_host else self.reachable_host
        return os.environ.get("PUBLIC_URL") or f"http://{host}:{self.port}"

    @property
    def web_command(self) -> list[str]:
        """The web server."""
        bind = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        options = {"--bind": bind, "--worker-class": "gthread", "--timeout": "60", "--graceful-timeout": "4"}
        options |= {
            "--workers": os.environ.get("WEB_WORKERS") or "2",
            "--threads": os.environ.get("WEB_THREADS") or "8",
        }
        words = [word for option in options.items() for word in option]
        return [sys.executable, "-m", "gunicorn", "wsgi:app", *words, "--log-level", "warning", "--no-control-socket"]


def say(text: str) -> None:
    """Print at once; a closed terminal is no reason to stop serving."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


@dataclass
class State:
    """The locked file of the one supervisor: tells other starts who we are, and the next one what to clean up."""

    file: IO[str]
    earlier_was_killed: bool = False

    def remember(self, url: str, pids: list[int]) -> None:
        """Write down our address and children."""
        children = [(pid, _started(pid)) for pid in pids]
        text = json.dumps({"pid": os.getpid(), "url": url, "children": children}).encode()
        os.pwrite(self.file.fileno(), text, 0)  # at once, as others may be reading
        os.ftruncate(self.file.fileno(), len(text))

    def recall(self) -> dict[str, Any]:
        """What the present or last supervisor wrote down."""
        self.file.seek(0)
        with suppress(ValueError):
            return dict(json.load(self.file))
        return {}

    def end_earlier_children(self) -> None:
        """End what a killed supervisor left."""
        earlier = self.recall().get("children", [])
        self.earlier_was_killed = bool(earlier)
        for pid, started in earlier:
            if _started(pid) == started:
                kill_group(pid)


@contextmanager
def only_one(instance: Path) -> Iterator[State]:
    """Hold the lock of the one supervisor of ``instance``."""
    instance.mkdir(parents=True, exist_ok=True)
    with open(instance / "demo.lock", "r+", encoding="utf-8", opener=_making) as file:
        state = State(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, url = (state.recall().get(key, "") for key in ("pid", "url"))
            raise Refusal(
                f"The demo is already running at {url} (process {pid}): to stop it, press Ctrl-C where it runs,"
                f" or run `kill {pid}`."
            ) from None
        state.end_earlier_children()
        yield state


def _making(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o644)


def _started(pid: int) -> str:
    """When the process began, in the kernel's ticks: tells it from a later one with the same pid."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return ""


def check_port_is_free(settings: Settings, *, patient: bool) -> None:
    """Raise ``Refusal`` if we cannot listen there; ``patient``: what a killed supervisor left may still be ending."""
    deadline = time.monotonic() + (PORT_SECONDS if patient else 0)
    while problem := _listening_problem(settings):
        if problem.errno != errno.EADDRINUSE:
            raise Refusal(f"HOST={settings.host} PORT={settings.port} cannot be listened on: {problem.strerror}.")
        if time.monotonic() > deadline:
            other = settings.port + 1 if settings.port < 65535 else 8001
            raise Refusal(
                f"Port {settings.port} is in use by another program: stop that one, or choose another port with"
                f" PORT={other} scripts/demo"
            )
        time.sleep(0.2)


def _listening_problem(settings: Settings) -> OSError | None:
    try:
        addresses = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        with socket.socket(addresses[0][0], socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(addresses[0][4])
            listener.listen(1)
    except OSError as problem:
        return problem
    return None


def answers(settings: Settings) -> bool:
    """Whether a page can be fetched."""
    connection = http.client.HTTPConnection(settings.reachable_host, settings.port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without reaping it: until then nobody else gets its pid."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(leader: int) -> None:
    """Kill a process that leads a group, and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end(processes: list[subprocess.Popen[bytes]], meanwhile: Callable[[], None]) -> None:
    """Ask to end, wait a little, insist."""
    for process in processes:
        os.kill(process.pid, signal.SIGTERM)  # not reaped yet, so it is still ours
    deadline = time.monotonic() + STOP_SECONDS
    while not all(has_ended(process) for process in processes) and time.monotonic() < deadline:
        meanwhile()
    for process in processes:
        kill_group(process.pid)
        process.wait()


def fork_guard(state: IO[str]) -> tuple[int, int]:
    """Fork a process that lets go of the embedded database if we are killed: its pid, and a pipe to dismiss it by."""
    supervisor = os.getpid()
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(read)
        return pid, write
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.close(write)
        os.close(state.fileno())
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nowhere, standard)
        if not os.read(read, 1):  # the supervisor's end closed by itself
            while os.getppid() == supervisor:  # its locks may outlive its pipe by a moment
                time.sleep(0.01)
            embedded.release()
    finally:
        os._exit(0)


def prepare_schema(owner_url: str, *, fresh: bool) -> None:
    """On a server that is not ours alone: mark the empty schema as the demo's; ``fresh`` empties a marked one."""
    try:
        with connect(owner_url) as connection, connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '10s'")
            query = """
                SELECT current_database(), obj_description(to_regnamespace('public'), 'pg_namespace'),
                  EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace('public'))"""
            database, mark, used = connection.execute(query).fetchall()[0]
            if used and fresh and mark != MARK:
                raise Refusal(
                    f"The database {database} has tables that scripts/demo did not make, so --fresh leaves them alone:"
                    " name an empty database in DATABASE_URL."
                )
            if fresh:
                owner = "AUTHORIZATION pg_database_owner" if connection.info.server_version >= 150000 else ""
                connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
                connection.execute(f"CREATE SCHEMA public {owner}")
                connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
            if fresh or not used:
                connection.execute(f"COMMENT ON SCHEMA public IS '{MARK}'")
    except psycopg.Error as error:
        raise Refusal(f"The demo's schema could not be prepared by the owner of the database: {error}") from error

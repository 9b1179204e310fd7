"""The embedded PostgreSQL, for when ``DATABASE_URL`` is empty: a private server over the wheel's binaries.

It listens on a Unix socket in a private folder only. Data is in ``instance/postgres``; root, whom PostgreSQL refuses,
gets ``/var/lib/vuoro/<hash of the instance path>/postgres`` and a system user. Every process that uses the server
holds a shared ``flock``: the last one to exit normally stops it, and nothing stays locked after ``kill -9``.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app.core import embedded_install as install
from app.core.embedded_install import Cluster, DatabaseUnavailable, cluster_of, locked

DATABASE, OWNER, APPLICATION = "vuoro", "vuoro_owner", "vuoro_app"
START_SECONDS, LEFTOVER_SECONDS, STOP_SECONDS = 90, 30, 20
SETTINGS = {
    "listen_addresses": "",
    "port": install.PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
LOG_LIMIT = 5_000_000  # bytes; a longer log is put aside before the next start

_holds: dict[Path, int] = {}  # a cluster's base → our share-locked file
_launched: dict[Path, subprocess.Popen[bytes]] = {}  # postmasters that are our children; kept to be reaped


@dataclass(frozen=True)
class DatabaseUrls:
    """SQLAlchemy URLs of one database: as the application's role, and (looked up when first read) as its owner."""

    application: str = field(repr=False)
    find_owner: Callable[[], str] = field(repr=False, compare=False)

    @cached_property
    def owner(self) -> str:
        """URL for migrations."""
        return self.find_owner()


def ensure_running(instance_dir: Path) -> DatabaseUrls:
    """Start the server if need be, make its roles and database if need be. Safe from many processes at once.

    Raises ``DatabaseUnavailable``.
    """
    cluster = cluster_of(instance_dir)
    try:
        install.prepare_base(cluster, instance_dir)
        with _starting_or_stopping(cluster.base):
            _hold(cluster.base)
            if install.is_orphaned(cluster, instance_dir):
                _stop(cluster)
                install.put_aside(cluster)
            with _connect(cluster) as connection:
                _ensure_database(connection)
    except (OSError, psycopg.Error) as error:
        raise install.problem(cluster, str(error)) from error
    return DatabaseUrls(cluster.url(APPLICATION, DATABASE), lambda: cluster.url(OWNER, DATABASE))


def is_running(instance_dir: Path) -> bool:
    """Whether the instance's server process lives."""
    return _postmaster(cluster_of(instance_dir)) is not None


def stop(instance_dir: Path) -> None:
    """Stop the server, whoever uses it."""
    cluster = cluster_of(instance_dir)
    if cluster.base.is_dir():
        with _starting_or_stopping(cluster.base):
            _stop(cluster)


def delete(instance_dir: Path) -> None:
    """Stop the server and delete its data for good (for root, everything that is outside the instance folder)."""
    cluster = cluster_of(instance_dir)
    if not cluster.base.is_dir():
        return
    with _starting_or_stopping(cluster.base):
        _stop(cluster)
        if cluster.data.exists():  # renamed first: half deleted data must never look like data
            cluster.data.rename(Path(tempfile.mkdtemp(prefix="postgres.old-", dir=cluster.base)) / "postgres")
        install.remove_remains(cluster)
        if os.geteuid() == 0:
            shutil.rmtree(cluster.base)


def data_dir(instance_dir: Path) -> Path:
    """The folder that holds (or would hold) the instance's data."""
    return cluster_of(instance_dir).data


@atexit.register
def release(instance_dir: Path | None = None) -> None:
    """This process needs the server (None: any server) no longer; if nobody else does either, stop it."""
    for base in [cluster_of(instance_dir).base] if instance_dir else list(_holds):
        if base not in _holds:
            continue
        os.close(_holds.pop(base))
        with suppress(OSError, DatabaseUnavailable), _starting_or_stopping(base):
            users = os.open(base / "postgres.users", os.O_RDWR)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while anybody else holds it
                _stop(Cluster(base))
            finally:
                os.close(users)


def _starting_or_stopping(base: Path) -> AbstractContextManager[None]:
    return locked(base / "postgres.lock", START_SECONDS + LEFTOVER_SECONDS)


def _hold(base: Path) -> None:
    """Register this process as a user of the server (anew, if the file was deleted meanwhile)."""
    path = base / "postgres.users"
    if base in _holds:
        if path.exists() and os.path.samestat(os.fstat(_holds[base]), path.stat()):
            return
        os.close(_holds.pop(base))
    users = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    _holds[base] = users


def _hold_again() -> None:
    """In a forked child: a lock of our own, because the inherited one is the parent's and ends with it.

    Ours is taken before the inherited one is let go: a parent that exits just then must find the server in use.
    """
    for base, inherited in list(_holds.items()):
        del _holds[base]
        with suppress(OSError):
            _hold(base)
        os.close(inherited)


os.register_at_fork(after_in_child=_hold_again)


def _connect(cluster: Cluster) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as the bootstrap superuser, starting the server first if it is not there."""
    deadline = time.monotonic() + START_SECONDS
    where = f"host={cluster.sockets} port={install.PORT} user=postgres dbname=postgres connect_timeout=10"
    while True:
        if _postmaster(cluster) is None:
            _launch(cluster, deadline)
        try:
            return psycopg.connect(where, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise
            if "shutting down" in str(error) or (_is_ready(cluster) and "No such file" in str(error)):
                _stop(cluster)  # somebody else ended it half, or swept its socket from /tmp
        time.sleep(0.05)


def _launch(cluster: Cluster, deadline: float) -> None:
    """Start the postmaster and wait until it is ready."""
    account = install.account()
    programs = install.binaries()
    _end_leftovers(cluster)
    install.initialise(cluster, programs, account)
    install.private_folder(cluster.sockets, account)
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_LIMIT:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))
    settings = SETTINGS | {"unix_socket_directories": str(cluster.sockets), "cluster_name": cluster.name}
    command = [str(programs / "postgres"), "-D", str(cluster.data)]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    leftovers_until = time.monotonic() + LEFTOVER_SECONDS
    while said := _start_once(cluster, command, install.run_as(account), deadline):
        if "still in use" not in said or time.monotonic() > leftovers_until:
            raise install.problem(cluster, said)
        time.sleep(0.5)


def _start_once(cluster: Cluster, command: list[str], run_as: dict[str, Any], deadline: float) -> str:
    """Start the postmaster; return what it said if it ended instead of becoming ready."""
    with open(cluster.log, "ab", opener=install.privately) as log:
        before = log.tell()
        process = subprocess.Popen(command, stdout=log, stderr=log, **run_as)  # noqa: S603
    _launched[cluster.base] = process
    while process.poll() is None:
        if _is_ready(cluster):
            return ""
        if time.monotonic() > deadline:
            raise install.problem(cluster, f"PostgreSQL is not ready after {START_SECONDS} s; it may be recovering.")
        time.sleep(0.02)
    return cluster.log.read_bytes()[before:].decode(errors="replace") or f"postgres ended with {process.returncode}"


def _stop(cluster: Cluster) -> None:
    """Fast shutdown; if that takes too long, an immediate one."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        postmaster = _postmaster(cluster)
        if postmaster is None:
            break
        _send(postmaster, number)
        deadline = time.monotonic() + STOP_SECONDS
        while _postmaster(cluster) == postmaster and time.monotonic() < deadline:
            time.sleep(0.02)
    _end_leftovers(cluster)
    if cluster.sockets.parent != cluster.base:
        with suppress(OSError):
            cluster.sockets.rmdir()


def _end_leftovers(cluster: Cluster) -> None:
    """End what a killed postmaster left: its processes, and lock files whose pids may be somebody else's by now."""
    begun = time.monotonic()
    while pids := _processes(cluster):
        waited = time.monotonic() - begun
        if waited > LEFTOVER_SECONDS:
            return
        for pid in pids:
            _send(pid, signal.SIGQUIT if waited < LEFTOVER_SECONDS / 2 else signal.SIGKILL)
        time.sleep(0.05)
    if process := _launched.pop(cluster.base, None):
        process.wait()
    for stale in (cluster.data / "postmaster.pid", cluster.sockets / f".s.PGSQL.{install.PORT}.lock"):
        stale.unlink(missing_ok=True)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _lock_file(cluster: Cluster) -> list[str]:
    """The lines of ``postmaster.pid``: pid first, state eighth."""
    try:
        return (cluster.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _postmaster(cluster: Cluster) -> int | None:
    """The pid in the lock file, if it is really our server's."""
    first = (_lock_file(cluster) or [""])[0].strip()
    return int(first) if first.isdigit() and _belongs_to(cluster, first) else None


def _is_ready(cluster: Cluster) -> bool:
    return _postmaster(cluster) is not None and "ready" in "".join(_lock_file(cluster)[7:8])


def _processes(cluster: Cluster) -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _belongs_to(cluster, name)]


def _belongs_to(cluster: Cluster, pid: str) -> bool:
    """Judge by the command line: anybody may read it, a pid may be reused, a dead child has none."""
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    name = cluster.name.encode()
    started = words[0].endswith(b"/postgres") and b"cluster_name=" + name in words
    return started or words[0].startswith(b"postgres: " + name + b": ")


def _ensure_database(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in {OWNER, APPLICATION} - roles:
        statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        connection.execute(statement.format(sql.Identifier(role)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

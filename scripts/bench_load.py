"""The web server that is measured, and a client so cheap that it hardly disturbs what it measures.

Client, server and database share the machine, so the client is raw sockets in threads that send bytes made beforehand
and read an answer by its Content-Length: about a tenth of the work of an HTTP library.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from itertools import count

from config import PROJECT, Config
from scripts.bench_figures import Round

WORKERS, THREADS = 2, 8
START_SECONDS = 60
HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and how long it took."""

    status: int
    body: bytes
    seconds: float


class Connection:
    """A kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def call(self, request: bytes) -> Answer:
        """Send a whole request and read the whole answer; once more on a new connection if the server had closed."""
        begun = time.perf_counter()
        for _ in range(2):
            with suppress(ConnectionError):
                status, body = self._exchange(request)
                return Answer(status, body, time.perf_counter() - begun)
            self.close()
        raise ConnectionError("the server does not answer")

    def open(self) -> None:
        """Connect beforehand."""
        self.socket = socket.create_connection((HOST, self.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Let go of the connection."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self.socket is None:
            self.open()
        assert self.socket is not None  # noqa: S101 - for the type checker
        self.socket.sendall(request)
        data = b""
        while END_OF_HEAD not in data:
            data += self._more()
        head, _, body = data.partition(END_OF_HEAD)
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        assert self.socket is not None  # noqa: S101 - for the type checker
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed")
        return data


def request_of(method: str, path: str, key: str, body: str = "") -> bytes:
    """A request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {key}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def measure(port: int, requests: Sequence[bytes], *, clients: int, seconds: float, expected: int = 200) -> Round:
    """Let so many clients ask one request after the other, over and over, for so long."""
    numbers, times, odd = count(), list[float](), Counter[int]()
    until = time.perf_counter() + seconds

    def ask(connection: Connection) -> None:
        while time.perf_counter() < until:
            answer = connection.call(requests[next(numbers) % len(requests)])
            times.append(answer.seconds)
            odd[answer.status] += answer.status != expected

    taken = _at_once(port, clients, ask)
    _refuse_odd(odd)
    return Round(times, taken)


def send_all(port: int, requests: Sequence[bytes], *, clients: int, expected: int = 201) -> Round:
    """Let so many clients send every request once."""
    numbers, times, odd = count(), list[float](), Counter[int]()

    def work(connection: Connection) -> None:
        while (number := next(numbers)) < len(requests):
            answer = connection.call(requests[number])
            times.append(answer.seconds)
            odd[answer.status] += answer.status != expected

    taken = _at_once(port, clients, work)
    _refuse_odd(odd)
    return Round(times, taken)


def rush(port: int, requests: Sequence[bytes]) -> tuple[Counter[int], Round]:
    """Send all requests at the same moment, each from a client of its own: how often each status came, and the times."""
    remaining, answers = list(requests), list[Answer]()

    def work(connection: Connection) -> None:
        answers.append(connection.call(remaining.pop()))

    taken = _at_once(port, len(requests), work)
    return Counter(answer.status for answer in answers), Round([answer.seconds for answer in answers], taken)


def _at_once(port: int, clients: int, work: Callable[[Connection], None]) -> float:
    """Run ``work(connection)`` in so many threads that begin together; how long all of it took."""
    gate = threading.Barrier(clients + 1)

    def run() -> None:
        connection = Connection(port)
        connection.open()
        gate.wait(timeout=START_SECONDS)
        try:
            work(connection)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(run) for _ in range(clients)]
        gate.wait(timeout=START_SECONDS)
        begun = time.perf_counter()
        for one in running:
            one.result()
    return time.perf_counter() - begun


def _refuse_odd(odd: Counter[int]) -> None:
    if odd.total():
        raise SystemExit(f"scripts/bench: unexpected answers, so the figures mean nothing: {dict(+odd)}")


@contextmanager
def serving(settings: Config) -> Iterator[int]:
    """Run gunicorn with two workers until the block ends; yields its port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    given = {field.name: str(getattr(settings, field.name)) for field in fields(settings)}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command += ["--worker-class", "gthread", "--bind", f"{HOST}:{port}", "--backlog", "1024"]
    command += ["--log-level", "warning", "--no-control-socket"]
    process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **given})
    try:
        _wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.1)
    raise SystemExit("scripts/bench: the web server did not start")

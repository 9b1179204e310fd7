"""A receiver of webhooks on this machine: a real HTTP server that answers as it is told and remembers what it was sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[[Any], None]
"""What a handler does instead of answering 200."""


@dataclass
class Sent:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``acts`` are done in turn, one for each request; when none is left, it answers 200."""

    server: ThreadingHTTPServer
    acts: list[Act] = field(default_factory=list)
    got: list[Sent] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/vuoro?from=test"

    def then(self, *acts: Act) -> None:
        self.acts.extend(acts)


def answer(status: int, body: str = "", **headers: str) -> Act:
    """Answer with a status."""

    def act(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    return act


def say_nothing(seconds: float) -> Act:
    """Keep silent."""
    return lambda handler: time.sleep(seconds)


def drip(seconds: float) -> Act:
    """Send a header, one sign at a time, for as long as it is listened to."""

    def act(handler: Any) -> None:
        until = time.monotonic() + seconds
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while time.monotonic() < until:
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.02)

    return act


def hang_up(handler: Any) -> None:
    """Close without a word."""
    handler.close_connection = True
    handler.connection.close()


def pour(megabytes: int) -> Act:
    """Answer with more than anybody wants."""

    def act(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(megabytes * 16):
            try:
                handler.wfile.write(b"x" * 65536)
            except OSError:
                return

    return act


@contextmanager
def listening(port: int = 0) -> Iterator[Receiver]:
    """A receiver until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            receiver.got.append(Sent(self.path, dict(self.headers), body))
            act = receiver.acts.pop(0) if receiver.acts else answer(200, "thank you")
            act(self)

        def log_message(self, *args: Any) -> None:
            """Nothing: tests speak for themselves."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *args: Any) -> None:
            """A sender that hangs up first is no news."""

    receiver = Receiver(Server(("127.0.0.1", port), Handler))
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()

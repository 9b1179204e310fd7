"""One POST to a receiver: no redirects followed, time and answer limited, what went wrong told as a value."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util.ssl_match_hostname import CertificateError

from app.api.webhooks.addresses import PORTS, Policy, Refused, resolve
from app.api.webhooks.rules import Failure

SILENCE = 10.0
"""Seconds without a sign of life."""
WHOLE = 15.0
"""Seconds for all of it, however lively: a lease is 90."""
KEPT_OF_ANSWER = 1000  # bytes
ADDRESSES = 3  # of one receiver, tried in turn


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, free of any session."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; delivered where there is no failure."""

    status_code: int | None = None
    failure: Failure | None = None
    detail: str = ""
    answer: str = ""
    duration_ms: int = 0


class Sender:
    """Sends parcels under a policy."""

    def __init__(
        self,
        policy: Policy,
        *,
        silence: float = SILENCE,
        whole: float = WHOLE,
        look_up: Callable[..., list[str]] = resolve,
    ) -> None:
        """``look_up``: finds the addresses of a URL under a policy."""
        self._policy, self._silence, self._whole, self._look_up = policy, silence, whole, look_up

    def send(self, parcel: Parcel) -> Outcome:
        """Try once. Never raises for what the receiver or the network does."""
        began = time.perf_counter()
        status, failure, detail, answer = self._try(parcel)
        return Outcome(status, failure, detail[:500], answer, round((time.perf_counter() - began) * 1000))

    def _try(self, parcel: Parcel) -> tuple[int | None, Failure | None, str, str]:
        cut = threading.Event()
        try:
            connection = self._connected(parcel.url)
            with _ended_after(self._whole, connection, cut):
                status, answer = _post(connection, parcel, cut)
        except Refused as refusal:
            return None, refusal.failure, str(refusal), ""
        except (ssl.SSLError, CertificateError) as problem:
            return None, Failure.TIMEOUT if cut.is_set() else Failure.TLS, str(problem), ""
        except NewConnectionError as problem:  # which urllib3 derives from ConnectTimeoutError
            return None, Failure.CONNECTION, str(problem), ""
        except (TimeoutError, ConnectTimeoutError) as problem:
            return None, Failure.TIMEOUT, str(problem), ""
        except (OSError, HTTPError, http.client.HTTPException) as problem:
            return None, Failure.TIMEOUT if cut.is_set() else Failure.CONNECTION, _words(problem), ""
        if 300 <= status < 400:
            return status, Failure.REDIRECT, "", answer
        return status, None if 200 <= status < 300 else Failure.STATUS, "", answer

    def _connected(self, url: str) -> HTTPConnection:
        """A connection to the first of the receiver's addresses that takes one."""
        *others, last = self._look_up(url, self._policy)[:ADDRESSES]
        for address in others:
            try:
                return self._connect(url, address)
            except (OSError, HTTPError):
                continue
        return self._connect(url, last)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Whose certificates are believed; urllib3 itself compares the names."""
        return ssl.create_default_context()

    def _connect(self, url: str, address: str) -> HTTPConnection:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        if parts.scheme == "http":
            connection = HTTPConnection(address, port, timeout=self._silence)
        else:
            connection = HTTPSConnection(
                address, port, timeout=self._silence, server_hostname=parts.hostname, ssl_context=self._trust
            )
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection


def _words(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


def _post(connection: HTTPConnection, parcel: Parcel, cut: threading.Event) -> tuple[int, str]:
    parts = urlsplit(parcel.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, **parcel.headers}
    connection.request("POST", target, body=parcel.body, headers=headers, preload_content=False)
    response = connection.getresponse()
    if cut.is_set():  # the end of the connection looks like the end of the headers
        raise TimeoutError("the answer did not end")
    try:
        answer = response.read(KEPT_OF_ANSWER, decode_content=False)
    except (OSError, HTTPError, http.client.HTTPException) as problem:
        answer = f"({_words(problem)})".encode()  # what it decided, it has said already
    return response.status, _readable(answer)


def _readable(answer: bytes) -> str:
    text = answer.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text.replace("\r\n", "\n"))


@contextmanager
def _ended_after(seconds: float, connection: HTTPConnection, cut: threading.Event) -> Iterator[None]:
    """Cut the connection when the time is up, for a receiver that drips its answer; close it in any case."""
    wire = connection.sock

    def end() -> None:
        cut.set()
        with suppress(OSError):  # it may have ended by itself just now
            if isinstance(wire, socket.socket):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()

"""Twilio on this machine: takes messages, answers as it is told, lists what it took. The paths and fields are Twilio's."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32


@dataclass
class Twilio:
    """``refusals``: (status, code, words, headers) for the next requests, in turn; ``swallowed``: takes, and hangs up."""

    server: ThreadingHTTPServer
    refusals: list[tuple[int, int, str, dict[str, str]]] = field(default_factory=list)
    swallowed: int = 0
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def refuse(self, status: int, code: int = 20000, words: str = "no", **headers: str) -> None:
        self.refusals.append((status, code, words, {name.replace("_", "-"): value for name, value in headers.items()}))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Keep the tests' output clean."""

    @property
    def twilio(self) -> Twilio:
        found: Twilio = self.server.twilio  # type: ignore[attr-defined]
        return found

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        typed = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if self.twilio.refusals:
            status, code, words, headers = self.twilio.refusals.pop(0)
            return self._say(status, {"code": code, "message": words, "status": status}, headers)
        assert self.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        made = {**typed, "sid": f"SM{secrets.token_hex(16)}", "made": format_datetime(datetime.now(UTC))}
        self.twilio.taken.append(made)
        if self.twilio.swallowed:
            self.twilio.swallowed -= 1
            self.close_connection = True
            return self.connection.close()
        return self._say(201, _shown(made), {})

    def do_GET(self) -> None:
        if self.path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            known = self.headers.get("Authorization", "").startswith("Basic ") and not self.twilio.refusals
            if not known:
                status, code, words, headers = self.twilio.refusals.pop(0)
                return self._say(status, {"code": code, "message": words, "status": status}, headers)
            return self._say(200, {"sid": ACCOUNT, "status": "active"}, {})
        self.twilio.asked += 1
        wanted = parse_qs(urlsplit(self.path).query)
        found = [_shown(one) for one in self.twilio.taken if one["To"] == wanted["To"][0]]
        return self._say(200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50}, {})

    def _say(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def _shown(made: dict[str, str]) -> dict[str, Any]:
    return {
        "sid": made["sid"],
        "account_sid": ACCOUNT,
        "to": made["To"],
        "from": made.get("From"),
        "body": made["Body"],
        "status": "queued",
        "date_created": made["made"],
        "num_segments": "1",
    }


@contextmanager
def twilio_server() -> Iterator[Twilio]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.twilio = made = Twilio(server)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()

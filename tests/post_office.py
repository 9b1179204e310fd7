"""A post office and an outbox of a test's own."""

from __future__ import annotations

import itertools
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import tenancy
from app.core.work import Job
from app.jobs import transaction
from app.messaging.channels import Outgoing
from app.messaging.dispatcher import Limits, dispatch_due
from app.messaging.models import Message
from app.messaging.outbox import Letter, queue


@dataclass
class PostOffice:
    """An SMTP server that answers as it is told; ``seen`` is everything it was given, ``delivered`` what it took."""

    port: int
    replies: list[str] = field(default_factory=list)
    recipient_replies: list[str] = field(default_factory=list)
    quit_reply: str = ""
    seen: list[EmailMessage] = field(default_factory=list)
    delivered: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://localhost:{self.port}"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        reply = self.recipient_replies.pop(0) if self.recipient_replies else "250 OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail: Any = message_from_bytes(envelope.content, policy=SMTP)
        self.seen.append(mail)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        reply = self.replies.pop(0) if self.replies else "250 OK"
        if reply.startswith("2"):
            self.delivered.append(mail)
        return reply

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        return self.quit_reply or "221 Bye"

    def ids(self) -> list[str]:
        """Message-IDs of everything that was handed over, accepted or not."""
        return [str(mail["Message-ID"]) for mail in self.seen]


Opening = Callable[..., PostOffice]
"""Opens a post office with aiosmtpd's options."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Outbox:
    """The outbox of one municipality, at an instant of its own. No other test's messages are due in its time."""

    app: Flask
    municipality_id: int
    now: datetime

    def queue(self, **values: Any) -> int | None:
        """Add a message; returns its id."""
        with self.app.app_context(), transaction() as session:
            tenancy.bind(session, self.municipality_id)
            return queue(session, letter(**values), now=self.now)

    def add(self, **values: Any) -> int:
        """Add a message that was not there yet."""
        message_id = self.queue(**values)
        assert message_id is not None
        return message_id

    def change(self, act: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of the municipality."""
        with self.app.app_context(), transaction() as session:
            tenancy.bind(session, self.municipality_id)
            return act(session)

    def message(self, message_id: int) -> Message:
        """The message as it stands in the database."""
        return self.change(lambda session: session.get_one(Message, message_id))

    def job(self, message_id: int) -> Job | None:
        """The message's job, if it still has one."""
        query = select(Job).where(Job.municipality_id == self.municipality_id, Job.target_id == message_id)
        return self.change(lambda session: session.scalar(query))

    def dispatch(
        self, *, limits: Limits | None = None, pause: Callable[[float], None] | None = None, **channels: Any
    ) -> int:
        """One round of a worker with these channels; returns how many messages it tried."""
        with self.app.app_context():
            return dispatch_due(transaction, channels, lambda: self.now, limits=limits, pause=pause or self._waited)

    def _waited(self, seconds: float) -> None:
        assert seconds == 0, "only a pace makes a worker wait"

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


_keys = itertools.count()


def letter(**values: Any) -> Letter:
    """A message with sensible defaults and a dedupe key of its own."""
    defaults = Letter(
        kind="confirmation",
        channel="email",
        language="fi",
        recipient="aino@example.fi",
        subject="Aika on varattu: ti 24.11.2026 klo 9.00",
        body="Hei! Sinulle on varattu aika.\n",
        cause="appointment:1",
        dedupe_key=f"test:{next(_keys)}",
    )
    return replace(defaults, **values)


@dataclass
class Hands:
    """A channel without a network: does what the test says, and remembers what it was given."""

    act: Callable[[Outgoing], Any] = lambda message: None
    given: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing) -> str:
        self.given.append(message)
        answer = self.act(message)
        return str(answer or f"provider-{message.id}")

    def close(self) -> None:
        """Nothing is open."""


def certificate_for_localhost(folder: Path) -> ssl.SSLContext:
    """A self-signed certificate, as a server's context; its files are written to the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context

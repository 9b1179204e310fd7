"""E-mail by SMTP: text, HTML and a calendar part that Outlook, Gmail and Apple Mail understand."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from app.messaging.channels import Outgoing, PermanentFailure, TemporaryFailure

TIMEOUT = 20  # seconds
MOST_OF_A_CONNECTION = 100
"""Messages: servers end longer ones by themselves, in the middle of something."""
OK = 250
LOCAL = ("localhost", "127.0.0.1", "::1")


class SmtpChannel:
    """``smtp://user:password@host:port`` (STARTTLS where the server offers it) or ``smtps://…``."""

    def __init__(self, url: str, sender: str = "") -> None:
        """``sender``: the From address; empty: the municipality's own."""
        self._url = urlsplit(url)
        self._sender = sender
        self._kept: smtplib.SMTP | None = None
        self._used = 0

    def send(self, message: Outgoing) -> str:
        """Hand over one message; its Message-ID is the same at every try, so that receivers can drop a repeat."""
        sender = self._sender or message.sender_address
        if not sender:
            raise TemporaryFailure("the municipality has no e-mail address to send from, and SMTP_SENDER is not set")
        mail = compose(message, sender)
        try:
            server = self._connection()
        except (OSError, smtplib.SMTPException) as problem:  # a wrong password of ours is no fault of the message
            raise TemporaryFailure(f"{type(problem).__name__}: {problem}") from problem
        self._used += 1
        try:
            _hand_over(server, mail)
        except Exception:
            self.close()  # what state it is in nobody knows
            raise
        if self._used >= MOST_OF_A_CONNECTION:
            self.close()
        return str(mail["Message-ID"])

    def _connection(self) -> smtplib.SMTP:
        """The connection of the message before, if it still lives, else a new one."""
        if self._kept is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._kept.noop()[0] == OK:
                    return self._kept
            self.close()
        self._kept, self._used = self._connect(), 0
        return self._kept

    def close(self) -> None:
        """Say good-bye to the server."""
        if self._kept is not None:
            with suppress(OSError, smtplib.SMTPException):  # the good-bye changes nothing about what was taken
                self._kept.quit()
            self._kept = None

    def check(self) -> None:
        """See that the server answers and lets us in. Raises ``TemporaryFailure``."""
        try:
            with self._connect() as server:
                server.noop()
        except (OSError, smtplib.SMTPException) as problem:
            raise TemporaryFailure(f"{type(problem).__name__}: {problem}") from problem

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        context = ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self._url.username:
            if host not in LOCAL and not isinstance(server.sock, ssl.SSLSocket):
                server.close()
                raise smtplib.SMTPException("the mail server offers no encryption: the password stays here")
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        return server


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Raises ``TemporaryFailure`` or ``PermanentFailure``."""
    try:
        server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        raise _failure(code, text) from refused
    except smtplib.SMTPSenderRefused as refused:  # our sign-in or our From address: to be mended, then it goes
        raise TemporaryFailure(_words(refused.smtp_code, refused.smtp_error)) from refused
    except smtplib.SMTPResponseException as refused:
        raise _failure(refused.smtp_code, refused.smtp_error) from refused
    except smtplib.SMTPNotSupportedError as refused:
        raise PermanentFailure(f"the mail server cannot write to this address: {refused}") from refused
    except (OSError, smtplib.SMTPException) as problem:
        raise TemporaryFailure(f"{type(problem).__name__}: {problem}") from problem


def _failure(code: int, text: bytes | str) -> Exception:
    return (PermanentFailure if code >= 500 else TemporaryFailure)(_words(code, text))


def _words(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def compose(message: Outgoing, sender: str) -> EmailMessage:
    """The MIME message: ``multipart/alternative`` of text, HTML and calendar, and the calendar as a file too."""
    mail = EmailMessage()
    mail["From"] = Address(message.sender_name, addr_spec=sender)
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    domain = sender.rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<{sha256(message.dedupe_key.encode()).hexdigest()[:32]}.{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    if message.calendar:
        part = message.calendar.encode()
        mail.add_alternative(message.calendar, subtype="calendar", params={"method": message.calendar_method})
        mail.add_attachment(part, maintype="application", subtype="ics", filename="vuoro.ics")
    mail["Content-Language"] = message.language  # last: adding parts moves Content-* headers into the first of them
    return mail

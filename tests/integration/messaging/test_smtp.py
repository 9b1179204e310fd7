"""E-mail over a real SMTP server: what arrives, and what each answer of the server leads to."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.core.tenancy import Municipality
from app.messaging.channels import Outgoing, TemporaryFailure, configured_channels
from app.messaging.channels.email import SmtpChannel, compose
from config import Config
from tests.post_office import Opening, Outbox, PostOffice, certificate_for_localhost, free_port

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Tapaaminen – Testilä\r\nEND:VCALENDAR\r\n"
WHOLE = {
    "subject": "Tiden är bokad: tis 24.11.2026 kl. 9.00",
    "body": "Hej Åsa!\n\nhttps://example.fi/a/7GqkXy3RtLmZ\n.\nEn rad efter punkten.\n",
    "html": "<p>Hej Åsa!</p>",
    "calendar": CALENDAR,
    "calendar_method": "REQUEST",
    "language": "sv",
}


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def outgoing(**values: Any) -> Outgoing:
    defaults: dict[str, Any] = {
        "id": 17,
        "dedupe_key": "appointment:1:v1:confirmation:email",
        "recipient": "aino@example.fi",
        "sender_name": "Testilän työllisyyspalvelut",
        "sender_address": "palvelut@testila.example",
        "subject": "Aika",
        "body": "Hei!\n",
        "html": "",
        "calendar": "",
        "calendar_method": "",
        "language": "fi",
    }
    return Outgoing(**{**defaults, **values})


# — what arrives —


def test_a_message_arrives_with_text_html_and_an_invitation(outbox: Outbox, post_office: PostOffice) -> None:
    outbox.add(**WHOLE)
    outbox.dispatch(email=SmtpChannel(post_office.url))
    (mail,) = post_office.delivered
    alternatives, file = list(mail.iter_parts())
    assert mail.get_content_type() == "multipart/mixed"
    assert alternatives.get_content_type() == "multipart/alternative"
    text, html, calendar = list(alternatives.iter_parts())
    assert [part.get_content_type() for part in (text, html, calendar)] == ["text/plain", "text/html", "text/calendar"]
    assert lines(text.get_content()) == lines(WHOLE["body"])
    assert lines(html.get_content()) == lines(WHOLE["html"])
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_content_charset() == "utf-8"
    assert lines(calendar.get_content()) == lines(CALENDAR)
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "vuoro.ics")
    assert file.get_content() == CALENDAR.encode()


def test_a_message_says_who_sent_it_to_whom_about_what(outbox: Outbox, post_office: PostOffice) -> None:
    outbox.add(**WHOLE, recipient="asa@example.fi")
    outbox.dispatch(email=SmtpChannel(post_office.url))
    (mail,) = post_office.delivered
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Testilän työllisyyspalvelut (sv)", "palvelut@testila.example")
    assert [address.addr_spec for address in mail["To"].addresses] == ["asa@example.fi"]
    assert mail["Subject"] == WHOLE["subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime is not None
    assert (mail["Bcc"], mail["Cc"], mail["Reply-To"]) == (None, None, None)


def test_a_message_tells_its_language() -> None:
    assert compose(outgoing(language="sv", html="<p>", calendar=CALENDAR), "a@b.example")["Content-Language"] == "sv"


def test_the_installations_sender_goes_before_the_municipalitys_own_address(
    outbox: Outbox, post_office: PostOffice
) -> None:
    outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url, "ajat@kuntayhtyma.example"))
    (mail,) = post_office.delivered
    assert mail["From"].addresses[0].addr_spec == "ajat@kuntayhtyma.example"
    assert str(mail["Message-ID"]).endswith("@kuntayhtyma.example>")


def test_a_plain_message_is_one_part(outbox: Outbox, post_office: PostOffice) -> None:
    outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    (mail,) = post_office.delivered
    assert mail.get_content_type() == "text/plain"


def test_two_messages_have_two_ids_and_one_message_has_one() -> None:
    sender = "a@b.example"
    first, again = compose(outgoing(), sender), compose(outgoing(), sender)
    other_cause, other_row = compose(outgoing(dedupe_key="other"), sender), compose(outgoing(id=18), sender)
    ids = [mail["Message-ID"] for mail in (first, again, other_cause, other_row)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert "appointment" not in ids[0], "an id says nothing about the person"


@pytest.mark.parametrize("name", ['Työ "ja" elinkeino, Oy; <x@y.example>', "Sysselsättning\u2013Åbo", "a" * 200, ""])
def test_a_municipalitys_name_is_only_a_name(name: str) -> None:
    mail = compose(outgoing(sender_name=name), "a@b.example")
    assert [(address.display_name, address.addr_spec) for address in mail["From"].addresses] == [(name, "a@b.example")]


# — what each answer leads to —


def state(outbox: Outbox, message_id: int) -> tuple[str, bool]:
    """Where the message stands, and whether it will be tried again."""
    return outbox.message(message_id).status, outbox.job(message_id) is not None


def test_a_server_that_is_busy_gets_the_same_message_again(outbox: Outbox, post_office: PostOffice) -> None:
    post_office.replies = ["451 4.3.0 try again later", "421 4.7.0 closing"]
    message_id = outbox.add(**WHOLE)
    for _ in range(3):
        outbox.dispatch(email=SmtpChannel(post_office.url))
        outbox.wait(minutes=2)
    assert state(outbox, message_id) == ("sent", False)
    assert len(post_office.ids()) == 3
    assert len(set(post_office.ids())) == 1
    assert len(post_office.delivered) == 1
    assert outbox.message(message_id).provider_id == post_office.ids()[0]


def test_a_recipient_who_is_grey_listed_waits(outbox: Outbox, post_office: PostOffice) -> None:
    post_office.recipient_replies = ["450 4.2.0 greylisted"]
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("queued", True)
    assert "greylisted" in outbox.message(message_id).reason


def test_a_recipient_who_does_not_exist_fails_with_the_servers_words(outbox: Outbox, post_office: PostOffice) -> None:
    post_office.recipient_replies = ["550 5.1.1 no such user"]
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("failed", False)
    assert outbox.message(message_id).reason == "550 5.1.1 no such user"


def test_a_message_that_the_server_does_not_want_fails(outbox: Outbox, post_office: PostOffice) -> None:
    post_office.replies = ["554 5.7.1 looks like spam"]
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("failed", False)
    assert "looks like spam" in outbox.message(message_id).reason


def test_a_server_that_is_down_keeps_the_message_waiting(outbox: Outbox, open_post_office: Opening) -> None:
    port = free_port()
    channel = SmtpChannel(f"smtp://localhost:{port}")
    message_id = outbox.add()
    outbox.dispatch(email=channel)
    assert state(outbox, message_id) == ("queued", True)
    assert "refused" in outbox.message(message_id).reason
    post_office = open_post_office(port)
    outbox.wait(seconds=12)
    outbox.dispatch(email=channel)
    assert state(outbox, message_id) == ("sent", False)
    assert len(post_office.delivered) == 1


def test_a_message_that_was_taken_is_sent_even_if_the_server_is_rude_afterwards(
    outbox: Outbox, post_office: PostOffice
) -> None:
    """What the server took must not be sent again because its good-bye went wrong."""
    post_office.quit_reply = "421 4.4.2 time is up"
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("sent", False)


def test_a_municipality_without_an_address_keeps_its_messages_and_stops_nobody(
    outbox: Outbox, post_office: PostOffice
) -> None:
    """``flask municipality create`` without --email, and no SMTP_SENDER: there is no From address."""

    def take_address(session: Any) -> None:
        session.get_one(Municipality, outbox.municipality_id).email = ""

    outbox.change(take_address)
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert outbox.message(message_id).status in ("queued", "failed")
    assert outbox.message(message_id).reason


def test_an_address_that_the_server_cannot_write_is_not_tried_for_ever(
    outbox: Outbox, open_post_office: Opening
) -> None:
    post_office = open_post_office(enable_SMTPUTF8=False)
    message_id = outbox.add(recipient="åsa@example.fi")
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("failed", False)
    assert outbox.message(message_id).reason


# — signing in to the server, and encryption —

IN_CLEAR = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"vuoro@kunta", b"p@ss:w/rd")
    return AuthResult(success=right, handled=False)


def guarded(open_post_office: Opening) -> PostOffice:
    return open_post_office(authenticator=authenticator, auth_required=True, auth_require_tls=False)


@IN_CLEAR
def test_user_and_password_of_the_address_may_hold_any_signs(outbox: Outbox, open_post_office: Opening) -> None:
    post_office = guarded(open_post_office)
    message_id = outbox.add()
    user, password = quote("vuoro@kunta", safe=""), quote("p@ss:w/rd", safe="")
    outbox.dispatch(email=SmtpChannel(f"smtp://{user}:{password}@localhost:{post_office.port}"))
    assert state(outbox, message_id) == ("sent", False)


@IN_CLEAR
@pytest.mark.parametrize("credentials", ["vuoro:wrong@", ""])
def test_a_wrong_password_of_ours_fails_no_message(outbox: Outbox, open_post_office: Opening, credentials: str) -> None:
    """It is our setting that is wrong, and mended soon: until then messages wait, visibly."""
    post_office = guarded(open_post_office)
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(f"smtp://{credentials}localhost:{post_office.port}"))
    assert state(outbox, message_id) == ("queued", True)
    assert outbox.message(message_id).reason


@IN_CLEAR
def test_a_password_never_leaves_unencrypted(
    outbox: Outbox, open_post_office: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only to a server on this machine; here this machine counts as another."""
    asked: list[object] = []

    def listen(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        asked.append(data)
        return AuthResult(success=True)

    post_office = open_post_office(authenticator=listen, auth_required=True, auth_require_tls=False)
    monkeypatch.setattr("app.messaging.channels.email.LOCAL", ())
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(f"smtp://user:secret@localhost:{post_office.port}"))
    assert asked == []
    assert state(outbox, message_id) == ("queued", True)
    assert "encryption" in outbox.message(message_id).reason


def test_a_server_that_offers_encryption_gets_the_message_encrypted(
    outbox: Outbox, open_post_office: Opening, trusted_certificate: ssl.SSLContext
) -> None:
    post_office = open_post_office(tls_context=trusted_certificate, require_starttls=True)
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("sent", False)
    assert post_office.encrypted == [True]


def test_an_encrypting_server_whose_certificate_nobody_knows_gets_nothing(
    outbox: Outbox, open_post_office: Opening, tmp_path: Path
) -> None:
    post_office = open_post_office(tls_context=certificate_for_localhost(tmp_path), require_starttls=True)
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(post_office.url))
    assert state(outbox, message_id) == ("queued", True)
    assert "certificate" in outbox.message(message_id).reason.lower()
    assert post_office.seen == []


def test_smtps_is_encrypted_from_the_first_sign(
    outbox: Outbox, open_post_office: Opening, trusted_certificate: ssl.SSLContext
) -> None:
    post_office = open_post_office(ssl_context=trusted_certificate)
    message_id = outbox.add()
    outbox.dispatch(email=SmtpChannel(f"smtps://localhost:{post_office.port}"))
    assert state(outbox, message_id) == ("sent", False)
    assert post_office.encrypted == [True]


# — configuration —


def test_only_configured_channels_are_there() -> None:
    assert configured_channels(Config()) == {}
    assert list(configured_channels(Config(SMTP_URL="smtp://localhost"))) == ["email"]


def test_the_doctor_knows_a_server_that_answers_from_one_that_does_not(post_office: PostOffice) -> None:
    SmtpChannel(post_office.url).check()
    with pytest.raises(TemporaryFailure, match="refused"):
        SmtpChannel(f"smtp://localhost:{free_port()}").check()

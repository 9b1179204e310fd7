"""Text messages by Twilio: a messaging service, or one number or name as the sender."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from app.messaging.channels import Outgoing, PermanentFailure, TemporaryFailure
from app.messaging.sms_text import normalised
from config import Config

TIMEOUT = 20  # seconds
NOT_OURS = frozenset({21211, 21214, 21217, 21401, 21408, 21610, 21612, 21614, 21617, 21635})
"""Twilio's codes for a number that cannot be reached, is no mobile, or has opted out: no use to try again."""
OPTED_OUT_CODE = 21610
OPTED_OUT = "opted_out"
"""Why a message failed: its receiver has answered STOP to the number it comes from."""
LOOKED_BACK = timedelta(minutes=1)
MOST_ALIKE = 20


class TwilioChannel:
    """Hands text messages to Twilio. ``callback``: makes the address to which receipts of a message come."""

    def __init__(self, config: Config, callback: Callable[[Outgoing], str]) -> None:
        self._sender: dict[str, Any] = (
            {"messaging_service_sid": config.TWILIO_MESSAGING_SERVICE_SID}
            if config.TWILIO_MESSAGING_SERVICE_SID
            else {"from_": config.TWILIO_FROM}
        )
        self._callback = callback
        self._http = _Http(timeout=TIMEOUT)
        self._client = Client(config.TWILIO_ACCOUNT_SID, config.TWILIO_AUTH_TOKEN, http_client=self._http)
        self._client.api.base_url = config.TWILIO_API_BASE  # a simulator can stand in

    def send(self, message: Outgoing) -> str:
        """Hand over one message; returns Twilio's id of it.

        A try before this one may have got through without our hearing of it: then it is found, and not sent again.
        """
        body = normalised(message.body)
        try:
            known = self._sent_before(message, body) if message.attempt > 1 else None
            if known is not None:
                return known
            made = self._client.messages.create(
                to=message.recipient, body=body, status_callback=self._callback(message), **self._sender
            )
        except TwilioRestException as refused:
            raise _failure(refused) from refused
        except (TwilioException, requests.RequestException) as problem:
            raise TemporaryFailure(f"{type(problem).__name__}: {problem}") from problem
        return str(made.sid)

    def _sent_before(self, message: Outgoing, body: str) -> str | None:
        if message.created_at is None:
            return None
        since = (message.created_at - LOOKED_BACK).astimezone(UTC)
        found = self._client.messages.list(to=message.recipient, date_sent_after=since, limit=MOST_ALIKE)
        return next((str(one.sid) for one in found if one.body == body and _lives(one, since)), None)

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def check(self) -> None:
        """See that Twilio answers and knows the account. Raises ``TemporaryFailure``."""
        try:
            self._client.api.accounts(self._client.account_sid or "").fetch()
        except (TwilioException, requests.RequestException) as problem:
            raise TemporaryFailure(f"{type(problem).__name__}: {problem}") from problem


def _lives(found: Any, since: datetime) -> bool:
    """True of a copy that was made for this message and did not fail."""
    made = found.date_created
    return found.status not in ("failed", "canceled") and (made is None or made >= since)


def _failure(refused: TwilioRestException) -> Exception:
    words = f"{refused.status} {refused.code or ''} {refused.msg}".strip()
    if refused.code == OPTED_OUT_CODE:
        return PermanentFailure(OPTED_OUT)
    # Our account, our sender, a fault of theirs: to be mended, and then the message goes.
    return PermanentFailure(words) if refused.code in NOT_OURS else TemporaryFailure(words)


class _Http(TwilioHttpClient):
    """The client's own, which also heeds how long Twilio asks us to wait."""

    def close(self) -> None:
        """Let go of connections."""
        if self.session is not None:
            self.session.close()

    def request(self, *arguments: Any, **named: Any) -> Response:
        response = super().request(*arguments, **named)
        if response.status_code == requests.codes.too_many_requests:
            wait = str((response.headers or {}).get("Retry-After", ""))
            raise TemporaryFailure("429 too many requests", retry_after=int(wait) if wait.isdigit() else None)
        return response

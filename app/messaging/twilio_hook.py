"""Requests of Twilio: whether they are genuine, and what became of the messages it took."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from app.core import clock
from app.core.db import db
from app.core.errors import Forbidden, NotFound
from app.core.pages import enter
from app.core.permissions import declare
from app.core.tenancy import Municipality
from app.core.typed import whole_number
from app.messaging.models import Message
from app.messaging.receipts import take_receipt
from config import Config

blueprint = Blueprint("twilio", __name__, url_prefix="/hooks/twilio/<slug>")
provider = declare("provider")
"""A provider, whose signature the view checks."""
LONGEST_WORD = 40


def genuine(slug: str) -> Municipality:
    """The municipality that a request of Twilio's is for, bound. Raises ``Forbidden`` for whatever Twilio did not sign.

    The signature is over the address as Twilio knows it, so over ``PUBLIC_URL``, whatever stands in front of us.
    """
    settings: Config = current_app.config["SETTINGS"]
    address = settings.PUBLIC_URL.rstrip("/") + request.full_path.rstrip("?")
    signature = request.headers.get("X-Twilio-Signature", "")
    token = settings.TWILIO_AUTH_TOKEN
    if not token or not RequestValidator(token).validate(address, request.form, signature):
        raise Forbidden
    municipality = db.session.scalar(select(Municipality).where(Municipality.slug == slug))
    if municipality is None:
        raise NotFound
    return enter(municipality)


@blueprint.post("/status")
@provider
def status(slug: str) -> Response:
    """What became of a message. Of one that is not here (any more) nothing is kept."""
    genuine(slug)
    message = db.session.get(Message, whole_number(request.args.get("message", "")) or 0)
    word = request.form.get("MessageStatus", "")[:LONGEST_WORD]
    sid = request.form.get("MessageSid", "")[:LONGEST_WORD]
    if message is None or not word or not sid:
        return Response(status=204)
    code = request.form.get("ErrorCode", "")[:LONGEST_WORD]
    take_receipt(db.session, message, provider_id=sid, word=word, code=code, now=clock.now())
    db.session.commit()
    return Response(status=204)

"""Where Twilio brings what clients answer."""

from __future__ import annotations

from flask import Response, request

from app.booking.replies.service import receive
from app.core import clock
from app.core.db import db
from app.core.typed import Unusable, parse_phone
from app.messaging.twilio_hook import LONGEST_WORD, blueprint, genuine, provider

NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""We answer through the outbox, so that every answer can be traced like any message."""


@blueprint.post("/inbound")
@provider
def inbound(slug: str) -> Response:
    """An answer of a client's. From a number that nobody here has, nothing is kept."""
    municipality = genuine(slug)
    sid = request.form.get("MessageSid", "")[:LONGEST_WORD]
    try:
        number = parse_phone(request.form.get("From", "")).e164
    except Unusable:
        number = ""
    if sid and number:
        text = request.form.get("Body", "").replace("\0", "")
        receive(db.session, number=number, text=text, provider_id=sid, municipality=municipality, now=clock.now())
        db.session.commit()
    return Response(NOTHING, mimetype="text/xml")

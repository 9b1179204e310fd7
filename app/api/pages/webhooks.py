"""Webhooks: adding, changing, pausing and removing them, their secrets, and a test."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy import select

from app.api.models import WebhookDelivery, WebhookEndpoint
from app.api.pages.keys import shown_once
from app.api.pages.overview import blueprint, count_unsettled, page
from app.api.pages.views import STATUS_NAMES, delivery_view, event_options, webhook_view
from app.api.webhooks import endpoints
from app.api.webhooks.endpoints import Wanted
from app.api.webhooks.resources import policy
from app.api.webhooks.rules import DeliveryStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext
from app.identity.access import own_municipality, staff, staff_actor

PAGE, LAST_PAGE = 50, 10_000


def _find(webhook_id: int) -> WebhookEndpoint:
    endpoint = db.session.get(WebhookEndpoint, webhook_id)
    if endpoint is None:
        raise NotFound
    return endpoint


def _back(webhook_id: int) -> Any:
    return see_other(url_for("integrations.webhook", webhook_id=webhook_id))


def _typed() -> Wanted:
    form = request.form
    return Wanted(form.get("url", ""), form.get("description", ""), form.getlist("events"))


def _form(wanted: Wanted, errors: dict[str, str], back_url: str, *, is_new: bool) -> str:
    return page(
        "webhook_form.html",
        wanted=wanted,
        errors=errors,
        options=event_options(),
        is_new=is_new,
        back_url=back_url,
    )


@blueprint.route("/webhooks/new", methods=["GET", "POST"])
@staff("settings.manage")
def new_webhook() -> Any:
    """Another address that is told."""
    back = url_for("integrations.overview")
    if request.method != "POST":
        return _form(Wanted(""), {}, back, is_new=True)
    wanted = _typed()
    try:
        _refuse_twice(wanted)
        endpoint, secret = endpoints.add(db.session, wanted, policy=policy(), actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return _form(wanted, problem.field_texts(), back, is_new=True), 422
    except Conflict as problem:
        return _form(wanted, {"url": problem.text()}, back, is_new=True), 409
    db.session.commit()
    return _show_secret(endpoint.id, gettext("The webhook is ready"), secret)


def _refuse_twice(wanted: Wanted) -> None:
    """Sending the form again would add the address again."""
    if db.session.scalar(select(WebhookEndpoint.id).where(WebhookEndpoint.url == wanted.url.strip()).limit(1)):
        raise InvalidInput({"url": N_("This address is there already.")})


def _show_secret(webhook_id: int, title: str, secret: str) -> Any:
    return shown_once(
        title=title,
        what=gettext("Secret"),
        secret=secret,
        advice=gettext("Give it to whoever builds the receiver: with it the receiver checks that an event is ours."),
        next_url=url_for("integrations.webhook", webhook_id=webhook_id),
    )


@blueprint.get("/webhooks/<int:webhook_id>")
@staff("settings.manage")
def webhook(webhook_id: int) -> Any:
    """One webhook, its health and what was sent."""
    endpoint, zone = _find(webhook_id), own_municipality().zone
    status = request.args.get("status", "")
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    if status in list(DeliveryStatus):
        query = query.where(WebhookDelivery.status == status)
    rows = list(
        db.session.scalars(query.order_by(WebhookDelivery.id.desc()).offset((number - 1) * PAGE).limit(PAGE + 1))
    )

    def address(page_number: int) -> str:
        return url_for("integrations.webhook", webhook_id=webhook_id, status=status or None, page=page_number)

    return page(
        "webhook.html",
        webhook=webhook_view(endpoint, count_unsettled()[endpoint.id], zone),
        urls={name: url_for(f"integrations.{name}", webhook_id=webhook_id) for name in ACTIONS},
        deliveries=[delivery_view(row, zone) for row in rows[:PAGE]],
        statuses=[("", gettext("All")), *((value, gettext(name)) for value, name in STATUS_NAMES.items())],
        status=status,
        pager={
            "previous_url": address(number - 1) if number > 1 else "",
            "next_url": address(number + 1) if len(rows) > PAGE else "",
        },
    )


ACTIONS = ("edit_webhook", "test_webhook", "pause_webhook", "resume_webhook", "renew_secret", "remove_webhook")


@blueprint.route("/webhooks/<int:webhook_id>/edit", methods=["GET", "POST"])
@staff("settings.manage")
def edit_webhook(webhook_id: int) -> Any:
    """Another address, name or choice of events."""
    endpoint = _find(webhook_id)
    back = url_for("integrations.webhook", webhook_id=webhook_id)
    if request.method != "POST":
        return _form(Wanted(endpoint.url, endpoint.description, endpoint.events), {}, back, is_new=False)
    wanted = _typed()
    try:
        endpoints.change(db.session, endpoint, wanted, policy=policy(), actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return _form(wanted, problem.field_texts(), back, is_new=False), 422
    db.session.commit()
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/test")
@staff("settings.manage")
def test_webhook(webhook_id: int) -> Any:
    """Send a test."""
    endpoints.send_test(db.session, _find(webhook_id), own_municipality(), now=clock.now())
    db.session.commit()
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/pause")
@staff("settings.manage")
def pause_webhook(webhook_id: int) -> Any:
    """Stop sending; events are held."""
    endpoints.pause(db.session, _find(webhook_id), actor=staff_actor(), now=clock.now())
    db.session.commit()
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/resume")
@staff("settings.manage")
def resume_webhook(webhook_id: int) -> Any:
    """Send again."""
    endpoints.resume(db.session, _find(webhook_id), actor=staff_actor(), now=clock.now())
    db.session.commit()
    return _back(webhook_id)


@blueprint.route("/webhooks/<int:webhook_id>/secret", methods=["GET", "POST"])
@staff("settings.manage")
def renew_secret(webhook_id: int) -> Any:
    """Ask, then make a new secret and show it."""
    endpoint = _find(webhook_id)
    if request.form.get("confirm") != "yes":
        return page(
            "confirm.html",
            title=gettext("Do you want to make a new secret?"),
            words=gettext(
                "For a day both the old and the new secret sign, so that the receiver can be changed in peace."
            ),
            more=endpoint.description or endpoint.url,
            button_text=gettext("Make a new secret"),
            kind="primary",
            back_url=url_for("integrations.webhook", webhook_id=webhook_id),
        )
    secret = endpoints.renew_secret(db.session, endpoint, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return _show_secret(webhook_id, gettext("The new secret is ready"), secret)


@blueprint.route("/webhooks/<int:webhook_id>/remove", methods=["GET", "POST"])
@staff("settings.manage")
def remove_webhook(webhook_id: int) -> Any:
    """Ask, then remove."""
    endpoint = _find(webhook_id)
    if request.form.get("confirm") != "yes":
        return page(
            "confirm.html",
            title=gettext("Do you want to remove this webhook?"),
            words=gettext("Nothing is sent there any more, and the list of deliveries goes. This cannot be undone."),
            more=endpoint.description or endpoint.url,
            button_text=gettext("Remove the webhook"),
            back_url=url_for("integrations.webhook", webhook_id=webhook_id),
        )
    endpoints.remove(db.session, endpoint, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for("integrations.overview"))

"""Keys: making one, which is shown once, and withdrawing one."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, url_for

from app.api.pages.overview import blueprint, page
from app.api.pages.views import SCOPE_NAMES
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import gettext
from app.identity.access import staff, staff_actor
from app.identity.keys import withdraw_api_key
from app.identity.models import ApiKey
from app.identity.service import DEFAULT_SCOPES, SCOPES, create_api_key


def shown_once(**values: Any) -> Response:
    """A page with a secret, which no browser keeps."""
    response = current_app.make_response(page("secret.html", **values))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/keys/new", methods=["GET", "POST"])
@staff("settings.manage")
def new_key() -> Any:
    """A key for another system."""
    if request.method != "POST":
        return _form("", DEFAULT_SCOPES, {})
    name, scopes = request.form.get("name", ""), tuple(request.form.getlist("scopes"))
    try:
        secret = create_api_key(db.session, name=name, scopes=scopes, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return _form(name, scopes, problem.field_texts()), 422
    db.session.commit()
    return shown_once(
        title=gettext("The key is ready"),
        what=gettext("Key"),
        secret=secret,
        advice=gettext("Give it to the system %(name)s. Whoever has the key can do what it may do.", name=name),
        next_url=url_for("integrations.overview"),
    )


def _form(name: str, scopes: tuple[str, ...], errors: dict[str, str]) -> str:
    options = [{"value": scope, "label": gettext(SCOPE_NAMES[scope]), "hint": scope} for scope in SCOPES]
    return page("key_form.html", name=name, scopes=scopes, options=options, errors=errors)


@blueprint.route("/keys/<int:key_id>/withdraw", methods=["GET", "POST"])
@staff("settings.manage")
def withdraw_key(key_id: int) -> Any:
    """Ask, then withdraw."""
    key = db.session.get(ApiKey, key_id)
    if key is None:
        raise NotFound
    if request.form.get("confirm") != "yes":
        return page(
            "confirm.html",
            title=gettext("Do you want to withdraw the key %(name)s?", name=key.name),
            words=gettext("The system that uses it can no longer read or book anything. This cannot be undone."),
            more=gettext("Webhooks that were registered with it stay, and are listed under Integrations."),
            button_text=gettext("Withdraw the key"),
            back_url=url_for("integrations.overview"),
        )
    withdraw_api_key(db.session, key, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for("integrations.overview"))

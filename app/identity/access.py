"""Who is signed in: Flask-Login's loader, and the decorator that a staff route declares its permission with."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, g, redirect, request, url_for
from flask_login import LoginManager, current_user

from app.core import tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.http import remote_address
from app.core.pages import enter
from app.core.permissions import declare
from app.core.tenancy import Municipality
from app.identity.models import StaffUser

manager = LoginManager()


def install(app: Flask) -> None:
    """Attach Flask-Login."""
    # Its context processor would load the user, and bind the municipality, wherever a template is rendered.
    manager.init_app(app, add_context_processor=False)


@manager.user_loader
def load_user(key: str) -> StaffUser | None:
    """The user of a session; binds the request to the user's municipality."""
    municipality_id, _, user_id = key.partition(":")
    municipality = db.session.get(Municipality, int(municipality_id))
    if municipality is None:
        return None
    tenancy.bind(db.session, municipality.id)
    user = db.session.get(StaffUser, int(user_id))
    if user is None or not user.active:
        return None
    enter(municipality)
    return user


def staff(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Only signed-in staff whose role has ``permission``; others are led to sign in, or refused."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                back = request.full_path if request.method == "GET" else request.path
                return redirect(url_for("identity.sign_in", next=back))
            if not current_user.may(permission):
                abort(403)
            return view(*args, **kwargs)

        return declare("staff", permission)(guarded)

    return wrap


def staff_actor() -> Actor:
    """The signed-in user, as the audit log names one."""
    return Actor("staff", current_user.id, current_user.name, remote_address(), trusted=True)


def own_municipality() -> Municipality:
    """The municipality of the signed-in user."""
    municipality: Municipality = g.municipality
    return municipality


def acting_staff() -> Actor:
    """The signed-in user, as the audit log names them."""
    return Actor("staff", current_user.id, current_user.name, remote_address(), trusted=True)

"""Is it alive, is it ready: for load balancers and supervisors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import text

from app.core.db import db
from app.core.permissions import public

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@public
def live() -> Any:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/ready")
@public
def ready() -> Any:
    """The database answers too; 503 where it does not."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}

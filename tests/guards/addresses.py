"""Real addresses for every route, made from a town's rows. A new route whose arguments are not known here fails its guard:
add its values to ``_values`` (and to ``QUERIES``, where the page wants more than its path).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule

from app.core.permissions import Access, Role
from tests.town import Browser, Town, browser, signed_in

Values = Mapping[str, list[Any]]

MAILS_AS_PAGES = {"demo.html"}
"""Show an e-mail as mail programs get it, with inline styles, under a policy of their own that runs nothing."""

METHODS_WITHOUT_A_VIEW = {"HEAD", "OPTIONS"}


def access_of(app: Flask, rule: Rule, method: str = "GET") -> Access | None:
    """Who may use the route, as it was declared on the view, on what the view wraps, or on a class's method."""
    view: Any = app.view_functions[rule.endpoint]
    view_class = getattr(view, "view_class", None)
    while view is not None:
        if isinstance(found := getattr(view, "__access__", None), Access):
            return found
        view = getattr(view, "__wrapped__", None)
    found = getattr(getattr(view_class, method.lower(), None), "__access__", None)
    return found if isinstance(found, Access) else None


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - METHODS_WITHOUT_A_VIEW):
            yield rule, method


def _values(town: Town) -> dict[str, list[Any]]:
    """By argument name, or by ``endpoint:argument`` where a name means different things."""
    return {
        "slug": [town.slug],
        "service_slug": [town.service_slug],
        "service_id": [town.service_id],
        "appointment_id": [town.appointment_id],
        "client_id": [town.client_id],
        "hold_id": [town.hold_id],
        "office_id": [town.office_id],
        "professional_id": [town.professional_id],
        "user_id": [town.user_id],
        "deed": ["reactivate", "link", "codes", "deactivate"],
        "message_id": [town.message_id],
        "task_id": [town.task_id],
        "time_id": [town.away_id],
        "exception_id": [town.exception_id],
        "busy_id": [town.busy_id],
        "closure_id": [town.closure_id],
        "note_id": [town.note_id],
        "plan_id": [town.plan_id],
        "series_id": [town.series_id],
        "group_session_id": [town.group_session_id],
        "secret": [town.feed_token],
        "feedback_id": [town.feedback_id],
        "size": [180, 192, 512],
        "language": ["fi", "sv", "en"],
        "texts:key": ["notice", "privacy"],
        "embed:kind": ["svg", "png"],
        "webhook_id": [town.webhook_id],
        "delivery_id": [town.delivery_id],
        "key_id": [town.api_key_id],
        "static:filename": ["favicon.svg", "vendor/vuoro.css"],
        "appointment:token": [town.link_token],
        "invitation:token": [town.invitation_token],
        "invitation_id": [town.invitation_id],
        "number": [town.receipt_number],
        "booking.form:token": [town.hold_token],
        "password:token": [town.password_token],
        "guide:number": [1, 2],
        "booking:number": [1, 2],
        "answer": [1, 2, 3],
        "office_slug": [town.office_slug],
        "professional_slug": [town.professional_slug],
        "booking.form:step": ["questions", "details", "check"],
    }


def _queries(town: Town) -> dict[str, list[dict[str, Any]]]:
    """What is asked after the path, by endpoint; every other route is asked without."""
    times = [
        {},
        {"mode": "phone"},
        {"mode": "in_person", "office": town.office_id},
        {"mode": "phone", "part": "morning", "professional": town.professional_id, "language": "sv"},
        {"mode": "phone", "from": town.free_start[:10], "typed": town.hold_token, "lang": "sv"},
        {"mode": "any", "own": "1", "via": town.link_token},
        {"mode": "phone", "via": town.invitation_token},
    ]
    embedded = [
        {},
        {"service": town.service_id},
        {"service": town.service_id, "office": town.office_id, "professional": town.professional_id, "language": "sv"},
        {"service": town.service_id, "professional": town.professional_id, "label": "Varaa"},
    ]
    return {
        "booking.times": times,
        "booking.how": [{}, {"professional": town.professional_id, "via": town.link_token}],
        "booking.guide": [{}, {"after": 1}],
        "guide.overview": [{}, {"notice": "saved"}],
        "guide.preview": [{}, {"after": 1}, {"answer": 3}],
        "appointment.change": [{}, {"from": town.free_start[:10]}],
        "appointment.change_check": [{}, {"starts_at": town.free_start}],
        "content.feedback": [{}, {"kind": "accessibility"}],
        "content.thanks": [{}, {"reference": "K7MQ-4XTP"}],
        "texts.overview": [{}, {"saved": "notice"}, {"saved": "statement"}],
        "municipality.edit": [{}, {"notice": "saved"}],
        "municipality.preview_css": [{}, {"brand": "#12504a", "accent": "#f4b942"}],
        "log.page": [
            {},
            {"who": "a", "client": town.client_id, "area": "client", "from": "2020-01-01", "to": "2100-01-01"},
        ],
        "users.listed": [{}, {"q": "testi", "role": "lead", "state": "active", "page": 1}],
        "professionals.new": [{}, {"user": town.user_id}],
        "services.listed": [{}, {"notice": "saved"}],
        "offices.listed": [{}, {"notice": "saved"}],
        "closures.listed": [{}, {"office": town.office_id, "notice": "added"}],
        "feedback.listed": [{}, {"state": "handled", "page": 2}],
        "embed.page": embedded,
        "embed.qr_code": embedded,
        "identity.sign_in": [{}, {"next": "/staff/outbox", "lang": "en"}, {"notice": "password"}],
        "password.forgot": [{}, {"sent": 1}],
        "account.overview": [{}, {"notice": "details"}],
        "terms.page": [{}, {"next": "/staff/outbox"}],
        "terms_admin.publish": [{}, {"notice": "published"}],
        "demo.mailbox": [{}, {"municipality": town.slug, "channel": "sms", "page": 1}],
        "staff.today": [
            {},
            {"whose": "all", "notice": "check_in", "of": town.appointment_id},
            {"whose": town.office_id, "notice": "task_done", "of": town.task_id},
        ],
        "staff_booking.start": [
            {},
            {"client": town.client_id, "service": town.service_id, "mode": "phone"},
            {"client": town.client_id, "service": town.service_id, "mode": "phone", "starts_at": town.free_start},
            {
                "client": town.client_id,
                "service": town.service_id,
                "mode": "phone",
                "professional": town.professional_id,
                "starts_at": f"{town.free_start[:10]}T20:05",
            },
            {
                "professional": town.professional_id,
                "starts_at": f"{town.free_start[:10]}T09:00",
                "office": town.office_id,
            },
            {"after": town.appointment_id},
        ],
        "appointments.show": [{}, {"notice": "changed", "of": town.appointment_id}],
        "calendar.page": [
            {},
            *({"view": view, "day": town.free_start[:10]} for view in ("day", "month", "team", "list")),
        ],
        "calendar.feed": [{"view": "team", "group": "all"}, {"view": "week", "who": town.professional_id}],
        "move.page": [{}, {"day": town.free_start[:10], "time": "17.00", "back": "/staff/"}],
        "outbox.listed": [
            {},
            {"page": 2},
            {"state": "failed", "channel": "sms", "kind": "change", "client": town.client_id, "notice": "resent"},
        ],
        "client.page": [{}, {"notice": "saved"}],
        "absences.new": [{}, {"who": town.professional_id}],
        "absences.show": [{}, {"notice": "done"}],
        "hours.people": [{}, {"name": "hakala"}],
        "hours.weekly": [{}, {"week": town.free_start[:10], "notice": "saved"}],
        "days.page": [{}, {"week": town.free_start[:10], "notice": "day"}],
        "day.page": [{}, {"day": town.free_start[:10]}],
        "api_catalogue.slots": [
            {
                "from": town.free_start[:10],
                "to": town.free_start[:10],
                "mode": "phone",
                "professional": town.professional_id,
                "office": town.office_id,
                "language": "sv",
            }
        ],
        "api_appointments.appointments": [
            {},
            {
                "from": "2020-01-01",
                "to": "2100-01-01",
                "status": "booked",
                "professional": town.professional_id,
                "client": town.client_id,
                "cursor": "x",
                "limit": 5,
            },
        ],
        "api_absences.absences": [{}, {"cursor": "x", "limit": 5}],
        "api_catalogue.services": [{}, {"cursor": "x", "limit": 5}],
        "api_webhooks.webhooks": [{}, {"cursor": "x", "limit": 5}],
        "api_webhooks.deliveries": [{}, {"status": "failed", "cursor": "x", "limit": 5}],
        "api_clients.clients": [{}, {"external_id": "x", "cursor": "x", "limit": 5}],
    }


def addresses_of(app: Flask, rule: Rule, town: Town, **instead: list[Any]) -> list[str]:
    """The addresses of a route, path and query; ``instead`` has other values. Fails where an argument is unknown."""
    known = _values(town)
    room = rule.endpoint.partition(".")[0]
    choices = []
    for name in sorted(rule.arguments):
        keys = (f"{rule.endpoint}:{name}", f"{room}:{name}", name)
        found = instead.get(name) or next((known[key] for key in keys if key in known), None)
        assert found is not None, f"tests/guards/addresses.py does not know a value for <{name}> of {rule.rule}"
        choices.append([(name, value) for value in found])
    with app.test_request_context():
        paths = [app.url_for(rule.endpoint, **dict(chosen)) for chosen in product(*choices)]
    queries = _queries(town).get(rule.endpoint, [{}])
    return [f"{path}?{urlencode(query)}" if query else path for path in paths for query in queries]


def get_rules(app: Flask) -> list[Rule]:
    """Every route that answers GET."""
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]


class Visitor:
    """Asks as somebody who may: signed in for the staff's and a client's own pages, with a key for the API, the token
    for metrics.
    """

    def __init__(self, app: Flask, town: Town) -> None:
        self.keys = {"api": town.api_key, "metrics": app.config["SETTINGS"].METRICS_TOKEN}
        self.anybody = browser(app)
        self.staff = signed_in(app, town, Role.ADMIN)
        self.client = town.signed_in_client

    def ask(self, method: str, address: str, access: Access, **options: Any) -> Any:
        """The answer to a request."""
        if key := self.keys.get(access.audience):
            options["headers"] = {"Authorization": f"Bearer {key}", **options.get("headers", {})}
        return self._browser(access).open(address, method=method, **options)

    def _browser(self, access: Access) -> Browser:
        return {"staff": self.staff, "client": self.client}.get(access.audience, self.anybody)

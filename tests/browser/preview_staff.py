"""Fake contexts of staff, demo, API and e-mail templates for preview_templates."""

from typing import Any

from markupsafe import Markup

STAFF: dict[str, Any] = {
    "staff_nav": [
        {"label": "Tänään", "url": "/p/staff-home", "current": True, "badge": 3, "badge_label": "asiakasta odottaa"},
        {"label": "Kalenteri", "url": "/p/staff-home", "current": False},
        {"label": "Asiakkaat", "url": "/p/staff-home", "current": False},
        {"label": "Joukkokutsut ja soittokierrokset", "url": "/p/staff-home", "current": False, "badge": 6},
        {"label": "Poissaolot", "url": "/p/staff-home", "current": False},
        {"label": "Viestit", "url": "/p/staff-outbox", "current": False},
        {"label": "Asetukset", "url": "/p/staff-home", "current": False},
    ],
    "staff_user": {"name": "Liisa Hakala-Östermalm", "role_name": "Palveluasiantuntija"},
    "sign_out_url": "/p/staff-sign-in",
    "footer_links": [],
}
PERSON = "Åsa O'Neill-Ääkkönen <b>"
ITEMS = [
    {
        "time": "8.15",
        "who": "Mikko Järvinen",
        "service": "Digituki",
        "mode_name": "Toimistossa",
        "office": "Koivulan keskusta",
        "status_name": "Päättynyt",
        "status_tag": "neutral",
    },
    {
        "time": "9.00",
        "who": PERSON,
        "service": "Työnhakukeskustelu",
        "mode_name": "Toimistossa",
        "office": "Lintuvaaran yhteispalvelupiste",
        "status_name": "Paikalla, odottanut 6 min",
        "status_tag": "ok",
        "url": "/p/staff-home",
    },
    {
        "time": "10.30",
        "who": "Noora Karppinen",
        "service": "Alkuhaastattelu",
        "mode_name": "Puhelimessa",
        "office": "",
        "status_name": "Myöhässä noin 10 min",
        "status_tag": "warn",
    },
    {
        "time": "13.00",
        "who": "Ahmed Saleh",
        "service": "Palkkatuki ja työllistämisen taloudelliset tukimuodot",
        "mode_name": "Videolla",
        "office": "",
        "status_name": "Varattu",
        "status_tag": "brand",
    },
    {
        "time": "14.00",
        "who": "Päivi Rautiainen",
        "service": "Työnhakukeskustelu",
        "mode_name": "Toimistossa",
        "office": "Koivulan keskusta",
        "status_name": "Peruttu",
        "status_tag": "bad",
    },
]
MESSAGES = [
    {
        "created": "ti 24.11.2026 klo 8.52",
        "kind_name": "Varausvahvistus",
        "channel_name": "Tekstiviesti",
        "recipient": "040 123 4567",
        "subject": "",
        "status_name": "Perillä",
        "status_tag": "ok",
        "reason": "",
    },
    {
        "created": "ti 24.11.2026 klo 8.50",
        "kind_name": "Muistutus",
        "channel_name": "Sähköposti",
        "recipient": "asa.oneill-aakkonen.tyosahkoposti@esimerkkiorganisaatio.example",
        "subject": "Muistutus: tapaaminen ke 25.11.2026 klo 9.00",
        "status_name": "Ei lähetetty",
        "status_tag": "warn",
        "reason": "Sähköpostin lähetystä ei ole määritetty.",
    },
    {
        "created": "ma 23.11.2026 klo 15.10",
        "kind_name": "Peruutus",
        "channel_name": "Tekstiviesti",
        "recipient": "050 765 4321",
        "subject": "",
        "status_name": "Epäonnistui",
        "status_tag": "bad",
        "reason": "Numero ei ole käytössä. Tehtävä on tehty asiantuntijalle.",
    },
]
MAIL = [
    {
        "when": "ti 24.11.2026 klo 8.52",
        "channel": "sms",
        "channel_name": "Tekstiviesti",
        "recipient": "040 123 4567",
        "subject": "Aikasi on varattu ti 24.11.2026 klo 9.00",
        "url": "/p/demo-message",
    },
    {
        "when": "ti 24.11.2026 klo 8.52",
        "channel": "email",
        "channel_name": "Sähköposti",
        "recipient": PERSON,
        "subject": "Varausvahvistus: tapaaminen Koivulan työllisyyspalveluissa",
        "url": "/p/demo-message",
    },
]
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Vuoro API",
        "version": "1",
        "description": "Times are ISO 8601 with offset. Errors are application/problem+json.\nA key belongs to one municipality.",
    },
    "paths": {
        "/api/v1/services": {
            "get": {
                "summary": "Services of the municipality",
                "responses": {
                    "200": {
                        "description": "A page of services",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ServicePage"}}},
                    },
                    "default": {"$ref": "#/components/responses/Problem"},
                },
            }
        },
        "/api/v1/services/{id}/slots": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "summary": "Free times",
                "description": "At most 62 days.",
                "parameters": [
                    {
                        "name": "from",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "string", "format": "date"},
                        "description": "First day",
                    },
                    {
                        "name": "mode",
                        "in": "query",
                        "schema": {"type": "string", "enum": ["in_person", "phone", "video"]},
                    },
                ],
                "responses": {"200": {"description": "Free times in order"}},
            },
        },
        "/api/v1/appointments": {
            "post": {
                "summary": "Book a time",
                "description": "Honours Idempotency-Key.",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewAppointment"}}}
                },
                "responses": {"201": {"description": "Booked"}, "409": {"$ref": "#/components/responses/Problem"}},
            }
        },
        "/api/v1/webhooks/{id}": {
            "delete": {
                "summary": "Remove a webhook",
                "deprecated": True,
                "responses": {"204": {"description": "Gone"}},
            },
            "patch": {"summary": "Change", "responses": {"200": {"description": "Ok"}}},
        },
    },
    "components": {
        "responses": {
            "Problem": {
                "description": "What went wrong (RFC 9457)",
                "content": {
                    "application/problem+json": {
                        "schema": {
                            "type": "object",
                            "properties": {"code": {"type": "string"}, "detail": {"type": ["string", "null"]}},
                        }
                    }
                },
            }
        },
        "schemas": {
            "Service": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "integer"},
                    "names": {"type": "object", "properties": {"fi": {"type": "string"}, "sv": {"type": "string"}}},
                    "modes": {"type": "array", "items": {"type": "string"}},
                },
            },
            "ServicePage": {
                "type": "object",
                "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Service"}},
                    "next": {"type": ["string", "null"]},
                },
            },
            "NewAppointment": {
                "type": "object",
                "required": ["service_id", "starts_at", "mode", "client"],
                "properties": {
                    "service_id": {"type": "integer"},
                    "starts_at": {"type": "string", "format": "date-time"},
                    "mode": {"type": "string", "enum": ["in_person", "phone", "video"], "default": "in_person"},
                    "client": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "description": "First name and last name"},
                            "phone": {"type": "string"},
                        },
                    },
                    "answers": {"anyOf": [{"type": "object"}, {"type": "null"}]},
                },
            },
        },
    },
}
EMAIL = {
    "subject": "Aikasi on varattu",
    "preheader": "ti 24.11.2026 klo 9.00, Koivulan keskusta",
    "municipality_name": "Koivulan työllisyyspalvelut",
    "brand_colour": "#12504a",
    "on_brand_colour": "#ffffff",
    "paragraphs": [f"Hei {PERSON}!", "Aikasi on varattu. Muistutamme sinua edellisenä päivänä tekstiviestillä."],
    "facts": [
        ("Aika", "ti 24.11.2026 klo 9.00"),
        ("Paikka", "Koivulan keskusta, Virastokatu 4, 12345 Koivula"),
        ("Kenen kanssa", "Liisa, palveluasiantuntija"),
    ],
    "button": {"label": "Katso, muuta tai peru aika", "url": "https://ajat.koivula.example/a/7H3KX92MPQ4T"},
    "footer_lines": ["Koivulan työllisyyspalvelut, 040 123 4567", "Tähän viestiin ei voi vastata."],
}
TEXT = Markup(
    'Hei Åsa O&#39;Neill-Ääkkönen &lt;b&gt;,\n\naikasi on varattu ti 24.11.2026 klo 9.00.\n\nMuuta tai peru: <a href="/p/page">https://ajat.koivula.example/a/7H3KX92MPQ4T</a>'
)

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "staff-sign-in": (
        "staff/sign_in.html",
        {
            "action_url": "/p/staff-home",
            "email": "liisa@koivula.example",
            "error": "Sähköpostiosoite tai salasana on väärin.",
        },
    ),
    "staff-outbox": (
        "staff/outbox.html",
        {
            **STAFF,
            "messages": MESSAGES,
            "warnings": ["Tekstiviestejä ei lähetetä: tekstiviestipalvelua ei ole määritetty."],
            "pager": {"previous_url": "", "next_url": "?page=2", "text": "1–50 / 120"},
        },
    ),
    "demo-mailbox": ("demo/mailbox.html", {"messages": MAIL, "pager": None}),
    "demo-message": (
        "demo/message.html",
        {
            "channel": "email",
            "subject": "Varausvahvistus: tapaaminen",
            "recipient": "asa@esimerkki.example",
            "when": "ti 24.11.2026 klo 8.52",
            "text_html": TEXT,
            "attachments": [{"name": "tapaaminen.ics", "url": "/p/page"}],
            "back_url": "/p/demo-mailbox",
        },
    ),
    "demo-sms": (
        "demo/message.html",
        {
            "channel": "sms",
            "subject": "Tekstiviesti",
            "recipient": "040 123 4567",
            "when": "ti 24.11.2026 klo 8.52",
            "text_html": TEXT,
            "attachments": [],
            "back_url": "/p/demo-mailbox",
        },
    ),
    "api-docs": (
        "api/docs.html",
        {"spec": SPEC, "spec_url": "/api/v1/openapi.json", "municipality": None, "footer_links": []},
    ),
    "email": ("messages/email.html", EMAIL),
}

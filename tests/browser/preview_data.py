# ruff: noqa: E501
"""Fake contexts for preview_templates: long Finnish words, names with every trap, every state of a page."""

from types import SimpleNamespace
from typing import Any

PERSON = "Åsa O'Neill-Ääkkönen <b>"

COMMON: dict[str, Any] = {
    "lang": "fi",
    "languages": [
        {"code": "fi", "name": "Suomi", "url": "?lang=fi", "current": True},
        {"code": "sv", "name": "Svenska", "url": "?lang=sv", "current": False},
        {"code": "en", "name": "English", "url": "?lang=en", "current": False},
    ],
    "municipality": SimpleNamespace(
        name="Koivulan työllisyyspalvelut",
        phone="040 123 4567",
        email="tyollisyyspalvelut@koivula.example",
        slug="koivula",
        home_url="/p/front",
    ),
    "brand_css_url": "",
    "footer_links": [
        {"label": "Saavutettavuusseloste", "url": "/p/front"},
        {"label": "Tietosuoja ja henkilötietojen käsittely", "url": "/p/front"},
    ],
}

SERVICE = {
    "name": "Työnhakukeskustelu",
    "description": "Käydään läpi tilanteesi, työnhakusi ja palvelut, joista voisi olla sinulle hyötyä.",
    "duration_text": "45 min",
    "instructions": "",
    "url": "/p/how",
}
SERVICES = [
    {**SERVICE, "mode_names": ["Toimistossa", "Puhelimessa", "Videolla"]},
    {
        "name": "Alkuhaastattelu",
        "description": "Ensimmäinen tapaaminen, kun työnhakusi on juuri alkanut.",
        "duration_text": "60 min",
        "mode_names": ["Toimistossa", "Videolla"],
        "url": "/p/how",
    },
    {
        "name": "Digituki",
        "description": "Apua sähköisten palvelujen käyttöön. Ota oma laitteesi mukaan, jos sinulla on sellainen.",
        "duration_text": "30 min",
        "mode_names": ["Toimistossa"],
        "url": "/p/how",
    },
    {
        "name": "Palkkatuki ja työllistämisen taloudelliset tukimuodot työnantajille",
        "description": "",
        "duration_text": "30 min",
        "mode_names": ["Puhelimessa"],
        "url": "/p/how",
    },
]
STEP = {"n": 2, "total": 5}
SUMMARY = ["45 min", "Toimistossa", "Koivulan keskusta"]
HOW = {
    "service": SERVICE,
    "options": [
        {
            "name": "Koivulan keskusta",
            "hint": "Toimipisteessä, Virastokatu 4, 12345 Koivula",
            "icon": "in_person",
            "url": "/p/time",
        },
        {
            "name": "Lintuvaaran yhteispalvelupiste",
            "hint": "Toimipisteessä, Käpytie 12 B",
            "icon": "in_person",
            "url": "/p/time",
        },
        {"name": "Puhelimessa", "hint": "Soitamme sinulle sovittuun aikaan.", "icon": "phone", "url": "/p/time"},
        {
            "name": "Mikä tahansa tapaamistapa",
            "hint": "Näet aikaisimmat vapaat ajat.",
            "icon": "calendar",
            "url": "/p/time",
        },
    ],
    "errors": {},
    "back_url": "/p/front",
    "step": {"n": 1, "total": 5},
}


def times(*labels: str, way: str = "") -> dict[str, Any]:
    """Buttons of one day in one way of meeting."""
    buttons = [
        {
            "label": t,
            "value": f"2026-11-25T{t}",
            "aria_label": f"Keskiviikko 25.11.2026 klo {t}",
        }
        for t in labels
    ]
    return {"label": way, "times": buttons}


TIMES: dict[str, Any] = {
    "next_times": [
        {
            "label": "ti 24.11.2026 klo 9.00",
            "value": "1",
            "note": "Liisa, palveluasiantuntija (oma asiantuntijasi)",
        },
        {"label": "ti 24.11.2026 klo 13.15", "value": "2", "note": "Pekka, uraohjaaja"},
        {"label": "ke 25.11.2026 klo 8.15", "value": "3", "note": ""},
    ],
    "days": [
        {"heading": "Keskiviikko 25.11.2026", "groups": [times("8.15", "9.00", "10.30", "12.15", "13.00", "14.30")]},
        {
            "heading": "Torstai 26.11.2026",
            "groups": [times("9.45", "11.15", way="Koivulan keskusta"), times("9.45", way="Puhelimessa")],
        },
    ],
    "later_url": "/p/time?from=2026-11-30",
    "earlier_url": "",
    "nothing_free": None,
    "notice": "",
    "action_url": "/p/time",
    "hidden": {"mode": "in_person", "office": "1"},
}
FILTERS = {
    "url": "/p/time",
    "hidden": {"mode": "in_person", "office": "1"},
    "part": "all",
    "professional": "",
    "professionals": [
        {"value": "", "name": "Kuka tahansa", "selected": True},
        {"value": "own", "name": "Liisa, palveluasiantuntija (oma asiantuntijasi)", "selected": False},
        {"value": "7", "name": "Pekka, uraohjaaja", "selected": False},
    ],
}
TIME = {"service": SERVICE, "summary": SUMMARY, "filters": FILTERS, "back_url": "/p/how", "step": STEP, **TIMES}
NOTHING = {
    "text": "Näillä valinnoilla ei ole vapaita aikoja 24.11.2026–5.1.2027.",
    "phone": "040 123 4567",
    "ways_on": [{"label": "Toisen ammattilaisen kanssa", "when": "ke 25.11.2026 klo 9.00", "url": "/p/time"}],
}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "front": ("public/front.html", {"services": SERVICES}),
    "front-empty": (
        "public/front.html",
        {"services": []},
    ),
    "how": ("book/how.html", HOW),
    "how-error": ("book/how.html", {**HOW, "errors": {"mode": "Valitse, miten haluat asioida."}}),
    "guide": (
        "public/guide.html",
        {
            "question": "Missä vaiheessa työnhakusi on?",
            "help": "Valitse vaihtoehto, joka on lähimpänä.",
            "choices": [
                {"label": service["name"], "help": service["description"], "url": "/p/how"} for service in SERVICES
            ],
            "trail": ["Etsin työtä"],
            "back_url": "/p/front",
            "all_url": "/p/front",
        },
    ),
    "time": ("book/time.html", TIME),
    "time-lost": (
        "book/time.html",
        {**TIME, "notice": "Tämä aika ehdittiin juuri varata. Tässä ovat lähimmät vapaat ajat."},
    ),
    "time-nothing": ("book/time.html", {**TIME, "nothing_free": NOTHING}),
}

QUESTIONS = [
    {
        "name": "matter",
        "kind": "long_text",
        "label": "Mistä haluaisit keskustella?",
        "help": "Muutama lause riittää. Älä kirjoita tähän henkilötunnustasi.",
        "required": True,
        "options": [],
        "value": "Työsuhteeni päättyi lokakuussa. " + PERSON,
        "error": "",
        "max_length": 1000,
    },
    {
        "name": "situation",
        "kind": "choice",
        "label": "Mikä kuvaa tilannettasi parhaiten?",
        "help": "",
        "required": True,
        "value": "2",
        "error": "",
        "max_length": None,
        "options": [
            {"value": "1", "label": "Olen työtön työnhakija"},
            {"value": "2", "label": "Työsuhteeni on päättymässä"},
            {"value": "3", "label": "Opiskelen tai olen palaamassa perhevapaalta työmarkkinoille"},
        ],
    },
    {
        "name": "topics",
        "kind": "several",
        "label": "Mitkä palvelut kiinnostavat?",
        "help": "Voit valita useita.",
        "required": False,
        "value": ["b"],
        "error": "",
        "max_length": None,
        "options": [
            {"value": "a", "label": "Ammatinvalinta- ja uraohjaus"},
            {"value": "b", "label": "Työvoimakoulutus"},
            {"value": "c", "label": "Starttiraha"},
        ],
    },
    {
        "name": "interpreter",
        "kind": "yes_no",
        "label": "Tarvitsetko tulkin?",
        "help": "",
        "required": True,
        "options": [],
        "value": "",
        "error": "Valitse kyllä tai ei",
        "max_length": None,
    },
    {
        "name": "ended",
        "kind": "date",
        "label": "Milloin työsuhteesi päättyi?",
        "help": "",
        "required": False,
        "options": [],
        "value": "2026-10-31",
        "error": "",
        "max_length": None,
    },
    {
        "name": "title",
        "kind": "text",
        "label": "Viimeisin ammattinimikkeesi",
        "help": "",
        "required": False,
        "options": [],
        "value": "",
        "error": "",
        "max_length": 100,
    },
]
HOLD = {
    "hold_note": "Pidämme tätä aikaa sinulle kello 12.10 asti.",
    "expires_in_seconds": 545,
    "chosen": "ti 24.11.2026 klo 9.00",
    "back_url": "/p/time",
    "action_url": "/p/check",
}
ROWS = [
    {
        "key": "Aika",
        "value": ["ti 24.11.2026 klo 9.00", "kesto 45 min"],
        "change_url": "/p/time",
        "change_label": "aika",
    },
    {"key": "Asia", "value": "Työnhakukeskustelu", "change_url": "/p/front", "change_label": "asia"},
    {
        "key": "Miten ja missä",
        "value": ["Toimistossa", "Koivulan keskusta, Virastokatu 4, 12345 Koivula"],
        "change_url": "/p/how",
        "change_label": "tapa ja paikka",
    },
    {"key": "Kenen kanssa", "value": "Liisa, palveluasiantuntija"},
    {"key": "Nimi", "value": PERSON, "change_url": "/p/details", "change_label": "nimi"},
    {"key": "Puhelin", "value": "040 123 4567", "change_url": "/p/details", "change_label": "puhelin"},
    {
        "key": "Sähköposti",
        "value": "asa.oneill-aakkonen.tyosahkoposti@esimerkkiorganisaatio.example",
        "change_url": "/p/details",
        "change_label": "sähköposti",
    },
]
PLAIN_ROWS = [{"key": r["key"], "value": r["value"]} for r in ROWS]
APPOINTMENT: dict[str, Any] = {
    "done": False,
    "status": "booked",
    "status_text": "Varattu",
    "rows": PLAIN_ROWS[1:6],
    "reference": "KVL-7H3K-92",
    "when": "ti 24.11.2026 klo 9.00",
    "what_next": [],
    "bring": "Ota mukaasi henkilöllisyystodistus.\nIlmoittaudu aulassa saapumiskoodilla 4K7P2M.",
    "join_url": "",
    "ics_url": "/p/page",
    "change_url": "/p/change",
    "cancel_url": "/p/cancel",
    "can_change": True,
    "cannot_change_reason": "",
    "receipts_url": "/p/receipts",
    "new_receipt_url": "",
    "book_again_url": "",
    "notice": "",
    "notice_kind": "ok",
    "consent": {"given": False, "name": "Liisa", "action_url": "/p/page"},
}
LATE = {
    "question": "Myöhästytkö?",
    "hint": "Kerro siitä yhdellä painalluksella: Liisa näkee sen heti.",
    "thanks": "",
    "choices": [{"value": n, "label": f"{n} min{' tai enemmän' if n == 15 else ''}"} for n in (5, 10, 15)],
    "action_url": "/p/page",
}
RECEIPTS = [
    {
        "number": number,
        "what": what,
        "done": "ma 16.11.2026 klo 14.32",
        "about": "ti 24.11.2026 klo 9.00 · Työnhakukeskustelu",
        "url": "/p/receipt",
        "pdf_url": "/p/receipt",
    }
    for number, what in (("R-K7MQ4-XTP9C", "Aika vaihdettu"), ("R-9XTP4-K7MQD", "Aika varattu"))
]
NEXT = [
    "Lähetimme vahvistuksen numeroon 040 123 4567.",
    "Muistutamme sinua edellisenä päivänä tekstiviestillä.",
    "Voit muuttaa tai perua ajan tältä sivulta viimeistään ma 23.11.2026 klo 9.00.",
]

PAGES |= {
    "questions": (
        "book/questions.html",
        {**HOLD, "questions": [{**q, "error": ""} for q in QUESTIONS], "errors": {}, "step": {"n": 3, "total": 5}},
    ),
    "questions-error": (
        "book/questions.html",
        {
            **HOLD,
            "questions": QUESTIONS,
            "errors": {"interpreter": "Valitse, tarvitsetko tulkin"},
            "step": {"n": 3, "total": 5},
        },
    ),
    "details": (
        "book/details.html",
        {
            "ask_may_move": True,
            **HOLD,
            "values": {"name": PERSON, "phone": "", "email": "", "language": "fi"},
            "errors": {},
            "phone_required": True,
            "email_required": False,
            "step": {"n": 4, "total": 5},
        },
    ),
    "details-error": (
        "book/details.html",
        {
            **HOLD,
            "values": {"name": "", "phone": "04x", "email": "a@", "language": "fi"},
            "phone_required": True,
            "email_required": True,
            "step": {"n": 4, "total": 5},
            "errors": {
                "name": "Kirjoita nimesi",
                "phone": "Kirjoita puhelinnumero numeroina, esimerkiksi 040 123 4567",
                "email": "Tarkista sähköpostiosoite",
            },
        },
    ),
    "check": (
        "book/check.html",
        {
            **HOLD,
            "rows": ROWS,
            "notes": NEXT,
            "privacy_note": "Käytämme tietojasi vain ajanvarauksen hoitamiseen.",
            "step": {"n": 5, "total": 5},
            "errors": {},
        },
    ),
    "expired": ("book/expired.html", {"start_url": "/p/front"}),
    "page": ("appointment/page.html", APPOINTMENT),
    "page-done": ("appointment/page.html", {**APPOINTMENT, "done": True, "what_next": NEXT, "join_url": "/p/page"}),
    "page-cancelled": (
        "appointment/page.html",
        {
            **APPOINTMENT,
            "status": "cancelled",
            "status_text": "Peruttu",
            "can_change": False,
            "book_again_url": "/p/front",
            "ics_url": "",
            "bring": "",
            "notice": "Aika on peruttu. Saat peruutuksesta kuitin.",
        },
    ),
    "page-late": ("appointment/page.html", {**APPOINTMENT, "late": LATE}),
    "page-past": (
        "appointment/page.html",
        {
            **APPOINTMENT,
            "status": "completed",
            "status_text": "Mennyt",
            "can_change": False,
            "ics_url": "",
            "cannot_change_reason": "Aikaa ei voi enää muuttaa tällä sivulla, koska sen alkuun on alle kaksi tuntia. Soita meille.",
            "bring": "",
        },
    ),
    "change": (
        "appointment/change.html",
        {**TIMES, "filters": FILTERS, "when": "ti 24.11.2026 klo 9.00", "summary": SUMMARY, "back_url": "/p/page"},
    ),
    "change-check": (
        "appointment/change_check.html",
        {
            "old": {"when": "ti 24.11.2026 klo 9.00", "facts": ["Liisa, palveluasiantuntija"]},
            "new": {"when": "to 26.11.2026 klo 11.15", "facts": ["Pekka, uraohjaaja"]},
            "action_url": "/p/page",
            "back_url": "/p/change",
            "keep_url": "/p/page",
            "rows": [],
        },
    ),
    "cancel": (
        "appointment/cancel.html",
        {
            "when": "ti 24.11.2026 klo 9.00",
            "summary": ["Työnhakukeskustelu", "Koivulan keskusta"],
            "action_url": "/p/page",
            "back_url": "/p/page",
            "keep_url": "/p/page",
            "change_url": "/p/change",
            "values": {},
            "errors": {},
        },
    ),
    "receipts": ("appointment/receipts.html", {"receipts": RECEIPTS, "back_url": "/p/page"}),
    "receipt": (
        "appointment/receipt.html",
        {
            "receipt": {
                "number": "R-K7MQ4-XTP9C",
                "what": "Aika varattu",
                "done_rows": [
                    {"key": "Kuitin numero", "value": "R-K7MQ4-XTP9C"},
                    {"key": "Tehty", "value": "ma 16.11.2026 klo 14.32"},
                ],
                "rows": PLAIN_ROWS,
                "code": "K7MQ-4XTP-9CDE",
                "verify_address": "/p/verify",
            },
            "back_url": "/p/receipts",
            "pdf_url": "/p/receipt",
        },
    ),
    "verify": ("public/verify.html", {"code": "", "errors": {}, "action_url": "/p/verified"}),
    "verified": ("public/verified.html", {"rows": PLAIN_ROWS, "again_url": "/p/verify"}),
    "error-404": (
        "error.html",
        {
            "title": "Sivua ei löytynyt",
            "message": "Linkki voi olla vanha, tai osoitteessa on kirjoitusvirhe.",
            "actions": [{"label": "Etusivulle", "url": "/p/front"}],
            "code": 404,
        },
    ),
    "error-neutral": (
        "error.html",
        {
            "title": "Palvelussa on häiriö",
            "message": "Yritä hetken kuluttua uudelleen. Mitään ei varattu eikä peruttu.",
            "actions": [{"label": "Yritä uudelleen", "url": "/p/front"}, {"label": "Etusivulle", "url": "/"}],
            "code": 503,
            "municipality": None,
            "footer_links": [],
        },
    ),
}

BRANDS = {
    "yellow": ":root{--vuoro-brand:#ffd200;--vuoro-on-brand:#1c1800;--vuoro-brand-strong:#3d3200;--vuoro-on-brand-strong:#fff;"
    "--vuoro-brand-soft:#fff7d1;--vuoro-link:#5e4d00;--vuoro-accent:#0b5fa5;--vuoro-on-accent:#fff}",
    "blue": ":root{--vuoro-brand:#0b4ea2;--vuoro-on-brand:#fff;--vuoro-brand-strong:#062e63;--vuoro-on-brand-strong:#fff;"
    "--vuoro-brand-soft:#e6eff9;--vuoro-link:#0b4ea2;--vuoro-accent:#ff8a3d;--vuoro-on-accent:#2b1200}",
}
PAGES |= {
    "brand-yellow": ("book/time.html", {**TIME, "brand_css_url": "/brand.css?name=yellow"}),
    "brand-yellow-done": (
        "appointment/page.html",
        {**APPOINTMENT, "done": True, "what_next": NEXT, "brand_css_url": "/brand.css?name=yellow"},
    ),
    "brand-blue": ("book/how.html", {**HOW, "brand_css_url": "/brand.css?name=blue"}),
}

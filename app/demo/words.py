"""What the demo's municipalities say in their own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.admin.editing import Span, change_statement, change_text
from app.admin.feedback import Said, send
from app.core.audit import SYSTEM, Actor
from app.core.texts import KINDS
from app.demo.content import Text, t

WORDS: Mapping[str, Mapping[str, Text]] = {
    "koivula": {
        "phone_hours": t("Vastaamme ma–pe klo 9–15.", "Vi svarar mån–fre kl. 9–15.", "We answer Mon–Fri 9:00–15:00."),
        "contact": t(
            "Torikatu 8, 06990 Koivula\nKirjaamo: kirjaamo@koivula.example",
            "Torggatan 8, 06990 Björkby\nRegistratorskontor: kirjaamo@koivula.example",
            "Torikatu 8, 06990 Koivula\nRegistry: kirjaamo@koivula.example",
        ),
        "data_protection_officer": t(
            "Koivulan tietosuojavastaava\ntietosuoja@koivula.example",
            "Dataskyddsombudet i Björkby\ntietosuoja@koivula.example",
            "Data protection officer of Koivula\ntietosuoja@koivula.example",
        ),
        "accessibility_failing": t(
            "- Kuitin PDF-tiedostossa ei ole rakennetta ruudunlukijaa varten (WCAG 1.3.1). Sama kuitti on luettavissa "
            "verkkosivuna. Korjaamme puutteen kevään aikana.",
            "- Kvittot som PDF-fil saknar struktur för skärmläsare (WCAG 1.3.1). Samma kvitto finns som webbsida. "
            "Vi rättar till bristen under våren.",
            "- The receipt as a PDF file has no structure for screen readers (WCAG 1.3.1). The same receipt is there "
            "as a web page. We mend this during the spring.",
        ),
    },
    "rantala": {
        "phone_hours": t("Vastaamme ma–pe klo 9–13.", "Vi svarar mån–fre kl. 9–13.", "We answer Mon–Fri 9:00–13:00."),
    },
}
ASSESSED = {"koivula": 60}
"""How many days ago a municipality assessed its service; the others have not."""
FEEDBACK = {
    "koivula": (
        (3, Said("other", "Aika löytyi nopeasti. Kiitos!", "", "fi")),
        (12, Said("accessibility", "Ruudunlukija ei lue, kuinka kauan aikaa pidetään minulle.", "040 123 4567", "fi")),
        (
            16,
            Said(
                "accessibility", "Jag hittar inte tillbaka till min bokning med tangentbordet.", "maja@example.fi", "sv"
            ),
        ),
    )
}


def add_words(session: Session, slug: str, *, now: datetime) -> None:
    """Write the texts, the accessibility statement and some feedback of one municipality."""
    staff = Actor("staff", label="Antti Vainio")
    for key, texts in WORDS.get(slug, {}).items():
        change_text(session, KINDS[key], texts, opened=0, span=Span(), actor=staff, now=now)
    if slug in ASSESSED:
        day = (now - timedelta(days=ASSESSED[slug])).date().isoformat()
        facts = {"status": "partly", "assessed_by": "", "assessed_on": day, "published_on": day, "updated_on": day}
        change_statement(session, facts, opened=0, actor=staff, now=now)
    for days, said in FEEDBACK.get(slug, ()):
        send(session, said, form=f"demo {days}", actor=SYSTEM, now=now - timedelta(days=days))

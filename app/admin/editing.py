"""Changing a municipality's texts and facts, so that two who write at once never undo each other unknowingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.admin.models import AccessibilityStatement, Conformance
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.db import LocalText
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import LANGUAGES, N_
from app.core.texts import MunicipalityText, TextKind
from app.core.typed import Unusable, clean_line, clean_text

LONGEST_ASSESSOR = 200
STATEMENT_DATES = ("assessed_on", "published_on", "updated_on")


class ChangedMeanwhile(Conflict):
    """Somebody else saved after this page was opened; nothing has been written."""

    code = "changed_meanwhile"
    message = N_("Somebody changed this while you were writing. Compare, then save again.")


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when a text is shown; open where None."""

    since: datetime | None = None
    until: datetime | None = None


def find_text(session: Session, key: str) -> MunicipalityText | None:
    """The municipality's own text of a kind."""
    text: MunicipalityText | None = session.scalar(select(MunicipalityText).where(MunicipalityText.key == key))
    return text


def change_text(
    session: Session,
    kind: TextKind,
    typed: Mapping[str, str],
    *,
    opened: int,
    span: Span,
    actor: Actor,
    now: datetime,
) -> None:
    """Save a text; ``opened``: the version that the page showed (0: none). Raises ``InvalidInput``, ``ChangedMeanwhile``."""
    texts = _cleaned(kind, typed)
    if span.since and span.until and span.since >= span.until:
        raise InvalidInput({"shown_until": N_("The end must be after the beginning.")})
    one_writer(session, kind.key)
    row = find_text(session, kind.key)
    if (row.version if row else 0) != opened:
        raise ChangedMeanwhile
    if row is None:
        row = MunicipalityText(key=kind.key, version=0)
        session.add(row)
    row.texts, row.shown_from, row.shown_until = texts, span.since, span.until
    row.version, row.changed_by, row.changed_at = row.version + 1, actor.label, now
    session.flush()
    audit.record(session, actor=actor, action="text.change", on=row, now=now, key=kind.key, languages=sorted(texts))


def _cleaned(kind: TextKind, typed: Mapping[str, str]) -> LocalText:
    texts, errors = {}, {}
    for language in LANGUAGES:
        try:
            texts[language] = clean_text(typed.get(language, ""), longest=kind.longest)
        except Unusable as problem:
            errors[f"text_{language}"] = str(problem)
    if errors:
        raise InvalidInput(errors)
    return {language: text for language, text in texts.items() if text}


def one_writer(session: Session, name: str) -> None:
    """One writer at a time, also of what has no row yet."""
    key = func.hashtext(f"vuoro.edit.{tenancy.bound_to(session)}.{name}")
    session.execute(select(func.pg_advisory_xact_lock(key)))


def find_statement(session: Session) -> AccessibilityStatement | None:
    """The facts of the accessibility statement, once somebody has given them."""
    found: AccessibilityStatement | None = session.scalar(select(AccessibilityStatement))
    return found


def change_statement(session: Session, typed: Mapping[str, str], *, opened: int, actor: Actor, now: datetime) -> None:
    """Save the facts as typed, dates in ISO form. Raises ``InvalidInput``, ``ChangedMeanwhile``."""
    facts = _facts(typed)
    one_writer(session, "accessibility_statement")
    row = find_statement(session)
    if (row.version if row else 0) != opened:
        raise ChangedMeanwhile
    if row is None:
        row = AccessibilityStatement(version=0)
        session.add(row)
    for column, value in facts.items():
        setattr(row, column, value)
    row.version, row.changed_by, row.changed_at = row.version + 1, actor.label, now
    session.flush()
    audit.record(session, actor=actor, action="statement.change", on=row, now=now, status=row.status)


def _facts(typed: Mapping[str, str]) -> dict[str, str | date]:
    """Columns of the statement. Raises ``InvalidInput`` with everything that is wrong."""
    errors = {} if typed["status"] in list(Conformance) else {"status": N_("Choose one.")}
    assessed_by = ""
    try:
        assessed_by = clean_line(typed["assessed_by"], longest=LONGEST_ASSESSOR)
    except Unusable as problem:
        errors["assessed_by"] = str(problem)
    dates = {name: found for name in STATEMENT_DATES if (found := _date(typed[name]))}
    errors |= {name: N_("Enter a date.") for name in STATEMENT_DATES if name not in dates}
    if not errors and dates["updated_on"] < dates["published_on"]:
        errors["updated_on"] = N_("The statement cannot have been updated before it was published.")
    if errors:
        raise InvalidInput(errors)
    return {"status": typed["status"], "assessed_by": assessed_by, **dates}


def _date(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None

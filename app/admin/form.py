"""A form of settings as it was typed: what can be used of it, what is wrong, and how it differs from what is saved."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.admin.editing import ChangedMeanwhile
from app.core.audit import AuditEvent
from app.core.db import LocalText
from app.core.errors import InvalidInput
from app.core.i18n import LANGUAGES, N_, format_instant, gettext
from app.core.typed import NAME_LENGTH, Unusable, clean_line, clean_text
from app.identity.access import own_municipality

_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,30}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAIN = str.maketrans("åäöéü", "aaoeu")
LONGEST_SLUG = 60

REQUIRED = N_("Fill in this field.")
CHANGED = N_("%(who)s saved this after you opened it (%(when)s). Look at what differs, then save again.")


@dataclass(frozen=True, slots=True)
class Line:
    """A field by name, what the page calls it, and what its values are called.

    ``local``: one field a language. ``before``: what stands before the label, to tell the same fields apart.
    """

    name: str
    label: str
    local: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    before: str = ""


@dataclass(slots=True)
class Form:
    """Every field's texts by its name; a local text has a field ``name-fi`` for each language offered."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    languages: Sequence[str] = ()
    errors: dict[str, str] = field(default_factory=dict)
    """By field, in the reader's language."""

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> Form:
        """What somebody sent."""
        return cls({name: list(values) for name, values in form.lists()}, offered_languages())

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Form:
        """What is saved: texts, numbers, lists, truths, and texts by language (as mappings)."""
        form = cls({}, offered_languages())
        for name, value in values.items():
            if isinstance(value, Mapping):
                form.fields |= {f"{name}-{code}": [value.get(code, "")] for code in form.languages}
            elif isinstance(value, list | tuple):
                form.fields[name] = [str(item) for item in value]
            elif isinstance(value, bool):
                form.fields[name] = ["1"] if value else []
            else:
                form.fields[name] = ["" if value is None else str(value)]
        return form

    # — for the page —

    def value(self, name: str) -> str:
        """What stands in a field."""
        return (self.fields.get(name) or [""])[0]

    def values(self, name: str) -> list[str]:
        """Everything that is chosen of several."""
        return self.fields.get(name, [])

    # — reading —

    def refuse(self, name: str, message: str, **values: object) -> None:
        """Say of a field (msgid) why it cannot be used; the first reason stays."""
        self.errors.setdefault(name, gettext(message, **values))

    def require_good(self) -> None:
        """Raises ``InvalidInput`` if a field was refused."""
        if self.errors:
            raise InvalidInput(self.errors)

    def line(self, name: str, *, longest: int = NAME_LENGTH, required: bool = False) -> str:
        """A text of one line."""
        return self._clean(name, longest, required, lines=False)

    def local(
        self, name: str, *, longest: int = NAME_LENGTH, required: bool = False, lines: bool = False, kept: LocalText
    ) -> LocalText:
        """A text in every language offered; ``kept`` has what is saved in others. ``required``: in each of them."""
        found = {code: self._clean(f"{name}-{code}", longest, required, lines=lines) for code in self.languages}
        others = {code: text for code, text in kept.items() if code not in self.languages}
        return {code: text for code, text in (others | found).items() if text}

    def _clean(self, name: str, longest: int, required: bool, *, lines: bool) -> str:
        try:
            text = (clean_text if lines else clean_line)(self.value(name), longest=longest)
        except Unusable as problem:
            self.refuse(name, str(problem))
            return ""
        if required and not text:
            self.refuse(name, REQUIRED)
        return text

    def phone(self, name: str) -> str:
        """A telephone number as the municipality writes it."""
        text = self.line(name, longest=40)
        if text and not _PHONE.fullmatch(text):
            self.refuse(name, N_("Enter a phone number, for example 040 123 4567 or +358 40 123 4567."))
        return text

    def slug(self, name: str, otherwise: str) -> str:
        """The part of an address; made of ``otherwise`` where nothing was typed."""
        typed = self.line(name).lower() or slug_of(otherwise)
        if not _SLUG.fullmatch(typed) or len(typed) > LONGEST_SLUG:
            self.refuse(name, N_("Use small letters a–z, digits and hyphens, at most 60 of them."))
        return typed

    def number(self, name: str, least: int, most: int, *, step: int = 1) -> int | None:
        """A whole number; None where nothing was typed, and where it was refused."""
        typed = self.value(name).strip()
        if not typed:
            return None
        known = typed.isascii() and typed.isdigit() and len(typed) < 10
        if not known or not least <= int(typed) <= most or int(typed) % step:
            self.refuse(name, N_("Enter a whole number from %(least)s to %(most)s."), least=least, most=most)
            return None
        return int(typed)

    def some_of(self, name: str, allowed: Collection[str], *, required: str = "") -> list[str]:
        """What was chosen of several; ``required`` is said where nothing was."""
        chosen = [value for value in allowed if value in self.values(name)]
        if required and not chosen:
            self.refuse(name, required)
        return chosen

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """What was chosen of several where one is."""
        if self.value(name) not in allowed:
            self.refuse(name, N_("Choose one."))
        return self.value(name)

    def truth(self, name: str) -> bool:
        """True if the box was ticked."""
        return bool(self.values(name))

    # — comparing —

    def differences(self, saved: Form, lines: Sequence[Line]) -> list[dict[str, str]]:
        """Where what is typed differs from what is saved: ``{place, theirs, yours}``."""
        theirs, yours = dict(saved._shown(lines)), dict(self._shown(lines))
        return [
            {"place": place, "theirs": theirs[place], "yours": yours[place]}
            for place in theirs
            if theirs[place] != yours[place]
        ]

    def _shown(self, lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
        for line in lines:
            for code in self.languages if line.local else [""]:
                name = f"{line.name}-{code}" if code else line.name
                texts = [" ".join(line.options.get(text, text).split()) for text in self.values(name)]
                place = ", ".join([line.before + gettext(line.label), *([LANGUAGES[code]] if code else [])])
                yield place, ", ".join(sorted(texts))


def offered_languages() -> list[str]:
    """The languages that the municipality writes in, in the order of the pages."""
    return [code for code in LANGUAGES if code in own_municipality().languages]


def language_fields() -> list[dict[str, str]]:
    """The same for a page's fields."""
    return [{"code": code, "name": LANGUAGES[code]} for code in offered_languages()]


def first_text(texts: LocalText) -> str:
    """The text in the first language that has it."""
    return next((texts[code] for code in LANGUAGES if texts.get(code)), "")


def slug_of(name: str) -> str:
    """``Itäkeskuksen toimipiste`` as it stands in an address."""
    words = re.findall(r"[a-z0-9]+", name.lower().translate(_PLAIN))
    return "-".join(words)[:LONGEST_SLUG].strip("-")


def changed_text(session: Session, row: Any) -> str:
    """Who saved a row last, and when, for somebody who was about to save over it."""
    query = select(AuditEvent).where(AuditEvent.object_type == row.__tablename__, AuditEvent.object_id == row.id)
    last = session.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1)).first()
    if last is None:
        return ChangedMeanwhile().text()
    return gettext(CHANGED, who=last.actor_label or "Vuoro", when=format_instant(last.at, own_municipality().zone))


def what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """For the log: what each field was and became, where it changed."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}

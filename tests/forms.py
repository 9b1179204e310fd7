"""Forms of a page as a browser would send them: what a person without JavaScript can fill in and press."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.datastructures import MultiDict

Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """One form: where it goes, what it holds, and what its buttons say."""

    action: str
    pairs: Pairs = field(default_factory=list)
    buttons: Pairs = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """Everything under a name, in the order of the page."""
        return [value for key, value in self.pairs if key == name]

    def fill(self, name: str, *values: str, at: int = 0) -> Form:
        """Type values into the fields of a name, beginning with the one at a place."""
        places = [n for n, (key, _) in enumerate(self.pairs) if key == name][at : at + len(values)]
        assert len(places) == len(values), f"there are too few fields {name!r}"
        for place, value in zip(places, values, strict=True):
            self.pairs[place] = (name, value)
        return self

    def tick(self, name: str, *values: str) -> Form:
        """Tick boxes."""
        self.pairs += [(name, value) for value in values]
        return self

    def press(self, browser: Any, name: str = "", value: str = "") -> Any:
        """Send the form by one of its buttons."""
        assert not name or (name, value) in self.buttons, f"no button {name}={value!r}: {self.buttons}"
        return browser.post(self.action, data=MultiDict([*self.pairs, *([(name, value)] if name else [])]))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.open = Form(given.get("action", ""))
            self.forms.append(self.open)
        elif self.open is None:
            return
        elif tag == "input":
            self._input(given, self.open)
        elif tag == "button" and "name" in given:
            self.open.buttons.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self.select = (given["name"], [])
        elif tag == "option" and self.select:
            self.select[1].append((given.get("value", ""), "selected" in given))

    def _input(self, given: dict[str, str], form: Form) -> None:
        chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
        if "name" in given and chosen:
            form.pairs.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select and self.open:
            name, options = self.select
            self.open.pairs.append((name, next((value for value, chosen in options if chosen), options[0][0])))
            self.select = None


def forms_of(page: Any) -> list[Form]:
    """Every form of an answer."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def form_of(page: Any, action: str) -> Form:
    """The form that goes to an address."""
    found = [form for form in forms_of(page) if form.action.partition("?")[0] == action]
    assert len(found) == 1, f"{len(found)} forms to {action}: {[form.action for form in forms_of(page)]}"
    return found[0]

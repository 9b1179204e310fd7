"""The page "How would you like to meet?": one press on a way of meeting, or on an office, leads to the times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.booking.search import ANY, Filters
from app.booking.views import mode_hint, mode_name, professional_text, service_view
from app.core.i18n import gettext, local_text
from app.scheduling.models import Mode, Office, Professional, Service


@dataclass(frozen=True, slots=True)
class HowPage:
    """What can be chosen of a service. ``professional``: with whom, where that is settled already."""

    service: Service
    offices: Sequence[Office]
    filters: Filters
    times_url: Callable[..., str]
    professional: Professional | None = None
    keep: Mapping[str, Any] = field(default_factory=dict)

    @property
    def modes(self) -> list[str]:
        """The ways of meeting that are left to choose from."""
        offered = list(self.service.modes)
        given = [mode for mode in offered if self.professional is None or mode in self.professional.modes] or offered
        return [self.filters.mode] if self.filters.mode in given else given

    def settled(self) -> Filters | None:
        """The filters with how and where, if there is nothing left to choose."""
        if self.filters.mode == ANY:
            return self.filters
        if len(self.modes) > 1 or (self.modes[0] == Mode.IN_PERSON and self._offices_to_choose()):
            return None
        return replace(self.filters, mode=self.modes[0])

    def _offices_to_choose(self) -> bool:
        """With a certain professional the times tell where."""
        return len(self.offices) > 1 and self.filters.office_id is None and self.professional is None

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        return {
            "service": service_view(self.service),
            "with_whom": professional_text(self.professional) if self.professional else "",
            "options": list(self._options()),
        }

    def _options(self) -> Iterator[dict[str, str]]:
        for mode in self.modes:
            if mode == Mode.IN_PERSON and self._offices_to_choose():
                yield from self._offices()
            else:
                yield self._option(mode_name(mode), mode_hint(mode), mode, replace(self.filters, mode=mode))
        if len(self.modes) > 1:
            hint = gettext("See the earliest free times of all.")
            yield self._option(gettext("Any way of meeting"), hint, "calendar", replace(self.filters, mode=ANY))

    def _offices(self) -> Iterator[dict[str, str]]:
        at = replace(self.filters, mode=Mode.IN_PERSON)
        for office in self.offices:
            hint = ", ".join(part for part in (mode_name(Mode.IN_PERSON), office.address) if part)
            yield self._option(local_text(office.name), hint, Mode.IN_PERSON, replace(at, office_id=office.id))
        if len(self.modes) == 1:
            yield self._option(gettext("Any office"), gettext("See the earliest free times of all."), "calendar", at)

    def _option(self, name: str, hint: str, icon: str, filters: Filters) -> dict[str, str]:
        return {"name": name, "hint": hint, "icon": icon, "url": self.times_url(**self.keep, **filters.query())}

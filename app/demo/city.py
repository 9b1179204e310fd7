"""The 126 professionals whom Koivula has besides those of `people`, where it is seeded as a city.

Each works as one of the content's people does; the names are new, and the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from app.demo.people import CLIENT_NAME_GROUPS, PROFESSIONALS, plain

COUNT = 126


def _names() -> Iterator[tuple[str, str, str]]:
    """First name, last name and slug, none of them of somebody who is there already."""
    rng = Random("the city's professionals")  # noqa: S311 - invents people, no secrets
    used = {person.slug for person in PROFESSIONALS}
    groups = [CLIENT_NAME_GROUPS[name] for name in ("finnish", "finnish", "finland_swedish")]
    while True:
        group = rng.choice(groups)
        first, last = rng.choice(group.first), rng.choice(group.last)
        slug = plain(f"{first}-{last}")
        if slug not in used:
            used.add(slug)
            yield first, last, slug


CITY_PROFESSIONALS = tuple(
    replace(PROFESSIONALS[number % len(PROFESSIONALS)], first_name=first, last_name=last, slug=slug)
    for number, (first, last, slug) in zip(range(COUNT), _names(), strict=False)
)

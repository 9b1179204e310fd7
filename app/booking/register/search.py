"""Finding clients: every term must match; exact before prefix before typo, then by name.

Plain equality and bounds on a btree: what row-level security lets PostgreSQL use, and the embedded server has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.booking.models import Client
from app.booking.register.models import NameWord
from app.booking.register.search_keys import END, Term, alike, single, terms_of, typo_keys
from app.core import tenancy

LIMIT = 30
MOST_OF_ONE_TERM = 3000
"""A single short term, ``m``, begins so many names that only the first by the alphabet are looked at …"""
MOST_RANKED = 1000
"""… and of all that match equally well only so many are put into order: nobody reads further than ``LIMIT``."""


NAMES = text("SELECT id, name_key FROM client WHERE municipality_id = :municipality AND id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Found:
    """Clients, the best match first. ``more``: there are others beyond them."""

    clients: Sequence[Client]
    more: bool = False


def search(session: Session, typed: str, *, limit: int = LIMIT) -> Found:
    """The clients that a typed search asks for. Typing errors are allowed for where there is room on the list."""
    terms = terms_of(typed)
    if not terms:
        return Found(())
    ids = _matching(session, terms, {}, limit + 1)
    if len(ids) <= limit and (words := _likely_words(session, terms)):
        ids = _matching(session, terms, words, limit + 1)
    rows = {row.id: row for row in session.scalars(select(Client).where(Client.id.in_(ids)))}
    return Found([rows[id_] for id_ in ids[:limit] if id_ in rows], more=len(ids) > limit)


def _likely_words(session: Session, terms: Sequence[Term]) -> dict[str, list[str]]:
    """Keys of words in use that are one typo apart from a term's word, by that word."""
    asked = {term.word for term in terms if term.word}
    keys = set().union(*map(typo_keys, asked), *(typo_keys(single(word)) for word in asked))
    if not keys:
        return {}
    known = session.scalars(select(NameWord.word).where(NameWord.key.in_(keys)).distinct()).all()
    likely = {word: sorted({single(other) for other in known if alike(word, other)}) for word in asked}
    return {word: others for word, others in likely.items() if others}


def _matching(session: Session, terms: Sequence[Term], likely: Mapping[str, Collection[str]], limit: int) -> list[int]:
    """Ids of the clients that match all terms, in the order in which they are shown."""
    values: dict[str, Any] = {"municipality": tenancy.bound_to(session)}
    alone = len(terms) == 1
    rows = " UNION ALL ".join(
        _term_sql(number, term, likely.get(term.word, ()), values, alone) for number, term in enumerate(terms)
    )
    best_of = [f"min(rank) FILTER (WHERE term = {number})" for number in range(len(terms))]
    # One pass, no join: right after a large import the planner guesses, and a join of large sets never ended.
    ranked = (  # only numbers and names of parameters are put together here
        f"SELECT client_id, {' + '.join(best_of)} AS rank FROM ({rows}) AS found GROUP BY client_id "  # noqa: S608
        f"HAVING {' + '.join(best_of)} IS NOT NULL ORDER BY 2, 1 LIMIT {MOST_RANKED}"
    )
    rank_of = {row.client_id: row.rank for row in session.execute(text(ranked), values)}
    names = session.execute(NAMES, {"municipality": values["municipality"], "ids": list(rank_of)})
    in_order = sorted(names, key=lambda row: (rank_of[row.id], row.name_key, row.id))
    return [row.id for row in in_order[:limit]]


def _term_sql(number: int, term: Term, likely: Collection[str], values: dict[str, Any], alone: bool) -> str:
    """The rows of one term: clients with a rank (0 exact, 1 from the beginning, 2 one typo apart), some twice."""
    branches = []
    for at, (kind, key) in enumerate(term.keys):
        name = f"{number}_{at}"
        values |= {f"kind_{name}": str(kind), f"from_{name}": key, f"to_{name}": key + END}
        branches.append(
            f"(SELECT client_id, {number} AS term, CASE WHEN key = :from_{name} THEN 0 ELSE 1 END AS rank FROM client_search_key "  # noqa: S608
            f"WHERE municipality_id = :municipality AND kind = :kind_{name} "
            f"AND key >= :from_{name} AND key < :to_{name}"
            + (f" ORDER BY key LIMIT {MOST_OF_ONE_TERM})" if alone else ")")
        )
    if likely:
        values[f"likely_{number}"] = list(likely)
        branches.append(
            f"(SELECT client_id, {number} AS term, 2 AS rank FROM client_search_key WHERE municipality_id = :municipality "  # noqa: S608
            f"AND kind = 'name' AND key = ANY(:likely_{number}))"
        )
    return " UNION ALL ".join(branches)

"""What a client is found by, and what a typed search asks for: forgiving, and made for plain ordered indexes.

A name is kept as its folded words (``ä`` as ``a``, double letters as one); the keys of a prefix lie between two bounds.
A typo is looked for in the list of words, through words with one letter left out: two words that are one typo apart
always share such a key (the idea of SymSpell), so that equality suffices. There double letters are kept as well, for
a letter left out between two equal ones (``Hakala``, ``Haala``) would count as two.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MOST_WORDS = 12
"""Words of one name that are indexed."""
MOST_TERMS = 6
"""Terms of one search that count."""
SHORTEST_WITH_TYPO = 3
LONGEST_WITH_TYPO = 40
FEWEST_DIGITS = 3
SHORTEST_OTHER = 3
"""Letters that may begin an id or an address: initials are of names alone."""
END = "\U0010ffff"
"""Sorts after everything that follows a prefix."""

_PLAIN = str.maketrans({"æ": "a", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t", "ı": "i"})
_INSIDE_WORDS = re.compile(r"['’`´]")
_WORD = re.compile(r"[^\W_]+")
_DOUBLE = re.compile(r"(.)\1+")
_PHONE_PIECE = re.compile(r"[+(]*\d[\d()/.\-–]*")


class Kind(StrEnum):
    """What a key is made of."""

    NAME = "name"
    PHONE = "phone"
    PHONE_END = "phone_end"
    EMAIL = "email"
    EXTERNAL = "external"


Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a search asks for. Each key matches from its beginning; the plain ``word`` may also have a typo."""

    keys: tuple[Key, ...]
    word: str = ""


def plain(text: str) -> str:
    """Lower case without accents: ``Määttä`` gives ``maatta``."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


def single(word: str) -> str:
    """Double letters as one: ``maatta`` gives ``mata``."""
    return _DOUBLE.sub(r"\1", word)


def words_of(name: str) -> tuple[str, ...]:
    """The plain words of a name: ``O'Neill-Ääkkönen`` gives ``oneill`` and ``aakkonen``."""
    words = _WORD.findall(_INSIDE_WORDS.sub("", unicodedata.normalize("NFC", name)))
    return tuple(dict.fromkeys(filter(None, map(plain, words))))[:MOST_WORDS]


def keys_of(*, name: str, phone: str = "", email: str = "", external_id: str | None = None) -> frozenset[Key]:
    """Everything that a client is found by. ``phone``: E.164."""
    keys = {(Kind.NAME, single(word)) for word in words_of(name)}
    if digits := _digits(phone):
        keys |= {(Kind.PHONE, digits), (Kind.PHONE_END, digits[::-1])}
    if email:
        keys.add((Kind.EMAIL, email.casefold()))
    if external_id and (folded := _folded_id(external_id)):
        keys.add((Kind.EXTERNAL, folded))
    return frozenset(keys)


def typo_keys(word: str) -> frozenset[str]:
    """A plain word and the word without any one of its letters; nothing for words too short to guess at."""
    if not SHORTEST_WITH_TYPO <= len(word) <= LONGEST_WITH_TYPO:
        return frozenset()
    forms = {word, single(word)}
    return frozenset(forms | {form[:at] + form[at + 1 :] for form in forms for at in range(len(form))})


def alike(one: str, other: str) -> bool:
    """True if at most one typo lies between two plain words, with their double letters or without."""
    return one_typo_apart(one, other) or one_typo_apart(single(one), single(other))


def one_typo_apart(one: str, other: str) -> bool:
    """True if a letter added, left out, changed, or two neighbours swapped make one word of the other; or nothing."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
    if len(one) < len(other):
        return one[same:] == other[same + 1 :]
    swapped = one[same : same + 2] == other[same : same + 2][::-1] and one[same + 2 :] == other[same + 2 :]
    return one[same + 1 :] == other[same + 1 :] or swapped


def terms_of(typed: str) -> tuple[Term, ...]:
    """What a search asks for: all terms must match. Digits with signs between them are one telephone number."""
    terms: list[Term] = []
    number = ""
    for piece in unicodedata.normalize("NFC", typed).split():
        if _PHONE_PIECE.fullmatch(piece):
            number += piece
            continue
        if number:
            terms.append(_number_term(number))
            number = ""
        terms.extend(_word_terms(piece))
    if number:
        terms.append(_number_term(number))
    return tuple(dict.fromkeys(term for term in terms if term.keys))[:MOST_TERMS]


def _word_terms(piece: str) -> list[Term]:
    """An address is one term; other pieces are names, or an id, or the beginning of an address."""
    if "@" in piece:
        return [Term(((Kind.EMAIL, piece.casefold()),))]
    words = words_of(piece)
    if len(words) != 1:
        whole = _folded_id(piece)
        if whole and any(sign.isdigit() or sign in "._" for sign in piece):
            return [Term(((Kind.EXTERNAL, whole), (Kind.EMAIL, piece.casefold())))]
        return [Term(((Kind.NAME, single(word)),), word) for word in words]
    keys: list[Key] = [(Kind.NAME, single(words[0]))]
    if len(piece) >= SHORTEST_OTHER:
        keys += [(Kind.EXTERNAL, _folded_id(piece)), (Kind.EMAIL, piece.casefold())]
    return [Term(tuple(keys), words[0])]


def _number_term(number: str) -> Term:
    """A number as it is called abroad or at home, its last digits, or an id of digits."""
    digits = _digits(number)
    if len(digits) < FEWEST_DIGITS:
        return Term(((Kind.EXTERNAL, _folded_id(number)),))
    keys: list[Key] = []
    if number.startswith("+") or not digits.startswith("0"):
        keys.append((Kind.PHONE, digits))
    if digits.startswith("00"):
        keys.append((Kind.PHONE, digits[2:]))
    elif digits.startswith("0"):
        keys.append((Kind.PHONE, "358" + digits[1:]))
    # +358 (0)40 … is written, too
    keys += [(Kind.PHONE, "358" + digits[4:])] if digits.startswith("3580") else []
    keys += [(Kind.PHONE_END, digits[::-1]), (Kind.EXTERNAL, _folded_id(number))]
    return Term(tuple(keys))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


def _folded_id(text: str) -> str:
    """An id of another system without the signs that people leave out."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())

"""The text of a search taken apart into terms, to show, remove and replace them.

``north -album:"Unit 4" crane`` is three terms. Only the surface is known here; what a
term means is the business of ``archive.search``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TERM = re.compile(r'-?(?:[A-Za-z_]+:)?(?:"[^"]*"?|[^\s"]+)(?:"[^"]*"?|[^\s"])*')
_FILTER = re.compile(r"(-?)([A-Za-z_]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a search.

    :param text: as it was written
    :param filter: "album" in ``-album:"Unit 4"``, "" in a free word
    :param value: without quotes
    """

    text: str
    filter: str
    value: str
    negated: bool


def split(text: str) -> list[Term]:
    """Return the terms of a search, in order."""
    return [_term(found[0]) for found in _TERM.finditer(text)]


def _term(text: str) -> Term:
    found = _FILTER.fullmatch(text)
    if found and not text.startswith('"'):
        return Term(text, found[2].lower(), found[3].replace('"', ""), bool(found[1]))
    negated = text.startswith("-") and len(text) > 1
    return Term(text, "", text.removeprefix("-").replace('"', ""), negated)


def without(text: str, term: Term) -> str:
    """Return the search without one of its terms."""
    kept = split(text)
    kept.remove(term)
    return " ".join(item.text for item in kept)


def with_filter(text: str, name: str, value: str) -> str:
    """Return the search with this filter in place of others of its name."""
    kept = [t.text for t in split(text) if t.filter != name or t.negated]
    return " ".join([*kept, write(name, value)])


def toggled(text: str, name: str, value: str) -> str:
    """Return the search with the filter added, or taken off when it is there."""
    for term in split(text):
        if (
            term.filter == name
            and term.value.casefold() == value.casefold()
            and not term.negated
        ):
            return without(text, term)
    return " ".join([*(t.text for t in split(text)), write(name, value)])


def active(text: str, name: str) -> list[str]:
    """Return the values of a filter, those that are negated left out."""
    return [t.value for t in split(text) if t.filter == name and not t.negated]


def write(name: str, value: str) -> str:
    """Write a filter as the query language reads it."""
    plain = value.replace('"', "")
    return (
        f"{name}:{plain}" if re.fullmatch(r"[\w.+-]+", plain) else f'{name}:"{plain}"'
    )

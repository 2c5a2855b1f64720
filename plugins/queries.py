"""Narrowing and widening a search, for the links of chips and facets."""

from __future__ import annotations

from archive.albums import UNCLASSIFIED, UNCLASSIFIED_ID, called
from archive.identity import name_key
from archive.search import Filter, Query, Word
from archive.search.language import CHOICES
from plugins.actors import language
from plugins.templating import month, text

Clause = tuple[Word | Filter, ...]


def without(query: Query, clause: Clause) -> str:
    """Return the search without one of its clauses."""
    kept = list(query.clauses)
    kept.remove(clause)
    return str(Query(tuple(kept)))


def choosing(query: Query, name: str, value: str) -> str:
    """Return the search with this filter in place of others of its name.

    Filters that exclude something, or stand beside an ``OR``, stay.
    """
    kept = tuple(c for c in query.clauses if not _says(c, name))
    return str(Query(kept).adding(Filter(name, value)))


def toggled(query: Query, name: str, value: str) -> str:
    """Return the search with a filter added, or without it when it is there."""
    for clause in query.clauses:
        if _says(clause, name) and _same(clause[0], value):
            return without(query, clause)
    return str(query.adding(Filter(name, value)))


def dated(query: Query, wanted: str, *, known: bool) -> str:
    """Return the search with another month, or of photos whose date is not known.

    :param wanted: ``2026-05``, or "" for those without a known date
    :param known: photos that only came in that month are not meant
    """
    others = (Filter("has", "date"), Filter("has", "date", True))
    kept = Query(
        tuple(c for c in query.clauses if c[0] not in others and not _says(c, "taken"))
    )
    if wanted in chosen(query, "taken") or (
        not wanted and (others[1],) in query.clauses
    ):
        return str(kept)
    if not wanted:
        return str(kept.adding(others[1]))
    kept = kept.adding(Filter("taken", wanted))
    return str(kept.adding(others[0]) if known else kept)


def chosen(query: Query, name: str) -> list[str]:
    """Return the values of a filter that must hold."""
    return [
        term.value
        for term, *others in query.clauses
        if isinstance(term, Filter) and not others and _says((term,), name)
    ]


def _says(clause: Clause, name: str) -> bool:
    term = clause[0]
    return (
        len(clause) == 1
        and isinstance(term, Filter)
        and term.name == name
        and not term.negated
    )


def _same(term: Word | Filter, value: str) -> bool:
    return isinstance(term, Filter) and term.value.casefold() == value.casefold()


def described(clause: Clause) -> str:
    """Return a clause as a chip shows it: ``location: Tower › Level 2``."""
    told = [_described(term) for term in clause]
    whole = told[0]
    for other in told[1:]:
        whole = text("filters.or", one=whole, other=other)
    return whole


def _described(term: Word | Filter) -> str:
    shown = _word(term) if isinstance(term, Word) else _filter(term)
    return text("filters.not", what=shown) if term.negated else shown


def _word(term: Word) -> str:
    return text("filters.word", text=f"{term.text}{'…' if term.prefix else ''}")


def _filter(term: Filter) -> str:
    if term.name in CHOICES:
        return text(f"filters.{term.name}_{term.value}")
    value = month(term.value) if term.name == "taken" else value_of(term)
    return text(f"filters.{term.name}", value=value.replace(">", " › "))


def value_of(term: Filter) -> str:
    """Return a filter's value as the page calls it: Unclassified in its language.

    What another language calls it stays as it was typed: an album may have that name.
    """
    if term.name == "album" and name_key(term.value) == name_key(UNCLASSIFIED):
        return called(UNCLASSIFIED_ID, term.value, language())
    return term.value

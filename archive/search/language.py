"""The query language: words and filters, as text and as a value. Knows no SQL.

    concrete "north wall" found* -scaffold album:"Level 3" taken:2026-03..2026-05
    is:starred OR is:360

Everything written must hold, apart from what ``OR`` joins, of which one must.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from archive.errors import InvalidQuery
from archive.facts.sniff import EXTENSIONS
from archive.search.ranges import parse_span
from archive.search.regions import parse_region

MAX_LENGTH = 10_000  # characters
MAX_TERMS = 64  # FTS5 takes no expression deeper than 256

IS = (
    "starred",
    "private",
    "public",
    "recycled",
    "360",
    "damaged",
    "image",
    "raw",
    "video",
)
HAS = ("gps", "description", "comments", "markups", "location", "trades", "date")
PROJECTIONS = ("regular", "360", "unknown")
SPANS = ("taken", "uploaded", "log")
CHOICES: dict[str, tuple[str, ...]] = {"is": IS, "has": HAS, "projection": PROJECTIONS}

# filter: what it takes, for the list in an error and in the documentation
FILTERS: dict[str, str] = {
    "album": "name of an album",
    "location": "path or name of a location; what lies below it too",
    "trade": "name of a trade",
    "taken": "span of local time, known or assumed",
    "uploaded": "span of UTC time",
    "log": "span of daily log days",
    "by": "name of whoever uploaded it",
    "is": "|".join(IS),
    "has": "|".join(HAS),
    "camera": "words of the camera's name",
    "projection": "|".join(PROJECTIONS),
    "name": "beginning of the file's name",
    "ext": "extension of the file, such as jpg",
    "in": "area on the map: 59.91,10.75..59.92,10.77 (two corners), or points with ;",
}
_ALIASES = {"type": "ext", "uploader": "by", "filename": "name"}
_SAME_EXTENSION = {"jpeg": "jpg", "tiff": "tif"}  # as people say: as files are stored


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or several that follow each other.

    :param prefix: the last word may go on
    """

    text: str
    prefix: bool = False
    negated: bool = False

    def __str__(self) -> str:
        shown = self.text if _plain(self.text) else _quoted(self.text)
        return "-" * self.negated + shown + "*" * self.prefix


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter; ``name`` is a key of ``FILTERS``."""

    name: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        shown = self.value
        if not shown or re.search(r'[\s"]', shown):
            shown = _quoted(shown)
        return "-" * self.negated + f"{self.name}:{shown}"


Term = Word | Filter


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: every clause must hold; of a clause's terms, one.

    ``str()`` of it is a text that means the same.
    """

    clauses: tuple[tuple[Term, ...], ...] = ()

    def __str__(self) -> str:
        return " ".join(" OR ".join(map(str, clause)) for clause in self.clauses)

    def terms(self) -> tuple[Term, ...]:
        """Return all terms in order."""
        return tuple(term for clause in self.clauses for term in clause)

    def having(self, name: str, value: str) -> bool:
        """Whether some filter, not negated, says this."""
        return Filter(name, value) in self.terms()

    def adding(self, term: Term) -> Query:
        """Return this query narrowed by one more term."""
        return Query((*self.clauses, (term,)))


def _plain(text: str) -> bool:
    """Whether a word means itself without quotes."""
    return (
        bool(text)
        and text != "OR"
        and text[0] != "-"
        and text[-1] != "*"
        and not re.search(r'[\s"]', text)
        and not re.match(r"[^\W\d_]+:", text)
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def has_words(text: str) -> bool:
    """Whether the index sees any word in a text (letters or digits)."""
    return any(unicodedata.category(c)[0] in "LN" for c in text)


# [-][name:]"phrase"[*]  or  [-][name:]anything-without-space
_ITEM = re.compile(
    r'\s*(?P<minus>-?)(?:(?P<name>[^\W\d_]+):)?(?:"(?P<quoted>(?:[^"]|"")*)(?:"(?P<star>\*?)|$)|(?P<bare>\S+)|$)'
)


def parse(text: str, *, as_you_type: bool = False) -> Query:
    """Return what a text means.

    :param as_you_type: the last word may be unfinished
    :raises InvalidQuery: unknown filter or value, dangling OR, nothing to look for, or
        far too long
    """
    if len(text) > MAX_LENGTH:
        raise InvalidQuery(
            f"the search is over {MAX_LENGTH:,} characters long",
            key="search_long",
            n=MAX_LENGTH,
        )
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").rstrip()
    query = _checked(_clauses(text, as_you_type=as_you_type))
    if not text or _says_something(query):
        return _telling(query)
    if as_you_type:
        return Query()
    raise InvalidQuery(
        "there is no letter or digit in this search; write a word or a filter, such as"
        " wall or is:starred",
        key="search_nothing",
    )


def _clauses(text: str, *, as_you_type: bool) -> Query:
    clauses: list[list[Term]] = []
    joined = False
    for item in _ITEM.finditer(text):
        if item["bare"] == "OR" and not item["minus"] and not item["name"]:
            if joined or not clauses:
                raise InvalidQuery(
                    "OR stands between two things to look for", key="or_alone"
                )
            joined = True
            continue
        term = _term(item)
        if term is None:
            continue
        if joined:
            clauses[-1].append(term)
        else:
            clauses.append([term])
        joined = False
    if joined:
        if not as_you_type:
            raise InvalidQuery(
                "OR stands between two things to look for", key="or_alone"
            )
    elif as_you_type and text and clauses:
        clauses[-1][-1] = _unfinished(clauses[-1][-1], text)
    return Query(tuple(map(tuple, clauses)))


def _says_something(query: Query) -> bool:
    """Whether there is a filter in it, or a word that the index can hold."""
    return any(isinstance(t, Filter) or has_words(t.text) for t in query.terms())


def _telling(query: Query) -> Query:
    """Return a query without words that the index cannot hold: they only separate."""
    kept = (
        tuple(t for t in clause if isinstance(t, Filter) or has_words(t.text))
        for clause in query.clauses
    )
    return Query(tuple(clause for clause in kept if clause))


def _unfinished(last: Term, text: str) -> Term:
    if isinstance(last, Word) and not text.endswith('"') and not last.negated:
        return Word(last.text, prefix=True)
    return last


def _term(item: re.Match[str]) -> Term | None:
    negated = bool(item["minus"])
    value, quoted = item["bare"], item["quoted"] is not None
    if quoted:
        value = item["quoted"].replace('""', '"')
    if item["name"]:
        return _filter(item["name"], value or "", negated=negated)
    if not value:
        return None
    prefix = bool(item["star"]) if quoted else value.endswith("*")
    if not quoted:
        value = value.rstrip("*")
    return Word(value, prefix, negated) if value.strip('-*" ') else None


def _filter(name: str, value: str, *, negated: bool) -> Filter:
    known = _ALIASES.get(name.lower(), name.lower())
    if known not in FILTERS:
        near = get_close_matches(known, FILTERS, 1)
        hint = f"did you mean {near[0]}:? " if near else ""
        raise InvalidQuery(
            f"there is no filter {name}: in searches; {hint}known are"
            f" {', '.join(f'{n}:' for n in FILTERS)} (a word with a colon in it goes"
            " in quotes)",
            key="no_filter",
            name=name,
            near=f"{near[0]}:" if near else "",
            known=", ".join(f"{n}:" for n in FILTERS),
        )
    value = value.strip()
    if not value:
        raise InvalidQuery(
            f"{known}: needs a value: {FILTERS[known]}", key="filter_value", name=known
        )
    return Filter(known, _value(known, value), negated)


def _value(name: str, value: str) -> str:
    if name in SPANS:
        parse_span(value)
    elif name == "in":
        parse_region(value)
    elif name == "ext":
        value = _extension(value)
    elif name in CHOICES:
        value = value.lower()
        if value not in CHOICES[name]:
            near = get_close_matches(value, CHOICES[name], 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InvalidQuery(
                f"{name}:{value} is not known; {hint}there are"
                f" {', '.join(f'{name}:{v}' for v in CHOICES[name])}",
                key="no_choice",
                name=f"{name}:{value}",
                near=f"{name}:{near[0]}" if near else "",
                known=", ".join(f"{name}:{v}" for v in CHOICES[name]),
            )
    elif name == "name" and not has_words(value):
        raise InvalidQuery(
            "name: needs letters or digits of the file's name", key="name_letters"
        )
    return value


def _extension(value: str) -> str:
    """Return an extension as it is stored: the index could not tell jpgs from jpg."""
    value = value.lower().removeprefix(".")
    value = _SAME_EXTENSION.get(value, value)
    if value not in EXTENSIONS:
        known = ", ".join(sorted(EXTENSIONS))
        raise InvalidQuery(
            f"{value!r} is not an extension of photos; known are {known}",
            key="no_extension",
            text=value,
            known=known,
        )
    return value


def _checked(query: Query) -> Query:
    if len(query.terms()) > MAX_TERMS:
        raise InvalidQuery(
            f"a search has at most {MAX_TERMS} words and filters",
            key="search_many",
            n=MAX_TERMS,
        )
    for clause in query.clauses:
        if len(clause) > 1 and any(term.negated for term in clause):
            raise InvalidQuery(
                "OR joins things to look for; what to leave out (-) stands on its own",
                key="or_not",
            )
    return query

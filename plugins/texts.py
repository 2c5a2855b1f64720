"""What people read: every text of the pages, one file a language in ``languages/``.

A file is TOML. A text is a string with ``{names}``, or a table of plural forms, whose
names are those of Unicode's CLDR (``one``, ``other`` …) and are chosen by ``n``::

    [photos]
    title = "Photos"
    count = { one = "{n} photo", other = "{n} photos" }

A new language is a new file: ``fr.toml``. What it lacks is taken from English. Why
something is refused stands under ``error`` in all but the English one: that is what the
archive says itself (``archive.errors.ArchiveError.key``). What it has written down, of
files and photos that something could not be done with, stands under ``reason`` by the
English sentence, with ``{names}`` for what differs.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from archive.errors import ArchiveError
from archive.rights import MATRIX

FOLDER = Path(__file__).parent / "languages"
DEFAULT = "en"
# English as it is written on site: 11 May 2026, never 5/11/2026.
_LOCALES = {"en": "en_GB"}

Text = str | dict[str, str]
# The pieces of a sentence, what stands between, and the translation
_Part = tuple[tuple[str, ...], tuple[str, ...], str]
_NAMED = re.compile(r"{(\w+)}")
_DEEPEST = 2  # reasons named by reasons that are told
_CLIENT = ("program ", "")  # changed by a program: the name that its owner gave it


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, English first: ``("en", "de")``."""
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return (DEFAULT, *(name for name in names if name != DEFAULT))


@cache
def catalogue(language: str) -> dict[str, Text]:
    """Return all texts of a language by their dotted name, as the file has them."""
    with (FOLDER / f"{language}.toml").open("rb") as file:
        return dict(_flat(tomllib.load(file)))


def _flat(table: dict[str, Any], above: str = "") -> list[tuple[str, Text]]:
    """Return texts by dotted names; a table with ``other`` is the forms of one text."""
    found: list[tuple[str, Text]] = []
    for name, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            found += _flat(value, f"{above}{name}.")
        else:
            found.append((above + name, value))
    return found


@cache
def complete(language: str) -> dict[str, Text]:
    """Return all texts of a language; what it lacks is English."""
    return {**catalogue(DEFAULT), **catalogue(language)}


@cache
def as_json(language: str) -> tuple[bytes, str]:
    """Return the texts for the scripts, as JSON, and a version of them."""
    said = {name: t for name, t in complete(language).items() if not _is_refusal(name)}
    body = json.dumps(said, ensure_ascii=False).encode()
    return body, hashlib.sha256(body).hexdigest()[:12]


@cache
def locale(language: str) -> Locale:
    """Return how a language writes dates and numbers."""
    return Locale.parse(_LOCALES.get(language, language))


def text(language: str, name: str, /, **values: Any) -> str:  # noqa: ANN401
    """Return a text with its values put in; ``n`` chooses the plural form.

    :raises KeyError: no such text in any language: a mistake in a template
    """
    found = complete(language)[name]
    if isinstance(found, dict):
        form = locale(language).plural_form(values["n"])
        found = found.get(form, found["other"])
    if isinstance(values.get("n"), int):
        values["n"] = number(language, values["n"])
    return found.format(**values) if values else found


def _is_refusal(name: str) -> bool:
    return name.startswith(("error.", "reason."))


def refusal(language: str, error: ArchiveError) -> str:
    """Return what went wrong as a sentence of a language.

    In English as the archive says it, and so where nobody has translated it.
    """
    name = f"error.{error.key}"
    if language == DEFAULT or name not in catalogue(language):
        sentence = str(error)
    else:
        sentence = text(language, name, **_translated(language, error.values))
    # a filter or the name of a file stays as it is: is:new, plan.png
    word = sentence.partition(" ")[0].rstrip(",")
    return sentence[:1].upper() + sentence[1:] if word.isalpha() else sentence


def reason(language: str, sentence: str, _depth: int = 0) -> str:
    """Return what was written down in English, where somebody has translated it.

    Several, with ``; `` between, one by one; also after the file or address that it is
    about (``IMG_1.jpg: it is empty``). One reason may name another, and that a third,
    no more: a remote's words may be in it, and must not keep the page waiting.
    """
    if language == DEFAULT or not sentence or _depth > _DEEPEST:
        return sentence
    found = _reason(language, sentence, _depth)
    what, colon, why = sentence.partition(": ")
    if colon and (rest := _reason(language, why, _depth)):
        first = _reason(language, what, _depth)
        found = f"{first}: {rest}" if first else found or f"{what}: {rest}"
    if not found and "; " in sentence:
        return "; ".join(reason(language, one, _depth) for one in sentence.split("; "))
    return found or sentence


def why(language: str, words: str) -> str:
    """Return why something was changed: as a person typed it, or what we wrote.

    Only what is one of our own sentences from end to end is told in the language: the
    history shows nobody's words as others.
    """
    if language == DEFAULT:
        return words
    whole, parted = _reasons(language)
    client = [one for one in parted if one[0] == _CLIENT]
    return whole.get(words) or _matched(language, client, words, _DEEPEST) or words


def _reason(language: str, sentence: str, depth: int) -> str | None:
    whole, parted = _reasons(language)
    return whole.get(sentence) or _matched(language, parted, sentence, depth)


def _matched(
    language: str, parted: Iterable[_Part], sentence: str, depth: int
) -> str | None:
    for pieces, names, said in parted:
        values = _between(pieces, sentence)
        if values is not None:
            told = (_value(language, value, depth) for value in values)
            return said.format(**dict(zip(names, told, strict=True)))
    return None


def _between(pieces: tuple[str, ...], sentence: str) -> list[str] | None:
    """Return what stands between these pieces, which are the rest; in one pass."""
    first, *others, last = pieces
    if not sentence.startswith(first) or not sentence.endswith(last):
        return None
    found, rest = [], sentence[len(first) :]
    for piece in others:
        value, _, rest = rest.partition(piece)
        found.append(value)
    found.append(rest[: len(rest) - len(last)])
    return found if all(found) and rest.endswith(last) else None


def _value(language: str, value: str, depth: int) -> str:
    """Return what stands in a reason: a number, as ``{n:,}`` writes it, or another."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+", value):
        return number(language, int(value.replace(",", "")))
    return reason(language, value, depth + 1)


@cache
def _reasons(language: str) -> tuple[dict[str, str], tuple[_Part, ...]]:
    """Return the reasons of a language: of whole sentences, and of those with values.

    Of the latter the pieces of the sentence, what stands between, and the translation.
    """
    known = catalogue(language)
    said = {
        name.removeprefix("reason."): str(text)
        for name, text in known.items()
        if name.startswith("reason.")
    }
    for action, (_, _, words) in MATRIX.items():
        if (refused := f"error.may_not.{action}") in known:
            said[f"{{person}} may not {words}"] = str(known[refused])
    split = [(_NAMED.split(sentence), text) for sentence, text in said.items()]
    whole = {pieces[0]: text for pieces, text in split if len(pieces) == 1}
    parted = tuple(
        (tuple(pieces[::2]), tuple(pieces[1::2]), text)
        for pieces, text in split
        if len(pieces) > 1
    )
    return whole, parted


def _translated(language: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return values with ``what`` they are about as a word of the language."""
    known = catalogue(language)
    what = values.get("what")
    word = known.get(f"error.what.{what}", what)
    return {**values, "what": word} if what else values


def preferred(header: str) -> str:
    """Return the best language for an Accept-Language header (RFC 9110, 12.5.4)."""
    wanted = []
    for position, part in enumerate(header.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), position, name.split("-")[0].lower()))
        except ValueError:
            continue
    known = languages()
    return next((name for *_, name in sorted(wanted) if name in known), DEFAULT)


# Babel takes up to a millisecond for each, and a page has hundreds, mostly the same
_kept = lru_cache(10_000)


@_kept
def number(language: str, value: float) -> str:
    """``1234567`` as ``1,234,567``."""
    return str(format_decimal(value, locale=locale(language)))


def day(language: str, when: str) -> str:
    """``2026-05-11…`` as ``Mon, 11 May 2026``."""
    return _date(language, when, "yMMMEd")


def month(language: str, when: str) -> str:
    """``2026-05`` as ``May 2026``."""
    return _date(language, f"{when[:7]}-01", "yMMMM", otherwise=when)


@_kept
def _date(language: str, when: str, skeleton: str, otherwise: str | None = None) -> str:
    from babel.dates import format_skeleton

    try:
        found = date.fromisoformat(when[:10])
    except ValueError:
        return when[:10] if otherwise is None else otherwise
    return str(format_skeleton(skeleton, found, locale=locale(language)))


@_kept
def moment(language: str, when: str, *, seconds: bool = True) -> str:
    """``2026-05-11T14:05:09.120`` as ``11 May 2026, 14:05:09``."""
    try:
        found = datetime.fromisoformat(when[:19])
    except ValueError:
        return when
    shown = format_date(found, "medium", locale=locale(language))
    pattern = "HH:mm:ss" if seconds else "HH:mm"
    return f"{shown}, {format_time(found, pattern, locale=locale(language))}"

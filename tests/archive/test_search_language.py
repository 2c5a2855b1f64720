from __future__ import annotations

from datetime import date, timedelta
from itertools import compress
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from archive.errors import InvalidQuery
from archive.facts.sniff import EXTENSIONS
from archive.search.language import (
    CHOICES,
    FILTERS,
    MAX_LENGTH,
    MAX_TERMS,
    Filter,
    Query,
    Word,
    has_words,
    parse,
)
from archive.search.ranges import Span, days_of, parse_span, tokens
from archive.search.stems import many_tokens
from archive.search.windows import grown, next_window

VALUES = {
    **CHOICES,
    "taken": ("2026", "2026-03..2026-05", "..2026", "2026-01-01T08:30.."),
    "uploaded": ("2026-03-09",),
    "log": ("2026-03",),
    "in": ("59.91,10.75..59.92,10.77", "0,179;-1.5,-179;+2,180", "1, 2 .. 3, 4"),
    "ext": ("jpg", "heic"),
    "name": ("IMG_0012", "a b"),
}
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
).filter(lambda text: text.strip('-*" \t\n\r').strip() == text and text != "")


@st.composite
def queries(draw: st.DrawFn) -> Query:
    def term(*, alone: bool) -> Word | Filter:
        negated = alone and draw(st.booleans())
        if draw(st.booleans()):
            return Word(draw(texts), draw(st.booleans()), negated)
        name = draw(st.sampled_from(sorted(FILTERS)))
        value = draw(st.sampled_from(VALUES[name])) if name in VALUES else draw(texts)
        return Filter(name, value, negated)

    sizes = draw(st.lists(st.integers(1, 3), max_size=5))
    return Query(tuple(tuple(term(alone=n == 1) for _ in range(n)) for n in sizes))


@given(queries())
def test_a_query_as_text_means_the_same(query: Query) -> None:
    terms = query.terms()
    telling = [isinstance(t, Filter) or has_words(t.text) for t in terms]
    assume(not terms or any(telling))
    parsed = parse(str(query))
    assert parsed.terms() == tuple(compress(terms, telling))
    assert parsed == query or not all(telling)
    for clause in parsed.clauses:  # what a chip leaves is a search, too
        parse(str(Query(tuple(c for c in parsed.clauses if c != clause))))


@given(st.text())
@example('"')
@example('-"')
@example("a:")
@example("OR")
@example('album:"x')
@example("\ud800")
@example('* -* "" -')
def test_any_text_is_a_query_or_an_invalid_one(text: str) -> None:
    try:
        query = parse(text)
    except InvalidQuery:
        return
    assert parse(str(query)) == query


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", ()),
        ("north wall", ((Word("north"),), (Word("wall"),))),
        ('"north wall"', ((Word("north wall"),),)),
        ('"north wal"*', ((Word("north wal", prefix=True),),)),
        (
            "found* -scaffold",
            ((Word("found", True),), (Word("scaffold", negated=True),)),
        ),
        ("10:30", ((Word("10:30"),),)),
        ('"http://x"', ((Word("http://x"),),)),
        ('album:"Level 3"', ((Filter("album", "Level 3"),),)),
        ("Album:x", ((Filter("album", "x"),),)),
        ("-has:gps", ((Filter("has", "gps", True),),)),
        ("type:.JPG", ((Filter("ext", "jpg"),),)),
        (
            "ext:jpeg -ext:TIFF",
            ((Filter("ext", "jpg"),), (Filter("ext", "tif", True),)),
        ),
        ("wall &", ((Word("wall"),),)),
        ("# wall OR &", ((Word("wall"),),)),
        ('"album:x"', ((Word("album:x"),),)),
        ("a OR b c", ((Word("a"), Word("b")), (Word("c"),))),
        ('"OR"', ((Word("OR"),),)),
        ("or", ((Word("or"),),)),
        ('"open', ((Word("open"),),)),
        ('- * "" a', ((Word("a"),),)),
    ],
)
def test_queries(text: str, clauses: tuple[tuple[Word | Filter, ...], ...]) -> None:
    assert parse(text).clauses == clauses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alubm:x", "did you mean album:"),
        ("http://x", "goes in quotes"),
        ("zzz:1", "taken:, uploaded:, log:"),
        ("is:stared", "did you mean starred"),
        ("is:x", "is:recycled"),
        ("has:", "needs a value"),
        ("taken:2026-02-30", "does not exist"),
        ("taken:soon", "write it as"),
        ("taken:..", "neither start nor end"),
        ("taken:2026..2025", "ends before"),
        ("a OR", "OR stands between"),
        ("OR a", "OR stands between"),
        ("a OR OR b", "OR stands between"),
        ("a OR -b", "leave out"),
        ("ext:j/g", "not an extension"),
        ("ext:jpgs", "'jpgs' is not an extension of photos; known are 3fr, arw, avi"),
        ("in:Oslo", "is no place"),
        ("in:1,2..3", "is no place"),
        ("in:91,0..92,1", "no place on earth"),
        ("in:1,2;3,4", "3 to 64 points, not 2"),
        (f"in:{';'.join(['1,2'] * 65)}", "3 to 64 points, not 65"),
        ("in:80,0;80,120;80,-120", "around the earth"),
        ("name:___", "letters or digits"),
        ("x" * (MAX_LENGTH + 1), "characters long"),
        ("x " * (MAX_TERMS + 1), "at most"),
        ("x" * 100_000, "characters long"),
        ("***", "no letter or digit"),
        ("-", "no letter or digit"),
        ('""', "no letter or digit"),
        ('- * "" *', "no letter or digit"),
        ("& OR …", "no letter or digit"),
        ("-&", "no letter or digit"),
        ("🏗", "no letter or digit"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        parse(text)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("north wal", Word("wal", prefix=True)),
        ('"north wal"', Word("north wal")),
        ('"north wal', Word("north wal", prefix=True)),
        ("-wal", Word("wal", negated=True)),
        ("album:x", Filter("album", "x")),
        ("wall OR", Word("wall")),
    ],
)
def test_the_last_word_may_be_unfinished_while_typing(
    text: str, last: Word | Filter
) -> None:
    assert parse(text, as_you_type=True).terms()[-1] == last


@pytest.mark.parametrize("text", ["", " ", "-", '"', "*", "(", "& "])
def test_before_the_first_letter_is_typed_nothing_is_asked(text: str) -> None:
    assert parse(text, as_you_type=True) == Query()


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_an_empty_search_asks_for_everything(text: str) -> None:
    assert parse(text) == Query()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2026-03..2026-05", "2026-03-01", "2026-06-01"),
        ("..2026-05", None, "2026-06-01"),
        ("2026-05-09..", "2026-05-09", None),
        ("2026-05-09T10:30", "2026-05-09T10:30:00", "2026-05-09T10:31:00"),
        ("2026-05-09T23:59:59", "2026-05-09T23:59:59", "2026-05-10T00:00:00"),
        ("9999", "9999-01-01", None),
        ("9999-12-31", "9999-12-31", None),
        ("9999-12", "9999-12-01", None),
    ],
)
def test_spans(text: str, low: str | None, high: str | None) -> None:
    assert parse_span(text) == Span(low, high)


days = st.dates(date(2023, 11, 20), date(2028, 2, 10))


@given(days, days)
def test_tokens_cover_exactly_their_days(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = tokens(first, last, year="y", most=10_000)
    assert found is not None
    begins = tuple(token[1:] for token in found)
    covered = [
        n
        for n in range(first.toordinal() - 40, last.toordinal() + 40)
        if f"{date.fromordinal(n):%Y%m%d}".startswith(begins)
    ]
    assert covered == list(range(first.toordinal(), last.toordinal() + 1))


@given(days, days, st.booleans(), st.lists(st.integers(0, 300)))
def test_windows_follow_each_other_without_gap(
    one: date, other: date, newest: bool, yields: list[int]
) -> None:
    first, last = sorted((one, other))
    left, right, size = first, last, 1
    seen: list[int] = []
    for found in [*yields, *[0] * 20]:
        if left > right:
            break
        window = next_window(left, right, size, newest=newest)
        inside = list(range(window.first.toordinal(), window.last.toordinal() + 1))
        seen = inside + seen if newest else seen + inside
        if newest:
            right = window.first - timedelta(days=1)
        else:
            left = window.last + timedelta(days=1)
        size = grown(size, found, 100)
    assert seen == list(range(first.toordinal(), last.toordinal() + 1))


def test_windows_grow_by_what_they_hold() -> None:
    assert grown(1, 0, 100) == 4
    assert grown(8, 80, 40) == 5
    assert grown(8, 1000, 1) == 1


def test_days_of_an_open_span_are_those_that_there_are() -> None:
    first, last = date(2026, 1, 5), date(2026, 9, 9)
    assert days_of(Span(None, "2026-03-01"), first, last) == (first, date(2026, 2, 28))
    assert days_of(Span("2026-03-01T10:00:00", None), first, last) == (
        date(2026, 3, 1),
        last,
    )


def test_the_guide_names_every_filter_and_choice() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "search.md").read_text("utf-8")
    for name in FILTERS:
        assert f"`{name}:" in guide
    for values in CHOICES.values():
        for value in values:
            assert f"`{value}`" in guide


def test_extensions_differ_as_the_index_holds_them() -> None:
    known = sorted(EXTENSIONS)
    assert len(set(many_tokens(tuple(f"x{one}" for one in known)))) == len(known)

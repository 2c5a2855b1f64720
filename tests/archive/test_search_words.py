from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.errors import InvalidQuery
from archive.migrations import schema_sql
from archive.people import owner
from archive.rights import Viewer
from archive.search import (
    Query,
    Word,
    find_photos,
    parse,
    photos,
    snippets,
    stems,
)
from archive.search.matching import MARK
from tests.archive import search_model as model
from tests.archive.in_memory import index_words, insert_photo
from tests.archive.search_project import expect_same, filled, queries


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    yield from filled(150, seed=1)


@pytest.fixture
def sam(connection: Any) -> Viewer:
    return model.admin(connection)


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=40))
def test_hostile_words_are_only_words(connection: Any, text: str) -> None:
    sam = model.admin(connection)
    for query in (text, f'"{text}"', f'"{text}"*', f"name:{text}"):
        try:
            found = find_photos(connection, query, sam)
            snippets(connection, query, sam, found.ids[:3])
        except InvalidQuery:
            continue


@pytest.mark.parametrize(
    "text",
    [
        'wall" OR refs:s0',
        "refs:s0",
        "refs : s0",
        "{refs} : s0",
        'wall") NOT (x',
        "NEAR(wall slab)",
        "wall^2 AND",
        "^wall",
        "wall +slab",
        "'; drop table photos; --",
        "\0wall\0",
    ],
)
def test_syntax_of_the_index_means_nothing_in_a_phrase(
    connection: Any, sam: Viewer, text: str
) -> None:
    query = Query((((Word(text)),),))
    assert set(find_photos(connection, query, sam, limit=500).ids) == model.search(
        connection, query, sam
    )


@pytest.mark.parametrize("word", ["s0", "a1", "m202605", "star", "sbin"])
def test_tokens_of_filters_are_not_found_as_words(
    connection: Any, sam: Viewer, word: str
) -> None:
    query = parse(word)
    assert set(find_photos(connection, query, sam, limit=500).ids) == model.search(
        connection, query, sam
    )


def refs_of(connection: Any) -> list[str]:
    rows = connection.execute("select refs from photo_words order by id")
    return [row[0] for row in rows]


@given(st.data())
def test_no_word_finds_a_filters_token(connection: Any, data: st.DataObject) -> None:
    known = sorted({token for refs in refs_of(connection) for token in refs.split()})
    token = data.draw(st.sampled_from(known))
    word = token.removeprefix(data.draw(st.sampled_from(("", MARK))))
    prefix = data.draw(st.booleans())
    cut = data.draw(st.integers(1, len(word))) if prefix else len(word)
    query = Query(((Word(word[:cut], prefix),),))
    expect_same(connection, query, model.admin(connection), "newest", limit=50)


@pytest.fixture(scope="module")
def echoing() -> Iterator[Any]:
    """Each photo's words are the tokens of the one before, with and without mark."""
    for connection in filled(60, seed=6):
        refs = refs_of(connection)
        said = [f"{text} {text.replace(MARK, '')}" for text in refs[-1:] + refs[:-1]]
        with batch(connection, owner(connection)):
            for column in ("description", "filename"):
                connection.executemany(
                    f"update photos set {column} = ? where id = ?",
                    zip(said, range(1, len(said) + 1), strict=True),
                )
        yield connection


@settings(max_examples=200)
@given(queries())
def test_no_filter_finds_words_that_read_like_tokens(
    echoing: Any, query: Query
) -> None:
    expect_same(echoing, query, model.admin(echoing), "newest", limit=50)


def test_no_token_is_in_a_list_of_beginnings_that_somebody_types(
    connection: Any,
) -> None:
    lists = re.search(r'prefix = "([\d ]+)"', schema_sql())
    assert lists
    assert len(MARK) == max(map(int, lists[1].split()))
    tokens = {term for term, _, at, _ in index_words(connection) if at == "refs"}
    assert tokens
    runes = re.compile(r"[\u16a0-\u16af]{12}")  # a place on the map
    assert all(token.startswith(MARK) or runes.fullmatch(token) for token in tokens)


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("bus", {"business"}),  # the stemmer would make "bu" of it
        ("pay", {"payment"}),  # and "pai"
        ("hous", {"house", "houses", "housing"}),
        ("house", {"house", "houses", "housing"}),  # one stem, "hous"
        ("fence", {"fences", "fencer"}),
        ("http", {"http", "https"}),
        ("constructi", {"constructed", "construction"}),
        ("simplifie", {"simplified", "simplify"}),  # one stem, "simplifi"
        ("waterproofing-m", {"waterproofing-membrane"}),
        ("dsc0123456", {"dsc0123456789"}),
        ("dsc01234567891", set()),
    ],
)
def test_a_beginning_finds_the_words_that_begin_so(
    beginning: str, found: set[str]
) -> None:
    said = "bucket business paint payment house houses housing fences fencer http https"
    said += " constructed construction simplified simplify waterproofing-membrane"
    words = [*said.split(), "dsc0123456789", "стена"]
    connection = model.project()
    with batch(connection, owner(connection)) as opened:
        for number, word in enumerate(words):
            insert_photo(connection, opened, filename=f"{number}.jpg", description=word)
    page = photos(connection, f"{beginning}*", model.admin(connection), limit=50)
    assert {photo.description for photo in page if photo.description} == found
    connection.close()


@given(st.text(max_size=20))
def test_a_beginning_is_asked_for_as_it_is_or_a_little_shorter(text: str) -> None:
    for word in stems.tokens(text, stemmed=False):
        begins, asked = stems.beginning(word)
        assert word.startswith(begins)
        assert stems.tokens(asked) == (begins,)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("foundatio", True),
        ("FOUNDATIONS", True),
        ("fou", True),
        ("walle", True),
        ("WÄLLE", True),
        ("walle wal", True),
        ("fondation", False),
        ("ref000", True),
    ],
)
def test_half_typed_and_folded_words(
    connection: Any, sam: Viewer, typed: str, found: bool
) -> None:
    query = parse(typed, as_you_type=True)
    assert bool(find_photos(connection, query, sam).ids) == found


def test_snippets_mark_what_was_looked_for(connection: Any, sam: Viewer) -> None:
    with batch(connection, owner(connection)):
        connection.execute(
            "update photos set description = 'The <b>poured</b> slab' where id = 1"
        )
    pieces = snippets(connection, "pouring -wall album:2026", sam, [1])[1]
    assert [p.text for p in pieces if p.hit] == ["poured"]
    assert "".join(p.text for p in pieces) == "The <b>poured</b> slab"
    assert snippets(connection, "is:private", sam, [1]) == {}

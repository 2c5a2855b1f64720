"""Uuids, names and free text."""

from __future__ import annotations

import unicodedata
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.identity import (
    as_id,
    clean_name,
    clean_text,
    name_key,
    new_uuid,
    normalized,
)

MILLISECONDS = st.integers(0, (1 << 48) - 1)
TEN_BYTES = st.binary(min_size=10, max_size=10)


def made(milliseconds: int, noise: bytes) -> str:
    return new_uuid(lambda: milliseconds * 1_000_000, lambda n: noise[:n])


@given(MILLISECONDS, TEN_BYTES)
def test_a_uuid_is_of_version_7_and_tells_its_time(when: int, noise: bytes) -> None:
    value = uuid.UUID(made(when, noise))
    assert (value.version, value.variant) == (7, uuid.RFC_4122)
    assert value.int >> 80 == when


@given(MILLISECONDS, MILLISECONDS, TEN_BYTES, TEN_BYTES)
def test_uuids_sort_by_time(one: int, two: int, a: bytes, b: bytes) -> None:
    if one < two:
        assert made(one, a) < made(two, b)


@given(MILLISECONDS, TEN_BYTES, TEN_BYTES)
def test_all_but_version_and_variant_is_chance(when: int, a: bytes, b: bytes) -> None:
    mask = ~(0xF << 76 | 0x3 << 62) & (1 << 80) - 1
    same = int.from_bytes(a, "big") & mask == int.from_bytes(b, "big") & mask
    assert (made(when, a) == made(when, b)) == same


def test_new_uuids_differ() -> None:
    assert len({new_uuid() for _ in range(1000)}) == 1000


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


MARKS = st.text("\u0301\u0316\u0327", max_size=40)


@given(st.sampled_from(("NFC", "NFD", "NFKC", "NFKD")), st.lists(MARKS, max_size=4))
def test_more_marks_on_a_letter_than_any_script_has_are_left_as_they_are(
    form: Any, marks: list[str]
) -> None:
    text = "é".join(marks)
    heaped = any(len(run) > 30 for run in marks)
    expected = text if heaped else unicodedata.normalize(form, text)
    assert normalized(form, text) == expected


def test_no_text_takes_the_square_of_its_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    heap = "a" + "\u0316\u0301" * 100
    known = {name: getattr(unicodedata, name) for name in ("category", "combining")}
    monkeypatch.setattr("archive.identity.unicodedata", SimpleNamespace(**known))
    assert clean_text(heap) == heap
    assert clean_name(heap, "album") == heap
    assert name_key(heap) == heap


@given(st.text())
def test_forms_of_a_name_have_one_key(name: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert name_key(unicodedata.normalize(form, name)) == name_key(name)
    assert name_key(f"  {name}\t") == name_key(name)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Straße", "STRASSE"),
        ("Säule", "Sa\u0308ULE"),
        ("Level  3", "level 3"),
        ("Level\u00a03", "Level 3"),
        ("Roof", "Ro\u200bof"),
        ("\ufb01re", "Fire"),
        ("２０２６", "2026"),
    ],
    ids=["ss", "nfd", "spaces", "nbsp", "zero-width", "ligature", "full-width"],
)
def test_names_that_read_alike_are_one(one: str, two: str) -> None:
    assert name_key(one) == name_key(two)


@pytest.mark.parametrize("name", ["Ä", "A", "Level 3", "Level 4", "3", "³³"])
def test_other_names_are_not(name: str) -> None:
    assert name_key(name) not in {name_key(n) for n in ("B", "Level 5", "33a")}


@given(st.text())
def test_a_name_is_refused_or_stays_as_it_was_cleaned(name: str) -> None:
    try:
        clean = clean_name(name, "album")
    except InvalidInput:
        return
    assert clean_name(clean, "album") == clean
    assert name_key(clean) == name_key(name) != ""
    assert clean == unicodedata.normalize("NFC", clean).strip()
    assert len(clean.splitlines()) == 1
    clean.encode()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "is empty"),
        (" \t\n", "is empty"),
        ("\u200b\u200d", "is empty"),
        ("x" * 256, "over 255"),
        ("a\nb", "control"),
        ("a\x00b", "control"),
        ("a\u2028b", "control"),
        ("a\ud800b", "control"),
    ],
    ids=["none", "blank", "invisible", "long", "line", "nul", "separator", "half"],
)
def test_names_that_cannot_be(name: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=f"the name of the album .*{what}"):
        clean_name(name, "album")


@pytest.mark.parametrize(
    "name",
    ["x" * 255, "'; drop table albums; --", "=1+1", "<b>x</b>", "مخطط", "柱 🏗"],
    ids=["255", "sql", "formula", "markup", "arabic", "emoji"],
)
def test_names_of_any_kind_are_kept(name: str) -> None:
    assert clean_name(name, "album") == name


@given(st.text())
def test_free_text_is_cleaned_once(text: str) -> None:
    try:
        clean = clean_text(text)
    except InvalidInput:
        assert any("\ud800" <= c <= "\udfff" for c in text)
        return
    assert clean_text(clean) == clean
    assert not {"\0", "\r"} & set(clean)


@pytest.mark.parametrize(
    ("which", "number"),
    [
        (7, 7),
        ("7", 7),
        ("007", 7),
        ("", None),
        ("-7", None),
        ("７", None),
        ("²", None),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        (10**30, None),
        ("Level 3", None),
    ],
)
def test_what_may_be_an_id(which: int | str, number: int | None) -> None:
    assert as_id(which) == number

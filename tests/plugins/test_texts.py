"""Texts in each language: complete, well formed, and chosen as the person wants."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest

from plugins import texts

OTHERS = [name for name in texts.languages() if name != "en"]


def _forms(found: Any) -> list[str]:
    return list(found.values()) if isinstance(found, dict) else [found]


def _fields(found: Any) -> set[str]:
    return {
        name
        for form in _forms(found)
        for _, name, _, _ in Formatter().parse(form)
        if name
    }


def _is_said(name: str) -> bool:
    """Whether the archive says it itself in English."""
    return name.startswith(("error.", "reason."))


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_every_text_and_no_other(language: str) -> None:
    known = {name for name in texts.catalogue(language) if not _is_said(name)}
    assert known == set(texts.catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_puts_in_the_same_values(language: str) -> None:
    wrong = [
        name
        for name, found in texts.catalogue(language).items()
        if not _is_said(name)  # of these: test_refusals.py
        and _fields(found) != _fields(texts.catalogue("en")[name])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", texts.languages())
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    known = {*texts.locale(language).plural_form.tags, "other"}
    for name, found in texts.catalogue(language).items():
        if isinstance(found, dict):
            assert known == set(found), name


@pytest.mark.parametrize("language", texts.languages())
def test_no_text_has_markup_or_spaces_around_it(language: str) -> None:
    for name, found in texts.catalogue(language).items():
        for form in _forms(found):
            assert form == form.strip(), name
            assert not re.search(r"<[a-z/]", form), name


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.5,en;q=0.1", "de"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=x,;,=", "en"),
    ],
)
def test_the_browsers_language_is_taken(header: str, language: str) -> None:
    assert texts.preferred(header) == language


def test_a_page_is_in_the_language_asked_for_and_a_choice_beats_it(site: Any) -> None:
    german = {"accept-language": "de"}
    assert '<html lang="de"' in site.get("/tower-4", headers=german).text
    chosen = {**german, "cookie": "asbuilt-language=en"}
    assert '<html lang="en"' in site.get("/tower-4", headers=chosen).text


def test_counts_and_dates_follow_the_language() -> None:
    assert texts.text("en", "common.photos", n=1) == "1 photo"
    assert texts.text("de", "common.photos", n=1234) == "1.234 Fotos"
    assert texts.day("de", "2026-05-11") == "Mo., 11. Mai 2026"
    assert texts.month("en", "2026-05") == "May 2026"
    assert texts.moment("en", "2026-05-11T14:05:09.120") == "11 May 2026, 14:05:09"
    assert texts.day("en", "0000-99-99") == "0000-99-99"


def test_scripts_get_their_texts_by_a_version_that_may_be_kept(site: Any) -> None:
    _, version = texts.as_json("de")
    answer = site.get(f"/-/asbuilt/texts/de.json?v={version}", "anonymous")
    assert answer.json()["common.undo"] == "Rückgängig"
    assert "immutable" in answer.headers["cache-control"]
    assert site.get("/-/asbuilt/texts/xx.json", "anonymous").status_code == 404

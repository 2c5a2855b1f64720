"""What was written down in English, why a file or a sync failed, is told in German.

The sentences are found in the source: whatever makes one that is kept has to be known
here, or what it writes would be read in English on a German page.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from archive.rights import MATRIX
from plugins import texts

ROOT = Path(__file__).parents[2]
OTHERS = [name for name in texts.languages() if name != "en"]
# Modules in which what a function returns is a reason that is kept
RETURNED = ("additions", "reversing", "undo", "facts/sniff", "importing/memory")
# What keeps the sentences that it is given
KEPT = {"JobError", "Fault", "Trouble", "Failed", "Failure", "Wait", "Brake", "_End"}
# Names under which a sentence is put together before it is kept
NAMED = {"why", "what", "note", "reason", "problem", "told", "said", "_DAMAGED", "_OWN"}
# Where what is put together so, and whatever goes wrong, is kept by a job or a run
STORED = re.compile(
    r"archive/(jobs|export|keeping|verifying)/(?!pdf/(template|canvas)|commands)"
    r"|archive/(checking|workers|originals|purging|editing|rights)\.py"
    r"|archive/evidence/(packing|writing)\.py"
    r"|sync/(job|brakes)\.py|sync/engine/|sync/driving/(?!links|logins|stamping)"
)
# file: how many of its sentences are in English alone: what is refused before a job is
# added, what only the command line asks for, and what is no sentence. It may only
# become less.
ONLY_ENGLISH = {
    "archive/checking.py": 2,
    "archive/evidence/packing.py": 1,
    "archive/export/copies.py": 1,
    "archive/export/data.py": 1,
    "archive/export/files.py": 1,
    "archive/export/keeping.py": 1,
    "archive/export/logs.py": 1,
    "archive/export/naming.py": 5,
    "archive/export/package/events.py": 1,
    "archive/export/pdf/__init__.py": 1,
    "archive/export/photos.py": 3,
    "archive/export/segments.py": 1,
    "archive/export/stamps.py": 6,
    "archive/export/writing.py": 1,
    "archive/jobs/edits.py": 2,
    "archive/jobs/exports.py": 1,
    "archive/jobs/kinds.py": 1,
    "archive/jobs/records.py": 4,
    "archive/keeping/checking.py": 1,
    "archive/keeping/copies.py": 3,
    "archive/rights.py": 1,
    "archive/verifying/checks.py": 1,
    "archive/verifying/files.py": 1,
    "archive/verifying/mending.py": 1,
    "archive/verifying/windows.py": 1,
    "sync/brakes.py": 9,
    "sync/driving/asking.py": 1,
    "sync/driving/driver.py": 1,
    "sync/driving/fetching.py": 2,
}


_NAMES = re.compile(r"{(\w+)}")


@cache
def _sources() -> dict[str, str]:
    found = [*ROOT.glob("archive/**/*.py"), *ROOT.glob("sync/**/*.py")]
    found += ROOT.glob("plugins/mcp/*.py")
    return {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in sorted(found)}


def _keeping() -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules that keep sentences, parsed."""
    for place, source in _sources().items():
        if STORED.match(place) or _module(place) in RETURNED or ".damaged(" in source:
            yield place, ast.parse(source)


def _module(place: str) -> str:
    return place.removeprefix("archive/").removesuffix(".py")


def _sentence(node: ast.AST) -> str:
    """Return a text of the source, with {} for what is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(_sentence(p) if isinstance(p, ast.Constant) else "{}" for p in parts)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _kept(place: str, node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a piece of source is kept, if it is a text."""
    if isinstance(node, ast.Return) and node.value and _module(place) in RETURNED:
        yield node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from node.args * (node.func.attr == "damaged")
    if not STORED.match(place):
        return
    if isinstance(node, ast.Call) and _name(node.func) in KEPT:
        yield from node.args
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
        yield from node.value.args
    if isinstance(node, ast.Assign) and NAMED & set(map(_name, node.targets)):
        yield node.value


def _is_told(language: str, sentence: str) -> bool:
    sample = sentence.replace("{}", "7")
    return (
        " " not in sentence.strip("{} :()") or texts.reason(language, sample) != sample
    )


@pytest.mark.parametrize("language", OTHERS)
def test_each_reason_that_is_kept_in_english_is_translated(language: str) -> None:
    """Give it a line under ``reason``, with {names} for what the source puts in."""
    missing = {
        (place, sentence)
        for place, tree in _keeping()
        for node in ast.walk(tree)
        for sentence in map(_sentence, _kept(place, node))
        if not _is_told(language, sentence)
    }
    count = Counter(place for place, _ in missing)
    new = [one for one in sorted(missing) if count[one[0]] != ONLY_ENGLISH.get(one[0])]
    assert new == []
    assert dict(count) == ONLY_ENGLISH


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_of_a_reason_that_is_no_more(language: str) -> None:
    """Its words are in the source, between what is put in."""
    # "… by hand" f" and …" is one sentence, over two lines
    source = re.sub(r'"\s*f?"', "", "\n".join(_sources().values()))
    for name, found in texts.catalogue(language).items():
        if name.startswith("reason."):
            sentence = name.removeprefix("reason.")
            pieces = re.split(r"{\w+}|[:,(]", sentence)
            assert all(one.strip() in source for one in pieces), sentence
            assert set(_NAMES.findall(str(found))) <= set(_NAMES.findall(sentence))


@pytest.mark.parametrize("action", MATRIX)
def test_that_somebody_may_not_is_told_in_each_language(action: str) -> None:
    sentence = f"Rae Reader may not {MATRIX[action][2]}"
    for language in OTHERS:
        told = texts.text(language, f"error.may_not.{action}", person="Rae Reader")
        assert texts.reason(language, sentence) == told


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("it is gone", "nicht mehr vorhanden"),
        ("it is a PDF document, not a photo", "ein PDF-Dokument, kein Foto"),
        ("took longer than 10 s", "dauerte länger als 10 s"),
        ("needed more than 10 s of computing", "brauchte mehr als 10 s Rechenzeit"),
        ("needed more than 1 GB", "brauchte mehr als 1 GB"),
        (
            "looks damaged: the header cannot be read; it is gone",
            "sieht beschädigt aus: der Kopf ist nicht lesbar; nicht mehr vorhanden",
        ),
        (
            "it changed while it was read; import it again later",
            "die Datei wurde beim Lesen geändert; später noch einmal importieren",
        ),
        (
            "2 faults: originals/ab/x.jpg holds other bytes than it was stored with",
            "2 Fehler: originals/ab/x.jpg hält andere Bytes, als gespeichert wurden",
        ),
        ("a: b.jpg: it is gone", "a: b.jpg: it is gone"),
        ("site/1.jpg: it is gone", "site/1.jpg: nicht mehr vorhanden"),
        (
            "1,234 held back by a brake; the remote does not answer",
            "1.234 von einer Bremse zurückgehalten; die Gegenstelle antwortet nicht",
        ),
        ("no disk; it is gone", "no disk; nicht mehr vorhanden"),
        ("nobody has {translated} it", "nobody has {translated} it"),
        ("", ""),
    ],
)
def test_a_reason_is_told_as_far_as_it_is_translated(sentence: str, said: str) -> None:
    assert texts.reason("de", sentence) == said
    assert texts.reason("en", sentence) == sentence


@pytest.mark.parametrize(
    "words", [" missing" * 37, "it is damaged: " * 20, "; " * 150, "a: " * 100]
)
def test_whatever_a_remote_says_is_told_at_once(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 characters of it are kept, and the page waits for them."""
    looks: list[str] = []
    between = texts._between

    def counted(pieces: tuple[str, ...], sentence: str) -> list[str] | None:
        looks.append(sentence)
        return between(pieces, sentence)

    monkeypatch.setattr(texts, "_between", counted)
    texts.reason("de", f"x{words}"[:300])
    assert sum(map(len, looks)) < 1_000_000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Slab 3 missing", "Slab 3 missing"),
        ("Beam B4 is not there", "Beam B4 is not there"),
        ("3 faults", "3 faults"),
        ("wrong: it is gone", "wrong: it is gone"),
        ("conflict decided", "Konflikt entschieden"),
        ("program Site camera", "Programm Site camera"),
        ("", ""),
    ],
)
def test_why_a_person_changed_something_is_told_as_they_typed_it(
    words: str, told: str
) -> None:
    assert texts.why("de", words) == told
    assert texts.why("en", words) == words


@pytest.mark.parametrize("language", OTHERS)
def test_between_what_is_put_in_there_are_words(language: str) -> None:
    """Else nobody could tell where one value ends."""
    for pieces, _, _ in texts._reasons(language)[1]:
        assert all(pieces[1:-1])

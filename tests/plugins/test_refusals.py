"""What is refused is said in the language of the page, wherever it was refused."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from archive import errors
from archive.errors import InvalidInput, NotFound
from archive.rights import MATRIX
from plugins import routes, texts

ROOT = Path(__file__).parents[2]
OTHERS = [name for name in texts.languages() if name != "en"]
GERMAN = {"accept-language": "de"}
# What no page calls: programs, files on a disk, the processes that decode them
_ELSEWHERE = re.compile(
    r"archive/(commands|demo|facts|export|arrivals|importing|backups)/"
    r"|archive/(verifying/mending|keeping/(?!rule))"
    r"|archive/accounts/(?!clients|redirects)"
    r"|archive/search/(numbered|wanted)\.py"
    r"|archive/(salvage|setup|checking|migrations|locks|copying|bulk|mirroring)\.py"
    r"|archive/(evidence/|(signing|secrets|holding)\.py)"
    r"|plugins/(api/|mcp/|serving|commands|receiving|runners)"
)
# file: how many errors in it have no key, and so are said in English alone: what only a
# program can bring about, or what names a damaged file. It may only become less.
ONLY_ENGLISH = {
    "archive/accounts/clients.py": 5,  # of the command line
    "archive/batches.py": 3,
    "archive/cache.py": 5,
    "archive/database.py": 11,
    "archive/decoding.py": 1,
    "archive/disk.py": 1,
    "archive/jobs/edits.py": 3,
    "archive/jobs/exports.py": 2,
    "archive/jobs/kinds.py": 1,
    "archive/originals.py": 4,
    "archive/people.py": 2,
    "archive/photos.py": 1,
    "archive/plans/files.py": 2,
    "archive/plans/inspecting.py": 3,
    "archive/plans/mbtiles.py": 1,
    "archive/plans/placing.py": 3,
    "archive/plans/pmtiles.py": 12,
    "archive/plans/records.py": 2,
    "archive/purging.py": 2,
    "archive/pyramid_cache.py": 6,
    "archive/pyramids.py": 3,
    "archive/remotes/conflicts.py": 2,  # which choice there is
    "archive/renditions.py": 4,
    "archive/search/listing.py": 2,
    "archive/search/orders.py": 4,
    "archive/search/sections.py": 2,
    "archive/search/tiling.py": 1,
    "archive/search/timelines.py": 2,
    "archive/search/walking.py": 1,
    "archive/settings.py": 2,
    "archive/uploads/options.py": 3,
    "archive/uploads/records.py": 3,
    "archive/verifying/run.py": 1,  # the database is damaged
    "plugins/calls.py": 2,
    "plugins/pages/exports.py": 2,
    "plugins/pages/fields.py": 1,
    "plugins/pages/map.py": 1,
    "plugins/pages/photo_edit.py": 2,
    "plugins/pages/plans.py": 1,
    "plugins/pages/tus.py": 7,
    "plugins/pages/uploads.py": 3,
}


@dataclass(frozen=True, slots=True)
class Raised:
    """Where an error is made: its key ("*" where that depends), and its values."""

    place: str
    key: str
    values: frozenset[str]


def _kinds() -> set[str]:
    assert routes.ROUTES  # with what these import, every kind of error is known
    found, left = set(), [errors.ArchiveError]
    while left:
        kind = left.pop()
        found.add(kind.__name__)
        left += kind.__subclasses__()
    return found - {"WeakPassword", "LoginFailed", "Changed", "TooManyAttempts"}


def _key(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "*" for p in node.values)
        yield "".join(map(str, parts))
    elif isinstance(node, ast.IfExp):
        yield from _key(node.body)
        yield from _key(node.orelse)
    else:
        yield "*"


def _made(path: Path) -> Iterator[Raised]:
    kinds = _kinds()
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in kinds:
            continue
        given = {word.arg or "**": word.value for word in node.keywords}
        values = frozenset(given) - {"key"}
        if node.func.id in ("StoreError", "DiskFull", "DamagedFile", "NotAPhoto"):
            values |= {"path"}
        for key in _key(given["key"]) if "key" in given else [""]:
            yield Raised(place, key, values)


@pytest.fixture(scope="module")
def made() -> list[Raised]:
    """Every place where an error is made."""
    paths = [*ROOT.glob("archive/**/*.py"), *ROOT.glob("plugins/**/*.py")]
    return [raised for path in sorted(paths) for raised in _made(path)]


def test_what_a_page_may_refuse_can_be_said_in_every_language(
    made: list[Raised],
) -> None:
    """Give it a key; the sentence is the English one, others are in languages/."""
    bare = Counter(
        raised.place
        for raised in made
        if not raised.key and not _ELSEWHERE.match(raised.place)
    )
    assert dict(bare) == ONLY_ENGLISH


def _fields(found: Any) -> set[str]:
    forms = found.values() if isinstance(found, dict) else [found]
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_each_refusal_is_translated_and_puts_in_what_is_known(
    made: list[Raised], language: str
) -> None:
    said = {
        name.removeprefix("error."): _fields(text)
        for name, text in texts.catalogue(language).items()
        if name.startswith("error.")
    }
    wrong = []
    for raised in made:
        pattern = re.escape(raised.key).replace(r"\*", r"[\w ]+")
        keys = [key for key in said if re.fullmatch(pattern, key)] if raised.key else []
        if raised.key not in ("", "*") and not keys:
            wrong.append(f"{raised.place}: {raised.key}")
        if "**" not in raised.values and raised.key != "*":
            wrong += [
                f"{raised.place}: {key}"
                for key in keys
                if not said[key] <= raised.values
            ]
    assert wrong == []
    assert {f"may_not.{action}" for action in MATRIX} <= set(said)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_of_a_refusal_that_is_no_more(
    made: list[Raised], language: str
) -> None:
    patterns = [
        re.escape(r.key).replace(r"\*", r"[\w ]+") for r in made if r.key != "*"
    ]
    known = re.compile("|".join({*patterns, "changed", "wait", r"what\.[\w ]+"}))
    said = [n.removeprefix("error.") for n in texts.catalogue(language)]
    told = [n for n in texts.catalogue(language) if n.startswith("error.")]
    assert [n for n in said if f"error.{n}" in told and not known.fullmatch(n)] == []


def test_a_refusal_without_a_translation_is_in_english() -> None:
    assert texts.refusal("de", NotFound("there is none")) == "There is none"
    assert texts.refusal("de", NotFound("there is none", key="?")) == "There is none"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("there is none", "There is none"),
        ("plan.png: is no picture", "plan.png: is no picture"),
        ("is:new is not known", "is:new is not known"),
        ("", ""),
    ],
)
def test_a_sentence_begins_as_one_but_names_stay(sentence: str, said: str) -> None:
    assert texts.refusal("en", NotFound(sentence)) == said


def test_what_it_is_about_is_a_word_of_the_language() -> None:
    error = InvalidInput("the name is empty", key="name_empty", what="album")
    assert texts.refusal("de", error) == "Der Name des Albums ist leer"
    assert texts.refusal("en", error) == "The name is empty"


@pytest.mark.parametrize(
    ("path", "body", "who", "said"),
    [
        ("albums/add", {"name": " "}, "admin", "Der Name des Albums ist leer"),
        ("albums/add", {"name": "x"}, "reader", "Rae Reader darf keine Alben anlegen"),
        (
            "trades/add",
            {"name": "concrete"},
            "admin",
            "Es gibt schon ein Gewerk „concrete“",
        ),
        ("photo/1/edit", {"log_date": "soon"}, "admin", "„soon“ ist kein Datum wie"),
        ("photo/999/edit", {"starred": True}, "admin", "Es gibt kein Foto 999"),
        (
            "comments/1/edit",
            {"body": "x"},
            "uploader",
            "darf nur eigene Kommentare ändern",
        ),
        ("undo/1", {}, "admin", "Änderung 1 hat das Archiv angelegt"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" in value else "",
)
def test_a_script_is_told_in_the_person_s_language(
    site: Any, path: str, body: dict[str, Any], who: str, said: str
) -> None:
    answer = site.get(f"/tower-4/-/{path}", who, "post", json=body, headers=GERMAN)
    assert answer.status_code >= 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("foo:bar", "Den Filter foo: gibt es nicht; es gibt album:, location:"),
        ("album:crane", "Kein Album heißt „crane“"),
        ("taken:soon", "„soon“ ist kein Datum und keine Spanne"),
        ("is:nothing", "Den Filter is:nothing gibt es nicht; es gibt is:"),
        ("&", "In dieser Suche ist kein Buchstabe"),
    ],
)
def test_a_search_that_cannot_be_understood_is_explained(
    site: Any, query: str, said: str
) -> None:
    answer = site.get(f"/tower-4?q={query.replace('&', '%26')}", headers=GERMAN)
    assert said in answer.text
    answer = site.get(f"/tower-4.json?q={query.replace('&', '%26')}", headers=GERMAN)
    assert said in answer.json()["error"]


def test_what_comes_from_elsewhere_is_refused_in_words_of_the_browser(
    site: Any,
) -> None:
    headers = {
        **GERMAN,
        "sec-fetch-site": "cross-site",
        "origin": "https://evil.example",
    }
    answer = site.get(
        "/tower-4/-/albums/add", "admin", "post", json={}, headers=headers
    )
    assert answer.status_code == 403
    assert answer.text == "Eine andere Website darf dieses Archiv nicht lesen."

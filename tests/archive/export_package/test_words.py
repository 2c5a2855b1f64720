"""The close-out package's languages: each says everything, with the same values."""

from __future__ import annotations

import json
import re
from pathlib import Path

from archive.albums import add_album
from archive.batches import batch
from archive.commands.package import LANGUAGES
from archive.database import Archive
from archive.export.package import export_package
from archive.export.package.words import languages, words_of
from archive.people import Person
from tests.archive.package_site import check_bag, files
from tests.archive.report_files import picture, put


def test_its_pages_and_viewer_are_in_the_language_that_was_asked_for(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "Fassade", private=True)
    number = put(archive, picture(1), album_id=album.id, private=1)
    export_package(archive, sam, [number], tmp_path / "out", language="de")
    found = files(tmp_path / "out")
    assert check_bag(found) == []
    pages = {n: d.decode() for n, d in found.items() if n.endswith(".html")}
    assert all('<html lang="de">' in page for page in pages.values())
    said = "".join(pages.values())
    for words in (
        "Übergabepaket",
        "Alben",
        "Fassade (privat)",
        "1 Foto",
        "Fotos suchen",
    ):
        assert words in said
    assert not {"Close-out", "Albums", "photo<", "Private<"} & set(
        re.findall(r"Close-out|Albums|photo<|Private<", said)
    )
    assert '"nothing_found":"Kein Foto' in found["data/viewer/project.js"].decode()
    assert json.loads(found["data/project.json"])["language"] == "de"
    readme = found["README.txt"].decode()
    assert "1 Foto, zusammengestellt am" in readme
    assert "Auswahl: alle Fotos, soweit Sam Reyes" in readme
    assert not re.search(r" (the|and|photos?)\b(?!\.)", readme)
    assert "Fotos von Tower 4: 1 Foto" in found["bag-info.txt"].decode()


def test_every_language_says_everything_with_the_same_values() -> None:
    assert set(LANGUAGES) == set(languages())
    english, *others = (words_of(name) for name in sorted(languages(), key="en".__ne__))
    assert words_of("tlh") is english
    for words in others:
        for told, ours in (
            (english.texts, words.texts),
            *((some, words.tables[name]) for name, some in english.tables.items()),
        ):
            assert {n: _values(t) for n, t in told.items()} == {
                n: _values(t) for n, t in ours.items()
            }


def _values(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_readmes_of_all_languages_have_one_program() -> None:
    programs = set()
    for language in languages():
        history = words_of(language).tables["readme_txt"]["history"]
        lines = [line[4:] for line in history.splitlines() if line[:4] == "    "]
        compile("\n".join(lines), language, "exec")
        programs.add(re.sub(r'"[^"]*"', "", "\n".join(lines)))
    assert len(programs) == 1


def test_the_viewer_has_words_for_all_that_it_says(complete: Path) -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (complete / "data/viewer").glob("*.js")
        if path.name not in ("names.js", "project.js") and "photos-" not in path.name
    )
    said = set(re.findall(r"said\(\"(\w+)\"", code))
    words = words_of("en")
    known = {*words.texts, *words.labels, *words.tables["viewer"]}
    assert len(said) > 40
    assert said <= known

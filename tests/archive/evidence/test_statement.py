"""Evidence: what is written, for whom, in which language, and that it holds."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from archive.batches import batch
from archive.database import Archive
from archive.errors import NotAllowed
from archive.evidence.checking import check_file
from archive.evidence.words import languages, words_of
from archive.evidence.writing import AUTHORITY
from archive.people import Person, add_person
from archive.signing import list_keys
from tests.archive.evidence.conftest import HOSTILE, MADE, written
from tests.archive.pdfa.checker import problems
from tests.archive.report_files import (
    each_mark_and_link_is_in_the_tree,
    elements,
    images,
    picture,
    put,
    texts,
)

pytestmark = pytest.mark.usefixtures("one_process")


def test_the_statement_has_all_that_is_known(told: Any) -> None:
    assert told["kind"] == "asbuilt evidence 1"
    digest = hashlib.sha256(MADE).hexdigest()
    assert told["original"]["sha256"] == told["verified"]["now"]["sha256"] == digest
    captured = {fact["fact"]: fact for fact in told["capture"]}
    assert captured["taken_at"]["tag"] == "EXIF DateTimeOriginal"
    assert "in_the_archive" not in captured["taken_at"]
    assert captured["camera_model"] == {
        "fact": "camera_model",
        "value": "SM-S901E",
        "in_the_archive": HOSTILE,
    }
    assert captured["caption"]["in_the_archive"] == HOSTILE
    assert told["photo"]["description"].startswith(HOSTILE[:40])
    assert told["archived"]["by"] == "Sam Reyes"
    assert [c["name"] for c in told["copies"]] == ["the red stick"]
    assert len(told["verified"]["all_files"]) == 1
    assert told["verified"]["faults"] == []
    made, edited, said = told["history"]
    assert made["changes"][-1]["field"] == ""
    assert [c["field"] for c in edited["changes"]] == ["description"]
    assert said["changes"][0]["what"] == "comment"
    assert told["chain"]["batch"] > said["batch"]
    assert "somebody else" not in json.dumps(told)


def test_lines_of_a_batch_give_the_hash_that_seals_it(told: Any) -> None:
    whole = [one for one in told["history"] if "lines" in one]
    assert len(whole) == 2  # not the first: it made the original, too
    for one in whole:
        text = "".join(f"{line}\n" for line in one["lines"])
        assert hashlib.sha256(text.encode()).hexdigest() == one["hash"]
        assert one["previous_hash"] in one["lines"][0]


def test_the_document_is_tagged_and_shows_photo_and_words(site: Path) -> None:
    [path] = (site / "out").glob("*/evidence.pdf")
    pages = "\n".join(texts(path))
    digest = hashlib.sha256(MADE).hexdigest()
    assert pages.count(digest) >= 3  # of the file, of the photo, and read again
    assert pages.count("Sam Reyes") >= 4
    for word in ("Evidence of a photo", "Tower 4", "the red stick", "9:30", "openssl"):
        assert word in pages, word
    assert "alert(1)" in pages  # as words
    assert "\u202e" not in pages
    assert problems(path) == []  # as PDF/A-2a
    with pikepdf.open(path) as pdf:
        each_mark_and_link_is_in_the_tree(pdf)
        kinds = [str(one.S) for one in elements(pdf)]
        assert {"/H1", "/H2", "/P", "/Figure"} <= set(kinds)
        [image] = images(pdf).values()
        assert (image.Width, image.Height) == (400, 300)
        assert not {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(pdf.Root.keys())


@pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "jq", "sha256sum"))), reason="no tools"
)
def test_the_commands_of_the_document_work_as_they_stand(
    files: Path, told: Any
) -> None:
    commands = [text[2:] for text in told["how_to_check"] if text.startswith("$ ")]
    answers = [
        subprocess.run(
            ["sh", "-c", command],
            cwd=files,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for command in commands
        if AUTHORITY not in command
    ]
    first, sheet, statement_, key, lines = answers
    assert first.split()[0] == told["original"]["sha256"]
    assert first.split()[1].startswith(first.split()[0])
    assert sheet.strip() == statement_.strip() == "Signature Verified Successfully"
    assert key.split()[0] == told["signed_with"]["fingerprint"]
    whole = [one["hash"] for one in told["history"] if "lines" in one]
    assert lines.split()[0] == whole[0]


def test_only_who_may_signs(archive: Archive, sam: Person, tmp_path: Path) -> None:
    number = put(archive, picture(6))
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed, match="may not sign"):
        written(archive, kim, number, tmp_path / "out", tmp_path)
    assert list_keys(archive.connection) == []


def test_a_photo_of_which_nothing_can_be_shown_has_evidence_too(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = picture(4)[:200]
    monkeypatch.setattr("tests.archive.report_files._size", lambda _: (10, 10))
    number = put(archive, broken, facts={"damage": "cut off"})
    made = written(archive, sam, number, tmp_path / "out", tmp_path)
    assert "No picture of this file" in "".join(texts(made.folder / "evidence.pdf"))


def test_it_is_in_the_language_of_its_reader_and_checked_alike(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    number = put(archive, picture(1))
    made = written(archive, sam, number, tmp_path / "out", tmp_path, language="de")
    pages = "".join(texts(made.folder / "evidence.pdf"))
    assert "Beleg über ein Foto" in pages
    assert "Seite 1 von" in pages
    with pikepdf.open(made.folder / "evidence.pdf") as pdf:
        assert str(pdf.Root.Lang) == "de"
    assert check_file(made.folder / "evidence.json").problems == []


def test_every_language_says_all_with_the_same_values_and_commands() -> None:
    first, *others = map(words_of, languages())
    for words in others:
        assert set(words.texts) == set(first.texts)
        for name, text in words.texts.items():
            fields = [set(re.findall(r"{(\w+)}", t)) for t in (text, first.texts[name])]
            assert fields[0] == fields[1], name
    values = dict.fromkeys(("original", "sheet", "statement", "key", "ca"), "x")
    commands = [
        [line for line in words_of(name).commands(**values) if line[0] == "$"]
        for name in languages()
    ]
    assert all(each == commands[0] for each in commands)
    assert words_of("tlh").language == "en"

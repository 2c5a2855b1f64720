"""Evidence: what is written, that it holds, and that no alteration passes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result

from archive import secrets
from archive.batches import batch
from archive.commands.root import asbuilt
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos
from archive.errors import DamagedArchive, InvalidInput, NotAllowed
from archive.evidence.checking import check_file
from archive.evidence.stamping import stamped
from archive.evidence.words import languages, words_of
from archive.evidence.writing import AUTHORITY, Evidence, write_evidence
from archive.export.keeping import open_kept
from archive.export.pdf import pictures
from archive.jobs import Job, add_job, find_job
from archive.jobs.runner import Bell, work_off
from archive.keeping import add_copy, note_held
from archive.originals import Stored, path_of
from archive.people import Person, add_person, owner
from archive.photos import get_photo
from archive.rights import viewer
from archive.secrets import Vault
from archive.signing import list_keys
from archive.verifying import Limits, verify
from tests.archive.import_checks import inline
from tests.archive.pdfa.checker import problems
from tests.archive.report_files import (
    each_mark_and_link_is_in_the_tree,
    elements,
    images,
    picture,
    put,
    texts,
)

HOSTILE = (
    '</script><script>alert(1)</script>"}],\u202egpj.exe\x1b[2J =1+1 {nb} {0} % ) Tj'
    " \u2028 שלום 建筑 👷🏽"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a photo to which everything happened; beside it, its evidence."""
    base = tmp_path_factory.mktemp("evidence")
    create_archive(base / "tower", "Tower 4", "Sam Reyes")
    with (
        open_archive(base / "tower") as archive,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(pictures, "run_jobs", inline)
        sam = owner(archive.connection)
        facts = {
            "taken_at": "2026-05-11T09:30:00",
            "taken_source": "EXIF DateTimeOriginal",
            "camera_model": HOSTILE,
            "details": json.dumps({"caption": HOSTILE, "iso": 100}),
        }
        number = put(archive, picture(1, (400, 300)), facts=facts, private=1)
        put(archive, picture(2), description="somebody else's")
        connection = archive.connection
        with batch(connection, sam, reason=HOSTILE):
            edit_photos(connection, sam, [number], Edit(description=HOSTILE))
        with batch(connection, sam) as opened:
            add_comment(connection, sam, opened, number, "who moved this?")
        verify(archive, sam, Limits())
        copy = add_copy(connection, sam, "u", "stick", "the red stick")
        photo = get_photo(connection, number, viewer(sam))
        note_held(connection, copy, [str(photo.sha256)])
        written(archive, sam, photo.uuid, base / "out", base)
    return base


def written(
    archive: Archive, who: Person, which: object, out: Path, settings: Path, **more: Any
) -> Evidence:
    photo = get_photo(archive.connection, str(which), viewer(who))
    vault = Vault(settings / "settings", None)
    return write_evidence(archive, who, photo, out, "asbuilt 1", vault=vault, **more)


@pytest.fixture
def files(site: Path, tmp_path: Path) -> Path:
    """A copy of the evidence, to be altered."""
    [made] = (site / "out").iterdir()
    return Path(shutil.copytree(made, tmp_path / "evidence"))


@pytest.fixture
def told(site: Path) -> Any:
    [path] = (site / "out").glob("*/evidence.json")
    return json.loads(path.read_text("utf-8"))


def test_the_statement_has_all_that_is_known(told: Any) -> None:
    assert told["kind"] == "asbuilt evidence 1"
    digest = hashlib.sha256(picture(1, (400, 300))).hexdigest()
    assert told["original"]["sha256"] == told["verified"]["now"]["sha256"] == digest
    captured = {fact["fact"]: fact for fact in told["capture"]}
    assert captured["taken_at"]["tag"] == "EXIF DateTimeOriginal"
    assert captured["caption"]["value"] == captured["camera_model"]["value"] == HOSTILE
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
    digest = hashlib.sha256(picture(1, (400, 300))).hexdigest()
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


def flip(path: Path, at: int = -3) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


ALTERED: dict[str, Callable[[Path], None]] = {
    "statement": lambda folder: flip(folder / "evidence.json"),
    "its signature": lambda folder: flip(folder / "evidence.json.sig"),
    "document": lambda folder: flip(folder / "evidence.pdf"),
    "original": lambda folder: flip(next(folder.glob("*.jpg"))),
    "no signature": lambda folder: (folder / "evidence.json.sig").unlink(),
    "no statement": lambda folder: (folder / "evidence.json").unlink(),
    "signature of the document": lambda folder: (
        shutil.copy(folder / "evidence.pdf.sig", folder / "evidence.json.sig") and None
    ),
}


@pytest.mark.parametrize("how", ALTERED)
def test_what_is_altered_is_not_what_was_signed(files: Path, how: str) -> None:
    assert check_file(files / "evidence.json").problems == []
    assert check_file(files / "evidence.pdf").problems == []
    ALTERED[how](files)
    assert check_file(files / "evidence.json").problems


def test_each_byte_of_a_signed_statement_counts(files: Path) -> None:
    statement_ = files / "evidence.json"
    data = statement_.read_bytes()
    for at in range(0, len(data), len(data) // 60):
        flip(statement_, at)
        assert check_file(statement_).problems, at
        statement_.write_bytes(data)
    statement_.write_bytes(data + b" ")
    assert check_file(statement_).problems


def test_the_archive_says_whose_key_it_is_and_that_the_history_goes_on(
    site: Path, files: Path
) -> None:
    with open_archive(site / "tower") as archive:
        found = check_file(files / "evidence.json", archive)
        assert found.problems == []
        assert any("key of Sam Reyes" in note for note in found.notes)
        assert any("is part of the history" in note for note in found.notes)
        assert check_file(files / "evidence.json", archive, found.fingerprint[:12])
    other = check_file(files / "evidence.json", expected="00")
    assert other.problems == ["it is signed with another key than that"]


def test_only_who_may_signs(archive: Archive, sam: Person, tmp_path: Path) -> None:
    number = put(archive, picture(6))
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed, match="may not sign"):
        written(archive, kim, number, tmp_path / "out", tmp_path)
    assert list_keys(archive.connection) == []


def test_another_archive_does_not_know_the_key(archive: Archive, files: Path) -> None:
    problems = check_file(files / "evidence.json", archive).problems
    assert problems[0] == "the archive does not know the key"
    assert "no batch has the hash" in problems[1]


def test_nothing_is_signed_of_altered_bytes_or_an_altered_history(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    photo = get_photo(archive.connection, put(archive, picture(3)), viewer(sam))
    path = path_of(archive.originals, Stored(str(photo.sha256), "jpg"))
    whole = path.read_bytes()
    flip(path)
    with pytest.raises(Exception, match="other bytes than were archived"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    path.unlink()
    with pytest.raises(Exception, match="cannot be read"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    path.write_bytes(whole)
    archive.connection.execute("drop trigger changes_are_final")
    archive.connection.execute("update changes set new = 'x' where entity = 'original'")
    with pytest.raises(DamagedArchive, match="not what was sealed"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a time-stamping authority: its key, certificate and serial."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "tsa.cnf").write_text(AUTHORITY_SETTINGS)
    (folder / "serial").write_text("01")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30000"
    words += " -keyout key.pem -out ca.pem -subj /CN=Test -config tsa.cnf -extensions e"
    openssl(folder, *words.split())
    return folder


AUTHORITY_SETTINGS = """
[req]
distinguished_name = n
[n]
[e]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = t
[t]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


def openssl(folder: Path, *words: str) -> bytes:
    return subprocess.run(
        ["openssl", *words], cwd=folder, capture_output=True, check=True
    ).stdout


def reply(folder: Path, question: bytes) -> bytes:
    """Answer as an authority does."""
    (folder / "q.tsq").write_bytes(question)
    words = "ts -reply -config tsa.cnf -queryfile q.tsq -signer ca.pem -inkey key.pem"
    openssl(folder, *words.split(), "-out", "r.tsr")
    return (folder / "r.tsr").read_bytes()


def test_a_time_stamp_of_an_authority_is_checked_by_the_document_s_command(
    archive: Archive,
    sam: Person,
    tmp_path: Path,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)
    made = written(
        archive,
        sam,
        put(archive, picture(5)),
        tmp_path / "out",
        tmp_path,
        stamper=lambda data: stamped(data, "u", lambda _, q: reply(authority, q)),
    )
    told = json.loads((made.folder / "evidence.json").read_text("utf-8"))
    [command] = [text[2:] for text in told["how_to_check"] if AUTHORITY in text]
    command = command.replace(AUTHORITY, str(authority / "ca.pem"))
    assert b"Verification: OK" in openssl(made.folder, *command.split()[1:])


def test_an_answer_to_something_else_is_no_time_stamp(authority: Path) -> None:
    answers: list[bytes] = []

    def ask(_: str, question: bytes) -> bytes:
        answers.append(reply(authority, question))
        return answers[0]

    assert stamped(b"data", "u", ask) == answers[0]
    with pytest.raises(InvalidInput, match="answers another question"):
        stamped(b"data", "u", ask)  # the same answer once more
    with pytest.raises(InvalidInput, match="of something else"):
        stamped(b"other", "u", ask)
    refused = bytes.fromhex("30053003020102")
    for answer in (refused, b"", b"<html>", answers[0][:50], answers[0] * 2):
        with pytest.raises(InvalidInput, match="no time stamp of this"):
            stamped(b"data", "u", lambda _, __, a=answer: a)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setattr(pictures, "run_jobs", inline)
    monkeypatch.setattr(secrets, "system_keyring", lambda: None)
    monkeypatch.setattr(secrets, "settings_folder", lambda: tmp_path / "settings")

    def call(*arguments: object, code: int = 0) -> Result:
        words = ["evidence", *map(str, arguments)]
        result = CliRunner().invoke(asbuilt, words, prog_name="asbuilt")
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return call


def test_the_command_writes_and_checks(folder: Path, run: Any, tmp_path: Path) -> None:
    with open_archive(folder) as archive:
        put(archive, picture(1))
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
        assert kim
        put(archive, picture(2), private=1)
    [made] = json.loads(run(folder, 1, "--out", tmp_path / "out", "--json").stdout)
    path = Path(made["folder"]) / "evidence.json"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made["sha256"]
    assert (
        "is there already" in run(folder, 1, "--out", tmp_path / "out", code=1).stderr
    )
    assert (
        "may not sign"
        in run(folder, 1, "--out", tmp_path / "kim", "--as", "Kim", code=1).stderr
    )
    assert not (tmp_path / "kim").exists()
    run(folder, 2, "--out", tmp_path / "out")
    assert "--out" in run(folder, 1, code=1).stderr
    run(folder, "--new-key")
    told = run("--check", path, "--archive", folder, "--json").stdout
    [found] = json.loads(told)
    assert found["good"]
    assert any("replaced at" in note for note in found["notes"])
    flip(path)
    assert "is not to be trusted" in run("--check", path, code=1).stdout


def test_a_photo_of_which_nothing_can_be_shown_has_evidence_too(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)
    broken = picture(4)[:200]
    monkeypatch.setattr("tests.archive.report_files._size", lambda _: (10, 10))
    number = put(archive, broken, facts={"damage": "cut off"})
    made = written(archive, sam, number, tmp_path / "out", tmp_path)
    assert "No picture of this file" in "".join(texts(made.folder / "evidence.pdf"))


def test_a_job_signs_what_it_can_and_names_the_rest(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)
    monkeypatch.setattr(secrets, "system_keyring", lambda: None)
    monkeypatch.setattr(secrets, "settings_folder", lambda: tmp_path / "settings")
    whole, broken = put(archive, picture(1)), put(archive, picture(2))
    photo = get_photo(archive.connection, broken, viewer(sam))
    flip(path_of(archive.originals, Stored(str(photo.sha256), "jpg")))

    def finished(who: Person, *ids: int) -> Job:
        number = add_job(
            archive.connection, who, "export_evidence", {"ids": ids, "name": "Tower"}
        ).id
        work_off(archive, "r", Bell(None))
        return find_job(archive.connection, who, number)

    job = finished(sam, whole, broken)
    kept = open_kept(archive.connection, archive.folder, sam, job.uuid)
    assert (job.state, kept.name) == ("done", "Tower.zip")
    assert (kept.receipt["photos"], kept.receipt["of"]) == (1, 2)
    assert "other bytes" in kept.receipt["missing"][0]["reason"]
    with zipfile.ZipFile(kept.path) as packed:
        packed.extractall(tmp_path / "out")
    [statement_] = (tmp_path / "out").glob("evidence-*/evidence.json")
    assert check_file(statement_, archive).problems == []
    less = replace(sam, level="standard")
    with pytest.raises(NotAllowed):
        open_kept(archive.connection, archive.folder, less, job.uuid)
    assert finished(sam, broken).state == "failed"
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        finished(kim, whole)


def test_it_is_in_the_language_of_its_reader_and_checked_alike(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)
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

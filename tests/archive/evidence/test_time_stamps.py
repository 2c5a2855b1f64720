"""Time stamps of an authority: asked for, checked, refused when of something else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from archive.database import Archive
from archive.errors import InvalidInput
from archive.evidence.stamping import stamped
from archive.evidence.writing import AUTHORITY
from archive.people import Person
from tests.archive.evidence.conftest import written
from tests.archive.report_files import picture, put

pytestmark = pytest.mark.usefixtures("one_process")


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
) -> None:
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

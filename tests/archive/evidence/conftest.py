"""A photo to which everything happened, and the evidence of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import piexif
import pytest

from archive import secrets
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos
from archive.evidence import capture
from archive.evidence.writing import Evidence, write_evidence
from archive.export.pdf import pictures
from archive.keeping import add_copy, note_held
from archive.people import Person, owner
from archive.photos import get_photo
from archive.rights import viewer
from archive.secrets import Vault
from archive.verifying import Limits, verify
from tests.archive.import_checks import inline
from tests.archive.report_files import picture, put

HOSTILE = (
    '</script><script>alert(1)</script>"}],\u202egpj.exe\x1b[2J =1+1 {nb} {0} % ) Tj'
    " \u2028 שלום 建筑 👷🏽"
)


# What the file says of itself is read again from its bytes
_EXIF = piexif.dump(
    {
        "0th": {piexif.ImageIFD.Model: b"SM-S901E"},
        "Exif": {piexif.ExifIFD.DateTimeOriginal: b"2026:05:11 09:30:00"},
    }
)
MADE = picture(1, (400, 300), exif=_EXIF)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a photo to which everything happened; beside it, its evidence."""
    base = tmp_path_factory.mktemp("evidence")
    create_archive(base / "tower", "Tower 4", "Sam Reyes")
    with (
        open_archive(base / "tower") as archive,
        pytest.MonkeyPatch.context() as patch,
    ):
        for module in (pictures, capture):
            patch.setattr(module, "run_jobs", inline)
        sam = owner(archive.connection)
        facts = {
            "taken_at": "2026-05-11T09:30:00",
            "taken_source": "EXIF DateTimeOriginal",
            "camera_model": HOSTILE,
            "details": json.dumps({"caption": HOSTILE, "iso": 100}),
        }
        number = put(archive, MADE, facts=facts, private=1)
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


def flip(path: Path, at: int = -3) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys are kept where nobody else has theirs."""
    monkeypatch.setattr(secrets, "system_keyring", lambda: None)
    monkeypatch.setattr(secrets, "settings_folder", lambda: tmp_path / "settings")

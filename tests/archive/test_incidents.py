"""What hurt users of other archives, where no other test has it (incidents.toml)."""

from __future__ import annotations

import io
import os
import re
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.batches import batch
from archive.database import Archive
from archive.decoding import Unusual, decode
from archive.editing import recycle_photos
from archive.facts.boxes import MOST_BOXES
from archive.facts.heif import unusual
from archive.facts.source import Memory
from archive.history import list_batches
from archive.originals import Stored, path_of
from archive.people import Person
from archive.purging import purge_photos
from archive.undo import undo
from archive.verifying import Limits, verify
from tests.archive.import_checks import (
    PHOTOS,
    SHARED,
    column,
    faults,
    lay,
    photo,
    take_in,
    tree,
)
from tests.test_layers import imports, modules

ROOT = Path(__file__).parents[2]
WHOLE = photo(1, "2026:03:01 10:11:12")


@pytest.mark.parametrize("left", [0, 1], ids=["emptied", "with one left"])
def test_a_source_that_was_emptied_takes_nothing_away(
    archive: Archive, tmp_path: Path, left: int
) -> None:
    """L2, L4: an import adds; what is not there any more takes nothing with it.

    Nor what never was: photos of another stick.
    """
    take_in(archive, lay(tmp_path / "other", {"other.jpg": photo(9)}))
    stick = lay(tmp_path / "stick", {f"{n}.jpg": data for n, data in PHOTOS.items()})
    take_in(archive, stick)
    before = files_of(archive), column(archive, "recycled_at")
    assert len(before[0]) == len(PHOTOS) + 1
    for path in sorted(stick.iterdir())[left:]:
        path.unlink()
    take_in(archive, stick)
    assert (files_of(archive), column(archive, "recycled_at")) == before
    assert not faults(archive)


def files_of(archive: Archive) -> dict[bytes, str]:
    """The originals: their paths, and the SHA-256 of what they hold."""
    found = tree(archive.originals)
    return {path: digest for path, (*_, digest) in found.items() if digest}


_GONE: list[str] = []
_WATCHED = ("os.remove", "os.rmdir", "os.rename", "os.truncate")
_watching = False


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in _WATCHED or isinstance(arguments[0], int):
        return
    folders = [a for a in arguments[1:] if isinstance(a, int) and a >= 0]
    base = f"/proc/self/fd/{folders[0]}" if folders else ""
    path = Path(os.path.realpath(base) if base else "", os.fsdecode(arguments[0]))
    _GONE.append(str(path.absolute()))


@contextmanager
def removals() -> Iterator[list[str]]:
    """Collect what this process removes or renames; an audit hook stays for ever."""
    global _watching  # noqa: PLW0603
    if not getattr(sys, "_asbuilt_hook", False):
        sys.addaudithook(_note)
        sys._asbuilt_hook = True  # type: ignore[attr-defined]
    _GONE.clear()
    _watching = True
    try:
        yield _GONE
    finally:
        _watching = False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
def test_nothing_is_removed_outside_of_the_archive_nor_an_original_that_was_not_purged(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    """L3, L13: whatever is done, and by whom."""
    stick = lay(tmp_path / "stick", {f"{n}.jpg": data for n, data in PHOTOS.items()})
    connection = archive.connection
    with removals() as gone:
        take_in(archive, stick)
        with batch(connection, sam) as opened:
            recycle_photos(connection, sam, opened, [1, 2])
        purged = path_of(
            archive.originals,
            Stored(
                *connection.execute(
                    "select sha256, extension from originals where id = 1"
                ).fetchone()
            ),
        )
        purge_photos(archive, sam, [1], "a mistake", force=True)
        verify(archive, sam, Limits())
        undo(connection, sam, list_batches(connection)[-2:-1])
        take_in(archive, stick)
    inside = str(archive.folder) + os.sep
    assert gone
    assert [path for path in gone if not path.startswith(inside)] == []
    kept = str(archive.originals) + os.sep
    lost = [path for path in gone if path.startswith(kept) and ".incoming" not in path]
    assert lost == [str(purged)]


def rest_of_zeros(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


CORRUPT: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[: len(data) * 2 // 3],
    "zeros": lambda data: bytes(len(data)),
    "zeros from the middle on": rest_of_zeros,
    "JSON before it": lambda data: b'{"title": "IMG_1.jpg"}' + data,
    "JSON behind it": lambda data: data + b'{"title": "IMG_1.jpg"}' * 9,
    "an error page": lambda _: b"<!DOCTYPE html><title>502 Bad Gateway</title>",
    "an answer of an API": lambda _: b'{"errors": "not found"}',
    "nothing": lambda _: b"",
}


# what is kept: why it looks damaged
KEPT = {
    "cut off": "the file was cut off: the end of the picture is missing",
    "zeros from the middle on": "the end of the file is filled with zeros",
    "JSON behind it": None,  # it is whole, and how much is behind it is told
}


def picture() -> bytes:
    """A JPEG whose middle is within the picture."""
    target = io.BytesIO()
    Image.effect_noise((160, 120), 90).save(target, "JPEG")
    return target.getvalue()


def test_a_corrupt_file_is_refused_or_named_as_damaged(
    archive: Archive, tmp_path: Path
) -> None:
    """L8: and its bytes, where they are kept, are those that came."""
    whole = picture()
    files = {f"{how}.jpg": alter(whole) for how, alter in CORRUPT.items()}
    take_in(archive, lay(tmp_path / "stick", files))
    rows = archive.connection.execute(
        "select p.filename, o.sha256, o.extension, o.damage, o.details"
        " from photos p join originals o on o.id = p.original_id"
    ).fetchall()
    for name, sha256, extension, damage, details in rows:
        stored = path_of(archive.originals, Stored(sha256, extension))
        assert stored.read_bytes() == files[name]
        assert damage == KEPT[name.removesuffix(".jpg")]
        assert damage or "appended_bytes" in details
    assert {row[0] for row in rows} == {f"{how}.jpg" for how in KEPT}
    assert not faults(archive)


def test_photos_end_in_one_place_alone() -> None:
    """L21: every way to delete leads to the bin; from there one function purges."""
    found = modules_with(r"(?i)delete\s+from\s+(main\.)?(photos|originals)\b")
    # salvage: of a new file, what the damaged one says was purged
    assert found == {"archive/purging.py", "archive/rejoining.py"}


def modules_with(pattern: str) -> set[str]:
    found = re.compile(pattern, re.MULTILINE)
    return {
        path.relative_to(ROOT).as_posix()
        for package in ("archive", "plugins", "sync")
        for path in (ROOT / package).rglob("*.py")
        if found.search(path.read_text("utf-8"))
    }


POLYGLOTS = {
    "photo.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", None),
    "page.jpg": (b"<html><script>alert(1)</script></html>", None),
    "vector.png": (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        None,
    ),
    "program.jpg": (b"#!/bin/sh\nrm -rf /\n", None),
    "paper.jpg": (b"%PDF-1.7\n1 0 obj<<>>endobj\n", None),
    "djvu.jpg": (b"AT&TFORM\x00\x00\x00\x20DJVUINFO" + bytes(40), None),
    "-o.jpg": (WHOLE, "jpg"),
    "really.png": (photo(2), "jpg"),
}


def test_what_a_file_is_is_told_by_its_bytes_alone(
    archive: Archive, tmp_path: Path
) -> None:
    """P2, P3."""
    files = {name: data for name, (data, _) in POLYGLOTS.items()}
    take_in(archive, lay(tmp_path / "stick", files))
    rows = archive.connection.execute(
        "select p.filename, o.extension from photos p"
        " join originals o on o.id = p.original_id"
    )
    assert dict(rows.fetchall()) == {
        name: extension for name, (_, extension) in POLYGLOTS.items() if extension
    }
    assert not faults(archive)


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I", len(data) + 8) + kind + data


def heif(*kinds: bytes, after: bytes = b"") -> bytes:
    """The beginning of a HEIF file with items of these kinds."""
    items = [
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", n, 0), kind, b"\0")
        for n, kind in enumerate(kinds, 1)
    ]
    listed = box(b"iinf", bytes(4), struct.pack(">H", len(items)), *items)
    picture = box(b"pitm", bytes(4), b"\0\1")
    return (
        box(b"ftyp", b"heic", bytes(4))
        + box(b"meta", bytes(4), picture, listed)
        + after
    )


UNUSUAL = {
    "identity": heif(b"iden", b"hvc1"),
    "overlay": heif(b"hvc1", b"iovl"),
    "mask": heif(b"mski"),
    "uncompressed": heif(b"unci"),
    "tiled": heif(b"tili"),
    "film": heif(b"hvc1", after=box(b"moov")),
    "second list": heif(b"hvc1", after=heif(b"iovl")),
    "many parts": heif(b"hvc1", after=box(b"free") * MOST_BOXES + heif(b"iovl")),
    "long list": heif(*[b"hvc1"] * 60_000),
}


@pytest.mark.parametrize("how", UNUSUAL)
def test_a_heif_that_no_camera_writes_is_shown_to_no_decoder(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P1: libheif 1.23.0, which the newest wheel has, is faulty in these."""
    monkeypatch.setattr("PIL.Image.open", None)
    with pytest.raises(Unusual):
        decode(io.BytesIO(UNUSUAL[how]), "image/heic", 100)


def test_a_heif_as_cameras_write_it_is_shown() -> None:
    """P1: tiles, a thumbnail, a gain map and metadata."""
    files = [heif(b"grid", *[b"hvc1"] * 60, b"tmap", b"Exif", b"mime", b"uri ")]
    files += [path.read_bytes() for path in SHARED.rglob("*.heic")]
    assert [unusual(Memory(data)) for data in files] == [""] * len(files)


# module: the program that it starts
STARTERS = {
    "archive/backups/snapshot.py": "this Python",
    "archive/commands/archives.py": "this Python",
    "archive/demo/writing.py": "this Python",
    "archive/posters.py": "ffmpeg, on bytes that were given it, with its limits",
    "archive/worker_process.py": "this Python",
    "plugins/runners.py": "this Python",
}
STARTING = {"subprocess", "pty", "multiprocessing", "ctypes", "_posixsubprocess"}
# module: what it asks of whom
ASKING = {
    "archive/backups/buckets.py": "the store that the environment names",
    "plugins/serving.py": "nobody: it answers",
    "sync/driving/*": "the remote that an admin linked, as S17 says",
}
NET = {
    *("http", "socket", "ssl", "ftplib", "smtplib", "socketserver", "xmlrpc"),
    *("urllib.request", "urllib3", "requests", "aiohttp", "httpx", "httpx2", "obstore"),
    "websockets",
}


def importing(names: set[str]) -> set[str]:
    """Modules that import any of these, wherever in them, and by whatever way."""
    return {
        path.as_posix()
        for path in modules()
        for name in imports(path)
        if any(f"{name}.".startswith(f"{one}.") for one in names)
    }


def test_other_programs_are_started_in_few_places() -> None:
    """P3: no exiftool, no Ghostscript, no shell."""
    starts = r"\bos\.(system|popen|exec|spawn|posix_spawn|fork)|create_subprocess"
    assert importing(STARTING) | modules_with(starts) == set(STARTERS)


def test_addresses_are_asked_in_few_places() -> None:
    """S16: none that somebody types is fetched; nor does anything else phone home."""
    asks = r"\b(urlopen|urlretrieve|open_connection|create_connection)\b"
    found = importing(NET) | modules_with(asks)
    strangers = {
        path for path in found if not any(fnmatch(path, one) for one in ASKING)
    }
    assert strangers == set()
    assert len(found) > len(ASKING)

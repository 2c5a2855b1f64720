"""Small photos, a reader without processes, and the check that an archive is whole."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from archive import worker
from archive.checking import check_history
from archive.database import Archive
from archive.frames import decode
from archive.importing import ImportOptions, ImportReport, import_photos
from archive.people import Person, owner
from archive.workers import Failure, Outcome
from tests.archive.live_counts import wrong_counters

ANSWER = 8  # bytes of a worker's answer before what ``decode`` takes
DATE, MAKE, MODEL = 0x9003, 0x010F, 0x0110  # EXIF
OLD = 1_700_000_000  # seconds: long before now
SHARED = Path(__file__).parents[3] / "shared" / "photos"


def photo(seed: int, taken: str = "", make: str = "", model: str = "") -> bytes:
    """A tiny JPEG, other for each seed. ``taken``: ``2026:03:09 10:11:12``."""
    exif = Image.Exif()
    exif[MAKE], exif[MODEL] = make or "Canon", model or "EOS R5"
    if taken:
        exif.get_ifd(0x8769)[DATE] = taken
    target = io.BytesIO()
    colour = (seed * 37 % 256, seed * 91 % 256, seed // 256 % 256)
    picture = Image.new("RGB", (16, 12), colour)
    picture.putpixel((seed % 16, seed // 16 % 12), (255, 255, 255))
    picture.save(target, "JPEG", exif=exif, comment=f"photo {seed}")
    return target.getvalue()


PHOTOS = {n: photo(n, f"2026:03:0{n} 10:11:12") for n in (1, 2, 3)}


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files, changed long ago, below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (OLD, OLD))
    return folder


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def inline(
    function: str, jobs: Iterable[tuple[Any, tuple[Any, ...]]], _workers: int = 2
) -> Iterator[Outcome]:
    """``run_jobs`` in this process: the same functions, answers and failures."""
    for key, args in jobs:
        answer = decode(worker.run(function, args)[ANSWER:])
        error = Failure(**answer["error"]) if "error" in answer else None
        yield Outcome(key, answer.get("value"), error)


class InPlace:
    """A pool without processes."""

    def submit(self, function: str, *args: Any) -> Outcome:
        return next(inline(function, [(None, args)]))


def take_in(
    archive: Archive,
    *paths: Path,
    actor: Person | None = None,
    renditions: bool = False,
    **options: Any,
) -> ImportReport:
    """Import with one worker."""
    return import_photos(
        archive,
        actor or owner(archive.connection),
        paths,
        ImportOptions(**options),
        workers=1,
        renditions=renditions,
    )


def names(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The last parts of a report's paths."""
    return [Path(path).name for path, _ in pairs]


def column(archive: Archive, name: str, table: str = "photos") -> list[Any]:
    rows = archive.connection.execute(f"select {name} from {table} order by id")
    return [row[0] for row in rows]


def tree(folder: Path) -> dict[bytes, tuple[int, int, int, str]]:
    """Everything below a folder: mode, size, time of change, bytes."""
    found = {}
    for parent, _, files in os.walk(os.fsencode(folder)):
        state = os.lstat(parent)
        found[parent] = (state.st_mode, 0, state.st_mtime_ns, "")
        for name in files:
            path = parent + b"/" + name
            state = os.lstat(path)
            regular = stat.S_ISREG(state.st_mode)
            content = sha256(Path(os.fsdecode(path)).read_bytes()) if regular else ""
            found[path] = (state.st_mode, state.st_size, state.st_mtime_ns, content)
    return found


def faults(archive: Archive, *, at_rest: bool = True) -> list[str]:
    """All that is wrong with an archive.

    :param at_rest: no import is running or was killed, so there may be no rubbish
    """
    connection = archive.connection
    problems = [str(fault) for fault in check_history(connection)]
    for check in ("integrity_check", "foreign_key_check"):
        rows = connection.execute(f"PRAGMA {check}").fetchall()
        problems += [f"{check}: {row}" for row in rows if row != ("ok",)]
    rows = connection.execute("select sha256, extension from originals").fetchall()
    expected = {f"{name[:2]}/{name}.{extension}" for name, extension in rows}
    present = set()
    for path in archive.originals.rglob("*"):
        name = path.relative_to(archive.originals).as_posix()
        if path.is_dir() or name.startswith("."):
            continue
        present.add(name)
        if sha256(path.read_bytes()) != path.stem:
            problems.append(f"{name} has other bytes")
        if stat.S_IMODE(path.stat().st_mode) != 0o444:
            problems.append(f"{name} can be written")
    problems += [f"{name} is missing" for name in sorted(expected - present)]
    if at_rest:
        problems += [f"{name} is no record's" for name in sorted(present - expected)]
        left = [p.name for p in archive.originals.glob(".*")]
        left += [p.name for p in archive.folder.glob("*.db-journal")]
        problems += [f"{name} was left" for name in left]
    return problems + _counters(archive)


def _counters(archive: Archive) -> list[str]:
    connection = archive.connection
    connection.execute("insert into photos_fts (photos_fts) values ('integrity-check')")
    return [f"a counter is wrong: {row}" for row in wrong_counters(connection)]

"""An archive with things to hide and words to harm, and packages made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.export.package import export_package, making
from archive.locations import find_or_add_location
from archive.markup_shapes import Shape
from archive.markups import add_markup
from archive.people import Person, add_person, owner
from archive.trades import add_trade
from tests.archive.import_checks import InPlace
from tests.archive.report_files import picture, put

# incidents.md S8: one corpus through every format
HOSTILE = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror=document.title="owned">',
    '</title><meta http-equiv="refresh" content="0;url=http://evil.example/">',
    "=HYPERLINK(1)",
    "../../../etc/passwd",
    "\u202egpj.exe שלום مرحبا",
    "line one\nline two\ttab \x07bell \u2028separated",
    "]]> <!-- -- --> &amp; </script> [[SCRIPTS]] {uuid} %0A 100%",
    "CON.jpg. ",
)
# What a reader of the archive may not learn; each stands in one place of it
SECRETS = (
    "SECRETCAPTION",
    "SECRETFILE",
    "SECRETBINNED",
    "SECRETALBUM",
    "SECRETCOMMENT",
    "SECRETDRAWN",
    "SECRETFORMER",
    "secretlogin",
    "SECRETREASON",
    "SECRETPLACE",
    "SECRETPERSON",
)


@contextmanager
def filled_site(folder: Path) -> Iterator[tuple[Archive, dict[str, Any]]]:
    """A new archive with all of it, of which packages are made in this process."""
    create_archive(folder, "Tower 4", "Sam Reyes")
    with open_archive(folder) as archive, pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "Pool", InlinePool)
        yield archive, fill(archive, owner(archive.connection))


def package_of_all(folder: Path, out: Path) -> Path:
    """A complete package, made of a new archive in ``folder``."""
    with filled_site(folder) as (archive, _):
        export_package(archive, owner(archive.connection), None, out)
    return out


class InlinePool(InPlace):
    """What makes renditions, without processes."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


DRAWN = Shape("arrow", "blue", 8, ((10_000, 20_000), (30_000, 40_000)))


def _written(words: str) -> Shape:
    return Shape("text", "red", 4, ((20_000, 30_000), (21_000, 30_000)), words)


def fill(archive: Archive, sam: Person) -> dict[str, Any]:
    """Put photos into a new archive; returns who and what is there."""
    connection = archive.connection
    with batch(connection, sam, reason="SECRETREASON") as opened:
        rae = add_person(connection, sam, opened, "Rae", login="secretlogin")
        kim = add_person(connection, sam, opened, "Kim", level="standard")
        add_person(connection, sam, opened, "SECRETPERSON")
        facade = add_album(connection, sam, opened, HOSTILE[0])
        hidden = add_album(connection, sam, opened, "SECRETALBUM", private=True)
        add_trade(connection, sam, opened, HOSTILE[1])
        concrete = add_trade(connection, sam, opened, "Concrete")
        place = find_or_add_location(connection, sam, opened, "Tower>Level 3")
        find_or_add_location(connection, sam, opened, "SECRETPLACE>Roof")
    ids = [_put_words(archive, n, facade.id) for n in range(len(HOSTILE))]
    private = put(archive, picture(20), description="SECRETCAPTION", private=1)
    put(archive, picture(21), album_id=hidden.id, private=1, filename="SECRETFILE.jpg")
    binned = put(archive, picture(22), description="SECRETBINNED")
    with batch(connection, sam):
        edit_photos(connection, sam, [ids[1]], Edit(description="SECRETFORMER"))
    second = Edit(
        description="second words",
        location=place.id,
        trades=(concrete.id,),
        starred=True,
    )
    with batch(connection, sam) as opened:
        edit_photos(connection, sam, [ids[1]], second)
        add_comment(connection, sam, opened, private, "SECRETCOMMENT")
        add_markup(connection, sam, opened, private, _written("SECRETDRAWN"))
        recycle_photos(connection, sam, opened, [binned])
    with batch(connection, kim) as opened:
        add_comment(connection, kim, opened, ids[1], HOSTILE[2])
        add_markup(connection, kim, opened, ids[1], DRAWN)
        for words in HOSTILE:
            add_markup(connection, kim, opened, ids[1], _written(words))
    return {"ids": ids, "rae": rae, "kim": kim, "private": private, "binned": binned}


def _put_words(archive: Archive, n: int, facade: int) -> int:
    """Put a photo with one of ``HOSTILE`` on it; every other lies in a place."""
    fields: dict[str, Any] = {
        "description": HOSTILE[n].replace("\x07", ""),
        "filename": HOSTILE[n].replace("\n", " ") if n else "IMG 1.jpg",
        "album_id": facade if n % 2 else 1,
        "taken_at": f"2026-05-{11 + n}T10:00:00" if n % 3 else None,
    }
    if n % 2:
        fields |= {"latitude": 51.5 + n / 1e4, "longitude": -0.12 - n / 1e4}
    return put(archive, picture(n), **fields)


def files(package: Path) -> dict[str, bytes]:
    """Return every file of a package by its path."""
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file()
    }


def check_bag(found: dict[str, bytes]) -> list[str]:
    """Return what is wrong with a bag, by RFC 8493."""
    problems = []
    payload = _listed(found["manifest-sha256.txt"])
    tags = _listed(found["tagmanifest-sha256.txt"])
    for name, digest in {**payload, **tags}.items():
        if hashlib.sha256(found.get(name, b"")).hexdigest() != digest:
            problems.append(f"{name} is not what the list says")
    data = {name for name in found if name.startswith("data/")}
    if data != set(payload):
        problems.append(f"not listed: {data ^ set(payload)}")
    if set(found) - data - {"tagmanifest-sha256.txt"} != set(tags):
        problems.append("a tag file is not listed")
    oxum = f"Payload-Oxum: {sum(len(found[n]) for n in data)}.{len(data)}"
    if oxum not in found["bag-info.txt"].decode().splitlines():
        problems.append("the Payload-Oxum is wrong")
    if not found["bagit.txt"].startswith(b"BagIt-Version: 1.0\n"):
        problems.append("no declaration")
    return problems


def _listed(manifest: bytes) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in manifest.decode().splitlines())
    return {name: digest for digest, name in lines}


def secrets_in(found: dict[str, bytes], secrets: tuple[str, ...]) -> Iterator[str]:
    """Yield which secrets stand where, in any of the usual codings."""
    for name, data in found.items():
        for secret in secrets:
            for coding in ("utf-8", "utf-16-le"):
                if secret.encode(coding) in data:
                    yield f"{secret} in {name}"

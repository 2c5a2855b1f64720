"""What is fuzzed: a parser of ours each, with the errors that it promises."""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from archive.errors import DamagedFile, InvalidInput, NotAPhoto, StoreError
from archive.facts import read_facts
from archive.importing.answers import facts_from
from archive.importing.zips import zip_members
from archive.search.language import parse
from plugins.api import bodies, params
from plugins.api.errors import ApiError
from plugins.api.image_forms import read_attributes
from plugins.api.image_lists import LIST, SORT
from plugins.files import Unsatisfiable, parse_range
from plugins.pages import tus
from tests.archive import picture_files as build

_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one
_FOLDER = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
_NEVER = re.compile(r"(?!)")


def _text(data: bytes) -> str:
    """Text as a request can hold it; odd code points too."""
    return data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace")


def query(data: bytes) -> None:
    """The language of the search box; what it means can be said in it again."""
    try:
        text = _text(data)
    except UnicodeDecodeError:
        return
    for as_you_type in (False, True):
        try:
            found = parse(text, as_you_type=as_you_type)
        except InvalidInput as error:
            str(error)
            continue
        repr(found)


def facts(data: bytes) -> None:
    """Facts of a file; what a worker says is what its parent believes."""
    path = _FOLDER / "photo"
    path.write_bytes(data)
    try:
        found = read_facts(path)
    except (DamagedFile, NotAPhoto):
        return
    told = {name: getattr(found, name) for name in found.__slots__}
    facts_from({"facts": {**told, "warnings": list(found.warnings)}})


def exif(data: bytes) -> None:
    """The same of a JPEG whose EXIF block this is."""
    facts(build.jpeg(data))


def http_range(data: bytes) -> None:
    """The header Range: bytes that are in the file, or all of them."""
    size = 1000
    try:
        found = parse_range(data.decode("latin-1"), size)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found[0] <= found[1] < size, found


def zips(data: bytes) -> None:
    """Names, sizes and members of a zip."""
    path = _FOLDER / "fuzzed.zip"
    path.write_bytes(data)
    for found in zip_members(str(path), 0, _NEVER, lambda: None):
        if found.problem:
            continue
        try:
            with found.open() as member:
                left = 1 << 20
                while left > 0 and (piece := member.read(1 << 16)):
                    left -= len(piece)
        except (DamagedFile, StoreError):
            pass


def uploads(data: bytes) -> None:
    """The headers of tus: name and time of a file, and its length."""
    length, _, metadata = data.decode("latin-1").partition("\n")
    request: Any = SimpleNamespace(headers={"upload-length": length})
    call: Any = SimpleNamespace(request=request)
    try:
        number = tus._number(call, "upload-length")
        new = tus._announced(tus._metadata(metadata), number)
    except InvalidInput:
        return
    assert new.modified_ms is None or abs(new.modified_ms) < 1 << 63


def filters(data: bytes) -> None:
    """Query parameters of lists of images, in each way that clients spell them."""
    try:
        params.read((*LIST, SORT), params.given(data.decode("latin-1")))
    except ApiError as error:
        str(error)


def forms(data: bytes) -> None:
    """Bodies that clients send to change an image: JSON and forms."""
    kind, body = data[:1], data[1:]
    header = "application/json" if kind < b"P" else "application/x-www-form-urlencoded"
    try:
        read_attributes(bodies.decode(body, header))
    except ApiError as error:
        str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "query": query,
    "facts": facts,
    "exif": exif,
    "range": http_range,
    "zips": zips,
    "uploads": uploads,
    "filters": filters,
    "forms": forms,
}


def seeds(name: str, folder: str) -> None:
    """Put something to begin with into an empty folder."""
    made = Path(folder)
    made.mkdir(parents=True, exist_ok=True)
    if any(made.iterdir()):
        return
    for number, data in enumerate(_seeds(name)):
        (made / f"seed-{number}").write_bytes(data)


def _seeds(name: str) -> list[bytes]:
    if name == "facts":
        return list(build.samples().values())
    if name == "exif":
        return [build.sample_exif("<"), build.sample_exif(">")]
    if name == "zips":
        return [_zip(), _zip(b"a/../../b.jpg")]
    return _TEXTS[name]


def _zip(member: bytes = b"a.jpg") -> bytes:
    body = build.jpeg(b"")
    rest = struct.pack(
        "<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, *[len(body)] * 2, len(member), 0
    )
    central = b"PK\1\2\x14\0" + rest + struct.pack("<HHHII", 0, 0, 0, 0, 0) + member
    local = b"PK\3\4" + rest + member + body
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\5\6" + end


_TEXTS = {
    "query": [
        b'wall OR -roof "wet concrete"* album:Facade',
        b'taken:2026-03..2026-04 is:starred location:"Tower>L2" trade:Steel',
        b"near:51.5,-0.1,200m uploaded:2026-W12 type:jpg size:>2mb by:Sam",
    ],
    "range": [b"bytes=0-99", b"bytes=-5", b"bytes=5-", b"bytes=1-2,4-5"],
    "uploads": [b"1000\nfilename YS5qcGc=,modified MTcwMDAwMDAwMDAwMA=="],
    "filters": [
        b"project_id=1&filters[id][]=1&filters[id][]=2&page=2&per_page=10",
        b"filters[created_at]=2026-01-01...2026-02-01&filters__private=true",
        b"sort=-created_at&view=extended&filters[location_id]=[1,%202]",
    ],
    "forms": [
        b'{"image": {"description": "a", "private": true, "trade_ids": [1, 2]}}',
        b"Pimage[description]=a&image[trade_ids][]=1&image[private]=true",
    ],
}

"""Photos for reports, and what a finished report says, as others read it."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.export.pdf import Report, Template, pictures, write_report
from archive.identity import new_uuid
from archive.originals import Stored, path_of
from archive.people import Person, owner
from tests.archive.import_checks import inline

HERE = Template(cover=False, contents=False)
CORNERS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 230, 40))


@contextmanager
def new_tower(base: Path) -> Iterator[Archive]:
    """A new archive in ``base / "tower"``, whose reports are made in this process."""
    create_archive(base / "tower", "Tower 4", "Sam Reyes")
    with open_archive(base / "tower") as archive, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "run_jobs", inline)
        yield archive


def picture(seed: int, size: tuple[int, int] = (120, 80), **options: Any) -> bytes:
    """A JPEG of four coloured quarters, so that one sees how it is turned."""
    image = Image.new("RGB", size, CORNERS[0])
    w, h = size[0] // 2, size[1] // 2
    for colour, corner in zip(CORNERS[1:], ((w, 0), (0, h), (w, h)), strict=True):
        image.paste(colour, (*corner, corner[0] + w, corner[1] + h))
    image.putpixel((seed % size[0], seed // size[0] % size[1]), (255, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92, comment=f"photo {seed}", **options)
    return buffer.getvalue()


def put(archive: Archive, data: bytes, **fields: Any) -> int:
    """Add a photo with its file, as an import would; returns its id."""
    sha256 = hashlib.sha256(data).hexdigest()
    facts = {
        "extension": "jpg",
        "media_type": "image/jpeg",
        "turned": 1,
        "damage": None,
        "kind": "image",
        **fields.pop("facts", {}),
    }
    path = path_of(archive.originals, Stored(sha256, facts["extension"]))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    width, height = _size(data)
    with batch(archive.connection, owner(archive.connection)) as opened:
        original = _insert(
            archive,
            "originals",
            {
                "sha256": sha256,
                "bytes": len(data),
                "crc32": zlib.crc32(data),
                "width": width,
                "height": height,
                "projection": "regular",
                "details": json.dumps({}),
                "stored_at": opened.at,
                **facts,
            },
        )
        values = {
            "uuid": new_uuid(),
            "original_id": original,
            "filename": "IMG_0001.jpg",
            "album_id": 1,
            "uploader_id": 1,
            "assumed_at": "2026-03-09T08:00:00",
            "uploaded_at": opened.at,
            "updated_at": opened.at,
            **fields,
        }
        return _insert(archive, "photos", values)


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except OSError:
        return 4, 3


def _insert(archive: Archive, table: str, values: dict[str, Any]) -> int:
    cursor = archive.connection.execute(
        f"insert into {table} ({', '.join(values)})"
        f" values ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    return int(cursor.lastrowid or 0)


def made(
    archive: Archive, who: Person, out: Path, ids: list[int], template: Template = HERE
) -> Report:
    """Write a report of photos."""
    return write_report(archive, who, ids, template, out)


def images(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    """Return the pictures on all pages by their names there."""
    return {
        name: image
        for page in pdf.pages
        for name, image in page.obj.Resources.get("/XObject", {}).items()
    }


def elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Yield the elements of the structure tree, from the top."""
    todo = [pdf.Root.StructTreeRoot.K]
    while todo:
        element = todo.pop(0)
        if isinstance(element, pikepdf.Array):
            todo = [*element, *todo]
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            todo.insert(0, element.get("/K", pikepdf.Array()))


def each_mark_and_link_is_in_the_tree(pdf: pikepdf.Pdf) -> None:
    """Assert that what is on pages belongs to the structure, and says to what."""
    nums = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    parents = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
    for page in pdf.pages:
        marks, depth = [], 0
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in ("BDC", "BMC"):
                depth += 1
                if str(operator) == "BDC":
                    marks.append(int(operands[1].MCID))
            elif str(operator) == "EMC":
                depth -= 1
            elif str(operator) in ("Tj", "TJ", "Do", "S", "f"):
                assert depth == 1, "something is neither tagged nor an artifact"
        assert sorted(marks) == list(range(len(parents[int(page.obj.StructParents)])))
        for note in page.obj.get("/Annots", []):
            element = parents[int(note.StructParent)]
            assert str(element.S) == "/Link"
            kids = [kid.Obj.objgen for kid in element.K if "/Obj" in kid]
            assert kids == [note.objgen]
            assert str(note.Contents) == str(element.Alt)


def texts(path: Path) -> list[str]:
    """Return what each page says, by what its letters are declared to be."""
    with pikepdf.open(path) as pdf:
        return [_text(page) for page in pdf.pages]


def _text(page: pikepdf.Page) -> str:
    fonts = {name: _unicode(font) for name, font in page.obj.Resources.Font.items()}
    letters, said = {}, []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "Tf":
            letters = fonts[str(operands[0])]
        elif name == "Tj":
            said.append(_decoded(bytes(operands[0]), letters))
        elif name == "TJ":
            strings = [o for o in operands[0] if isinstance(o, pikepdf.String)]
            said.append("".join(_decoded(bytes(s), letters) for s in strings))
        elif name == "ET":
            said.append("\n")
    return "".join(said)


def _decoded(raw: bytes, letters: dict[int, str]) -> str:
    codes = (int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2))
    return "".join(letters.get(code, "�") for code in codes)


def _unicode(font: pikepdf.Object) -> dict[int, str]:
    """Read a font's ToUnicode map."""
    found: dict[int, str] = {}
    within = False
    for line in font.ToUnicode.read_bytes().decode("latin-1").splitlines():
        if "beginbfchar" in line or "endbfchar" in line:
            within = "begin" in line
        elif within and line.startswith("<"):
            code, text = line.strip("<> ").split("> <")
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    return found

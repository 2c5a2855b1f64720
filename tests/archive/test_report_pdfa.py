"""Reports keep to PDF/A-2a, as far as a strict checker of our own can tell.

Each rule of the checker is broken once in a report that keeps to all of them.
"""

from __future__ import annotations

import io
from itertools import cycle
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageCms

from archive.batches import batch
from archive.database import Archive
from archive.export.pdf import Template
from archive.locations import find_or_add_location
from archive.markup_shapes import POINTS, Shape
from archive.markups import add_markup
from archive.people import Person, owner
from archive.plans import add_plan
from tests.archive.package_site import HOSTILE, InlinePool
from tests.archive.pdfa.breaks import BROKEN, BYTES
from tests.archive.pdfa.checker import problems
from tests.archive.report_files import made, new_tower, picture, put

SCRIPTS = (
    "Süd, שלום, 🏗, مرحبا بالعالم",
    "हिन्दी ไทย ខ្មែរ ລາວ",
    "e\u0301 x\u0302 \ufffd \ue000 \U0010fffd \ud800 ﷽ \u2028 fi ﬁ",
)


def _project(archive: Archive, sam: Person, base: Path) -> list[int]:
    """Fill an archive with photos of all kinds; returns their ids."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (400, 300), "#ddeedd").save(base / "site.png")
    north, south = (51.51, -0.13), (51.49, -0.11)
    corners = (north, (north[0], south[1]), (south[0], north[1]))
    add_plan(
        archive,
        sam,
        base / "site.png",
        HOSTILE[0],
        place=lambda _: corners,
        attribution=HOSTILE[1],
        pool=InlinePool(),
    )
    with batch(archive.connection, sam) as opened:
        place = find_or_add_location(
            archive.connection, sam, opened, ">".join(["weit ü" * 20] * 8)
        )
    grey = io.BytesIO()
    Image.new("L", (90, 60), 128).save(grey, "JPEG")
    files = (
        picture(1, icc_profile=profile),
        picture(2, icc_profile=b"no profile"),
        grey.getvalue(),
        picture(3, (300, 200)),
        b"no picture",
    )
    texts = (*HOSTILE, *SCRIPTS, "𝕏" * 1200)
    return [
        put(
            archive,
            files[n % 5] if n < 5 else picture(n + 10),
            description=text.encode("utf-8", "replace").decode(),
            location_id=place.id,
            latitude=51.5 + n / 1e4 if n % 3 else None,
            longitude=-0.12 if n % 3 else None,
            direction=12.0 * n,
            taken_at=f"2026-05-{n + 10}T10:00" if n % 4 else None,
        )
        for n, text in enumerate(texts)
    ]


def _draw(archive: Archive, sam: Person, ids: list[int]) -> None:
    """Write and draw on photos."""
    words = cycle((*HOSTILE, *SCRIPTS))
    kinds = cycle(POINTS)
    with batch(archive.connection, sam) as opened:
        for number, kind, text in zip(ids, kinds, words, strict=False):
            ends = ((1_000, 30_000), (60_000, 70_000))
            for shape in (
                Shape(kind, "orange", 8, ends, "x" if kind == "text" else ""),
                Shape("text", "blue", 4, ends, text.replace("\ud800", "")),
            ):
                add_markup(archive.connection, sam, opened, number, shape)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with all that a report can have, and a small one."""
    base = tmp_path_factory.mktemp("reports")
    rich = Template(
        title=HOSTILE[2],
        subtitle=SCRIPTS[0],
        lines=HOSTILE,
        footer=HOSTILE[5],
        per_page=2,
        sections="location",
        fields=("number", "taken", "description", "location", "sha256", "position"),
        pairs=True,
        qr="https://example.com/{uuid}",
        stamp="{location} · {taken:%d %b %Y}",
        key_plan=True,
        resolution=150,
        language="de",
    )
    with new_tower(base) as archive:
        sam = owner(archive.connection)
        ids = _project(archive, sam, base)
        _draw(archive, sam, ids[6:])
        made(archive, sam, base / "rich.pdf", ids, rich)
        small = Template(cover=False, key_plan=True, fields=("number",))
        made(archive, sam, base / "small.pdf", ids[1:2], small)
    return base


def test_a_report_with_everything_keeps_to_the_standard(reports: Path) -> None:
    assert problems(reports / "rich.pdf") == []


def test_a_report_written_by_others_is_looked_at_alike(
    reports: Path, tmp_path: Path
) -> None:
    with pikepdf.open(reports / "small.pdf") as pdf:
        pdf.save(tmp_path / "again.pdf")
    assert problems(reports / "small.pdf") == problems(tmp_path / "again.pdf") == []


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_the_standard_is_told(
    reports: Path, tmp_path: Path, what: str
) -> None:
    clause, broken = BROKEN[what]
    with pikepdf.open(reports / "small.pdf") as pdf:
        broken(pdf)
        pdf.save(
            tmp_path / "b.pdf",
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,
            fix_metadata_version=False,
        )
    assert any(one.startswith(f"{clause}:") for one in problems(tmp_path / "b.pdf"))


def test_an_encrypted_file_is_told(reports: Path, tmp_path: Path) -> None:
    with pikepdf.open(reports / "small.pdf") as pdf:
        key = pikepdf.Encryption(owner="o", user="")
        pdf.save(tmp_path / "b.pdf", encryption=key)
    assert "6.1.3: the file is encrypted" in problems(tmp_path / "b.pdf")


@pytest.mark.parametrize("what", BYTES)
def test_what_is_written_otherwise_is_told(
    reports: Path, tmp_path: Path, what: str
) -> None:
    clause, broken = BYTES[what]
    whole = (reports / "small.pdf").read_bytes()
    (tmp_path / "b.pdf").write_bytes(broken(whole))
    assert broken(whole) != whole
    assert any(one.startswith(f"{clause}:") for one in problems(tmp_path / "b.pdf"))

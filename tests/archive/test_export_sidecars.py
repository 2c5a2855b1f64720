"""XMP beside a photo: what others read back is what was written."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.database import Archive
from archive.export.sidecars import markup, xmp
from archive.photos import Photo, load_photos
from tests.archive.report_files import picture, put

EXIFTOOL = shutil.which("exiftool")
DC = "{http://purl.org/dc/elements/1.1/}"
HOSTILE = (
    '</rdf:li><x:xmpmeta foo="bar">&lt;!ENTITY a "b"> ]]> <?php ?>',
    "=HYPERLINK(1) \u202e שלום 🏗\nline two\ttab",
    "../../etc/passwd",
)


@pytest.fixture
def photo(archive: Archive) -> Photo:
    return load_photos(archive.connection, [put(archive, picture(1))])[0]


def texts(data: bytes, name: str) -> list[str]:
    found = ET.fromstring(data).iter(f"{DC}{name}")  # noqa: S314 - ours
    return [li.text or "" for one in found for li in one.iter() if li.tag[-2:] == "li"]


@pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
def test_exiftool_reads_everything_back(photo: Photo, tmp_path: Path) -> None:
    known = replace(
        photo,
        filename="IMG <7>.jpg",
        description=HOSTILE[0],
        trades=("Concrete & <steel>", HOSTILE[1]),
        location="Tower>Level 3",
        album="Façade",
        starred=True,
        taken_at="2026-05-11T10:20:30.125",
        taken_offset="+05:30",
        latitude=-33.8567844,
        longitude=151.213108,
        direction=271.5,
    )
    unknown = replace(photo, taken_at=None)
    (tmp_path / "known.xmp").write_bytes(xmp(known))
    (tmp_path / "unknown.xmp").write_bytes(xmp(unknown, stars=False))
    told = _exiftool(tmp_path / "known.xmp", tmp_path / "unknown.xmp")
    first, second = told
    assert "Warning" not in first
    assert "Warning" not in second
    assert first["Description"] == known.description
    assert first["Title"] == known.filename
    assert first["Subject"] == list(known.trades)
    assert first["Location"] == "Tower>Level 3"
    assert first["Rating"] == 5
    assert first["DateTimeOriginal"] == "2026:05:11 10:20:30.125+05:30"
    assert first["DateCreated"] == first["DateTimeOriginal"]
    assert math.isclose(first["GPSLatitude"], -33.8567844, abs_tol=1e-9)
    assert math.isclose(first["GPSLongitude"], 151.213108, abs_tol=1e-9)
    assert first["GPSImgDirection"] == 271.5
    assert first["Identifier"] == f"urn:uuid:{photo.uuid}"
    assert {"Rating", "DateTimeOriginal", "GPSLatitude", "Subject"}.isdisjoint(second)


def _exiftool(*paths: Path) -> list[dict[str, Any]]:
    asked = [str(EXIFTOOL), "-j", "-n", "-charset", "utf8", *map(str, paths)]
    return list(
        json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    )


def test_stars_are_for_those_who_may_see_them(photo: Photo) -> None:
    starred = replace(photo, starred=True)
    assert b"<xmp:Rating>5<" in xmp(starred)
    assert b"Rating" not in xmp(starred, stars=False)


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_is_xml(text: str) -> None:
    told = f"<a>{markup(text)}</a>".encode()
    read = ET.fromstring(told).text or ""  # noqa: S314 - ours
    assert len(read) == len(text)
    assert all(a in (b, "\ufffd") for a, b in zip(read, text, strict=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(photo: Photo, text: str) -> None:
    data = xmp(replace(photo, description=text, trades=(text,)))
    assert texts(data, "description") == texts(data, "subject") == [text]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0,0.00000000N"),
        (-0.5, "0,30.00000000S"),
        (51.5, "51,30.00000000N"),
        (89.9999999999, "89,59.99999999N"),
        (-1e-7, "0,0.00000600S"),
    ],
)
def test_degrees_are_whole_ones_and_minutes(
    photo: Photo, value: float, told: str
) -> None:
    data = xmp(replace(photo, latitude=value, longitude=0.0)).decode()
    assert f"<exif:GPSLatitude>{told}<" in data

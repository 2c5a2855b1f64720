"""Copies of JPEGs: what is written into them, what is not in them, and their pixels."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Any

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from archive.database import Archive
from archive.errors import DamagedFile, InvalidInput
from archive.export import copies
from archive.export.copies import CAPTIONED, STRIPPED, Copy, orientation
from archive.export.exif import captioned, stripped
from archive.export.files import export_zip
from archive.export.photos import Packaging
from archive.export.segments import CODED, SOS, segments
from archive.people import Person
from archive.photos import load_photos
from tests.archive.import_checks import SHARED, inline
from tests.archive.report_files import picture, put

SECRET = "SERIAL4711"  # noqa: S105 - what must not be found
XMP = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
    " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
    " xmlns:aux='http://ns.adobe.com/exif/1.0/aux/'"
    f" aux:SerialNumber='{SECRET}'/></rdf:RDF></x:xmpmeta>"
).encode()
IPTC = b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x50\0\x0a" + (
    SECRET.encode() + b"\0"
)
known = {
    "orientation": 6,
    "description": "Kran am Süd-Ende 🏗",
    "taken_at": "2026-05-11T09:30:05.120",
    "taken_offset": "+02:00",
    "latitude": -59.91273,
    "longitude": 10.74609,
    "direction": 225.5,
}
needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="no exiftool")


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "run_jobs", inline)


def telling(seed: int = 0, **options: Any) -> bytes:
    """A JPEG that tells its owner, serial numbers and place wherever it can."""
    thumbnail = io.BytesIO()
    Image.new("RGB", (16, 12)).save(thumbnail, "JPEG", comment=SECRET)
    image, camera, gps = piexif.ImageIFD, piexif.ExifIFD, piexif.GPSIFD
    block = piexif.dump(
        {
            "0th": {image.Artist: SECRET, image.Orientation: 1, image.Make: "Maker"},
            "Exif": {
                camera.BodySerialNumber: SECRET,
                camera.CameraOwnerName: SECRET,
                camera.MakerNote: f"note {SECRET}".encode(),
                camera.FNumber: (28, 10),
            },
            "GPS": {
                gps.GPSLatitudeRef: "N",
                gps.GPSLatitude: ((1, 1), (2, 1), (3, 1)),
                gps.GPSLongitudeRef: "E",
                gps.GPSLongitude: ((1, 1), (2, 1), (3, 1)),
                gps.GPSAltitude: (5, 1),
            },
            "1st": {image.Compression: 6},
            "thumbnail": thumbnail.getvalue(),
        }
    )
    plain = picture(seed, exif=block, xmp=XMP, icc_profile=b"colours", **options)
    iptc = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2) + IPTC
    behind = b"\xff\xd8" + SECRET.encode()  # as phones append films and pictures
    return plain[:2] + iptc + plain[2:] + behind


def made(data: bytes, pieces: list[Any]) -> bytes:
    return b"".join(p if isinstance(p, bytes) else data[p[0] : p[1]] for p in pieces)


def coded(data: bytes) -> bytes:
    """The coded picture, with the headers of its scans."""
    return b"".join(
        data[part.start : part.stop]
        for part in segments(data)
        if part.marker in (SOS, CODED)
    )


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(telling())
    return path


def exiftool(path: Path, *options: str) -> Any:
    command = ["exiftool", "-j", "-G", "-n", *options, str(path)]
    said = subprocess.run(command, capture_output=True, check=False).stdout
    return json.loads(said)[0]


# What is written


@needs_exiftool
def test_what_is_known_is_read_back_by_others(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(made(file.read_bytes(), captioned(str(file), known)))
    said = exiftool(copy)
    assert said["EXIF:ImageDescription"] == known["description"]
    assert said["EXIF:Orientation"] == 6
    assert said["EXIF:DateTimeOriginal"] == "2026:05:11 09:30:05"
    assert str(said["EXIF:SubSecTimeOriginal"]) == "120"
    assert said["EXIF:OffsetTimeOriginal"] == "+02:00"
    assert said["Composite:GPSLatitude"] == pytest.approx(-59.91273, abs=1e-7)
    assert said["Composite:GPSLongitude"] == pytest.approx(10.74609, abs=1e-7)
    assert said["EXIF:GPSImgDirection"] == 225.5
    # What the camera said of the rest stays
    assert said["EXIF:FNumber"] == 2.8
    assert said["EXIF:GPSAltitude"] == 5
    assert said["XMP:SerialNumber"] == SECRET
    # The maker's note has places in it, which are others now
    assert f"note {SECRET}".encode() not in copy.read_bytes()


def test_a_place_that_was_taken_off_is_in_no_copy(file: Path) -> None:
    place = {"latitude": None, "longitude": None}
    pieces = captioned(str(file), {**known, **place})
    exif = piexif.load(made(file.read_bytes(), pieces))
    assert exif["GPS"] == {}


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}]
)
@pytest.mark.parametrize("write", [captioned, stripped])
def test_the_coded_picture_is_that_of_the_original(
    tmp_path: Path, write: Any, options: dict[str, Any]
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data := telling(**options))
    copy = made(data, write(str(path), known))
    assert coded(copy) == coded(data)
    assert pixels(copy) == pixels(data)
    with Image.open(io.BytesIO(copy)) as image:
        assert image.info["icc_profile"] == b"colours"


def test_tags_of_a_wrong_type_cost_no_others(tmp_path: Path) -> None:
    block = bytearray(piexif.dump({"Exif": {piexif.ExifIFD.SceneType: b"\x01"}}))
    at = block.index(b"\xa3\x01\0\x07")
    block[at + 2 : at + 4] = b"\0\3"  # a SHORT, as many phones write it
    block[at + 8 : at + 12] = b"\0\1\0\0"
    path = tmp_path / "wrong.jpg"
    path.write_bytes(picture(1, exif=bytes(block)))
    copy = made(path.read_bytes(), captioned(str(path), known))
    exif = piexif.load(copy)
    assert exif["0th"][piexif.ImageIFD.Orientation] == 6
    assert (
        exif["0th"][piexif.ImageIFD.ImageDescription] == known["description"].encode()
    )


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_persons_turn_comes_after_the_cameras(turned: int, rotation: int) -> None:
    image = Image.open(io.BytesIO(picture(0, size=(16, 8))))
    exif = Image.Exif()
    exif[0x0112] = turned
    image.getexif()[0x0112] = turned
    seen = ImageOps.exif_transpose(image).rotate(-rotation, expand=True)
    again = Image.open(io.BytesIO(picture(0, size=(16, 8))))
    again.getexif()[0x0112] = orientation(turned, rotation)
    assert ImageOps.exif_transpose(again).tobytes() == seen.tobytes()


# What is not in it


@needs_exiftool
def test_nothing_in_a_stripped_copy_tells_who_or_where(
    file: Path, tmp_path: Path
) -> None:
    assert file.read_bytes().count(SECRET.encode()) >= 6
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(made(file.read_bytes(), stripped(str(file), known)))
    assert SECRET.encode() not in copy.read_bytes()
    said = exiftool(copy, "-ee", "-u")
    groups = {name.partition(":")[0] for name in said} - {"SourceFile"}
    assert (
        groups
        == {"ExifTool", "File", "JFIF", "EXIF", "ICC_Profile", "Composite"} & groups
    )
    allowed = {"Orientation", "DateTimeOriginal", "SubSecTimeOriginal"}
    allowed |= {"OffsetTimeOriginal", "ExifOffset", "ExifByteOrder"}
    assert {n.partition(":")[2] for n in said if n.startswith("EXIF:")} <= allowed
    assert said["EXIF:Orientation"] == 6
    assert not [name for name in said if "GPS" in name or "Serial" in name]


def test_one_can_still_look_around_in_a_stripped_copy(file: Path) -> None:
    copy = made(file.read_bytes(), stripped(str(file), {**known, "sphere": True}))
    assert b"equirectangular" in copy
    assert SECRET.encode() not in copy


@needs_exiftool
@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared photos")
def test_no_shared_photo_tells_more_than_it_should(tmp_path: Path) -> None:
    """Of real cameras, and of files that were made to harm."""
    copied = 0
    for number, path in enumerate(sorted(SHARED.rglob("*.jpg"))):
        if path.stat().st_size > 12_000_000:
            continue
        try:
            pieces = stripped(str(path), known)
        except (DamagedFile, OSError, ValueError):
            continue
        copy = tmp_path / f"{number}.jpg"
        copy.write_bytes(made(path.read_bytes(), pieces))
        copied += 1
    command = ["exiftool", "-j", "-a", "-G", "-ee", "-u", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, check=False).stdout
    found = json.loads(said)
    assert len(found) == copied > 5
    telling_groups = ("MakerNotes", "XMP", "IPTC", "GPS", "MPF", "Photoshop", "Trailer")
    for one in found:
        groups = {name.partition(":")[0] for name in one}
        assert not groups & set(telling_groups), one["SourceFile"]
        assert not [n for n in one if "GPS" in n or "Serial" in n or "Owner" in n]


# Hostile files


@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_file_that_is_no_jpeg_is_told(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.jpg"
    data = picture(1)
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    for write in (captioned, stripped):
        try:
            copy = made(path.read_bytes(), write(str(path), known))
        except (DamagedFile, ValueError):
            continue
        assert copy[:2] == b"\xff\xd8"


# In a zip


@pytest.fixture
def ids(archive: Archive) -> list[int]:
    png = io.BytesIO()
    Image.new("RGB", (4, 3)).save(png, "PNG")
    facts = {"extension": "png", "media_type": "image/png"}
    return [
        put(archive, telling(1), filename="a.jpg", description="Kran", rotation=90,
            latitude=59.5, longitude=10.5),
        put(archive, png.getvalue(), filename="b.png", facts=facts, longitude=9.875,
            latitude=58.625),
        put(archive, picture(3)[:300], filename="cut.jpg"),
    ]  # fmt: skip


def test_captions_go_into_the_jpegs_of_a_zip_and_others_stay(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    packaging = Packaging(copies=CAPTIONED, names="{filename}", sidecars="xmp")
    receipt = export_zip(archive, sam, ids, tmp_path / "out.zip", packaging)
    assert receipt.whole
    assert [name for name, _ in receipt.notes] == ["b.png", "cut.jpg"]
    assert receipt.as_json()["notes"][0]["note"].startswith("as it came")
    with zipfile.ZipFile(tmp_path / "out.zip") as found:
        assert found.testzip() is None
        exif = piexif.load(found.read("a.jpg"))
        listed = json.loads(found.read("manifest.json"))
        assert b"Kran" in found.read("a.jpg.xmp")
        for content in receipt.contents:
            assert (
                hashlib.sha256(found.read(content.name)).hexdigest() == content.sha256
            )
        for row in listed:
            data = found.read(row["file"])
            assert hashlib.sha256(data).hexdigest() == row["file_sha256"]
    assert exif["0th"][piexif.ImageIFD.ImageDescription] == b"Kran"
    assert exif["0th"][piexif.ImageIFD.Orientation] == 6
    assert listed[0]["sha256"] != listed[0]["file_sha256"]


def test_what_cannot_be_stripped_is_not_given_away(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    receipt = export_zip(archive, sam, ids, out, Packaging(copies=STRIPPED))
    assert (receipt.photos, receipt.of) == (1, 3)
    assert [name for name, _ in receipt.missing] == ["b.png", "cut.jpg"]
    data = out.read_bytes()
    for told in (SECRET.encode(), b"59.5", b"9.875", b"58.625"):
        assert told not in data


def test_sidecars_do_not_tell_what_is_stripped(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    both = Packaging(copies=STRIPPED, sidecars="xmp")
    for packaging in (both, Packaging(copies="x"), Packaging(sidecars="x")):
        with pytest.raises(InvalidInput):
            export_zip(archive, sam, ids, tmp_path / "out.zip", packaging)


@pytest.mark.parametrize("value", [None, 7, [[0, 10**9]], [[-1, 2]], [[5, 2]], ["x"]])
def test_a_process_that_was_taken_over_cannot_name_other_bytes(
    archive: Archive, ids: list[int], monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    def lie(_function: str, jobs: Any) -> Any:
        yield from (copies.Outcome(key, value) for key, _ in jobs)

    monkeypatch.setattr(copies, "run_jobs", lie)
    path = next(archive.originals.glob("*/*.jpg"))
    photo = load_photos(archive.connection, ids[:1])[0]
    found = copies.copies_of([(photo, path, 1)], CAPTIONED)
    assert found == {photo.id: "crashed the reader (garbled answer)"}


def test_a_process_of_its_own_looks_at_a_file(
    archive: Archive, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    path = archive.folder / "a.jpg"
    path.write_bytes(telling())
    photo = load_photos(archive.connection, ids[:1])[0]
    copy = copies.copies_of([(photo, path, 1)], STRIPPED)[photo.id]
    assert isinstance(copy, Copy)
    data = b"".join(copy())
    assert (len(data), zlib.crc32(data)) == (copy.size, copy.crc32)
    assert pixels(data) == pixels(telling())

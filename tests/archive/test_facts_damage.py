"""Files that are damaged, no photos, or made to do harm, and how a type is told."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from archive.errors import DamagedFile, NotAPhoto
from archive.facts import read_facts, sniff
from tests.archive import picture_files as build
from tests.archive.facts_of_bytes import facts_of
from tests.archive.picture_files import CAMERA, DATE, GPS, exif_block, jpeg, xmp


def test_broken_exif_is_a_warning_and_xmp_helps(tmp_path: Path) -> None:
    packet = xmp(attributes='exif:DateTimeOriginal="2022-01-01T00:00:00+02:00"')
    facts = facts_of(jpeg(b"XX*\0rubbish", packet), tmp_path)
    assert facts.warnings == ("the EXIF cannot be read",)
    assert facts.taken_offset == "+02:00"
    assert facts.damage is None


def test_entities_are_never_replaced(tmp_path: Path) -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    ) + xmp("<dc:title>&b;&f;</dc:title>")
    facts = facts_of(jpeg(None, bomb), tmp_path)
    assert facts.details["title"] == "&b;&f;"


def test_text_is_cleaned_and_bounded(tmp_path: Path) -> None:
    first = {
        0x010E: "x" * 60_000,
        0x010F: "Ac\u202eme\x1b[31m",
        0x0110: "one\ntwo\x00three",
        0x0131: "  \t ",
    }
    facts = facts_of(jpeg(exif_block(first)), tmp_path)
    assert facts.details["caption"] == "x" * 2000
    assert facts.camera_make == "Acme[31m"
    assert facts.camera_model == "one two"
    assert "software" not in facts.details


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jpeg(tail=b""), "the file was cut off"),
        (jpeg(tail=b"\0" * 500), "filled with zeros"),
        (jpeg(scan=b"", tail=b""), "no picture data"),
        (jpeg()[:30], "no picture data"),
        (build.png(end=False), "the file was cut off"),
        (build.webp()[:-6], "shorter than it says"),
        (build.heic(build.sample_exif(), brand=b"heic")[:-30], "the file was cut off"),
        (build.samples()["tif"].replace(struct.pack("<HHIHH", 0x117, 3, 1, 10, 0), struct.pack("<HHII", 0x117, 4, 1, 10**6)), "picture data is missing"),  # noqa: E501
        (b"BM" + struct.pack("<IIIIiiHHI", 0, 0, 54, 40, 500, 500, 1, 24, 0).ljust(60, b"\0"), "shorter than it says"),  # noqa: E501
        (b"GIF89a" + struct.pack("<HHBBB", 40, 30, 0, 0, 0), "no picture data"),
        (build.movie()[:-20], "shorter than it says"),
        (build.box(b"ftyp", b"qt  ") + build.box(b"mdat", b"x"), None),
    ],
    ids=["jpeg-cut", "jpeg-zeroed", "jpeg-no-scan", "jpeg-head", "png-cut", "webp-cut", "heic-cut", "tiff-cut", "bmp-cut", "gif-head", "mov-cut", "mov-without-index"],  # noqa: E501
)  # fmt: skip
def test_damage_is_named(data: bytes, reason: str | None, tmp_path: Path) -> None:
    if reason is None:
        with pytest.raises(DamagedFile):
            facts_of(data, tmp_path)
    else:
        assert reason in (facts_of(data, tmp_path).damage or "")


def test_a_cut_jpeg_keeps_its_metadata(tmp_path: Path) -> None:
    data = jpeg(build.sample_exif())
    facts = facts_of(data[: data.index(b"\xff\xc0")], tmp_path)
    assert facts.taken_at == "2024-05-06T07:08:09.250"
    assert facts.width is None
    assert facts.damage == "no picture data"


@pytest.mark.parametrize(
    ("tail", "warning"),
    [
        (b"<html><script>alert(1)</script>", ("a web page or script is appended to the picture",)),  # noqa: E501
        (b"PK\3\4 and so on", ("a ZIP archive is appended to the picture",)),
        (b"\0" * 300, ()),
        (b"camera's own notes", ()),
    ],
    ids=["html", "zip", "padding", "trailer"],
)  # fmt: skip
def test_what_is_appended(
    tail: bytes, warning: tuple[str, ...], tmp_path: Path
) -> None:
    facts = facts_of(jpeg() + tail, tmp_path)
    assert facts.warnings == warning
    assert facts.damage is None


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"", DamagedFile, "empty"),
        (b"\xff", DamagedFile, "ends inside its header"),
        (b"\xff\xd8", DamagedFile, "it is damaged: no picture data"),
        (b"\0" * 5000, DamagedFile, "zeros"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, DamagedFile, "no header"),
        (build.png(size=(0, 0)), DamagedFile, "no possible size"),
        (b"<!DOCTYPE html><html>", NotAPhoto, "it is a web page, not a photo"),
        (b"<?xml version='1.0'?><svg xmlns='x'>", NotAPhoto, "SVG"),
        (b"%PDF-1.7 and so on", NotAPhoto, "it is a PDF document, not"),
        (b"PK\3\4\0\0\0\0\0\0\0\0", NotAPhoto, "ZIP"),
        (b"just some words, no picture", NotAPhoto, "it is a text file, not a photo"),
        (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>", NotAPhoto, "XMP sidecar"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", NotAPhoto, "it is a JPEG XL picture"),
        (b"\x93\x17\x88\x12\x00\x05\x99" * 9, NotAPhoto, "it is no known type of"),
    ],
    ids=["empty", "one-byte", "soi", "zeros", "png", "png-0x0", "html", "svg", "pdf", "zip", "text", "xmp", "jxl", "noise"],  # noqa: E501
)  # fmt: skip
def test_what_is_refused_and_why(
    data: bytes, error: type[Exception], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=reason) as raised:
        facts_of(data, tmp_path)
    assert "whatever.bin" in str(raised.value)


def test_packed_text_stays_packed_beyond_a_bound(tmp_path: Path) -> None:
    bomb = zlib.compress(b"A" * 60_000_000)
    chunk = build.chunk(b"zTXt", b"Comment\0\0" + bomb)
    facts = facts_of(build.png(chunk), tmp_path)
    assert facts.details["comment"] == "A" * 2000


def test_loops_and_lies_end(tmp_path: Path) -> None:
    block = exif_block(CAMERA, DATE, GPS)
    count = struct.unpack_from("<H", block, 8)[0]
    loop = bytearray(block)
    struct.pack_into("<I", loop, 10 + 12 * count, 8)
    assert facts_of(jpeg(bytes(loop)), tmp_path).camera_make == "Acme"
    lie = bytearray(block)
    struct.pack_into("<H", lie, 8, 0xFFFF)
    assert facts_of(jpeg(bytes(lie)), tmp_path).warnings == ("the EXIF cannot be read",)
    far = block.replace(
        struct.pack("<HHI", 0x0110, 2, 10), struct.pack("<HHI", 0x0110, 2, 2**32 - 1)
    )
    assert facts_of(jpeg(far), tmp_path).camera_model is None


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", "mkv"),
        (b"\x1aE\xdf\xa3\x93B\x82\x84webm", "webm"),
        (b"P5 4 4 255\n", "pgm"),
        (b"\0\0\0\x18ftypisom", "mp4"),
        (b"\0\0\0\x18ftypcrx ", "cr3"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif....", "avif"),
        (b"FUJIFILMCCD-RAW 0201", "raf"),
        (b"\xff\x4f\xff\x51", "j2k"),
    ],
)
def test_sniffing(head: bytes, extension: str) -> None:
    known = sniff(head)
    assert known is not None
    assert known.extension == extension


@pytest.mark.parametrize(
    "head", [b"", b"BMW is a car maker", b"\0\0\0\x18ftypM4A ", b"RIFF\0\0\0\0WAVE"]
)
def test_sniffing_refuses(head: bytes) -> None:
    assert sniff(head) is None


def test_a_file_that_cannot_be_read_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_facts(tmp_path / "absent.jpg")


def _packet(inside: str = "", attributes: str = "") -> bytes:
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(inside, attributes).encode()
    return build.png(build.chunk(b"iTXt", text))


@pytest.mark.parametrize(
    "data",
    [
        _packet("", "a" * 1_000_000),
        _packet("<dc:title> <" * 80_000),
        _packet('<a "' * 250_000),
        build.png(*[build.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\n" * 4_000_000))] * 500),  # noqa: E501
        b"GIF89a\4\0\4\0\0\0\0" + b"!\xff\x01a\0" * 1_000_000,
        b"\x1aE\xdf\xa3\x80" + b"\x18S\x80g\xff" * 500_000,
        b"P6 " + b"#\n" * 500_000,
        jpeg(scan=b"\x12\x34" * 5_000_000, tail=b""),
        build.box(b"ftyp", b"heic\0\0\0\0heic") + build.box(b"meta", b"\0\0\0\0", build.box(b"iref", b"\0\0\0\0", *[build.box(b"cdsc", b"\0\1" * 3000)] * 1000)),  # noqa: E501
    ],
    ids=["xmp-long-name", "xmp-open-tags", "xmp-open-quotes", "png-inflating", "gif-blocks", "mkv-nested", "pnm-comments", "jpeg-endless", "heif-references"],  # noqa: E501
)  # fmt: skip
def test_files_made_to_be_slow_take_a_bounded_number_of_steps(
    data: bytes, tmp_path: Path
) -> None:
    # Without the bound each of these runs for minutes; the job's limit would end it.
    with suppress(DamagedFile):
        assert facts_of(data, tmp_path).width


def test_a_zip_of_jpegs_is_told_by_its_end(tmp_path: Path) -> None:
    archive = b"PK\3\4" + b"\0" * 26 + jpeg() + b"PK\5\6" + b"\0" * 18
    facts = facts_of(jpeg() + archive, tmp_path)
    assert facts.warnings == ("a ZIP archive is appended to the picture",)

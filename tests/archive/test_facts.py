"""Facts of whole files: every container, damage, text that is not to be trusted."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from archive.errors import DamagedFile, NotAPhoto
from archive.facts import Facts, read_facts, sniff
from tests.archive import picture_files as build
from tests.archive.picture_files import CAMERA, DATE, GPS, exif_block, jpeg, xmp


def facts_of(data: bytes, folder: Path) -> Facts:
    path = folder / "whatever.bin"  # the name must not matter
    path.write_bytes(data)
    return read_facts(path)


@pytest.mark.parametrize("kind", build.samples())
def test_all_containers_give_the_same_facts(kind: str, tmp_path: Path) -> None:
    facts = facts_of(build.samples()[kind], tmp_path)
    assert facts.extension == kind
    assert (facts.width, facts.height) == ((64, 48) if kind == "mov" else (40, 30))
    assert facts.taken_at is not None
    assert facts.taken_at.startswith("2024-05-06T07:08:09")
    assert facts.taken_offset == "+05:30"
    assert (facts.latitude, facts.longitude) == pytest.approx(
        (-33.8587, 151.2111), abs=1e-4
    )
    assert facts.altitude == 58.5
    assert (facts.camera_make, facts.camera_model) == ("Acme", "SiteCam 1")
    assert facts.damage is None
    assert facts.warnings == ()


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
def test_both_byte_orders(order: str, tmp_path: Path) -> None:
    facts = facts_of(jpeg(build.sample_exif(order)), tmp_path)
    assert facts.taken_at == "2024-05-06T07:08:09.250"
    assert facts.taken_source == "EXIF DateTimeOriginal"
    assert facts.position_source == "EXIF GPS"
    assert facts.direction == 180.5
    assert facts.orientation == 6
    assert facts.shown_size == (30, 40)


def test_details_of_the_exposure(tmp_path: Path) -> None:
    exif = DATE | {
        0x829A: [(1, 250)],
        0x829D: [(28, 10)],
        0x8827: 400,
        0x9209: 1,
        0x920A: [(240, 10)],
        0xA405: 36,
        0xA434: "Acme 24 mm",
        0xA431: "B-1",
        0xA435: "L-1",
        0x927C: b"whatever the maker likes",
        0x9286: b"ASCII\0\0\0crane day",
        0xA001: 1,
    }
    first = CAMERA | {0x010E: "Level 2, côté est", 0x013B: "Sam", 0x8298: "© Acme"}
    facts = facts_of(jpeg(exif_block(first, exif)), tmp_path)
    assert facts.lens == "Acme 24 mm"
    assert facts.details == {
        "bit_depth": 8,
        "subsec": "25",
        "exposure_time": 0.004,
        "f_number": 2.8,
        "iso": 400,
        "flash": "fired",
        "focal_length": 24.0,
        "focal_length_35mm": 36,
        "body_serial": "B-1",
        "lens_serial": "L-1",
        "has_maker_note": 1,
        "comment": "crane day",
        "colour_space": "sRGB",
        "caption": "Level 2, côté est",
        "artist": "Sam",
        "copyright": "© Acme",
    }


def test_modify_date_is_no_capture_time(tmp_path: Path) -> None:
    facts = facts_of(jpeg(exif_block({0x0132: "2024:05:06 07:08:09"})), tmp_path)
    assert facts.taken_at is None
    assert facts.details["other_dates"] == "EXIF ModifyDate 2024-05-06T07:08:09"


@pytest.mark.parametrize(
    ("tags", "packet", "taken", "source"),
    [
        ({0x9003: "2024:01:01 00:00:00", 0x9004: "2023:01:01 00:00:00"}, "", "2024", "EXIF DateTimeOriginal"),  # noqa: E501
        ({0x9003: "0000:00:00 00:00:00", 0x9004: "2023:01:01 00:00:00"}, "", "2023", "EXIF DateTimeDigitized"),  # noqa: E501
        ({}, 'exif:DateTimeOriginal="2022-01-01T00:00:00"', "2022", "XMP exif:DateTimeOriginal"),  # noqa: E501
        ({}, 'photoshop:DateCreated="2021-01-01T00:00:00Z"', "2021", "XMP photoshop:DateCreated"),  # noqa: E501
        ({0x9003: "2024:01:01 00:00:00"}, 'exif:DateTimeOriginal="2022-01-01T00:00:00"', "2024", "EXIF DateTimeOriginal"),  # noqa: E501
        ({}, 'xmp:CreateDate="2020-01-01T00:00:00"', None, None),
    ],
    ids=["original", "digitized", "xmp", "photoshop", "exif-first", "created-file"],
)  # fmt: skip
def test_order_of_dates(
    tags: build.Tags, packet: str, taken: str | None, source: str | None, tmp_path: Path
) -> None:
    data = jpeg(exif_block({}, tags), xmp(attributes=packet))
    facts = facts_of(data, tmp_path)
    assert (facts.taken_at or "")[:4] == (taken or "")
    assert facts.taken_source == source


def test_the_first_exif_segment_wins(tmp_path: Path) -> None:
    second = build.segment(
        0xE1, b"Exif\0\0" + exif_block({}, {0x9003: "1999:09:09 09:09:09"})
    )
    facts = facts_of(jpeg(build.sample_exif(), None, second), tmp_path)
    assert facts.taken_at == "2024-05-06T07:08:09.250"


def test_broken_exif_is_a_warning_and_xmp_helps(tmp_path: Path) -> None:
    packet = xmp(attributes='exif:DateTimeOriginal="2022-01-01T00:00:00+02:00"')
    facts = facts_of(jpeg(b"XX*\0rubbish", packet), tmp_path)
    assert facts.warnings == ("the EXIF cannot be read",)
    assert facts.taken_offset == "+02:00"
    assert facts.damage is None


@pytest.mark.parametrize(
    ("inside", "attributes", "expected"),
    [
        ("", 'GPano:ProjectionType="equirectangular"', "360"),
        ("", "GPano:ProjectionType='equirectangular'", "360"),
        ("<GPano:ProjectionType>equirectangular</GPano:ProjectionType>", "", "360"),
        ("", 'GPano:ProjectionType="cylindrical"', "regular"),
        ("", 'GPano:ProjectionType="&lt;script>"', "regular"),
        ('<dc:title>GPano:ProjectionType="equirectangular"</dc:title>', "", "regular"),
        ("<!-- <GPano:ProjectionType>equirectangular</GPano:ProjectionType> -->", "", "regular"),  # noqa: E501
        ("<dc:x><rdf:li><GPano:ProjectionType>equirectangular</GPano:ProjectionType></rdf:li></dc:x>", "", "regular"),  # noqa: E501
        ("", 'dc:title="GPano:ProjectionType=\'equirectangular\'"', "regular"),
    ],
    ids=["attribute", "single-quotes", "element", "cylinder", "markup", "in-text", "in-comment", "nested", "in-value"],  # noqa: E501
)  # fmt: skip
def test_projection(
    inside: str, attributes: str, expected: str, tmp_path: Path
) -> None:
    facts = facts_of(jpeg(None, xmp(inside, attributes)), tmp_path)
    assert facts.projection == expected


def test_namespaces_count_and_prefixes_do_not(tmp_path: Path) -> None:
    uri = "http://ns.google.com/photos/1.0/panorama/"
    other = xmp(
        attributes='p:ProjectionType="equirectangular"', namespaces=f'xmlns:p="{uri}"'
    )
    wrong = xmp(
        attributes='GPano:ProjectionType="equirectangular"',
        namespaces='xmlns:GPano="http://example.org/"',
    )
    assert facts_of(jpeg(None, other), tmp_path).projection == "360"
    assert facts_of(jpeg(None, wrong), tmp_path).projection == "regular"


def test_a_large_two_to_one_picture_may_be_a_sphere(tmp_path: Path) -> None:
    assert facts_of(jpeg(size=(4000, 2000)), tmp_path).projection == "unknown"
    assert facts_of(jpeg(size=(4000, 2001)), tmp_path).projection == "regular"


def test_xmp_position_and_lists(tmp_path: Path) -> None:
    packet = xmp(
        "<dc:subject><rdf:Bag><rdf:li>crane</rdf:li><rdf:li>a &amp; b</rdf:li>"
        '</rdf:Bag></dc:subject><dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
        "North side</rdf:li></rdf:Alt></dc:description>",
        'exif:GPSLatitude="33,51.521S" exif:GPSLongitude="151,12,40E" '
        'exif:GPSAltitude="585/10" exif:GPSAltitudeRef="0"',
    )
    facts = facts_of(jpeg(None, packet), tmp_path)
    assert facts.position_source == "XMP"
    assert facts.latitude == pytest.approx(-33.858683, abs=1e-6)
    assert facts.altitude == 58.5
    assert facts.details["keywords"] == "crane; a & b"
    assert facts.details["caption"] == "North side"


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


def test_latin_1_where_it_is_no_utf_8(tmp_path: Path) -> None:
    block = exif_block({0x010E: "caf? x"}).replace(b"caf?", b"caf\xe9")
    assert facts_of(jpeg(block), tmp_path).details["caption"] == "café x"


def test_iptc_of_photoshop(tmp_path: Path) -> None:
    def field(number: int, text: str) -> bytes:
        raw = text.encode()
        return struct.pack(">BBBH", 0x1C, 2, number, len(raw)) + raw

    iptc = field(25, "crane") + field(25, "steel") + field(120, "Level 2")
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    segment = build.segment(0xED, b"Photoshop 3.0\0" + resource)
    details = facts_of(jpeg(None, None, segment), tmp_path).details
    assert details["keywords"] == "crane; steel"
    assert details["caption"] == "Level 2"


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


def test_the_container_turns_heic_once(tmp_path: Path) -> None:
    turned = build.box(b"irot", b"\3")
    facts = facts_of(
        build.heic(build.sample_exif(), (40, 30), turned, brand=b"heic"), tmp_path
    )
    assert facts.orientation == 6
    assert facts.turned == 6
    assert facts.shown_size == (30, 40)
    unturned = facts_of(build.samples()["heic"], tmp_path)
    assert unturned.orientation == 6
    assert unturned.turned == 1


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [((1, 0, 0, 1), 1), ((0, 1, -1, 0), 6), ((-1, 0, 0, -1), 3), ((0, -1, 1, 0), 8)],
    ids=["upright", "clockwise", "upside-down", "anticlockwise"],
)
def test_video_is_turned_by_its_matrix(
    matrix: tuple[int, ...], turned: int, tmp_path: Path
) -> None:
    facts = facts_of(build.movie(matrix=matrix), tmp_path)
    assert facts.turned == turned
    assert facts.details["duration_seconds"] == 2.5
    assert facts.details["video_codec"] == "avc1"


def test_the_clock_of_a_video_is_utc(tmp_path: Path) -> None:
    facts = facts_of(build.movie(created=3_797_737_440), tmp_path)
    assert facts.taken_at == "2024-05-05T07:04:00"
    assert facts.taken_offset == "+00:00"
    assert facts.taken_source == "QuickTime CreateDate"
    assert facts_of(build.movie(created=0), tmp_path).taken_at is None


def test_animations_count_their_frames(tmp_path: Path) -> None:
    animated = build.webp(*[build.riff(b"ANMF", b"\0" * 24)] * 7)
    assert facts_of(animated, tmp_path).details["frames"] == 7
    frame = b"\x2c" + b"\0" * 8 + b"\0\2\2\x44\1\0"
    gif = b"GIF89a" + struct.pack("<HHBBB", 40, 30, 0, 0, 0) + frame * 3 + b";"
    facts = facts_of(gif, tmp_path)
    assert facts.details["frames"] == 3
    assert facts.damage is None


def test_exif_of_imagemagick_in_png(tmp_path: Path) -> None:
    block = b"Exif\0\0" + build.sample_exif()
    text = f"\nexif\n{len(block):8}\n{block.hex()}\n".encode()
    chunk = build.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    facts = facts_of(build.png(chunk), tmp_path)
    assert facts.taken_at == "2024-05-06T07:08:09.250"


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


def test_a_sensor_makes_it_raw(tmp_path: Path) -> None:
    first = {0x010F: "NIKON CORPORATION", 0x0100: 40, 0x0101: 30, 0x0106: 32803}
    facts = facts_of(exif_block(first, DATE), tmp_path)
    assert (facts.kind, facts.extension) == ("raw", "nef")
    assert facts.media_type == "image/x-nikon-nef"


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


def test_cr3_keeps_its_directories_apart(tmp_path: Path) -> None:
    blocks = [
        build.box(b"CMT1", exif_block(CAMERA | {0x0100: 6000, 0x0101: 4000})),
        build.box(b"CMT2", exif_block(DATE)),
        build.box(b"CMT4", exif_block(GPS)),
    ]
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    movie = build.box(b"moov", build.box(b"uuid", canon, *blocks))
    facts = facts_of(build.box(b"ftyp", b"crx \0\0\0\0") + movie, tmp_path)
    assert (facts.kind, facts.extension) == ("raw", "cr3")
    assert facts.shown_size == (4000, 6000)
    assert facts.taken_at == "2024-05-06T07:08:09.250"
    assert facts.latitude == pytest.approx(-33.8587, abs=1e-4)


def test_the_first_of_two_entries_wins(tmp_path: Path) -> None:
    block = exif_block({0x010F: "One", 0x0110: "Two"})
    twice = block.replace(struct.pack("<H", 0x0110), struct.pack("<H", 0x010F))
    assert facts_of(jpeg(twice), tmp_path).camera_make == "One"


def test_boxes_with_long_lengths(tmp_path: Path) -> None:
    plain = build.box(b"mdat", b"frames")
    long = struct.pack(">I4sQ", 1, b"mdat", 22) + b"frames"
    facts = facts_of(build.movie().replace(plain, long), tmp_path)
    assert facts.width == 64
    assert facts.damage is None


@pytest.mark.parametrize(
    "described",
    [
        b"desc\0\0\0\0" + struct.pack(">I", 11) + b"Display P3\0",
        b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", 20, 28) + "Display P3".encode("utf-16-be"),  # noqa: E501
    ],
    ids=["version-2", "version-4"],
)  # fmt: skip
def test_the_name_of_a_colour_profile(described: bytes, tmp_path: Path) -> None:
    table = struct.pack(">I4sII", 1, b"desc", 144, len(described))
    profile = b"\0" * 36 + b"acsp" + b"\0" * 88 + table + described
    segment = build.segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)
    details = facts_of(jpeg(None, None, segment), tmp_path).details
    assert details["colour_profile"] == "Display P3"


def test_a_sphere_in_a_video(tmp_path: Path) -> None:
    spherical = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
    name = b"GSpherical:ProjectionType"
    text = b"<x:S><%s>equirectangular</%s></x:S>" % (name, name)
    data = build.movie()
    at = data.index(b"trak") - 4
    length = struct.unpack_from(">I", data, at)[0]
    inner = build.box(b"uuid", spherical, text)
    track = build.box(b"trak", data[at + 8 : at + length], inner)
    facts = facts_of(
        data[: data.index(b"moov") - 4] + build.box(b"moov", track), tmp_path
    )
    assert facts.projection == "360"

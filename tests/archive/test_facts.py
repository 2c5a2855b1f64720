"""Facts of whole files: every container, dates, positions, text, which way is up."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from tests.archive import picture_files as build
from tests.archive.facts_of_bytes import facts_of
from tests.archive.picture_files import CAMERA, DATE, GPS, exif_block, jpeg, xmp


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


def test_a_sensor_makes_it_raw(tmp_path: Path) -> None:
    first = {0x010F: "NIKON CORPORATION", 0x0100: 40, 0x0101: 30, 0x0106: 32803}
    facts = facts_of(exif_block(first, DATE), tmp_path)
    assert (facts.kind, facts.extension) == ("raw", "nef")
    assert facts.media_type == "image/x-nikon-nef"


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

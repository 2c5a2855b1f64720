"""Reports: every photo once, byte for byte where it may be, tagged, in every script."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from archive.database import Archive
from archive.errors import InvalidInput, StoreError
from archive.export.pdf import Template, read_template, template_from, write_report
from archive.export.pdf import pictures as pictures_module
from archive.export.pdf.fonts import fonts_for, is_rtl, plain, shown
from archive.export.pdf.jpegs import embeddable
from archive.export.pdf.layout import Cell, Heading, arrange, body, fitted, split
from archive.export.pdf.sections import Item, Section, sections_of
from archive.export.pdf.template import PER_PAGE, SECTIONS
from archive.export.pdf.words import languages, words_of
from archive.people import Person
from archive.photos import load_photos
from tests.archive.import_checks import SHARED, inline
from tests.archive.report_files import CORNERS, elements, images, picture, put, texts

HERE = Template(cover=False, contents=False)
LONG = "The south edge is still missing its stirrups, see RFI 112. " * 30


@pytest.fixture(autouse=True)
def _one_process(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if "real_workers" not in request.fixturenames:
        monkeypatch.setattr(pictures_module, "run_jobs", inline)


def made(
    archive: Archive, who: Person, out: Path, ids: list[int], template: Template = HERE
) -> Any:
    return write_report(archive, who, ids, template, out)


# What is in it


def test_a_report_is_a_whole_pdf_of_every_photo(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(n), description=f"slab {n}") for n in range(7)]
    report = made(archive, sam, tmp_path / "r.pdf", ids, Template())
    assert (report.photos, report.of, report.missing) == (7, 7, ())
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == report.pages == 3  # a cover, 4 and 3
        assert len(images(pdf)) == 7
    said = "".join(texts(tmp_path / "r.pdf"))
    assert all(f"slab {n}" in said for n in range(7))
    assert "Page 3 of 3" in said.replace("\n", "")


def test_a_small_jpeg_is_embedded_without_its_metadata(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CAMERASECRET"
    data = picture(1, exif=exif)
    made(archive, sam, tmp_path / "r.pdf", [put(archive, data)])
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        raw = image.read_raw_bytes()
    assert b"CAMERASECRET" not in (tmp_path / "r.pdf").read_bytes()
    start, end = data.index(b"\xff\xda"), len(data)  # the scan, which is all pixels
    assert data[start:end] in raw
    assert b"photo 1" not in raw


def test_a_large_photo_is_made_as_large_as_it_is_printed(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (3000, 2000)))]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, resolution=150))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        width, height = int(image.Width), int(image.Height)
    assert 480 < width < 560  # 88 mm at 150 dpi
    assert abs(width / height - 1.5) < 0.01


def test_all_stay_as_they_are_where_no_resolution_is_asked_for(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (3000, 2000)))]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, resolution=0))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        assert (int(image.Width), int(image.Height)) == (3000, 2000)


def test_a_colour_profile_stays_with_its_photo(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ids = [put(archive, picture(n, icc_profile=profile)) for n in (1, 2)]
    ids.append(put(archive, picture(3, icc_profile=b"no profile")))
    made(archive, sam, tmp_path / "r.pdf", ids)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        spaces = [image.ColorSpace for image in images(pdf).values()]
        based = [space for space in spaces if isinstance(space, pikepdf.Array)]
        assert len(based) == 2
        assert based[0][1].objgen == based[1][1].objgen  # one copy of it
        assert based[0][1].read_bytes() == profile


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (b"nothing", {}),
        (picture(1)[:200], {"damage": "cut short"}),
        (b"\0\0\0\x10ftypqt  ", {"media_type": "video/quicktime", "kind": "video"}),
    ],
    ids=["no picture", "cut short", "video"],
)
def test_a_file_without_a_picture_is_told_and_stops_nothing(
    archive: Archive,
    sam: Person,
    tmp_path: Path,
    data: bytes,
    facts: dict[str, Any],
) -> None:
    ids = [put(archive, picture(1)), put(archive, data, filename="a.mov", facts=facts)]
    report = made(archive, sam, tmp_path / "r.pdf", ids)
    assert (report.photos, report.of) == (1, 2)
    ((name, reason),) = report.missing
    assert name == "a.mov"
    assert reason
    assert "No picture of this file" in "".join(texts(tmp_path / "r.pdf"))


def test_a_missing_or_changed_file_is_told(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(n), filename=f"{n}.jpg") for n in (1, 2, 3)]
    files = [p for p in archive.originals.glob("*/*") if p.is_file()]
    by_name = {path.stem: path for path in files}
    photos = load_photos(archive.connection, ids)
    by_name[str(photos[0].sha256)].unlink()
    by_name[str(photos[1].sha256)].write_bytes(picture(9))
    report = made(archive, sam, tmp_path / "r.pdf", ids)
    assert [name for name, _ in report.missing] == ["1.jpg", "2.jpg"]
    assert "not what it was" in report.missing[1][1]


# How photos are turned


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="no pdftoppm here")
def test_a_turned_photo_stands_upright_without_being_encoded_again(
    archive: Archive, sam: Person, tmp_path: Path, orientation: int, rotation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = picture(1, exif=exif)
    ids = [put(archive, data, rotation=rotation, facts={"turned": orientation})]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, per_page=1, fields=()))
    with Image.open(io.BytesIO(data)) as image:
        right = ImageOps.exif_transpose(image).rotate(-rotation, expand=True)
    command = ["pdftoppm", "-r", "36", "-png", "-singlefile", "r.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Image.open(tmp_path / "page.png") as page:
        place = fitted(split(_first_cell(), HERE_ONE)[0], *right.size)
        for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
            spot = (place.x + place.w * x, place.y + place.h * y)
            seen = page.getpixel(tuple(int(v / 25.4 * 36) for v in spot))
            wanted = right.getpixel((int(right.width * x), int(right.height * y)))
            assert _nearest(seen) == _nearest(wanted)


HERE_ONE = replace(HERE, per_page=1, fields=())


def _first_cell() -> Any:
    photo = object()
    section = Section("s", (Item(photo, 1),))  # type: ignore[arg-type]
    parts = arrange([section], HERE_ONE)[0].parts
    cell = next(part for part in parts if isinstance(part, Cell))
    height = cell.caption.y + cell.caption.h - cell.photo.y
    return cell.photo._replace(h=height)


def _nearest(colour: Any) -> int:
    apart = [sum(abs(a - b) for a, b in zip(colour, c, strict=False)) for c in CORNERS]
    return apart.index(min(apart))


# Structure


def test_everything_is_tagged_and_figures_say_what_they_show(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [
        put(
            archive,
            picture(n),
            description=f"crane {n}",
            taken_at=f"2026-0{n}-11T09:00",
        )
        for n in (1, 2, 3)
    ]
    template = Template(sections="month", qr="sha256")
    made(archive, sam, tmp_path / "r.pdf", ids, template)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang) == "en"
        kinds = [str(element.S) for element in elements(pdf)]
        figures = [e for e in elements(pdf) if str(e.S) == "/Figure"]
        assert kinds.count("/H1") == 5  # title, contents, three months
        assert len(figures) == 6  # three photos, three codes
        assert all(str(figure.Alt) and "/A" in figure for figure in figures)
        assert "crane 1" in str(figures[0].Alt)
        assert kinds.count("/TOCI") == 3
        _each_mark_is_in_the_tree(pdf)


def _each_mark_is_in_the_tree(pdf: pikepdf.Pdf) -> None:
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


def test_it_declares_pdf_a_and_keeps_to_it(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1), description="Süd, שלום, 三层 🏗")]
    made(archive, sam, tmp_path / "r.pdf", ids, Template(title="Week 20"))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        with pdf.open_metadata() as meta:
            assert meta["pdfaid:part"] == "2"
            assert meta["pdfaid:conformance"] == "A"
            assert meta["dc:title"] == "Week 20"
            assert meta["dc:creator"] == ["Sam Reyes"]
        intent = pdf.Root.OutputIntents[0]
        assert str(intent.S) == "/GTS_PDFA1"
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert "/ID" in pdf.trailer
        assert "/Encrypt" not in pdf.trailer
        for page in pdf.pages:
            for font in page.obj.Resources.Font.values():
                below = font.DescendantFonts[0]
                assert "/FontFile2" in below.FontDescriptor
                assert "/ToUnicode" in font
            for note in page.obj.get("/Annots", []):
                assert int(note.F) == 4


def test_contents_and_bookmarks_lead_to_the_sections(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    for n, place in enumerate(("B", "A", "A", "C")):
        album = {"taken_at": f"2026-05-1{'BAAC'.index(place)}T10:00"}
        put(archive, picture(n), description=place, **album)
    ids = [1, 2, 3, 4]
    made(archive, sam, tmp_path / "r.pdf", ids, Template(sections="day", per_page=1))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        pages = [page.obj.objgen for page in pdf.pages]
        leads = [pages.index(n.Dest[0].objgen) for n in pdf.pages[1].obj.Annots]
        assert leads == [2, 3, 5]
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
    said = texts(tmp_path / "r.pdf")
    assert titles == ["Tower 4", "Contents", *titles[2:]]
    assert len(titles) == 5
    for title, page in zip(titles[2:], leads, strict=True):
        assert title in said[page]


# Text


SCRIPTS = {
    "arabic": "فحص حديد التسليح",
    "hebrew": "בדיקת הזיון",
    "chinese": "三层楼板钢筋",
    "japanese": "３階スラブの配筋",
    "korean": "철근 배근 검사",
    "hindi": "तीसरी मंज़िल",
    "thai": "ตรวจสอบเหล็กเสริม",
    "russian": "Проверка арматуры",
    "greek": "Έλεγχος οπλισμού",
    "tamil": "கட்டுமானம்",
    "georgian": "ქართული",
    "armenian": "հայերեն",
    "amharic": "አማርኛ",
    "burmese": "မြန်မာ",
    "khmer": "ខ្មែរ",
    "emoji": "🏗 ✅ ⚠ 👷",
    "symbols": "½ € ² Ⅷ ☎ → ①",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_our_fonts_have_every_letter_of(text: str) -> None:
    found = fonts_for([text])
    assert shown(text, found) == plain(text)


@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        ("a\u202egpj.exe", "agpj.exe"),
        ("\ue000 \udcff", "\ufffd \ufffd"),
        ("x\x00\x07\x1b[31m", "x[31m"),
        ("👷\u200d♂\ufe0f", "👷♂"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u2028b", "a\nb"),
    ],
    ids=["override", "private", "controls", "joined", "persian", "line"],
)
def test_what_has_no_shape_is_not_on_paper(text: str, on_paper: str) -> None:
    assert plain(text) == on_paper


def test_every_glyph_says_what_it_stands_for(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [
        put(archive, picture(n), description=text)
        for n, text in enumerate(SCRIPTS.values())
    ]
    made(archive, sam, tmp_path / "r.pdf", ids)
    said = "".join(texts(tmp_path / "r.pdf")).replace("\u200b", "")
    assert "\ufffd" not in said  # what a code without a letter is read as
    assert "\0" not in said
    for script in ("russian", "greek", "chinese", "korean", "emoji"):
        assert SCRIPTS[script] in said.replace("\n", ""), script


HOSTILE = (
    '=HYPERLINK("http://evil")',
    "<script>alert(1)</script>",
    "{nb} {n} {of} %s \\",
    ") Tj ET Q /Root 1 0 R (",
    "**bold** __under__ [link](http://evil)",
    "endstream endobj",
    "\U0001f3f4\U000e0067\U000e007f",
    "a" * 3000,
)


def test_hostile_captions_are_words_and_nothing_else(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(n), description=t) for n, t in enumerate(HOSTILE)]
    made(archive, sam, tmp_path / "r.pdf", ids)
    said = "".join(texts(tmp_path / "r.pdf")).replace("\n", "")
    for text in HOSTILE[:6]:
        assert text.replace(" ", "") in said.replace(" ", "")
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        assert not any(page.obj.get("/Annots") for page in pdf.pages)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_written_can_be_shown(text: str) -> None:
    found = fonts_for([text])
    letters = {ord(letter) for letter in shown(text, found)} - {0x0A}
    assert letters <= found.letters | {0xFFFD}


def test_a_caption_that_is_too_long_stands_in_full_at_the_end(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1), description=LONG)]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, per_page=9))
    first, last = texts(tmp_path / "r.pdf")
    assert "…" in first
    assert "Captions in full" in last
    assert last.replace("\n", " ").count("RFI 112") == 30


@pytest.mark.parametrize(
    ("text", "rtl"), [("שלום", True), ("12 שלום", True), ("a שלום", False), ("", False)]
)
def test_a_paragraph_goes_as_its_first_letter_does(text: str, *, rtl: bool) -> None:
    assert is_rtl(text) is rtl


# Order and places


@pytest.mark.parametrize("by", SECTIONS)
@pytest.mark.parametrize("order", ["oldest", "newest", "given"])
def test_every_photo_is_in_a_section_and_keeps_its_number(
    archive: Archive, by: str, order: str
) -> None:
    ids = [
        put(archive, picture(n), taken_at=f"2026-0{1 + n % 3}-11T1{n}:00")
        for n in range(6)
    ]
    photos = load_photos(archive.connection, ids)
    template = Template(sections=by, order=order)
    sections = sections_of(photos, template, words_of("en"))
    items = [item for section in sections for item in section.items]
    assert sorted(item.photo.id for item in items) == ids
    assert [item.number for item in items] == [1, 2, 3, 4, 5, 6]


def test_locations_stand_in_the_order_of_their_numbers(archive: Archive) -> None:
    photos = load_photos(archive.connection, [put(archive, picture(1))])
    places = ("Tower>Level 10", "Tower>Level 2", None, "Annex")
    found = sections_of(
        [replace(photos[0], id=n, location=place) for n, place in enumerate(places)],
        Template(sections="location"),
        words_of("en"),
    )
    titles = [section.title for section in found]
    assert titles == ["Annex", "Tower>Level 2", "Tower>Level 10", "Without a location"]


def test_a_photo_of_two_trades_is_in_both_with_one_number(archive: Archive) -> None:
    photos = load_photos(archive.connection, [put(archive, picture(1))])
    photos = [replace(photos[0], trades=("Steel", "Concrete"))]
    found = sections_of(photos, Template(sections="trade"), words_of("en"))
    assert [section.title for section in found] == ["Concrete", "Steel"]
    assert {item.number for section in found for item in section.items} == {1}


def test_pairs_have_the_older_photo_first(archive: Archive) -> None:
    ids = [
        put(archive, picture(n), taken_at=f"2026-05-1{5 - n}T10:00") for n in range(3)
    ]
    photos = load_photos(archive.connection, ids)
    template = Template(pairs=True, order="given")
    (section,) = sections_of(photos, template, words_of("en"))
    assert [(i.photo.id, i.role) for i in section.items] == [
        (ids[1], "before"),
        (ids[0], "after"),
        (ids[2], ""),
    ]


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=12),
    st.sampled_from(PER_PAGE),
    st.booleans(),
    st.booleans(),
)
def test_no_two_photos_lie_on_each_other_and_none_is_lost(
    sizes: list[int], per_page: int, landscape: bool, pairs: bool
) -> None:
    numbers = iter(range(1000))
    sections = [
        Section(str(n), tuple(Item(object(), next(numbers)) for _ in range(size)))  # type: ignore[arg-type]
        for n, size in enumerate(sizes)
    ]
    template = Template(per_page=per_page, landscape=landscape, pairs=pairs)
    sheets = arrange(sections, template)
    cells = [p for s in sheets for p in s.parts if isinstance(p, Cell)]
    assert [cell.item.number for cell in cells] == list(range(sum(sizes)))
    area = body(template)
    for sheet in sheets:
        assert isinstance(sheet.parts[0], Heading)
        boxes = [
            box
            for part in sheet.parts
            for box in (
                [part.box] if isinstance(part, Heading) else [part.photo, part.caption]
            )
        ]
        for at, one in enumerate(boxes):
            assert min(one.w, one.h) > 0
            assert area.x - 0.01 <= one.x <= area.x + area.w + 0.01 - one.w
            assert area.y - 0.01 <= one.y <= area.y + area.h + 0.01 - one.h
            for other in boxes[at + 1 :]:
                assert not _overlap(one, other)


def _overlap(a: Any, b: Any) -> bool:
    return (
        a.x + a.w > b.x + 0.01
        and b.x + b.w > a.x + 0.01
        and a.y + a.h > b.y + 0.01
        and b.y + b.h > a.y + 0.01
    )


# Templates


def test_a_template_is_a_small_file_that_a_company_keeps(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'title = "Weekly"\nper_page = 6\nfields = ["number", "trades"]\n'
        'logo = "logo.png"\nlines = ["Client: City"]\n'
    )
    found = read_template(tmp_path / "ours.toml")
    assert (found.title, found.per_page) == ("Weekly", 6)
    assert found.fields == ("number", "trades")
    assert found.logo == tmp_path / "logo.png"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"colour": "red"}, "no 'colour'"),
        ({"per_page": 3}, "1, 2, 4, 6, 9"),
        ({"per_page": True}, "1, 2, 4, 6, 9"),
        ({"fields": ["secret"]}, "number, taken"),
        ({"fields": [["number"]]}, "number, taken"),
        ({"resolution": 10}, "dots per inch"),
        ({"qr": "http://here"}, "{uuid}"),
        ({"language": "xx"}, "one of de, en"),
        ({"title": "x" * 501}, "500"),
        ({"lines": "one"}, "list"),
        ({"sections": []}, "one of"),
    ],
)
def test_what_a_template_cannot_say_is_refused(
    values: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        template_from(values)


@pytest.mark.parametrize("raw", [b"title = ", b"\xff\xfe", b"[[["])
def test_a_template_that_is_no_toml_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "ours.toml").write_bytes(raw)
    with pytest.raises(InvalidInput, match=r"ours\.toml is no TOML"):
        read_template(tmp_path / "ours.toml")


def test_a_template_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_template(tmp_path / "absent.toml")


def test_logo_and_project_photo_stand_on_the_cover(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    Image.new("RGB", (300, 100), "navy").save(tmp_path / "logo.png")
    ids = [put(archive, picture(1))]
    template = Template(logo=tmp_path / "logo.png", lines=("Client: City",))
    made(archive, sam, tmp_path / "r.pdf", ids, template)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert len(pdf.pages[0].obj.Resources.XObject) == 1
    assert "Client: City" in texts(tmp_path / "r.pdf")[0]


def test_a_logo_that_is_no_picture_is_refused(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_text("no picture")
    ids = [put(archive, picture(1))]
    with pytest.raises(InvalidInput, match="logo"):
        made(
            archive, sam, tmp_path / "r.pdf", ids, Template(logo=tmp_path / "logo.png")
        )
    assert [path.name for path in tmp_path.glob(".pictures*")] == []


def test_every_language_says_everything() -> None:
    english = words_of("en")
    for language in languages():
        words = words_of(language)
        assert words.texts.keys() == english.texts.keys()
        assert words.labels.keys() == english.labels.keys()


# Memory


MEASURED = """
import resource, sys
from pathlib import Path
from archive.database import open_archive
from archive.export.pdf import Template, write_report
from archive.people import owner
with open_archive(Path(sys.argv[1])) as archive:
    ids = [row[0] for row in archive.connection.execute("select id from photos")]
    ids = ids[: int(sys.argv[2])]
    template = Template(resolution=0)
    write_report(archive, owner(archive.connection), ids, template, Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_photos(archive: Archive, tmp_path: Path) -> None:
    noise = io.BytesIO()
    Image.effect_noise((1600, 1600), 90).save(noise, "JPEG", quality=98)
    for n in range(60):
        comment = b"\xff\xfe\x00\x06%04d" % n
        put(archive, b"\xff\xd8" + comment + noise.getvalue()[2:])
    taken = []
    for count in (2, 60):
        out = str(tmp_path / f"{count}.pdf")
        command = [sys.executable, "-c", MEASURED, str(archive.folder), str(count), out]
        cwd = Path(__file__).parents[2]
        done = subprocess.run(command, check=True, capture_output=True, cwd=cwd)
        taken.append(int(done.stdout) << 10)
    embedded = (tmp_path / "60.pdf").stat().st_size
    assert embedded > 60 << 20
    assert taken[1] - taken[0] < embedded / 4


# Whose photos


def test_a_report_has_nothing_that_its_reader_may_not_see(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    reader = replace(sam, id=7, level="read_only")
    ids = [
        put(archive, picture(1), description="open"),
        put(archive, picture(2), description="HIDDEN", private=1),
        put(
            archive, picture(3), description="BINNED", recycled_at="2026", recycled_by=1
        ),
    ]
    report = made(archive, reader, tmp_path / "r.pdf", ids, Template())
    assert (report.photos, report.of) == (1, 1)
    said = "".join(texts(tmp_path / "r.pdf"))
    assert "open" in said
    assert "HIDDEN" not in said
    assert "BINNED" not in said
    with pytest.raises(InvalidInput, match="no photos"):
        made(archive, reader, tmp_path / "r.pdf", ids[1:])


# What is embedded as it is


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_is_embedded_decodes_to_the_same_pixels(
    mode: str, *, progressive: bool
) -> None:
    buffer = io.BytesIO()
    noise = Image.effect_noise((64, 48), 90).convert(mode)
    noise.save(buffer, "JPEG", progressive=progressive, restart_marker_rows=1)
    jpeg = embeddable(buffer.getvalue() + b"appended \xff\xd9 video")
    assert jpeg is not None
    assert jpeg.components == len(mode)
    assert b"appended" not in jpeg.data
    with Image.open(io.BytesIO(jpeg.data)) as ours, Image.open(buffer) as theirs:
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        picture(1)[:-2],
        picture(1)[:300],
        b"\x89PNG" + picture(1),
        picture(1).replace(b"\xff\xc0", b"\xff\xc9"),
        b"\xff\xd8\xff\xda\0\x02\xff\xd9",
    ],
    ids=["empty", "start", "no end", "cut", "png", "arithmetic", "no size"],
)
def test_what_is_no_whole_jpeg_is_not_embedded(data: bytes) -> None:
    assert embeddable(data) is None


def test_cmyk_is_not_embedded() -> None:
    buffer = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(buffer, "JPEG")
    assert embeddable(buffer.getvalue()) is None


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_any_bytes_are_embedded_or_refused(noise: bytes, at: int) -> None:
    data = picture(1)
    found = embeddable(data[:at] + noise + data[at + len(noise) :])
    assert found is None or found.data.endswith(b"\xff\xd9")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared photos are not here")
def test_what_is_embedded_of_real_photos_decodes_as_they_do() -> None:
    seen = 0
    for path in sorted(SHARED.rglob("*.jp*g"))[:150]:
        jpeg = embeddable(path.read_bytes())
        if jpeg is None or "hostile" in path.parts:
            continue
        with Image.open(path) as theirs, Image.open(io.BytesIO(jpeg.data)) as ours:
            assert ours.size == theirs.size
            theirs.draft(None, (64, 64))
            ours.draft(None, (64, 64))
            assert ours.tobytes() == theirs.tobytes()
        seen += 1
    assert seen > 10

"""Captions in every script, hostile ones too, and long ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.database import Archive
from archive.export.pdf.fonts import fonts_for, is_rtl, needs_shaping, plain, shown
from archive.people import Person
from tests.archive.report_files import (
    HERE,
    made,
    picture,
    put,
    texts,
)

pytestmark = pytest.mark.usefixtures("one_process")
LONG = "The south edge is still missing its stirrups, see RFI 112. " * 30


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


@pytest.mark.parametrize(
    ("text", "shaped"),
    [
        *((SCRIPTS[name], False) for name in ("chinese", "russian", "greek")),
        *((SCRIPTS[name], True) for name in ("arabic", "hebrew", "hindi", "thai")),
        ("No. 7 · “Süd” – 5 €", False),
        ("x\u0302", True),
    ],
)
def test_only_what_letters_do_to_each_other_is_shaped(
    text: str, *, shaped: bool
) -> None:
    assert needs_shaping(text) is shaped


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

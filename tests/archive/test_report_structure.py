"""What a report says of itself: tags, contents, bookmarks, metadata."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest

from archive.database import Archive
from archive.errors import StoreError
from archive.export.pdf import Template
from archive.export.pdf.finishing import finish
from archive.people import Person
from tests.archive.pdfa.checker import problems
from tests.archive.report_files import (
    each_mark_and_link_is_in_the_tree,
    elements,
    made,
    picture,
    put,
    texts,
)

pytestmark = pytest.mark.usefixtures("one_process")


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
        each_mark_and_link_is_in_the_tree(pdf)


def test_it_declares_pdf_a_and_keeps_to_it(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1), description="Süd, שלום, 三层 🏗")]
    made(archive, sam, tmp_path / "r.pdf", ids, Template(title="Week 20"))
    with pikepdf.open(tmp_path / "r.pdf") as pdf, pdf.open_metadata() as meta:
        assert meta["pdfaid:part"] == "2"
        assert meta["pdfaid:conformance"] == "A"
        assert meta["dc:title"] == "Week 20"
        assert meta["dc:creator"] == ["Sam Reyes"]
    assert problems(tmp_path / "r.pdf") == []


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


def test_a_picture_that_cannot_be_read_again_is_told_in_a_sentence() -> None:
    """Else qpdf gives nothing for it, without an error."""
    from archive.export.pdf import finishing

    placed: Any = SimpleNamespace(
        page=0, name="P1", picture=SimpleNamespace(object=4711)
    )
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        with pytest.raises(pikepdf.PdfError, match="4711 cannot be read"):
            finishing._place(pdf, [pdf.pages[0].obj], [placed])


def test_a_disk_that_did_not_keep_what_was_written_is_told_in_a_sentence(
    tmp_path: Path,
) -> None:
    nothing: Any = SimpleNamespace(close=lambda: None)
    (tmp_path / "half.pdf").write_bytes(b"%PDF-1.7\nhalf")
    with pytest.raises(StoreError, match=r"half\.pdf.*does not hold what was written"):
        finish(nothing, nothing, nothing, tmp_path / "half.pdf")

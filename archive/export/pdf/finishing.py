"""What makes pages a report: pictures, links, structure, bookmarks and metadata.

Written with pikepdf as PDF/A-2a (ISO 19005-2): everything is tagged, all fonts are
embedded, colours are sRGB or have their profile, and there is an XMP packet. That is
declared and checked by tests (``tests/archive/pdfa``), not certified.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import fpdf
from pikepdf import (
    AccessMode,
    Array,
    Dictionary,
    Name,
    Object,
    OutlineItem,
    Pdf,
    PdfError,
    Stream,
    String,
)

from archive.errors import StoreError
from archive.export.pdf.canvas import Canvas, Placed
from archive.export.pdf.mapping import complete
from archive.export.pdf.spool import PictureFile
from archive.export.pdf.structure import Structure, linked

PRODUCER = "asbuilt"
_SRGB = Path(fpdf.__file__).parent / "data" / "color_profiles" / "sRGB2014.icc"


@dataclass(frozen=True, slots=True)
class About:
    """What the file says of itself.

    :param language: of its texts: en, de
    :param made: with its zone
    """

    title: str
    subject: str
    author: str
    language: str
    made: datetime


def finish(canvas: Canvas, file: PictureFile, about: About, out: Path) -> int:
    """Write a report; returns the number of its pages.

    The pages are put into the file of pictures, not the other way round: what comes
    from another file is held in memory.

    :param file: has all pictures, in ``out``
    :raises StoreError: it is not there as it was written
    """
    file.close()
    try:
        return _put_together(canvas, file, about, out)
    except PdfError as error:
        why = f"does not hold what was written to it; the disk fails ({error})"
        raise StoreError(out, why) from error


def _put_together(canvas: Canvas, file: PictureFile, about: About, out: Path) -> int:
    with (
        Pdf.open(out, access_mode=AccessMode.stream) as pdf,
        Pdf.open(io.BytesIO(canvas.output())) as drawn,
    ):
        pdf.pages.extend(drawn.pages)
        pages = [page.obj for page in pdf.pages]
        complete(pages)
        _place(pdf, pages, canvas.placed)
        lists = _lists(pdf, pages, canvas)
        root = _tagged(pdf, pages)
        _bookmarks(pdf, canvas.outline)
        _declare(pdf, about)
        last = max(one.objgen[0] for one in pdf.objects)
        numbers = [page.objgen[0] for page in pages]
        tree = Structure(root, last + 1, numbers, canvas.size[1], lists)
        file.complete(pdf, tree.objects(canvas.tags))
    return len(pages)


def _place(pdf: Pdf, pages: Sequence[Object], placed: Sequence[Placed]) -> None:
    """Put the pictures into the pages' resources."""
    for one in placed:
        resources = pages[one.page].get("/Resources", Dictionary())
        if "/XObject" not in resources:
            resources["/XObject"] = Dictionary()
        picture = pdf.get_object(one.picture.object, 0)
        if picture is None:  # what cannot be read is none
            raise PdfError(f"the picture {one.picture.object} cannot be read")
        resources["/XObject"][f"/{one.name}"] = picture
        pages[one.page]["/Resources"] = resources


def _lists(pdf: Pdf, pages: Sequence[Object], canvas: Canvas) -> dict[int, int]:
    """Give pages with links a list of them, written later; returns their numbers."""
    found = {}
    for page in sorted(linked(canvas.tags)):
        pages[page].Annots = pdf.make_indirect(Array())
        found[page] = pages[page].Annots.objgen[0]
    return found


def _tagged(pdf: Pdf, pages: Sequence[Object]) -> int:
    """Say that the pages have a structure; returns the number of its root."""
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    for number, page in enumerate(pages):
        page.StructParents = number
        page.Tabs = Name.S
    return root.objgen[0]


def _bookmarks(pdf: Pdf, outline: Sequence[tuple[str, int]]) -> None:
    with pdf.open_outline() as made:
        made.root.extend(OutlineItem(title, page) for title, page in outline)


def _declare(pdf: Pdf, about: About) -> None:
    """Write what the file is, in which language, and whose colours it means."""
    root = pdf.Root
    root.Lang = String(about.language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    profile = Stream(pdf, _SRGB.read_bytes(), N=3, Alternate=Name.DeviceRGB)
    root.OutputIntents = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier=String("sRGB"),
                    RegistryName=String("http://www.color.org"),
                    Info=String("sRGB IEC61966-2.1"),
                    DestOutputProfile=pdf.make_indirect(profile),
                )
            )
        ]
    )
    # PDF/A: what a document information dictionary says stands in the XMP, too; ours
    # has none
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        made = about.made.isoformat(timespec="seconds")
        meta["dc:title"] = about.title
        meta["dc:description"] = about.subject
        meta["dc:creator"] = [about.author]
        meta["dc:language"] = {about.language}
        meta["pdf:Producer"] = PRODUCER
        meta["xmp:CreatorTool"] = PRODUCER
        meta["xmp:CreateDate"] = meta["xmp:ModifyDate"] = made
        meta["xmp:MetadataDate"] = made
        meta["pdfaid:part"] = "2"
        meta["pdfaid:conformance"] = "A"

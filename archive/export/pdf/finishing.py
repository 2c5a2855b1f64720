"""What makes pages a report: pictures, links, structure, bookmarks and metadata.

Written with pikepdf as PDF/A-2a (ISO 19005-2): everything is tagged, all fonts are
embedded, colours are sRGB or have their profile, and there is an XMP packet. That is
declared and checked by tests, not certified: no validator runs here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
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
    Stream,
    String,
)

from archive.export.pdf.canvas import Canvas, Link, Mark, Placed, Tag
from archive.export.pdf.layout import Box
from archive.export.pdf.mapping import complete
from archive.export.pdf.shapes import POINT
from archive.export.pdf.spool import PictureFile

PRODUCER = "asbuilt"
_SRGB = Path(fpdf.__file__).parent / "data" / "color_profiles" / "sRGB2014.icc"
_PRINTED = 4  # flag of an annotation (ISO 32000-1, table 165)


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
    """
    file.close()
    with (
        Pdf.open(out, access_mode=AccessMode.stream) as pdf,
        Pdf.open(io.BytesIO(canvas.output())) as drawn,
    ):
        pdf.pages.extend(drawn.pages)
        pages = [page.obj for page in pdf.pages]
        complete(pages)
        _place(pdf, pages, canvas.placed)
        _tag(pdf, pages, canvas)
        _bookmarks(pdf, canvas.outline)
        _declare(pdf, about)
        file.complete(pdf)
    return len(pages)


def _place(pdf: Pdf, pages: Sequence[Object], placed: Sequence[Placed]) -> None:
    """Put the pictures into the pages' resources."""
    for one in placed:
        resources = pages[one.page].get("/Resources", Dictionary())
        if "/XObject" not in resources:
            resources["/XObject"] = Dictionary()
        picture = pdf.get_object(one.picture.object, 0)
        resources["/XObject"][f"/{one.name}"] = picture
        pages[one.page]["/Resources"] = resources


def _tag(pdf: Pdf, pages: Sequence[Object], canvas: Canvas) -> None:
    """Write the structure tree, and the links, which are part of it."""
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    tree = _Tree(pdf, pages, canvas.size[1], [{} for _ in pages], [])
    root.K = tree.element(canvas.tags, root)
    nums = Array()
    for number, page in enumerate(pages):
        marks = tree.marks[number]
        nums.append(number)
        nums.append(pdf.make_indirect(Array(_in_order(marks))))
        page.StructParents = number
        page.Tabs = Name.S
    for number, element in enumerate(tree.links, len(pages)):
        nums.append(number)
        nums.append(element)
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=nums))
    root.ParentTreeNextKey = len(pages) + len(tree.links)
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = Dictionary(Marked=True)


def _in_order(marks: dict[int, Object]) -> Iterator[Object]:
    for number in range(len(marks)):
        yield marks[number]


@dataclass(slots=True)
class _Tree:
    """The structure tree as it is built.

    :param height: of a page, millimetres
    :param marks: of each page, which element each marked piece belongs to
    :param links: the elements of links, in the order of their annotations
    """

    pdf: Pdf
    pages: Sequence[Object]
    height: float
    marks: list[dict[int, Object]]
    links: list[Object]

    def element(self, tag: Tag, parent: Object) -> Object:
        """Make an element with all below it."""
        made = self.pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name(f"/{tag.kind}"), P=parent)
        )
        if tag.alt:
            made.Alt = String(tag.alt)
        if tag.box is not None:
            layout = Dictionary(O=Name.Layout, Placement=Name.Block)
            layout.BBox = _corners(tag.box, self.height)
            made.A = layout
        kids = Array([self._kid(kid, made) for kid in tag.kids])
        made.K = kids
        return made

    def _kid(self, kid: Tag | Mark | Link, parent: Object) -> Object:
        if isinstance(kid, Tag):
            return self.element(kid, parent)
        if isinstance(kid, Link):
            return self._link(kid, parent)
        self.marks[kid.page][kid.number] = parent
        return Dictionary(Type=Name.MCR, Pg=self.pages[kid.page], MCID=kid.number)

    def _link(self, link: Link, parent: Object) -> Object:
        page = self.pages[link.page]
        note = self.pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=_corners(link.box, self.height),
                Border=Array([0, 0, 0]),
                F=_PRINTED,
                Dest=Array([self.pages[link.target], Name.Fit]),
                Contents=String(link.title),
                StructParent=len(self.pages) + len(self.links),
            )
        )
        if "/Annots" not in page:
            page.Annots = Array()
        page.Annots.append(note)
        self.links.append(parent)
        return Dictionary(Type=Name.OBJR, Pg=page, Obj=note)


def _corners(box: Box, height: float) -> Array:
    """Return a box as PDF has it: points from the bottom left."""
    low, high = height - box.y - box.h, height - box.y
    numbers = (box.x, low, box.x + box.w, high)
    return Array([round(number * POINT, 2) for number in numbers])


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

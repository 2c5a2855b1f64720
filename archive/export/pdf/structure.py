"""The structure of a report: which part of a page is what, for who does not see it.

There are ten parts and up to two links for each photo, so they are written one by one
as objects of the file (ISO 32000-1, 14.7 and 12.5.6.5), not held as objects of pikepdf:
those took 20 kB a photo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archive.export.pdf.canvas import Link, Mark, Tag
from archive.export.pdf.layout import Box
from archive.export.pdf.shapes import POINT

_PRINTED = 4  # flag of an annotation (ISO 32000-1, table 165)
Written = tuple[int, bytes]  # an object: its number, and what it is


@dataclass(slots=True)
class Structure:
    """The structure tree as it is written.

    :param root: number of its root, which is written last
    :param next: the next number that is free
    :param pages: numbers of the pages
    :param height: of a page, millimetres
    :param lists: numbers of the lists of annotations, by the page that has some
    """

    root: int
    next: int
    pages: Sequence[int]
    height: float
    lists: Mapping[int, int]
    _marks: list[dict[int, int]] = field(default_factory=list)
    _links: list[int] = field(default_factory=list)
    _notes: dict[int, list[int]] = field(default_factory=dict)

    def objects(self, document: Tag) -> Iterator[Written]:
        """Yield all objects of the tree; once."""
        self._marks = [{} for _ in self.pages]
        top = self.next
        yield from self._element(document, self.root)
        for page, number in self.lists.items():
            yield number, _list(self._notes[page])
        nums = []
        for number, marks in enumerate(self._marks):
            nums.append(f"{number} {self.next} 0 R")
            yield self._take(), _list([marks[mark] for mark in range(len(marks))])
        for number, element in enumerate(self._links, len(self.pages)):
            nums.append(f"{number} {element} 0 R")
        tree = self._take()
        yield tree, f"<< /Nums [ {' '.join(nums)} ] >>".encode()
        yield (
            self.root,
            f"<< /Type /StructTreeRoot /K {top} 0 R /ParentTree {tree} 0 R"
            f" /ParentTreeNextKey {len(self.pages) + len(self._links)} >>".encode(),
        )

    def _take(self) -> int:
        self.next += 1
        return self.next - 1

    def _element(self, tag: Tag, parent: int) -> Iterator[Written]:
        number = self._take()
        kids = []
        for kid in tag.kids:
            if isinstance(kid, Tag):
                kids.append(f"{self.next} 0 R")
                yield from self._element(kid, number)
            elif isinstance(kid, Mark):
                kids.append(self._mark(kid, number))
            else:
                kids.append(f"<< /Type /OBJR /Obj {self.next} 0 R >>")
                yield self._note(kid, number)
        head = f"/Type /StructElem /S /{tag.kind} /P {parent} 0 R"
        alt = f" /Alt {_text(tag.alt)}" if tag.alt else ""
        box = f" /A {_placed(tag.box, self.height)}" if tag.box else ""
        yield number, f"<< {head}{alt}{box} /K [ {' '.join(kids)} ] >>".encode()

    def _mark(self, mark: Mark, parent: int) -> str:
        self._marks[mark.page][mark.number] = parent
        page = self.pages[mark.page]
        return f"<< /Type /MCR /Pg {page} 0 R /MCID {mark.number} >>"

    def _note(self, link: Link, parent: int) -> Written:
        """Return the annotation of a link."""
        number = self._take()
        place = len(self.pages) + len(self._links)
        self._links.append(parent)
        self._notes.setdefault(link.page, []).append(number)
        return number, (
            f"<< /Type /Annot /Subtype /Link /Rect {_corners(link.box, self.height)}"
            f" /Border [ 0 0 0 ] /F {_PRINTED} /StructParent {place}"
            f" /Dest [ {self.pages[link.target]} 0 R /Fit ]"
            f" /Contents {_text(link.title)} >>".encode()
        )


def linked(tag: Tag) -> set[int]:
    """Return the pages that have links on them, counted from 0."""
    found = {kid.page for kid in tag.kids if isinstance(kid, Link)}
    return found.union(*(linked(kid) for kid in tag.kids if isinstance(kid, Tag)))


def _corners(box: Box, height: float) -> str:
    """Return a box as PDF has it: points from the bottom left."""
    low, high = height - box.y - box.h, height - box.y
    numbers = (box.x, low, box.x + box.w, high)
    return f"[ {' '.join(f'{number * POINT:.2f}' for number in numbers)} ]"


def _placed(box: Box, height: float) -> str:
    return f"<< /O /Layout /Placement /Block /BBox {_corners(box, height)} >>"


def _list(numbers: Sequence[int]) -> bytes:
    return f"[ {' '.join(f'{number} 0 R' for number in numbers)} ]".encode()


def _text(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"

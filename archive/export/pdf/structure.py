"""The structure of a report: which part of a page is what, for who does not see it.

There are ten parts for each photo, so they are written one by one as objects of the
file (ISO 32000-1, 14.7), not held as objects of pikepdf: those took 10 kB a photo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.export.pdf.canvas import Link, Mark, Tag
from archive.export.pdf.layout import Box
from archive.export.pdf.shapes import POINT

Written = tuple[int, bytes]  # an object: its number, and what it is


@dataclass(slots=True)
class Structure:
    """The structure tree as it is written.

    :param root: number of its root, which is written last
    :param next: the next number that is free
    :param pages: numbers of the pages
    :param height: of a page, millimetres
    :param notes: numbers of the annotations of links, in the order of the tags
    """

    root: int
    next: int
    pages: Sequence[int]
    height: float
    notes: Sequence[int]
    _marks: list[dict[int, int]] = field(default_factory=list)
    _links: list[int] = field(default_factory=list)

    def objects(self, document: Tag) -> Iterator[Written]:
        """Yield all objects of the tree; once."""
        self._marks = [{} for _ in self.pages]
        top = self.next
        yield from self._element(document, self.root)
        nums = []
        for number, marks in enumerate(self._marks):
            listed = " ".join(f"{marks[mark]} 0 R" for mark in range(len(marks)))
            nums.append(f"{number} {self.next} 0 R")
            yield self._take(), f"[ {listed} ]".encode()
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
            else:
                kids.append(self._leaf(kid, number))
        head = f"/Type /StructElem /S /{tag.kind} /P {parent} 0 R"
        alt = f" /Alt {_text(tag.alt)}" if tag.alt else ""
        box = f" /A {_placed(tag.box, self.height)}" if tag.box else ""
        yield number, f"<< {head}{alt}{box} /K [ {' '.join(kids)} ] >>".encode()

    def _leaf(self, leaf: Mark | Link, parent: int) -> str:
        page = f"/Pg {self.pages[leaf.page]} 0 R"
        if isinstance(leaf, Mark):
            self._marks[leaf.page][leaf.number] = parent
            return f"<< /Type /MCR {page} /MCID {leaf.number} >>"
        note = self.notes[len(self._links)]
        self._links.append(parent)
        return f"<< /Type /OBJR {page} /Obj {note} 0 R >>"


def links_of(tag: Tag) -> Iterator[Link]:
    """Yield the links below a tag, in the order in which the tree has them."""
    for kid in tag.kids:
        if isinstance(kid, Tag):
            yield from links_of(kid)
        elif isinstance(kid, Link):
            yield kid


def corners(box: Box, height: float) -> list[float]:
    """Return a box as PDF has it: points from the bottom left."""
    low, high = height - box.y - box.h, height - box.y
    numbers = (box.x, low, box.x + box.w, high)
    return [round(number * POINT, 2) for number in numbers]


def _placed(box: Box, height: float) -> str:
    numbers = " ".join(f"{number:.2f}" for number in corners(box, height))
    return f"<< /O /Layout /Placement /Block /BBox [ {numbers} ] >>"


def _text(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"

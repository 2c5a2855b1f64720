"""Evidence on paper: the picture, what is known of it, and how to check it.

Tagged and PDF/A as reports are; every text that came from outside is text there, in a
shape of its own or as �.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from archive.database import Archive
from archive.export.pdf.canvas import GREY, Canvas, Tag
from archive.export.pdf.finishing import About, finish
from archive.export.pdf.fonts import fonts_for
from archive.export.pdf.layout import BOTTOM, MARGIN, TOP, Box
from archive.export.pdf.pictures import Picture, Wanted, gather, sources_of
from archive.export.pdf.spool import PictureFile
from archive.export.pdf.template import PAPERS
from archive.photos import Photo

PIXELS = 2000  # the longest side of the picture: 18 cm at 280 dots per inch
_PICTURE = 125.0  # millimetres: its greatest height
_LABEL = 38.0
_LONG = 1200  # letters of a piece of a text: less than a page
_TITLE = "Evidence of a photo"
_SIZES = {"title": 20.0, "head": 13.0, "text": 9.0, "small": 8.0}


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of the document.

    :param kind: "small" has no label and is grey
    """

    kind: Literal["head", "text", "small"]
    text: str
    label: str = ""


def write_sheet(
    archive: Archive, photo: Photo, known: dict[str, Any], how: Sequence[str], out: Path
) -> int:
    """Write what is known of a photo as a PDF; returns its number of pages.

    :param known: as ``statement`` gives it
    :param how: commands with which it is checked, each with a line on what it does
    """
    lines = [*_lines(known), *_how(how)]
    project = str(known["archive"]["project"])
    alt = photo.description or photo.filename
    texts = [project, _TITLE, alt, "Page of ", *_texts(lines)]
    made = datetime.fromisoformat(str(known["made_at"]))
    with _begun(out) as file:
        picture = _picture(archive, photo, file)
        canvas = Canvas(PAPERS["A4"], fonts_for([*texts, *_told(picture)]))
        flow = _Flow(canvas, canvas.tags.add("Sect"))
        _begin(flow, project, known)
        _figure(flow, picture, alt)
        for line in lines:
            flow.add(line)
        canvas.feet(0, f"{project} · {photo.uuid}", "Page {n} of {of}")
        about = About(_TITLE, photo.uuid, str(known["made_by"]), "en", made)
        return finish(canvas, file, about, out)


def _texts(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield from (line.text, line.label)


def _told(picture: Picture | str) -> Iterator[str]:
    if isinstance(picture, str):
        yield picture


@contextmanager
def _begun(out: Path) -> Iterator[PictureFile]:
    with out.open("w+b") as opened:
        yield PictureFile(opened)


def _picture(archive: Archive, photo: Photo, file: PictureFile) -> Picture | str:
    """Bring the picture into the file, or say why there is none to see."""
    sources = sources_of(archive.connection, archive.originals, [photo.id])
    wanted = [Wanted(key, source, PIXELS) for key, source in sources.items()]
    return gather(wanted, file, lambda _done: None)[photo.id]


@dataclass(slots=True)
class _Flow:
    """Pages that are filled from the top."""

    canvas: Canvas
    part: Tag
    y: float = 1e9  # no page is begun

    @property
    def width(self) -> float:
        return self.canvas.size[0] - 2 * MARGIN

    def room(self, height: float) -> None:
        """Begin a page where there is not so much room on this one."""
        if self.y + height > self.canvas.size[1] - BOTTOM:
            self.canvas.new_page()
            self.y = TOP

    def add(self, line: Line) -> None:
        """Write a line, over as many pages as it takes."""
        if line.kind == "head":
            self.head(line.text)
            return
        label = line.label
        for piece in _pieces(line.text):
            self._write(line.kind, label, piece)
            label = ""

    def head(self, text: str) -> None:
        """Write a heading, not at the foot of a page."""
        self.room(24)
        self.y += 3
        self.canvas.outline.append((text, self.canvas.page))
        box = Box(MARGIN, self.y, self.width, 8)
        with self.canvas.tagged(self.part.add("H2")):
            self.y += self.canvas.text(box, text, _SIZES["head"], bold=True) + 1
        self.canvas.line(MARGIN, self.y, self.width)
        self.y += 1.6

    def _write(self, kind: str, label: str, text: str) -> None:
        indent = _LABEL if kind == "text" else 0.0
        size = _SIZES[kind]
        box = Box(MARGIN + indent, 0, self.width - indent, 240)
        self.room(self.canvas.height_of(text, size, box))
        grey = GREY if kind == "small" else 0x22
        with self.canvas.tagged(self.part.add("P")):
            place = Box(MARGIN, self.y, _LABEL - 2, 10)
            took = self.canvas.text(place, label, size, grey=GREY) if label else 0.0
            place = Box(box.x, self.y, box.w, self.canvas.size[1] - BOTTOM - self.y)
            took = max(took, self.canvas.text(place, text, size, grey=grey))
        self.y += took + 0.8


def _begin(flow: _Flow, project: str, known: dict[str, Any]) -> None:
    flow.room(0)
    canvas = flow.canvas
    canvas.outline.append((_TITLE, 0))
    box = Box(MARGIN, flow.y, flow.width, 12)
    with canvas.tagged(flow.part.add("H1")):
        flow.y += canvas.text(box, _TITLE, _SIZES["title"], bold=True) + 1
    flow.add(Line("text", project, "Project"))
    made = f"{known['made_at']} by {known['made_by']}, with {known['made_with']}"
    flow.add(Line("text", made, "Made"))
    flow.y += 2


def _figure(flow: _Flow, picture: Picture | str, alt: str) -> None:
    tag = flow.part.add("Figure", alt[:1000])
    box = Box(MARGIN, flow.y, flow.width, _PICTURE)
    if isinstance(picture, Picture):
        place = flow.canvas.picture(box, picture, tag)
        flow.y = place.y + place.h + 3
        return
    box = box._replace(h=14)
    tag.box = box
    flow.canvas.frame(box)
    with flow.canvas.tagged(tag):
        text = f"No picture of this file can be shown: {picture}"
        flow.canvas.text(Box(box.x + 3, box.y + 4, box.w - 6, 8), text, 9, grey=GREY)
    flow.y += 17


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that fit on a page, also one of many short lines."""
    for paragraph in text.split("\n"):
        words = paragraph.strip()
        while words:
            yield words[:_LONG]
            words = words[_LONG:]


def _lines(known: dict[str, Any]) -> Iterator[Line]:
    """Yield what is known, in the order in which it is read."""
    yield from _rows("The file", known["original"])
    yield Line("head", "What the file says of itself")
    for fact in known["capture"]:
        tag = f"   ({fact['tag']})" if "tag" in fact else ""
        yield Line("text", f"{_said(fact['value'])}{tag}", _named(fact["fact"]))
    yield from _rows("In the archive", known["archived"])
    yield from _rows("What people say of it now", known["photo"])
    yield from _verified(known["verified"])
    yield Line("head", "Copies elsewhere")
    for copy in known["copies"]:
        told = f"{copy['kind']}, read there in full at {copy['verified_at']}"
        yield Line("text", told, copy["name"])
    if not known["copies"]:
        yield Line("text", "none is known")
    yield Line("head", "Its history")
    for one in known["history"]:
        yield from _batch(one)
    yield from _rows("The end of the chain of hashes", known["chain"])


def _rows(title: str, values: dict[str, Any]) -> Iterator[Line]:
    yield Line("head", title)
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None and each is not False and each != "":
                yield Line("text", _said(each), _named(name))


def _verified(verified: dict[str, Any]) -> Iterator[Line]:
    yield Line("head", "Its bytes, read again in full")
    now = verified["now"]
    told = f"{now['at']}: {now['bytes']} bytes with the SHA-256 {now['sha256']}"
    yield Line("text", told, "for this document")
    if verified["last"]:
        yield Line("text", verified["last"], "last verification")
    for check in verified["all_files"]:
        told = f"{check['began']} to {check['ended']}, by {check['by']}"
        yield Line("text", told, "all files, with it")
    for fault in verified["faults"]:
        mended = fault["mended_at"] or "it is not mended"
        told = f"{fault['found_at']}: {fault['text']}; mended: {mended}"
        yield Line("text", told, "fault")


def _batch(one: dict[str, Any]) -> Iterator[Line]:
    if one["batch"] is None:
        yield Line("text", "written by other means than asbuilt", "not sealed")
    else:
        reason = f": {one['reason']}" if one["reason"] else ""
        told = f"{one['at']}, {one['by']} ({one['origin']}){reason}"
        yield Line("text", told, f"batch {one['batch']}")
    for change in one["changes"]:
        yield Line("text", _changed(change), _named(change["field"] or change["what"]))
    if one["batch"] is not None:
        yield Line("small", f"{one['previous_hash']} → {one['hash']}")


def _changed(change: dict[str, Any]) -> str:
    old, new = change["old_in_words"], change["new_in_words"]
    if not change["field"]:
        return f"made: {new}" if old is None else f"ended: {old}"
    return f"{_quoted(old)} → {_quoted(new)}"


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"“{text}”"


def _how(commands: Sequence[str]) -> Iterator[Line]:
    yield Line("head", "How to check this without asbuilt")
    for text in commands:
        yield Line("text" if text.startswith("$ ") else "small", text)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_named(k)}: {_said(v)}" for k, v in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

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
from archive.evidence.words import Words
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
_SIZES = {"title": 20.0, "head": 13.0, "text": 9.0, "small": 8.0}


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of the document.

    :param kind: "small" has no label and is grey
    """

    kind: Literal["head", "text", "small"]
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What the document says.

    :param known: as ``statement`` gives it
    :param how: commands with which it is checked, each with a line on what it does
    """

    photo: Photo
    known: dict[str, Any]
    how: Sequence[str]
    words: Words

    @property
    def project(self) -> str:
        """The project's name."""
        return str(self.known["archive"]["project"])

    @property
    def alt(self) -> str:
        """The photo in words."""
        return self.photo.description or self.photo.filename


def write_sheet(archive: Archive, story: Story, out: Path) -> int:
    """Write what is known of a photo as a PDF; returns its number of pages."""
    words, photo = story.words, story.photo
    lines = [*_lines(story.known, words), *_how(story)]
    made = datetime.fromisoformat(str(story.known["made_at"]))
    with _begun(out) as file:
        picture = _picture(archive, photo, file)
        said = [story.project, story.alt, *words.texts.values(), *_texts(lines)]
        canvas = Canvas(PAPERS["A4"], fonts_for([*said, *_told(picture)]))
        flow = _Flow(canvas, canvas.tags.add("Sect"))
        _begin(flow, story)
        _figure(flow, picture, story)
        for line in lines:
            flow.add(line)
        canvas.feet(0, f"{story.project} · {photo.uuid}", words.texts["page"])
        title, author = words("title"), str(story.known["made_by"])
        about = About(title, photo.uuid, author, words.language, made)
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


def _begin(flow: _Flow, story: Story) -> None:
    flow.room(0)
    canvas, words, known = flow.canvas, story.words, story.known
    title = words("title")
    canvas.outline.append((title, 0))
    box = Box(MARGIN, flow.y, flow.width, 12)
    with canvas.tagged(flow.part.add("H1")):
        flow.y += canvas.text(box, title, _SIZES["title"], bold=True) + 1
    flow.add(Line("text", story.project, words("project")))
    made = words(
        "made_text",
        at=known["made_at"],
        by=known["made_by"],
        program=known["made_with"],
    )
    flow.add(Line("text", made, words("made")))
    flow.y += 2


def _figure(flow: _Flow, picture: Picture | str, story: Story) -> None:
    tag = flow.part.add("Figure", story.alt[:1000])
    box = Box(MARGIN, flow.y, flow.width, _PICTURE)
    if isinstance(picture, Picture):
        place = flow.canvas.picture(box, picture, tag)
        flow.y = place.y + place.h + 3
        return
    box = box._replace(h=14)
    tag.box = box
    flow.canvas.frame(box)
    with flow.canvas.tagged(tag):
        text = story.words("no_picture", reason=picture)
        flow.canvas.text(Box(box.x + 3, box.y + 4, box.w - 6, 8), text, 9, grey=GREY)
    flow.y += 17


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that fit on a page, also one of many short lines."""
    for paragraph in text.split("\n"):
        words = paragraph.strip()
        while words:
            yield words[:_LONG]
            words = words[_LONG:]


def _lines(known: dict[str, Any], words: Words) -> Iterator[Line]:
    """Yield what is known, in the order in which it is read."""
    yield from _rows("file", known["original"], words)
    yield from _captured(known, words)
    yield from _rows("archived", known["archived"], words)
    yield from _rows("photo", known["photo"], words)
    yield from _verified(known["verified"], words)
    yield Line("head", words("copies"))
    for copy in known["copies"]:
        told = words("copy_text", kind=copy["kind"], at=copy["verified_at"])
        yield Line("text", told, copy["name"])
    if not known["copies"]:
        yield Line("text", words("no_copies"))
    yield Line("head", words("history"))
    for one in known["history"]:
        yield from _batch(one, words)
    yield from _rows("chain", known["chain"], words)


def _captured(known: dict[str, Any], words: Words) -> Iterator[Line]:
    yield Line("head", words("capture"))
    if "capture_unread" in known:
        yield Line("text", words("capture_unread", reason=known["capture_unread"]))
    for fact in known["capture"]:
        value = fact["value"]
        value = words("nothing") if value is None else _said(value, words)
        told = f"{value}   ({fact['tag']})" if "tag" in fact else value
        yield Line("text", told, words.label(fact["fact"]))
        if "in_the_archive" in fact:
            other = _said(fact["in_the_archive"], words)
            yield Line("text", words("in_the_archive", value=other))


def _rows(title: str, values: dict[str, Any], words: Words) -> Iterator[Line]:
    yield Line("head", words(title))
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None and each is not False and each != "":
                yield Line("text", _said(each, words), words.label(name))


def _verified(verified: dict[str, Any], words: Words) -> Iterator[Line]:
    yield Line("head", words("verified"))
    told = words("read_now", **verified["now"])
    yield Line("text", told, words("for_this"))
    if verified["last"]:
        yield Line("text", verified["last"], words("last"))
    for check in verified["all_files"]:
        yield Line("text", words("all_files_text", **check), words("all_files"))
    for fault in verified["faults"]:
        mended = fault["mended_at"] or words("not_mended")
        told = words("fault_text", **fault, mended=mended)
        yield Line("text", told, words("fault"))


def _batch(one: dict[str, Any], words: Words) -> Iterator[Line]:
    if one["batch"] is None:
        yield Line("text", words("other_means"), words("not_sealed"))
    else:
        reason = f": {one['reason']}" if one["reason"] else ""
        told = f"{one['at']}, {one['by']} ({one['origin']}){reason}"
        yield Line("text", told, words("batch", n=one["batch"]))
    for change in one["changes"]:
        label = words.label(change["field"] or change["what"])
        yield Line("text", _changed(change, words), label)
    if one["batch"] is not None:
        yield Line("small", f"{one['previous_hash']} → {one['hash']}")


def _changed(change: dict[str, Any], words: Words) -> str:
    old, new = change["old_in_words"], change["new_in_words"]
    if not change["field"]:
        if old is None:
            return words("record_made", value=new)
        return words("record_ended", value=old)
    return f"{_quoted(old, words)} → {_quoted(new, words)}"


def _quoted(text: str | None, words: Words) -> str:
    return words("nothing") if text is None else f"“{text}”"


def _how(story: Story) -> Iterator[Line]:
    yield Line("head", story.words("how"))
    for text in story.how:
        yield Line("text" if text.startswith("$ ") else "small", text)


def _said(value: object, words: Words) -> str:
    if isinstance(value, dict):
        pairs = ((words.label(k), _said(v, words)) for k, v in value.items())
        return ", ".join(f"{name}: {text}" for name, text in pairs)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

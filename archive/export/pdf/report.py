"""A report from beginning to end: which photos, how they look, and where they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.clock import utc_now
from archive.database import Archive
from archive.errors import InvalidInput
from archive.export.pdf.canvas import Canvas
from archive.export.pdf.captions import caption_of
from archive.export.pdf.charts import KeyPlan, key_plan
from archive.export.pdf.covers import Cover
from archive.export.pdf.drawing import Story, draw
from archive.export.pdf.finishing import About, finish
from archive.export.pdf.fonts import fonts_for
from archive.export.pdf.grounds import gather_grounds
from archive.export.pdf.keeping import Kept
from archive.export.pdf.layout import Cell, Sheet, arrange, fitted, paper, pixels
from archive.export.pdf.pictures import (
    Picture,
    Source,
    Wanted,
    gather,
    sources_of,
)
from archive.export.pdf.sections import sections_of
from archive.export.pdf.shapes import POINT
from archive.export.pdf.spool import PictureFile
from archive.export.pdf.template import Template
from archive.export.pdf.words import words_of
from archive.export.selection import visible
from archive.export.stamps import stamp_text
from archive.export.words import Words
from archive.markups import Markup, list_markups
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.plans.records import list_plans
from archive.project_photo import project_photo
from archive.rights import viewer
from archive.settings import get_setting
from archive.sqlite import sqlite3

MOST = 20_000  # photos of a report: a pile of paper as high as a table
COVER = -1  # keys of the pictures of the cover, beside the ids of photos
LOGO = -2
LEAST_STAMP = 6.0  # points of a stamp's letters on paper
COVER_PIXELS = 2000  # the longest side of the cover's photo; its logo has half of it


@dataclass(frozen=True, slots=True)
class Report:
    """What a report holds.

    :param photos: that it shows
    :param of: that it was to show
    :param missing: names of the others, each with a reason
    """

    photos: int
    of: int
    pages: int
    missing: tuple[tuple[str, str], ...]


def write_report(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    template: Template,
    out: Path,
    *,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
    now: datetime | None = None,
    kept: Path | None = None,
) -> Report:
    """Write a report of photos, as far as ``who`` may see them.

    :param kept: a folder for pictures, if it may be cut off and gone on with
    :param tell: is told how many photos of how many are ready; raises to end it
    :param out: is written; whoever calls gives it its name when it is whole
    :raises InvalidInput: no photos, or too many
    """
    connection = archive.connection
    photos = load_photos(connection, visible(connection, ids, viewer(who)))
    if not photos:
        raise InvalidInput("there are no photos to make a report of")
    if len(photos) > MOST:
        raise InvalidInput(f"a report takes {MOST:,} photos; choose fewer")
    words = words_of(template.language)
    sections = sections_of(photos, template, words)
    sheets = arrange(sections, template)
    stands = project_photo(connection) if template.project_photo else None
    key = None
    if template.key_plan:
        key = key_plan(sections, template, list_plans(connection, viewer(who)))
    project = str(get_setting(connection, "project_name"))
    wanted = _Wanting(archive, template, words, project, photos, sheets, stands)
    about = About(
        template.title or project,
        cover_period(photos, words),
        who.name,
        template.language,
        (now or utc_now()).astimezone(),
    )
    with _begun(out) as file:
        pictures, grounds = _gathered(wanted, key, file, tell, kept)
        cover = _cover(wanted, about, words, pictures)
        title = about.title
        story = Story(
            *(template, words, cover, title, sections, sheets, pictures, key, grounds),
            markups=_markups(connection, photos) if template.markups else {},
        )
        canvas = Canvas(paper(template), fonts_for(_texts(story)))
        draw(canvas, story, lambda: tell(len(photos), len(photos)))
        pages = finish(canvas, file, about, out)
    return _report(photos, pictures, words, pages)


@contextmanager
def _begun(out: Path) -> Iterator[PictureFile]:
    """Begin the file of a report; what is not finished is removed."""
    try:
        with out.open("w+b") as opened:
            yield PictureFile(opened)
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def _gathered(
    wanted: _Wanting,
    key: KeyPlan | None,
    file: PictureFile,
    tell: Callable[[int, int], None],
    kept: Path | None,
) -> tuple[dict[int, Picture | str], dict[int, Picture | str]]:
    """Bring all pictures into a file; returns photos by id, and plans by chart."""
    of = len(wanted.photos)
    found = gather(
        wanted.all(),
        file,
        lambda done: tell(min(done, of), of),
        Kept(kept) if kept else None,
    )
    charts = key.charts if key else ()
    return found, gather_grounds(charts, wanted.archive.folder, file)


def _report(
    photos: Sequence[Photo],
    pictures: dict[int, Picture | str],
    words: Words,
    pages: int,
) -> Report:
    missing = []
    for photo in photos:
        found = pictures.get(photo.id, "missing")
        if isinstance(found, str):
            reason = words("missing") if found == "missing" else found
            missing.append((photo.filename, reason))
    return Report(len(photos) - len(missing), len(photos), pages, tuple(missing))


@dataclass(frozen=True, slots=True)
class _Wanting:
    """Which pictures a report wants, and how large."""

    archive: Archive
    template: Template
    words: Words
    project: str
    photos: Sequence[Photo]
    sheets: Sequence[Sheet]
    stands: Photo | None

    def all(self) -> Iterator[Wanted]:
        """Yield them, each once, in the order of the pages."""
        ids = [photo.id for photo in self.photos]
        sources = self._sources(ids)
        yield from self._cover()
        seen = set()
        for cell in self._cells():
            photo = cell.item.photo
            if photo.id in sources and photo.id not in seen:
                seen.add(photo.id)
                source = sources[photo.id]
                longest = self._longest(cell)
                stamp = self._stamp(cell, longest or source.longest)
                yield Wanted(photo.id, source, longest, stamp)

    def _cells(self) -> Iterator[Cell]:
        for sheet in self.sheets:
            yield from (part for part in sheet.parts if isinstance(part, Cell))

    def _sources(self, ids: Sequence[int]) -> dict[int, Source]:
        return sources_of(self.archive.connection, self.archive.originals, ids)

    def _longest(self, cell: Cell) -> int:
        if not self.template.resolution:
            return 0
        photo = cell.item.photo
        width, height = photo.width or 4, photo.height or 3
        return pixels(cell.photo, width, height, self.template.resolution)

    def _stamp(self, cell: Cell, longest: int) -> tuple[str, str, float] | None:
        """Return a photo's stamp; the letters can be read on paper."""
        template, photo = self.template, cell.item.photo
        if not template.stamp:
            return None
        text = stamp_text(
            template.stamp, photo, self.words, n=cell.item.number, project=self.project
        )
        place = fitted(cell.photo, photo.width or 4, photo.height or 3)
        a_point = longest / (max(place.w, place.h) * POINT)
        return text, template.stamp_corner, LEAST_STAMP * a_point

    def _cover(self) -> Iterator[Wanted]:
        if not self.template.cover:
            return
        if self.stands is not None:
            found = self._sources([self.stands.id])
            for source in found.values():
                yield Wanted(COVER, source, COVER_PIXELS)
        logo = self.template.logo
        if logo is not None:
            yield Wanted(LOGO, Source(logo, "", 0, 0, 1, 0, 0), COVER_PIXELS // 2)


def cover_period(photos: Sequence[Photo], words: Words) -> str:
    """Return from when to when photos were taken."""
    days = sorted(photo.shown_at[:10] for photo in photos)
    first, last = words.day(days[0]), words.day(days[-1])
    return first if first == last else words("from_to", first=first, last=last)


def _cover(
    wanted: _Wanting,
    about: About,
    words: Words,
    pictures: dict[int, Picture | str],
) -> Cover | None:
    template, stands = wanted.template, wanted.stands
    if not template.cover:
        return None
    day = words.day(about.made.date().isoformat())
    foot = words("made_by", name=about.author, day=day)
    photo, logo = pictures.get(COVER), pictures.get(LOGO)
    if isinstance(logo, str):
        raise InvalidInput(f"the logo {template.logo} cannot be shown: {logo}")
    return Cover(
        title=about.title,
        subtitle=template.subtitle,
        facts=(
            (words("period"), about.subject),
            (words("all_photos"), words.count(len(wanted.photos))),
        ),
        lines=template.lines,
        made=foot if template.made_by else words("made", day=day),
        logo=logo,
        photo=photo if isinstance(photo, Picture) else None,
        photo_text=(stands.description or words("cover_photo")) if stands else "",
    )


def _markups(
    connection: sqlite3.Connection, photos: Sequence[Photo]
) -> dict[int, list[Markup]]:
    """Return what is drawn on photos; on the poster of a film nothing is."""
    return list_markups(connection, [one.id for one in photos if one.kind != "video"])


def _texts(story: Story) -> Iterator[str]:
    """Yield all that is written, to know which letters are needed."""
    template, words = story.template, story.words
    yield from words.texts.values()
    yield from words.labels.values()
    yield from words.compass.values()
    yield from (story.title, template.footer, template.subtitle, *template.lines)
    if story.cover:
        yield story.cover.made
    for chart in story.key.charts if story.key else ():
        source = chart.plan or (chart.tiles.plan if chart.tiles else None)
        yield from (source.name, source.attribution) if source else ()
    for section in story.sections:
        yield section.title
        for item in section.items:
            caption = caption_of(item, template, words)
            yield from (caption.head, caption.description, *caption.small)
    for shapes in story.markups.values():
        yield from (shape.text for shape in shapes)

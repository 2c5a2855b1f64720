"""What the parts of a package tell each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from archive.albums import called
from archive.export.package.records import Record
from archive.export.package.words import words_of
from archive.export.words import Words
from archive.markup_shapes import Shape
from archive.markup_svg import svg, words_on
from archive.photos import Photo

PREVIEW, THUMBNAIL = "jpg", "webp"
# What lists and pages tell of a photo besides: of all photos it is in memory at once
TOLD = ("file", "starred", "album", "comments", "markups")


@dataclass(frozen=True, slots=True)
class Package:
    """A package: what is in it, whose, and for whom.

    :param title: the project's name
    :param made_at: UTC
    :param complete: everything is in it, with the recycle bin and the whole history
    :param stars: whether the reader may see stars
    :param changes: whether they may see what was changed
    :param last_batch: the newest batch that it tells of
    :param asked: which photos these are, in words; "": all
    :param language: of the pages, the viewer and the README
    """

    uuid: str
    archive_uuid: str
    title: str
    made_at: str
    made_by: str
    photos: int
    complete: bool
    stars: bool
    changes: bool
    last_batch: int
    asked: str
    language: str = "en"

    @property
    def words(self) -> Words:
        """What is said in its language."""
        return words_of(self.language)

    def as_json(self) -> dict[str, Any]:
        """Return what ``project.json`` says of it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Known:
    """A photo for lists and pages.

    :param record: of its sidecar the fields TOLD
    :param shown: whether there are pictures of it
    :param words: in which lists and pages tell of it
    """

    photo: Photo
    record: Record
    shown: bool
    words: Words

    @property
    def album(self) -> str:
        """Its album's name. A private album may have the name of another."""
        photo = self.photo
        name = called(photo.album_id, photo.album, self.words.language)
        private = self.record["album"]["private"]
        return self.words("private_album", name=name) if private else name

    @property
    def layer(self) -> str:
        """What is drawn on it, as SVG over its picture; "" for nothing."""
        photo, shapes = self.photo, self.shapes
        if not shapes or not photo.width or not photo.height:
            return ""
        label = " · ".join([self.words("markups"), *words_on(shapes)])
        return svg(shapes, (photo.width, photo.height), photo.rotation, label=label)

    @property
    def shapes(self) -> list[Shape]:
        """What is drawn on it, lowest first."""
        return [
            Shape(
                one["kind"],
                one["colour"],
                one["width"],
                tuple((x, y) for x, y in one["points"]),
                one["text"],
            )
            for one in self.record["markups"]
        ]

    @property
    def title(self) -> str:
        """Its first words, or its name."""
        return self.photo.description.partition("\n")[0].strip() or self.photo.filename


def picture_of(uuid: str, ending: str) -> str:
    """Return where a picture of a photo lies, below ``data``."""
    return f"pictures/{uuid[-2:]}/{uuid}.{ending}"

"""How files are called in an export: by a template, the same each time.

A template is a path of fields in braces: ``{album}/{taken:%Y-%m-%d}_{n:04}``. What a
photo is called depends on the photo alone, as long as the template has no ``{n}``. Of
two that want one name the one that came into the archive later gets the end of its
uuid behind it, wherever both stand: photos that are added later change no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter

from archive.errors import InvalidInput
from archive.export.names import Taken, ends_like, marked, safe_file, safe_folder
from archive.locations import split_path
from archive.photos import Photo, chunks, load_photos
from archive.sqlite import sqlite3

LIKE_ALBUMS = "{album}/{filename}"
UNDATED = "undated"
LONGEST = 300  # characters of a template
_DEEPEST = 8  # folders
_DIRECTIVES = set("YymdHMSjGVUWBbAa%")  # those that mean the same on every system
_NUMBER = re.compile(r"(0?[1-9]d?)?")
_TEXT = re.compile(r"(\.[1-9]\d?)?")  # {sha256:.12}: the first twelve characters
_SLASHES = re.compile(r"[/\\]")
_SEPARATORS = " _-–,;"
DRAWN = "markups"  # the mark in the name of a copy with them
MANIFESTS = ("manifest.csv", "manifest.json")

Value = str | int | datetime | None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text[:19]) if text else None


# What a photo is called by. A moment that is not known is UNDATED, a text nothing.
_OF: dict[str, Callable[[Photo, int], Value]] = {
    "n": lambda _, n: n,
    "id": lambda photo, _: photo.id,
    "uuid": lambda photo, _: photo.uuid,
    "sha256": lambda photo, _: photo.sha256,
    "filename": lambda photo, _: photo.filename,
    "description": lambda photo, _: photo.description,
    "album": lambda photo, _: photo.album,
    "location": lambda photo, _: photo.location,
    "trade": lambda photo, _: photo.trades[0] if photo.trades else "",
    "trades": lambda photo, _: ", ".join(photo.trades),
    "uploader": lambda photo, _: photo.uploader,
    "camera": lambda photo, _: photo.camera,
    "taken": lambda photo, _: _moment(photo.taken_at),
    "uploaded": lambda photo, _: _moment(photo.uploaded_at),
    "log_date": lambda photo, _: _moment(photo.log_date),
}
FIELDS = tuple(_OF)
_MOMENTS = {"taken": "%Y-%m-%d %H%M%S", "uploaded": "%Y-%m-%d", "log_date": "%Y-%m-%d"}
_NUMBERS = {"n", "id"}


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A template that was read.

    :param parts: of each folder and of the file: (text, field or "", format)
    """

    text: str
    parts: tuple[tuple[tuple[str, str, str], ...], ...]

    def path(self, photo: Photo, number: int) -> str:
        """Return where a photo lies, whether another wants that name or not.

        :param number: of the photo in the export, from 1
        """
        names = [self._name(part, photo, number) for part in self.parts]
        folders = "/".join(
            safe_folder(piece, "none")
            for name in names[:-1]
            for piece in name.split("/")
        )
        name = names[-1].replace("/", " - ")
        file = safe_file(name, photo.extension or "jpg", folders)
        return f"{folders}/{file}" if folders else file

    def _name(
        self, part: tuple[tuple[str, str, str], ...], photo: Photo, number: int
    ) -> str:
        made, empty = "", False
        for at, (text, name, form) in enumerate(part, 1):
            value = _OF[name](photo, number) if name else ""
            if name == "filename" and at < len(part):
                value = _stem(photo)  # its ending belongs at the end
            said = _formatted(name, form, value) if name else ""
            if empty and made.endswith(tuple(_SEPARATORS)):
                text = text.lstrip(_SEPARATORS)  # noqa: PLW2901 - one, not two
            made, empty = made + text + said, bool(name) and not said
        return made.strip(_SEPARATORS)


def _stem(photo: Photo) -> str:
    name = photo.filename
    typed = ends_like(name, photo.extension or "")
    return name.rpartition(".")[0] if typed else name


def _formatted(name: str, form: str, value: Value) -> str:
    if name in _MOMENTS:
        if not isinstance(value, datetime):
            return UNDATED
        return value.strftime(form or _MOMENTS[name]).replace("/", "-")
    if isinstance(value, int):
        return format(value, form)
    if name == "location" and value:
        parts = [_SLASHES.sub("_", part) for part in split_path(str(value))]
        return "/".join(parts) if form == "/" else format(" - ".join(parts), form)
    # A slash in what people wrote makes no folder
    return format(_SLASHES.sub("_", str(value or "")), "" if form == "/" else form)


def name_template(text: str) -> NameTemplate:
    """Return a template as it was typed.

    :raises InvalidInput: it has an unknown field, or is none
    """
    if len(text) > LONGEST or not text.strip(" /"):
        raise InvalidInput(
            f"a template of names has 1 to {LONGEST} characters",
            key="template_long",
            n=LONGEST,
        )
    try:
        found = list(Formatter().parse(text.strip("/")))
    except ValueError as error:
        raise InvalidInput(
            f"the template of names {text!r}: {error}", key="name_braces", text=text
        ) from error
    parts: list[list[tuple[str, str, str]]] = [[]]
    for literal, name, form, conversion in found:
        *folders, last = re.split("[/\\\\]", literal)
        for folder in folders:
            parts[-1].append((folder, "", ""))
            parts.append([])
        checked = "" if name is None else _checked(name, form or "", conversion)
        parts[-1].append((last, checked, form or ""))
    if len(parts) > _DEEPEST:
        raise InvalidInput(
            f"a template of names has at most {_DEEPEST - 1} folders",
            key="name_deep",
            n=_DEEPEST - 1,
        )
    return NameTemplate(text, tuple(map(tuple, parts)))


def _checked(name: str, form: str, conversion: str | None) -> str:
    """Return the name of a field that there is, with a format that it takes."""
    if name not in _OF:
        known = ", ".join(f"{{{field}}}" for field in _OF)
        raise InvalidInput(
            f"there is no field {{{name}}} for names; there are {known}",
            key="no_name_field",
            field=f"{{{name}}}",
            known=known,
        )
    if name in _MOMENTS:
        good = set(re.findall("%(.)", form.replace("%%", ""))) <= _DIRECTIVES
    elif name in _NUMBERS:
        good = _NUMBER.fullmatch(form) is not None
    else:
        slash = name == "location" and form == "/"
        good = slash or _TEXT.fullmatch(form) is not None
    if conversion or not good:
        raise InvalidInput(
            f"{{{name}:{form}}} is no format that {{{name}}} takes",
            key="name_format",
            field=f"{{{name}:{form}}}",
        )
    return name


@dataclass(slots=True)
class Names:
    """The names in one export, made by ``names_of``.

    :param later: of photos whose name was taken: how many digits of the uuid are added
    :param drawn: of photos that have a copy beside them: what that is called
    """

    template: NameTemplate
    later: dict[int, int] = field(default_factory=dict)
    drawn: dict[int, str] = field(default_factory=dict)

    def __call__(self, photo: Photo, number: int) -> str:
        """Return where a photo lies."""
        path = self.template.path(photo, number)
        digits = self.later.get(photo.id)
        return path if digits is None else marked(path, _end(photo, digits))


def _end(photo: Photo, digits: int) -> str:
    return photo.uuid.replace("-", "")[-digits:]


def names_of(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    template: str = LIKE_ALBUMS,
    reserved: Iterable[str] = MANIFESTS,
    drawn: Collection[int] = (),
) -> Names:
    """Return the names of photos in an export.

    :param ids: in the export's order, each once, all visible
    :param reserved: names that files have which are no photos
    :param drawn: of which of them there is a copy with markups, too. No photo is called
        otherwise for its sake
    :raises InvalidInput: as for ``name_template``
    """
    names, taken = Names(name_template(template)), Taken()
    for name in reserved:
        taken.take(name)
    numbers = {photo: number for number, photo in enumerate(ids, 1)}
    for some in chunks(sorted(ids)):  # in the order in which they came
        for photo in load_photos(connection, some):
            _give(names, taken, photo, numbers[photo.id])
    for some in chunks(sorted(drawn)):
        for photo in load_photos(connection, some):
            _give_beside(names, taken, photo, numbers[photo.id])
    return names


def _give(names: Names, taken: Taken, photo: Photo, number: int) -> None:
    path = names.template.path(photo, number)
    if taken.take(path):
        return
    for digits in (4, 8, 16, 32):
        names.later[photo.id] = digits
        if taken.take(marked(path, _end(photo, digits))):
            return


def _give_beside(names: Names, taken: Taken, photo: Photo, number: int) -> None:
    stem = names(photo, number).rpartition(".")[0]
    path = marked(f"{stem}.jpg", DRAWN)
    for digits in (4, 8, 16, 32):
        names.drawn[photo.id] = path
        if taken.take(path):
            return
        path = marked(f"{stem}.jpg", f"{DRAWN} {_end(photo, digits)}")

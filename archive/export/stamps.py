"""Stamps: place, date and whatever else, burned into copies of photos.

An original is never touched. What a stamp says is a template, in which names of fields
stand in braces: ``{location} · {taken:%d %b %Y %H:%M}``. For an export::

    check_stamp(template)  # at once, where it is given
    text = stamp_text(template, photo, words, n=7, project="Tower 4")
    picture = stamped(picture, text, "bottom_right")  # in a worker: a PIL image

``stamped`` takes and returns a picture (``PIL.Image.Image``, upright); ``stamp_file``
is a worker's job over a file: ``(path, rotation, text, corner, longest)`` to JPEG.
"""

from __future__ import annotations

import io
import math
import re
import string
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import InvalidInput
from archive.export.pdf.fonts import is_rtl, plain

if TYPE_CHECKING:
    from PIL import Image

    from archive.export.words import Words
    from archive.photos import Photo

CORNERS = ("bottom_left", "bottom_right", "top_left", "top_right")
FIELDS = (
    "location",
    "taken",
    "album",
    "description",
    "trades",
    "uploader",
    "uploaded",
    "project",
    "filename",
    "position",
    "direction",
    "camera",
    "sha256",
    "uuid",
    "n",
)
DATES = ("taken", "uploaded")
LONGEST = 500  # characters of a template
MOST_SAID = 1000  # characters of a stamp: more than its lines can hold
QUALITY = 92  # of JPEG: a copy at full size
ALL = 1 << 16  # pixels: more than any picture has on a side
_DIRECTIVES = frozenset("aAbBdHIjmMpSyY%")
_DIRECTIVE = re.compile(r"%(.?)")
_DIGITS = re.compile(r"0?[1-9]|")
_WORDS = {"a": "EEE", "A": "EEEE", "b": "LLL", "B": "LLLL"}  # of Unicode's TR 35
_CLOSING = ")]}"
_BETWEEN = f" \t·•|,;:–—-/{_CLOSING}"
_SHARE = 0.023  # of the letters' size in that of the picture
_SMALLEST = 9.0  # pixels of a letter
_WIDEST = 0.92  # of a picture that a stamp may take
_DARK = 0.68  # of black under the letters: white on white is then 7.8 : 1
_MOST_LINES = 4


# What a stamp says


def check_stamp(template: str) -> str:
    """Return a template that can be filled.

    :raises InvalidInput: an unknown field, or a form that it cannot have
    """
    if len(template) > LONGEST:
        raise InvalidInput(
            f"a stamp is a text of at most {LONGEST} characters",
            key="stamp_long",
            n=LONGEST,
        )
    for _, name, form in _pieces(template):
        if name is None:
            continue
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise InvalidInput(
                f"a stamp has no field {{{name}}}; it has {known}",
                key="no_stamp_field",
                field=f"{{{name}}}",
                known=known,
            )
        _check_form(name, form)
    return template


def _check_form(name: str, form: str) -> None:
    field = f"{{{name}:{form}}}"
    if name in DATES:
        for directive in _DIRECTIVE.findall(form):
            if directive not in _DIRECTIVES:
                known = " ".join(f"%{one}" for one in sorted(_DIRECTIVES - {"%"}))
                raise InvalidInput(
                    f"{field}: %{directive} is no part of a date; those are {known}",
                    key="stamp_date",
                    field=field,
                    part=f"%{directive}",
                    known=known,
                )
    elif name == "n":
        if not _DIGITS.fullmatch(form):
            raise InvalidInput(
                f"{field}: say how many digits, as in {{n:04}}",
                key="stamp_digits",
                field=field,
            )
    elif form:
        raise InvalidInput(
            f"{field}: only dates and {{n}} have a form", key="stamp_form", field=field
        )


def _pieces(template: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield the literal text, and the field after it with its form, one by one."""
    try:
        for literal, name, form, conversion in string.Formatter().parse(template):
            if conversion or "{" in (form or ""):
                raise ValueError("a field is {name} or {name:form}")  # noqa: TRY301
            yield literal, name, form or ""
    except ValueError as error:
        raise InvalidInput(
            f"the stamp {template!r} cannot be read: {error}",
            key="stamp_braces",
            text=template,
        ) from error


def stamp_text(
    template: str, photo: Photo, words: Words, *, n: int = 0, project: str = ""
) -> str:
    """Return what a stamp says on a photo.

    A field that is not known says nothing, and what stands before it neither: no date
    is told that would be a guess.

    :param n: the photo's number in what is made
    :raises InvalidInput: as ``check_stamp``
    """
    check_stamp(template)
    given: dict[str, Any] = {"n": n, "project": project}
    values = [
        format(given[name], form) if name in given else _value(name, form, photo, words)
        for _, name, form in _pieces(template)
        if name is not None
    ]
    if any(is_rtl(word) for value in values for word in value.split()):
        # so that a date stays in one piece between Hebrew words (UAX 9, 2.4)
        values = [value and f"\u2068{value}\u2069" for value in values]
    return _joined(template, iter(values))


def _joined(template: str, values: Iterator[str]) -> str:
    said, pending, left_out = "", "", False
    for literal, name, _ in _pieces(template):
        closing = _CLOSING if said else _BETWEEN
        pending += literal.lstrip(closing) if left_out else literal
        left_out = False
        if name is None:
            continue
        value = next(values)
        if value:
            said += pending + value
        else:
            left_out = True
        pending = ""
    return (said + ("" if left_out else pending)).strip()[:MOST_SAID]


def _value(name: str, form: str, photo: Photo, words: Words) -> str:
    if name in DATES:
        when = photo.taken_at if name == "taken" else photo.uploaded_at
        return _date(when, form, words)
    if name == "location":
        return plain((photo.location or "").replace(">", " › "))
    from archive.export.pdf.captions import field_text

    return plain(field_text(photo, name, words))


def _date(when: str | None, form: str, words: Words) -> str:
    """Return a moment in a form of strftime's, months and days in the language."""
    from babel.dates import format_date

    if not when:
        return ""
    if not form:
        return words.moment(when)
    moment = datetime.fromisoformat(when[:19])

    def told(found: re.Match[str]) -> str:
        pattern = _WORDS.get(found[1])
        if pattern is None:
            return found[0]
        return format_date(moment, pattern, locale=words.locale).replace("%", "%%")

    return moment.strftime(_DIRECTIVE.sub(told, form))


# Where it stands


def stamped(
    picture: Image.Image, text: str, corner: str = CORNERS[0], least: float = 0
) -> Image.Image:
    """Return a copy of a picture with a text in one of its corners.

    White letters on a dark plate: they are read on any ground. Any script; what is more
    than ``_MOST_LINES`` lines is cut.

    :param picture: upright, in grey or colour
    :param corner: one of ``CORNERS``
    :param least: size of the letters, pixels; larger ones where the picture is large
    """
    done = picture.copy() if picture.mode in ("L", "RGB") else picture.convert("RGB")
    burn(done, text, corner, least)
    return done


def burn(
    picture: Image.Image, text: str, corner: str = CORNERS[0], least: float = 0
) -> None:
    """Do that to a picture itself, in grey or RGB: one of 100 megapixels is large."""
    from PIL import Image, ImageEnhance

    from archive.export.lettering import lettering

    size = max(letters_of(*picture.size), least, _SMALLEST)
    pad = round(size * 0.45)
    room = picture.width * _WIDEST - 2 * pad
    drawn = lettering(text, size, max(room, size), _MOST_LINES)
    if drawn is None:
        return
    plate_size = (drawn.width + 2 * pad, drawn.height + pad)
    box = _place(picture.size, plate_size, corner, pad)
    plate = ImageEnhance.Brightness(picture.crop(box)).enhance(1 - _DARK)
    letters = Image.frombytes("L", (drawn.width, drawn.height), drawn.coverage)
    plate.paste("white", (pad, pad // 2), letters)
    picture.paste(plate, box[:2])


def letters_of(width: int, height: int) -> float:
    """Return how large letters are on a picture, pixels; a panorama has no larger."""
    return _SHARE * math.sqrt(width * height)


def _place(
    whole: tuple[int, int], plate: tuple[int, int], corner: str, pad: int
) -> tuple[int, int, int, int]:
    """Return the box of a plate in a corner, at a little distance from the edges."""
    down, across = corner.split("_")
    width, height = min(plate[0], whole[0]), min(plate[1], whole[1])
    x = pad if across == "left" else whole[0] - width - pad
    y = pad if down == "top" else whole[1] - height - pad
    x, y = (max(0, min(x, whole[0] - width)), max(0, min(y, whole[1] - height)))
    return x, y, x + width, y + height


def stamp_file(
    path: str, rotation: int, text: str, corner: str, longest: int = ALL
) -> tuple[int, int, bytes]:
    """Return a photo with its stamp: width, height, JPEG. A worker's job.

    It is upright, in sRGB and without metadata. The bytes are empty when there is no
    picture in the file (a video without a poster).

    :param rotation: the person's, degrees clockwise
    :raises FileProblem: nothing of it can be shown
    """
    from archive.facts import read_facts
    from archive.renditions import picture_of

    file = Path(path)
    image = picture_of(file, read_facts(file), longest, rotation)
    if image is None:
        return 0, 0, b""
    burn(image, text, corner)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return *image.size, buffer.getvalue()

"""What stands below a photo."""

from __future__ import annotations

from dataclasses import dataclass

from archive.albums import called
from archive.export.pdf.sections import Item
from archive.export.pdf.template import Template
from archive.export.words import Words
from archive.photos import Photo

_LONG = ("sha256", "uuid", "filename")  # words that are broken anywhere
_WITHIN = "\u00a0"  # a space at which no line ends


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption in its parts.

    :param head: number and date
    :param small: the other fields, each with its label
    :param alt: the photo in words, for who does not see it
    :param qr: what its QR code holds, or ""
    """

    head: str
    description: str
    small: tuple[str, ...]
    alt: str
    qr: str


def caption_of(item: Item, template: Template, words: Words) -> Caption:
    """Return what a template says of a photo."""
    photo, fields = item.photo, template.fields
    taken = _taken(photo, words)
    numbered = "number" in fields or template.key_plan
    head = [words("number", n=item.number)] if numbered else []
    head += [words(item.role)] if item.role else []
    head += [taken] if "taken" in fields else []
    small = [
        f"{words.labels[name]}:{_WITHIN if name in _LONG else ' '}{text}"
        for name in fields
        if name in words.labels and (text := _field(photo, name, words))
    ]
    described = photo.description if "description" in fields else ""
    parts = (photo.description or photo.filename, photo.location, taken)
    alt = ", ".join(part for part in parts if part)
    qr = qr_text(photo, template.qr)
    return Caption("  ·  ".join(head), described, tuple(small), alt[:1000], qr)


def qr_text(photo: Photo, kind: str) -> str:
    """Return what a photo's QR code holds."""
    if kind == "uuid":
        return f"urn:uuid:{photo.uuid}"
    if kind == "sha256":
        return photo.sha256 or ""
    return kind.replace("{uuid}", photo.uuid).replace("{sha256}", photo.sha256 or "")


def _taken(photo: Photo, words: Words) -> str:
    when = words.moment(photo.shown_at)
    return when if photo.taken_at else words("assumed", when=when)


def _field(photo: Photo, name: str, words: Words) -> str:
    if name == "uploaded":
        return words.moment(photo.uploaded_at)
    return field_text(photo, name, words)


def field_text(photo: Photo, name: str, words: Words) -> str:
    """Return what is known of a photo under one of a template's names, or ""."""
    if name == "album":
        return called(photo.album_id, photo.album, words.language)
    if name == "position":
        if photo.latitude is None or photo.longitude is None:
            return ""
        return f"{photo.latitude:.6f}, {photo.longitude:.6f}"
    if name == "direction":
        return "" if photo.direction is None else f"{photo.direction:.0f}°"
    if name == "trades":
        return ", ".join(photo.trades)
    return str(getattr(photo, name) or "")

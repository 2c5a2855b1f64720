"""The page of one photo: the picture, all that is known of it, what people said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive.export.package.markup import link, text
from archive.export.package.model import PREVIEW, Known, Package, picture_of
from archive.export.words import Words

Doors = Mapping[tuple[str, str], str]

_UP = "../../"  # from data/pages/photo/ab/ to data/pages/


def photo_page(
    package: Package,
    one: Known,
    doors: Doors,
    before: Known | None,
    after: Known | None,
) -> bytes:
    """Return the page of a photo.

    :param doors: the pages of what it belongs to, by kind and name
    :param before: and ``after``: its neighbours in time
    """
    from archive.export.package.pages import page

    told = "".join(
        f'<dt>{one.words.labels.get(name, name)}</dt><dd dir="auto">{value}</dd>'
        for name, value in _facts(one, doors)
    )
    main = (
        f'<div class="lead"><h1 dir="auto">{text(one.title)}</h1>{_badges(one)}</div>'
        f'<div class="one">{_picture(one)}<div class="told">'
        f'<dl class="facts">{told}</dl>{_comments(one)}</div></div>'
        f"{_neighbours(one.words, before, after)}"
    )
    return page(package, one.title, main, _UP)


def _picture(one: Known) -> str:
    file = one.record["file"]
    kind = (one.photo.extension or one.words("no_file")).upper()
    inside = f"<span>{text(kind)}</span>"
    if one.shown:
        path = link(f"{_UP}../{picture_of(one.photo.uuid, PREVIEW)}")
        inside = f'<img src="{path}" alt="{text(one.title)}">{one.layer}'
    if file is None:
        return f'<span class="picture">{inside}</span>'
    return f'<a class="picture" href="{link(_below(file))}">{inside}</a>'


def _below(file: str) -> str:
    return f"{_UP}../{file.removeprefix('data/')}"


def _badges(one: Known) -> str:
    photo = one.photo
    names = [
        name
        for name, on in (
            ("starred", one.record["starred"]),
            ("private", photo.private),
            ("in_bin", photo.recycled_at),
        )
        if on
    ]
    if not names:
        return ""
    badges = "".join(f'<span class="badge">{one.words(name)}</span>' for name in names)
    return f'<p class="badges">{badges}</p>'


def _facts(one: Known, doors: Doors) -> Iterator[tuple[str, str]]:
    """Yield what is known, by the names of labels, as HTML."""
    photo, record = one.photo, one.record
    if photo.description:
        yield "description", f'<span class="words">{text(photo.description)}</span>'
    yield "taken", _taken(one)
    yield "album", _door(doors, "album", one.album)
    if photo.location:
        yield "place", _door(doors, "location", photo.location)
    if photo.trades:
        yield "trades", ", ".join(_door(doors, "trade", t) for t in photo.trades)
    for name, value in (
        ("log_date", one.words.day(photo.log_date) if photo.log_date else ""),
        ("position", _position(one)),
        ("camera", photo.camera),
        ("added_by", photo.uploader),
        ("added_on", f"{one.words.moment(photo.uploaded_at)} UTC"),
        ("size", _size(one)),
        ("damaged", photo.damage),
    ):
        if value:
            yield name, text(value)
    yield "name", text(photo.filename)
    if record["file"]:
        there = link(_below(record["file"]))
        yield "file", f'<a href="{there}">{text(record["file"])}</a>'
    if photo.sha256:
        yield "SHA-256", f"<code>{photo.sha256}</code>"
    yield "number", f"<code>{photo.uuid}</code>"


def _door(doors: Doors, kind: str, name: str) -> str:
    words = name.replace(">", " › ") if kind == "location" else name
    return f'<a href="{_UP}{doors[kind, name]}">{text(words)}</a>'


def _taken(one: Known) -> str:
    photo = one.photo
    moment = f"{one.words.moment(photo.shown_at)} {photo.taken_offset or ''}".rstrip()
    undated = photo.taken_at is None
    return text(one.words("undated", when=moment) if undated else moment)


def _position(one: Known) -> str:
    photo = one.photo
    if photo.latitude is None or photo.longitude is None:
        return ""
    position = f"{photo.latitude:.6f}, {photo.longitude:.6f}"
    if photo.direction is None:
        return position
    return one.words("looking", position=position, direction=f"{photo.direction:.0f}")


def _size(one: Known) -> str:
    photo = one.photo
    sides = f"{photo.width} × {photo.height}, " if photo.width else ""
    if not photo.bytes:
        return ""
    return f"{sides}{one.words('bytes', n=one.words.number(photo.bytes))}"


def _comments(one: Known) -> str:
    comments, words = one.record["comments"], one.words
    if not comments:
        return ""
    nobody = words("nobody")
    said = "".join(
        f'<li><strong dir="auto">{text((c["author"] or {}).get("name", nobody))}'
        f'</strong> <span class="quiet small">{text(words.moment(c["created_at"]))}'
        f'</span><p dir="auto">{text(c["body"])}</p></li>'
        for c in comments
    )
    return (
        f"<section><h2>{words('comments')}</h2>"
        f'<ul class="comments">{said}</ul></section>'
    )


def _neighbours(words: Words, before: Known | None, after: Known | None) -> str:
    links = "".join(
        f'<a class="button" href="../{one.photo.uuid[-2:]}/{one.photo.uuid}.html"'
        f' rel="{rel}">{words(name)}</a>'
        for one, rel, name in ((before, "prev", "earlier"), (after, "next", "later"))
        if one
    )
    return f'<nav class="turn" aria-label="{words("neighbours")}">{links}</nav>'

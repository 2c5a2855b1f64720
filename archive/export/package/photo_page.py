"""The page of one photo: the picture, all that is known of it, what people said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive.export.package.markup import link, text
from archive.export.package.model import PREVIEW, Known, Package, picture_of

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
        f'<dt>{name}</dt><dd dir="auto">{value}</dd>'
        for name, value in _facts(one, doors)
    )
    main = (
        f'<div class="lead"><h1 dir="auto">{text(one.title)}</h1>{_badges(one)}</div>'
        f'<div class="one">{_picture(one)}<div class="told">'
        f'<dl class="facts">{told}</dl>{_comments(one)}</div></div>'
        f"{_neighbours(before, after)}"
    )
    return page(package, one.title, main, _UP)


def _picture(one: Known) -> str:
    file = one.record["file"]
    inside = f"<span>{text((one.photo.extension or 'no file').upper())}</span>"
    if one.shown:
        path = link(f"{_UP}../{picture_of(one.photo.uuid, PREVIEW)}")
        inside = f'<img src="{path}" alt="{text(one.title)}">'
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
            ("Starred", one.record["starred"]),
            ("Private", photo.private),
            ("In the recycle bin", photo.recycled_at),
        )
        if on
    ]
    if not names:
        return ""
    badges = "".join(f'<span class="badge">{name}</span>' for name in names)
    return f'<p class="badges">{badges}</p>'


def _facts(one: Known, doors: Doors) -> Iterator[tuple[str, str]]:
    photo, record = one.photo, one.record
    if photo.description:
        yield "Description", f'<span class="words">{text(photo.description)}</span>'
    yield "Taken", _taken(one)
    yield "Album", _door(doors, "album", one.album)
    if photo.location:
        yield "Place", _door(doors, "location", photo.location)
    if photo.trades:
        yield "Trades", ", ".join(_door(doors, "trade", t) for t in photo.trades)
    for name, value in (
        ("Daily log", photo.log_date),
        ("Position", _position(one)),
        ("Camera", photo.camera),
        ("Added by", photo.uploader),
        ("Added on", f"{photo.uploaded_at[:16].replace('T', ' ')} UTC"),
        ("Size", _size(one)),
        ("Looks damaged", photo.damage),
    ):
        if value:
            yield name, text(value)
    yield "Name", text(photo.filename)
    if record["file"]:
        there = link(_below(record["file"]))
        yield "File", f'<a href="{there}">{text(record["file"])}</a>'
    if photo.sha256:
        yield "SHA-256", f"<code>{photo.sha256}</code>"
    yield "Number", f"<code>{photo.uuid}</code>"


def _door(doors: Doors, kind: str, name: str) -> str:
    words = name.replace(">", " › ") if kind == "location" else name
    return f'<a href="{_UP}{doors[kind, name]}">{text(words)}</a>'


def _taken(one: Known) -> str:
    photo = one.photo
    moment = f"{photo.shown_at[:16].replace('T', ' ')} {photo.taken_offset or ''}"
    if photo.taken_at is None:
        return f"unknown; imported {text(moment)}"
    return text(moment)


def _position(one: Known) -> str:
    photo = one.photo
    if photo.latitude is None or photo.longitude is None:
        return ""
    heading = f", looking {photo.direction:.0f}°" if photo.direction is not None else ""
    return f"{photo.latitude:.6f}, {photo.longitude:.6f}{heading}"


def _size(one: Known) -> str:
    photo = one.photo
    sides = f"{photo.width} × {photo.height}, " if photo.width else ""
    return f"{sides}{photo.bytes:,} bytes" if photo.bytes else ""


def _comments(one: Known) -> str:
    comments = one.record["comments"]
    if not comments:
        return ""
    said = "".join(
        f'<li><strong dir="auto">{text((c["author"] or {}).get("name", "Unknown"))}'
        f'</strong> <span class="quiet small">{c["created_at"][:16].replace("T", " ")}'
        f'</span><p dir="auto">{text(c["body"])}</p></li>'
        for c in comments
    )
    return f'<section><h2>Comments</h2><ul class="comments">{said}</ul></section>'


def _neighbours(before: Known | None, after: Known | None) -> str:
    links = "".join(
        f'<a class="button" href="../{one.photo.uuid[-2:]}/{one.photo.uuid}.html"'
        f' rel="{rel}">{words}</a>'
        for one, rel, words in ((before, "prev", "Earlier"), (after, "next", "Later"))
        if one
    )
    return f'<nav class="turn" aria-label="Neighbours">{links}</nav>'

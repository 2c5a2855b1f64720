"""The package as plain pages: no script, every link relative, from a stick or a server.

``index.html`` beside the README leads to ``data/pages/index.html``: albums, places,
trades and months, pages of 200 photos, and a page for each photo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources

from archive.export.package.bags import Item, item_of
from archive.export.package.markup import POLICY, link, text
from archive.export.package.model import PREVIEW, THUMBNAIL, Known, Package, picture_of
from archive.export.package.photo_page import photo_page
from archive.export.words import Words
from archive.locations import split_path

FOLDER = "data/pages"
A_PAGE = 200  # photos
SHEETS = ("look.css", "pages.css")


def items(package: Package, known: Sequence[Known]) -> Iterator[Item]:
    """Yield the pages, and the page at the top of the package."""
    for name in SHEETS:
        yield item_of(f"{FOLDER}/{name}", site_file(name))
    shelves = _shelves(known)
    for shelf in shelves:
        yield from _of_shelf(package, shelf)
    yield item_of(f"{FOLDER}/index.html", _contents(package, shelves))
    doors = {(shelf.kind, shelf.full): f"{shelf.key}.html" for shelf in shelves}
    around = [None, *known, None]
    for before, one, after in zip(around, known, around[2:], strict=False):
        page = photo_page(package, one, doors, before, after)
        uuid = one.photo.uuid
        yield item_of(f"{FOLDER}/photo/{uuid[-2:]}/{uuid}.html", page)
    yield item_of("index.html", _start(package))


def site_file(name: str) -> bytes:
    """Return a file of ``site/``, as it is."""
    return (resources.files("archive.export.package") / "site" / name).read_bytes()


@dataclass(slots=True)
class _Shelf:
    """Photos that have something in common.

    :param kind: album, location, trade or month
    :param key: of the file: ``album-3``
    :param full: its name, of a location the whole path
    :param depth: of a location in the tree
    """

    kind: str
    key: str
    name: str
    full: str
    photos: list[Known] = field(default_factory=list)
    depth: int = 0


def _shelves(known: Sequence[Known]) -> list[_Shelf]:
    """Return all shelves, each kind in its order."""
    found: list[_Shelf] = []
    for kind, names in _KINDS.items():
        groups: dict[str, list[Known]] = defaultdict(list)
        for one in known:
            for name in names(one):
                groups[name].append(one)
        order = sorted(groups, key=_reading)
        for number, name in enumerate(order, 1):
            depth = len(split_path(name)) - 1 if kind == "location" else 0
            shown = split_path(name)[-1] if kind == "location" else name
            key = name if kind == "month" else str(number)
            found.append(
                _Shelf(kind, f"{kind}-{key}", shown, name, groups[name], min(depth, 4))
            )
    return found


def _reading(name: str) -> list[tuple[str, str]]:
    return [(part.casefold(), part) for part in name.split(">")]


def _above(path: str | None) -> list[str]:
    """Return a place and every place above it, as paths."""
    if not path:
        return []
    names = path.replace("\\>", "\0").split(">")
    return [
        ">".join(names[: end + 1]).replace("\0", "\\>") for end in range(len(names))
    ]


_KINDS: dict[str, Callable[[Known], Iterable[str]]] = {
    "album": lambda one: [one.album],
    "location": lambda one: _above(one.photo.location),
    "trade": lambda one: one.photo.trades,
    "month": lambda one: [one.photo.shown_at[:7]],
}
_HEADINGS = {
    "album": "albums",
    "location": "places",
    "trade": "trades",
    "month": "months",
}


def _contents(package: Package, shelves: Sequence[_Shelf]) -> bytes:
    """Return the first page: what there is to look through."""
    words = package.words
    by_kind = {kind: [s for s in shelves if s.kind == kind] for kind in _HEADINGS}
    cards = "".join(_card(words, shelf) for shelf in by_kind["album"])
    rows = {
        kind: "".join(_row(words, shelf) for shelf in some)
        for kind, some in by_kind.items()
    }
    columns = "".join(
        f"<section><h2>{words(_HEADINGS[kind])}</h2>"
        f'<ul class="rows sheet">{rows[kind]}</ul></section>'
        for kind in ("location", "trade", "month")
        if by_kind[kind]
    )
    main = (
        f'<div class="lead"><h1>{text(package.title)}</h1>{_summary(package)}</div>'
        f'<section><h2>{words("albums")}</h2><ul class="cards">{cards}</ul></section>'
        f'<div class="columns">{columns}</div>'
    )
    return page(package, package.title, main)


def _summary(package: Package) -> str:
    words = package.words
    photos, day = words.count(package.photos), words.day(package.made_at)
    said = words("as_handed_over", photos=photos, day=day)
    return f'<p class="quiet">{text(said)}</p>'


def _card(words: Words, shelf: _Shelf) -> str:
    cover = next((one for one in reversed(shelf.photos) if one.shown), None)
    picture = words("no_picture")
    if cover:
        path = link(f"../{picture_of(cover.photo.uuid, THUMBNAIL)}")
        picture = f'<img src="{path}" alt="" loading="lazy">'
    return (
        f'<li><a href="{shelf.key}.html"><span class="cover">{picture}</span>'
        f'<strong dir="auto">{text(shelf.name)}</strong>'
        f'<span class="count">{words.count(len(shelf.photos))}</span></a></li>'
    )


def _row(words: Words, shelf: _Shelf) -> str:
    return (
        f'<li><a class="depth-{shelf.depth}" href="{shelf.key}.html">'
        f'<span dir="auto">{text(shelf.name)}</span>'
        f'<span class="count">{words.number(len(shelf.photos))}</span></a></li>'
    )


def _of_shelf(package: Package, shelf: _Shelf) -> Iterator[Item]:
    words = package.words
    pieces = [
        shelf.photos[start : start + A_PAGE]
        for start in range(0, len(shelf.photos), A_PAGE)
    ]
    for number, some in enumerate(pieces, 1):
        tiles = "".join(_tile(words, one) for one in some)
        turning = _turning(words, shelf, number, len(pieces))
        main = (
            f'<div class="lead"><p class="quiet">{words(_HEADINGS[shelf.kind])}</p>'
            f'<h1 dir="auto">{text(shelf.name)}</h1>'
            f'<p class="quiet">{words.count(len(shelf.photos))}</p></div>'
            f'<ul class="photos">{tiles}</ul>{turning}'
        )
        name = _file(shelf, number)
        yield item_of(f"{FOLDER}/{name}", page(package, shelf.name, main))


def _file(shelf: _Shelf, number: int) -> str:
    return f"{shelf.key}.html" if number == 1 else f"{shelf.key}-page-{number}.html"


def _turning(words: Words, shelf: _Shelf, number: int, of: int) -> str:
    if of == 1:
        return ""
    links = "".join(
        f'<span class="here" aria-current="page">{n}</span>'
        if n == number
        else f'<a class="button" href="{_file(shelf, n)}">{n}</a>'
        for n in range(1, of + 1)
    )
    return f'<nav class="turn" aria-label="{words("pages")}">{links}</nav>'


def _tile(words: Words, one: Known) -> str:
    uuid = one.photo.uuid
    kind = (one.photo.extension or words("no_file")).upper()
    picture = f"<span>{text(kind)}</span>"
    if one.shown:
        path = link(f"../{picture_of(uuid, THUMBNAIL)}")
        picture = f'<img src="{path}" alt="" loading="lazy">'
    return (
        f'<li><a href="photo/{uuid[-2:]}/{uuid}.html"><span class="frame">{picture}'
        f'</span><span class="says" dir="auto">{text(one.title)}</span></a></li>'
    )


def page(package: Package, title: str, main: str, up: str = "") -> bytes:
    """Return a whole page.

    :param main: its own part, as HTML
    :param up: the way from it to ``data/pages/``, as ``../../``
    """
    sheets = "".join(f'<link rel="stylesheet" href="{up}{name}">' for name in SHEETS)
    words = package.words
    made = words(
        "foot",
        title=package.title,
        uuid=package.uuid,
        name=package.made_by,
        day=words.day(package.made_at),
    )
    return (
        f'<!doctype html>\n<html lang="{words.language}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n{sheets}\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{words("to_photos")}</a>\n'
        f'<header class="top"><nav><a class="title" href="{up}index.html" dir="auto">'
        f'{text(package.title)}</a><a href="{up}../viewer/index.html">'
        f"{words('to_viewer')}</a></nav></header>\n"
        f'<main id="main">{main}</main>\n'
        f'<footer class="foot">{text(made)}</footer>\n</body>\n</html>\n'
    ).encode("utf-8", "replace")


def _start(package: Package) -> bytes:
    """Return the page at the top, which somebody finds first."""
    words = package.words
    what = "everything" if package.complete else "chosen"
    scope = words(what, name=package.made_by)
    many = words("photo_word" if package.photos == 1 else "photos_word")
    main = (
        '<div class="sheet"><div class="lead">'
        f'<p class="quiet">{words("close_out")}</p>'
        f'<h1 dir="auto">{text(package.title)}</h1><p>{text(scope)}</p></div>'
        '<div class="numbers">'
        f"<p><strong>{words.number(package.photos)}</strong> {many}</p>"
        f"<p><strong>{words.day(package.made_at)}</strong> {words('handed_over')}</p>"
        '</div><p class="turn"><a class="button strong" href="data/viewer/index.html">'
        f"{words('look_through')}</a>"
        f'<a class="button" href="data/pages/index.html">{words("plain_pages")}</a>'
        f'<a class="button" href="data/originals/">{words("files")}</a></p>'
        f'<p class="quiet small">{words("no_network")} <a href="README.txt">README.txt'
        f"</a> {words('readme')}</p></div>"
    )
    whole = page(package, package.title, main, "data/pages/").decode()
    return whole.replace("<main", '<main class="start"', 1).encode()


__all__ = ["FOLDER", "PREVIEW", "items", "page", "site_file"]

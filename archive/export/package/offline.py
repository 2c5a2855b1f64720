"""The viewer: one page with search, albums, places and a map, which opens by itself.

Under ``file://`` a page may neither fetch nor load modules. So its data are scripts,
too, that hand rows over to ``asbuilt.take``, and its code is plain scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from archive.export.package.bags import Item, item_of
from archive.export.package.markup import POLICY_WITH_SCRIPT, text
from archive.export.package.model import Known, Package
from archive.export.package.pages import site_file
from archive.markup_svg import words_on
from archive.plans import Plan
from archive.plans.files import FOLDER as MAPS

FOLDER = "data/viewer"
A_FILE = 4000  # photos
SCRIPTS = ("core.js", "grid.js", "lists.js", "photo.js", "map.js", "start.js")
SHEETS = ("look.css", "viewer.css")
_PLACE = re.compile(r"\[\[(\w+)\]\]")


def items(
    package: Package, known: Sequence[Known], plans: Sequence[Plan]
) -> Iterator[Item]:
    """Yield the viewer's page, its code and its data."""
    for name in (*SHEETS, *SCRIPTS):
        yield item_of(f"{FOLDER}/{name}", site_file(name))
    names: dict[str, dict[str, int]] = {
        kind: {} for kind in ("albums", "places", "trades", "people", "cameras")
    }
    files = []
    for start in range(0, len(known), A_FILE):
        name = f"photos-{start // A_FILE + 1}.js"
        rows = [_row(one, names) for one in known[start : start + A_FILE]]
        yield item_of(f"{FOLDER}/{name}", _script("photos", rows))
        files.append(name)
    yield item_of(f"{FOLDER}/project.js", _script("project", _about(package, plans)))
    yield item_of(
        f"{FOLDER}/names.js",
        _script("names", {kind: list(some) for kind, some in names.items()}),
    )
    page = _page(package, ["core.js", "names.js", "project.js", *files, *SCRIPTS[1:]])
    yield item_of(f"{FOLDER}/index.html", page)


def _about(package: Package, plans: Sequence[Plan]) -> dict[str, Any]:
    laid = [
        {
            "name": plan.name,
            "file": f"../{MAPS}/{plan.sha256}.{plan.extension}",
            "corners": plan.corners,
            "opacity": plan.opacity,
        }
        for plan in plans
        if plan.kind == "image" and plan.corners
    ]
    return {
        "title": package.title,
        "made_at": package.made_at,
        "made_by": package.made_by,
        "complete": package.complete,
        "plans": laid,
        "words": _words(package),
    }


def _words(package: Package) -> dict[str, str]:
    """Return all that the viewer says, by names."""
    words = package.words
    return {**words.texts, **words.labels, **words.tables["viewer"]}


def _row(one: Known, names: dict[str, dict[str, int]]) -> list[Any]:
    """Return a photo as ``core.js`` names its columns."""
    photo, record = one.photo, one.record

    def number(kind: str, name: str | None) -> int | None:
        return None if not name else names[kind].setdefault(name, len(names[kind]))

    flags = (
        one.shown
        | (photo.private << 1)
        | (bool(record["starred"]) << 2)
        | (bool(photo.recycled_at) << 3)
        | ((photo.taken_at is None) << 4)
    )
    comments = [
        [(c["author"] or {}).get("name", ""), c["created_at"], c["body"]]
        for c in record["comments"]
    ]
    file = record["file"] and record["file"].removeprefix("data/")
    return [
        *(photo.uuid, file, photo.filename, photo.description),
        number("albums", one.album),
        number("places", photo.location),
        [number("trades", trade) for trade in photo.trades],
        *(photo.shown_at, photo.taken_offset, photo.log_date),
        *(photo.latitude, photo.longitude, photo.direction, flags),
        number("people", photo.uploader),
        number("cameras", photo.camera),
        *(photo.width, photo.height, photo.bytes, photo.extension, photo.sha256),
        *(photo.uploaded_at, comments),
        [one.layer, " ".join(words_on(one.shapes))] if record["markups"] else None,
    ]


def _script(what: str, data: Any) -> bytes:  # noqa: ANN401
    """Return a script that hands data over; older browsers end lines at U+2028."""
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    told = told.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'asbuilt.take("{what}",{told});\n'.encode("utf-8", "replace")


def _page(package: Package, scripts: Sequence[str]) -> bytes:
    sheets = "".join(f'<link rel="stylesheet" href="{name}">\n' for name in SHEETS)
    tags = "".join(f'<script src="{name}"></script>\n' for name in scripts)
    said = {name: text(words) for name, words in _words(package).items()}
    values = {
        **said,
        "POLICY": POLICY_WITH_SCRIPT,
        "LANGUAGE": package.language,
        "SHEETS": sheets,
        "SCRIPTS": tags,
        "TITLE": text(package.title),
    }
    page = site_file("viewer.html").decode()
    page = _PLACE.sub(lambda place: values[place[1]], page)
    return page.encode("utf-8", "replace")

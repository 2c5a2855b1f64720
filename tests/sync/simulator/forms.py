"""What the remote's answers look like: the forms of records, pages of lists, times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sync.effects import Answer, Ask
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.rows import UNCLASSIFIED, Album, Image, Place, Trade, Upload

Json = dict[str, Any]
STORAGE = "https://storage.example"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def answered(
    remote: Remote,
    body: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    return Answer(status, body, headers=headers or {}, clock=remote.now())


# -- forms ----------------------------------------------------------------------------


def image_form(remote: Remote, one: Image, ask: Ask) -> Json:
    view = dict(ask.query).get("serializer_view", "normal")
    gone = one.is_purged
    url, until = f"{STORAGE}/{{}}/{one.id}", remote.now() + remote.habits.url_lasts
    album = remote.rows.albums.get(one.album)
    if gone:  # a tombstone has none of the words that were on the photo
        one = replace(one, description="", location=None, trades=frozenset())
        one = replace(one, starred=False, log_date=None)
    form = {
        "id": one.id,
        "url": None if gone else f"{url.format('file')}?until={until}",
        "thumbnail_url": None if gone else f"{url.format('thumb')}?until={until}",
        "filename": one.filename,
        "size": one.size,
        "description": one.description,
        "created_at": stamp(one.created),
        "updated_at": stamp(one.updated),
        "taken_at": None,
        "location": _place_of(remote, one),
        "image_category_id": None if gone else one.album,
        "image_category_name": album.name if album else "",
        "image_category_private": bool(album and album.private),
        "permanently_deleted": gone,
        "private": one.private,
        "starred": one.starred and "star" in remote.rights,
        "uploader": {"id": one.uploader, "login": "", "name": ""},
        "trades": [
            trade_form(remote.rows.trades[number])
            for number in sorted(one.trades)
            if number in remote.rows.trades
        ],
    }
    if one.deleted is not None and remote.habits.bin_list == "stamped":
        form["deleted_at"] = stamp(one.deleted)
    if view == "mobile":
        form["log_date"] = one.log_date
    return form


def _place_of(remote: Remote, one: Image) -> Json | None:
    place = remote.rows.places.get(one.location or 0)
    return place_form(remote, place) if place else None


def place_form(remote: Remote, one: Place) -> Json:
    return {
        "id": one.id,
        "name": path_of(remote, one),
        "node_name": one.name,
        "parent_id": one.parent,
        "created_at": stamp(one.created),
        "updated_at": stamp(one.updated),
    }


def path_of(remote: Remote, one: Place) -> str:
    above = remote.rows.places.get(one.parent or 0)
    return f"{path_of(remote, above)}>{one.name}" if above else one.name


def trade_form(one: Trade) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "active": one.active,
        "updated_at": stamp(one.updated),
    }


def album_form(one: Album, count: int) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "position": one.id,
        "private": one.private,
        "count": count,
        "created_at": stamp(one.created),
    }


def album_links(remote: Remote, album: Album) -> Json:
    links = {"show": f"/rest/v1.0/image_categories/{album.id}"}
    if album.id != UNCLASSIFIED and "album" in remote.rights:
        links |= {"update": links["show"], "delete": links["show"]}
    return links


def album_counts(remote: Remote) -> dict[int, int]:
    counts: dict[int, int] = {}
    for one in remote.live():
        if remote.is_visible(one):
            counts[one.album] = counts.get(one.album, 0) + 1
    return counts


def album_shown(remote: Remote, album: Album) -> Json:
    form = album_form(album, album_counts(remote).get(album.id, 0))
    return {**form, "album_cover_id": album.cover}


def upload_form(upload: Upload) -> Json:
    address = f"{STORAGE}/up/{upload.uuid}"
    if upload.parts is None:
        return {"uuid": upload.uuid, "url": address, "fields": {"key": upload.uuid}}
    segments = [
        {"size": size, "url": f"{address}/{number}", "headers": {"x-part": str(number)}}
        for number, size in enumerate(upload.parts)
    ]
    status = "complete" if upload.is_done else "ready"
    return {"uuid": upload.uuid, "status": status, "segments": segments}


# -- lists ----------------------------------------------------------------------------


def listed(
    remote: Remote,
    ask: Ask,
    rows: Sequence[Any],
    form: Callable[[Any], Json] = lambda row: row,
) -> Answer:
    """Return the page of a list that is asked for."""
    query = dict(ask.query)
    wished = int(query.get("per_page") or 100)
    size = min(wished, remote.habits.most_per_page)
    page = int(query.get("page") or 1)
    some = rows[(page - 1) * size : page * size]
    headers = {"total": str(len(rows)), "per-page": str(size)}
    links = _links(page, -(-len(rows) // size))
    if links:
        headers["link"] = links
    return answered(remote, [form(row) for row in some], headers=headers)


def _links(page: int, last: int) -> str:
    rels: Iterable[tuple[str, int]] = (
        *([("first", 1), ("prev", page - 1)] if page > 1 else []),
        *([("next", page + 1), ("last", last)] if page < last else []),
    )
    return ", ".join(f'<https://api.example/?page={n}>; rel="{rel}"' for rel, n in rels)


@lru_cache(maxsize=4096)
def stamp(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def seconds(text: str) -> int:
    return int((datetime.fromisoformat(text) - _EPOCH).total_seconds())

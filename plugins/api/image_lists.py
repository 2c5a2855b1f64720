"""The lists of images: what may be asked for, and how it is looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archive.errors import NotAllowed
from archive.photos import Photo, load_photos
from archive.purging import list_tombstones
from archive.rights import allowed, viewer
from archive.search.numbered import Numbered, Wanted, numbered
from archive.surroundings import Surroundings, around
from plugins.api.errors import Json, bad_request
from plugins.api.files import file_urls
from plugins.api.paging import PAGING
from plugins.api.params import (
    BOOLEAN,
    DAYS,
    MOMENTS,
    NUMBER,
    NUMBER_RANGES,
    NUMBERS,
    TEXT,
    Param,
    choice,
)
from plugins.api.pictures import VIEWS, WITH_COMMENTS, Reader, image, tombstone
from plugins.api.projects import number_of
from plugins.api.routing import ApiCall, answer, listed
from plugins.compat import Response

PROJECT = Param("project_id", NUMBER, "The project", required=True)
VIEW = Param("serializer_view", choice(*VIEWS), "Which fields an image has")
DELETED = Param(
    "filters[include_deleted]",
    choice("only", "with", "without", "false"),
    "only: what is in the recycle bin or was deleted for good; with: that, too",
)
# sort: order of the archive's
SORTS = {
    "created_at": "uploaded",
    "-created_at": "-uploaded",
    "taken_at": "taken",
    "-taken_at": "-taken",
    "exposure_date": "taken",
    "-exposure_date": "-taken",
    "most_recent": "-taken",
    "-most_recent": "taken",
    "deleted_at": "recycled",
    "-deleted_at": "-recycled",
}
FILTERS = (
    Param("image_category_id", NUMBER, "One album"),
    Param("filters[log_date]", DAYS, "Days of the daily log"),
    Param("filters[private]", BOOLEAN, "true: private ones only"),
    Param("filters[starred]", BOOLEAN, "true: starred ones only"),
    Param("filters[location_id]", NUMBER_RANGES, "Locations"),
    Param("filters[include_sublocations]", BOOLEAN, "And all below those locations"),
    Param("filters[trade_ids]", NUMBERS, "With any of these trades"),
    Param("filters[daily_log_segment_id]", NUMBERS, "There are none: finds nothing"),
    Param("filters[projection]", choice("360", "regular"), "How it was taken"),
    Param("filters[uploader_id]", NUMBERS, "Added by any of these people"),
    Param("filters[query]", TEXT, "Words of names, descriptions, comments and places"),
    Param("filters[id]", NUMBERS, "These images"),
    Param("filters[created_at]", MOMENTS, "When it was added, both ends included"),
    Param("filters[updated_at]", MOMENTS, "When it was changed, both ends included"),
)
LIST = (PROJECT, *PAGING, *FILTERS, DELETED, VIEW)
SORT = Param("sort", choice(*SORTS), "The order; first added first unless said")


def reader_of(call: ApiCall) -> Reader:
    """Return who reads images in a call."""
    may = {
        "update": "describe",
        "delete": "recycle",
        "permanentlyDelete": "purge",
        "retrieve": "retrieve",
    }
    person = call.person
    return Reader(
        project=number_of(call.database),
        stars=allowed(person, "star"),
        changes=frozenset(k for k, right in may.items() if allowed(person, right)),
    )


def wanted_of(call: ApiCall) -> Wanted:
    """Return what the parameters of a list ask for."""
    args = call.args
    deleted = args.get(DELETED.name) or "without"
    return Wanted(
        album=args["image_category_id"],
        ids=_ids(call),
        logged=args["filters[log_date]"],
        private=_only(args["filters[private]"]),
        starred=_only(args["filters[starred]"]),
        projection=args["filters[projection]"],
        locations=args["filters[location_id]"] or (),
        sublocations=bool(args["filters[include_sublocations]"]),
        trades=args["filters[trade_ids]"] or (),
        uploaders=args["filters[uploader_id]"] or (),
        text=args["filters[query]"] or "",
        uploaded=args["filters[created_at]"],
        updated=args["filters[updated_at]"],
        bin=deleted if deleted in ("only", "with") else "without",
    )


def _ids(call: ApiCall) -> tuple[int, ...] | None:
    """Return the images asked for by number; none for a segment, which we have not."""
    if call.args["filters[daily_log_segment_id]"]:
        return ()
    found: tuple[int, ...] | None = call.args["filters[id]"]
    return found


def _only(value: bool | None) -> bool | None:  # noqa: FBT001
    """Return what a filter of marks narrows to: false does not (contract 2.1)."""
    return True if value else None


async def list_images(call: ApiCall) -> Response:
    """``GET /rest/v1.0/images``."""
    return await _listed(call, wanted_of(call), call.args["sort"] or "created_at")


async def list_bin(call: ApiCall) -> Response:
    """``GET /rest/v1.0/images/recycle_bin``: what was deleted last comes first."""
    wanted = replace(wanted_of(call), bin="only")
    return await _listed(call, wanted, call.args["sort"] or "-deleted_at")


def _check_bin(call: ApiCall, wanted: Wanted) -> None:
    if wanted.bin != "without" and not allowed(call.person, "retrieve"):
        raise NotAllowed(f"{call.person.name} may not see the recycle bin")


async def _listed(call: ApiCall, wanted: Wanted, sort: str) -> Response:
    _check_bin(call, wanted)
    view = call.args["serializer_view"] or "normal"
    who, wish = viewer(call.person), call.wish

    def look(connection: Any) -> tuple[Numbered, list[Photo], Surroundings]:  # noqa: ANN401
        page = numbered(
            connection,
            wanted,
            who,
            order=SORTS[sort],
            page=wish.page,
            per_page=wish.per_page,
        )
        if view == "ids_only":
            return page, [], Surroundings()
        photos = load_photos(connection, page.ids)
        return page, photos, around(connection, photos, comments=view in WITH_COMMENTS)

    page, photos, near = await call.read(look)
    rows: list[Any] = list(page.ids)
    if view != "ids_only":
        rows = list(shown(call, photos, near, view))
    ended, total = await _ended(call, wanted, page, len(rows))
    rows += [row[0] if view == "ids_only" else tombstone(row) for row in ended]
    return listed(call, rows, page.total + total)


async def _ended(
    call: ApiCall, wanted: Wanted, page: Numbered, already: int
) -> tuple[list[tuple[object, ...]], int]:
    """Return what is left of purged photos, which stands behind the others.

    It has no album and no words, so that it is in unfiltered lists only.
    """
    if wanted.bin == "without" or wanted != Wanted(bin=wanted.bin):
        return [], 0
    wish = call.wish
    room, skip = wish.per_page - already, wish.skipped - page.total

    def look(connection: Any) -> tuple[list[tuple[object, ...]], int]:  # noqa: ANN401
        return list_tombstones(connection, limit=room, skip=skip)

    return await call.read(look)


def shown(
    call: ApiCall, photos: list[Photo], near: Surroundings, view: str
) -> list[Json]:
    """Return photos as images of one view."""
    reader = reader_of(call)
    return [image(p, near, file_urls(call, p), reader, view) for p in photos]


def one_view(call: ApiCall) -> str:
    """Return the view that one image is asked for in.

    :raises ApiError: it is that of a list
    """
    view = str(call.args.get("serializer_view") or "normal")
    if view == "ids_only":
        raise bad_request("ids_only is a view of lists", "serializer_view")
    return view


async def answer_image(call: ApiCall, number: int, status: int = 200) -> Response:
    """Answer with one image, as its list shows it."""
    view = one_view(call)

    def look(connection: Any) -> tuple[list[Photo], Surroundings]:  # noqa: ANN401
        photos = load_photos(connection, [number])
        return photos, around(connection, photos, comments=view in WITH_COMMENTS)

    photos, near = await call.read(look)
    return answer(shown(call, photos, near, view)[0], status)

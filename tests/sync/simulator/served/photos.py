"""Photos: lists of them and of the bin, and what is done to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sync.effects import Answer, Ask
from tests.sync.simulator.forms import Json, answered, image_form, listed, seconds
from tests.sync.simulator.remote import Refusal, Remote
from tests.sync.simulator.rows import ME, UNCLASSIFIED, Image
from tests.sync.simulator.served.asked import ONE, Routes, may, part, poison

FIELDS = {  # attribute: field, and the right that it takes
    "description": ("description", "edit"),
    "image_category_id": ("album", "move"),
    "location_id": ("location", "edit"),
    "trade_ids": ("trades", "edit"),
    "private": ("private", "private"),
    "starred": ("starred", "star"),
    "log_date": ("log_date", "log"),
}
_SORTS: Mapping[str, Callable[[Image], Any]] = {
    "created_at": lambda one: (one.created, one.id),
    "deleted_at": lambda one: (one.deleted or 0, one.id),
}
_IMAGE = r"/rest/v1\.0/images"


def _images(remote: Remote, ask: Ask) -> Answer:
    wanted, sort = _wanted(remote, ask)
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if name not in _SORTS:
        raise Refusal(400, f"sort: {sort}")
    found = [one for one in remote.rows.images.values() if wanted(one)]
    found.sort(key=_SORTS[name], reverse=down)
    found.sort(key=lambda one: one.is_purged)
    return listed(remote, ask, found, lambda one: image_form(remote, one, ask))


def _wanted(remote: Remote, ask: Ask) -> tuple[Callable[[Image], bool], str]:
    """Return which photos a list is asked for, and in which order."""
    told: dict[str, list[str]] = {}
    for name, value in ask.query:
        told.setdefault(name.removesuffix("[]"), []).append(value)
    unknown = set(told) - _KNOWN
    if unknown:
        raise Refusal(400, f"unknown parameters {unknown}")
    tests: list[Callable[[Image], bool]] = [remote.is_visible]
    for name, field in _NUMBERS.items():
        numbers = {int(n) for one in told.get(name, ()) for n in one.split(",")}
        if field == "location" and "filters[include_sublocations]" in told:
            numbers |= _below(remote, numbers)
        if numbers:
            tests.append(partial(_is_among, field, numbers))
    for name, field in _WINDOWS.items():
        tests += [_in_window(field, one) for one in told.get(name, ())]
    deleted = told.get("filters[include_deleted]", [""])[-1]
    tests.append(_of_bin(remote, deleted, has_ids="filters[id]" in told))
    sort = told.get("sort", ["created_at"])[-1]
    return lambda one: all(test(one) for test in tests), sort


_NUMBERS = {
    "filters[id]": "id",
    "filters[location_id]": "location",
    "image_category_id": "album",
}
_WINDOWS = {"filters[created_at]": "created", "filters[updated_at]": "updated"}
_KNOWN = {*_NUMBERS, *_WINDOWS, "filters[include_deleted]", "sort"}
_KNOWN |= {
    "filters[include_sublocations]",
    "project_id",
    "page",
    "per_page",
    "serializer_view",
}


def _below(remote: Remote, numbers: set[int]) -> set[int]:
    """Return the locations anywhere below some."""
    found: set[int] = set()
    more = numbers
    while more:
        places = remote.rows.places.values()
        more = {one.id for one in places if one.parent in more} - found
        found |= more
    return found


def _is_among(field: str, numbers: set[int], one: Image) -> bool:
    return getattr(one, field) in numbers


def _in_window(name: str, value: str) -> Callable[[Image], bool]:
    first, _, last = value.strip('"').partition("...")
    begin, end = seconds(first), seconds(last)
    return lambda one: begin <= getattr(one, name) <= end


def _of_bin(remote: Remote, deleted: str, *, has_ids: bool) -> Callable[[Image], bool]:
    if deleted not in ("only", "with") or not remote.habits.bin_list:
        return lambda one: one.is_live
    may(remote, "bin")

    def test(one: Image) -> bool:
        if one.is_purged:
            return remote.habits.shows_purged and not has_ids
        return deleted == "with" or not one.is_live

    return test


def _image(remote: Remote, ask: Ask, number: str) -> Answer:
    found = remote.rows.images.get(int(number))
    if found is None or not remote.is_visible(found):
        raise Refusal(404, "there is no such image")
    with_bin = dict(ask.query).get("filters[include_deleted]") in ("only", "with")
    shown = remote.habits.shows_recycled or (with_bin and remote.habits.bin_list)
    if not found.is_live and not shown:
        raise Refusal(404, "there is no such image")
    return answered(remote, image_form(remote, found, ask))


def _edit_image(remote: Remote, ask: Ask, number: str) -> Answer:
    _require_visible(remote, number)
    fields = _attributes(remote, part(ask, "image"))
    poison(remote, number)
    changed = remote.edit_image(int(number), fields)
    return answered(remote, image_form(remote, changed, ask))


def _require_visible(remote: Remote, number: str) -> Image:
    found = remote.rows.images.get(int(number))
    if found is None or not remote.is_visible(found):
        raise Refusal(404, "there is no such image")
    return found


def _attributes(remote: Remote, sent: Json, *, new: bool = False) -> Json:
    """Return the fields that are written; of several, one that may not be ends all."""
    fields = {}
    for name, value in sent.items():
        if name not in FIELDS:
            continue
        field, right = FIELDS[name]
        if not new:
            may(remote, right)
        if field == "trades":
            value = frozenset(value or ())  # noqa: PLW2901
        if field == "album" and value is None:
            value = UNCLASSIFIED  # noqa: PLW2901
        fields[field] = (value or "") if field == "description" else value
    return fields


def _delete_image(remote: Remote, ask: Ask, number: str) -> Answer:
    may(remote, "delete")
    assert "permanent" not in dict(ask.query), "a sync never purges"
    _require_visible(remote, number)
    poison(remote, number)
    remote.recycle(int(number))
    return answered(remote, {})


def _retrieve_image(remote: Remote, ask: Ask, number: str) -> Answer:
    if ask.method not in remote.habits.retrieves_by:
        raise Refusal(404, "no such address")
    may(remote, "retrieve")
    _require_visible(remote, number)
    poison(remote, number)
    return answered(remote, image_form(remote, remote.retrieve(int(number)), ask))


def _add_image(remote: Remote, ask: Ask) -> Answer:
    may(remote, "upload")
    body = dict(ask.body or {})
    nested = body.get("upload")
    if bool(nested) is not remote.habits.nested_uploads:
        raise Refusal(422, "upload_uuid: is missing")
    sent = nested if isinstance(nested, Mapping) else body
    upload = remote.uploads.get(str(sent.get("upload_uuid") or sent.get("uuid")))
    name = str(sent.get("image_name") or "")
    if upload is None or upload.original is None or not upload.is_done:
        raise Refusal(422, "upload_uuid: there is no such upload")
    if upload.is_used and not remote.habits.takes_twice:
        raise Refusal(422, "upload_uuid: it was used")
    poison(remote, name)
    fields = _attributes(remote, part(ask, "image"), new=True)
    made = remote.add_image(name, upload.original, fields, ME)
    remote.uploads[upload.uuid] = replace(upload, is_used=True)
    return answered(remote, image_form(remote, made, ask), 201)


ROUTES: Routes = (
    (rf"GET {_IMAGE}", _images),
    (rf"GET {_IMAGE}{ONE}", _image),
    (rf"PATCH {_IMAGE}{ONE}", _edit_image),
    (rf"DELETE {_IMAGE}{ONE}", _delete_image),
    (rf"(?:PATCH|POST|PUT) {_IMAGE}{ONE}/retrieve", _retrieve_image),
    (rf"POST {_IMAGE}", _add_image),
)

"""The remote's API: what it answers to a request (``docs/api.md``, the contract)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sync.effects import Answer, Ask, Put
from tests.sync.simulator.forms import (
    STORAGE,
    Json,
    album_counts,
    album_form,
    album_links,
    album_shown,
    answered,
    image_form,
    listed,
    path_of,
    place_form,
    seconds,
    stamp,
    trade_form,
    upload_form,
)
from tests.sync.simulator.remote import (
    ME,
    UNCLASSIFIED,
    Image,
    Refusal,
    Remote,
    Upload,
)

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


def answer(remote: Remote, ask: Ask) -> Answer:
    """Carry out a request as a whole. Nothing is lost on the way here."""
    try:
        return _route(remote, ask)
    except Refusal as refusal:
        return answered(remote, {"errors": [str(refusal)]}, refusal.status)


def _route(remote: Remote, ask: Ask) -> Answer:
    for pattern, serve in _ROUTES:
        found = pattern.fullmatch(f"{ask.method} {ask.path}")
        if found:
            _check_project(remote, found.groupdict(), dict(ask.query))
            names = {k: v for k, v in found.groupdict().items() if k in ("id", "uuid")}
            return serve(remote, ask, *names.values())
    raise Refusal(404, f"no such address: {ask.method} {ask.path}")


def _check_project(
    remote: Remote, names: Mapping[str, str], query: Mapping[str, str]
) -> None:
    named = {**query, **{k: v for k, v in names.items() if v}}
    for name, number in (("company", remote.company), ("project", remote.project)):
        told = named.get(name) or named.get(f"{name}_id")
        if told is not None and told != str(number):
            raise Refusal(403, f"no access to this {name}")


def _may(remote: Remote, right: str) -> None:
    if right not in remote.rights:
        raise Refusal(403, f"you may not {right}")


# -- around photos --------------------------------------------------------------------


def _me(remote: Remote, _: Ask) -> Answer:
    return answered(remote, {"id": ME, "login": "laptop", "name": "Laptop"})


def _project(remote: Remote, _: Ask) -> Answer:
    company = {"id": remote.company, "name": "Builders"}
    body = {"id": remote.project, "name": remote.name, "company": company}
    return answered(remote, body)


def _trades(remote: Remote, ask: Ask) -> Answer:
    found = sorted(remote.rows.trades.values(), key=lambda one: one.id)
    return listed(remote, ask, [trade_form(one) for one in found])


def _trade(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.trades.get(int(number))
    if found is None:
        raise Refusal(404, "there is no such trade")
    return answered(remote, trade_form(found))


def _add_trade(remote: Remote, ask: Ask) -> Answer:
    _may(remote, "trade")
    name = str(_part(ask, "trade").get("name") or "")
    _poison(remote, name)
    return answered(remote, trade_form(remote.add_trade(name)), 201)


def _places(remote: Remote, ask: Ask) -> Answer:
    found = sorted(remote.rows.places.values(), key=lambda one: path_of(remote, one))
    return listed(remote, ask, [place_form(remote, one) for one in found])


def _place(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.places.get(int(number))
    if found is None:
        raise Refusal(404, "there is no such location")
    return answered(remote, place_form(remote, found))


def _place_of_path(remote: Remote, ask: Ask) -> Answer:
    names = _part(ask, "location").get("path")
    if not isinstance(names, list) or not names:
        raise Refusal(422, "path: must have names")
    above, made = None, False
    for name in names:
        below = [
            one
            for one in remote.rows.places.values()
            if one.parent == above and one.name.casefold() == name.casefold()
        ]
        if not below:
            _may(remote, "location")
            _poison(remote, name)
            made = True
        above = (below[0] if below else remote.add_place(name, above)).id
    found = remote.rows.places[above or 0]
    return answered(remote, place_form(remote, found), 201 if made else 200)


def _edit_place(remote: Remote, ask: Ask, number: str) -> Answer:
    _may(remote, "location")
    _poison(remote, number)
    sent = _part(ask, "location")
    names = {"node_name": "name", "parent_id": "parent"}
    fields = {names[k]: v for k, v in sent.items() if k in names}
    return answered(remote, place_form(remote, remote.edit_place(int(number), fields)))


def _delete_place(remote: Remote, _: Ask, number: str) -> Answer:
    _may(remote, "location")
    _poison(remote, number)
    remote.delete_place(int(number))
    return answered(remote, {})


# -- albums ---------------------------------------------------------------------------


def _albums(remote: Remote, ask: Ask) -> Answer:
    found = [
        one
        for one in sorted(remote.rows.albums.values(), key=lambda one: one.name)
        if one.id not in remote.hidden
    ]
    counts = album_counts(remote)
    rows = [
        {
            **album_form(one, counts.get(one.id, 0)),
            "updated_at": stamp(one.updated),
            "cover_photo": None,
            "links": album_links(remote, one),
        }
        for one in found
    ]
    return listed(remote, ask, rows)


def _album(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.albums.get(int(number))
    if found is None or found.id in remote.hidden:
        raise Refusal(404, "there is no such album")
    return answered(remote, album_shown(remote, found))


def _add_album(remote: Remote, ask: Ask) -> Answer:
    _may(remote, "album")
    sent = _part(ask, "image_category")
    name = str(sent.get("name") or "")
    _poison(remote, name)
    made = remote.add_album(name, private=bool(sent.get("private")))
    if sent.get("album_cover_id"):
        made = remote.edit_album(made.id, {"cover": sent["album_cover_id"]})
    return answered(remote, album_shown(remote, made), 201)


def _edit_album(remote: Remote, ask: Ask, number: str) -> Answer:
    _may(remote, "album")
    _poison(remote, number)
    if int(number) in remote.hidden:
        raise Refusal(404, "there is no such album")
    sent = _part(ask, "image_category")
    if remote.habits.wants_album_name and not sent.get("name"):
        raise Refusal(400, "image_category.name is missing")
    names = {"name": "name", "private": "private", "album_cover_id": "cover"}
    fields = {names[k]: v for k, v in sent.items() if k in names}
    made = remote.edit_album(int(number), fields)
    return answered(remote, album_shown(remote, made))


def _delete_album(remote: Remote, _: Ask, number: str) -> Answer:
    _may(remote, "album")
    _poison(remote, number)
    if int(number) in remote.hidden:
        raise Refusal(404, "there is no such album")
    remote.delete_album(int(number))
    return answered(remote, {})


# -- photos ---------------------------------------------------------------------------


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
    _may(remote, "bin")

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
    fields = _attributes(remote, _part(ask, "image"))
    _poison(remote, number)
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
            _may(remote, right)
        if field == "trades":
            value = frozenset(value or ())  # noqa: PLW2901
        if field == "album" and value is None:
            value = UNCLASSIFIED  # noqa: PLW2901
        fields[field] = (value or "") if field == "description" else value
    return fields


def _delete_image(remote: Remote, ask: Ask, number: str) -> Answer:
    _may(remote, "delete")
    assert "permanent" not in dict(ask.query), "a sync never purges"
    _require_visible(remote, number)
    _poison(remote, number)
    remote.recycle(int(number))
    return answered(remote, {})


def _retrieve_image(remote: Remote, ask: Ask, number: str) -> Answer:
    if ask.method not in remote.habits.retrieves_by:
        raise Refusal(404, "no such address")
    _may(remote, "retrieve")
    _require_visible(remote, number)
    _poison(remote, number)
    return answered(remote, image_form(remote, remote.retrieve(int(number)), ask))


def _add_image(remote: Remote, ask: Ask) -> Answer:
    _may(remote, "upload")
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
    _poison(remote, name)
    fields = _attributes(remote, _part(ask, "image"), new=True)
    made = remote.add_image(name, upload.original, fields, ME)
    remote.uploads[upload.uuid] = _with(upload, is_used=True)
    return answered(remote, image_form(remote, made, ask), 201)


# -- uploads --------------------------------------------------------------------------


def _announce(remote: Remote, ask: Ask) -> Answer:
    _may(remote, "upload")
    body = dict(ask.body or {})
    sizes = _sizes(body.get("segments"))
    uuid = f"01UPLOAD{remote.next_id():018d}"
    upload = Upload(uuid, str(body.get("response_filename")), sizes, remote.now())
    remote.uploads[uuid] = upload
    return answered(remote, upload_form(upload), 201)


def _sizes(segments: object) -> tuple[int, ...] | None:
    if not isinstance(segments, list) or not segments:
        return None
    return tuple(int(one["size"]) for one in segments)


def _show_upload(remote: Remote, _: Ask, uuid: str) -> Answer:
    if uuid not in remote.uploads:
        raise Refusal(404, "there is no such upload")
    return answered(remote, upload_form(remote.uploads[uuid]))


def _finish(remote: Remote, ask: Ask, uuid: str) -> Answer:
    upload = remote.uploads.get(uuid)
    tags = dict(ask.body or {}).get("segments") or ()
    if upload is None:
        raise Refusal(404, "there is no such upload")
    whole = range(len(upload.parts or ()))
    told = [str(one.get("etag")).strip('"') for one in tags]
    if upload.got != frozenset(whole) or told != [f"tag-{n}" for n in whole]:
        raise Refusal(422, "segments: are not all there")
    remote.uploads[uuid] = upload = _with(upload, is_done=True)
    return answered(remote, upload_form(upload))


def put(remote: Remote, sent: Put, original: tuple[str, int]) -> Answer:
    """Take bytes, as the storage does: no token, and an hour's time."""
    found = re.fullmatch(rf"{STORAGE}/up/(\w+)(?:/(\d+))?", sent.url)
    upload = remote.uploads.get(found[1]) if found else None
    if found is None or upload is None or upload.began + 3600 < remote.now():
        return Answer(403, None, "expired")
    if upload.parts is None:
        if dict(sent.form) != {"key": upload.uuid}:
            return Answer(400, None, "the form is another")
        remote.uploads[upload.uuid] = _with(upload, original=original, is_done=True)
        return Answer(204)
    number = int(found[2])
    begin, size = sum(upload.parts[:number]), upload.parts[number]
    if sent.begin != begin or sent.size not in (size, None):
        return Answer(400, None, "another part")
    got = upload.got | {number}
    remote.uploads[upload.uuid] = _with(upload, got=got, original=original)
    return Answer(200, headers={"etag": f'"tag-{number}"'})


def fetch(remote: Remote, url: str) -> tuple[str, int] | int:
    """Return SHA-256 and size of what an address shows, or a status."""
    found = re.fullmatch(rf"{STORAGE}/(?:file|thumb)/(\d+)\?until=(\d+)", url)
    image = remote.rows.images.get(int(found[1])) if found else None
    if found is None or image is None or not image.is_live:
        return 404
    if int(found[2]) < remote.now():
        return 403
    return image.sha256, image.size


def _with(upload: Upload, **changes: Any) -> Upload:
    known = {name: getattr(upload, name) for name in Upload.__slots__}
    return Upload(**{**known, **changes})


def _part(ask: Ask, name: str) -> Json:
    part = dict(ask.body or {}).get(name)
    if not isinstance(part, Mapping):
        raise Refusal(400, f"{name} is missing")
    return dict(part)


def _poison(remote: Remote, what: str) -> None:
    """Fail with what somebody poisoned: a number, or a part of a name."""
    for word, status in remote.poisoned.items():
        if word in what:
            raise Refusal(status, f"{word} cannot be done")


_HERE = r"/rest/v1\.0/projects/(?P<project>\d+)/locations"
_TRADES = r"/rest/v1\.0/companies/(?P<company>\d+)/trades"
_IMAGE = r"/rest/v1\.0/images"
_CATEGORY = r"/rest/v1\.0/image_categories"
_UPLOAD = r"/rest/v1\.1/projects/(?P<project>\d+)/uploads"
_ONE = r"/(?P<id>\d+)"
_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., Answer]], ...] = tuple(
    (re.compile(pattern), serve)
    for pattern, serve in (
        (rf"GET {_IMAGE}", _images),
        (rf"GET {_IMAGE}{_ONE}", _image),
        (rf"PATCH {_IMAGE}{_ONE}", _edit_image),
        (rf"DELETE {_IMAGE}{_ONE}", _delete_image),
        (rf"(?:PATCH|POST|PUT) {_IMAGE}{_ONE}/retrieve", _retrieve_image),
        (rf"POST {_IMAGE}", _add_image),
        (rf"GET {_CATEGORY}", _albums),
        (rf"GET {_CATEGORY}{_ONE}", _album),
        (rf"POST {_CATEGORY}", _add_album),
        (rf"PATCH {_CATEGORY}{_ONE}", _edit_album),
        (rf"DELETE {_CATEGORY}{_ONE}", _delete_album),
        (rf"GET {_HERE}", _places),
        (rf"GET {_HERE}{_ONE}", _place),
        (rf"POST {_HERE}/find_or_create_by_path", _place_of_path),
        (rf"PATCH {_HERE}{_ONE}", _edit_place),
        (rf"DELETE {_HERE}{_ONE}", _delete_place),
        (rf"GET {_TRADES}", _trades),
        (rf"GET {_TRADES}{_ONE}", _trade),
        (rf"POST {_TRADES}", _add_trade),
        (rf"POST {_UPLOAD}", _announce),
        (rf"GET {_UPLOAD}/(?P<uuid>\w+)", _show_upload),
        (rf"PATCH {_UPLOAD}/(?P<uuid>\w+)", _finish),
        (r"GET /rest/v1\.0/me", _me),
        (r"GET /rest/v1\.0/projects/(?P<project>\d+)", _project),
    )
)

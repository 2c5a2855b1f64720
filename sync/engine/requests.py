"""Which request asks for what: paths and parameters of the API (contract 2 to 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sync.effects import Ask
from sync.engine.talk import get
from sync.identity import Project
from sync.operations import Budget
from sync.records import Kind

IMAGES = "/rest/v1.0/images"
ALBUMS = "/rest/v1.0/image_categories"
FUTURE = 4_102_444_800  # 2100: a range needs an end, and clocks differ (contract 8, 12)
VIEW = ("serializer_view", "mobile")  # the only one with log_date (contract 2.2)
IN_BIN = ("filters[include_deleted]", "only")
ALL_THERE_WERE = ("filters[include_deleted]", "with")


def stamp(seconds: int) -> str:
    """Return a moment as the API has it, in UTC, to the second."""
    moment = datetime.fromtimestamp(min(max(0, seconds), FUTURE), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def between(begin: int, end: int) -> str:
    """Return a range of time, without quotes (contract 8, no. 13)."""
    return f"{stamp(begin)}...{stamp(end)}"


def me(project: Project) -> Ask:
    """Who this account is."""
    return get("/rest/v1.0/me", ("project_id", project.project))


def show_project(project: Project) -> Ask:
    """The project: its name."""
    path = f"/rest/v1.0/projects/{project.project}"
    return get(path, ("company_id", project.company))


def trades(project: Project) -> Ask:
    """All trades, which belong to the company."""
    return get(f"/rest/v1.0/companies/{project.company}/trades")


def locations(project: Project) -> Ask:
    """All locations."""
    return get(f"/rest/v1.0/projects/{project.project}/locations")


def albums(project: Project) -> Ask:
    """All albums that this account may see, with their counts."""
    return get(ALBUMS, ("project_id", project.project))


LISTS = {Kind.TRADE: trades, Kind.LOCATION: locations, Kind.ALBUM: albums}


def photos(project: Project, *query: tuple[str, object]) -> Ask:
    """Photos, oldest first, as the fullest view shows them."""
    order = (
        () if any(name == "sort" for name, _ in query) else (("sort", "created_at"),)
    )
    return get(IMAGES, ("project_id", project.project), VIEW, *order, *query)


def updated(project: Project, begin: int, end: int) -> Ask:
    """Photos that were changed within, both ends included."""
    return photos(project, ("filters[updated_at]", between(begin, end)))


def created(project: Project, begin: int, end: int) -> Ask:
    """Photos that were made within, both ends included."""
    return photos(project, ("filters[created_at]", between(begin, end)))


def numbered(
    project: Project, numbers: Iterable[int], *query: tuple[str, object]
) -> Ask:
    """These photos."""
    ids = (("filters[id][]", number) for number in numbers)
    return photos(project, *ids, *query)


def bin_of(project: Project) -> Ask:
    """What is in the bin, the last first."""
    return photos(project, IN_BIN, ("sort", "-deleted_at"))


def inside(project: Project, kind: Kind, number: int) -> Ask:
    """Photos in an album, or at a location and below it."""
    if kind is Kind.ALBUM:
        return photos(project, ("image_category_id", number))
    below = ("filters[include_sublocations]", "true")
    return photos(project, ("filters[location_id][]", number), below)


def record(project: Project, kind: Kind, number: int) -> Ask:
    """One record by its number."""
    if kind is Kind.PHOTO:
        return get(_path(project, kind, number), ("project_id", project.project), VIEW)
    return get(_path(project, kind, number), *_scope(project, kind))


def _path(project: Project, kind: Kind, number: int) -> str:
    return {
        Kind.PHOTO: f"{IMAGES}/{number}",
        Kind.ALBUM: f"{ALBUMS}/{number}",
        Kind.LOCATION: f"/rest/v1.0/projects/{project.project}/locations/{number}",
        Kind.TRADE: f"/rest/v1.0/companies/{project.company}/trades/{number}",
    }[kind]


def _scope(project: Project, kind: Kind) -> tuple[tuple[str, str], ...]:
    if kind in (Kind.PHOTO, Kind.ALBUM):
        return (("project_id", str(project.project)),)
    return ()


# Writes

_WRAPPER = {
    Kind.PHOTO: "image",
    Kind.ALBUM: "image_category",
    Kind.LOCATION: "location",
    Kind.TRADE: "trade",
}


def change(
    project: Project, kind: Kind, number: int, attributes: Mapping[str, object]
) -> Ask:
    """Write some attributes of a record."""
    body = {_WRAPPER[kind]: dict(attributes)}
    path = _path(project, kind, number)
    return Ask("PATCH", path, _scope(project, kind), body)


def delete(project: Project, kind: Kind, number: int) -> Ask:
    """Put a photo into the bin; delete an album or a location that is empty."""
    return Ask("DELETE", _path(project, kind, number), _scope(project, kind))


def retrieve(project: Project, number: int, method: str = "PATCH") -> Ask:
    """Take a photo out of the bin. Which method that is, is not documented (2.8)."""
    path = f"{_path(project, Kind.PHOTO, number)}/retrieve"
    return Ask(method, path, _scope(project, Kind.PHOTO))


def create(project: Project, kind: Kind, attributes: Mapping[str, object]) -> Ask:
    """Make an album or a trade."""
    body = {_WRAPPER[kind]: dict(attributes)}
    path = LISTS[kind](project).path
    return Ask("POST", path, _scope(project, kind), body, Budget.CREATE)


def create_path(project: Project, names: Iterable[str]) -> Ask:
    """Find a location by its names from the top down, or make it; may be repeated."""
    path = f"/rest/v1.0/projects/{project.project}/locations/find_or_create_by_path"
    body = {"location": {"path": list(names)}}
    return Ask("POST", path, (), body, Budget.CREATE)


def announce(
    project: Project,
    name: str,
    media_type: str,
    size: int,
    segments: Iterable[tuple[int, str]] = (),
) -> Ask:
    """Announce an upload, in one piece or in segments of (bytes, SHA-256)."""
    body: dict[str, object] = {
        "response_filename": name,
        "response_content_type": media_type,
        "size": size,
    }
    parts = [{"size": each, "sha256": digest} for each, digest in segments]
    if parts:
        body["segments"] = parts
    path = f"/rest/v1.1/projects/{project.project}/uploads"
    return Ask("POST", path, (), body, Budget.CREATE)


def finish(
    project: Project, upload: str, segments: Iterable[tuple[int, str, str]]
) -> Ask:
    """Say that all segments are there: (bytes, SHA-256, ETag), in order."""
    parts = [
        {"size": size, "sha256": digest, "etag": etag}
        for size, digest, etag in segments
    ]
    path = f"/rest/v1.1/projects/{project.project}/uploads/{upload}"
    return Ask("PATCH", path, (), {"segments": parts}, Budget.CREATE)


def create_photo(
    project: Project,
    upload: str,
    name: str,
    attributes: Mapping[str, object],
    *,
    nested: bool = False,
) -> Ask:
    """Make an image of an upload.

    :param nested: the other of the two forms that are described (contract 8, no. 1)
    """
    where: dict[str, object] = {"upload_uuid": upload, "image_name": name}
    if nested:
        where = {"upload": {"uuid": upload, "image_name": name}}
    body = {**where, "image": dict(attributes)}
    return Ask("POST", IMAGES, _scope(project, Kind.PHOTO), body, Budget.CREATE)

"""Plans and maps that are laid on the map: records, and who may change them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive.batches import Batch, batch, permit
from archive.database import Archive, database_errors
from archive.disk import storing
from archive.errors import Conflict, DamagedFile, InvalidInput, NotFound
from archive.identity import as_id, clean_name, clean_text, name_key, new_uuid
from archive.people import Person
from archive.plans import files
from archive.plans.inspecting import LONGEST_TEXT
from archive.plans.placing import Corners, check_corners
from archive.rights import Viewer, require
from archive.search.regions import Window
from archive.sqlite import sqlite3
from archive.waiting import begin
from archive.workers import Pool

_SECONDS = 60.0  # to look at a file, in a process of its own


@dataclass(frozen=True, slots=True)
class Plan:
    """A picture, or a file of map tiles, that can be laid on the map.

    :param kind: ``image``, ``pmtiles`` or ``mbtiles``
    :param media_type: of the picture, or of the tiles
    :param size: of a picture, in pixels, upright
    :param corners: of a picture: top left, top right, bottom left; None: not placed yet
    :param window: of tiles: where there are some
    :param zooms: of tiles: the first and the last
    :param opacity: 0 to 1
    """

    id: int
    uuid: str
    name: str
    kind: str
    sha256: str
    extension: str
    bytes: int
    media_type: str
    opacity: float
    attribution: str
    size: tuple[int, int] | None = None
    corners: Corners | None = None
    window: Window | None = None
    zooms: tuple[int, int] | None = None

    def path(self, folder: Path) -> Path:
        """Return where its file lies in an archive's folder."""
        return files.path_of(folder, self.sha256, self.extension)


_COLUMNS = """
    id, uuid, name, kind, sha256, extension, bytes, media_type, opacity, attribution,
    width, height, corners, min_zoom, max_zoom
"""


def _plan(row: Sequence[Any]) -> Plan:
    plain, (width, height, corners, low, high) = row[:10], row[10:]
    places = json.loads(corners) if corners else None
    found = Plan(*plain)
    if found.kind == "image":
        held = None if places is None else check_corners(places)
        return replace(found, size=(width, height), corners=held)
    (south, west), (north, east) = places or ((0, 0), (0, 0))
    return replace(found, window=Window(south, west, north, east), zooms=(low, high))


def list_plans(connection: sqlite3.Connection, who: Viewer | None) -> list[Plan]:
    """Return all plans by name."""
    if who is None:
        return []
    rows = connection.execute(f"select {_COLUMNS} from plans order by name_key, id")
    return [_plan(row) for row in rows]


def find_plan(connection: sqlite3.Connection, which: int | str) -> Plan:
    """Return a plan by id; a text may be its name, uuid or id.

    :raises NotFound: no such plan
    """
    text = str(which)
    name = "" if isinstance(which, int) else name_key(text)
    row = connection.execute(
        f"""
        select {_COLUMNS} from plans
        where name_key = ?1 or uuid = ?2 or id = ?3 order by name_key = ?1 desc limit 1
        """,
        (name, text, as_id(text)),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no plan or map {text!r}", key="no_plan", name=text)
    return _plan(row)


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that can be laid on the map, copied but not yet the archive's.

    :param told: what ``inspecting`` says of it
    """

    staged: Path
    sha256: str
    bytes: int
    told: dict[str, Any]

    def discard(self) -> None:
        """Remove the copy, if it was not kept."""
        files.discard(self.staged)


def inspect_file(folder: Path, source: Path, pool: Pool | None = None) -> Inspected:
    """Copy a file beside the archive's and look at it. Takes long for a large one.

    Give what is returned to ``keep_plan``, or discard it.

    :param folder: of the archive
    :raises FileProblem: it is none that can be laid on the map
    """
    _refuse_half(source)
    with storing(source), source.open("rb") as file:
        staged, sha256, size = files.stage(folder, file, source)
    try:
        told = _told(staged, source, pool)
    except BaseException:
        files.discard(staged)
        raise
    return Inspected(staged, sha256, size, told)


def keep_plan(
    archive: Archive,
    actor: Person,
    found: Inspected,
    name: str,
    *,
    place: Callable[[tuple[int, int]], Corners] | None = None,
    attribution: str | None = None,
) -> Plan:
    """Take an inspected file into the archive, in a batch of its own.

    :param place: gives the corners of a picture of this size; None: it is placed later
    :param attribution: None: as the file says
    :raises NotAllowed: the actor may not
    :raises Conflict: there is a plan of that name
    """
    require(actor, "edit_plans")
    known = found.told.get("attribution", "") if attribution is None else attribution
    told = {
        **found.told,
        "name": clean_name(name, "plan"),
        "attribution": _attribution(known),
        "corners": _corners_of(found.told, place),
    }
    with batch(archive.connection, actor, reason="") as opened:
        number = _insert(archive.connection, opened, found, told)
        files.keep(archive.folder, found.staged, found.sha256, told["extension"])
    return find_plan(archive.connection, number)


def add_plan(
    archive: Archive,
    actor: Person,
    source: Path,
    name: str | None = None,
    *,
    place: Callable[[tuple[int, int]], Corners] | None = None,
    attribution: str | None = None,
    pool: Pool | None = None,
) -> Plan:
    """Do both. Errors as for ``inspect_file`` and ``keep_plan``.

    :param name: None: the file's, without its extension
    """
    require(actor, "edit_plans")
    found = inspect_file(archive.folder, source, pool)
    try:
        name = source.stem if name is None else name
        return keep_plan(
            archive, actor, found, name, place=place, attribution=attribution
        )
    finally:
        found.discard()


def _refuse_half(source: Path) -> None:
    """Refuse a file of SQLite's, part of which is still in another."""
    journal = source.with_name(f"{source.name}-wal")
    if journal.exists() and journal.stat().st_size:
        raise InvalidInput(f"{source}: another program has it open; close that first")


def _told(staged: Path, source: Path, pool: Pool | None) -> dict[str, Any]:
    """Let a worker process look at a file.

    :raises DamagedFile: it is none that can be laid on the map
    """
    own = Pool(workers=1, seconds=_SECONDS) if pool is None else None
    try:
        outcome = (pool or own).submit(  # type: ignore[union-attr]
            "archive.plans.inspecting:inspect", str(staged)
        )
    finally:
        if own is not None:
            own.close()
    if outcome.error is not None:
        raise DamagedFile(source, outcome.error.reason)
    return dict(outcome.value)


def _corners_of(
    told: dict[str, Any], place: Callable[[tuple[int, int]], Corners] | None
) -> str | None:
    """Return the column ``corners`` of a new plan."""
    if told["kind"] == "image":
        width, height = told["size"]
        return None if place is None else json.dumps(place((width, height)))
    if place is not None:
        raise InvalidInput(
            "a file of tiles knows where it lies; only a picture is placed",
            key="tiles_know_where",
        )
    south, west, north, east = told["bounds"]
    return json.dumps([[south, west], [north, east]])


def _insert(
    connection: sqlite3.Connection,
    opened: Batch,
    found: Inspected,
    told: dict[str, Any],
) -> int:
    width, height = told.get("size", (None, None))
    low, high = told.get("zooms", (None, None))
    values = {
        "uuid": new_uuid(),
        "name": told["name"],
        "name_key": name_key(told["name"]),
        "kind": told["kind"],
        "sha256": found.sha256,
        "extension": told["extension"],
        "bytes": found.bytes,
        "media_type": told["media_type"],
        "width": width,
        "height": height,
        "corners": told["corners"],
        "min_zoom": low,
        "max_zoom": high,
        "opacity": 1.0,
        "attribution": told["attribution"],
        "created_at": opened.at,
        "updated_at": opened.at,
    }
    try:
        cursor = connection.execute(
            f"insert into plans ({', '.join(values)})"
            f" values ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
    except sqlite3.IntegrityError:
        raise _taken(told["name"]) from None
    return int(cursor.lastrowid or 0)


def edit_plan(
    connection: sqlite3.Connection,
    actor: Person,
    plan: Plan,
    *,
    name: str | None = None,
    corners: Sequence[Sequence[float]] | None = None,
    opacity: float | None = None,
    attribution: str | None = None,
) -> Plan:
    """Rename a plan, place it, or say how much it covers, inside a batch.

    :param corners: of a picture: top left, top right, bottom left
    :raises NotAllowed: the actor may not
    :raises InvalidInput: a value that cannot be, or nothing to change
    :raises Conflict: the name is taken
    """
    permit(connection, actor, "edit_plans")
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = clean_name(name, "plan")
        values["name_key"] = name_key(str(values["name"]))
    if corners is not None:
        if plan.kind != "image":
            raise InvalidInput(
                "a file of tiles knows where it lies", key="tiles_know_where"
            )
        values["corners"] = json.dumps(check_corners(corners))
    if opacity is not None:
        if not 0 <= opacity <= 1:
            raise InvalidInput(
                "a plan covers from 0 (nothing) to 1 (all)", key="opacity"
            )
        values["opacity"] = float(opacity)
    if attribution is not None:
        values["attribution"] = _attribution(attribution)
    if not values:
        raise InvalidInput("nothing to change was given", key="nothing_given")
    sets = ", ".join(f"{column} = ?" for column in values)
    try:
        connection.execute(
            f"update plans set {sets} where id = ?", (*values.values(), plan.id)
        )
    except sqlite3.IntegrityError:
        raise _taken(str(name)) from None
    return find_plan(connection, plan.id)


def remove_plan(connection: sqlite3.Connection, actor: Person, plan: Plan) -> None:
    """Take a plan off the map, inside a batch; its file stays for an undo.

    :raises NotAllowed: the actor may not
    """
    permit(connection, actor, "edit_plans")
    connection.execute("delete from plans where id = ?", (plan.id,))


def purge_plans(archive: Archive, actor: Person) -> list[Path]:
    """Remove the files of plans that were removed, for good; returns them.

    The lock on the database is held: no plan is added or brought back meanwhile.

    :raises NotAllowed: the actor may not
    """
    require(actor, "edit_plans")
    require(actor, "purge")
    connection = archive.connection
    with database_errors(archive.folder):
        begin(connection)
        try:
            rows = connection.execute("select sha256, extension from plans")
            names = {f"{digest}.{ending}" for digest, ending in rows}
            return files.purge(archive.folder, names)
        finally:
            connection.execute("ROLLBACK")  # it only kept others out


def _attribution(text: str) -> str:
    text = clean_text(text).strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(
            f"the attribution is over {LONGEST_TEXT:,} characters",
            key="attribution_long",
            n=LONGEST_TEXT,
        )
    return text


def _taken(name: str) -> Conflict:
    return Conflict(
        f"there is a plan or map {name!r} already", key="plan_taken", name=name
    )

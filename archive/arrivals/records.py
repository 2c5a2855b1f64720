"""The table ``arrivals``: files that programs announce, send, and make photos of.

No part of the history. One sees and uses one's own arrivals only, admins included:
those of others are as if they were not there. Bytes may come for an hour after the
announcement; what is no photo's after a week goes. That it was there is remembered for
a month, so that its uuid can be refused for the right reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from archive.arrivals import files
from archive.arrivals.files import Mismatch, Segment
from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_text
from archive.jobs.records import transaction
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3
from archive.uploads import parts
from archive.uploads.records import clean_path

OPEN = timedelta(hours=1)  # to send the bytes
KEPT = timedelta(days=7)  # until a photo is made of them
REMEMBERED = timedelta(days=30)
MAX_BYTES = 5 << 30  # of a file, unless said otherwise
MAX_SEGMENTS = 10_000
NAMELESS = "unnamed"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)
_COLUMNS = "id, uuid, person_id, name, media_type, bytes, segments, created_at, used_at"


class NoArrival(NotFound):
    """There is no such arrival of this person's."""


class Expired(InvalidInput):
    """Its time is over."""

    http_status = 410


class Used(Conflict):
    """A photo was made of it already."""

    http_status = 422


class NotThere(InvalidInput):
    """Its bytes have not come."""

    http_status = 422


class TooLarge(InvalidInput):
    """More bytes are announced than are taken."""

    http_status = 422


@dataclass(frozen=True, slots=True)
class Announced:
    """What a program says of a file before it sends it.

    :param name: to be the photo's, where it is given no other
    :param media_type: as it says, believed in nothing
    :param bytes: None: not said
    :param segments: None: it comes in one piece
    """

    name: str = ""
    media_type: str = ""
    bytes: int | None = None
    segments: tuple[Segment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a segment when all of them were sent; None: nothing.

    :param etag: as its sending was answered, without quotes
    """

    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was announced; the columns of ``arrivals``."""

    id: int
    uuid: str
    person_id: int
    name: str
    media_type: str
    bytes: int | None
    segments: tuple[Segment, ...] | None
    created_at: str
    used_at: str | None

    @property
    def sends_until(self) -> datetime:
        """Until when its bytes may come."""
        return datetime.fromisoformat(self.created_at) + OPEN

    @property
    def kept_until(self) -> datetime:
        """Until when a photo can be made of it."""
        return datetime.fromisoformat(self.created_at) + KEPT


def _arrival(row: Sequence[Any]) -> Arrival:
    values = list(row)
    if values[6] is not None:
        values[6] = tuple(Segment(*item) for item in json.loads(values[6]))
    return Arrival(*values)


def announce(
    archive: Archive,
    actor: Person,
    announced: Announced,
    *,
    most: int = MAX_BYTES,
    now: datetime | None = None,
) -> Arrival:
    """Begin an arrival.

    :param most: bytes that a file may have
    :raises NotAllowed: the actor may not add photos
    :raises TooLarge: it has more bytes than that
    :raises DiskFull: there is no room for so many
    :raises InvalidInput: what is said of it cannot be
    """
    require(actor, "upload")
    segments = announced.segments
    size = _check_size(announced, most)
    if size is not None:
        parts.require_free(archive.folder, size)
    name = clean_path(announced.name) if announced.name else NAMELESS
    uuid = files.new_ulid()
    with transaction(archive.connection):
        archive.connection.execute(
            """
            insert into arrivals (uuid, person_id, name, media_type, bytes, segments,
                created_at) values (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                uuid,
                actor.id,
                name.rpartition("/")[2],
                clean_text(announced.media_type)[:255],
                size,
                None if segments is None else _as_json(segments),
                timestamp(now or utc_now()),
            ),
        )
    return find_arrival(archive.connection, actor, uuid)


def _as_json(segments: Sequence[Segment]) -> str:
    return json.dumps([[s.size, s.sha256, s.md5] for s in segments])


def _check_size(announced: Announced, most: int) -> int | None:
    """Return how large a file is to be, when that is said."""
    size, segments = announced.bytes, announced.segments
    if segments is not None:
        _check_segments(segments)
        size = _together(segments, size)
    if size is not None and size <= 0:
        raise InvalidInput("a file has at least one byte")
    if size is not None and size > most:
        raise TooLarge(f"a file has at most {most:,} bytes")
    return size


def _together(segments: Sequence[Segment], size: int | None) -> int:
    """Return how many bytes segments have, of which some may not say it."""
    sizes = [segment.size for segment in segments if segment.size is not None]
    known = len(sizes) == len(segments)
    if size is None and not known:
        raise InvalidInput("a file whose segments have no size needs one itself")
    together = sum(sizes)
    if size is not None and (together != size if known else together >= size):
        raise InvalidInput(
            f"its segments have {together:,} bytes together, not {size:,}"
        )
    return together if size is None else size


def _check_segments(segments: Sequence[Segment]) -> None:
    if not 1 <= len(segments) <= MAX_SEGMENTS:
        raise InvalidInput(f"a file has between 1 and {MAX_SEGMENTS:,} segments")
    for number, segment in enumerate(segments):
        if segment.size is not None and segment.size <= 0:
            raise Mismatch(number, "is empty")
        if not _SHA256.fullmatch(segment.sha256):
            raise Mismatch(number, "has no SHA-256 (64 hexadecimal digits)")
        if segment.md5 is not None and not _MD5.fullmatch(segment.md5):
            raise Mismatch(number, "has no MD5 (32 hexadecimal digits)")


def find_arrival(connection: sqlite3.Connection, actor: Person, uuid: str) -> Arrival:
    """Return an arrival of the actor's own.

    :raises NoArrival: there is none
    """
    row = connection.execute(
        f"select {_COLUMNS} from arrivals where uuid = ? and person_id = ?",
        (uuid, actor.id),
    ).fetchone()
    if row is None:
        raise NoArrival(f"there is no upload {uuid[:40]}")
    return _arrival(row)


def require_usable(folder: Path, arrival: Arrival, now: datetime | None = None) -> None:
    """Refuse what no photo can be made of.

    :param folder: the archive's
    :raises Used: one was made of it already
    :raises Expired: its time is over
    :raises NotThere: its bytes have not come yet
    """
    now = now or utc_now()
    if arrival.used_at is not None:
        raise Used("a photo was made of this upload already")
    if now >= arrival.kept_until:
        raise Expired("this upload has expired; begin a new one")
    if not files.is_whole(folder, arrival.uuid):
        _refuse_missing(arrival, now)


def _refuse_missing(arrival: Arrival, now: datetime) -> NoReturn:
    if now >= arrival.sends_until:
        raise Expired("the bytes of this upload never came; begin a new one")
    if arrival.segments is None:
        raise NotThere("the bytes of this upload have not come yet")
    raise NotThere("this upload is not complete yet")


def require_open(folder: Path, arrival: Arrival, now: datetime | None = None) -> None:
    """Refuse bytes that are of no use any more.

    :raises Used: a photo was made of it
    :raises Expired: its time to send them is over
    :raises Conflict: its segments are one file already
    """
    if arrival.used_at is not None:
        raise Used("a photo was made of this upload already")
    if (now or utc_now()) >= arrival.sends_until:
        raise Expired("this upload has expired; begin a new one")
    if arrival.segments is not None and files.is_whole(folder, arrival.uuid):
        raise Conflict("this upload is complete already")


def complete(
    folder: Path,
    arrival: Arrival,
    claims: Sequence[Claim],
    now: datetime | None = None,
) -> None:
    """Make one file of the segments. Done before, it is done.

    Takes as long as copying the file, and touches no database.

    :param claims: what is said of the segments now, in their order; none: nothing
    :raises Mismatch: one is missing, or not what was announced, or is claimed now
    :raises Expired: its time is over
    :raises NotThere: it has no segments, and its bytes have not come
    """
    now = now or utc_now()
    if now >= arrival.kept_until:
        raise Expired("this upload has expired; begin a new one")
    if files.is_whole(folder, arrival.uuid):
        return
    if arrival.segments is None:
        _refuse_missing(arrival, now)
    segments = _claimed(arrival.segments, claims)
    try:
        files.join(folder, arrival.uuid, segments, arrival.bytes)
    except Mismatch:
        if files.is_whole(folder, arrival.uuid):  # another request was quicker
            return
        if now >= arrival.sends_until:
            raise Expired("not all of this upload came; begin a new one") from None
        raise


def _claimed(segments: Sequence[Segment], claims: Sequence[Claim]) -> list[Segment]:
    """Return the segments with their ETags, when all that is said of them agrees."""
    if not claims:
        return list(segments)
    if len(claims) != len(segments):
        raise InvalidInput(f"there are {len(segments)} segments, not {len(claims)}")
    agreed = []
    for number, (segment, claim) in enumerate(zip(segments, claims, strict=True)):
        if None not in (claim.size, segment.size) and claim.size != segment.size:
            raise Mismatch(number, "was announced with another size")
        if claim.sha256 not in (None, segment.sha256):
            raise Mismatch(number, "was announced with another SHA-256")
        if claim.md5 is not None and segment.md5 not in (None, claim.md5):
            raise Mismatch(number, "was announced with another MD5")
        md5 = segment.md5 or claim.md5
        agreed.append(replace(segment, md5=md5, etag=claim.etag))
    return agreed


def use(
    connection: sqlite3.Connection,
    actor: Person,
    arrival: Arrival,
    now: datetime | None = None,
) -> None:
    """Note that a photo is made of it, inside the transaction that makes the photo.

    :raises Used: another was quicker
    """
    noted = connection.execute(
        """
        update arrivals set used_at = ?
        where id = ? and person_id = ? and used_at is null
        """,
        (timestamp(now or utc_now()), arrival.id, actor.id),
    )
    if not noted.rowcount:
        raise Used("a photo was made of this upload already")


def clear_arrivals(archive: Archive, now: datetime | None = None) -> None:
    """Remove the bytes of what is used or expired, and forget what ended long ago.

    Bytes that the database does not know may be newer than it (it was restored from a
    backup): they go with those of browsers' uploads, after a week.
    """
    now, connection = now or utc_now(), archive.connection
    connection.execute(
        "delete from arrivals where created_at < ?", (timestamp(now - REMEMBERED),)
    )
    before = timestamp(now - KEPT)
    for name, uuid, _ in files.present(archive.folder):
        row = connection.execute(
            "select used_at is not null or created_at < ? from arrivals where uuid = ?",
            (before, uuid),
        ).fetchone()
        if row is not None and (row[0] or _is_joined(archive.folder, name, uuid)):
            parts.remove(archive.folder, name)
    files.clear_stale(archive.folder, now.timestamp())


def _is_joined(folder: Path, name: str, uuid: str) -> bool:
    """Whether this is a segment of a file that is whole."""
    return name != uuid and files.is_whole(folder, uuid)

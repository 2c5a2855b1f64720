"""Copies of photos: a further photo of the same original, on its own from then on."""

from __future__ import annotations

from dataclasses import dataclass

from archive.batches import batch
from archive.database import Archive
from archive.editing import live_ids
from archive.errors import Conflict
from archive.identity import clean_text, new_uuid
from archive.importing.records import Filing
from archive.importing.single import PhotoOptions, file_under, own_name, writer_of
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.rights import require
from archive.sqlite import sqlite3

REASON = "copy"


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """In what a copy is to differ; None: as what it is a copy of.

    Stars, comments and the day in the daily log are not copied.

    :param name: file name
    :param album: id
    :param location: id; 0: none. It goes before ``path``, names from the top down
    :param trades: ids
    :param private: what is public of a private photo needs the right to make it so
    """

    name: str | None = None
    album: int | None = None
    location: int | None = None
    path: tuple[str, ...] = ()
    trades: tuple[int, ...] | None = None
    description: str | None = None
    private: bool | None = None
    starred: bool = False
    log_date: str = ""


def copy_photo(
    archive: Archive, actor: Person, number: int, options: CopyOptions | None = None
) -> int:
    """Make a new photo of a photo. Returns its id.

    It has what the other holds now: a corrected date, a pin, how it was turned.

    :param number: id of a photo that the actor sees, outside the bin
    :raises NotAllowed: the actor may not add photos, or not so
    :raises NotFound: it is not there for the actor, or what it is to belong to
    :raises InvalidInput: an option that cannot be
    :raises Conflict: its file is not here yet
    """
    require(actor, "upload")
    require(actor, "download")
    options = options or CopyOptions()
    connection = archive.connection
    with batch(connection, actor, reason=REASON) as opened:
        live_ids(connection, actor, [number])
        source = load_photos(connection, [number])[0]
        if source.sha256 is None:
            raise Conflict(f"the file of {source.filename} is not here yet")
        wanted = _wanted(connection, source, options)
        writer = writer_of(archive, actor, wanted)
        filing = file_under(writer, wanted, opened)
        if source.private and not filing.private:
            require(actor, "set_private")
        return _insert(connection, actor, source, wanted, filing, options.name)


def _wanted(
    connection: sqlite3.Connection, source: Photo, options: CopyOptions
) -> PhotoOptions:
    location = source.location_id if options.location is None else options.location
    path = options.path if options.location is None else ()
    trades = options.trades
    return PhotoOptions(
        album=source.album_id if options.album is None else options.album,
        location=None if path else location or None,
        path=path,
        trades=_trades(connection, source) if trades is None else trades,
        description=(
            source.description if options.description is None else options.description
        ),
        private=(source.private or None)
        if options.private is None
        else options.private,
        starred=options.starred,
        log_date=options.log_date,
    )


def _trades(connection: sqlite3.Connection, source: Photo) -> tuple[int, ...]:
    rows = connection.execute(
        "select trade_id from photo_trades where photo_id = ? order by trade_id",
        (source.id,),
    )
    return tuple(row[0] for row in rows)


def _insert(  # noqa: PLR0917
    connection: sqlite3.Connection,
    actor: Person,
    source: Photo,
    wanted: PhotoOptions,
    filing: Filing,
    name: str | None,
) -> int:
    cursor = connection.execute(
        """
        insert into photos (uuid, original_id, filename, filename_bytes, description,
            album_id, location_id, uploader_id, private, starred, taken_at,
            taken_offset, taken_source, assumed_at, log_date, latitude, longitude,
            position_source, direction, projection, camera_id, rotation, uploaded_at,
            updated_at)
        select :uuid, original_id, coalesce(:name, filename),
            iif(:name is null, filename_bytes, null), :description, :album, :location,
            :actor, :private, :starred, taken_at, taken_offset, taken_source,
            assumed_at, :log_date, latitude, longitude, position_source, direction,
            projection, camera_id, rotation, :at, :at
        from photos where id = :source
        """,
        {
            "uuid": new_uuid(),
            "name": None if name is None else own_name(name),
            "description": clean_text(wanted.description),
            "album": filing.album.id,
            "location": filing.location_id,
            "actor": actor.id,
            "private": int(filing.private),
            "starred": int(wanted.starred),
            "log_date": wanted.log_date if filing.log else None,
            "at": filing.batch.at,
            "source": source.id,
        },
    )
    number = int(cursor.lastrowid or 0)
    connection.executemany(
        "insert into photo_trades (photo_id, trade_id) values (?, ?)",
        [(number, trade) for trade in filing.trades],
    )
    return number

"""A database for free SQL, for people who may not query the live one.

It has the photos that somebody may see and what is theirs, in the tables that
docs/format.md describes, and views that need no joining. It was filled from nothing, so
there is nothing else in it, in no free page either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from archive.database import Archive, connect, database_errors
from archive.export.package.copying import copy_database
from archive.locations import PATH_SQL
from archive.rights import Viewer

VIEWS = {
    "photo_list": f"""
        select p.id, p.uuid, o.sha256, p.filename, p.description, a.name as album,
            {PATH_SQL} as location,
            (select group_concat(name, ', ') from (
                select t.name from photo_trades x join trades t on t.id = x.trade_id
                where x.photo_id = p.id order by t.name_key)) as trades,
            p.private, p.taken_at, p.taken_offset, p.taken_source, p.assumed_at,
            p.log_date, p.latitude, p.longitude, p.direction, p.projection,
            k.name as camera, p.rotation, o.width, o.height, o.media_type, o.bytes,
            u.name as uploaded_by, p.uploaded_at, p.updated_at, p.recycled_at,
            (select count(*) from comments c where c.photo_id = p.id) as comments
        from photos p
        join albums a on a.id = p.album_id
        left join originals o on o.id = p.original_id
        left join locations l on l.id = p.location_id
        left join cameras k on k.id = p.camera_id
        left join people u on u.id = p.uploader_id
        """,
    "comment_list": """
        select c.id, c.photo_id, p.filename, u.name as author, c.body, c.created_at,
            c.edited_at
        from comments c
        join photos p on p.id = c.photo_id
        left join people u on u.id = c.author_id
        """,
}


def write_database(
    archive: Archive,
    ids: Sequence[int],
    path: Path,
    who: Viewer | None,
    check: Callable[[], None],
) -> None:
    """Write a database of photos, as far as ``who`` may see them.

    :param check: called a few times a second; raises to end it
    :raises StoreError: it cannot be written
    """
    copy_database(archive, ids, path, who, check)
    with database_errors(path.parent), closing(connect(path)) as copy:
        for name, query in VIEWS.items():
            copy.execute(f"create view {name} as {query}")

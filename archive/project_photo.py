"""The project's photo: the one picture that stands for the whole project.

Everybody here sees it, so it is a public photo (the tool we equal shows a private one
to everybody; edge rule 7). One that became private or went to the recycle bin since is
not shown, and is again once it is public and back.
"""

from __future__ import annotations

from archive.batches import permit
from archive.editing import live_ids
from archive.errors import InvalidInput
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.settings import get_setting, set_setting
from archive.sqlite import sqlite3

KEY = "project_photo"


def set_project_photo(
    connection: sqlite3.Connection, actor: Person, photo_id: int | None
) -> None:
    """Let a photo stand for the project, inside a batch; None: no photo.

    :raises NotAllowed: the actor may not
    :raises NotFound: no such photo, or it is in the recycle bin
    :raises InvalidInput: it is private
    """
    permit(connection, actor, "settings")
    if photo_id is None:
        set_setting(connection, actor, KEY, "")
        return
    live_ids(connection, actor, [photo_id])
    photo = load_photos(connection, [photo_id])[0]
    if photo.private:
        raise InvalidInput(
            f"{photo.filename} is private, and everybody sees the project's photo;"
            " make it public first",
            key="project_photo_private",
            photo=photo.filename,
        )
    set_setting(connection, actor, KEY, photo.uuid)


def project_photo(connection: sqlite3.Connection) -> Photo | None:
    """Return the project's photo, unless it is none that everybody may see."""
    row = connection.execute(
        "select id from photos where uuid = ? and scope = 0",
        (get_setting(connection, KEY),),
    ).fetchone()
    found = load_photos(connection, [row[0]]) if row else []
    return found[0] if found else None

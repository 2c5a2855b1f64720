"""Albums: flat, ordered, each photo in exactly one; *Unclassified* is permanent.

``finding`` says which there are and who may know of them, ``changing`` changes them.
"""

from archive.albums.changing import (
    add_album,
    delete_album,
    find_or_add_album,
    move_album,
    name_album,
    put_album,
    rename_album,
    set_album_private,
    set_cover,
)
from archive.albums.finding import (
    UNCLASSIFIED,
    UNCLASSIFIED_ID,
    UNCLASSIFIED_IN,
    Album,
    albums_changed,
    called,
    find_album,
    list_albums,
    visible_album,
)

__all__ = [
    "UNCLASSIFIED",
    "UNCLASSIFIED_ID",
    "UNCLASSIFIED_IN",
    "Album",
    "add_album",
    "albums_changed",
    "called",
    "delete_album",
    "find_album",
    "find_or_add_album",
    "list_albums",
    "move_album",
    "name_album",
    "put_album",
    "rename_album",
    "set_album_private",
    "set_cover",
    "visible_album",
]

"""Names of files that leave the archive: taken by every system, and unique."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120  # bytes of UTF-8 in one name; whole paths must stay under Windows' 260
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE
)


def safe_name(name: str, otherwise: str = "photo") -> str:
    """Return a name for one file or folder that every system takes.

    :param otherwise: what to call what has no name left
    """
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if c.isprintable())
    plain = _FORBIDDEN.sub("_", plain).strip().rstrip(" .").lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending.encode()) <= 10:
        plain = f"{_cut(stem, LONGEST - len(ending.encode()) - 1)}.{ending}"
    else:
        plain = _cut(plain, LONGEST)
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    return plain or otherwise


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes, in whole characters."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(" .")


class Unique:
    """Makes names unique within one export, as systems that fold case see them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, path: str) -> str:
        """Return the path, or ``path (2).jpg`` where it is taken."""
        folder, slash, name = path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        if not dot:
            stem, ending = name, ""
        number = 1
        wanted = path
        while _key(wanted) in self._taken:
            number += 1
            wanted = f"{folder}{slash}{stem} ({number}){dot}{ending}"
        self._taken.add(_key(wanted))
        return wanted


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())

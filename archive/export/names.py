"""Names of files that leave the archive: taken by every system, and unique.

A name is safe on Windows, macOS and Linux: none of their reserved characters and
names, no dot or space at the end, NFC, and short enough in bytes.
"""

from __future__ import annotations

import hashlib
import re

from archive.facts.sniff import EXTENSIONS
from archive.identity import normalized

LONGEST = 120  # bytes of UTF-8 in one name
FOLDER = 60  # bytes in the name of a folder; whole paths must stay under Windows' 260
PATH = 200  # bytes of a path, unless it has more folders than fit
SHORTEST = 40  # bytes that a file's name has in the deepest folder
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?",
    re.IGNORECASE,
)
_ENDINGS = EXTENSIONS | {"csv", "json", "xmp"}
_SAME = {"jpeg": "jpg", "tif": "tiff", "heif": "heic", "jpe": "jpg"}


def safe_name(name: str, otherwise: str = "photo", most: int = LONGEST) -> str:
    """Return a name for one file or folder that every system takes.

    :param otherwise: what to call what has no name left
    :param most: bytes of UTF-8
    """
    plain = "".join(c for c in normalized("NFC", name) if c.isprintable())
    plain = _FORBIDDEN.sub("_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending.encode()) <= 10:
        plain = f"{_cut(stem, most - len(ending.encode()) - 1)}.{ending}"
    else:
        plain = _cut(plain, most)
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    return plain or otherwise


def safe_folder(name: str, otherwise: str = "album") -> str:
    """Return a name for a folder; none ends as a file's does.

    Files always do, so a file and a folder never want one name.
    """
    plain = safe_name(name, otherwise, FOLDER)
    ending = plain.rpartition(".")[2].lower() if "." in plain else ""
    return f"{plain}_" if ending in _ENDINGS else plain


def safe_file(name: str, extension: str, folders: str = "") -> str:
    """Return a name for a file that ends as its real type does, below some folders.

    A JPEG called ``plan.html`` would open as a page.
    """
    most = min(LONGEST, max(SHORTEST, PATH - len(folders.encode()) - 1))
    if ends_like(name, extension):
        return safe_name(name, most=most)
    stem = safe_name(name, most=most - len(extension) - 1)
    return f"{stem}.{extension}"


def ends_like(name: str, extension: str) -> bool:
    """Whether a name ends as files of this type do: ``crane.JPEG`` as ``jpg`` does."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _SAME.get(ending, ending) == _SAME.get(extension, extension)


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes, in whole characters."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(" .")


class Taken:
    """The names that an export has given, as systems that fold case see them.

    Of each it keeps eight bytes: of a million names as many megabytes as they are long.
    """

    def __init__(self) -> None:
        self._keys: set[int] = set()

    def take(self, path: str) -> bool:
        """Take a name; False when it was taken."""
        key = _key(path)
        if key in self._keys:
            return False
        self._keys.add(key)
        return True


def _key(path: str) -> int:
    folded = normalized("NFC", normalized("NFD", path).casefold())
    digest = hashlib.blake2b(folded.encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def marked(path: str, mark: str) -> str:
    """Return a name with a mark before its ending: ``Facade/crane ~5c1e.jpg``."""
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    room = LONGEST - len(f" ~{mark}{dot}{ending}".encode())
    return f"{folder}{slash}{_cut(stem, room)} ~{mark}{dot}{ending}"

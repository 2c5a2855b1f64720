"""The addresses of an archive's pages. A page's whole state is in its address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from archive.photos import Photo
from archive.search import Filter
from plugins import media
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase


class Links:
    """Makes addresses within one archive.

    :param base: the archive's home, such as ``/tower-4``
    """

    def __init__(self, datasette: Datasette, database: ArchiveDatabase) -> None:
        self.base = str(datasette.urls.database(database.name))

    def gallery(
        self,
        query: str = "",
        after: str | None = None,
        extension: str = "",
        **more: str,
    ) -> str:
        """Address of the photos of a search; ``by`` and ``order`` may be given."""
        return self.base + extension + _arguments(q=query, after=after, **more)

    def having(self, name: str, value: str) -> str:
        """Address of all photos that a filter selects."""
        return self.gallery(str(Filter(name, value)))

    def photo(self, number: int, query: str = "", extension: str = "") -> str:
        """Address of a photo's page; ``query`` is the search that led there."""
        return f"{self.base}/-/photo/{number}{extension}" + _arguments(q=query)

    def rendition(self, photo: Photo, name: str) -> str:
        """Address of a thumbnail, medium or preview; it changes with the rotation."""
        version = media.version(photo.sha256, photo.rotation)
        return f"{self.base}/-/photo/{photo.id}/{name}?v={version}"

    def original(self, number: int, *, download: bool = False) -> str:
        """Address of the file as it came."""
        return f"{self.base}/-/photo/{number}/original" + (
            "?download=1" if download else ""
        )

    def to(self, path: str, **arguments: Any) -> str:  # noqa: ANN401
        """Address of a page of this archive: ``to("albums", q="crane")``."""
        return f"{self.base}/-/{path}" + _arguments(**arguments)

    def back(self, wanted: str, done: int | None = None) -> str:
        r"""Return where a form leads on to: an address of this archive, else its home.

        No address of another site, however it is spelt (``//``, ``/\\``), nor one
        that leads out of the archive again (``..``, ``%2e%2e``).

        :param done: the batch that the page there shall offer to undo
        """
        inside = wanted.startswith((f"{self.base}/", f"{self.base}?"))
        inside = inside and wanted.isprintable() and not _climbs(wanted)
        url = urlsplit(wanted if inside else self.base)
        pairs = [pair for pair in parse_qsl(url.query) if pair[0] != "done"]
        if done is not None:
            pairs.append(("done", str(done)))
        return urlunsplit(("", "", url.path, urlencode(pairs), ""))

    def tables(self) -> str:
        """Address of Datasette's own page of the database."""
        return f"{self.base}/-/tables"


def _climbs(address: str) -> bool:
    """Whether a browser would leave the folder that the address begins with."""
    path = unquote(address.partition("?")[0].partition("#")[0])
    return "\\" in path or not {".", ".."}.isdisjoint(path.split("/"))


def _arguments(**arguments: Any) -> str:  # noqa: ANN401
    given = {name: value for name, value in arguments.items() if value}
    return f"?{urlencode(given)}" if given else ""

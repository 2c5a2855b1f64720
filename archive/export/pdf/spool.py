"""The file of a report: first its pictures as they come, then all else.

A picture is written once, and neither read again nor held in memory. So that pikepdf
can open the file before there are pages, it ends for a while as if it were whole; that
end is cut off when the rest is known.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pikepdf import Dictionary, Name, Object, Pdf, Stream

from archive.export.pdf.jpegs import Jpeg

_CATALOG, _PAGES = 1, 2  # numbers of objects
_LEVEL = 6  # of packing: what is not packed yet is small


class PictureFile:
    """Writes a PDF from its pictures on; for one report."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin a file.

        :param file: empty, to be written and read
        """
        self._file = file
        self._places: dict[int, int] = {}
        self._profiles: dict[str, int] = {}
        self._at = self._end = 0
        self._next = _PAGES + 1
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, jpeg: Jpeg) -> int:
        """Add a picture; returns its number."""
        grey = jpeg.components == 1
        colours = "/DeviceGray" if grey else "/DeviceRGB"
        if jpeg.profile:
            colours = f"[/ICCBased {self._profile(jpeg)} 0 R]"
        head = (
            f"<< /Type /XObject /Subtype /Image /Width {jpeg.width}"
            f" /Height {jpeg.height} /BitsPerComponent 8 /ColorSpace {colours}"
            f" /Filter /DCTDecode /Length {jpeg.size} >>"
        )
        return self._new(head.encode(), jpeg.parts)

    def _profile(self, jpeg: Jpeg) -> int:
        name = hashlib.sha256(jpeg.profile).hexdigest()
        if name not in self._profiles:
            data = zlib.compress(jpeg.profile)
            kind = "/DeviceGray" if jpeg.components == 1 else "/DeviceRGB"
            head = (
                f"<< /N {jpeg.components} /Alternate {kind} /Filter /FlateDecode"
                f" /Length {len(data)} >>"
            )
            self._profiles[name] = self._new(head.encode(), (data,))
        return self._profiles[name]

    def _new(self, head: bytes, stream: Iterable[bytes | memoryview]) -> int:
        number = self._next
        self._next += 1
        self._object(number, head, stream)
        return number

    def _object(
        self,
        number: int,
        head: bytes,
        stream: Iterable[bytes | memoryview] | None = None,
    ) -> None:
        self._places[number] = self._at
        self._write(b"%d 0 obj\n" % number, head)
        if stream is not None:
            self._write(b"\nstream\n", *stream, b"\nendstream")
        self._write(b"\nendobj\n")

    def _write(self, *pieces: bytes | memoryview) -> None:
        for piece in pieces:
            self._file.write(piece)
            self._at += len(piece)

    def close(self) -> None:
        """End the file for now: a PDF without pages."""
        self._end = self._at
        places = dict(self._places)
        self._object(_CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % _PAGES)
        self._object(_PAGES, b"<< /Type /Pages /Kids [] /Count 0 >>")
        self._trailer(b"<< /Size %d /Root %d 0 R >>" % (self._next, _CATALOG))
        self._places = places

    def complete(self, pdf: Pdf, more: Iterable[tuple[int, bytes]] = ()) -> None:
        """Write all that pikepdf made of the file since it was ended for now.

        :param pdf: that file, with pages and all else
        :param more: further objects, or what is to stand for one of pikepdf's, by
            their numbers
        """
        self._file.seek(self._end)
        self._file.truncate()
        self._at = self._end
        first, digest = self._next, hashlib.sha256()
        for number, head in more:
            self._object(number, head)
            digest.update(head)
        for made in pdf.objects:
            number = made.objgen[0]
            ours = number in (_CATALOG, _PAGES) or number >= first
            if ours and number not in self._places:
                for piece in self._made(number, made):
                    digest.update(piece)
        name = digest.hexdigest()[:32]
        ids = f"/ID [<{name}> <{name}>]"
        root = pdf.Root.objgen[0]
        size = max(self._places) + 1
        self._trailer(f"<< /Size {size} /Root {root} 0 R {ids} >>".encode())

    def _made(self, number: int, made: Object) -> Iterator[bytes]:
        """Write an object of pikepdf's; yields what it holds."""
        if isinstance(made, Stream):
            head, data = _packed(made)
            self._object(number, head, (data,))
            yield from (head, data)
        else:
            head = made.unparse(resolved=True)
            self._object(number, head)
            yield head

    def _trailer(self, trailer: bytes) -> None:
        """Write where each object is, and what ends the file."""
        place, size = self._at, max(self._places) + 1
        self._write(b"xref\n0 %d\n" % size)
        for number in range(size):
            at = self._places.get(number)
            free = not at
            self._write(
                b"%010d %05d %c \n" % (at or 0, *((65535, b"f") if free else (0, b"n")))
            )
        self._write(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, place))
        self._file.flush()


def _packed(stream: Stream) -> tuple[bytes, bytes]:
    """Return the dictionary of a stream and its data; the XMP packet stays readable."""
    data = stream.read_raw_bytes()
    head = Dictionary(dict(stream.stream_dict.items()))
    if "/Filter" not in head and head.get("/Type") != Name.Metadata:
        data = zlib.compress(data, _LEVEL)
        head.Filter = Name.FlateDecode
    head.Length = len(data)
    return head.unparse(resolved=True), data

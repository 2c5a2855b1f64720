"""Markups burned into a copy of a photo, for those who have a viewer of pictures only.

The picture is drawn on tile by tile, and only where something is drawn: each shape as a
mask with soft edges, first its edge, then its colour.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive.copying import crc32_of
from archive.errors import DamagedFile
from archive.export.lettering import lines_at, width_of
from archive.export.pdf.rendering import CHANGED
from archive.export.stamps import ALL, QUALITY
from archive.markup_shapes import (
    COLOURS,
    EDGE,
    FRAME,
    LEADING,
    Outline,
    Point,
    Shape,
    edge_of,
    frame_of,
    lettering,
    outlines,
    turned,
)
from archive.markup_svg import ASCENT

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

_TILE = 512  # pixels of a side
_FINE = 4  # lines are drawn so many times as large, and then made smaller: soft edges
_PIECE = 6  # pixels of the lines of which a curve is made, unless they are too many
_MOST_PIECES = 64
_AROUND = 16  # places around a letter at which it is drawn for its edge

Box = tuple[int, int, int, int]  # left, top, right, bottom


def drawn_file(
    path: str, rotation: int, crc32: int, shapes: str
) -> tuple[int, int, bytes]:
    """Return a photo with its markups: width, height, JPEG. A worker's job.

    It is upright, in sRGB, at full size and without metadata. The bytes are empty where
    there is no picture.

    :param crc32: of the file when it was archived
    :param shapes: the file that has them, as ``kept`` writes it
    :raises FileProblem: nothing of it can be shown, or it is another file now
    """
    from archive.facts import read_facts
    from archive.renditions import picture_of

    file = Path(path)
    if crc32_of(file)[0] != crc32:
        raise DamagedFile(file, CHANGED)
    image = picture_of(file, read_facts(file), ALL, rotation)
    if image is None:
        return 0, 0, b""
    if image.mode != "RGB":
        image = image.convert("RGB")
    draw_shapes(image, _read(Path(shapes)), rotation)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return *image.size, buffer.getvalue()


def kept(shapes: Sequence[Shape]) -> str:
    """Return shapes as a text: those of one photo can be more than a job may have."""
    told = [(s.kind, s.colour, s.width, s.points, s.text) for s in shapes]
    return json.dumps(told, ensure_ascii=False)


def _read(path: Path) -> list[Shape]:
    found = json.loads(path.read_text("utf-8"))
    return [
        Shape(kind, colour, width, tuple((x, y) for x, y in points), text)
        for kind, colour, width, points, text in found
    ]


def draw_shapes(
    picture: Image.Image, shapes: Sequence[Shape], rotation: int = 0
) -> None:
    """Draw shapes on a picture itself, in RGB, the first lowest.

    :param rotation: of the photo, by a person; the picture is turned by it already
    """
    scale = max(picture.size) / FRAME
    frame = frame_of(*picture.size)
    drawn = [
        _drawn(replace(shape, points=turned(shape.points, rotation)), frame, scale)
        for shape in shapes
    ]
    for box in _tiles(*picture.size):
        here = [one for one in drawn if one.touches(box)]
        if not here:
            continue
        tile = picture.crop(box)
        for one in here:
            for colour, mask in zip(one.colours, one.masks(box), strict=True):
                tile.paste(colour, (0, 0), mask)
        picture.paste(tile, box[:2])


def _tiles(width: int, height: int) -> Iterator[Box]:
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield left, top, min(left + _TILE, width), min(top + _TILE, height)


def _drawn(shape: Shape, frame: tuple[float, float], scale: float) -> _Paths | _Letters:
    colours = edge_of(shape.colour), COLOURS[shape.colour]
    if shape.kind != "text":
        found = tuple(_line(one, shape, scale) for one in outlines(shape, frame))
        return _Paths(colours, found, EDGE * scale)
    stands = lettering(shape, frame)
    size = stands.size * scale
    lines = tuple(
        (line, size * (ASCENT + n * LEADING)) for n, line in enumerate(stands.lines)
    )
    at = (stands.at[0] * scale, stands.at[1] * scale)
    return _Letters(colours, lines, size, at, stands.angle, EDGE * scale)


# Lines and areas


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of straight pieces, or (width 0) the area within it; pixels."""

    points: tuple[Point, ...]
    width: float

    def pieces(self, box: Box, more: float) -> Iterator[tuple[Point, Point]]:
        """Yield the pieces that come into a box, or so near to it."""
        reach = self.width / 2 + more + 1
        for one, other in zip(self.points, self.points[1:], strict=False):
            if _meets((one, other), box, reach):
                yield one, other


def _meets(points: Sequence[Point], box: Box, reach: float) -> bool:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (
        min(xs) - reach < box[2]
        and max(xs) + reach > box[0]
        and min(ys) - reach < box[3]
        and max(ys) + reach > box[1]
    )


def _line(outline: Outline, shape: Shape, scale: float) -> _Line:
    """Return an outline in pixels, its curves as short lines."""
    found: list[Point] = []
    for step in outline.steps:
        if step.letter == "Z":
            found.append(found[0])
        elif step.letter == "C":
            found += _curve(
                found[-1], *((x * scale, y * scale) for x, y in step.points)
            )
        else:
            found += [(x * scale, y * scale) for x, y in step.points]
    return _Line(tuple(found), 0 if outline.filled else shape.width * scale)


def _curve(start: Point, first: Point, second: Point, end: Point) -> Iterator[Point]:
    four = (start, first, second, end)
    length = sum(map(math.dist, four, four[1:]))
    count = min(_MOST_PIECES, math.ceil(length / _PIECE) + 3)
    for n in range(1, count + 1):
        t = n / count
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(w * point[0] for w, point in zip(weights, four, strict=True)),
            sum(w * point[1] for w, point in zip(weights, four, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class _Paths:
    """A shape that is drawn with lines.

    :param colours: of its edge, and its own
    :param edge: how wide that is on either side, pixels
    """

    colours: tuple[str, str]
    lines: tuple[_Line, ...]
    edge: float

    def touches(self, box: Box) -> bool:
        """Whether some of it comes into a tile."""
        return any(
            next(line.pieces(box, self.edge), None)
            or (not line.width and _meets(line.points, box, self.edge + 1))
            for line in self.lines
        )

    def masks(self, box: Box) -> tuple[Image.Image, Image.Image]:
        """Return what of a tile its edge covers, and it itself."""
        return self._mask(box, self.edge), self._mask(box, 0)

    def _mask(self, box: Box, more: float) -> Image.Image:
        from PIL import Image, ImageDraw

        size = (box[2] - box[0]) * _FINE, (box[3] - box[1]) * _FINE
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for line in self.lines:
            if not line.width:
                draw.polygon(_placed(line.points, box), fill=255)
            if half := line.width / 2 + more:
                for one, other in line.pieces(box, more):
                    _stroke(draw, one, other, half, box)
        return mask.reduce(_FINE)


def _stroke(
    draw: ImageDraw.ImageDraw, one: Point, other: Point, half: float, box: Box
) -> None:
    """Draw a piece of a line with round ends."""
    across, down = other[0] - one[0], other[1] - one[1]
    if length := math.hypot(across, down):
        x, y = -down / length * half, across / length * half
        corners = [
            (one[0] + x, one[1] + y),
            (other[0] + x, other[1] + y),
            (other[0] - x, other[1] - y),
            (one[0] - x, one[1] - y),
        ]
        draw.polygon(_placed(corners, box), fill=255)
    for x, y in (one, other):
        ends = [(x - half, y - half), (x + half, y + half)]
        draw.ellipse(_placed(ends, box), fill=255)


def _placed(points: Sequence[Point], box: Box) -> list[Point]:
    """Return points of the picture in a tile's mask; the same in whichever tile."""
    left, top = box[0] * _FINE, box[1] * _FINE
    return [(round(x * _FINE) - left, round(y * _FINE) - top) for x, y in points]


# Letters


@dataclass(frozen=True, slots=True)
class _Letters:
    """A text; as ``_Paths``.

    :param lines: as ``lines_at`` takes them, like ``size``, ``at`` and ``angle``
    """

    colours: tuple[str, str]
    lines: tuple[tuple[str, float], ...]
    size: float
    at: Point
    angle: float
    edge: float

    def touches(self, box: Box) -> bool:
        """Whether some of it may come into a tile."""
        wide = max(width_of(line) for line, _ in self.lines) * self.size
        high = self.lines[-1][1] + self.size
        angle = math.radians(self.angle)
        cosine, sine = math.cos(angle), math.sin(angle)
        corners = [
            (self.at[0] + x * cosine - y * sine, self.at[1] + x * sine + y * cosine)
            for x, y in ((0, 0), (wide, 0), (wide, high), (0, high))
        ]
        return _meets(corners, box, self.edge + self.size / 2)

    def masks(self, box: Box) -> tuple[Image.Image, Image.Image]:
        """Return what of a tile its edge covers, and it itself."""
        from PIL import Image, ImageChops

        more = math.ceil(self.edge) + 1
        left, top, right, bottom = box
        wide = left - more, top - more, right + more, bottom + more
        size = wide[2] - wide[0], wide[3] - wide[1]
        letters = Image.frombytes(
            "L", size, lines_at(self.lines, self.size, self.at, self.angle, wide)
        )
        inner = (more, more, size[0] - more, size[1] - more)
        edge = letters
        for n in range(_AROUND):
            angle = 2 * math.pi * n / _AROUND
            x, y = (round(self.edge * f(angle)) for f in (math.cos, math.sin))
            edge = ImageChops.lighter(edge, ImageChops.offset(letters, x, y))
        return edge.crop(inner), letters.crop(inner)

"""A room as a box of air in the tower: its walls, windows and surfaces."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from . import surfaces
from .geometry import Colour, Face, Point, quad
from .painter import Picture

FRAME: Colour = (48, 50, 54)


@dataclass(frozen=True, slots=True)
class Room:
    """A box of air: two corners in metres, and the sides that have windows."""

    low: Point
    high: Point
    windows: tuple[str, ...]

    @property
    def size(self) -> Point:
        """Width, depth and height, metres."""
        a, b = self.low, self.high
        return (b[0] - a[0], b[1] - a[1], b[2] - a[2])


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall: its lower left corner seen from inside, its direction, its length."""

    corner: Point
    along: Point
    length: float

    def part(
        self,
        across: tuple[float, float],
        up: tuple[float, float],
        colour: Colour,
        off: float = 0.0,
    ) -> Face:
        """A rectangle on the wall, metres from its corner, ``off`` into the room."""
        (x, y, z), (dx, dy, _) = self.corner, self.along
        x, y = x + dy * off, y - dx * off
        (a, b), (low, high) = across, up
        ends = ((a, low), (b, low), (b, high), (a, high))
        return quad([(x + dx * t, y + dy * t, z + h) for t, h in ends], colour)


def wall_of(room: Room, side: str) -> Wall:
    """The wall on a side of a room."""
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    return {
        "north": Wall((x0, y1, z), (1.0, 0.0, 0.0), x1 - x0),
        "east": Wall((x1, y1, z), (0.0, -1.0, 0.0), y1 - y0),
        "south": Wall((x1, y0, z), (-1.0, 0.0, 0.0), x1 - x0),
        "west": Wall((x0, y0, z), (0.0, 1.0, 0.0), y1 - y0),
    }[side]


def blind_walls(room: Room) -> list[Wall]:
    """The walls without windows."""
    sides = ("north", "east", "south", "west")
    return [wall_of(room, side) for side in sides if side not in room.windows]


def window_walls(
    room: Room, colour: Colour, sill: float, *, glazed: bool
) -> list[list[Face]]:
    """Sill, head, piers and frames of the walls with windows."""
    return [
        _with_windows(wall_of(room, side), room.size[2], colour, sill, glazed=glazed)
        for side in room.windows
    ]


def _with_windows(
    wall: Wall, height: float, colour: Colour, sill: float, *, glazed: bool
) -> list[Face]:
    head, length = height - 0.35, wall.length
    faces = [
        wall.part((0, length), (0, sill), colour),
        wall.part((0, length), (head, height), colour),
    ]
    count = max(2, round(length / 3))
    step = length / count
    for i in range(count + 1):
        wide = 0.28 if i % 2 == 0 else 0.07
        middle = min(max(i * step, wide), length - wide)
        faces.append(wall.part((middle - wide, middle + wide), (sill, head), colour))
    if glazed:
        faces.append(wall.part((0, length), (sill, sill + 0.07), FRAME))
        faces.append(wall.part((0, length), (head - 0.07, head), FRAME))
        halves = [i * step / 2 for i in range(count * 2)]
        faces += [wall.part((t - 0.03, t + 0.03), (sill, head), FRAME) for t in halves]
    return faces


def shell(
    picture: Picture,
    room: Room,
    floor: Image.Image,
    ceiling: Image.Image,
    wall: Image.Image,
) -> None:
    """Floor, ceiling and walls with darkened corners; walls with windows stay open."""
    (x0, y0, z), _ = room.low, room.high
    w, d, h = room.size
    picture.texture(_cornered(floor), (x0, y0, z), (w, 0, 0), (0, d, 0))
    picture.texture(_cornered(ceiling), (x0, y0, z + h), (w, 0, 0), (0, d, 0))
    dark = _cornered(wall)
    for side in blind_walls(room):
        x, y, _ = side.corner
        along = (side.along[0] * side.length, side.along[1] * side.length, 0.0)
        picture.texture(dark, (x, y, z + h), along, (0, 0, -h))


_corners: dict[int, tuple[Image.Image, Image.Image]] = {}


def _cornered(image: Image.Image) -> Image.Image:
    """The texture with soft shade along its edges (they are few; all are kept)."""
    key = id(image)  # stays its own, because the image is kept beside the result
    if key not in _corners:
        dark = image.point([int(v * 0.55) for v in range(256)] * 3)
        shaded = Image.composite(image, dark, surfaces.edge_shade(image.size))
        _corners[key] = (image, shaded)
    return _corners[key][1]

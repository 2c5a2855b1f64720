"""Solids in metres and the cameras that look at them.

The axes are x east, y north, z up; angles are degrees, clockwise from north for
headings and upwards for pitch. A face lists its corners counter-clockwise as seen from
outside, so that its normal points out of the solid.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float, float]
Colour = tuple[float, float, float]
Pixel = tuple[float, float]

NEAR = 0.08  # metres; anything closer to the eye is cut off


class Face(NamedTuple):
    """A flat polygon. ``glow`` 1 keeps its colour whatever the light, 0 is matt."""

    points: tuple[Point, ...]
    colour: Colour
    normal: Point
    glow: float = 0.0
    two_sided: bool = False


def subtract(a: Point, b: Point) -> Point:
    """The vector from ``b`` to ``a``."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def add(a: Point, b: Point, factor: float = 1.0) -> Point:
    """``a + factor * b``."""
    return (a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2])


def dot(a: Point, b: Point) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Point, b: Point) -> Point:
    """The vector product."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def unit(a: Point) -> Point:
    """``a`` at length 1 (the zero vector stays)."""
    length = math.sqrt(dot(a, a)) or 1.0
    return (a[0] / length, a[1] / length, a[2] / length)


def heading_vector(heading: float, pitch: float = 0.0) -> Point:
    """The unit vector that points along a compass heading and a pitch."""
    h, p = math.radians(heading), math.radians(pitch)
    return (math.sin(h) * math.cos(p), math.cos(h) * math.cos(p), math.sin(p))


def quad(
    points: Sequence[Point],
    colour: Colour,
    glow: float = 0.0,
    *,
    two_sided: bool = True,
) -> Face:
    """A flat polygon on its own; seen from both sides unless told otherwise."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = points[0], points[1], points[2]
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - bx, cy - by, cz - bz
    normal = unit((uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx))
    return Face(tuple(points), colour, normal, glow, two_sided)


def box(low: Point, high: Point, colour: Colour, glow: float = 0.0) -> tuple[Face, ...]:
    """The six faces of an upright box between two corners."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    sides: tuple[tuple[tuple[Point, ...], Point], ...] = (
        (((x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)), (0, 0, 1)),
        (((x0, y0, z0), (x0, y1, z0), (x1, y1, z0), (x1, y0, z0)), (0, 0, -1)),
        (((x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)), (0, -1, 0)),
        (((x0, y1, z0), (x0, y1, z1), (x1, y1, z1), (x1, y1, z0)), (0, 1, 0)),
        (((x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)), (-1, 0, 0)),
        (((x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)), (1, 0, 0)),
    )
    return tuple(Face(points, colour, normal, glow) for points, normal in sides)


def _sides_of(axis: Point) -> tuple[Point, Point]:
    reference: Point = (0, 0, 1) if abs(axis[2]) < 0.9 else (0, 1, 0)
    side = unit(cross(axis, reference))
    return side, cross(side, axis)


def tube(
    start: Point, end: Point, radius: float, colour: Colour, sides: int = 8
) -> tuple[Face, ...]:
    """A straight pipe of ``sides`` flat strips, with both ends closed."""
    axis = unit(subtract(end, start))
    across, up = _sides_of(axis)
    rims: list[tuple[Point, Point, Point]] = []
    for i in range(sides):
        angle = 2 * math.pi * i / sides
        out = add(add((0, 0, 0), across, math.cos(angle)), up, math.sin(angle))
        rims.append((add(start, out, radius), add(end, out, radius), out))
    faces = []
    for i, (a, b, out) in enumerate(rims):
        c, d, following = rims[(i + 1) % sides]
        faces.append(Face((a, c, d, b), colour, unit(add(out, following))))
    faces.append(Face(tuple(r[0] for r in rims), colour, add((0, 0, 0), axis, -1)))
    faces.append(Face(tuple(r[1] for r in rims), colour, axis))
    return tuple(faces)


def beam(
    start: Point, end: Point, width: float, colour: Colour, height: float | None = None
) -> tuple[Face, ...]:
    """A straight bar of rectangular section between two points."""
    axis = unit(subtract(end, start))
    across, up = _sides_of(axis)
    half_w, half_h = width / 2, (height or width) / 2
    corners = [
        add(add((0, 0, 0), across, a * half_w), up, b * half_h)
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    normals = (add((0, 0, 0), up, -1), across, up, add((0, 0, 0), across, -1))
    faces = []
    for i in range(4):
        a, b = corners[i], corners[(i + 1) % 4]
        points = (add(start, a), add(start, b), add(end, b), add(end, a))
        faces.append(Face(points, colour, normals[i], 0.0, True))
    faces.append(
        Face(tuple(add(start, c) for c in corners), colour, add((0, 0, 0), axis, -1))
    )
    faces.append(Face(tuple(add(end, c) for c in corners), colour, axis))
    return tuple(faces)


def polyline(
    points: Sequence[Point], radius: float, colour: Colour, sides: int = 6
) -> list[Face]:
    """A bent pipe or hose through the points."""
    faces: list[Face] = []
    for a, b in pairwise(points):
        faces += tube(a, b, radius, colour, sides)
    return faces


def moved(faces: Iterable[Face], by: Point, heading: float = 0.0) -> list[Face]:
    """The faces turned clockwise about the vertical axis, then moved."""
    c, s = math.cos(math.radians(heading)), math.sin(math.radians(heading))

    def turn(p: Point) -> Point:
        return (p[0] * c + p[1] * s, -p[0] * s + p[1] * c, p[2])

    return [
        face._replace(
            points=tuple(add(turn(p), by) for p in face.points),
            normal=turn(face.normal),
        )
        for face in faces
    ]


class Camera:
    """A pinhole camera without distortion.

    :param view: width and height of the picture, pixels
    :param field: horizontal field of view of the longer side, degrees
    """

    def __init__(
        self,
        eye: Point,
        heading: float,
        pitch: float,
        field: float,
        view: tuple[int, int],
    ) -> None:
        self.eye = eye
        self.heading = heading
        self.view = view
        self.forward = heading_vector(heading, pitch)
        self.right = heading_vector(heading + 90)
        self.up = cross(self.right, self.forward)
        self.focal = max(view) / 2 / math.tan(math.radians(field / 2))
        self.centre = (view[0] / 2, view[1] / 2)

    def scaled(self, factor: float) -> Camera:
        """The same camera for a picture ``factor`` times as large."""
        other = object.__new__(Camera)
        other.__dict__.update(self.__dict__)
        other.view = (round(self.view[0] * factor), round(self.view[1] * factor))
        other.focal = self.focal * factor
        other.centre = (self.centre[0] * factor, self.centre[1] * factor)
        return other

    def depth(self, p: Point) -> float:
        """Metres in front of the eye (negative behind it)."""
        return dot(subtract(p, self.eye), self.forward)

    def horizon(self) -> float:
        """The row of the horizon, pixels from the top (may lie outside)."""
        return self.centre[1] + self.focal * self.forward[2] / max(0.01, self.up[2])

    def outlines(self, points: Sequence[Point]) -> list[list[Pixel]]:
        """The polygon as outlines to fill, pixels: one, or none when out of sight."""
        pixels = self.project(points)
        if len(pixels) < 3:
            return []
        width, height = self.view
        xs, ys = [p[0] for p in pixels], [p[1] for p in pixels]
        if max(xs) < 0 or min(xs) > width or max(ys) < 0 or min(ys) > height:
            return []
        return [pixels]

    def lines(self, start: Point, end: Point) -> list[list[Pixel]]:
        """The straight line as pixels: one, or none when out of sight."""
        line = self.project((start, end))[:2]
        return [line] if len(line) == 2 else []

    def project(self, points: Sequence[Point]) -> list[Pixel]:
        """The outline of a polygon in pixels; empty when it is all behind the eye."""
        ex, ey, ez = self.eye
        rx, ry, rz = self.right
        ux, uy, uz = self.up
        fx, fy, fz = self.forward
        seen = []
        behind = False
        for px, py, pz in points:
            x, y, z = px - ex, py - ey, pz - ez
            d = x * fx + y * fy + z * fz
            behind = behind or d < NEAR
            seen.append((x * rx + y * ry + z * rz, x * ux + y * uy + z * uz, d))
        if behind:
            seen = _cut(seen)
        focal = self.focal
        cx, cy = self.centre
        return [(cx + focal * a / d, cy - focal * b / d) for a, b, d in seen]

    def plane_transform(
        self, origin: Point, first: Point, second: Point
    ) -> tuple[float, ...] | None:
        """How to look up a point of a plane for every pixel of the picture.

        ``origin + s * first + t * second`` is the plane; the answer (a … h) gives
        s = (a x + b y + c) / (g x + h y + 1) and likewise t, as Pillow's PERSPECTIVE
        wants it. None when the plane is seen edge on at the picture's first pixel.
        """
        to_eye = subtract(self.eye, origin)
        across = cross(first, second)
        numerators = (cross(to_eye, second), cross(first, to_eye), across)
        cx, cy = self.centre
        rows = []
        for vector in numerators:
            a = dot(vector, self.right) / self.focal
            b = -dot(vector, self.up) / self.focal
            rows.append((a, b, dot(vector, self.forward) - a * cx - b * cy))
        (a, b, c), (d, e, f), (g, h, i) = rows
        if abs(i) < 1e-9:
            return None
        return (a / i, b / i, c / i, d / i, e / i, f / i, g / i, h / i)


def _cut(seen: list[Point]) -> list[Point]:
    """The part of a polygon (in camera axes) that lies in front of the eye."""
    kept: list[Point] = []
    for i, p in enumerate(seen):
        q = seen[i - 1]
        if (p[2] >= NEAR) != (q[2] >= NEAR):
            t = (NEAR - q[2]) / (p[2] - q[2])
            kept.append((q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1]), NEAR))
        if p[2] >= NEAR:
            kept.append(p)
    return kept


class Sphere:
    """A camera that sees all around: an equirectangular picture, twice as wide as high.

    :param heading: the compass heading at the middle of the picture
    """

    def __init__(self, eye: Point, heading: float, view: tuple[int, int]) -> None:
        self.eye = eye
        self.heading = heading
        self.view = view
        self.forward: Point = heading_vector(heading)

    def scaled(self, factor: float) -> Sphere:
        """The same camera for a picture ``factor`` times as large."""
        view = (round(self.view[0] * factor), round(self.view[1] * factor))
        return Sphere(self.eye, self.heading, view)

    def depth(self, p: Point) -> float:
        """Metres from the eye."""
        away = subtract(p, self.eye)
        return math.sqrt(dot(away, away))

    def outlines(self, points: Sequence[Point], pieces: int = 8) -> list[list[Pixel]]:
        """The polygon's bent outline, twice where it crosses the picture's edge.

        :param pieces: into how many straight pieces an edge is divided
        """
        width, height = self.view
        bent = self._unrolled(_divided(points, pieces))
        back = bent[0][0] + width * round((bent[-1][0] - bent[0][0]) / width)
        if back != bent[0][0]:  # it went all around, so it holds a pole
            edge = 0.0 if bent[0][1] < height / 2 else float(height)
            bent += [(back, bent[0][1]), (back, edge), (bent[0][0], edge)]
        left, right = min(p[0] for p in bent), max(p[0] for p in bent)
        shifts = [0] + [width] * (left < 0) + [-width] * (right > width)
        return [[(x + shift, y) for x, y in bent] for shift in shifts]

    def lines(self, start: Point, end: Point) -> list[list[Pixel]]:
        """The line's bent course, twice where it crosses the picture's edge."""
        along = subtract(end, start)
        bent = self._unrolled([add(start, along, k / 12) for k in range(13)])
        width = self.view[0]
        left, right = min(p[0] for p in bent), max(p[0] for p in bent)
        shifts = [0] + [width] * (left < 0) + [-width] * (right > width)
        return [[(x + shift, y) for x, y in bent] for shift in shifts]

    def _unrolled(self, points: Sequence[Point]) -> list[Pixel]:
        width, height = self.view
        turn = math.radians(self.heading)
        ex, ey, ez = self.eye
        atan2, hypot = math.atan2, math.hypot
        per_radian, middle = width / (2 * math.pi), height / 2
        pixels: list[Pixel] = []
        last = width / 2
        for px, py, pz in points:
            x, y = px - ex, py - ey
            across = (atan2(x, y) - turn) * per_radian + width / 2
            if abs(last - across) > width / 2:
                across += width * round((last - across) / width)
            last = across
            down = middle - atan2(pz - ez, hypot(x, y)) * per_radian
            pixels.append((across, down))
        return pixels


def _divided(points: Sequence[Point], pieces: int) -> list[Point]:
    """The outline with ``pieces`` points an edge, so that it can bend."""
    divided = []
    for i, a in enumerate(points):
        b = subtract(points[(i + 1) % len(points)], a)
        divided += [add(a, b, k / pieces) for k in range(pieces)]
    return divided


def strip(start: Point, end: Point, width: float, colour: Colour) -> Face:
    """A level ribbon between two points, seen from above and below."""
    across = unit(cross(subtract(end, start), (0, 0, 1)))
    half = width / 2
    points = (
        add(start, across, half),
        add(end, across, half),
        add(end, across, -half),
        add(start, across, -half),
    )
    return Face(points, colour, (0, 0, 1), 0.0, True)

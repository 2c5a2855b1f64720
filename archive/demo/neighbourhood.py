"""What stands around the site: neighbours, trees and a skyline in the haze."""

from __future__ import annotations

from . import tower
from .geometry import Colour, Face, Point, add, box, heading_vector, quad
from .light import Light, mix, scale
from .painter import Picture

NEIGHBOURS: tuple[tuple[Point, Point, Colour], ...] = (
    ((-96, 0, 0), (-58, 40, 24), (166, 112, 88)),
    ((-90, 52, 0), (-58, 92, 17), (190, 176, 152)),
    ((-20, 108, 0), (26, 140, 30), (176, 158, 140)),
    ((44, 104, 0), (84, 138, 20), (158, 104, 84)),
    ((104, -6, 0), (138, 44, 34), (150, 152, 156)),
    ((108, 64, 0), (140, 100, 18), (196, 186, 168)),
    ((8, -104, 0), (52, -76, 16), (178, 132, 104)),
    ((70, -118, 0), (104, -84, 22), (186, 180, 170)),
    ((-112, -112, 0), (-74, -76, 20), (168, 160, 150)),
)


def _neighbour(
    low: Point, high: Point, colour: Colour, light: Light, eye: Point
) -> list[Face]:
    body = list(box(low, high, colour))
    (x0, y0, _), (x1, y1, top) = low, high
    walls: list[tuple[Point, Point]] = []
    if eye[1] < y0:
        walls.append(((x0, y0 - 0.05, 0), (1, 0, 0)))
    if eye[1] > y1:
        walls.append(((x1, y1 + 0.05, 0), (-1, 0, 0)))
    if eye[0] < x0:
        walls.append(((x0 - 0.05, y1, 0), (0, -1, 0)))
    if eye[0] > x1:
        walls.append(((x1 + 0.05, y0, 0), (0, 1, 0)))
    for corner, along in walls:
        length = x1 - x0 if along[0] else y1 - y0
        body += _windows(corner, along, (length, top), light, int(x0 + y0))
    return body


def _windows(
    corner: Point, along: Point, size: tuple[float, float], light: Light, seed: int
) -> list[Face]:
    """Rows of windows on a wall of ``size`` metres, length and height."""
    length, top = size
    faces = []
    for row in range(int((top - 1.2) // 3.4)):
        z = 1.2 + row * 3.4
        for column in range(int((length - 1) // 3.6)):
            share = tower.jitter(seed, row, column)
            glass = scale(mix(light.zenith, light.horizon, share), 0.4)
            a = add(corner, along, 1.2 + column * 3.6)
            b = add(a, along, 1.9)
            points = (
                (a[0], a[1], z),
                (b[0], b[1], z),
                (b[0], b[1], z + 2),
                (a[0], a[1], z + 2),
            )
            faces.append(quad(points, glass, 0.5, two_sided=False))
    return faces


def surroundings(picture: Picture) -> None:
    """Skyline and neighbours behind, trees along the streets."""
    eye = picture.camera.eye
    skyline: list[list[Face]] = []
    for i in range(46):
        out = heading_vector(i * 7.8 + 5 * tower.jitter(i, 1))
        far = 330 + 330 * tower.jitter(i, 2)
        x, y = 20 + out[0] * far, 10 + out[1] * far
        wide, height = 24 + 40 * tower.jitter(i, 3), 22 + 84 * tower.jitter(i, 4) ** 2
        tone = 120 + 40 * tower.jitter(i, 5)
        skyline.append(
            list(box((x, y, 0), (x + wide, y + wide, height), (tone, tone, tone + 6)))
        )
    picture.bodies(skyline)
    near = [_neighbour(low, high, c, picture.light, eye) for low, high, c in NEIGHBOURS]
    near.sort(
        key=lambda body: (
            -((body[0].points[0][0] - eye[0]) ** 2)
            - (body[0].points[0][1] - eye[1]) ** 2
        )
    )
    for body in near:
        picture.solids(body, in_order=True)
    picture.balls(trees(eye, behind=True))


def trees(eye: Point, *, behind: bool) -> list[tuple[Point, float, Colour]]:
    """The trees behind the tower, or those in front of it, as balls of foliage."""
    spots = [(x, -34.0) for x in range(70, 120, 12)] + [
        (-28.0, y) for y in range(60, 120, 12)
    ]
    spots += [(-56.0, y) for y in range(-20, 120, 14)] + [
        (x, 100.0) for x in range(-20, 110, 14)
    ]
    balls = []
    for i, (x, y) in enumerate(spots):
        far = (x - 18) * (eye[0] - 18) + (y - 12) * (eye[1] - 12) > 0
        near = (x - eye[0]) ** 2 + (y - eye[1]) ** 2 < 45**2
        if far == behind or near:
            continue
        for k in range(12):
            dx, dy, dz = (tower.jitter(i, k, n) * 3.4 - 1.7 for n in range(3))
            tone = 0.8 + 0.35 * tower.jitter(i, k, 9)
            balls.append(
                ((x + dx, y + dy, 4.4 + dz * 1.2), 1.1, scale((86, 112, 62), tone))
            )
    return balls

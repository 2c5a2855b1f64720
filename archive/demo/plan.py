"""The plan of the sample project: every photo with all that is to be known about it.

``plan_project`` is pure: the same seed gives the same plan, on any computer and day.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from . import project
from .outdoors import vantage_of
from .progress import LEVELS, day_of_level
from .project import Album, Device, Person
from .scene import LATITUDE, LONGITUDE, Scene
from .series import SERIES, Series
from .timing import day_and_level, moment_on, offset_at, weather_on
from .words import description, sign_text, trades_of, words

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Comment:
    """What someone wrote below a photo."""

    author: str
    text: str


class Group(NamedTuple):
    """What one import can set for many files at once."""

    album: str
    location: str | None
    trades: tuple[str, ...]
    description: str | None
    private: bool
    starred: bool
    daily_log: bool
    uploader: str


@dataclass(frozen=True, slots=True)
class PlannedPhoto:
    """One photo of the plan.

    :param path: relative, with ``/``: ``DCIM/100APPLE/IMG_0214.JPG``
    :param taken_at: what the camera writes, local, ``YYYY-MM-DDTHH:MM:SS[.fff]``;
        None when the file has no EXIF at all (it came through a messenger)
    :param corrected_taken_at: what a person set instead (the camera's clock was wrong)
    :param rotation: 0/90/180/270 clockwise, set by a person afterwards
    :param orientation: the EXIF tag, 1, 6 or 8
    """

    path: str
    scene: Scene
    device: Device
    uploader: str
    taken_at: str | None
    offset: str | None
    latitude: float | None
    longitude: float | None
    altitude: float | None
    direction: float | None
    orientation: int
    album: str
    location: str | None
    trades: tuple[str, ...]
    description: str | None
    private: bool = False
    starred: bool = False
    daily_log: bool = False
    recycled: bool = False
    rotation: int = 0
    corrected_taken_at: str | None = None
    comments: tuple[Comment, ...] = ()

    @property
    def group(self) -> Group:
        """What the photo shares with others of the same import."""
        return Group(
            self.album,
            self.location,
            self.trades,
            self.description,
            self.private,
            self.starred,
            self.daily_log,
            self.uploader,
        )


@dataclass(frozen=True)
class Plan:
    """The whole project; ``photos`` in the order in which they were taken."""

    name: str
    people: tuple[Person, ...]
    albums: tuple[Album, ...]
    locations: tuple[str, ...]
    trades: tuple[str, ...]
    photos: tuple[PlannedPhoto, ...]
    _index: dict[str, PlannedPhoto] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the photos by path."""
        object.__setattr__(self, "_index", {p.path: p for p in self.photos})

    def photo(self, path: str) -> PlannedPhoto:
        """Return the photo with that relative path (else ``KeyError``)."""
        return self._index[path]

    def groups(self) -> dict[Group, tuple[PlannedPhoto, ...]]:
        """Return the photos by what an import sets for them, in order of time."""
        grouped: dict[Group, list[PlannedPhoto]] = {}
        for photo in self.photos:
            grouped.setdefault(photo.group, []).append(photo)
        return {group: tuple(photos) for group, photos in grouped.items()}


def plan_project(seed: int = 1, photos: int = 400) -> Plan:
    """Plan the project with so many photos (at least 40, or something is missing)."""
    if photos < 40:
        raise ValueError("the sample project needs at least 40 photos")
    rng = random.Random(f"project {seed}")  # noqa: S311
    shots: list[PlannedPhoto] = []
    for series, count in zip(SERIES, _shares(photos), strict=True):
        shots += [_shot(series, i, count, rng) for i in range(count)]
    shots.sort(key=lambda shot: (shot.scene.when, shot.device.key, shot.scene.seed))
    shots = _marked(_named(shots, rng), rng)
    locations = {p for shot in shots for p in _ancestors(shot.location)}
    return Plan(
        project.NAME,
        project.PEOPLE,
        project.ALBUMS,
        tuple(sorted(locations)),
        project.TRADES,
        tuple(shots),
    )


def _shares(photos: int) -> list[int]:
    """Divide the photos among the series by largest remainder, five 360s at least."""
    total = sum(series.share for series in SERIES)
    exact = [series.share * photos / total for series in SERIES]
    counts = [max(1, int(value)) for value in exact]
    for i, series in enumerate(SERIES):
        if series.kind == "360":
            counts[i] = max(5, counts[i])
    by_rest = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    while sum(counts) < photos:
        counts[by_rest[0]] += 1
        by_rest.append(by_rest.pop(0))
    while sum(counts) > photos:
        counts[counts.index(max(counts))] -= 1
    return counts


def _shot(series: Series, i: int, count: int, rng: random.Random) -> PlannedPhoto:
    """Plan picture ``i`` of a series of ``count``; names and marks come later."""
    device = project.DEVICES[rng.choice(series.devices)]
    day, level = day_and_level(series, i, count, rng)
    view = series.views[i % len(series.views)]
    if series.kind == "inspection" and view == 0 and day > day_of_level(LEVELS):
        view = 1  # no rebar is left to be measured
    if series.kind == "delivery":
        view = _load(day, rng)
    when = moment_on(day, series.kind, rng)
    day = (when - project.START).total_seconds() / 86400
    portrait = _is_portrait(series.kind, view, device, rng)
    width, height = device.size
    scene = Scene(
        kind=series.kind,
        view=view,
        day=day,
        when=when,
        weather=weather_on(when.date(), series.kind),
        size=(height, width) if portrait else (width, height),
        seed=rng.randrange(1_000_000),
        level=level,
        text=sign_text(rng) if series.kind == "sign" else "",
    )
    told = words(scene, rng)
    latitude, longitude, altitude, direction = _place(scene, device, rng)
    orientation = rng.choice((6, 6, 6, 8)) if portrait and device.turns else 1
    return PlannedPhoto(
        path="",
        scene=scene,
        device=device,
        uploader=device.owner,
        taken_at=_written_time(when, device, rng) if device.make else None,
        offset=offset_at(when) if device.offset and rng.random() > 0.04 else None,
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
        direction=direction,
        orientation=orientation,
        album=series.album,
        location=series.location.format_map(told) if rng.random() > 0.03 else None,
        trades=trades_of(series, scene, rng),
        description=description(series, view, told, rng),
        rotation=rng.choice((90, 270)) if portrait and not device.turns else 0,
    )


def _load(day: float, rng: random.Random) -> int:
    """What a lorry brings at that stage: rebar, concrete, facade panels or boards."""
    if day < day_of_level(LEVELS) - 60:
        return rng.choice((0, 1))
    return rng.choice((1, 2) if day < 310 else (2, 3, 3))


def _is_portrait(kind: str, view: int, device: Device, rng: random.Random) -> bool:
    if kind in ("360", "aerial"):
        return False
    if kind == "exterior":
        return view == 3
    return rng.random() < (0.22 if device.turns else 0.12)


def _written_time(when: datetime, device: Device, rng: random.Random) -> str:
    text = when.isoformat(timespec="seconds")
    if not device.fraction:
        return text
    return f"{text}.{rng.randrange(10**device.fraction):0{device.fraction}}"


def _place(
    scene: Scene, device: Device, rng: random.Random
) -> tuple[float | None, float | None, float | None, float | None]:
    """Latitude, longitude, altitude and direction, as the device would write them."""
    vantage = vantage_of(scene)
    lost = rng.random() < (0.12 if scene.kind in ("mep", "drywall", "360") else 0.03)
    x, y, z = vantage.eye if vantage else (rng.uniform(2, 34), rng.uniform(2, 22), 2.0)
    if scene.kind in ("delivery", "sign"):
        y = -28.0
    if not vantage and scene.kind not in ("delivery", "sign", "earthworks"):
        z += 3.7 * scene.level
    heading = vantage.heading if vantage else rng.uniform(0, 360)
    if not device.gps or lost:
        return None, None, None, None
    blur = 1.5 if scene.kind == "aerial" else 4.0
    x, y = x + rng.gauss(0, blur), y + rng.gauss(0, blur)
    latitude = LATITUDE + y / METRES_PER_DEGREE
    longitude = LONGITUDE + x / METRES_PER_DEGREE / math.cos(math.radians(LATITUDE))
    direction = round((heading + rng.uniform(-3, 3)) % 360, 2) % 360
    return (
        round(latitude, 6),
        round(longitude, 6),
        round(5.0 + z + rng.uniform(-2, 2), 1),
        direction if device.direction else None,
    )


def _ancestors(location: str | None) -> Iterator[str]:
    names = location.split(">") if location else []
    for i in range(len(names)):
        yield ">".join(names[: i + 1])


def _named(shots: list[PlannedPhoto], rng: random.Random) -> list[PlannedPhoto]:
    """Give each its file name: counters run up with time and skip deleted shots."""
    numbers = Counter({key: d.first_number for key, d in project.DEVICES.items()})
    taken: set[str] = set()
    named = []
    for shot in shots:
        device, when = shot.device, shot.scene.when
        path = ""
        while not path or path in taken:
            numbers[device.key] += rng.choice((1, 1, 1, 2, 4))
            name = device.pattern.format(n=numbers[device.key], t=when)
            path = f"{device.folder}/{name}"
            when += timedelta(seconds=1)
        taken.add(path)
        named.append(replace(shot, path=path))
    return named


def _marked(shots: list[PlannedPhoto], rng: random.Random) -> list[PlannedPhoto]:
    """Star, hide, recycle, comment and correct what people would."""
    marked = []
    for shot in shots:
        inspection = shot.album == "Inspections"
        marked.append(
            replace(
                shot,
                starred=rng.random() < 0.07,
                private=rng.random() < (0.3 if inspection else 0.025),
                daily_log=rng.random() < (0.35 if shot.album == "Progress" else 0.12),
                recycled=rng.random() < 0.035,
                comments=_comments(rng),
            )
        )
    return _certain(marked)


def _comments(rng: random.Random) -> tuple[Comment, ...]:
    if rng.random() > 0.11:
        return ()
    start = rng.randrange(len(project.COMMENTS))
    count = rng.choice((1, 1, 2, 3))
    chosen = (project.COMMENTS * 2)[start : start + count]
    return tuple(Comment(author, text) for author, text in chosen)


def _certain(shots: list[PlannedPhoto]) -> list[PlannedPhoto]:
    """Make sure that what a reader is promised occurs, however few photos there are."""
    plain = [i for i, s in enumerate(shots) if s.album == "Progress" and s.taken_at]
    shots[plain[1]] = replace(shots[plain[1]], recycled=True)
    shots[plain[2]] = replace(shots[plain[2]], private=True, recycled=False)
    shots[plain[3]] = replace(shots[plain[3]], starred=True, recycled=False)
    without = next(
        i for i in plain[4:] if shots[i].device.turns and shots[i].orientation == 1
    )
    shots[without] = replace(shots[without], rotation=90, recycled=False)
    wrong = next(
        (i for i, s in enumerate(shots) if s.device.key == "compact" and s.taken_at),
        plain[5],
    )
    right = shots[wrong].scene.when
    factory = datetime(2016, 1, 1)  # noqa: DTZ001 - a local wall clock
    reset = factory + timedelta(hours=right.hour, minutes=right.minute)
    shots[wrong] = replace(
        shots[wrong],
        taken_at=reset.isoformat(timespec="seconds"),
        offset=None,
        corrected_taken_at=right.isoformat(timespec="seconds"),
        recycled=False,
    )
    return shots

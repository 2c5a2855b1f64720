"""The plan of the sample project: every photo with all that is to be known about it.

``plan_project`` is pure: the same seed gives the same plan, on any computer and day.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from . import project
from .outdoors import vantage_of
from .progress import DAYS, LEVELS, Stage, day_of_level, stage_on
from .project import Album, Device, Person, Series
from .scene import LATITUDE, LONGITUDE, Scene

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
        """Return the photo with that relative path (``KeyError`` when there is none)."""
        return self._index[path]

    def groups(self) -> dict[Group, tuple[PlannedPhoto, ...]]:
        """Return the photos by what an import sets for them, in order of time."""
        grouped: dict[Group, list[PlannedPhoto]] = {}
        for photo in self.photos:
            grouped.setdefault(photo.group, []).append(photo)
        return {group: tuple(photos) for group, photos in grouped.items()}


def plan_project(seed: int = 1, photos: int = 400) -> Plan:
    """Plan the project with so many photos (at least 40, so that nothing is missing)."""
    if photos < 40:
        raise ValueError("the sample project needs at least 40 photos")
    rng = random.Random(f"project {seed}")  # noqa: S311
    shots: list[PlannedPhoto] = []
    for series, count in zip(project.SERIES, _shares(photos), strict=True):
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
    total = sum(series.share for series in project.SERIES)
    exact = [series.share * photos / total for series in project.SERIES]
    counts = [max(1, int(value)) for value in exact]
    for i, series in enumerate(project.SERIES):
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
    view = series.views[i % len(series.views)]
    device = project.DEVICES[rng.choice(series.devices)]
    day, level = _day_and_level(series, i, count, rng)
    when = _moment(day, series.kind, rng)
    day = (when - project.START).total_seconds() / 86400
    portrait = _is_portrait(series.kind, view, device, rng)
    width, height = device.size
    scene = Scene(
        kind=series.kind,
        view=view,
        day=day,
        when=when,
        weather=_weather(when.date(), series.kind),
        size=(height, width) if portrait else (width, height),
        seed=rng.randrange(1_000_000),
        level=level,
        text=_sign_text(rng) if series.kind == "sign" else "",
    )
    words = _words(scene, rng)
    latitude, longitude, altitude, direction = _place(scene, device, rng)
    orientation = rng.choice((6, 6, 6, 8)) if portrait and device.turns else 1
    return PlannedPhoto(
        path="",
        scene=scene,
        device=device,
        uploader=device.owner,
        taken_at=_written_time(when, device, rng) if device.make else None,
        offset=_offset(when) if device.offset and rng.random() > 0.04 else None,
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
        direction=direction,
        orientation=orientation,
        album=series.album,
        location=series.location.format_map(words) if rng.random() > 0.03 else None,
        trades=_trades(series, view, rng),
        description=_description(series, view, words, rng),
        rotation=rng.choice((90, 270)) if portrait and not device.turns else 0,
    )


def _day_and_level(
    series: Series, i: int, count: int, rng: random.Random
) -> tuple[float, int]:
    """When in the project, and on which storey it can then be."""
    first, last = series.days
    if series.kind in ("rebar", "pour"):
        level = 1 + i * LEVELS // count
        before = rng.uniform(2, 6) if series.kind == "rebar" else rng.uniform(0, 1)
        return day_of_level(level) - before, level
    step = (last - first) / count
    day = first + step * (i + rng.uniform(0.1, 0.9))
    return day, _storey(series.kind, day, rng)


def _storey(kind: str, day: float, rng: random.Random) -> int:
    stage = stage_on(day)
    closed = max(1, min(LEVELS - 1, int(stage.facade)))
    if kind == "drywall":
        closed = max(1, min(closed, int((day - 320) / 20)))
    if kind in ("inspection", "delivery"):
        closed = max(1, min(LEVELS, int(stage.slabs)))
    return rng.randint(max(1, closed - 3), closed)


def _moment(day: float, kind: str, rng: random.Random) -> datetime:
    """A working day (drones fly on any), between 7:20 and 16:00."""
    when = project.START + timedelta(days=int(min(day, DAYS - 1)))
    if when.weekday() == 6 or (when.weekday() == 5 and rng.random() < 0.8):
        when -= timedelta(days=when.weekday() - 4)
    early, late = (9.5, 14.5) if kind in ("aerial", "exterior") else (7.4, 16.0)
    if when.month in (11, 12, 1):
        late = min(late, 14.9)
    seconds = rng.uniform(early, late) * 3600
    return when + timedelta(seconds=int(seconds))


def _weather(on: date, kind: str) -> str:
    """One weather a day, by the season of the coast; no drone flies in rain or fog."""
    rng = random.Random(f"weather {on.isoformat()}")  # noqa: S311
    winter = on.month in (12, 1, 2)
    choices = ["clear"] * 5 + ["fair"] * 6 + ["overcast"] * 4 + ["rain"] * 2 + ["fog"]
    weather = rng.choice(choices + ["snow"] * 5 if winter else choices)
    if kind == "aerial" and weather in ("rain", "fog"):
        return "overcast"
    return weather


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


def _offset(when: datetime) -> str:
    """The coast's offset: daylight saving from the 2nd Sunday of March to the 1st of
    November (computed, because not every system has a time zone database)."""
    start = _sunday(when.year, 3, 2) + timedelta(hours=2)
    end = _sunday(when.year, 11, 1) + timedelta(hours=2)
    return "-04:00" if start <= when < end else "-05:00"


def _sunday(year: int, month: int, which: int) -> datetime:
    first = datetime(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))


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


def _words(scene: Scene, rng: random.Random) -> dict[str, str]:
    """What the texts of a photo may speak of."""
    wings = project.DECK_WINGS if scene.kind in ("rebar", "pour") else project.WINGS
    wing = wings[scene.view % len(wings)]
    state = _state(stage_on(scene.day))
    spot = project.SPOTS[scene.view % len(project.SPOTS)]
    return {
        "level": str(scene.level),
        "wing": wing,
        "wing_lower": wing.lower(),
        "week": str(int(scene.day) // 7 + 1),
        "state": state,
        "state_lower": state[0].lower() + state[1:],
        "spot": spot,
        "spot_upper": spot[0].upper() + spot[1:],
        "compass": project.COMPASS[scene.view % len(project.COMPASS)],
        "metres": rng.choice(("60", "80", "90", "110")),
        "count": str(rng.randint(3, 240)),
        "grid": f"{rng.choice('ABCDE')}-{rng.randint(1, 7)}",
    }


def _state(stage: Stage) -> str:
    """The state of the works in a sentence."""
    if stage.foundation == 0:
        return f"Excavation at {stage.dig:.0%}."
    if stage.slabs == 0:
        return f"Foundation raft at {stage.foundation:.0%}, cold joints prepared."
    if stage.slabs < LEVELS:
        closed = (
            f", facade closed to level {int(stage.facade)}" if stage.facade >= 1 else ""
        )
        return f"Structure at level {int(stage.slabs) + 1}{closed}."
    if stage.facade < LEVELS:
        roof = "" if 0 < stage.roof < 1 else " Topped out."
        return f"Facade at level {int(stage.facade) + 1} of {LEVELS}.{roof}"
    return (
        "Facade complete, outdoor works going on."
        if stage.landscape < 1
        else "Complete."
    )


def _sign_text(rng: random.Random) -> str:
    return rng.choice(project.SIGNS).format(count=rng.randint(20, 340))


def _trades(series: Series, view: int, rng: random.Random) -> tuple[str, ...]:
    trades = rng.choice(series.trades)
    if series.kind == "delivery":
        return (project.DELIVERY_TRADES[view % 4], *trades)
    return trades


def _description(
    series: Series, view: int, words: dict[str, str], rng: random.Random
) -> str | None:
    """What was written below the photo; nothing for one in seven."""
    texts = series.texts
    if series.kind == "delivery":
        texts = (project.DELIVERY_TEXTS[view % 4],)
    elif series.kind == "inspection":
        texts = (project.INSPECTION_TEXTS[view % 3],)
    text = rng.choice(texts).format_map(words)
    return text if text and rng.random() > 0.14 else None


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
    reset = datetime(2016, 1, 1) + timedelta(hours=right.hour, minutes=right.minute)
    shots[wrong] = replace(
        shots[wrong],
        taken_at=reset.isoformat(timespec="seconds"),
        offset=None,
        corrected_taken_at=right.isoformat(timespec="seconds"),
        recycled=False,
    )
    return shots

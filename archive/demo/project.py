"""The facts of the sample project: people, cameras, places, and what gets photographed.

Only data; ``plan`` makes the photos out of it. All people and firms are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# a Monday by the local clock; the project takes progress.DAYS from here
START = datetime(2024, 10, 7)  # noqa: DTZ001
NAME = "Harbor Point Tower"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the project.

    :param level: none, read_only, standard or admin
    :param rights: granular rights besides the level
    """

    name: str
    email: str
    level: str
    rights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Album:
    """An album and whether only admins see it."""

    name: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A camera as it writes its files.

    :param pattern: the file's name; ``n`` counts up, ``t`` is the time it was taken
    :param size: pixels of an upright landscape picture
    :param fraction: digits of the sub-second, 0 when it writes none
    :param turns: whether it writes the orientation of portrait shots
    """

    key: str
    owner: str
    folder: str
    pattern: str
    make: str
    model: str
    lens: str
    size: tuple[int, int]
    fraction: int
    offset: bool
    gps: bool
    direction: bool
    turns: bool
    first_number: int
    f_number: float
    focal: float


PEOPLE = (
    Person("Dana Whitlock", "dana.whitlock@harborpoint.example", "admin"),
    Person("Marcus Oyelaran", "marcus.oyelaran@harborpoint.example", "admin"),
    Person(
        "Priya Raman",
        "priya.raman@harborpoint.example",
        "standard",
        ("can_create_albums",),
    ),
    Person("Tomasz Zielinski", "tomasz@zielinski-mechanical.example", "standard"),
    Person(
        "Lucía Fernández",
        "lucia.fernandez@harborpoint.example",
        "standard",
        ("can_view_private",),
    ),
    Person("Helen Park", "helen.park@owner.example", "read_only"),
)
DANA, MARCUS, PRIYA, TOMASZ, LUCIA, HELEN = (person.name for person in PEOPLE)

DEVICES = {
    device.key: device
    for device in (
        Device("iphone", DANA, "DCIM/100APPLE", "IMG_{n:04}.JPG", "Apple",
               "iPhone 15 Pro",
               "iPhone 15 Pro back triple camera 6.765mm f/1.78", (1600, 1200), 3,
               True, True, True, True, 214, 1.78, 6.765),
        Device("galaxy", PRIYA, "DCIM/Camera", "{t:%Y%m%d_%H%M%S}.jpg",
               "samsung", "Galaxy S23",
               "Samsung Galaxy S23 Rear Wide Camera", (1600, 1200), 3,
               True, True, False, True, 1, 1.8, 5.4),
        Device("drone", MARCUS, "DCIM/100MEDIA", "DJI_{n:04}.JPG", "DJI",
               "DJI Mini 3",
               "", (1600, 1200), 0, False, True, True, True, 12, 1.7, 6.7),
        Device("theta", PRIYA, "DCIM/100RICOH", "R{n:07}.JPG", "RICOH",
               "RICOH THETA Z1",
               "", (2048, 1024), 0, True, True, True, True, 10023, 2.1, 2.6),
        Device("compact", LUCIA, "DCIM/101CANON", "IMG_{n:04}.JPG", "Canon",
               "Canon PowerShot G7 X Mark II", "", (1600, 1066), 2,
               False, False, False, False, 1180, 4.0, 8.8),
        Device("received", TOMASZ, "Received", "IMG-{t:%Y%m%d}-WA{n:04}.jpg", "", "",
               "", (1280, 960), 0, False, False, False, False, 3, 0, 0),
    )
}  # fmt: skip

ALBUMS = (
    Album("Progress"),
    Album("Concealed work"),
    Album("Safety"),
    Album("Deliveries"),
    Album("Inspections", private=True),
    Album("Drone"),
    Album("360 walk"),
    Album("Handover"),
)

TRADES = (
    "Concrete",
    "Drywall",
    "Earthworks",
    "Electrical",
    "Facade",
    "Interiors",
    "Landscaping",
    "MEP",
    "Roofing",
    "Steel",
    "Site logistics",
)


DELIVERY_TEXTS = (
    "Rebar for level {level}, mill certificates checked. {count} bundles.",
    "Mixer {count}, ticket 7741, slump and air tested at the gate.",
    "Facade panels, crate {count}. One cracked, returned with the driver.",
    "Drywall, {count} sheets, craned to level {level} straight away.",
)
DELIVERY_TRADES = ("Steel", "Concrete", "Facade", "Drywall")
INSPECTION_TRADES = ("Concrete", "Concrete", "Steel")
INSPECTION_TEXTS = (
    "Spacing 150 as drawn, tolerance fine. Item {count} closed.",
    "Shrinkage crack, {count} mm long, under 0.2 mm wide. Watch, no repair.",
    "Anchor bolts and grout gap checked against detail 7 on S-501.",
)
SIGNS = (
    "DANGER\nConstruction area\nKeep out",
    "CAUTION\nOverhead work\nin progress",
    "NOTICE\nHard hats and vests\nbeyond this point",
    "SAFETY FIRST\n{count} days without\nlost time",
    "DANGER\nOpen excavation",
    "NOTICE\nAll visitors report\nto the site office",
    "CAUTION\nTrucks turning",
    "SAFETY FIRST\nReport every\nnear miss",
)
SPOTS = (
    "the south-west corner",
    "the neighbor's roof",
    "gate 2",
    "the south sidewalk",
    "the site cabins",
)
COMPASS = (
    "from the south-west",
    "from the south-east",
    "straight down",
    "from the north-west",
)
WINGS = ("South wing", "South wing", "North wing", "North wing", "Lift lobby")
DECK_WINGS = ("South wing", "South wing", "North wing", "North wing")
COMMENTS = (
    (MARCUS, "Good, send this one to the owner."),
    (PRIYA, "Is this before or after the re-check?"),
    (DANA, "After. Signed off by the engineer."),
    (LUCIA, "Please clear the walkway before tomorrow's inspection."),
    (TOMASZ, "We will fix it tomorrow first thing."),
    (MARCUS, "Which grid line is this?"),
    (DANA, "Looking north from grid B."),
    (PRIYA, "Added to RFI 118."),
    (LUCIA, "Discussed in the toolbox talk."),
)

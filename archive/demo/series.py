"""What gets photographed when, by whom, and what is written below it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """Pictures of one kind, spread over a stretch of the project.

    :param share: how many of 400
    :param days: first and last day of the project
    :param devices: keys of ``DEVICES``, the likelier ones more than once
    :param views: the scene's views to choose from
    :param location: with ``{level}`` and ``{wing}`` where the picture decides
    :param trades: sets of trades to choose from
    :param texts: what people write below such a photo
    """

    kind: str
    share: int
    days: tuple[int, int]
    album: str
    devices: tuple[str, ...]
    views: tuple[int, ...]
    location: str
    trades: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]


_STRUCTURE = (("Concrete",), ("Concrete", "Steel"), ())
_PROGRESS = (
    "Weekly progress from {spot}.",
    "{spot_upper}, week {week}. {state}",
    "Progress photo, same spot as last week. {state}",
    "{state}",
    "Week {week}: {state_lower}",
)
_PHONES = ("iphone", "iphone", "iphone", "galaxy")

SERIES = (
    Series(
        "exterior",
        48,
        (0, 545),
        "Progress",
        ("iphone",),
        (0,),
        "Site",
        ((), *_STRUCTURE),
        _PROGRESS,
    ),
    Series(
        "exterior",
        20,
        (0, 545),
        "Progress",
        _PHONES,
        (1,),
        "Site",
        ((), *_STRUCTURE),
        _PROGRESS,
    ),
    Series(
        "exterior",
        17,
        (0, 545),
        "Progress",
        ("galaxy", "compact"),
        (2,),
        "Site>Gate 2",
        ((),),
        _PROGRESS,
    ),
    Series(
        "exterior",
        15,
        (60, 545),
        "Progress",
        _PHONES,
        (3,),
        "Site>Gate 1",
        ((), ("Facade",)),
        _PROGRESS,
    ),
    Series(
        "exterior",
        15,
        (0, 545),
        "Progress",
        _PHONES,
        (4,),
        "Site>Yard",
        ((),),
        _PROGRESS,
    ),
    Series(
        "aerial",
        32,
        (6, 542),
        "Drone",
        ("drone",),
        (0, 1, 2, 3),
        "Site",
        ((),),
        (
            "Monthly flight, {compass}.",
            "Overview from {metres} m for the owner's report.",
            "Drone survey week {week}. {state}",
            "Orthophoto set, one of twelve.",
        ),
    ),
    Series(
        "earthworks",
        18,
        (4, 74),
        "Progress",
        (*_PHONES, "compact"),
        (0, 1, 2),
        "Site>Excavation",
        (("Earthworks",),),
        (
            "Bulk excavation, load {count} today.",
            "Trucks on a 12 minute cycle, spoil to the north tip.",
            "Down to formation on grid lines A to C. Soft spot at B-4 dug out.",
            "Old foundation found at grid D-2, breaker on order for tomorrow.",
            "Water in the pit after the weekend, two pumps running.",
            "Excavator back after the hose repair.",
        ),
    ),
    Series(
        "rebar",
        26,
        (92, 304),
        "Concealed work",
        ("iphone", "galaxy", "compact"),
        (0, 1, 2, 3),
        "Tower>Level {level}>{wing}",
        (("Concrete",), ("Concrete", "Electrical"), ("Concrete", "Steel")),
        (
            "Level {level} {wing_lower}: top and bottom mats in, ready for inspection.",
            "Conduits in before the pour. Check cover at the stub-ups.",
            "Chairs at 900 centers, cover 40 mm confirmed.",
            "Missing bars at the slab edge, corrected the same day.",
            "Rebar L{level} accepted by the engineer 2 pm.",
            "Lap lengths checked on every fifth bar, all good.",
        ),
    ),
    Series(
        "pour",
        18,
        (92, 305),
        "Progress",
        ("iphone", "iphone", "galaxy", "compact"),
        (0, 1, 2, 3),
        "Tower>Level {level}>{wing}",
        (("Concrete",),),
        (
            "Pour L{level} {wing_lower}, {count} m3 placed, slump 140 mm.",
            "Level {level} deck, second bay. Cylinders taken from truck 4.",
            "Pump blocked for 25 minutes at 10:40, cleared, no cold joint.",
            "Finishing starts at 1 pm, curing blankets ready.",
            "Cold weather pour: deck heated, concrete 16 °C at the hose.",
        ),
    ),
    Series(
        "steel",
        18,
        (152, 236),
        "Progress",
        _PHONES,
        (0, 1, 2, 3),
        "Podium>Level 1",
        (("Steel",),),
        (
            "Podium frame, bolts snug tight, torque check tomorrow.",
            "Second tier going up. Two bolts short at C-7, ordered.",
            "Decking bundles landed on level 2.",
            "Frame plumbed, survey within 6 mm.",
            "Erector asks for an extra day because of the wind.",
        ),
    ),
    Series(
        "mep",
        38,
        (250, 470),
        "Concealed work",
        ("galaxy", "galaxy", "iphone", "compact"),
        (0, 1, 2, 3, 4),
        "Tower>Level {level}>{wing}",
        (("MEP",), ("MEP", "Electrical"), ("MEP",), ("Electrical",)),
        (
            "Main duct level {level} {wing_lower} hung, insulation next week.",
            "Sprinkler mains tested at 14 bar for two hours, no drop.",
            "Clash between tray and duct at grid {grid}: tray goes down 80 mm.",
            "Before the ceiling closes: everything above {wing_lower}, level {level}.",
            "Hangers at 2.4 m, seismic bracing still missing at grid {grid}.",
            "Chilled water supply and return, insulated up to the riser.",
            "Cable tray full at the riser, second tray approved by RFI {count}.",
        ),
    ),
    Series(
        "drywall",
        30,
        (332, 500),
        "Concealed work",
        _PHONES,
        (0, 1, 2, 3, 4),
        "Tower>Level {level}>{wing}",
        (("Drywall",), ("Drywall", "Electrical")),
        (
            "Framing level {level} {wing_lower}, in-wall inspection passed.",
            "First side boarded, boxes and backing photographed.",
            "Blocking for the grab rails is in.",
            "Level 4 finish on the window wall, level 3 elsewhere.",
            "Boards stored flat, humidity 48 percent.",
            "Door frame 40 mm out of place, moved.",
        ),
    ),
    Series(
        "roof",
        16,
        (326, 408),
        "Progress",
        _PHONES,
        (0, 1, 2),
        "Tower>Roof",
        (("Roofing",), ("Roofing", "MEP")),
        (
            "Insulation two layers, joints staggered.",
            "Membrane welded up to grid 4, seams probed.",
            "Flood test of the north half started 7 am.",
            "Curbs for the air handlers flashed in.",
            "Pull test {count} N, above the specified value.",
        ),
    ),
    Series(
        "delivery",
        24,
        (62, 480),
        "Deliveries",
        (*_PHONES, "received"),
        (0, 1, 2, 3),
        "Site>Gate 1",
        (("Site logistics",),),
        (),
    ),
    Series(
        "sign",
        14,
        (8, 500),
        "Safety",
        ("compact", "compact", "iphone", "received"),
        (0, 1, 2, 3),
        "Site>Gate 2",
        ((),),
        (
            "New sign at the gate.",
            "Sign replaced after the storm.",
            "Toolbox talk held here, 23 present.",
            "Board updated this morning.",
            "Photographed for the safety file.",
        ),
    ),
    Series(
        "inspection",
        25,
        (95, 480),
        "Inspections",
        ("compact", "compact", "iphone", "galaxy"),
        (0, 1, 2),
        "Tower>Level {level}",
        (("Concrete",), ("Steel",)),
        (),
    ),
    Series(
        "finished",
        22,
        (474, 545),
        "Handover",
        _PHONES,
        (0, 1, 2, 3, 4),
        "Tower>Level {level}>{wing}",
        (("Interiors",), ("Interiors", "MEP")),
        (
            "Level {level} {wing_lower} ready for handover.",
            "Punch list: scratch on the door frame, otherwise done.",
            "Carpet cleaned, blinds to follow.",
            "Walked with the owner, accepted.",
            "Final clean complete, room sealed.",
        ),
    ),
    Series(
        "360",
        16,
        (232, 545),
        "360 walk",
        ("theta",),
        (0, 1, 2, 3, 4),
        "Tower>Level {level}>{wing}",
        ((), ("MEP",), ("Drywall",)),
        (
            "360 walk, level {level} {wing_lower}.",
            "Monthly walk for the as-built record.",
            "",
        ),
    ),
)

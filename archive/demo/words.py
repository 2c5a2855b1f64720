"""What people write on a photo: trades, descriptions and the texts of signs."""

from __future__ import annotations

import random

from . import project
from .progress import LEVELS, Stage, stage_on
from .scene import Scene
from .series import Series


def words(scene: Scene, rng: random.Random) -> dict[str, str]:
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
    if stage.dig == 0:
        return "Fence up, site cleared."
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


def sign_text(rng: random.Random) -> str:
    """What a sign says, its head first."""
    return rng.choice(project.SIGNS).format(count=rng.randint(20, 340))


def trades_of(series: Series, scene: Scene, rng: random.Random) -> tuple[str, ...]:
    """The trades whose work is on the photo."""
    trades = rng.choice(series.trades)
    if series.kind == "delivery":
        return (project.DELIVERY_TRADES[scene.view % 4], *trades)
    if series.kind == "inspection":
        return (project.INSPECTION_TRADES[scene.view % 3],)
    if series.kind == "exterior" and trades:
        return (_main_trade(stage_on(scene.day)),)
    return trades


def _main_trade(stage: Stage) -> str:
    """The trade that a picture of the whole site shows most of."""
    if stage.foundation == 0:
        return "Earthworks"
    if stage.slabs < LEVELS:
        return "Concrete"
    return "Facade" if stage.landscape == 0 else "Landscaping"


def description(
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

"""Who carries files between here and a storage, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sync.driving.pausing import Pause
from sync.driving.throttling import Throttle
from sync.driving.wires import Wires


@dataclass(frozen=True, slots=True)
class Carrier:
    """How files are fetched and sent.

    :param folder: the archive's
    :param api: the origin that the token goes to
    :param token: returns one; called from several threads
    """

    folder: Path
    wires: Wires
    api: str
    token: Callable[[], str] = field(repr=False)
    throttle: Throttle = field(default_factory=Throttle)
    pause: Pause = field(default_factory=Pause)

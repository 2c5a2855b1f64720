"""How much to run, and on what: what every row is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.environment import Environment, one_thread
from bench.load import KINDS, photos


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the benchmark.

    :param photos: how many 12 MP photos the imports get
    :param rows: how many rows the database rows get
    """

    environment: Environment
    photos: int = 24
    rows: int = 200_000
    rounds: int = 3
    seed: int = 1
    full: bool = False

    def load(self, kind: str, count: int) -> list[Path]:
        """The first so many photos of a kind, made where they are missing."""
        return photos(self.environment.loads, KINDS[kind], count, self.seed)

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables of every contestant."""
        return one_thread()

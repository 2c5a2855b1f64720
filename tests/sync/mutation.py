"""Planting bugs: the package with one rule left out, and the tests run against it.

A mutant is a piece of source and what stands in its place. The modules of ``sync`` and
of these tests are loaded anew with it, apart from the real ones.
"""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from inspect import signature
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

import sync

FOLDER = Path(sync.__file__).parent
HERE = Path(__file__).parent
LISTS = tuple(
    HERE / folder / "mutants.toml" for folder in ("", "simulator", "exchanging")
)
STORIES = 150  # seeds that a bug may need to show itself
SEEDS = 20  # likewise, of the simulator


@dataclass(frozen=True)
class Mutant:
    """A planted bug.

    :param rule: what is broken
    :param module: of ``sync``
    :param found_by: the test module that has to find it
    :param at: the test or the story, by its name or its seed, that is known to; "": any
    """

    rule: str
    module: str
    before: str
    after: str
    found_by: str
    at: str = ""

    def source(self) -> str:
        path = FOLDER.joinpath(*self.module.split(".")).with_suffix(".py")
        text = path.read_text(encoding="utf-8")
        assert text.count(self.before) == 1, f"{self.rule}: {text.count(self.before)}"
        return text.replace(self.before, self.after)


def mutants() -> list[Mutant]:
    """The bugs that are planted."""
    return [
        Mutant(
            *(one["rule"], module, one["before"], one["after"], one["by"]),
            one.get("at", ""),
        )
        for path in LISTS
        for module, some in tomllib.loads(path.read_text(encoding="utf-8")).items()
        for one in some
    ]


class _Finder:
    """Loads one module from changed source."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == self.name else None

    def create_module(self, _: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, f"mutant {self.name}", "exec"), vars(module))  # noqa: S102


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Load everything anew with the bug in it; afterwards all is as before."""
    ours = {name: one for name, one in sys.modules.items() if _is_ours(name)}
    finder = _Finder(f"sync.{mutant.module}", mutant.source())
    profile = settings.get_current_profile_name()
    # a bug is to be found, not to be made small
    quick = settings(
        phases=[Phase.generate],
        database=None,
        max_examples=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.register_profile("mutants", quick)
    try:
        for name in ours:
            del sys.modules[name]
            _detach(name)
        sys.meta_path.insert(0, finder)
        settings.load_profile("mutants")
        yield
    finally:
        settings.load_profile(profile)
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_ours(name)]:
            del sys.modules[name]
            _detach(name)
        sys.modules.update(ours)
        for name, one in ours.items():
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, one)


def _detach(name: str) -> None:
    """Take a module out of its package: ``from sync import it`` looks there first."""
    parent, _, child = name.rpartition(".")
    if hasattr(sys.modules.get(parent), child):
        delattr(sys.modules[parent], child)


def _is_ours(name: str) -> bool:
    return name.startswith(("sync.", "tests.sync.")) and name != __name__


def finds(mutant: Mutant) -> str:
    """Return which test finds a planted bug; "" when none of its module does."""
    with planted(mutant):
        if mutant.found_by == "stories":
            return _find_by_stories()
        if mutant.found_by == "simulator":
            return _find_by_simulator(mutant.at)
        tests = _tests_of(mutant.found_by)
        # one example takes a thousandth of what a property takes that finds nothing
        known = (mutant.at, *sorted(tests, key=lambda n: is_hypothesis_test(tests[n])))
        for name in filter(tests.get, known):
            if _fails(tests[name]):
                return name
    return ""


def _tests_of(suite: str) -> dict[str, Any]:
    names = _SUITES.get(suite, (f"test_{suite}",))
    found: dict[str, Any] = {}
    for name in names:
        module = importlib.import_module(f"tests.sync.{name}")
        found |= {n: t for n, t in vars(module).items() if n.startswith("test_")}
    return found


# Those of several modules
_SUITES = {
    "exchanging": ("exchanging.test_merging", "exchanging.test_stamps"),
    "drawing": ("exchanging.test_markups", "exchanging.test_endings"),
    "merge": ("test_merge", "test_merge_cases"),
    "planning": ("test_planning", "test_brakes"),
    "simulator": tuple(
        f"simulated.{path.stem}" for path in sorted(HERE.glob("simulated/test_*.py"))
    ),
}


def _find_by_stories() -> str:
    stories = importlib.import_module("tests.sync.test_stories")
    for seed in range(STORIES):
        if _raises(lambda seed=seed: stories.check(seed)):
            return f"story {seed}"
    return ""


def _find_by_simulator(at: str) -> str:
    """Tell the story that is known to find it, then those with names, then seeds."""
    tests = _tests_of("simulator")
    seeds = importlib.import_module("tests.sync.simulator.seeds")
    named = [name for name in tests if not hasattr(tests[name], "pytestmark")]
    for name in sorted(named, key=lambda name: (name != at, name)):
        if not at.isdigit() and _raises(tests[name]):
            return name
    for seed in (*([int(at)] if at.isdigit() else []), *range(SEEDS)):
        if _raises(lambda seed=seed: seeds.tell(seed)):
            return str(seed)
    return ""


def _fails(test: Callable[..., None]) -> bool:
    return any(_raises(lambda some=some: _call(test, some)) for some in _cases(test))


def _call(test: Callable[..., None], given: dict[str, Any]) -> None:
    """Call a test as pytest would; of fixtures, it gets a folder of its own."""
    if "tmp_path" not in signature(test).parameters:
        test(**given)
        return
    with TemporaryDirectory() as folder:
        test(**given, tmp_path=Path(folder))


def _raises(call: Callable[[], None]) -> bool:
    try:
        call()
    except Exception:  # noqa: BLE001  a bug may end in any way
        return True
    except BaseException as error:
        # pytest's own outcomes are no exceptions
        if type(error).__name__ == "Failed":
            return True
        raise
    return False


def _cases(test: Any) -> Iterator[dict[str, Any]]:
    """Yield the arguments of a parametrised test."""
    axes = []
    for mark in getattr(test, "pytestmark", ()):
        if mark.name != "parametrize":
            continue
        names, values = mark.args[:2]
        names = (
            [n.strip() for n in names.split(",")] if isinstance(names, str) else names
        )
        axes.append([_named(names, value) for value in values])
    for some in product(*axes):
        yield {name: value for part in some for name, value in part.items()}


def _named(names: list[str], value: Any) -> dict[str, Any]:
    if isinstance(value, ParameterSet):
        return dict(zip(names, value.values, strict=True))
    if len(names) == 1:
        return {names[0]: value}
    return dict(zip(names, value, strict=True))

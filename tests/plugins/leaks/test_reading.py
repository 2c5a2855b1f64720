"""What one reads is the same whether what one may not see is there or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from archive.rights import MATRIX
from plugins.routes import ROUTES
from tests.plugins.conftest import HIDDEN
from tests.plugins.leaks.changes import known, working
from tests.plugins.leaks.doors import (
    ARGUMENTS,
    BESIDE,
    addresses,
    all_doors,
    doors,
    named,
)
from tests.plugins.leaks.twins import ABSENT, IN_BIN, MAY_SEE, NOBODY, PURGED, TWINS
from tests.plugins.leaks.worlds import Answer, World

Worlds = Callable[[str], World]
SEEING = tuple(TWINS)
SECRETS = {**HIDDEN, "standard": HIDDEN["reader"]}
# What is new each time: nonces, which version of a file it is, when a page was made
_NONCE = re.compile(
    rb'nonce="[\w-]+"|_hash=[0-9a-f]+|until("? value)?="\d{4}-\d\d-\d\dT[\d:.]+Z"'
)
_CHANGING = {"content-security-policy", "date"}  # a nonce is never twice the same


def answer_of(response: Answer) -> tuple[int, dict[str, str], bytes]:
    """Return all that an answer tells."""
    headers = {k: v for k, v in response.pairs if k not in _CHANGING}
    body = _NONCE.sub(b"", response.content)
    return response.status_code, headers, body


def listed(wrong: dict[str, object]) -> str:
    return "\n".join(f"{what}: {why}" for what, why in wrong.items())


def secrets_in(response: Any, who: str, path: str) -> set[str]:
    told = response.text + str(response.pairs)
    return {word for word in SECRETS[who] if word in told and word not in path}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern or "home")
def test_every_route_declares_a_right_and_has_examples(route: Any) -> None:
    assert route.right in MATRIX
    assert addresses(route)
    assert "GET" not in route.methods or doors(route)


def test_arguments_are_of_routes_that_exist() -> None:
    assert set(ARGUMENTS) <= {named(route) for route in ROUTES}


@pytest.mark.parametrize("who", SEEING)
def test_nothing_tells_of_what_one_may_not_see(
    world: Worlds, who: str, tell: Callable[[str, int], None]
) -> None:
    whole, twin = world("whole"), world(who)
    paths = [*map(str, all_doors()), *BESIDE]
    before = whole.footprint()
    wrong: dict[str, object] = {}
    for path in paths:
        ours, theirs = whole.ask("GET", path, who), twin.ask("GET", path, who)
        if answer_of(ours) != answer_of(theirs):
            wrong[path] = differing(ours, theirs)
        elif ours.status_code >= 500:
            wrong[path] = ours.status_code
        elif found := secrets_in(ours, who, path):
            wrong[path] = found
    tell("addresses read by readers, and compared with a twin", len(paths))
    assert not wrong, listed(wrong)
    assert whole.footprint() == before


def differing(ours: Any, theirs: Any) -> tuple[object, ...]:
    """Return where two answers differ, for whoever has to find out why."""
    here, there = (answer_of(a)[2].decode("latin-1") for a in (ours, theirs))
    pairs = enumerate(zip(here, there, strict=False))
    at = next((number for number, (a, b) in pairs if a != b), -1)
    start = max(0, at - 60)
    statuses = (ours.status_code, theirs.status_code)
    return (*statuses, here[start : at + 60], there[start : at + 60])


@pytest.mark.parametrize("who", NOBODY)
def test_nobody_is_told_whether_there_is_an_archive(
    world: Worlds, who: str, tell: Callable[[str, int], None]
) -> None:
    whole = world("whole")
    wrong: dict[str, object] = {}
    # Whether somebody is unknown or may see nothing makes no difference to a door
    paths = [door.path for door in all_doors()][:: 1 if who == "none" else 5]
    for path in paths:
        ours = whole.ask("GET", path, who)
        none = whole.ask("GET", path.replace("/tower-4", "/tower-9", 1), who)
        if ours.status_code != 404 or answer_of(ours) != answer_of(none):
            wrong[path] = differing(ours, none)
    tell("addresses read by nobody, and compared with no archive", len(paths))
    assert not wrong, listed(wrong)


def test_where_one_logs_in_every_door_is_the_same_before(
    locked: World, tell: Callable[[str, int], None]
) -> None:
    """A signed cookie of Datasette's, as ``ask`` sends it, lets nobody in either."""
    paths = [door.path for door in all_doors()]
    asked = [("GET", path, {}) for path in paths]
    asked += [(method, *working(route, method)) for route, method in known()]
    first = locked.ask("GET", "/tower-9/-/photo/1.json", "anonymous")
    before = locked.footprint()
    wrong: dict[str, object] = {}
    for number, (method, path, sent) in enumerate(asked):
        who = "admin" if number % 2 else "anonymous"
        answer = locked.ask(method, path, who, **sent)
        if answer.status_code != 401 or answer_of(answer) != answer_of(first):
            wrong[f"{method} {path}"] = differing(answer, first)
    tell("addresses that are shut until one logs in", len(asked))
    assert not wrong, listed(wrong)
    assert locked.footprint() == before


@pytest.mark.parametrize("who", SEEING)
def test_lists_and_totals_are_of_what_one_may_see(world: Worlds, who: str) -> None:
    whole = world("whole")
    gallery = whole.ask("GET", "/tower-4.json", who).json()
    assert {photo["id"] for photo in gallery["photos"]} == MAY_SEE[who]
    assert gallery["total"] == len(MAY_SEE[who])
    albums = whole.ask("GET", "/tower-4/-/albums.json", who).json()["albums"]
    assert sum(album["photos"] for album in albums) == len(MAY_SEE[who])
    for photo in (*MAY_SEE["auditor"], *IN_BIN, PURGED, ABSENT):
        answer = whole.ask("GET", f"/tower-4/-/photo/{photo}.json", who)
        assert (answer.status_code == 200) == (photo in MAY_SEE[who])


def test_the_same_doors_show_everything_to_an_admin(world: Worlds) -> None:
    """Else the tests above would prove nothing."""
    whole = world("whole")
    paths = [d.path for d in all_doors() if ".json" in d.path or d.path == "/tower-4"]
    seen = "".join(whole.ask("GET", path, "admin").text for path in paths)
    assert {word for word in HIDDEN["reader"] if word not in seen} == set()

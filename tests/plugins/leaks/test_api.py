"""The images API tells of what one may not see as little as the pages do.

Every endpoint is tried by everybody, with numbers and filters that are about hidden
things; each answer must be the same where those never were (``twins.py``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archive.database import read_marker
from archive.identity import project_number
from archive.rights import allowed
from plugins.api import bearer, limits
from plugins.api.endpoints import ENDPOINTS
from plugins.api.routing import ANYWHERE, Endpoint
from tests.plugins.conftest import HIDDEN
from tests.plugins.leaks.test_reading import SEEING, listed
from tests.plugins.leaks.test_writing import person
from tests.plugins.leaks.twins import (
    ABSENT,
    COVER,
    HIDDEN_ALBUM,
    KIMS_NEWEST,
    NOBODY,
    PURGED,
    READERS,
)
from tests.plugins.leaks.worlds import Answer, World

Worlds = Callable[[str], World]
Tell = Callable[[str, int], None]
SECRETS = {**HIDDEN, "standard": HIDDEN["reader"]}
PHOTOS = (*range(1, 7), *range(100, 105), ABSENT)
NUMBERS = (1, 2, 3, 4, 5, 6, ABSENT)
ULID = "01JD0000000000000000000000"
# What no filter, wherever it is taken, may tell more by
VALUES = {
    "image_category_id": (1, HIDDEN_ALBUM, 3, ABSENT),
    "filters[query]": ("crane", "ALBUMSECRET", "OWNERSECRET", "BINSECRET", '"'),
    "filters[id]": ("1,2,3,4,5,6", f"{COVER},{KIMS_NEWEST},{PURGED}"),
    "filters[private]": ("true", "false"),
    "filters[starred]": ("true",),
    "filters[include_deleted]": ("only", "with"),
    "filters[location_id]": ("1", "1...9"),
    "filters[uploader_id]": ("1", "2"),
    "filters[updated_at]": ("2000-01-01...2100-01-01",),
    "filters[created_at]": ("2000-01-01...2100-01-01",),
    "filters[log_date]": ("2000-01-01...2100-01-01",),
    "filters[search]": ("sam", "secret"),
    "serializer_view": ("android", "mobile", "mobile_feed", "ids_only"),
    "sort": ("deleted_at", "-taken_at", "name"),
    "per_page": ("1",),
    "page": ("2",),
    "permanent": ("true",),
}
BODIES: tuple[dict[str, Any], ...] = (
    {"image": {"description": "x", "image_category_id": HIDDEN_ALBUM}},
    {"image": {"private": True}},
    {"image": {"log_date": "2026-05-11"}},
    {"source_image_id": COVER, "image": {"description": "x"}},
    {"source_image_id": ABSENT, "image": {"description": "x"}},
    {"upload_uuid": ULID, "image_name": "a.jpg", "image": {"description": "x"}},
    {"image_category": {"name": "ALBUMSECRET"}},
    {"image_category": {"name": "N", "private": True, "album_cover_id": COVER}},
    {"location": {"node_name": "Yard", "parent_id": 1, "path": ["Tower", "Level 2"]}},
    {"trade": {"name": "Glass"}},
    {"response_filename": "a.jpg", "size": 3},
)
# Signatures and what is named by chance; times that are those of the change itself
_NEW = re.compile(
    rb"/-/files/[\w.~-]+|/-/storage/[\w.~-]+|\b[0-9A-HJKMNP-TV-Z]{26}\b"
    rb'|"(?:x-[\w-]+|policy)": ?"[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z'
    rb'|"id": ?\d+|images/\d+|/\d+\?'
)


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word after Bearer is the name of a reader; nobody asks too often."""

    async def known(datasette: Any, scope: Any) -> Any:  # noqa: ARG001
        headers = dict(scope["headers"])
        word = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        return READERS.get(word)

    monkeypatch.setattr(bearer, "actor_of", known)
    monkeypatch.setattr(limits, "rates_of", lambda _: ())


def ask(world: World, method: str, address: str, who: str, body: Any = None) -> Answer:
    headers = {"authorization": f"Bearer {who}"}
    sent = {} if body is None else {"json": body}
    return world.ask(method, address, "anonymous", headers=headers, **sent)


def numbers_in(endpoint: Endpoint) -> tuple[int, ...]:
    return PHOTOS if "/images" in endpoint.path else NUMBERS


def addresses(endpoint: Endpoint, project: int) -> Iterator[str]:
    """Yield the addresses at which an endpoint is tried."""
    path = endpoint.path.replace("{project_id}", str(project))
    path = path.replace("{company_id}", str(project)).replace("{uuid:word}", ULID)
    several = numbers_in(endpoint) if "{id}" in path else (0,)
    names = [param.name for param in endpoint.params]
    asked = [
        f"&{name}={value}"
        for name in names
        for value in VALUES.get(name, ())
        if endpoint.method == "GET" or name == "permanent"
    ]
    home = f"?project_id={project}" if "project_id" in names else "?"
    for number, query in itertools.product(several, ["", *asked]):
        yield path.replace("{id}", str(number)) + home + query


def project_of(world: World) -> int:
    return project_number(str(read_marker(world.site.folder)["uuid"]))


def told(answer: Answer, *, new: bool = False) -> tuple[int, str | None, bytes]:
    total = dict(answer.pairs).get("total")
    body = _NEW.sub(b"", answer.content) if new else answer.content
    return answer.status_code, total, re.sub(rb"/-/files/[\w.~-]+", b"", body)


READING = [e for e in ENDPOINTS if e.method == "GET"]
CHANGING = [e for e in ENDPOINTS if e.method != "GET"]


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.mark.parametrize("who", SEEING)
def test_no_endpoint_tells_of_what_one_may_not_see(
    world: Worlds, who: str, tell: Tell
) -> None:
    whole, twin = world("whole"), world(who)
    tried = [a for e in READING for a in addresses(e, project_of(whole))]
    ask(whole, "GET", tried[0], who)  # makes the key that signs addresses
    before = whole.footprint()
    wrong: dict[str, object] = {}
    for address in tried:
        ours, theirs = (ask(w, "GET", address, who) for w in (whole, twin))
        if told(ours) != told(theirs):
            wrong[address] = (told(ours), told(theirs))
        elif ours.status_code >= 500:
            wrong[address] = ours.text
        elif found := {w for w in SECRETS[who] if w in ours.text and w not in address}:
            wrong[address] = found
    tell("addresses of the API read by readers, and compared with a twin", len(tried))
    assert not wrong, listed(wrong)
    assert whole.footprint() == before


@pytest.mark.parametrize("who", [*NOBODY, "nobody at all"])
def test_nobody_gets_anything_by_the_api(world: Worlds, who: str) -> None:
    whole = world("whole")
    wrong = {}
    for endpoint in ENDPOINTS:
        if endpoint.right == ANYWHERE and who == "none":
            continue  # of level none: is told that there is no project
        address = next(addresses(endpoint, project_of(whole)))
        answer = ask(whole, endpoint.method, address, who, {})
        told_nothing = answer.status_code in (401, 403) or answer.json() == []
        if not told_nothing:
            wrong[named(endpoint)] = (answer.status_code, answer.text)
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("who", SEEING)
def test_changes_by_the_api_tell_nothing(world: Worlds, who: str, tell: Tell) -> None:
    whole, twin = world("whole"), world(who)
    wrong: dict[str, object] = {}
    count = 0
    for endpoint in CHANGING:
        bodies = BODIES if endpoint.body else (None,)
        for address in addresses(endpoint, project_of(whole)):
            for body in bodies:
                ours, theirs = (
                    _tried(w, endpoint.method, address, who, body)
                    for w in (whole, twin)
                )
                count += 1
                if ours != theirs or ours[0] >= 500:
                    wrong[f"{endpoint.method} {address} {body}"] = (ours, theirs)
    tell("changes by the API, compared with a twin", count)
    assert not wrong, listed(wrong)


def _tried(
    world: World, method: str, address: str, who: str, body: Any
) -> tuple[int, str | None, bytes]:
    before = world.footprint()
    answer = ask(world, method, address, who, body)
    if world.footprint() != before:
        world.restore()
    return told(answer, new=True)


@pytest.mark.parametrize("who", SEEING)
def test_who_lacks_the_right_changes_nothing_by_the_api(
    world: Worlds, who: str
) -> None:
    whole = world("whole")
    here = person(whole, who)
    assert here is not None
    before = whole.footprint()
    for endpoint in CHANGING:
        if endpoint.right == ANYWHERE or allowed(here, endpoint.right):
            continue
        for address in addresses(endpoint, project_of(whole)):
            answer = ask(whole, endpoint.method, address, who, BODIES[0])
            assert answer.status_code == 403, (named(endpoint), address, answer.text)
    assert whole.footprint() == before

"""Who may not change something changes nothing, and learns nothing by trying."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from archive.people import Person
from archive.rights import allowed
from plugins.databases import archives, person_of
from plugins.routes import ROUTES
from tests.plugins.leaks.changes import (
    as_form,
    attempts,
    changing,
    example,
    known,
    working,
)
from tests.plugins.leaks.doors import BESIDE, addresses, all_doors, named
from tests.plugins.leaks.test_reading import SEEING, answer_of, listed
from tests.plugins.leaks.twins import NOBODY, READERS
from tests.plugins.leaks.worlds import World, dumps

Worlds = Callable[[str], World]
Tell = Callable[[str, int], None]
_NEW = re.compile(
    rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|[\w-]{43}"
)
CHANGING = known()
IDS = [f"{method} {named(route)}" for route, method in CHANGING]


def person(world: World, who: str) -> Person | None:
    database = archives(world.site.datasette)[0]
    found: Person | None = world.site.run(database.person(READERS[who]))
    return found


def test_every_route_that_changes_something_has_an_example() -> None:
    """Add what an admin sends with success to ``changes.EXAMPLE``."""
    missing = [c for c in changing() if c not in CHANGING]
    assert not [f"{method} {named(route)}" for route, method in missing]


@pytest.mark.parametrize(("route", "method"), CHANGING, ids=IDS)
def test_the_examples_work_for_an_admin(world: Worlds, route: Any, method: str) -> None:
    """Else the tests below would prove nothing."""
    whole = world("whole")
    address, sent = working(route, method)
    before = whole.footprint()
    answer = whole.ask(method, address, "admin", **sent)
    changed = whole.footprint() != before
    whole.restore()
    assert changed == example(route, method).changes, answer.text
    if changed:
        assert answer.status_code < 300, answer.text


@pytest.mark.parametrize("who", [who for who in READERS if who != "admin"])
def test_who_has_no_right_changes_nothing(world: Worlds, who: str, tell: Tell) -> None:
    whole = world("whole")
    here = person(whole, who)
    shut = [c for c in CHANGING if here is None or not allowed(here, c[0].right)]
    wrong: dict[str, object] = {}
    before = whole.footprint()
    for route, method in shut:
        address, sent = working(route, method)
        for options in (sent, as_form(sent)):
            answer = whole.ask(method, address, who, **options)
            wanted = 404 if who in NOBODY else 403
            if answer.status_code != wanted or whole.footprint() != before:
                wrong[f"{method} {address}"] = answer.status_code
    tell("changes refused to those without the right", 2 * len(shut))
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("who", SEEING)
def test_changes_tell_nothing_of_what_one_may_not_see(
    world: Worlds, who: str, tell: Tell
) -> None:
    whole, twin = world("whole"), world(who)
    here = person(whole, who)
    assert here is not None
    may = [c for c in CHANGING if allowed(here, c[0].right)]
    tried = [(method, *attempt) for r, method in may for attempt in attempts(r, method)]
    wrong: dict[str, object] = {}
    for method, address, sent in tried:
        ours, theirs = (_tried(w, method, address, who, sent) for w in (whole, twin))
        if ours != theirs:
            wrong[f"{method} {address} {sent}"] = (ours[::2], theirs[::2])
        elif ours[0] >= 500:
            wrong[f"{method} {address} {sent}"] = ours[0]
    tell("changes tried by those with the right, and compared with a twin", len(tried))
    assert not wrong, listed(wrong)


def _tried(
    world: World, method: str, address: str, who: str, sent: Any
) -> tuple[int, dict[str, str], object]:
    """Return what was answered; whatever was changed is put back."""
    before = world.footprint()
    answer = world.ask(method, address, who, **sent)
    if world.footprint() != before:
        world.restore()
    status, headers, content = answer_of(answer)
    headers.pop("content-length", None)
    told = {name: _NEW.sub(b"", v.encode()).decode() for name, v in headers.items()}
    return status, told, _plain(content)


def _plain(content: bytes) -> object:
    """Return an answer without what is new each time: moments and uuids."""
    if not content.startswith(b"PK"):
        return _NEW.sub(b"", content)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: _NEW.sub(b"", packed.read(name)) for name in packed.namelist()}


OTHER_SITES: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost.evil.example"},
    {"origin": "http://localhost:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"},
    {"sec-fetch-site": "nonsense", "origin": "http://localhost"},
)
AS_SENT_BY_A_FORM = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
)
FROM_OUTSIDE = (
    *(("application/json", site) for site in OTHER_SITES),
    *((kind, OTHER_SITES[0]) for kind in AS_SENT_BY_A_FORM[1:]),
    *((kind, OTHER_SITES[4]) for kind in AS_SENT_BY_A_FORM[1:]),
)


def test_other_sites_change_nothing(world: Worlds, tell: Tell) -> None:
    whole = world("whole")
    before = whole.footprint()
    wrong: dict[str, object] = {}
    for route, method in CHANGING:
        address, sent = working(route, method)
        content = sent["content"] if "content" in sent else dumps(sent["json"])
        for kind, site in FROM_OUTSIDE:
            headers = {**sent.get("headers", {}), "content-type": kind, **site}
            answer = whole.ask(
                method, address, "admin", content=content, headers=headers
            )
            if answer.status_code != 403 or whole.footprint() != before:
                wrong[f"{method} {address} {headers}"] = answer.status_code
    tell("changes refused to other sites", len(FROM_OUTSIDE) * len(CHANGING))
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("who", ["anonymous", "standard", "admin"])
def test_reading_changes_nothing(world: Worlds, who: str, tell: Tell) -> None:
    whole = world("whole")
    before = whole.footprint()
    read = [*_one_of_each(), *BESIDE] if who == "admin" else []
    posts = [working(r, m)[0] for r, m in CHANGING if "GET" not in r.methods]
    asked = [("GET", path, {}) for path in read]
    for method in ("GET", "HEAD", "OPTIONS"):
        for override in ("POST", "PATCH", "DELETE"):
            headers = {**_TUS, "x-http-method-override": override}
            asked += [(method, path, headers) for path in posts]
    wrong: dict[str, object] = {}
    for method, path, headers in asked:
        answer = whole.ask(method, path, who, headers=headers)
        if whole.footprint() != before or answer.status_code >= 500:
            wrong[f"{method} {path} {headers}"] = answer.status_code
            whole.restore()
            before = whole.footprint()
    tell("addresses that were only read, and changed nothing", len(asked))
    assert not wrong, listed(wrong)


def _one_of_each() -> list[str]:
    """Return one address of each route: as a page, as JSON, with arguments."""
    kinds = {
        (door.route, ".json" in door.path, "?" in door.path): door.path
        for door in all_doors()
    }
    return list(kinds.values())


_TUS = {"tus-resumable": "1.0.0"}


@pytest.mark.parametrize("who", READERS)
def test_pages_that_are_only_read_take_nothing(world: Worlds, who: str) -> None:
    whole = world("whole")
    before = whole.footprint()
    wrong: dict[str, object] = {}
    for route in ROUTES:
        if set(route.methods) - {"GET", "HEAD"}:
            continue
        path = addresses(route)[0]
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = whole.ask(method, path, who, json={"name": "x"})
            if answer.status_code not in (403, 404, 405) or whole.footprint() != before:
                wrong[f"{method} {path}"] = answer.status_code
    assert not wrong, listed(wrong)


OUTSIDE = (
    "//evil.example/",
    "https://evil.example/tower-4/",
    "/\\evil.example",
    "/tower-4/\r\nset-cookie: a=b",
    "javascript:alert(1)",
    "/tower-4/../../evil",
)


def test_forms_lead_nowhere_else(world: Worlds) -> None:
    whole = world("whole")
    wrong: dict[str, object] = {}
    for number, (route, method) in enumerate(CHANGING):
        address, sent = working(route, method)
        form = as_form(sent, next=OUTSIDE[number % len(OUTSIDE)])
        before = whole.footprint()
        answer = whole.ask(method, address, "admin", **form)
        if whole.footprint() != before:
            whole.restore()
        leads = answer.headers.get("location", "/tower-4")
        if not re.fullmatch(r"/tower-4([/?][\w/?=&%:.-]*)?", leads) or ".." in leads:
            wrong[f"{method} {address}"] = leads
    assert not wrong, listed(wrong)


def test_nobody_is_person_of_every_archive(world: Worlds) -> None:
    database = archives(world("whole").site.datasette)[0]
    hostile = ("1 ", "01", "+1", "1.0", "1e0", "\u0661", "0x1", "1;", "-1", "", "None")
    actors = [{"id": value} for value in hostile]
    actors += [{"id": True}, {"id": ["1"]}, {"people": {"tower-4": None}}, {}]
    found = [
        world("whole").site.run(
            database.look_up(lambda c, a=a: person_of(c, a, "tower-4"))
        )
        for a in actors
    ]
    assert [p.id for p in found if p] in ([], [1])

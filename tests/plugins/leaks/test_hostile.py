"""Addresses that somebody makes up who wants to know more than they may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.plugins.leaks.test_reading import SEEING, answer_of, listed, secrets_in
from tests.plugins.leaks.twins import NOBODY, READERS
from tests.plugins.leaks.worlds import World

Worlds = Callable[[str], World]
_HUGE = "9" * 18
# Each with the headers that make it one
HOSTILE: tuple[tuple[str, dict[str, str]], ...] = (
    ("/tower-4/photos.json?_where=private%3D1", {}),
    ("/tower-4/photos.json?_where=1)+or+(1=1", {}),
    (
        '/tower-4/photos.json?_through={"table":"comments","column":"id","value":"1"}',
        {},
    ),
    ("/tower-4/comments.json?_labels=on&_shape=objects", {}),
    ("/tower-4/photos_fts_content.json", {}),
    ("/tower-4/photos_fts_idx/1.json", {}),
    ("/tower-4/photos~5Ffts.json", {}),
    ("/tower-4/PHOTOS.json", {}),
    ("/tower-4/main~2Ephotos.json", {}),
    ("/tower-4/sqlite_master.json", {}),
    ("/tower-4/sqlite_temp_master.json", {}),
    ("/_internal/catalog_tables.json", {}),
    ("/_memory/-/query.json?sql=select+1", {}),
    ("/TOWER-4/-/photo/3.json", {}),
    ("/tower~2D4/-/photo/3.json", {}),
    ("/tower%2D4/-/photo/3.json", {}),
    ("/tower-4/-/photo/%33.json", {}),
    ("/tower-4/-/photo/%2533.json", {}),
    ("/tower-4%2F-%2Fphoto%2F3%2Foriginal", {}),
    ("/tower-4/-/photo/3%00.json", {}),
    ("/tower-4/-/photo/3%0A", {}),
    ("/tower-4/-/photo/3/original%0d%0aset-cookie:%20a=b", {}),
    ("/tower-4/-/photo/003.json", {}),
    ("/tower-4/-/photo/\u0663.json", {}),
    (f"/tower-4/-/photo/{_HUGE}.json", {}),
    (f"/tower-4/-/photo/{_HUGE}{_HUGE}.json", {}),
    ("/tower-4/-/photo/-3.json", {}),
    ("/tower-4/-/photo/3e0.json", {}),
    ("/tower-4/-/../-/photo/3.json", {}),
    ("/tower-4/-/photo/1/../3.json", {}),
    ("/tower-4/-/photo/1/..%2f3%2foriginal", {}),
    ("/-/static-plugins/asbuilt/../../archive.db", {}),
    ("/-/static-plugins/asbuilt/..%2f..%2f..%2fschema.sql", {}),
    ("/-/static/%2e%2e/%2e%2e/app.py", {}),
    ("//tower-4/-/photo/3.json", {}),
    ("/tower-4.json?q=crane&q=is%3Arecycled", {}),
    ("/tower-4.json?q=%00", {}),
    ("/tower-4.json?q=%FF%FE", {}),
    ("/tower-4.json?q=" + quote("is:private OR is:recycled"), {}),
    ("/tower-4.json?after=" + quote("9999-12-31T00:00:00|3"), {}),
    ("/tower-4.json?after=%00&after=3", {}),
    ("/tower-4.json?q=" + "(" * 500, {}),
    ("/tower-4.json?q=" + quote('"' + "a" * 9000 + '"'), {}),
    ("/tower-4/-/photo/3.json?_shape=array&_facet=private&_where=1", {}),
    ("/tower-4/-/photo/3/original", {"range": "bytes=0-0"}),
    ("/tower-4/-/photo/3/original", {"range": "bytes=-1", "if-range": '"x"'}),
    ("/tower-4/-/photo/1/original", {"range": "bytes=" + "0-0," * 900 + "1-1"}),
    ("/tower-4/-/photo/1/original", {"range": f"bytes={_HUGE}-"}),
    ("/tower-4/-/photo/3/thumbnail", {"if-none-match": "*"}),
    ("/tower-4/-/photo/3/original", {"if-none-match": "*"}),
    ("/tower-4/-/photo/3.json", {"x-original-url": "/tower-4/-/photo/1.json"}),
    ("/tower-4/-/photo/1.json", {"x-rewrite-url": "/tower-4/-/photo/3.json"}),
    ("/tower-4/-/photo/1.json", {"x-http-method-override": "DELETE"}),
    ("/tower-4/-/photo/3.json", {"authorization": "Bearer dstok_x"}),
    ("/tower-4/-/photo/3.json", {"cookie": "asbuilt-language=../../x; ds_actor=x"}),
    ("/tower-4.json", {"accept-language": "x" * 5000}),
)
METHODS = ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "POST", "X")


@pytest.mark.parametrize("who", SEEING)
def test_made_up_addresses_tell_nothing(
    world: Worlds, who: str, tell: Callable[[str, int], None]
) -> None:
    assert len(HOSTILE) >= 40
    whole, twin = world("whole"), world(who)
    before = whole.footprint()
    wrong: dict[str, object] = {}
    for path, headers in HOSTILE:
        ours, theirs = (w.ask("GET", path, who, headers=headers) for w in (whole, twin))
        if problem := _problem(ours, theirs, who, path):
            wrong[f"{path} {headers}"[:200]] = problem
    tell("hostile addresses, compared with a twin", len(HOSTILE))
    assert not wrong, listed(wrong)
    assert whole.footprint() == before


def _problem(ours: Any, theirs: Any, who: str, path: str) -> object:
    """Return what is wrong with an answer to somebody who tries."""
    if ours.status_code >= 500 or answer_of(ours) != answer_of(theirs):
        return ours.status_code, theirs.status_code, ours.text[-200:]
    if any("\n" in value or "\r" in value for value in ours.headers.values()):
        return "a header in two lines"
    if "set-cookie" in ours.headers or "SECRET" in ours.headers.get("location", ""):
        return dict(ours.headers)
    where = ours.headers.get("location", "/")
    if not where.startswith("/") or where.startswith(("//", "/\\")):
        return where
    return secrets_in(ours, who, path)


@pytest.mark.parametrize("who", NOBODY)
def test_made_up_addresses_tell_nobody_anything(world: Worlds, who: str) -> None:
    whole = world("whole")
    wrong: dict[str, object] = {}
    for path, headers in HOSTILE:
        answer = whole.ask("GET", path, who, headers=headers)
        if answer.status_code not in (302, 400, 401, 403, 404):
            wrong[f"{path} {headers}"[:200]] = answer.status_code
        elif found := secrets_in(answer, who, path):
            wrong[path] = found
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("path", ["/tower-4", "/tower-4/-/photo/3", "/tower-4/photos"])
def test_odd_methods_are_refused(world: Worlds, who: str, path: str) -> None:
    whole = world("whole")
    before = whole.footprint()
    for method in METHODS:
        answer = whole.ask(method, path, who)
        # Datasette's own pages answer to any method as to GET
        reading = method in ("HEAD", "OPTIONS") or path.endswith("photos")
        fine = (200, 403, 404, 405) if reading else (403, 404, 405)
        assert answer.status_code in fine, method
        if who != "admin":
            assert not secrets_in(answer, who, path)
    assert whole.footprint() == before


# An error, or the want of one, must not depend on rows that one may not see
# (the oracles by which raw SQL leaks past a filter on rows).
_ERROR = "json(case when {} then 'x' else '1' end)"
PROBES = (
    f"select 1 from photos where taken_at > '2026' and {_ERROR}",
    f"select 1 from photos where id = 3 and {_ERROR}",
    f"select {_ERROR} from photos",
    f"select count({_ERROR}) from photos",
    f"select 1 from photos order by {_ERROR}",
    f"select 1 from photos group by {_ERROR}",
    f"select 1 from photos_fts where photos_fts match 'crane' and {_ERROR}",
    f"select 1 from comments where {_ERROR}",
    f"select 1 from originals where {_ERROR}",
    f"select max({_ERROR}) from photos",
    f"select 1 from photos p join albums a on a.id = p.album_id where {_ERROR}",
    f"select exists (select 1 from photos where {_ERROR})",
    f"select 1 from photos limit (select {_ERROR} from photos)",
    f"select 1 from main.photos where {_ERROR}",
    f"with x as (select {_ERROR} from photos) select * from x",
    f"select abs(-9223372036854775808) from photos where {_ERROR}",
)
_HITS = "private = 1"


@pytest.mark.parametrize("who", SEEING)
def test_errors_tell_nothing(world: Worlds, who: str) -> None:
    """Raw SQL and the conditions of tables are shut; searches err the same."""
    assert len(PROBES) == 16
    whole, twin = world("whole"), world(who)
    wrong: dict[str, object] = {}
    for probe in PROBES:
        sql = quote(probe.format(_HITS))
        condition = quote(_ERROR.format(_HITS))
        shut = (
            f"/tower-4/-/query.json?sql={sql}",
            f"/tower-4.json?sql={sql}",
            f"/tower-4/photos.json?_where={condition}",
            f"/tower-4/photos.json?_sort={condition}",
            f"/tower-4/photos.json?_facet={condition}",
        )
        for path in shut:
            ours, theirs = whole.ask("GET", path, who), twin.ask("GET", path, who)
            if answer_of(ours) != answer_of(theirs) or "malformed" in ours.text:
                wrong[path] = ours.text[-200:]
            elif "tower-4.json" not in path and ours.status_code != 403:
                wrong[path] = ours.status_code
    assert not wrong, listed(wrong)


# Searches that may err, or be slow to say nothing, for each kind of filter.
ERRING = (
    "taken:2026-99",
    "taken:2026-05-11T09:00..",
    "name:OWNERSECRE",
    "album:OWNER",
    "camera:ca",
    "by:Own",
    'snippet("OWNERSECRET")',
    "owners* -kims*",
    '"crane OWNERSECRET"',
    '"comment OWNERSECRET"',
    "crane NEAR OWNERSECRET",
    "description:OWNERSECRET",
    "refs:sp1",
    "\u01c2zzzzzzzzzsp0",
    "zzzzzzzzzsbin",
    "\u01c2zzzzzzzzzstar",
    "scope:0",
)


@pytest.mark.parametrize("who", SEEING)
def test_searches_err_alike_whatever_they_would_find(world: Worlds, who: str) -> None:
    whole, twin = world("whole"), world(who)
    wrong: dict[str, object] = {}
    for text in ERRING:
        for path in ("/tower-4.json", "/tower-4", "/tower-4/-/feed.json"):
            address = f"{path}?q={quote(text)}"
            ours, theirs = (w.ask("GET", address, who) for w in (whole, twin))
            if problem := _problem(ours, theirs, who, address):
                wrong[address] = problem
    assert not wrong, listed(wrong)

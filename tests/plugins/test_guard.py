"""The leak matrix: every door that shows data, opened by everybody."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import quote

import pytest

from archive.sqlite import sqlite3

TABLES = (
    "photos",
    "photos_fts",
    "photos_fts_data",
    "photos_fts_idx",
    "photos_fts_docsize",
    "photos_fts_config",
    "photo_words",
    "photo_facets",
    "photo_index",
    "photo_counts",
    "photo_trades",
    "comments",
    "markups",
    "originals",
    "albums",
    "cameras",
    "people",
    "facet_counts",
    "map_counts",
    "photo_cells",
    "photo_map",
    "tombstones",
    "changes",
    "batches",
    "sources",
    "source_files",
    "imports",
    "settings",
    "sqlite_sequence",
    "location_tree",
)
SQL = (
    "select * from photos",
    "select * from main.photos",
    "select description from photos order by id desc",
    "with photos as (select * from main.photos) select * from photos",
    "select * from photos_fts where photos_fts match 'crane'",
    "select snippet(f, 1, '', '', '', 9) from photos_fts f where f match 'crane'",
    "select snippet(photos_fts, 1, '', '', '', 9) from photos_fts('crane')",
    "select highlight(photos_fts, 0, '', '') from photos_fts('crane')",
    "select * from main.photos_fts where photos_fts match 'crane'",
    "select * from main.photo_words",
    "select * from main.comments",
    "select * from main.markups",
    "select group_concat(new) from changes",
    "select group_concat(new) from main.changes",
    "select hex(block) from main.photos_fts_data",
    "select * from temp.sqlite_master",
    "select sql from sqlite_temp_master",
    "select name from albums",
    "select * from people",
    "select (select group_concat(body) from comments)",
    "select (select group_concat(text) from markups)",
    "select * from photos p join originals o on o.id = p.original_id",
    "select json_group_array(description) from photos",
    "select * from json_each((select json_group_array(filename) from main.photos))",
    "pragma table_list",
    "explain select * from photos",
)
PATHS = (
    "/",
    "/.json",
    "/-/",
    "/-/.json",
    "/-/databases.json",
    "/-/jump.json?q=secret",
    "/-/allowed.json?action=view-table",
    "/-/schema.json",
    "/tower-4",
    "/tower-4.json",
    "/tower-4?q=crane",
    "/tower-4.json?q=crane",
    "/tower-4?q=secret",
    "/tower-4?q=is%3Aprivate",
    "/tower-4?q=is%3Arecycled",
    "/tower-4?q=is%3Astarred",
    "/tower-4.json?q=album%3AALBUM" + "SECRET",
    "/tower-4?piece=1",
    "/tower-4/-/tables",
    "/tower-4/-/schema.json",
    "/tower-4/-/queries.json",
    "/tower-4.db",
    *(f"/tower-4/-/photo/{n}" for n in range(1, 8)),
    *(f"/tower-4/-/photo/{n}.json" for n in range(1, 8)),
    *(
        f"/tower-4/{table}{ending}"
        for table in TABLES
        for ending in ("", ".json?_shape=array", ".csv?_stream=1")
    ),
    *(f"/tower-4/photos/{n}{ending}" for n in range(1, 8) for ending in ("", ".json")),
    *(f"/tower-4/comments/{n}.json" for n in range(1, 5)),
    *(f"/tower-4/markups/{n}.json" for n in range(1, 5)),
    *(f"/tower-4/originals/{n}.json" for n in range(1, 7)),
    *(f"/tower-4/albums/{n}.json" for n in (1, 2)),
    "/tower-4/photos.json?_facet=filename&_facet=description&_facet=camera_id",
    "/tower-4/photos.json?_where=private%3D1",
    "/tower-4/photos.json?_where=id+in+(select+id+from+main.photos)",
    "/tower-4/photos.json?_labels=on&_extra=expandable_columns",
    "/tower-4/albums.json?_labels=on",
    "/tower-4/photo_trades.json?_labels=on&_shape=array",
    '/tower-4/photos.json?_through={"table":"comments","column":"author_id","value":"1"}',
    "/tower-4/photos.json?_search=crane",
    "/tower-4/photos.json?_search=secret&_searchmode=raw",
    "/tower-4/photos_fts.json?_search=crane",
    "/tower-4/photos/-/autocomplete?q=secret",
    "/tower-4/photos/-/count",
    "/tower-4/photos/-/schema.json",
)


OTHERS = ("anonymous", "unknown", "none", "reader", "uploader", "auditor")


@pytest.mark.parametrize("who", OTHERS)
def test_no_page_tells_a_secret(site: Any, who: str) -> None:
    told = {path: found for path in PATHS if (found := site.leaks(path, who))}
    assert told == {}


@pytest.mark.parametrize("who", OTHERS)
def test_the_guard_alone_holds_when_datasette_permits_everything(
    site: Any, who: str
) -> None:
    paths = [*PATHS, *(f"/tower-4/-/query.json?sql={quote(sql)}" for sql in SQL)]
    told = {
        path: found
        for path in paths
        if (found := site.leaks(path, who, skip_permission_checks=True))
    }
    assert told == {}


def test_the_same_doors_show_the_secrets_to_an_admin(site: Any) -> None:
    seen = "".join(site.get(path, "admin").text for path in PATHS)
    secrets = ("KIMSECRET", "OWNERSECRET", "BINSECRET", "ALBUMSECRET", "REASONSECRET")
    assert [word for word in secrets if word not in seen] == []


@pytest.mark.parametrize("sql", SQL[:3], ids=str)
def test_admins_may_ask_in_sql(site: Any, sql: str) -> None:
    answer = site.get(f"/tower-4/-/query.json?sql={quote(sql)}", "admin")
    assert answer.status_code == 200
    assert "BINSECRET" in answer.text


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_may_ask_in_sql(site: Any, who: str) -> None:
    answer = site.get("/tower-4/-/query.json?sql=select+1", who)
    assert answer.status_code == 403


@pytest.mark.parametrize("who", [*OTHERS, "admin"])
def test_nobody_downloads_the_database(site: Any, who: str) -> None:
    assert site.get("/tower-4.db", who).status_code == 403


WRITES = (
    ("/tower-4/photos/-/insert", {"row": {"filename": "x"}}),
    ("/tower-4/photos/1/-/update", {"update": {"description": "x"}}),
    ("/tower-4/photos/1/-/delete", {}),
    ("/tower-4/photos/-/drop", {"confirm": True}),
    ("/tower-4/-/create", {"table": "x", "row": {"id": 1}}),
    ("/tower-4/-/execute-write", {"sql": "delete from photos"}),
)


@pytest.mark.parametrize("who", [*OTHERS, "admin"])
@pytest.mark.parametrize(("path", "body"), WRITES, ids=[path for path, _ in WRITES])
def test_nobody_writes_past_the_archive(
    site: Any, who: str, path: str, body: Any
) -> None:
    assert site.get(path, who, method="post", json=body).status_code in (403, 405)


VISIBLE = {
    "anonymous": None,
    "none": None,
    "reader": [6, 1],
    "uploader": [6, 2, 1],
    "auditor": [6, 5, 3, 2, 1],
    "admin": [6, 5, 3, 2, 1],
}


@pytest.mark.parametrize("who", VISIBLE)
def test_the_gallery_lists_and_counts_what_one_may_see(site: Any, who: str) -> None:
    answer = site.get("/tower-4.json", who)
    wanted = VISIBLE[who]
    if wanted is None:
        assert answer.status_code == 404
        return
    found = answer.json()
    assert [photo["id"] for photo in found["photos"]] == wanted
    assert found["total"] == len(wanted)


@pytest.mark.parametrize("who", [w for w in VISIBLE if VISIBLE[w]])
@pytest.mark.parametrize(
    "query", ["crane", "-roof", "cra*", "taken:2026-05", "location:Tower"]
)
def test_searches_find_what_one_may_see(site: Any, who: str, query: str) -> None:
    found = site.get(f"/tower-4.json?q={quote(query)}", who).json()
    ids = {photo["id"] for photo in found["photos"]}
    assert 1 in ids
    assert ids <= set(VISIBLE[who] or [])
    assert found["total"] == len(ids)


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("photo", range(1, 8))
@pytest.mark.parametrize("what", ["thumbnail", "medium", "preview", "original"])
def test_bytes_of_hidden_photos_are_not_there(
    site: Any, who: str, photo: int, what: str
) -> None:
    answer = site.get(f"/tower-4/-/photo/{photo}/{what}", who)
    if photo in (VISIBLE.get(who) or []):
        assert answer.status_code == 200
        return
    absent = site.get(f"/tower-4/-/photo/12345/{what}", who)
    assert answer.status_code == 404
    assert answer.content == absent.content


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("ending", ["", ".json"])
def test_hidden_and_absent_are_one_answer(site: Any, who: str, ending: str) -> None:
    hidden = site.get(f"/tower-4/-/photo/4{ending}", who)
    absent = site.get(f"/tower-4/-/photo/12345{ending}", who)
    assert hidden.status_code == absent.status_code == 404
    nonce = re.compile(r' nonce="[\w-]+"')  # of each answer
    assert nonce.sub("", hidden.text) == nonce.sub("", absent.text)
    assert {**hidden.headers} == {**absent.headers}


def test_the_cover_of_an_album_is_hidden_with_its_photo(site: Any) -> None:
    covers = {
        who: site.get(
            "/tower-4/albums/1.json?_shape=array", who, skip_permission_checks=True
        ).json()[0]["cover_photo_id"]
        for who in ("reader", "auditor", "admin")
    }
    assert covers == {"reader": None, "auditor": 3, "admin": 3}


def test_mixed_actors_at_once_are_never_mixed_up(site: Any) -> None:
    people = [w for w in VISIBLE if VISIBLE[w]] * 40

    async def ask(who: str) -> tuple[str, list[int]]:
        from_cookie = {"actor": site.actors[who]}
        answer = await site.datasette.client.get("/tower-4.json?q=-zzz", **from_cookie)
        return who, [photo["id"] for photo in answer.json()["photos"]]

    async def all_at_once() -> list[tuple[str, list[int]]]:
        return await asyncio.gather(*(ask(who) for who in people))

    wrong = [(who, ids) for who, ids in site.run(all_at_once()) if ids != VISIBLE[who]]
    assert wrong == []


def test_without_a_request_nothing_is_seen(site: Any) -> None:
    database = site.datasette.get_database("tower-4")
    rows = site.run(database.execute("select count(*) from photos")).rows
    assert rows[0][0] == 0


def test_a_request_within_a_request_does_not_lend_its_actor(site: Any) -> None:
    from plugins import actors

    async def ask() -> list[Any]:
        token = actors.begin("")
        try:
            await site.datasette.client.get("/tower-4", actor=site.actors["admin"])
            return [actors.current()]
        finally:
            actors.end(token)

    assert site.run(ask()) == [None]


@pytest.mark.parametrize(
    "sql",
    [
        "create temp table x (a)",
        "create temp trigger t after insert on x begin select 1; end",
        "attach ':memory:' as other",
        "drop view temp.photos",
        "delete from main.photos",
        "pragma writable_schema = 1",
        "pragma foreign_keys = off",
        "select load_extension('x')",
        "select * from main.sqlite_sequence",
        "select count(*) from main.photos",
        "select 1 from main.photos limit 1",
    ],
)
def test_guarded_connections_refuse_the_rest(site: Any, sql: str) -> None:
    database = site.datasette.get_database("tower-4")
    with pytest.raises(
        sqlite3.DatabaseError, match=r"not authorized|prohibited|no such"
    ):
        site.run(database.execute(sql, log_sql_errors=False))


def test_a_guarded_connection_names_its_gates_to_nobody(site: Any) -> None:
    database = site.datasette.get_database("tower-4")

    def use_the_name(connection: Any) -> None:
        gate = connection.gate
        ours = f"{gate}_photos"
        connection.execute(
            f"with {ours} as (select * from main.photos) select * from {ours}"
        )

    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        site.run(database.execute_fn(use_the_name))


def test_new_tables_are_shut_until_they_have_a_gate(site: Any) -> None:
    from plugins.gates import GATES

    database = site.datasette.get_database("tower-4")

    def count(connection: Any) -> dict[str, int]:
        names = connection.execute(
            "select name from sqlite_master where type in ('table', 'view')"
            " and name not like 'sqlite%'"
        ).fetchall()
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]
            for (name,) in names
            if name not in GATES
        }

    counts = site.run(database.read(count))
    assert set(counts.values()) == {0}
    assert "changes" in counts


@pytest.mark.parametrize(
    "sql",
    [
        "pragma table_info(photos_fts)",
        "select count(*) from photos_fts where photos_fts match 'crane'",
        "select count(*) from photos",
    ],
)
def test_readers_go_on_when_the_schema_has_changed(site: Any, sql: str) -> None:
    """FTS5 connects anew then, by statements of its own, while ours is prepared."""
    database = site.datasette.get_database("tower-4")

    guarded = database.connect()
    before = guarded.execute(sql).fetchall()
    writer = sqlite3.connect(database.path)
    try:
        writer.execute("create table passing (a)")
        writer.execute("drop table passing")
        writer.commit()
    finally:
        writer.close()
    guarded.execute("select 1 from albums").fetchall()  # sees the change
    assert guarded.execute(sql).fetchall() == before

"""Uploads over HTTP: the protocol tus, whose they are, what is refused and how."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.people import add_person, owner
from archive.uploads import MAX_BYTES, parts
from tests.plugins.conftest import Loop, Site, jpeg, serve

BODY = "application/offset+octet-stream"
TUS = {"tus-resumable": "1.0.0"}
PHOTO = jpeg((10, 120, 90), (64, 48))
UPLOADS = "/tower/-/uploads"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tower"
    create_archive(path, "Tower", "Sam")
    with open_archive(path) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            add_person(archive.connection, sam, opened, "Kim", level="standard")
            add_person(archive.connection, sam, opened, "Rae")
    return path


def ask(site: Site, method: str, path: str, who: str = "admin", **options: Any) -> Any:
    headers = {**TUS, **options.pop("headers", {})}
    return site.get(path, who, method, headers=headers, **options)


def metadata(**values: str) -> str:
    pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())
    return ",".join(pairs)


def create(site: Site, size: int, who: str = "admin", **values: str) -> Any:
    headers = {
        "upload-length": str(size),
        "upload-metadata": metadata(**{"filename": "IMG_1.jpg", **values}),
    }
    return ask(site, "post", UPLOADS, who, headers=headers)


def patch(site: Site, url: str, offset: int, data: bytes, **options: Any) -> Any:
    headers = {"upload-offset": str(offset), "content-type": BODY}
    headers |= options.pop("headers", {})
    return ask(site, "patch", url, content=data, headers=headers, **options)


def begin(site: Site, who: str = "admin", **options: Any) -> Any:
    return site.get(UPLOADS, who, "post", json=options)


def announce(site: Site, upload: Any, *names: str, size: int = len(PHOTO)) -> Any:
    files = [{"key": name, "name": name, "bytes": size} for name in names]
    url = f"{upload['url']}/files"
    return site.get(url, "admin", "post", json={"files": files}).json()["files"]


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_archive(folder) as archive:
        return archive.connection.execute(sql).fetchall()


def test_what_there_is_of_the_protocol(here: Site) -> None:
    answer = ask(here, "options", UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation",
        "termination",
        "expiration",
    }
    assert answer.headers["tus-max-size"] == str(MAX_BYTES)


def test_a_file_is_created_sent_in_pieces_and_whole(here: Site, folder: Path) -> None:
    made = create(here, len(PHOTO), relativePath="DCIM/IMG_7.jpg")
    assert made.status_code == 201
    url = made.headers["location"]
    assert "upload-expires" in made.headers
    head = ask(here, "head", url)
    assert (head.status_code, head.headers["upload-offset"]) == (200, "0")
    assert head.headers["upload-length"] == str(len(PHOTO))
    assert "no-store" in head.headers["cache-control"]
    assert patch(here, url, 0, PHOTO[:100]).headers["upload-offset"] == "100"
    assert ask(here, "head", url).headers["upload-offset"] == "100"
    last = patch(here, url, 100, PHOTO[100:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(PHOTO)))
    (uuid, name, whole) = rows(folder, "select uuid, name, whole_at from upload_files")[
        0
    ]
    assert (name, whole is not None) == ("DCIM/IMG_7.jpg", True)
    assert parts.path_of(folder, uuid).read_bytes() == PHOTO
    assert rows(folder, "select state, due_at is not null from jobs") == [("queued", 1)]


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        pytest.param({"upload-offset": "5"}, PHOTO, 409, id="offset-ahead"),
        pytest.param({"upload-offset": "-1"}, PHOTO, 400, id="offset-negative"),
        pytest.param({"upload-offset": "x"}, PHOTO, 400, id="offset-no-number"),
        pytest.param({"content-type": "image/jpeg"}, PHOTO, 415, id="type"),
        pytest.param({"tus-resumable": "0.2.2"}, PHOTO, 412, id="version"),
        pytest.param({}, PHOTO + b"x", 413, id="too-long"),
        pytest.param({}, b"%PDF-1.7" + PHOTO[8:], 415, id="no-photo"),
    ],
)
def test_pieces_that_are_refused(
    here: Site, folder: Path, headers: dict[str, str], data: bytes, status: int
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    answer = patch(here, url, 0, data, headers=headers)
    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    if status == 412:
        assert answer.headers["tus-version"] == "1.0.0"
    head = ask(here, "head", url)
    if data[:4] == b"%PDF":
        assert head.status_code == 410
        assert rows(folder, "select outcome, reason from upload_files") == [
            ("refused", "it is a PDF document, not a photo")
        ]
    else:
        assert head.headers["upload-offset"] == "0"
        assert patch(here, url, 0, PHOTO).status_code == 204


def test_more_than_announced_without_a_length_is_refused(here: Site) -> None:
    url = create(here, len(PHOTO)).headers["location"]

    async def pieces() -> Any:
        yield PHOTO[:50]
        yield PHOTO

    answer = patch(here, url, 0, pieces())
    assert answer.status_code == 413
    assert ask(here, "head", url).headers["upload-offset"] == "0"


def test_what_is_whole_takes_no_more(here: Site) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO)
    assert patch(here, url, len(PHOTO), b"").status_code == 409
    assert patch(here, url, 0, PHOTO).status_code == 409


def test_a_time_of_many_digits_is_none(here: Site) -> None:
    assert create(here, 5, modified="1" * 5000).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-length": "-1"}, 400),
        ({"upload-length": "1e9"}, 400),
        ({"upload-length": str(MAX_BYTES + 1)}, 413),
        ({"upload-defer-length": "1"}, 400),
        ({"upload-length": "5", "upload-metadata": "filename ***"}, 400),
        ({"upload-length": "5", "tus-resumable": ""}, 412),
    ],
    ids=str,
)
def test_files_that_are_not_created(
    here: Site, folder: Path, headers: dict[str, str], status: int
) -> None:
    assert ask(here, "post", UPLOADS, headers=headers).status_code == status
    assert rows(folder, "select * from uploads") == []


def test_a_file_is_given_up(here: Site, folder: Path) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO[:9])
    assert ask(here, "delete", url).status_code == 204
    for method in ("head", "patch", "delete"):
        assert ask(here, method, url).status_code == 410
    assert list(parts.present(folder)) == []


def test_methods_in_disguise(here: Site) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    headers = {
        "x-http-method-override": "PATCH",
        "upload-offset": "0",
        "content-type": BODY,
    }
    answer = ask(here, "post", url, headers=headers, content=PHOTO)
    assert answer.status_code == 204
    assert ask(here, "post", url).status_code == 405
    assert ask(here, "get", url).status_code == 405


@pytest.mark.parametrize(
    ("who", "status"),
    [("anonymous", 404), ("unknown", 404), ("reader", 403), ("uploader", 404)],
)
def test_nobody_sends_to_the_file_of_another(here: Site, who: str, status: int) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO[:9])
    for method in ("head", "patch", "delete"):
        assert ask(here, method, url, who).status_code == status
    upload = begin(here).json()["upload"]
    for path in ("", ".json", "/open.json"):
        assert here.get(upload["url"] + path, who).status_code == status
    for path in ("/files", "/close", "/cancel"):
        answer = here.get(upload["url"] + path, who, "post", json={"files": [{}]})
        assert answer.status_code in (status, 400)
    if who != "uploader":
        assert create(here, 5, who).status_code == status
        assert begin(here, who).status_code == status


def test_an_admin_does_not_touch_the_file_of_another(here: Site) -> None:
    url = create(here, 9, "uploader").headers["location"]
    assert ask(here, "head", url, "uploader").status_code == 200
    assert ask(here, "head", url, "admin").status_code == 404


def test_another_site_cannot_send_anything(here: Site) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://evil.example"},
    ):
        assert patch(here, url, 0, PHOTO, headers=headers).status_code == 403
        assert ask(here, "post", UPLOADS, headers=headers).status_code == 403
        assert ask(here, "delete", url, headers=headers).status_code == 403
    assert ask(here, "head", url).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.jpg",
        "/etc/passwd",
        "a\0b.jpg",
        "<script>.jpg",
        "x" * 300,
        "\u202egpj",
    ],
)
def test_hostile_names_lead_nowhere(here: Site, folder: Path, name: str) -> None:
    before = set(folder.parent.rglob("*"))
    made = create(here, len(PHOTO), filename=name)
    if len(name) > 255:
        assert made.status_code == 400
        return
    patch(here, made.headers["location"], 0, PHOTO)
    fresh = set(folder.parent.rglob("*")) - before
    assert {p.parent.name for p in fresh if p.is_file()} <= {"incoming", "tower"}
    page = here.get(f"{UPLOADS}.json").json()["uploads"][0]["url"]
    assert "<script>.jpg" not in here.get(page).text


def test_many_files_are_announced_and_found_again(here: Site) -> None:
    upload = begin(here, description="Slab").json()["upload"]
    files = announce(here, upload, "a/1.jpg", "a/2.jpg")
    assert [file["offset"] for file in files] == [0, 0]
    patch(here, files[0]["url"], 0, PHOTO[:77])
    again = announce(here, upload, "a/2.jpg", "a/1.jpg", "b.jpg")
    assert again[1]["url"] == files[0]["url"]
    left = here.get(f"{upload['url']}/open.json").json()
    assert [(f["key"], f["offset"]) for f in left["files"]] == [
        ("a/1.jpg", 77),
        ("a/2.jpg", 0),
        ("b.jpg", 0),
    ]
    assert left["next"] is None
    told = here.get(f"{upload['url']}.json").json()["upload"]
    assert told["counts"]["files"] == 3
    assert told["over"] is False


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        [7],
        [{"key": "a"}],
        [{"key": "a", "name": "a", "bytes": "5"}],
        [{"key": "a", "name": "a", "bytes": True}],
        [{"key": "a", "name": "a", "bytes": 1}] * 1001,
    ],
    ids=["none", "empty", "number", "half", "text", "bool", "many"],
)
def test_announcements_that_cannot_be(here: Site, files: Any) -> None:
    upload = begin(here).json()["upload"]
    answer = here.get(f"{upload['url']}/files", "admin", "post", json={"files": files})
    assert answer.status_code == 400
    assert answer.json()["ok"] is False


def test_an_upload_is_closed_or_cancelled(here: Site, folder: Path) -> None:
    upload = begin(here).json()["upload"]
    files = announce(here, upload, "a.jpg", "b.jpg", "c.jpg")
    patch(here, files[0]["url"], 0, PHOTO)
    patch(here, files[1]["url"], 0, PHOTO[:5])
    told = here.get(f"{upload['url']}/close", "admin", "post", json={}).json()["upload"]
    assert (told["closed_at"] is not None, told["counts"]["cancelled"]) == (True, 2)
    found = here.get(f"{upload['url']}.json").json()
    assert {f["name"]: f["outcome"] for f in found["files"]} == {
        "b.jpg": "cancelled",
        "c.jpg": "cancelled",
    }
    following = here.get(f"{upload['url']}.json?after={found['next']}").json()
    assert following["files"] == []
    assert ask(here, "head", files[1]["url"]).status_code == 410
    here.get(f"{upload['url']}/cancel", "admin", "post", json={})
    assert list(parts.present(folder)) == []


def test_options_that_cannot_be_are_refused_when_it_begins(here: Site) -> None:
    answer = begin(here, "uploader", starred=True)
    assert answer.status_code == 403
    assert "star" in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ("", 'value="1">Unclassified'),
        ("album:Unclassified", 'value="1" selected'),
        ("album:nowhere", 'value="1">Unclassified'),
        ("location:Tower>Roof", 'value="Tower&gt;Roof"'),
    ],
)
def test_the_form_begins_with_the_place_that_was_looked_at(
    here: Site, query: str, selected: str
) -> None:
    for path in (UPLOADS, f"{UPLOADS}/form"):
        assert selected in here.get(f"{path}?q={query}").text


def test_what_one_may_not_do_is_not_offered(here: Site) -> None:
    assert 'name="starred"' in here.get(UPLOADS).text
    assert 'name="starred"' not in here.get(UPLOADS, "uploader").text


class Cut:
    """A request whose connection ends in the middle, or hangs there."""

    def __init__(self, data: bytes, *, hangs: bool) -> None:
        self.pieces = [data[i : i + 10] for i in range(0, len(data), 10)]
        self.hangs = hangs
        self.over = threading.Event()

    async def receive(self) -> dict[str, Any]:
        if self.pieces:
            return {
                "type": "http.request",
                "body": self.pieces.pop(0),
                "more_body": True,
            }
        self.over.set()
        if self.hangs:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}


def sent(site: Site, url: str, offset: int, cut: Cut) -> Any:
    """Begin a request; returns what waits for its end."""
    headers = {**TUS, "upload-offset": str(offset), "content-type": BODY}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "path": url,
        "raw_path": url.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [
            (b"host", b"localhost"),
            *((k.encode(), v.encode()) for k, v in headers.items()),
        ],
        "actor": {"id": "1"},
    }
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    async def run() -> Any:
        await site.datasette.app()(scope, cut.receive, send)
        return answers[0]["status"]

    return asyncio.run_coroutine_threadsafe(run(), site.loop.loop)


def test_a_cut_connection_keeps_what_came(here: Site, folder: Path) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    sent(here, url, 0, Cut(PHOTO[:105], hangs=False)).result(20)
    assert ask(here, "head", url).headers["upload-offset"] == "105"
    assert rows(folder, "select synced from upload_files") == [(105,)]
    assert patch(here, url, 105, PHOTO[105:]).status_code == 204


@pytest.mark.parametrize("method", ["head", "patch", "delete"])
def test_a_hanging_connection_gives_way_to_the_next(here: Site, method: str) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    cut = Cut(PHOTO[:105], hangs=True)
    hanging = sent(here, url, 0, cut)
    assert cut.over.wait(20)
    if method == "head":
        assert ask(here, "head", url).headers["upload-offset"] == "105"
    elif method == "patch":
        assert patch(here, url, 105, PHOTO[105:]).status_code == 204
    else:
        assert ask(here, "delete", url).status_code == 204
    assert hanging.result(20) in (204, 410)


def test_after_a_restart_only_what_was_synced_is_trusted(
    here: Site, folder: Path, loop: Loop
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO[:100])
    path = parts.path_of(folder, url.rpartition("/")[2])
    with path.open("ab") as file:
        file.write(b"\0" * 50)  # what a power cut may leave
    with contextmanager(serve)(loop, [folder]) as restarted:
        assert ask(restarted, "head", url).headers["upload-offset"] == "100"
        assert patch(restarted, url, 100, PHOTO[100:]).status_code == 204
        assert path.read_bytes() == PHOTO


PIECES = st.lists(
    st.tuples(
        st.sampled_from(["right", "ahead", "behind", "cut"]), st.integers(0, 200)
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=PIECES)
def test_whatever_is_sent_in_whatever_pieces_the_bytes_are_right(
    here: Site, folder: Path, pieces: list[tuple[str, int]]
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    at = 0
    for kind, count in pieces:
        piece = PHOTO[at : at + count]
        if at == len(PHOTO):
            break
        if kind == "right":
            assert patch(here, url, at, piece).headers["upload-offset"] == str(
                at + len(piece)
            )
            at += len(piece)
        elif kind == "cut":
            sent(here, url, at, Cut(piece, hangs=False)).result(20)
            at += len(piece)
        elif (wrong := at + 1 + count if kind == "ahead" else at - 1 - count) >= 0:
            assert patch(here, url, wrong, piece).status_code in (409, 413)
        assert ask(here, "head", url).headers["upload-offset"] == str(at)
    if at < len(PHOTO):
        assert patch(here, url, at, PHOTO[at:]).status_code == 204
    path = parts.path_of(folder, url.rpartition("/")[2])
    assert path.read_bytes() == PHOTO


def test_json_of_the_pages(here: Site) -> None:
    begin(here, description="Slab")
    found = here.get(f"{UPLOADS}.json").json()["uploads"]
    assert json.dumps(found[0]["options"]) == '{"description": "Slab"}'
    assert here.get(found[0]["url"]).status_code == 200

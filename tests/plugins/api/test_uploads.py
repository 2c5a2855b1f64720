"""Uploads by the API: announced, sent to the storage, made an image of."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.arrivals import clear_arrivals
from archive.clock import utc_now
from archive.database import open_archive, read_marker
from archive.identity import project_number
from archive.uploads import parts
from tests.archive.import_checks import SHARED
from tests.plugins.api.conftest import Program
from tests.plugins.api.forms import KIND, form_of, part_of
from tests.plugins.api.live import ask, listening
from tests.plugins.api.uploading import (
    GREEN,
    IMAGES,
    UPLOADS,
    Client,
    digest,
    in_pieces,
    path_of,
)
from tests.plugins.conftest import serve

ULID = re.compile(r"[0-9A-Z]{26}")
WEEK = timedelta(days=7)


@pytest.fixture
def kim(changing: Any) -> Client:
    return Client(changing("uploader"))


@pytest.fixture(scope="module")
def steady(
    archive_folder: Path,
    loop: Any,
    tokens: None,  # noqa: ARG001
    tmp_path_factory: Any,
) -> Iterator[Client]:
    """For examples of which none makes an image: one archive for them all."""
    folder = tmp_path_factory.mktemp("steady") / "tower"
    shutil.copytree(archive_folder, folder)
    for site in serve(loop, [folder], owner=True):
        number = project_number(str(read_marker(folder)["uuid"]))
        yield Client(Program(site, "uploader", number))


def test_a_file_in_one_piece_becomes_an_image(kim: Client) -> None:
    upload = kim.begin(
        response_filename="slab.jpg",
        response_content_type="image/jpeg",
        attachment_content_disposition=True,
        size=len(GREEN),
    )
    assert ULID.fullmatch(upload["uuid"])
    assert all(isinstance(value, str) for value in upload["fields"].values())
    assert kim.show(upload["uuid"]).json() == upload
    stored = kim.store(upload, GREEN)
    assert (stored.status_code, stored.text) == (204, "")
    made = kim.create(upload["uuid"], description="level 3")
    assert made.status_code == 201, made.text
    assert (made.json()["filename"], made.json()["size"]) == ("slab.jpg", len(GREEN))
    again = kim.create(upload["uuid"])
    assert again.status_code == 422
    assert "upload_uuid" in again.json()["errors"]


def test_the_bytes_of_a_used_upload_go_and_stay_in_the_archive(kim: Client) -> None:
    upload = kim.begin()
    kim.store(upload, GREEN)
    made = kim.create(upload["uuid"]).json()
    fetched = kim.send("GET", made["url"], b"")
    assert fetched.content == GREEN
    assert kim.staged() == {}
    assert kim.store(upload, GREEN).status_code == 403


def test_of_two_that_use_an_upload_at_once_one_does(kim: Client) -> None:
    upload = kim.begin()
    kim.store(upload, GREEN)
    request = kim.program.site.datasette.client.post
    path = f"{IMAGES}?project_id={kim.program.project}"
    headers = {"authorization": "Bearer uploader", "content-type": "application/json"}
    body = json.dumps({"upload_uuid": upload["uuid"], "image": {"description": "x"}})

    async def both() -> list[Any]:
        asked = (request(path, headers=headers, content=body) for _ in range(3))
        return list(await asyncio.gather(*asked))

    answers = kim.program.site.run(both())
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]


def test_a_file_in_segments_becomes_an_image(kim: Client) -> None:
    pieces = in_pieces(GREEN, 500, 20)
    upload = kim.begin(
        response_filename="slab.jpg", segments=[digest(piece) for piece in pieces]
    )
    assert (upload["status"], "fields" in upload) == ("ready", False)
    told = zip(upload["segments"], pieces, strict=True)
    answers = [kim.put(segment, piece) for segment, piece in reversed(list(told))]
    assert {(a.status_code, a.text) for a in answers} == {(200, "")}
    etags = [answer.headers["etag"] for answer in reversed(answers)]
    finished = kim.finish(upload["uuid"], *etags)
    assert finished.status_code == 200, finished.text
    assert finished.json()["status"] == "complete"
    assert kim.finish(upload["uuid"], *etags).json() == finished.json()
    assert kim.show(upload["uuid"]).json() == finished.json()
    assert list(kim.staged()) == [upload["uuid"]]
    made = kim.create(upload["uuid"]).json()
    assert kim.send("GET", made["url"], b"").content == GREEN
    assert kim.show(upload["uuid"]).json()["status"] == "complete"


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    seed=st.binary(min_size=1, max_size=8),
    tagged=st.booleans(),
)
def test_segments_come_in_any_order_and_number(
    steady: Client, sizes: list[int], order: Any, seed: bytes, *, tagged: bool
) -> None:
    pieces = [
        hashlib.shake_128(seed + bytes([n])).digest(s) for n, s in enumerate(sizes)
    ]
    md5 = [hashlib.md5(piece, usedforsecurity=False).hexdigest() for piece in pieces]
    upload = steady.begin(
        segments=[
            {**digest(piece), "md5": tag}
            for piece, tag in zip(pieces, md5, strict=True)
        ]
    )
    numbers = list(range(len(pieces)))
    order.shuffle(numbers)
    for number in numbers:
        steady.put(upload["segments"][number], pieces[number])
    etags = [f'"{tag}"' if tagged else None for tag in md5]
    assert steady.finish(upload["uuid"], *etags).json()["status"] == "complete"
    assert steady.staged()[upload["uuid"]] == b"".join(pieces)


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(2, 900), min_size=1, max_size=5),
    wrong=st.integers(0, 4),
    how=st.sampled_from(["missing", "short", "other"]),
)
def test_a_segment_that_is_not_as_announced_is_named(
    steady: Client, sizes: list[int], wrong: int, how: str
) -> None:
    pieces = [
        hashlib.shake_128(bytes([n])).digest(size) for n, size in enumerate(sizes)
    ]
    wrong %= len(pieces)
    upload = steady.begin(segments=[digest(piece) for piece in pieces])
    for number, (segment, piece) in enumerate(
        zip(upload["segments"], pieces, strict=True)
    ):
        data = piece
        if number == wrong:
            data = {"missing": b"", "short": piece[:-1], "other": piece[::-1] + b""}[
                how
            ]
            if how == "other" and data == piece:
                data = bytes(len(piece))
        if data:
            assert steady.put(segment, data).status_code == 200
    answer = steady.finish(upload["uuid"])
    assert answer.status_code == 422
    assert answer.json()["errors"]["segments"][0].startswith(f"segment {wrong + 1} ")
    assert upload["uuid"] not in steady.staged()
    assert steady.create(upload["uuid"]).status_code == 422


CLAIMS: dict[str, dict[str, Any]] = {
    "another size": {"size": 7},
    "another SHA-256": {"sha256": "0" * 64},
    "another MD5": {"md5": "0" * 32},
    "another ETag": {"etag": '"0123"'},
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_is_claimed_at_the_end_must_agree(kim: Client, claim: str) -> None:
    upload = kim.begin(segments=[digest(GREEN)])
    kim.put(upload["segments"][0], GREEN)
    answer = kim.program.send(
        "PATCH", f"{UPLOADS}/{upload['uuid']}", {"segments": [CLAIMS[claim]]}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"]["segments"][0].startswith("segment 1 ")
    many = kim.finish(upload["uuid"], None, None)
    assert many.status_code == 422
    assert kim.finish(upload["uuid"], None).status_code == 200


@pytest.mark.parametrize(
    ("told", "status", "field"),
    [
        ({"size": 10 << 30}, 422, "size"),
        ({"segments": [{**digest(b"x"), "size": 6 << 30}]}, 422, "size"),
        ({"size": 0}, 422, "base"),
        ({"size": 5, "segments": [digest(b"1234")]}, 422, "base"),
        ({"segments": [{"size": 4, "sha256": "no"}]}, 422, "segments"),
        ({"segments": [{"sha256": "0" * 64}]}, 422, "base"),
        ({"segments": [{**digest(b"1"), "md5": "no"}]}, 422, "segments"),
        ({"segments": [digest(b"")]}, 422, "segments"),
        ({"response_filename": "x" * 300}, 422, "base"),
        ({"response_content_type": "\ud800"}, 422, "base"),
        ({"response_filename": 7}, 400, ""),
        ({"size": "many"}, 400, ""),
        ({"size": True}, 400, ""),
        ({"segments": {"size": 1}}, 400, ""),
        ({"segments": ["x"]}, 400, ""),
    ],
    ids=str,
)
def test_an_announcement_that_cannot_be_is_refused(
    steady: Client, told: dict[str, Any], status: int, field: str
) -> None:
    before = steady.staged()
    body = steady.begin(status, **told)
    assert field == "" or list(body["errors"]) == [field]
    assert steady.staged() == before


def test_more_than_the_disk_has_room_for_is_refused_at_once(
    kim: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MARGIN", 1 << 60)
    assert "size" in kim.begin(422, size=1000)["errors"]


def test_how_large_a_file_may_be_is_configured(kim: Client) -> None:
    kim.program.site.datasette.config["plugins"]["asbuilt"]["largest_upload"] = 100
    assert kim.begin(422, size=101)["errors"]["size"]
    upload = kim.begin()
    assert kim.store(upload, GREEN).status_code == 413
    form = form_of(part_of("image[data]", GREEN, "a.jpg"))
    answer = kim.program.ask(
        "POST", IMAGES, content=form, headers={"content-type": KIND}
    )
    assert answer.status_code == 413
    assert kim.staged() == {}


def test_an_empty_body_of_type_json_announces_a_file(kim: Client) -> None:
    answer = kim.program.ask(
        "POST", UPLOADS, headers={"content-type": "application/json"}, content=b""
    )
    assert answer.status_code == 201
    kim.store(answer.json(), GREEN)
    body = {"upload_uuid": answer.json()["uuid"], "image": {"description": "x"}}
    made = kim.program.send("POST", IMAGES, body)
    assert (made.status_code, made.json()["filename"]) == (201, "unnamed")


@pytest.mark.parametrize("place", ["projects", "companies"])
@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_all_addresses_of_the_contract_answer(
    kim: Client, version: str, place: str
) -> None:
    path = f"/rest/{version}/{place}/{{project}}/uploads"
    upload = kim.begin(path=path, response_filename="a.jpg")
    shown = kim.program.get(f"{path}/{upload['uuid']}")
    assert shown.json() == upload


def test_what_is_another_persons_is_not_there(changing: Any) -> None:
    kim, sam = Client(changing("uploader")), Client(changing("admin"))
    upload = kim.begin(segments=[digest(GREEN)])
    kim.put(upload["segments"][0], GREEN)
    nobodys = "01" + "Z" * 24
    for uuid in (upload["uuid"], nobodys):
        assert sam.show(uuid).status_code == 404
        assert sam.finish(uuid, None).status_code == 404
        assert sam.create(uuid).status_code == 422
    assert sam.create(upload["uuid"]).json() == sam.create(nobodys).json()
    assert kim.finish(upload["uuid"], None).status_code == 200
    assert sam.create(upload["uuid"]).status_code == 422
    assert kim.create(upload["uuid"]).status_code == 201


def test_who_may_not_add_photos_may_announce_nothing(changing: Any) -> None:
    Client(changing("reader")).begin(403)


def test_bytes_are_taken_for_an_hour(kim: Client) -> None:
    whole, parts_of = kim.begin(), kim.begin(segments=[digest(GREEN)])
    for upload in (whole, parts_of):
        kim.age(upload["uuid"], timedelta(minutes=61))
    assert kim.store(whole, GREEN).status_code == 403
    assert kim.put(parts_of["segments"][0], GREEN).status_code == 403
    assert kim.finish(parts_of["uuid"], None).status_code == 410
    assert kim.create(whole["uuid"]).status_code == 410
    assert kim.staged() == {}


def test_what_came_is_good_for_a_week_and_then_goes(kim: Client) -> None:
    late, later = kim.begin(), kim.begin()
    for upload in (late, later):
        kim.store(upload, GREEN)
    kim.age(late["uuid"], WEEK - timedelta(hours=1))
    kim.age(later["uuid"], WEEK)
    assert kim.create(later["uuid"]).status_code == 410
    with open_archive(kim.folder) as archive:
        clear_arrivals(archive)
        assert list(kim.staged()) == [late["uuid"]]
        clear_arrivals(archive, utc_now() + timedelta(days=31))
    assert kim.staged() == {late["uuid"]: GREEN}  # as unknown, until browsers' go
    assert kim.create(late["uuid"]).status_code == 422


def test_an_image_without_the_bytes_is_refused(kim: Client) -> None:
    upload = kim.begin()
    answer = kim.create(upload["uuid"])
    assert answer.status_code == 422
    kim.store(upload, GREEN)
    assert kim.create(upload["uuid"], image_category_id=99).status_code == 422
    assert kim.create(upload["uuid"]).status_code == 201


def test_the_unified_form_of_the_protocol(kim: Client) -> None:
    path = "/rest/v2.1/companies/{project}/projects/{project}/uploads"
    pieces = in_pieces(GREEN, 700)
    told = kim.begin(
        path=path,
        file_name="slab.jpg",
        file_size=len(GREEN),
        content_type="image/jpeg",
        uploader_tool_name="scheduling",
        segments=[{"sha256": digest(piece)["sha256"]} for piece in pieces],
    )["data"]
    assert (told["status"], told["uploader_tool_name"]) == ("ready", "scheduling")
    etags = [
        kim.put(segment, piece).headers["etag"]
        for segment, piece in zip(told["segments"], pieces, strict=True)
    ]
    one = f"{path}/{told['upload_id']}"
    wrong = kim.program.send("PATCH", one, {"part_etags": etags[::-1]})
    assert wrong.status_code == 422
    finished = kim.program.send("PATCH", one, {"part_etags": etags})
    assert finished.json()["data"]["status"] == "available", finished.text
    assert kim.program.get(one).json() == finished.json()
    assert kim.create(told["upload_id"]).status_code == 201


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the shared photos are not there")
def test_real_photos_and_hostile_files_over_a_connection(kim: Client) -> None:
    files = [
        next(iter(sorted((SHARED / folder).glob(f"*.{kind}"))))
        for folder, kind in (
            ("real", "jpg"),
            ("formats", "heic"),
            ("formats", "png"),
            ("hostile", "jpg"),
        )
    ]
    with listening(kim.program.site) as host:
        for path in files:
            data = path.read_bytes()
            upload = kim.begin(response_filename=path.name, size=len(data))
            form = [part_of(n, v.encode()) for n, v in upload["fields"].items()]
            body = form_of(*form, part_of("file", data, path.name))
            url = path_of(upload["url"])
            status, _, _ = ask(host, "POST", url, body, content_type=KIND)
            assert status == 204
            made = kim.program.send("POST", IMAGES, {"upload_uuid": upload["uuid"]})
            if path.parent.name == "hostile" and made.status_code == 422:
                continue
            assert made.status_code == 201, made.text
            got = made.json()
            fetched = ask(host, "GET", path_of(got["url"]))
            assert (fetched[0], fetched[2]) == (200, data)
            assert ask(host, "GET", path_of(got["thumbnail_url"]))[0] == 200

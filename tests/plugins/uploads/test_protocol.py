"""Files over HTTP by the protocol tus: whose they are, what is refused and how."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from archive.uploads import MAX_BYTES, parts
from tests.plugins.conftest import Site
from tests.plugins.uploads.conftest import rows
from tests.plugins.uploads.tus import (
    BODY,
    PHOTO,
    UPLOADS,
    ask,
    begin,
    create,
    metadata,
    patch,
)


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


_DEEP = "2026-11 New offices north, section 2/" * 8


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["IMG_1.jpg", "IMG_1.jpg"], [b"", b""]),
        ([f"{_DEEP}IMG_1.jpg", f"{_DEEP}IMG_2.jpg"], [b"", b""]),
        (["IMG_1.jpg", "IMG_1.jpg"], ["Höfe".encode("latin-1"), b"H\xe4fe"]),
    ],
    ids=["one-name", "deep-folder", "keys-not-utf-8"],
)
def test_two_files_of_one_size_are_two(
    here: Site, names: list[str], keys: list[bytes]
) -> None:
    upload = begin(here).json()["upload"]["uuid"]
    places = []
    for name, key in zip(names, keys, strict=True):
        told = metadata(upload=upload, relativePath=name)
        told += f",key {base64.b64encode(key).decode()}"
        headers = {"upload-length": str(len(PHOTO)), "upload-metadata": told}
        places.append(ask(here, "post", UPLOADS, headers=headers).headers["location"])
        patch(here, places[0], 0, PHOTO)
    assert places[0] != places[1]
    assert ask(here, "head", places[1]).headers["upload-offset"] == "0"


def test_a_key_is_one_file(here: Site) -> None:
    upload = begin(here).json()["upload"]["uuid"]
    made = [create(here, len(PHOTO), upload=upload, key="7") for _ in range(2)]
    assert made[0].headers["location"] == made[1].headers["location"]


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

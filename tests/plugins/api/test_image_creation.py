"""Adding images by the API, in every form that clients send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.errors import DamagedFile, StoreError
from plugins.api.errors import ApiError, of_archive
from plugins.api.image_creation import read_sent
from tests.plugins.conftest import OWNERS, PUBLIC, jpeg

IMAGES = "/rest/v1.0/images"
BOUNDARY = "----asbuilt"
GREEN = jpeg((0, 200, 0))


def form(*parts: tuple[str, str | bytes], name: str = "green.jpg") -> dict[str, Any]:
    """Return content and headers of a form; bytes are a file."""
    lines = []
    for field, value in parts:
        file = f'; filename="{name}"' if isinstance(value, bytes) else ""
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{field}"{file}'
        data = value if isinstance(value, bytes) else value.encode()
        lines.append(head.encode() + b"\r\n\r\n" + data + b"\r\n")
    lines.append(f"--{BOUNDARY}--\r\n".encode())
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return {"content": b"".join(lines), "headers": {"content-type": kind}}


def test_a_file_in_a_form_becomes_an_image(changing: Any) -> None:
    kim = changing("uploader")
    answer = kim.ask(
        "POST",
        IMAGES,
        **form(
            ("image[description]", "Slab <b>poured</b>"),
            ("image[mt_location][]", "Tower"),
            ("image[mt_location][]", "Roof"),
            ("image[trade_ids][]", "1"),
            ("image[data]", GREEN),
        ),
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["filename"] == "green.jpg"
    assert made["description"] == "Slab <b>poured</b>"
    assert made["location"]["name"] == "Tower>Roof"
    assert [trade["id"] for trade in made["trades"]] == [1]
    assert made["size"] == len(GREEN)
    assert made["uploader"]["id"] == 2
    assert kim.get(f"{IMAGES}/{made['id']}").json()["created_at"] == made["created_at"]


def test_the_image_may_be_json_text_in_a_form(changing: Any) -> None:
    image = json.dumps({"description": "as text", "private": False})
    answer = changing("uploader").ask(
        "POST", IMAGES, **form(("image", image), ("image[data]", GREEN))
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["description"] == "as text"


def test_the_same_bytes_again_are_a_further_image(changing: Any) -> None:
    kim = changing("uploader")
    sent = form(("image[description]", "one"), ("image[data]", GREEN))
    numbers = {kim.ask("POST", IMAGES, **sent).json()["id"] for _ in range(2)}
    assert len(numbers) == 2


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([("image[description]", "x")], 400),
        ([("image[data]", "no file")], 422),
        ([("image[data]", b"%PDF-1.7 no picture")], 422),
        ([("image[data]", b"")], 422),
        ([("image[data]", GREEN), ("image[data]", GREEN)], 400),
        ([("image[data]", GREEN), ("upload_uuid", "0" * 26)], 400),
        ([("image[data]", GREEN), ("image[trade_ids][]", "77")], 422),
        ([("image[data]", GREEN), ("image[location_id]", "77")], 422),
        ([("image[data]", GREEN), ("image[starred]", "true")], 403),
        ([("upload_uuid", "0" * 26), ("image_name", "a.jpg")], 422),
        ([("source_image_id", str(OWNERS))], 422),
        ([("source_image_id", "12345")], 422),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_become_an_image_leaves_nothing(
    changing: Any, parts: Any, status: int
) -> None:
    kim = changing("uploader")
    before = kim.get(IMAGES).headers["total"]
    answer = kim.ask("POST", IMAGES, **form(*parts))
    assert answer.status_code == status, answer.text
    assert "/" not in answer.text.replace("</", "")
    assert kim.get(IMAGES).headers["total"] == before
    folder = kim.site.folder / "incoming"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_an_image_is_copied(changing: Any) -> None:
    kim = changing("uploader")
    body = {"source_image_id": PUBLIC, "image": {"description": "a copy"}}
    made = kim.send("POST", IMAGES, body)
    assert made.status_code == 201, made.text
    assert made.json()["id"] != PUBLIC
    assert made.json()["description"] == "a copy"


def test_a_reader_adds_nothing(changing: Any) -> None:
    answer = changing("reader").ask("POST", IMAGES, **form(("image[data]", GREEN)))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"upload_uuid": "A" * 26, "image_name": "a.jpg", "image": {"private": True}},
        {"upload": {"uuid": "A" * 26, "image_name": "a.jpg"}, "image": {}},
        {"upload_uuid": "A" * 26, "upload": {"uuid": "A" * 26}, "image_name": "a.jpg"},
        {"upload_uuid": "A" * 26, "image": {"name": "a.jpg"}},
    ],
    ids=["top", "nested", "both alike", "name in the image"],
)
def test_the_uuid_is_read_wherever_a_source_has_it(body: Any) -> None:
    sent = read_sent(body, None)
    assert (sent.uuid, sent.name) == ("A" * 26, "a.jpg")


@pytest.mark.parametrize("album", [2, 2.0, "2", " 2 "])
def test_a_whole_number_is_one_however_it_is_written(album: Any) -> None:
    body = {"source_image_id": album, "image": {"image_category_id": album}}
    sent = read_sent(body, None)
    assert (sent.source, sent.attributes.album) == (2, 2)


@pytest.mark.parametrize("album", [2.5, True, [2], 1e300, float("inf"), float("nan")])
def test_what_is_no_whole_number_is_refused(album: Any) -> None:
    for body in ({"source_image_id": album}, {"image": {"image_category_id": album}}):
        with pytest.raises(ApiError) as refused:
            read_sent(body, None)
        assert refused.value.status == 400


def test_two_uuids_are_refused() -> None:
    body = {"upload_uuid": "A" * 26, "upload": {"uuid": "B" * 26}, "image": {}}
    with pytest.raises(ApiError) as refused:
        read_sent(body, None)
    assert refused.value.status == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\photos\\a.jpg", "a/b.jpg"])
def test_a_name_has_no_folders(name: str) -> None:
    sent = read_sent({"upload_uuid": "A" * 26, "image_name": name}, None)
    assert not {"/", "\\"} & set(sent.name)


def test_a_disk_that_is_full_is_not_the_files_fault() -> None:
    full = of_archive(StoreError("a.jpg", "no space left on device"))
    damaged = of_archive(DamagedFile("a.jpg", "it is empty"))
    assert (full.status, damaged.status) == (507, 422)

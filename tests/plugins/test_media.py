"""Bytes: ranges, validators, names and types."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import cache
from archive.errors import DamagedFile
from archive.pictures import Rendition
from plugins.files import StreamResponse, Unsatisfiable, parse_range
from plugins.media import disposition, safe_name

ORIGINAL = "/tower-4/-/photo/1/original"


@pytest.fixture(scope="module")
def whole(site: Any) -> bytes:
    content: bytes = site.get(ORIGINAL).content
    return content


def test_an_original_comes_byte_for_byte(site: Any, whole: bytes) -> None:
    answer = site.get(ORIGINAL)
    sha256 = site.get("/tower-4/-/photo/1.json").json()["photo"]["sha256"]
    assert hashlib.sha256(whole).hexdigest() == sha256
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(whole))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{sha256}"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, None),
        ("bytes=-5", -5, None),
        ("bytes=3-99999999", 3, None),
        ("bytes=-99999999", 0, None),
    ],
)
def test_a_range_is_a_part(
    site: Any, whole: bytes, asked: str, first: int, last: int | None
) -> None:
    answer = site.get(ORIGINAL, headers={"range": asked})
    wanted = whole[first : last + 1 if last is not None else None]
    start = first % len(whole)
    assert answer.status_code == 206
    assert answer.content == wanted
    shown = f"bytes {start}-{start + len(wanted) - 1}/{len(whole)}"
    assert answer.headers["content-range"] == shown


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=x-y", ""]
)
def test_a_range_that_is_none_gives_the_whole(
    site: Any, whole: bytes, asked: str
) -> None:
    answer = site.get(ORIGINAL, headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, whole)


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_is_416(site: Any, whole: bytes, asked: str) -> None:
    answer = site.get(ORIGINAL, headers={"range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert answer.content == b""


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_every_range_lies_in_the_file(first: int, last: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    assert part is None or 0 <= part[0] <= part[1] < size


def test_if_range_of_another_version_gives_the_whole(site: Any) -> None:
    etag = site.get(ORIGINAL).headers["etag"]
    for condition, status in ((etag, 206), ('"other"', 200)):
        headers = {"range": "bytes=0-3", "if-range": condition}
        assert site.get(ORIGINAL, headers=headers).status_code == status


@pytest.mark.parametrize("path", [ORIGINAL, "/tower-4/-/photo/1/thumbnail"])
def test_what_the_browser_has_is_not_sent_again(site: Any, path: str) -> None:
    etag = site.get(path).headers["etag"]
    answer = site.get(path, headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


@pytest.mark.parametrize("path", [ORIGINAL, "/tower-4/-/photo/1/thumbnail"])
def test_head_tells_the_length_and_sends_nothing(site: Any, path: str) -> None:
    answer = site.get(path, method="head")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_but_reading(site: Any, method: str) -> None:
    assert site.get(ORIGINAL, method=method).status_code == 405


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("thumbnail", "image/webp"), ("medium", "image/jpeg"), ("preview", "image/jpeg")],
)
def test_renditions_are_made_on_demand(site: Any, name: str, media_type: str) -> None:
    answer = site.get(f"/tower-4/-/photo/1/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type


def test_a_named_version_is_cached_for_ever_and_others_are_asked_for(site: Any) -> None:
    photo = site.get("/tower-4/-/photo/1.json").json()["photo"]
    named = site.get(photo["thumbnail_url"]).headers["cache-control"]
    bare = site.get("/tower-4/-/photo/1/thumbnail").headers["cache-control"]
    old = site.get("/tower-4/-/photo/1/thumbnail?v=x").headers["cache-control"]
    assert named == "private, max-age=31536000, immutable"
    assert bare == old == "private, no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/tower-4/-/photo/1/../../.asbuilt",
        "/tower-4/-/photo/1/original/../../../x",
        "/tower-4/-/photo/%2e%2e%2f/original",
        "/tower-4/-/photo/..%5c/original",
        "/tower-4/-/photo/-1/original",
        "/tower-4/-/photo/9999999999999999999/original",
        "/tower-4/-/photo/1%00/original",
        "/tower-4/-/photo/1/archive.db",
        "/tower-4/-/photo//etc/passwd/original",
    ],
)
def test_a_photo_has_a_number_and_nothing_else(site: Any, path: str) -> None:
    assert site.get(path).status_code in (302, 400, 404)


@pytest.mark.parametrize(
    ("name", "media_type", "extension", "safe"),
    [
        ("crane.jpg", "image/jpeg", "jpg", "crane.jpg"),
        ("crane.JPEG", "image/jpeg", "jpg", "crane.JPEG"),
        ("plan.html", "image/jpeg", "jpg", "plan.html.jpg"),
        ("plan", "image/png", "png", "plan.png"),
        ("../../x.jpg", "image/jpeg", "jpg", "x.jpg"),
        ("c:\\photos\\x.jpg", "image/jpeg", "jpg", "x.jpg"),
        ("evil\u202egpj.exe", "image/jpeg", "jpg", "evilgpj.exe.jpg"),
        ("a\r\nset-cookie: x.jpg", "image/jpeg", "jpg", "aset-cookie: x.jpg"),
        ("...", "image/heic", "heic", "photo.heic"),
    ],
)
def test_a_saved_file_ends_in_what_it_is(
    name: str, media_type: str, extension: str, safe: str
) -> None:
    assert safe_name(name, media_type, extension) == safe


@given(st.text(max_size=60))
def test_any_name_makes_a_header_that_holds(name: str) -> None:
    header = disposition(safe_name(name, "image/jpeg", "jpg"), inline=False)
    assert header.startswith("attachment; ")
    assert header.isascii()
    assert not set(header) & {"\r", "\n", "\0"}
    assert header.count('"') == 2


def test_a_name_comes_in_both_forms() -> None:
    assert disposition("Süd 50%.jpg", inline=True) == (
        "inline; filename=\"S_d 50_.jpg\"; filename*=UTF-8''S%C3%BCd%2050%25.jpg"
    )


def test_a_file_can_do_nothing_when_it_is_opened(site: Any) -> None:
    for path in (ORIGINAL, "/tower-4/-/photo/1/thumbnail"):
        headers = site.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith(
            "default-src 'none'; sandbox"
        )
    assert site.get(ORIGINAL).headers["content-disposition"].startswith("inline")
    download = site.get(f"{ORIGINAL}?download=1").headers["content-disposition"]
    assert download.startswith("attachment")


def test_what_a_remote_shows_of_a_photo_stands_in_until_its_file_is_here(
    make_site: Any,
) -> None:
    uuid = "019a7b3c-0000-7000-8000-000000000009"

    def fill_it(maker: Any) -> None:
        maker.photo(maker.jpeg((9, 9, 9)), "IMG_1.jpg", uuid=uuid, original_id=None)
        maker.photo(maker.jpeg((8, 8, 8)), "IMG_2.jpg", original_id=None)
        shown = Rendition("thumbnail", "image/webp", 4, 3, b"as the remote shows it")
        with cache.open_cache(maker.originals.parent) as kept:
            cache.put(kept, uuid, 0, [shown])

    site = make_site("Told", fill_it)
    first, second = (site.get(f"/told/-/photo/{n}/thumbnail") for n in (1, 2))
    assert first.content == b"as the remote shows it"
    assert second.status_code == 200
    assert second.content != first.content
    assert site.get("/told/-/photo/1/original").status_code == 404


def test_a_download_that_breaks_off_is_never_ended(
    loop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor answered a second time: the server closes the connection, so it is told."""

    def pieces() -> Iterator[bytes]:
        yield b"PK"
        raise DamagedFile("crane.jpg", "is not what it was when it was archived")

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    loop.run(StreamResponse(pieces(), None, {}).asgi_send(send))
    assert [one.get("more_body") for one in sent] == [None, True]
    assert "crane.jpg" in caplog.text

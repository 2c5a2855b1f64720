"""Forms with files: in whatever pieces they come, and with whatever is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.uploads import parts
from plugins.api.errors import ApiError
from plugins.api.multipart import Form, Limits, Reader, discard
from tests.plugins.api.forms import BOUNDARY, form_of, part_of

PLAIN = st.characters(codec="utf-8", exclude_categories=["Cc"])
EXTENDED = (
    b"Content-Disposition: form-data; name=file; filename*=utf-8''%e2%82%ac.jpg"
    b"\r\n\r\n1"
)
UPLOAD: Any = {"field": "file", "filename": "a.jpg", "kind": "image/jpeg"}


def read(folder: Path, pieces: Iterable[bytes], limits: Limits | None = None) -> Form:
    reader = Reader(folder, BOUNDARY, limits or Limits())
    try:
        for piece in pieces:
            reader.feed(piece)
        return reader.end()
    except BaseException:
        discard(reader.form)
        raise


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut a body at these places."""
    at = sorted({place % (len(body) + 1) for place in places})
    return [
        body[a:b] for a, b in zip([0, *at], [*at, len(body)], strict=True) if a != b
    ]


def left_in(folder: Path) -> list[str]:
    return [name for name, _ in parts.present(folder)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.tuples(st.text(PLAIN, min_size=1, max_size=9), st.text(max_size=40)),
        max_size=4,
    ),
    data=st.binary(max_size=400)
    | st.sampled_from([b"\r\n--" + BOUNDARY[:-1], b"\r\n--" + BOUNDARY + b"x", b"\r"]),
    places=st.lists(st.integers(0, 3000), max_size=8),
)
def test_a_form_is_the_same_in_whatever_pieces_it_comes(
    tmp_path: Path, values: list[tuple[str, str]], data: bytes, places: list[int]
) -> None:
    values = [(f"n{name}", value) for name, value in values]
    fields = [part_of(name, value.encode()) for name, value in values]
    body = form_of(*fields, part_of(data=data, **UPLOAD))
    form = read(tmp_path, cut(body, places))
    assert form.fields == values
    assert form.file is not None
    assert (form.file.field, form.file.name) == ("file", "a.jpg")
    assert (form.file.bytes, form.file.path.read_bytes()) == (len(data), data)
    discard(form)
    assert left_in(tmp_path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.integers(0, 2000), places=st.lists(st.integers(0, 3000), max_size=5))
def test_a_form_that_stops_leaves_nothing(
    tmp_path: Path, end: int, places: list[int]
) -> None:
    body = form_of(
        part_of("key", b"value"), part_of(data=hashlib.sha256().digest() * 9, **UPLOAD)
    )
    stopped = body[: end % (len(body) - len("--\r\n"))]
    with pytest.raises(ApiError) as refused:
        read(tmp_path, cut(stopped, places))
    assert refused.value.status == 400
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "limits", "status"),
    [
        pytest.param(
            form_of(part_of(data=b"1", **UPLOAD), part_of(data=b"2", **UPLOAD)),
            Limits(),
            400,
            id="two files",
        ),
        pytest.param(
            form_of(part_of(data=b"1234", **UPLOAD)),
            Limits(file=3),
            413,
            id="a large file",
        ),
        pytest.param(
            form_of(part_of("key", b"1234567")), Limits(text=9), 413, id="a long text"
        ),
        pytest.param(
            form_of(*[part_of("key", b"1")] * 3),
            Limits(fields=2),
            400,
            id="many fields",
        ),
        pytest.param(form_of(part_of("key", b"\xff")), Limits(), 400, id="no UTF-8"),
        pytest.param(
            form_of(b"Content-Disposition: form-data\r\n\r\nvalue"),
            Limits(),
            400,
            id="a part without a name",
        ),
        pytest.param(
            form_of(b"X" * 100_000 + b": y\r\n\r\n"), Limits(), 400, id="a long header"
        ),
        pytest.param(b"--another\r\n\r\n", Limits(), 400, id="another boundary"),
        pytest.param(b"", Limits(), 400, id="nothing"),
    ],
)
def test_what_is_wrong_with_a_form_is_refused(
    tmp_path: Path, body: bytes, limits: Limits, status: int
) -> None:
    with pytest.raises(ApiError) as refused:
        read(tmp_path, [body], limits)
    assert refused.value.status == status
    assert left_in(tmp_path) == []


def test_a_full_disk_is_told_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MARGIN", 1 << 60)
    with pytest.raises(parts.DiskFull):
        read(tmp_path, [form_of(part_of(data=b"1", **UPLOAD))])
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (part_of("image[data]", b"1", kind="text/plain"), "unnamed"),
        (part_of("image[data]", b"1", "x/../é.jpg", kind="text/plain"), "é.jpg"),
        (part_of("other", b"1", "C:\\photos\\a.jpg"), "a.jpg"),
        (EXTENDED, "€.jpg"),
    ],
    ids=["no file name", "a path", "a path of Windows", "the name in RFC 2231's form"],
)
def test_files_are_told_from_fields(tmp_path: Path, part: bytes, name: str) -> None:
    form = read(tmp_path, [form_of(part)])
    assert form.fields == []
    assert form.file is not None
    assert form.file.name == name
    discard(form)


def test_json_with_a_file_name_is_a_field(tmp_path: Path) -> None:
    part = part_of("image", b"{}", "blob", kind="application/json")
    form = read(tmp_path, [form_of(part)])
    assert (form.fields, form.file) == ([("image", "{}")], None)


def test_a_header_may_say_what_it_likes(tmp_path: Path) -> None:
    part: Any = part_of("key", b"value", kind="text/plain; charset=klingon")
    form = read(tmp_path, [form_of(part)])
    assert form.fields == [("key", "value")]

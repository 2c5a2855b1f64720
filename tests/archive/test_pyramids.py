"""Tiles of large photos: the picture upright, at every size; kept, and bounded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from archive import pyramid_cache, pyramids
from archive.cache import Cache, drop, open_cache
from archive.decoding import TooLarge, decode
from archive.errors import ArchiveError, DamagedFile, NotFound, StoreError
from archive.pictures import TILE
from archive.pyramid_cache import Pyramid, pyramid, tile
from archive.pyramids import cut, measure
from archive.workers import Failure, Outcome, Pool

SIZE = (1301, 700)  # three tiles by two, both sides odd or uneven after halving
SHARED = Path(__file__).parents[3] / "shared" / "photos"


@pytest.fixture(autouse=True)
def nothing_held() -> Iterator[None]:
    pyramids._held.clear()
    yield
    pyramids._held.clear()


def picture() -> Image.Image:
    """A picture whose every part differs from every other."""
    across = Image.linear_gradient("L").rotate(90).resize(SIZE)
    down = Image.linear_gradient("L").resize(SIZE)
    mark = Image.new("L", SIZE, 20)
    mark.paste(220, (900, 500, 1200, 650))
    return Image.merge("RGB", (across, down, mark))


def save(path: Path, orientation: int = 1, kind: str = "JPEG") -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture().save(path, kind, exif=exif, quality=95)
    return path


def stitched(path: Path, halved: int, size: tuple[int, int]) -> Image.Image:
    """Return a level put together from its tiles."""
    whole = Image.new("RGB", size)
    for left in range(0, size[0], TILE):
        for top in range(0, size[1], TILE):
            data = cut(str(path), halved, left // TILE, top // TILE)
            with Image.open(io.BytesIO(data)) as part:
                whole.paste(part, (left, top))
    return whole


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("halved", [0, 1, 2, 3])
def test_the_tiles_of_a_level_are_the_upright_picture(
    tmp_path: Path, orientation: int, halved: int
) -> None:
    path = save(tmp_path / "a.jpg", orientation)
    with Image.open(path) as stored:
        upright = ImageOps.exif_transpose(stored).convert("RGB")
    size = measure(str(path))
    assert (size["width"], size["height"]) == upright.size
    for _ in range(halved):
        upright = upright.reduce(2)
    assert difference(stitched(path, halved, upright.size), upright) < 3


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_formats_that_a_browser_may_not_show(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "a", kind=kind)
    assert measure(str(path)) == {"width": 1301, "height": 700}
    assert difference(stitched(path, 0, SIZE), picture()) < 4


def test_the_last_level_is_one_pixel(tmp_path: Path) -> None:
    data = cut(str(save(tmp_path / "a.jpg", 6)), 11, 0, 0)
    assert Image.open(io.BytesIO(data)).size == (1, 1)


@pytest.mark.parametrize(
    "place", [(0, 3, 0), (0, 0, 2), (0, -1, 0), (0, 0, -1), (-1, 0, 0), (99, 0, 0)]
)
def test_outside_of_the_picture_there_is_no_tile(
    tmp_path: Path, place: tuple[int, int, int]
) -> None:
    path = save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"no (tile|level)"):
        cut(str(path), *place)


def test_what_memory_has_no_room_for_is_cut_from_a_smaller_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def budget(source: Any, media_type: str, longest: int) -> Any:
        decoded = decode(source, media_type, longest)
        if decoded.image.width > 700:
            raise TooLarge("too much")
        return decoded

    monkeypatch.setattr(pyramids, "decode", budget)
    assert measure(str(save(tmp_path / "a.jpg"))) == {"width": 651, "height": 350}
    pyramids._held.clear()
    with pytest.raises(DamagedFile, match="too much"):
        measure(str(save(tmp_path / "a.png", kind="PNG")))


def test_no_picture_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    with pytest.raises(ArchiveError):
        measure(str(tmp_path / "a.jpg"))


def test_a_tile_carries_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    picture().save(path, exif=exif, comment=b"SECRET")
    assert b"SECRET" not in cut(str(path), 0, 0, 0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared photos here")
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("exifr--heic-iphone7.heic", (4032, 3024)),
        ("imagemeta--sample.cr2", (1600, 1200)),
        ("pillow--hopper.tif", (128, 128)),
    ],
)
def test_real_files(name: str, size: tuple[int, int]) -> None:
    path = str(SHARED / "formats" / name)
    assert measure(path) == dict(zip(("width", "height"), size, strict=True))
    assert cut(path, 0, 0, 0).startswith(b"\xff\xd8\xff")


# The cache


class Cutters:
    """Does the work of the worker processes here; keeps count."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answer: Outcome | None = None

    def submit(self, function: str, *args: Any) -> Outcome:
        self.calls.append((function.partition(":")[2], *args[1:]))
        if self.answer:
            return self.answer
        try:
            return Outcome(None, getattr(pyramids, self.calls[-1][0])(*args))
        except (ArchiveError, ValueError) as error:
            name = type(error).__name__
            return Outcome(None, None, Failure("error", name, str(error)))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with open_cache(tmp_path) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(tmp_path / "a.jpg")


def test_a_photo_is_measured_and_each_tile_cut_once(cache: Cache, path: Path) -> None:
    work = Cutters()
    for _ in range(2):
        assert pyramid(cache, work, path, "s") == Pyramid(1301, 700)
        first = tile(cache, work, path, "s", 1, 0, 0)
    assert first.startswith(b"\xff\xd8\xff")
    assert work.calls == [("measure",), ("cut", 1, 0, 0)]


def test_what_cannot_be_cut_is_remembered(cache: Cache, path: Path) -> None:
    work = Cutters()
    work.answer = Outcome(None, None, Failure("error", "DamagedFile", "too large"))
    for _ in range(2):
        with pytest.raises(DamagedFile, match="too large"):
            pyramid(cache, work, path, "s")
    assert len(work.calls) == 1


def test_what_cannot_be_read_now_is_tried_again(cache: Cache, path: Path) -> None:
    work = Cutters()
    work.answer = Outcome(None, None, Failure("error", "StoreError", "no disk"))
    with pytest.raises(StoreError, match="no disk"):
        pyramid(cache, work, path, "s")
    work.answer = None
    assert pyramid(cache, work, path, "s").width == 1301


def test_a_tile_that_is_none_is_not_found(cache: Cache, path: Path) -> None:
    with pytest.raises(NotFound):
        tile(cache, Cutters(), path, "s", 0, 9, 9)


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"width": 0, "height": 9}, {"width": 9, "height": True}, "<svg>"],
    ids=str,
)
def test_a_worker_s_answer_is_believed_in_nothing(
    cache: Cache, path: Path, answer: Any
) -> None:
    work = Cutters()
    work.answer = Outcome(None, answer)
    with pytest.raises(DamagedFile):
        pyramid(cache, work, path, "s")
    with pytest.raises(DamagedFile):
        tile(cache, work, path, "s", 0, 0, 0)


def _stored(cache: Cache) -> list[str]:
    return [r[0] for r in cache.connection.execute("select distinct sha256 from tiles")]


def test_tiles_looked_at_longest_ago_make_room(
    cache: Cache, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(f"2026-03-09T08:00:{n:02}.000Z" for n in range(60))
    monkeypatch.setattr(pyramid_cache, "timestamp", lambda _: next(now))
    work = Cutters()
    size = 0
    for name in ("a", "b"):
        pyramid(cache, work, path, name)
        size = len(tile(cache, work, path, name, 0, 0, 0))
    pyramid(cache, work, path, "a")  # looked at again
    monkeypatch.setattr(pyramid_cache, "MOST_BYTES", size + 1)
    pyramid(cache, work, path, "c")
    assert _stored(cache) == ["a"]


def test_a_purge_takes_the_tiles_with_it(cache: Cache, path: Path) -> None:
    work = Cutters()
    pyramid(cache, work, path, "s")
    tile(cache, work, path, "s", 0, 0, 0)
    drop(cache, "s")
    for table in ("tiles", "pyramids"):
        assert not cache.connection.execute(f"select * from {table}").fetchall()


@pytest.mark.parametrize("ask", [pyramid, lambda *a: tile(*a, 0, 0, 0)])
def test_nothing_is_kept_of_what_was_purged_meanwhile(
    cache: Cache, path: Path, ask: Callable[..., Any]
) -> None:
    work = Cutters()
    plain = work.submit

    def purged_after(*args: Any) -> Outcome:
        done = plain(*args)
        path.unlink()
        return done

    work.submit = purged_after  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="gone"):
        ask(cache, work, path, "s")
    for table in ("tiles", "pyramids"):
        assert not cache.connection.execute(f"select * from {table}").fetchall()


def test_real_workers_cut_too(cache: Cache, path: Path) -> None:
    with Pool(workers=1) as pool:
        assert pyramid(cache, pool, path, "s") == Pyramid(1301, 700)
        assert tile(cache, pool, path, "s", 0, 2, 1).startswith(b"\xff\xd8\xff")

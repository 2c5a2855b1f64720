"""Files on their way from the remote: resumed, hashed as they come, landed whole.

A file that broke off goes on where it stopped when the storage still has the same, and
anew when not (``sync.driving.parts``). A file that came whole is handed to who makes it
the photo's.

The token goes to the API's own origin and never through a redirect.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin

from archive.copying import Copied
from archive.disk import reason, reserve, write_straight
from archive.errors import ArchiveError, ArchiveLocked, InvalidInput, StoreError
from sync.driving.asking import lowered, why_not
from sync.driving.carrying import Carrier
from sync.driving.parts import discard, kept, marked, write_behind
from sync.driving.pausing import Paused
from sync.driving.pipes import MOST, Body, Broken, address, length_of
from sync.driving.throttling import spend
from sync.driving.wires import AGENT, origin, proxy_of, refuse_plain
from sync.effects import LOST, Failed, Fetch, Fetched, What

AT_ONCE = 4
# Seconds: files that come so soon after another land together with it. What is synced
# and committed for them costs much the same for one as for many
_SOON = 0.1
_REDIRECTS = 5
_SENDS_ON = (301, 302, 303, 307, 308)
_PIECE = 1 << 20  # bytes
_LITTLE = 64 << 10  # bytes at a time, of a limited connection
_LARGEST_THUMBNAIL = 4 << 20  # bytes
_LARGEST = 256 << 30
# Bytes between two looks at the room that is left; then what came is kept, too
_SIGN = 64 << 20
_NO_PHOTO = ("text/html", "application/json", "application/xml", "text/xml")
_OURS = (StoreError, ArchiveLocked)
_OWN = "the disk here cannot take it"

Outcome = Fetched | Failed


class Landing(Protocol):
    """What becomes of files that came whole; called from one thread.

    Each call says for each file why it did not land, or None. It may also raise an
    ``ArchiveError``: then none did.
    """

    def prepare(self) -> None:
        """Start what takes some time to start: files are on their way."""

    def originals(
        self, files: Sequence[tuple[str, Path, Copied]]
    ) -> Sequence[ArchiveError | None]:
        """Make them the originals of photos; the files themselves go afterwards.

        Nobody has waited until their bytes were on the disk.
        """

    def thumbnails(
        self, files: Sequence[tuple[str, bytes]]
    ) -> Sequence[ArchiveError | None]:
        """Show them for photos until the originals are here."""


@dataclass(slots=True)
class _Came:
    """What came of a file: its path or its bytes, and what they are."""

    copied: Copied
    path: Path | None = None
    data: bytes = b""


def fetch_all(
    carrier: Carrier, files: Sequence[Fetch], landing: Landing
) -> list[Outcome]:
    """Fetch files, four at a time; those that are whole meanwhile land together.

    :raises Paused: somebody wants to stop; what came of a file stays for later
    """
    # Here, as with it half of the archive is read, in a fifth of a second; and before
    # there are threads: two that read modules which lean on each other get stuck
    import_module("archive.uploads.parts")
    outcomes: dict[int, Outcome] = {}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        under_way = {
            threads.submit(_fetch, carrier, file): number
            for number, file in enumerate(files)
        }
        try:
            if any(file.what is not What.HASH for file in files):
                landing.prepare()
            left = set(under_way)
            while left:
                first, left = wait(left, return_when=FIRST_COMPLETED)
                more, left = wait(left, timeout=_SOON)
                came = {under_way[future]: future for future in first | more}
                outcomes |= _settle(files, came, landing)
        except BaseException:
            threads.shutdown(wait=True, cancel_futures=True)
            raise
    carrier.pause.check()
    return [outcomes[number] for number in range(len(files))]


def _settle(
    files: Sequence[Fetch],
    came: Mapping[int, Future[_Came | Failed]],
    landing: Landing,
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    whole: dict[int, _Came] = {}
    for number, future in came.items():
        with suppress(Paused):  # what came whole before that still lands
            one = future.result()
            if isinstance(one, Failed):
                outcomes[number] = one
            else:
                whole[number] = one
                outcomes[number] = Fetched(one.copied.sha256, one.copied.bytes)
    for number, error in _land(files, whole, landing).items():
        if error is not None:
            outcomes[number] = Failed(str(error), is_ours=isinstance(error, _OURS))
    return outcomes


def _land(
    files: Sequence[Fetch], whole: Mapping[int, _Came], landing: Landing
) -> dict[int, ArchiveError | None]:
    """Let files land. Returns why they did not; those that are only hashed have to."""
    shown = [n for n in whole if files[n].what is What.THUMBNAIL]
    stored = [
        (number, (files[number].uuid, one.path, one.copied))
        for number, one in whole.items()
        if one.path is not None
    ]
    told: dict[int, ArchiveError | None] = {}
    try:
        if shown:
            pictures = [(files[n].uuid, whole[n].data) for n in shown]
            told |= zip(shown, landing.thumbnails(pictures), strict=True)
        if stored:
            came = landing.originals([one for _, one in stored])
            told |= zip((number for number, _ in stored), came, strict=True)
    except ArchiveError as error:
        told |= {number: error for number in whole if number not in told}
    finally:
        for _, (_, path, _) in stored:
            discard(path)
    return told


def _fetch(carrier: Carrier, file: Fetch) -> _Came | Failed:
    """Fetch one file. Runs in a thread of its own.

    :raises Paused: somebody wants to stop
    """
    try:
        if file.what is What.ORIGINAL:
            return _to_disk(carrier, file)
        return _through(carrier, file)
    except Failure as error:
        return error.failed
    except (OSError, StoreError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        return Failed(f"{_OWN}: {why}", is_ours=True)
    except Exception as error:
        said = _why_none(error)
        if said is None:
            raise
        return Failed(said)


def _why_none(error: Exception) -> str | None:
    """Return why a storage's answer is none; None: it is something else that failed."""
    import httpx2

    if isinstance(error, Broken | InvalidInput):
        return str(error)
    if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL | HTTPException):
        return why_not(error)
    if isinstance(error, ValueError):  # an address or a header that nobody can read
        return f"the storage says what cannot be understood ({error})"
    return None


class Failure(Exception):
    """A file does not come.

    :ivar failed: what the engine is told
    """

    def __init__(self, why: str, status: int = LOST) -> None:
        self.failed = Failed(why, status)
        super().__init__(why)


class _Outdated(Exception):
    """What is here is no part of what is there: again from the start."""


def _through(carrier: Carrier, file: Fetch) -> _Came:
    """Read a file that is not kept on the disk: hashed, and small ones remembered."""
    is_kept = file.what is What.THUMBNAIL
    counted, data = _Counted(hashlib.sha256()), bytearray()
    with _opened(carrier, file.url, {}) as body:
        for piece in _pieces(carrier, body):
            counted = _counted(counted, piece)
            if is_kept and counted.bytes > _LARGEST_THUMBNAIL:
                raise Failure(f"it is over {_LARGEST_THUMBNAIL:,} bytes")
            _refuse_more(file, counted.bytes)
            if is_kept:
                data += piece
    _refuse_size(file, counted.bytes)
    return _Came(counted.copied, data=bytes(data))


def _to_disk(carrier: Carrier, file: Fetch) -> _Came:
    from archive.uploads.parts import FOLDER

    folder = carrier.folder / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{file.uuid}.part"
    for _ in range(2):
        with suppress(_Outdated):
            return _resumed(carrier, file, path)
        discard(path)
    raise Failure("the storage does not keep to what it said of the file's parts")


def _resumed(carrier: Carrier, file: Fetch, path: Path) -> _Came:
    """Fetch what is missing of a file.

    :raises _Outdated: what is here does not go with it
    """
    have, mark = kept(path)
    headers = {"range": f"bytes={have}-", "if-range": mark} if have else {}
    with _opened(carrier, file.url, headers) as body:
        begin = _begin(body, have)
        missing = _length(body)
        if missing:
            _refuse_size(file, begin + missing)
        _require_free(path.parent, missing)
        if not begin:  # what is there may be an original by now: see ``parts.kept``
            discard(path)
        # not buffered: the pieces are large, and copied once less so
        with path.open("r+b" if begin else "x+b", buffering=0) as target:
            counted = _hashed_so_far(target, begin)
            reserve(target, begin + missing if missing else 0)
            of = body.headers.get("etag") or (mark if begin else "")
            with marked(path, target, of) as keep:
                for piece in _pieces(carrier, body):
                    counted = _counted(counted, piece)
                    _refuse_more(file, counted.bytes)
                    write_straight(target, piece)
                    if counted.bytes % _SIGN < len(piece):
                        keep()
                        left = max(0, begin + missing - counted.bytes)
                        _require_free(path.parent, left)
            target.truncate()  # whatever was told, and reserved
            write_behind(target)
    _refuse_size(file, counted.bytes, path)
    return _Came(counted.copied, path)


def _require_free(folder: Path, missing: int) -> None:
    from archive.uploads.parts import require_free

    require_free(folder, missing)


def _length(body: Body) -> int:
    """Return how many bytes an answer has; 0: it does not say."""
    plain = body.headers.get("content-encoding", "identity") == "identity"
    told = length_of(body.headers.get("content-length", ""))
    return told or 0 if plain else 0


def _begin(body: Body, have: int) -> int:
    """Return from which byte on an answer goes.

    :raises _Outdated: it is about other bytes than were asked for
    """
    if not have or body.status == 200:
        return 0
    told = body.headers.get("content-range", "")
    is_plain = body.headers.get("content-encoding", "identity") == "identity"
    if not is_plain or not told.startswith(f"bytes {have}-"):
        raise _Outdated
    return have


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is known of the bytes so far."""

    digest: hashlib._Hash
    bytes: int = 0
    crc: int = 0

    @property
    def copied(self) -> Copied:
        return Copied(self.digest.hexdigest(), self.bytes, self.crc)


def _counted(so_far: _Counted, piece: bytes | memoryview) -> _Counted:
    so_far.digest.update(piece)
    return _Counted(
        so_far.digest, so_far.bytes + len(piece), zlib.crc32(piece, so_far.crc)
    )


def _hashed_so_far(file: FileIO, begin: int) -> _Counted:
    """Hash what is here already, and go to its end.

    :raises _Outdated: it is less than it was
    """
    counted = _Counted(hashlib.sha256())
    while piece := file.read(min(_PIECE, begin - counted.bytes)):
        counted = _counted(counted, piece)
    if counted.bytes < begin:
        raise _Outdated
    file.truncate()
    return counted


@contextmanager
def _opened(carrier: Carrier, url: str, headers: dict[str, str]) -> Iterator[Body]:
    """Ask for a file, and follow a few redirects to it: without the token."""
    asked = {"accept-encoding": "identity", "accept": "*/*", "user-agent": AGENT}
    token = {}
    if origin(url) == origin(carrier.api):
        token = {"authorization": f"Bearer {carrier.token()}"}
    for _ in range(_REDIRECTS):
        refuse_plain(url, carrier.api)
        with _asked(carrier, url, {**asked, **headers, **token}) as body:
            where = body.headers.get("location", "")
            if body.status not in _SENDS_ON or not where:
                _refuse_status(body, is_part="range" in headers)
                yield body
                return
        token, before, url = {}, url, urljoin(url, where)
        if origin(before).startswith("https:") and origin(url).startswith("http:"):
            raise Failure("the storage sends on from https to http")
    raise Failure("the storage sends on and on")


@contextmanager
def _asked(carrier: Carrier, url: str, headers: dict[str, str]) -> Iterator[Body]:
    if proxy_of(url) is None:
        # a large piece is a long pause where few bytes a second may come
        most = _LITTLE if carrier.throttle.rate else MOST
        with carrier.wires.pipes.ask(origin(url), url, headers, most) as body:
            yield body
        return
    address(origin(url), url)
    client = carrier.wires.to(url)
    with client.stream("GET", url, headers=headers) as response:
        told = lowered(response.headers)
        yield Body(response.status_code, told, response.iter_bytes())


def _refuse_status(body: Body, *, is_part: bool) -> None:
    """Refuse what is no file.

    :param is_part: a part of it was asked for
    """
    status = body.status
    if status == 416 and is_part:
        raise _Outdated
    if status != 200 and not (status == 206 and is_part):
        raise Failure(f"the storage answers {status}", status)
    kind = body.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() in _NO_PHOTO:
        raise Failure(f"in the place of the file came {kind}")


def _pieces(carrier: Carrier, body: Body) -> Iterator[bytes | memoryview]:
    for piece in body.pieces:
        yield piece
        spend(carrier.throttle, len(piece), carrier.pause)


def _refuse_size(file: Fetch, size: int, path: Path | None = None) -> None:
    """Refuse a file that is not as long as it should be.

    :param path: of what came of it, which goes
    """
    if 0 < size <= _LARGEST and file.bytes in (None, size):
        return
    if path is not None:
        discard(path)
    told = "" if file.bytes is None else f", where {file.bytes:,} are told"
    raise Failure(f"the storage has {size:,} bytes{told}")


def _refuse_more(file: Fetch, size: int) -> None:
    """Refuse a file that does not end where it should."""
    if size > (file.bytes or _LARGEST):
        raise Failure(f"the storage has more than {file.bytes or _LARGEST:,} bytes")

"""A backup in a bucket of an S3-compatible store, by obstore (``asbuilt[s3]``).

``s3://bucket/beginning`` says where. Who may read and write it, and at which address,
the environment says, by the names that every program for S3 knows
(``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``,
``AWS_REGION``, ``AWS_ENDPOINT_URL``): nothing of it is kept anywhere, or said.

An object is there whole or not at all: the store gives it its name when it has all of
it. So nothing has to be renamed, and a run that dies leaves nothing half done.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from archive.backups.sources import Folder, Source, Unreachable
from archive.backups.states import (
    MARKER,
    STATE,
    STATES,
    State,
    parse_marker,
    parse_state,
)
from archive.disk import flush, storing
from archive.errors import InvalidInput, NotFound
from archive.keeping.places import URL
from archive.plans.files import FOLDER as MAPS

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig

PIECE = 1 << 20  # bytes that are read at a time
_PART = 8 << 20  # bytes of a part of a large object
_PATIENCE: RetryConfig = {"max_retries": 5, "retry_timeout": timedelta(minutes=1)}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A backup in a bucket; all names are below its beginning.

    :param url: ``s3://bucket/beginning``
    """

    url: str
    store: ObjectStore

    @property
    def shown(self) -> str:
        """Its URL, in which no secret can be."""
        return self.url

    def uuid(self, archive: str = "") -> str:
        """Return the backup's uuid."""
        try:
            text = self.read(MARKER)
        except FileNotFoundError:
            raise NotFound(f"{self.url}: no backup is there") from None
        return str(parse_marker(self.url, text, archive)["uuid"])

    def states(self) -> list[State]:
        """Return its states, newest first; half a state is none."""
        self.uuid()
        found = []
        for name in sorted(self.folders(f"{STATES}/"), reverse=True):
            try:
                text = self.read(f"{STATES}/{name}/{STATE}")
            except FileNotFoundError:
                continue
            found.append(parse_state(name, text))
        return [state for state in found if state]

    def maps(self) -> Iterator[str]:
        """Yield the names of plans and maps in it."""
        for name, _ in sorted(self.sizes(f"{MAPS}/").items()):
            yield f"{MAPS}/{name}"

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open an object, which is read from its beginning to its end."""
        with _asking(self.url, name):
            answer = self.store.get(name)
        with closing(_Reading(self.url, name, answer.stream(PIECE))) as raw:
            yield io.BufferedReader(raw, PIECE)

    def fetch(self, name: str, target: Path) -> None:
        """Copy an object into a file."""
        with self.open(name) as source, storing(target), target.open("wb") as file:
            while piece := source.read(PIECE):
                file.write(piece)
            file.flush()
            flush(file.fileno())

    def read(self, name: str) -> bytes:
        """Return a small object.

        :raises FileNotFoundError: it is not there
        :raises Unreachable: the store cannot be asked
        """
        with _asking(self.url, name):
            return bytes(self.store.get(name).bytes())

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of an object, by reading all of it.

        The store's own checksum would not do: which it has differs from one to the
        next, and of parts it is one of checksums.

        :raises FileNotFoundError: it is not there
        :raises Unreachable: it cannot be read
        """
        with self.open(name) as source:
            return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]

    def write(self, name: str, data: bytes | Path) -> None:
        """Make an object of bytes or of a file, instead of one of that name.

        :raises OSError: the file cannot be read
        :raises Unreachable: the store does not take it
        """
        with _asking(self.url, name):
            self.store.put(name, data, chunk_size=_PART)

    def create(self, name: str, data: bytes) -> None:
        """Make an object, unless one of that name is there: that stays as it is.

        Some stores know no such condition, or take no notice of it: whoever must be
        sure reads it again.

        :raises Unreachable: the store does not take it
        """
        from obstore import exceptions

        try:
            self.store.put(name, data, mode="create")
        except exceptions.AlreadyExistsError:
            return
        except exceptions.BaseError:
            self.write(name, data)  # or says why even that cannot be done

    def set_aside(self, name: str, aside: str) -> None:
        """Keep an object under another name, too.

        :raises Unreachable: the store does not do it
        """
        with _asking(self.url, name):
            self.store.copy(name, aside)

    def sizes(self, folder: str) -> dict[str, int]:
        """Return what is directly in a folder, with sizes in bytes.

        :raises Unreachable: the store cannot be asked
        """
        with _asking(self.url, folder):
            pages: Iterable[Any] = self.store.list(folder)
            found = {m["path"]: int(m["size"]) for page in pages for m in page}
        names = {path.removeprefix(folder): size for path, size in found.items()}
        return {name: size for name, size in names.items() if "/" not in name}

    def folders(self, folder: str) -> list[str]:
        """Return the names of folders in a folder.

        :raises Unreachable: the store cannot be asked
        """
        with _asking(self.url, folder):
            told = self.store.list_with_delimiter(folder)
        return [
            str(name).rstrip("/").rpartition("/")[2] for name in told["common_prefixes"]
        ]


class _Reading(io.RawIOBase):
    """An object as a file that is read forwards."""

    def __init__(self, url: str, name: str, stream: Any) -> None:  # noqa: ANN401
        self._url, self._name = url, name
        self._pieces = iter(stream)
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        if not self._piece:
            with _asking(self._url, self._name):
                self._piece = memoryview(next(self._pieces, b"")).cast("B")
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


def source_of(place: str | Path) -> Source:
    """Return the backup in a folder, or of a URL.

    :raises InvalidInput: no such URL, or no credentials
    """
    if isinstance(place, str) and place.startswith(URL):
        return open_bucket(place)
    return Folder(Path(place))


def open_bucket(url: str, environment: Mapping[str, str] = os.environ) -> Bucket:
    """Return what a URL means; the store is not asked yet.

    :raises InvalidInput: it means none, or the environment has no credentials
    """
    parts = urlsplit(url)
    name, prefix = parts.netloc, parts.path.strip("/")
    if "@" in name or parts.query or parts.fragment:
        raise InvalidInput(
            "a bucket is given as s3://bucket/beginning; who may write it is given in"
            " the environment, never here"
        )
    if not _BUCKET.fullmatch(name):
        raise InvalidInput(f"{URL}{name}: is no bucket: s3://bucket/beginning")
    for key in _KEYS:
        if not environment.get(key):
            raise InvalidInput(f"{URL}{name}: {', '.join(_KEYS)} are to be set")
    return Bucket(
        f"{URL}{name}/{prefix}".rstrip("/"), _store(name, prefix, environment)
    )


def _store(name: str, prefix: str, environment: Mapping[str, str]) -> ObjectStore:
    try:
        from obstore.store import S3Store
    except ImportError:
        raise InvalidInput("buckets need a package more: install asbuilt[s3]") from None
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get(
        "AWS_ENDPOINT_URL"
    )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    if token := environment.get("AWS_SESSION_TOKEN"):
        options["session_token"] = token
    return S3Store(
        name,
        prefix=prefix or None,
        region=region or "us-east-1",
        access_key_id=environment[_KEYS[0]],
        secret_access_key=environment[_KEYS[1]],
        # Of a store at an address of its own buckets have none of theirs
        virtual_hosted_style_request=not endpoint,
        # It compares what arrives with this, before it gives it its name
        checksum_algorithm="SHA256",
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http:"))},
        retry_config=_PATIENCE,
        **options,
    )


@contextmanager
def _asking(url: str, name: str) -> Iterator[None]:
    """Turn a store's errors into ours; that a thing is not there stays what it is.

    Its own words name the request's address and what the store answered. They are cut
    to the store's message: the rest is for who writes stores.

    :raises FileNotFoundError: the object, or the bucket, is not there
    :raises Unreachable: any other
    """
    from obstore import exceptions

    try:
        yield
    except (FileNotFoundError, exceptions.BaseError) as error:
        raise _ours(error, url, name) from None


def _ours(error: Exception, url: str, name: str) -> Exception:
    from obstore import exceptions

    if "<Code>NoSuchBucket</Code>" in str(error):
        return NotFound(f"{url}: there is no such bucket")
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"{url}/{name}: is not there")
    refused = (exceptions.UnauthenticatedError, exceptions.PermissionDeniedError)
    if isinstance(error, refused):
        why = "the store refuses these credentials"
    else:
        why = "the store failed"
    return Unreachable(f"{url}/{name}", f"{why}: {_said(error)}")


def _said(error: Exception) -> str:
    text = str(error)
    found = _MESSAGE.search(text)
    return " ".join((found[1] if found else text.splitlines()[0]).split())

"""What the engine asks of the world: it decides, and others do (sync design §0.2).

The engine is a generator. It yields one of the effects below, is sent what came of it,
and does no input or output of its own, so that the same code runs against a network and
an archive, and in a simulator that crashes it between any two effects. Whoever drives
it may stop at any ``yield`` and never come back: the next run finds its way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any, TypeVar

from sync.operations import Budget

if TYPE_CHECKING:
    from sync.store import Store

T = TypeVar("T")
LOST = 0  # in the place of a status


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the API. The answer is an ``Answer``, whatever happens.

    Whoever drives renews the token when it is refused (401), and waits when there were
    too many requests (429); after both it asks again. It repeats nothing else. Where
    the remote does not say what time it is, it says that of this computer.

    :param path: below the address of the API: ``/rest/v1.0/images``
    :param body: to be sent as JSON
    :param budget: who pays, when requests are scarce
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    budget: Budget = Budget.CHANGE


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    :param status: ``LOST`` when nothing whole came back: nobody knows whether the
        request did what it says
    :param body: what its JSON says; None where it is none
    :param text: the beginning of a body that is no JSON, or why nothing came
    :param headers: names in lower case
    :param clock: the remote's ``Date``, in seconds since 1970; None: it did not say
    """

    status: int
    body: object = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    clock: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether the remote says that it did what it was asked."""
        return 200 <= self.status < 300

    @property
    def is_lost(self) -> bool:
        """Whether it may have been done or not: no answer, or one of a broken server.

        A proxy answers 502 to 504 for a server that may have done it.
        """
        return self.status == LOST or self.status >= 500


@dataclass(frozen=True, slots=True)
class Commit:
    """Call ``work`` in one transaction of the archive's, and send what it returns.

    All of it holds afterwards, for good, or nothing of it. It may be called again when
    the transaction could not be committed, so it changes nothing but the store.
    """

    work: Callable[[Store], Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass, by the remote's clock as far as that is known.

    :param why: for a person who watches
    """

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Read an original here. Sends ``Measured``, or ``Failed``.

    :param segment: bytes of each segment but the last; 0: in one piece
    """

    uuid: str
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """How large an original is, and what its SHA-256 and those of its segments are."""

    bytes: int
    sha256: str
    media_type: str = ""
    segments: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Put:
    """Send bytes of an original to the storage, without the token.

    Sends an ``Answer``, or ``Failed`` where the bytes cannot be read here.

    :param form: fields that the API wants before the file: a POST of a form; empty: a
        PUT of the plain bytes
    :param headers: for a PUT: exactly these
    :param begin: of the part that is sent; ``size`` None: up to the end
    """

    uuid: str
    url: str
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    begin: int = 0
    size: int | None = None


@unique
class What(StrEnum):
    """What is fetched."""

    ORIGINAL = "original"  # and becomes the photo's, whole and hashed, or nothing does
    THUMBNAIL = "thumbnail"  # into the cache, until the original is here
    HASH = "hash"  # read, hashed, and thrown away


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch a file. Sends ``Fetched``, or ``Failed``.

    The token goes along only to the API's own origin, and never through a redirect.

    :param uuid: of the photo; "" for ``What.HASH``
    :param bytes: how many there should be; None: the remote does not say
    """

    uuid: str
    url: str
    what: What
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FetchAll:
    """Fetch several files at once. Sends the list of what came of each."""

    files: tuple[Fetch, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came whole."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that did not come, or go.

    :param why: for a person
    :param status: of the storage; ``LOST``: it gave none
    :param is_ours: it is this side that cannot (disk full, file not here): no later
        file will do better
    """

    why: str
    status: int = LOST
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Say how far it is, to a person who watches. Sends nothing.

    :param stage: a key: "pull", "photos here", …
    :param total: None: nobody knows
    """

    stage: str
    done: int = 0
    total: int | None = None


Effect = Ask | Commit | Wait | Measure | Put | Fetch | FetchAll | Tell
Steps = Generator[Effect, Any, T]

"""What lies on the remote: its photos, albums, places, trades and uploads."""

from __future__ import annotations

from dataclasses import dataclass, field

UNCLASSIFIED = 1
ME = 10  # the account of all laptops
SOMEBODY = 11  # who works in the browser there


@dataclass(frozen=True, slots=True)
class Image:
    """A photo there. Times are seconds since 1970."""

    id: int
    filename: str
    size: int
    sha256: str
    created: int
    updated: int
    description: str = ""
    album: int = UNCLASSIFIED
    location: int | None = None
    trades: frozenset[int] = frozenset()
    private: bool = False
    starred: bool = False
    log_date: str | None = None
    uploader: int = SOMEBODY
    deleted: int | None = None
    is_purged: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it is neither in the bin nor gone for good."""
        return self.deleted is None and not self.is_purged


@dataclass(frozen=True, slots=True)
class Album:
    """An image category."""

    id: int
    name: str
    created: int
    updated: int
    private: bool = False
    cover: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A location."""

    id: int
    name: str
    created: int
    updated: int
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade."""

    id: int
    name: str
    updated: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way.

    :param parts: size of each segment; None: it comes in one piece
    :param got: parts that came
    """

    uuid: str
    name: str
    parts: tuple[int, ...] | None
    began: int
    got: frozenset[int] = frozenset()
    original: tuple[str, int] | None = None
    is_done: bool = False
    is_used: bool = False


@dataclass
class Rows:
    """All that a backup would hold."""

    images: dict[int, Image] = field(default_factory=dict)
    albums: dict[int, Album] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    trades: dict[int, Trade] = field(default_factory=dict)

    def copy(self) -> Rows:
        """Return a backup."""
        every = (self.images, self.albums, self.places, self.trades)
        return Rows(*(dict(one) for one in every))

"""What a rendition is: names, sizes, and the checked record that crosses processes.

Apart from the code that makes them, so that a process which only shows pictures never
loads a decoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

MEDIA_TYPES = {"JPEG": "image/jpeg", "WEBP": "image/webp"}


class Size(NamedTuple):
    """The longest side in pixels, and how the picture is encoded."""

    longest: int
    format: Literal["JPEG", "WEBP"]
    quality: int

    @property
    def media_type(self) -> str:
        """As HTTP calls it."""
        return MEDIA_TYPES[self.format]


# From the largest to the smallest: each is made from the one before it.
SIZES: dict[str, Size] = {
    # For looking around in: as wide as any graphics card can take. Made when asked
    "sphere": Size(4096, "JPEG", 84),
    # 82: decoding at half size costs 0.35 dB at 1600 px, and two points give it back
    # for 4 % more bytes (measured with bench against a full decode at 80)
    "preview": Size(1600, "JPEG", 82),
    "medium": Size(720, "JPEG", 80),
    "thumbnail": Size(240, "WEBP", 72),
}
# Those that every photo has
NAMES: tuple[str, ...] = ("preview", "medium", "thumbnail")


TILE = 512  # pixels: the side of a tile of a photo that is looked at closely


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoded picture.

    :param is_tile: a drawn stand-in with the type's name, not the photo
    :param note: what was ignored on the way, such as a broken colour profile
    """

    name: str
    media_type: str
    width: int
    height: int
    data: bytes
    is_tile: bool = False
    note: str = ""


def renditions_from(answer: Any) -> tuple[Rendition, ...]:  # noqa: ANN401
    """Renditions as a worker process answered them, believed in nothing.

    :raises ValueError: it is not a list of renditions such as we make
    """
    try:
        made = tuple(Rendition(**item) for item in answer)
    except TypeError as error:
        raise ValueError("no renditions") from error
    for item in made:
        _check(item)
    return made


def _check(item: Any) -> None:  # noqa: ANN401 - its fields may hold anything
    size = SIZES.get(item.name) if isinstance(item.name, str) else None
    if (
        size is None
        or item.media_type != size.media_type
        or not isinstance(item.data, bytes)
        or type(item.is_tile) is not bool
        or not isinstance(item.note, str)
    ):
        raise ValueError("no rendition of ours")
    for side in (item.width, item.height):
        if type(side) is not int or not 1 <= side <= size.longest:
            raise ValueError("no size of ours")

"""A photo at every zoom, cut into tiles: for pixels that a browser cannot show itself.

As Deep Zoom has it: level n is the picture at its full size, each level below at half
the size of the one above, cut into squares from the upper left. The picture is upright
by the camera; a person's rotation is the viewer's business.

This is the inside of a worker process. Decoding takes long and cutting does not, so the
picture that was cut last is held until another is asked for, or the process ends.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from archive.colour import resizable, to_srgb
from archive.decoding import Decoded, TooLarge, decode, lenient
from archive.errors import DamagedFile
from archive.pictures import TILE
from archive.posters import raw_preview
from archive.renditions import TRANSPOSE

if TYPE_CHECKING:
    from archive.facts import Facts

QUALITY = 85
_ANY_SIZE = 1 << 20  # pixels, longest side: over what any format can have
_REDUCTIONS = (1, 2, 4, 8)  # that a JPEG decoder makes on the way

Box = tuple[int, int, int, int]
Size = tuple[int, int]


@dataclass(slots=True)
class _Held:
    """The picture that was cut last, as it is stored.

    :param levels: by how often it was halved
    """

    path: str
    orientation: int
    profile: bytes | None
    levels: list[Image.Image] = field(default_factory=list)


_held: list[_Held] = []


def measure(path: str) -> dict[str, int]:
    """Return ``width`` and ``height`` of the largest level, upright.

    Less than those of the original where its memory would be too much, and those of
    the preview in a RAW file.

    :raises FileProblem: there is no picture, or none that can be decoded
    """
    held = _hold(path)
    width, height = _upright(held.levels[0].size, held.orientation)
    return {"width": width, "height": height}


def cut(path: str, halved: int, column: int, row: int) -> bytes:
    """Return one tile as JPEG.

    :param halved: how often the picture is halved: 0 is its full size
    :raises FileProblem: as for ``measure``
    :raises ValueError: no such tile
    """
    held = _hold(path)
    image = _level(held, halved)
    width, height = _upright(image.size, held.orientation)
    left, top = column * TILE, row * TILE
    if not (0 <= left < width and 0 <= top < height):
        raise ValueError(f"no tile {column}, {row} in {width} × {height}")
    wanted = (left, top, min(left + TILE, width), min(top + TILE, height))
    tile = image.crop(_stored(wanted, image.size, held.orientation))
    tile, _ = to_srgb(tile, held.profile)
    if held.orientation != 1:
        tile = tile.transpose(TRANSPOSE[held.orientation])
    tile.info = {}
    buffer = io.BytesIO()
    tile.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _hold(path: str) -> _Held:
    if _held and _held[0].path == path:
        return _held[0]
    _held.clear()  # before the next one is decoded: there is not room for both
    from archive.facts import read_facts

    file = Path(path)
    facts = read_facts(file)
    with lenient():
        decoded = _decoded(file, facts)
        image = resizable(decoded.image)
    turn = decoded.orientation or facts.orientation or 1
    _held.append(_Held(path, turn, decoded.profile, [image]))
    return _held[0]


def _decoded(file: Path, facts: Facts) -> Decoded:
    """Decode at full size, or at the largest part of it that there is memory for."""
    for reduction in _REDUCTIONS:
        longest = _ANY_SIZE
        if reduction > 1:
            longest = max(facts.width or 0, facts.height or 0) // reduction
        try:
            decoded = _read(file, facts, longest)
        except TooLarge as error:
            if facts.media_type == "image/jpeg" and reduction < _REDUCTIONS[-1]:
                continue
            raise DamagedFile(file, str(error)) from error
        except (OSError, SyntaxError, ValueError, RuntimeError) as error:
            raise DamagedFile(file, f"cannot be decoded: {error}") from error
        if decoded is None:
            break
        return decoded
    raise DamagedFile(file, "there is no picture in it")


def _read(file: Path, facts: Facts, longest: int) -> Decoded | None:
    if facts.kind == "raw":
        return raw_preview(file, longest)
    if facts.kind == "image":
        return decode(str(file), facts.media_type, longest)
    return None


def _level(held: _Held, halved: int) -> Image.Image:
    """Return the picture halved so often; each level is made from the one above."""
    if not 0 <= halved < _ANY_SIZE.bit_length():
        raise ValueError(f"no level {halved}")
    while len(held.levels) <= halved:
        held.levels.append(held.levels[-1].reduce(2))
    return held.levels[halved]


def _upright(size: Size, orientation: int) -> Size:
    return (size[1], size[0]) if orientation >= 5 else size


def _stored(box: Box, size: Size, orientation: int) -> Box:
    """Return where a box of the upright picture lies in the stored one of this size."""
    left, top, right, bottom = box
    if orientation >= 5:  # mirrored along the diagonal, then as one of 1 to 4
        left, top, right, bottom = top, left, bottom, right
    width, height = size
    if orientation in (2, 3, 7, 8):
        left, right = width - right, width - left
    if orientation in (3, 4, 6, 7):
        top, bottom = height - bottom, height - top
    return left, top, right, bottom

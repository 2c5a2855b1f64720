"""The picture of a photo on a page: how large it is, and what is drawn on it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup as Safe

from archive.markup_svg import svg, words_on
from archive.markups import Markup
from archive.photos import Photo
from plugins.templating import text


def preview_size(photo: Photo) -> dict[str, int]:
    """Return the size of the preview, so that the page does not jump."""
    width, height = photo.width or 4, photo.height or 3
    scale = min(1.0, 1600 / max(width, height))
    return {"width": round(width * scale), "height": round(height * scale)}


def is_picture(photo: Photo) -> bool:
    """Whether it can be drawn on."""
    return photo.kind in ("image", "raw") and bool(photo.width and photo.height)


def layer(photo: Photo, markups: Sequence[Markup], fit: str = "") -> Safe | None:
    """Return what is drawn on a photo, to be laid over its picture.

    :param fit: an attribute that says how it fits its place, if that has another shape
    """
    if not markups or not is_picture(photo):
        return None
    size = (photo.width or 1, photo.height or 1)
    label = " · ".join([text("markups.label", n=len(markups)), *words_on(markups)])
    drawn = svg(
        markups, size, photo.rotation, label=label, attributes=f'class="markups"{fit}'
    )
    return Safe(drawn)  # noqa: S704 - all that people wrote is escaped in it

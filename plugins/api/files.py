"""Addresses of files: a stub without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.photos import Photo
    from plugins.api.routing import ApiCall


def file_urls(call: ApiCall, photo: Photo) -> tuple[str | None, str | None]:  # noqa: ARG001
    """Return where the original and the thumbnail of a photo are fetched."""
    return None, None

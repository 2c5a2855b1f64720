"""Changes of the history in the words of the page: fields, moments, yes and no."""

from __future__ import annotations

from collections.abc import Callable

from archive.albums import called
from plugins import actors, texts
from plugins.templating import day, moment, reason, text, utc

# How the values of some fields are written for a person
_WRITTEN: dict[str, Callable[[str], str]] = {
    "taken_at": moment,
    "assumed_at": moment,
    "log_date": day,
    **dict.fromkeys(("recycled_at", "uploaded_at", "edited_at", "created_at"), utc),
}
# fields whose values are words for what is drawn: colours and kinds of shapes
_OF_MARKUPS = ("colour", "markup_added", "markup_ended")


def field_name(field: str) -> str:
    """Return what a person calls a field; one without a text has its own name."""
    name = f"field.{field}"
    return text(name) if _is_text(name) else field


def job_title(kind: str) -> str:
    """Return what a person calls a kind of job; packages may bring their own."""
    name = f"jobs.kind.{kind}"
    return text(name) if _is_text(name) else text("jobs.kind.unknown", kind=kind)


def job_message(message: str) -> str:
    """Return what a job says of itself: the stage that a sync is at, or a sentence."""
    name = f"sync.stage.{message}"
    return text(name) if _is_text(name) else reason(message)


def _is_text(name: str) -> bool:
    return name in texts.complete(actors.language())


def written(field: str, shown: str | None, value: object = None) -> str | None:
    """Return a value as ``history`` shows it, in the language of the page.

    :param value: as it is stored: the number of an album
    """
    if not shown:
        return shown
    if field == "album_id" and isinstance(value, int):
        return called(value, shown, actors.language())
    if field in ("private", "starred", "active") and shown in ("yes", "no"):
        return text(f"common.{shown}")
    if field in _OF_MARKUPS and _is_text(f"markups.{shown}"):
        return text(f"markups.{shown}")
    return _WRITTEN.get(field, str)(shown)

"""Changes of the history in the words of the page: fields, moments, yes and no."""

from __future__ import annotations

from collections.abc import Callable

from plugins import actors, texts
from plugins.templating import day, moment, text, utc

# How the values of some fields are written for a person
_WRITTEN: dict[str, Callable[[str], str]] = {
    "taken_at": moment,
    "assumed_at": moment,
    "log_date": day,
    **dict.fromkeys(("recycled_at", "uploaded_at", "edited_at", "created_at"), utc),
}


def field_name(field: str) -> str:
    """Return what a person calls a field; one without a text has its own name."""
    name = f"field.{field}"
    known = name in texts.complete(actors.language())
    return text(name) if known else field


def written(field: str, shown: str | None) -> str | None:
    """Return a value as ``history`` shows it, in the language of the page."""
    if not shown:
        return shown
    if field in ("private", "starred", "active") and shown in ("yes", "no"):
        return text(f"common.{shown}")
    return _WRITTEN.get(field, str)(shown)

"""Whether what a number there names is what it named before, or older. Pure.

A remote that was restored from a backup shows records as they were, and gives numbers
again: what is known of the one record would pass for the other's.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.identity import uuid_in
from sync.records import Kind
from sync.store import Seen


def is_another(before: Seen, now: Seen) -> bool:
    """Whether a number names another record than before, by what never changes.

    When it was made, first of all. Where that is not known: the file's name, its size
    and who uploaded it, of which a remote may change one (an account ends), but not
    two. One made in that very second, as the clock was put back, has none of the three:
    a remote that makes a JPEG of a HEIC changes two of them. A photo whose name has
    the letters that it was uploaded with is still that one.
    """
    is_known = bool(before.created and now.created)
    if is_known and before.created != now.created:
        return True
    pairs = zip(_facts(before), _facts(now), strict=True)
    others = sum(bool(one and other and one != other) for one, other in pairs)
    return others > 1 + is_known and not _has_same_letters(before, now)


def is_older(before: Seen | None, now: Seen) -> bool:
    """Whether a record was changed later, as far as is known, than it is shown now."""
    return before is not None and before.updated > now.updated > 0


def _has_same_letters(before: Seen, now: Seen) -> bool:
    return uuid_in(before.name) == uuid_in(now.name) is not None


def _facts(seen: Seen) -> tuple[object, object, object]:
    if seen.kind is not Kind.PHOTO:
        return None, None, None
    uploader = seen.extra.get("uploader")
    number = uploader.get("id") if isinstance(uploader, Mapping) else None
    return seen.name, seen.fields.get("bytes"), number

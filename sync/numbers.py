"""Whether a number there still names the record that it named before.

A remote that was restored from a backup gives numbers again: what is known of the one
record would pass for the other's. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.records import Kind
from sync.store import Seen


def is_another(before: Seen, now: Seen) -> bool:
    """Whether a number names another record than before, by what never changes.

    When it was made, first of all. Where that is not known, or the clock was put back
    to that very second: the file's name, its size and who uploaded it, of which a
    remote may change one (it makes a file anew, an account ends), but not two.
    """
    if before.created and now.created and before.created != now.created:
        return True
    pairs = zip(_facts(before), _facts(now), strict=True)
    return sum(bool(one and other and one != other) for one, other in pairs) > 1


def _facts(seen: Seen) -> tuple[object, object, object]:
    if seen.kind is not Kind.PHOTO:
        return None, None, None
    uploader = seen.extra.get("uploader")
    number = uploader.get("id") if isinstance(uploader, Mapping) else None
    return seen.name, seen.fields.get("bytes"), number

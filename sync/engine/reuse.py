"""Numbers that stand for another record by now: a restored remote gives them again.

What a backup lacks is gone from the remote, and its numbers go to what is made there
after it was restored. What is kept of the old record (its words, what was agreed) would
pass for the new one's. So the two are parted: the one here keeps everything, and counts
as ended there, which a person is asked about; the one there is new.
"""

from __future__ import annotations

from sync.numbers import is_another, is_older
from sync.records import Kind
from sync.store import Seen, Store

AGAIN = "images.again"  # numbers of those that are to be asked for in the next run
# Any number was given to another record; "numbers.again photo 17": this one was. Each
# is kept by itself, as a list would be written anew with every one
_PARTED = "numbers.again"
_UNCONFIRMED = "numbers.unconfirmed"  # how many since somebody was asked


def is_parted(store: Store, seen: Seen, before: Seen | None) -> bool:
    """Whether a number names another record than before; then the two are parted.

    What is older than what is known may be an old answer, and parts nothing.

    :param before: how the number was shown last
    """
    if before is None or not is_another(before, seen):
        return False
    if is_older(before, seen):
        return False
    part(store, seen)
    return True


def part(store: Store, seen: Seen) -> None:
    """Take a number from the record that had it."""
    store.part(seen.kind, seen.remote_id)
    store.remember(_PARTED, True)
    store.remember(f"{_PARTED} {key_of(seen)}", True)
    store.remember(_UNCONFIRMED, unconfirmed(store) + 1)


def unconfirmed(store: Store) -> int:
    """Return how many numbers lost their records since somebody was asked."""
    found = store.recall(_UNCONFIRMED)
    return found if isinstance(found, int) else 0


def confirm(store: Store) -> None:
    """Count anew: somebody was asked, or there are too few to ask."""
    store.remember(_UNCONFIRMED, None)


def ask_again(store: Store, seen: Seen) -> None:
    """Let the next run ask who has a number by now; what is no photo is listed then."""
    if seen.kind is Kind.PHOTO:
        store.remember(AGAIN, sorted({*again(store), seen.remote_id}))


def is_any_parted(store: Store) -> bool:
    """Whether any number was given to another record."""
    return store.recall(_PARTED) is not None


def again(store: Store) -> set[int]:
    """Return the numbers of photos that are to be asked for."""
    found = store.recall(AGAIN)
    numbers = found if isinstance(found, list) else []
    return {one for one in numbers if isinstance(one, int)}


def uuid_there(store: Store, seen: Seen, *, is_any: bool) -> str:
    """Return the uuid of what was made there.

    It follows from the number, and where that was another's, also from when it was
    made: the same on every laptop that knew the other.

    :param is_any: ``is_any_parted``
    """
    made = store.project.uuid_of(seen.kind, seen.remote_id)
    was_anothers = is_any and store.recall(f"{_PARTED} {key_of(seen)}") is not None
    if was_anothers and store.load([made]):
        return store.project.uuid_of(seen.kind, seen.remote_id, seen.created)
    return made


def key_of(seen: Seen) -> str:
    """Return what a number there is remembered by: ``photo 17``."""
    return f"{seen.kind} {seen.remote_id}"

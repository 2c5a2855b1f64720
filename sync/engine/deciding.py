"""What people decided about conflicts since the last run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from archive.errors import ArchiveError
from sync.conflicts import resolve
from sync.effects import Commit, Steps
from sync.engine.planned import Course, plan_of
from sync.planning import Terms
from sync.store import Decided, Store


def carry_out(course: Course) -> Steps[None]:
    """Write what was decided, each for itself: one that does not fit stops no other."""
    found: Sequence[Decided] = yield Commit(lambda store: list(store.decided()))
    for one in found:
        yield Commit(partial(_carry_out, course.present_terms(), one))


def _carry_out(terms: Terms, decided: Decided, store: Store) -> None:
    made, records = plan_of(store, [decided.uuid], terms)
    conflict = next((one for one in made.conflicts if one.id == decided.id), None)
    if conflict is None:
        store.close(decided, "one of the values is another by now; look again")
        return
    record = records[decided.uuid]
    try:
        after = resolve(record, conflict, decided.choice, decided.other)
        store.replace(record, after, decided)
    except ArchiveError as error:
        store.close(decided, str(error))
        return
    store.close(decided, "")

"""Others' versions of which something is not here, and what a person decides of them.

Conflicts follow from the versions that are held: when ours has seen one of them, it is
let go of, and its conflicts close by themselves.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from archive.batches import turn
from archive.errors import ArchiveError
from archive.people import Person, find_person
from sync.archived.forms import one_form
from sync.bundles.forms import canonical
from sync.conflicts import Choice
from sync.exchanging.forms import form_of, told_from
from sync.exchanging.merging import Clash, merge
from sync.exchanging.model import Told, plain
from sync.exchanging.settling import key_of, settle, supersedes
from sync.exchanging.taking import REASON, Taking, near, ours_of, take, write


def take_in(one: Taking, told: Told) -> bool:
    """Take in a record, and hold what cannot be here yet. Whether it was whole."""
    why, is_whole = _tried(one, told)
    if not is_whole:
        _hold(one, told, why)
    one.touched[told.uuid] = None
    return is_whole


def _tried(one: Taking, told: Told) -> tuple[str, bool]:
    """Take in a record as far as can be: why something is left, whether nothing is."""
    try:
        merged = take(one, told)
    except ArchiveError as error:
        one.known.pop(told.uuid, None)
        return str(error), False
    return "; ".join(merged.waiting.values()), merged.is_whole


def _hold(one: Taking, told: Told, why: str) -> None:
    for digest, other in held(one, told.uuid):
        if supersedes(other, told):
            return
        if supersedes(told, other):
            _let_go(one, told.uuid, digest)
    text = canonical(form_of(told)).decode()
    one.db.execute(
        """
        insert into exchange_held (uuid, digest, record, why, changed)
        values (?, ?, ?, ?, ?) on conflict do nothing
        """,
        (
            *(told.uuid, hashlib.sha256(text.encode()).hexdigest(), text),
            *(why, one.clock),
        ),
    )


def held(one: Taking, uuid: str) -> list[tuple[str, Told]]:
    """Return others' versions of a record that are held, with their digests."""
    rows = one.db.execute(
        "select digest, record from exchange_held where uuid = ? order by digest",
        (uuid,),
    )
    return [(digest, told_from(json.loads(text))) for digest, text in rows.fetchall()]


def _let_go(one: Taking, uuid: str, digest: str) -> None:
    one.db.execute(
        "delete from exchange_held where uuid = ? and digest = ?", (uuid, digest)
    )


def look_again(one: Taking, *, everywhere: bool = False) -> None:
    """Take in what is held, as far as it can be by now; show what is left of it.

    :param everywhere: also of records that this transaction did not touch
    """
    uuids = dict(one.touched)
    if everywhere:
        waits = one.db.execute("select uuid from exchange_held where why <> ''")
        uuids |= dict.fromkeys(row[0] for row in waits.fetchall())
    for uuid in uuids:
        for digest, told in held(one, uuid):
            why, is_whole = _tried(one, told)
            if is_whole:
                _let_go(one, uuid, digest)
            else:
                one.db.execute(
                    "update exchange_held set why = ? where uuid = ? and digest = ?",
                    (why, uuid, digest),
                )
    for uuid in uuids:
        _show(one, uuid)


def clashes(one: Taking, uuid: str) -> list[tuple[Clash, Told]]:
    """Return what somebody has to decide about a record."""
    ours = ours_of(one, uuid)
    return [
        (clash, told)
        for _, told in held(one, uuid)
        for clash in merge(ours, told, near(one, told.kind, uuid)).clashes
    ]


def _show(one: Taking, uuid: str) -> None:
    """Keep the open conflicts of a record, as they are by now."""
    wanted = {key_of(uuid, clash): (clash, told) for clash, told in clashes(one, uuid)}
    rows = one.db.execute(
        """
        select id, key from sync_conflicts
        where uuid = ? and closed_at is null and peer = 1
        """,
        (uuid,),
    )
    for number, key in rows.fetchall():
        if wanted.pop(key, None) is None:
            one.db.execute(
                "update sync_conflicts set closed_at = ? where id = ?",
                (one.opened.at, number),
            )
    for key, (clash, told) in wanted.items():
        _open(one, key, clash, told)


def _open(one: Taking, key: str, clash: Clash, told: Told) -> None:
    ours, theirs = clash.ours, clash.theirs
    one.db.execute(
        """
        insert into sync_conflicts (key, kind, uuid, field, why, ours, theirs,
            ours_who, ours_at, theirs_who, theirs_at, opened_at, peer)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        """,
        (
            *(key, told.kind, told.uuid, clash.field, clash.why),
            *(one_form(_plain(ours.value)), one_form(_plain(theirs.value))),
            *(ours.who, ours.at, theirs.who, theirs.at, one.opened.at),
        ),
    )


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, tuple):
        return [one for one in value if one is not None]
    return plain(value)


# What somebody decided


def carry_out(one: Taking) -> int:
    """Do what people decided since the last exchange. Returns how many decisions."""
    rows = one.db.execute(
        """
        select c.key, c.uuid, c.field, d.choice, d.other, d.person_id, d.decided_at
        from sync_conflicts c join sync_decisions d on d.id = (
            select max(id) from sync_decisions where conflict_id = c.id)
        where c.closed_at is null and c.peer = 1 order by d.id
        """
    ).fetchall()
    for key, uuid, field, choice, other, person, at in rows:
        who = find_person(one.db, person)
        text = None if other is None else json.loads(other)
        why = ""
        try:
            _decide(one, key, uuid, field, Choice(choice), text, (who, at))
        except ArchiveError as error:
            one.known.pop(uuid, None)
            why = str(error)
        _close(one, key, uuid, why)
        one.touched[uuid] = None
    if rows:
        look_again(one, everywhere=True)  # what is on a photo that is wanted again
    return len(rows)


def _decide(  # noqa: PLR0917
    one: Taking,
    key: str,
    uuid: str,
    field: str,
    choice: Choice,
    other: str | None,
    who: tuple[Person, str],
) -> None:
    found = [told for clash, told in clashes(one, uuid) if key_of(uuid, clash) == key]
    ours = ours_of(one, uuid)
    if not found or ours is None:
        return  # it is none any more
    person, at = who
    us = one.mirror.actor
    _turn(one, person, origin="user", reason=f"decided: {choice}")
    try:
        marks = (person.name, at)
        near_ = near(one, ours.kind, uuid)
        merged = settle(ours, found[0], field, choice, other, near_, marks)
        write(one, ours, merged, None)
    finally:
        _turn(one, us, origin="exchange", reason=REASON)


def _turn(one: Taking, person: Person, *, origin: str, reason: str) -> None:
    """Go on writing as somebody else."""
    batch = turn(one.db, person, origin=origin, reason=reason)
    one.mirror.actor, one.mirror.batch = person, batch


def _close(one: Taking, key: str, uuid: str, why: str) -> None:
    one.db.execute(
        """
        update sync_conflicts set closed_at = ?, failure = ?, decision_id = (
            select max(d.id) from sync_decisions d
            where d.conflict_id = sync_conflicts.id)
        where key = ? and uuid = ? and closed_at is null and peer = 1
        """,
        (one.opened.at, why, key, uuid),
    )

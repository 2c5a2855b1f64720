"""Every pair of acts, one here and one on the remote, and what comes of it."""

from __future__ import annotations

from sync.records import Kind
from tests.sync.people import ACTS, START
from tests.sync.worlds import Laptop, Remote, agreed_world


def prepared(kind: Kind) -> tuple[Laptop, Remote]:
    """A laptop and the remote before anybody acts."""
    return agreed_world(**START[kind]())


def run_pair(
    kind: Kind, here: str, there: str, rounds: int = 3
) -> tuple[Laptop, Remote]:
    """Let two people act out of each other's sight, and sync until it rests.

    The day of the log is read throughout, as the fuller view shows it.
    """
    laptop, remote = prepared(kind)
    ACTS[kind][here][0].do(laptop.rows)
    ACTS[kind][there][1].do(remote.rows)
    know_new_photos(laptop)
    know_new_photos(remote)
    for _ in range(rounds):
        look_everywhere(laptop, remote)
        laptop.sync(remote)
    look_everywhere(laptop, remote)
    return laptop, remote


def know_new_photos(side: Laptop | Remote) -> None:
    for uuid in set(side.rows) - set(side.kinds):
        side.kinds[uuid] = Kind.PHOTO


def look_everywhere(laptop: Laptop, remote: Remote) -> None:
    for uuid in remote.rows:
        laptop.look(remote, uuid)


def outcome(kind: Kind, here: str, there: str) -> str:
    """Return the word that ``docs/sync.md`` has for a pair."""
    laptop, remote = run_pair(kind, here, there)
    if laptop.plan(remote).conflicts:
        return "conflict"
    sides = (laptop.rows, remote.rows)
    ours = [ACTS[kind][here][0].shows(rows) for rows in sides]
    theirs = [ACTS[kind][there][1].shows(rows) for rows in sides]
    if all(ours) and all(theirs):
        return "both"
    if all(ours):
        return "here" if not any(theirs) else "here, told"
    if all(theirs):
        return "there" if not any(ours) else "there, told"
    return f"neither {ours} {theirs}"

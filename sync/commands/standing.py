"""``asbuilt remote originals`` and ``schedule``: what holds for every run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    archive_argument,
    as_option,
    json_option,
    opened,
    print_json,
    say,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person
    from archive.remotes import Choice
    from archive.schedules import Schedule


@click.command(
    epilog="""Examples: asbuilt remote originals tower-4 album=Facade
    taken=2026-05-01.. ; all of them again: asbuilt remote originals tower-4 all"""
)
@archive_argument
@click.argument("which", nargs=-1)
@as_option
@json_option
def originals(
    folder: Path, which: tuple[str, ...], person: str | None, as_json: bool
) -> None:
    """Choose whose originals every run fetches; without WHICH, show it.

    WHICH is all, none, album=NAME, location=PATH (and all below it) or taken=A..B;
    several add up. Choosing fewer deletes nothing.
    """
    from archive.remotes import choice_of, originals_of, words_of
    from archive.rights import require
    from sync.driving.runs import linked

    with opened(folder, person) as (archive, who):
        require(who, "settings")
        linked(archive)
        if which:
            keep_originals(archive, who, choice_of(archive.connection, which))
        words = words_of(archive.connection, originals_of(archive.connection))
    if as_json:
        print_json({"originals": words})
        return
    for word in words:
        click.echo(word)


def keep_originals(archive: Archive, who: Person, choice: Choice) -> None:
    """Keep whose originals are wanted, as part of the history."""
    from archive.batches import batch
    from archive.remotes import set_originals, words_of

    with batch(archive.connection, who, reason="remote"):
        set_originals(archive.connection, who, choice)
    words = words_of(archive.connection, choice)
    say(f"kept for the next runs: originals of {', '.join(words)}")


@click.command(
    epilog="""Examples: asbuilt remote schedule tower-4 --every 4; weekdays at two
    times: asbuilt remote schedule tower-4 --on mon-fri --at 6:30,12:00; never by
    itself: asbuilt remote schedule tower-4 --off"""
)
@archive_argument
@click.option("--every", "hours", type=int, metavar="HOURS", help="1 to 168.")
@click.option("--on", "days", metavar="DAYS", help="As in mon-fri or mon,wed,sun.")
@click.option("--at", "times", metavar="TIMES", help="As in 6:30,12:00; with --on.")
@click.option("--off", is_flag=True, help="Runs begin only when somebody says so.")
@as_option
@json_option
def schedule(
    folder: Path,
    hours: int | None,
    days: str | None,
    times: str | None,
    off: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Say when runs begin by themselves, while 'asbuilt serve' serves the archive.

    Times are by the clock of the computer that serves. What it slept through is made
    up for once. Without options, show it, with the next run.
    """
    from archive.batches import batch
    from archive.clock import utc_now
    from archive.remotes import set_schedule
    from archive.rights import require
    from sync.driving.runs import linked

    wanted = wished(hours, days, times, off=off)
    with opened(folder, person) as (archive, who):
        require(who, "settings")
        linked(archive)
        if wanted is not None:
            with batch(archive.connection, who, reason="remote"):
                set_schedule(archive.connection, who, wanted, utc_now())
        shown = standing(archive)
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name}: {value}")


def wished(
    hours: int | None, days: str | None, times: str | None, *, off: bool
) -> Schedule | None:
    """Return the schedule that the options ask for; None: they ask for nothing.

    :raises click.UsageError: they do not go together; InvalidInput: one cannot be
    """
    from archive.schedules import OFF, days_from, every, weekly

    given = [hours is not None, days is not None or times is not None, off]
    if sum(given) > 1 or (days is None) is not (times is None):
        raise click.UsageError("either --every, or --on with --at, or --off")
    if hours is not None:
        return every(hours)
    if days is not None and times is not None:
        return weekly(days_from(days), times)
    return OFF if off else None


def standing(archive: Archive) -> dict[str, Any]:
    """Return how the schedule stands, for a person."""
    from archive.clock import timestamp, utc_now
    from archive.remotes import past_of, schedule_of
    from archive.schedules import as_json, next_run

    found = schedule_of(archive.connection)
    begins = next_run(found, past_of(archive.connection), utc_now())
    return {**as_json(found), "next": begins and timestamp(begins)}

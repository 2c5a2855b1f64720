"""``asbuilt sync``, ``conflicts`` and ``resolve``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    Lister,
    Where,
    archive_argument,
    as_option,
    json_option,
    list_options,
    opened,
    print_json,
    print_list,
    say,
    sub_command,
    undo_hint,
)
from archive.errors import printable
from sync.commands.receipts import receipt

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person
    from archive.remotes import ConflictRecord, SyncRun
    from sync.driving.runs import Surroundings, Wishes
    from sync.effects import Tell
    from sync.engine import Report
    from sync.planning import Selection

RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKmMgG]?)(?:B|b)?(?:/s)?", re.ASCII)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
COLUMNS = ("id", "name", "field", "why", "here", "there", "decided")


@click.group(
    cls=Lister,
    invoke_without_command=True,
    epilog="""Examples: asbuilt sync tower-4; what it would do: asbuilt sync tower-4
    --dry-run; words only, the photos later: asbuilt sync tower-4 --metered""",
)
@archive_argument
@click.option("--dry-run", is_flag=True, help="Say what it would do; write nothing.")
@click.option("--full", is_flag=True, help="Read everything again, not what changed.")
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    metavar="BRAKE",
    help="Let go of a brake, by the name that it was told by; may be given again.",
)
@click.option(
    "--originals",
    multiple=True,
    metavar="WHICH",
    help="all, none, album=NAME, location=PATH or taken=A..B; may be given again, and"
    " holds until something else is said. Choosing fewer deletes nothing.",
)
@click.option("--metered", is_flag=True, help="No files: the connection is paid for.")
@click.option("--limit-rate", metavar="RATE", help="Bytes a second, as in 500k or 2M.")
@as_option
@json_option
def sync(
    folder: Path,
    dry_run: bool,
    full: bool,
    confirmed: tuple[str, ...],
    originals: tuple[str, ...],
    metered: bool,
    limit_rate: str | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Meet the remote: afterwards both hold the same photos, albums, places and words.

    Ctrl-C pauses; the next run goes on. Exit code 3: something is left to do, or a
    brake wants to be confirmed; the report says what.
    """
    context = click.get_current_context()
    context.obj = (folder, person)
    if context.invoked_subcommand:
        return
    from archive.rights import require
    from sync.driving.runs import Wishes

    with opened(folder, person) as (archive, who):
        require(who, "settings")
        wishes = Wishes(
            full=full,
            dry=dry_run,
            confirmed=frozenset(confirmed),
            selection=chosen(archive, who, originals, keeps=not dry_run),
            metered=metered,
            rate=bytes_a_second(limit_rate),
        )
        report = synchronised(archive, wishes)
        tell(report, dry=dry_run)
        if report.plan:
            tell_cost(archive, report)
    if as_json:
        print_json(report.as_json())
    if not report.is_complete:
        raise click.exceptions.Exit(NOT_ALL)


def synchronised(archive: Archive, wishes: Wishes) -> Report:
    """Run the sync, so that Ctrl-C pauses it.

    :raises click.exceptions.Exit: it was paused
    """
    from sync.driving.pausing import Paused, stopped_by_signals
    from sync.driving.runs import synchronise

    around = watched()
    try:
        with stopped_by_signals(around.pause):
            return synchronise(archive, wishes, around)
    except Paused:
        say("\npaused; the next run goes on from here")
        raise click.exceptions.Exit(NOT_ALL) from None
    finally:
        if sys.stderr.isatty():
            click.echo("\r\033[K", err=True, nl=False)


def tell_cost(archive: Archive, report: Report) -> None:
    """Say what a run would cost."""
    import time
    from datetime import timedelta

    from sync.driving.runs import cost

    found = cost(archive, report.plan, time.time())
    takes = timedelta(seconds=round(found.seconds))
    least = f", {takes} at least by the remote's limits" if takes else ""
    say(
        f"would cost {found.requests:,} requests and {found.bytes / 1e6:,.1f} MB{least}"
    )


def watched() -> Surroundings:
    """Return surroundings that show on a terminal how far it is."""
    from sync.driving.runs import Surroundings

    if not sys.stderr.isatty():
        return Surroundings(warns=say)
    return Surroundings(tell=progress(), waits=show_waiting, warns=say)


def progress() -> Callable[[Tell], None]:
    """Return what shows on the terminal how far it is, and when it will be done."""
    import time

    began: dict[str, tuple[float, int]] = {}

    def show(told: Tell) -> None:
        now = time.monotonic()
        since, first = began.setdefault(told.stage, (now, told.done))
        line = far(told, now - since, told.done - first)
        click.echo(f"\r\033[K{line}", err=True, nl=False)

    return show


def far(told: Tell, seconds: float, done: int) -> str:
    """Return how far a stage is, and when it will be done.

    :param seconds: that it took so far, for ``done`` of what it counts
    """
    from datetime import timedelta

    if told.total is None:
        return f"{told.stage}: {told.done:,}"
    line = f"{told.stage}: {told.done:,} of {told.total:,}"
    if seconds < 2 or done < 1 or told.done >= told.total:
        return line
    left = timedelta(seconds=round((told.total - told.done) * seconds / done))
    return f"{line}, done in about {left}"


def show_waiting(why: str, seconds: float) -> None:
    """Show on the terminal why nothing happens, and until when."""
    from datetime import timedelta

    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    if seconds >= 1:
        click.echo(f"\r\033[Kuntil {until:%H:%M:%S}: {why}", err=True, nl=False)


def chosen(
    archive: Archive, who: Person, words: tuple[str, ...], *, keeps: bool
) -> Selection:
    """Return whose originals are wanted: what is said now, or was before.

    :param keeps: what is said now holds for the next runs, too
    :raises InvalidInput: a choice that cannot be; NotFound: no such album or location
    """
    from archive.remotes import choice_of, originals_of
    from sync.commands.standing import keep_originals
    from sync.driving.choosing import selection

    choice = originals_of(archive.connection)
    if words:
        said = choice_of(archive.connection, words)
        if keeps and said != choice:
            keep_originals(archive, who, said)
        choice = said
    return selection(archive.connection, choice)


def bytes_a_second(text: str | None) -> float | None:
    """Return a rate, as in 500k or 2M.

    :raises InvalidInput: it is none
    """
    from archive.errors import InvalidInput

    if text is None:
        return None
    found = RATE.fullmatch(text.strip())
    rate = float(found[1]) * _UNITS[found[2].lower()] if found else 0.0
    if rate < 1:
        raise InvalidInput(f"{text!r} is no rate like 500k or 2M (bytes a second)")
    return rate


def tell(report: Report, *, dry: bool) -> None:
    """Say what was done, what is left, and what somebody has to decide."""
    from sync.operations import told

    for operation in report.plan:
        click.echo(told(operation))
    counts = {"failed": report.failed, "held back": report.held, "later": report.later}
    if not dry:
        counts = {"done": report.done, **counts}
    for what, counter in counts.items():
        for name, count in sorted((+counter).items()):
            say(f"{what}: {count:,} × {name}")
    tell_left(report)
    say(f"{report.requests:,} requests, {report.writes:,} of them writes")


def tell_left(report: Report) -> None:
    """Say what was not done, and what would let it be."""
    from sync.engine.report import NUMBERLESS

    for brake in report.brakes:
        say(f"brake: {brake.name}: {brake.why} (to let go: --confirm {brake.name!r})")
    if numberless := report.seen[NUMBERLESS]:
        say(f"left out: {numberless:,} × listed there without a number")
    for what, why in sorted(report.refused.items()):
        say(f"refused there: {printable(what)}: {printable(why)}")
    if report.conflicts:
        say(f"{report.conflicts:,} to decide: asbuilt conflicts ARCHIVE")
    if report.set_aside:
        say(f"{report.set_aside:,} set aside for now: asbuilt sync ARCHIVE status")
    if report.stopped:
        say(f"stopped: {printable(report.stopped)}")


@sync.command(epilog="Example: asbuilt sync tower-4 status --json")
@sub_command
def status(where: Where) -> dict[str, Any]:
    """Say how the archive and its remote stand, without asking the remote."""
    from archive.remotes import list_set_aside, sync_state
    from archive.rights import require
    from sync.driving.runs import linked

    with opened(*where) as (archive, who):
        require(who, "settings")
        link = linked(archive)
        state = sync_state(archive.connection)
        aside = list_set_aside(archive.connection)
        wrote = state.last is not None and wrote_here(archive, state.last.uuid)
        folder = archive.folder
    say(f"{link.url}, project {link.project}: {state.there:,} photos there")
    say(f"last run: {became(state.last)}" if state.last else "never synced")
    if state.last and wrote:
        say(undo_hint(folder, state.last.uuid))
    say(f"{state.conflicts:,} conflicts, {state.under_way:,} writes under way")
    for one in aside:
        name = printable(one.name or one.uuid)
        say(f"set aside: {one.kind} {name}: {one.act}: {printable(one.why)}")
    return {
        "there": state.there,
        "conflicts": state.conflicts,
        "set_aside": [_plain(one) for one in aside],
        "under_way": state.under_way,
        "last": _plain(state.last) if state.last else None,
    }


def became(run: SyncRun) -> str:
    """Return from when to when a run was, what became of it and why."""
    if run.finished_at is None:
        return f"since {run.started_at}, or cut off; last heard of {run.heard_at}"
    why = str(run.report.get("stopped") or run.report.get("error") or "")
    text = f"{run.started_at} to {run.finished_at}: {run.outcome}"
    return f"{text}: {printable(why)}" if why else text


sync.add_command(receipt)


def wrote_here(archive: Archive, run: str) -> bool:
    """Whether a run wrote anything here that can be taken back."""
    found = "select 1 from batches where run = ? limit 1"
    return archive.connection.execute(found, (run,)).fetchone() is not None


def _plain(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the dataclasses
    from dataclasses import asdict

    return asdict(record)


@click.command(epilog="Example: asbuilt conflicts tower-4 --format csv")
@archive_argument
@as_option
@list_options
def conflicts(folder: Path, person: str | None, form: str, limit: int | None) -> None:
    """List what was changed differently on both sides, for a person to decide.

    Both values are kept, and the record can be used meanwhile.
    """
    from archive.rights import require

    with opened(folder, person) as (archive, who):
        require(who, "settings")
        print_list(conflict_rows(archive), COLUMNS, form, limit)


def conflict_rows(archive: Archive) -> Iterator[dict[str, Any]]:
    """Yield the open conflicts, oldest first."""
    from archive.remotes import list_conflicts

    after = ""
    while found := list_conflicts(archive.connection, after=after):
        yield from map(conflict_row, found)
        after = found[-1].key


def conflict_row(conflict: ConflictRecord) -> dict[str, Any]:
    """Return a conflict as it is listed."""
    return {
        "id": conflict.key,
        "kind": conflict.kind,
        "uuid": conflict.uuid,
        "name": conflict.name,
        "field": conflict.field or None,
        "why": conflict.why,
        "here": conflict.local.shown,
        "here_by": conflict.local.who or None,
        "here_at": conflict.local.at or None,
        "there": conflict.remote.shown,
        "there_by": conflict.remote.who or None,
        "there_at": conflict.remote.at or None,
        "opened_at": conflict.opened_at,
        "decided": conflict.decided,
        "decided_by": conflict.decided_by,
    }


@click.command(
    epilog="""Examples: asbuilt resolve tower-4 3f9a01 --keep remote; with words of
    your own: asbuilt resolve tower-4 3f9a01 --text "Slab, cured" """
)
@archive_argument
@click.argument("conflict", metavar="ID")
@click.option(
    "--keep",
    type=click.Choice(["local", "remote"]),
    help="What is here, or what is there.",
)
@click.option("--text", help="Words in the place of both.")
@as_option
@json_option
def resolve(
    folder: Path,
    conflict: str,
    keep: str | None,
    text: str | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Decide a conflict; one with the remote is carried out by the next sync.

    ID is as 'conflicts' lists it, or its first six digits or more.
    """
    if (keep is None) == (text is None):
        raise click.UsageError("either --keep or --text")
    from archive.batches import batch
    from archive.remotes import decide, find_conflict
    from sync.exchanging.standing import decide_now

    with opened(folder, person) as (archive, who):
        with batch(archive.connection, who, reason="conflict decided") as made:
            decide(
                archive.connection,
                who,
                made,
                conflict,
                choice=keep or "other",
                other=text,
            )
        row = conflict_row(find_conflict(archive.connection, conflict))
        is_done = decide_now(archive, who)
    say("decided" if is_done else "decided; the next sync carries it out")
    if as_json:
        print_json(row)

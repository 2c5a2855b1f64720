"""Kills runs of the sync at random moments, again and again. A script.

usage: python -m tests.faults.kill_syncs WORK [--rounds 500] [--seed 1]

A hub is served by a process of its own. In each round people edit on the laptop and at
the hub, then the laptop runs the sync, in a process that gets SIGKILL at a random
moment, until one came through. Then both hold the same photos, each once, every photo
that there ever was is there, and one more run writes nothing. Each ``WORLD`` rounds
laptop and hub are new, so that the first run is cut, too.
It goes on where it was stopped: what was played is in WORK, one JSON object a line.
"""

from __future__ import annotations

import argparse
import importlib
import json
import mmap
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.children import in_a_fork, killed_after

WORLD = 25  # rounds with one laptop and one hub
CUTS = 5  # kills a round at most
TRIES = 40  # runs that may be needed until all is settled
SETTLE = 3.0  # seconds after which a request that got no answer has had its effect
SECRET = "ASBUILT_CLIENT_SECRET"  # noqa: S105 - the name of a variable


@dataclass(slots=True)
class World:
    """A laptop and a hub.

    :param made: SHA-256 of all photos that there ever were
    :param longest: seconds that runs that were not cut took lately
    """

    laptop: Path
    hub: Path
    made: set[str] = field(default_factory=set)
    longest: float = 2.0


# What people do


def edit(folder: Path, seed: int) -> list[str]:
    """Do some things that people do. Returns the SHA-256 of new photos."""
    from archive.database import open_archive
    from archive.importing import pipeline
    from tests.archive.import_checks import inline, lay, photo, sha256, take_in

    pipeline.run_jobs = inline  # type: ignore[assignment]
    chance = random.Random(seed)
    new = {f"{seed}-{n}.jpg": photo(seed * 8 + n) for n in range(chance.randint(0, 6))}
    with open_archive(folder) as archive:
        if new:
            stick = folder.parent / f"stick-{seed}"
            take_in(archive, lay(stick, new))
            shutil.rmtree(stick)
        for _ in range(chance.randint(0, 3)):
            _edit_once(archive, chance)
    return [sha256(data) for data in new.values()]


def _edit_once(archive: Any, chance: random.Random) -> None:
    from archive import albums, editing, remotes
    from archive.batches import batch
    from archive.people import owner
    from archive.rights import viewer

    connection = archive.connection
    sam = owner(connection)
    rows = connection.execute("select id, recycled_at is null from photos").fetchall()
    live = [row[0] for row in rows if row[1]]
    binned = [row[0] for row in rows if not row[1]]
    if not live:
        return
    number, word = chance.choice(live), f"{chance.randrange(1 << 30):x}"
    with batch(connection, sam) as opened:
        match chance.randrange(7):
            case 0 if len(binned) < len(live):
                editing.recycle_photos(connection, sam, opened, [number])
            case 1 if binned:
                editing.retrieve_photos(connection, sam, binned[:1])
            case 2:
                albums.add_album(connection, sam, opened, f"Album {word}")
            case 3:
                album = chance.choice(albums.list_albums(connection, viewer(sam)))
                change = editing.Edit(album=album)
                editing.edit_photos(connection, sam, [number], change)
            case 4:
                change = editing.Edit(starred=bool(chance.randrange(2)))
                editing.edit_photos(connection, sam, [number], change)
            case 5:
                for one in remotes.list_conflicts(connection):
                    choice = chance.choice(("local", "remote"))
                    remotes.decide(connection, sam, opened, one.key, choice=choice)
            case _:
                change = editing.Edit(description=f"Seen {word}")
                editing.edit_photos(connection, sam, [number], change)


# What is killed


def sync(folder: Path, mark: mmap.mmap) -> dict[str, Any]:
    """Run the sync once; ``mark`` says which effect it is at."""
    from archive.database import open_archive
    from sync import engine
    from sync.driving.runs import Surroundings, Wishes, synchronise

    real: Any = engine.run

    def marked(order: Any) -> Any:
        steps = real(order)
        came = None
        while True:
            try:
                effect = steps.send(came)
            except StopIteration as end:
                return end.value
            put(mark, name_of(effect))
            came = yield effect
            put(mark, f"after {name_of(effect)}")

    engine.run = marked
    put(mark, "start")
    with open_archive(folder) as archive:
        report = synchronise(archive, Wishes(settle=SETTLE), Surroundings())
    return {**report.as_json(), "writes": report.writes}


def name_of(effect: Any) -> str:
    method = getattr(effect, "method", "")
    return f"{type(effect).__name__} {method}".strip()


def put(mark: mmap.mmap, text: str) -> None:
    mark[:64] = text.encode()[:64].ljust(64)


def cut(world: World, chance: random.Random, mark: mmap.mmap) -> str:
    """Start a run and kill it at a random moment; what it was at, or "" when done."""
    began = time.monotonic()
    seconds = chance.uniform(0, 1.1 * world.longest)
    status = killed_after(lambda: sync(world.laptop, mark), seconds)
    if status is None:
        return mark[:64].decode().strip()
    if status:
        raise AssertionError(f"a run ended with {status}")
    world.longest = max(0.7 * world.longest, time.monotonic() - began)
    return ""


# What must hold


def looked_at(world: World, log: Path) -> list[str]:
    """What is wrong now that a run came through."""

    def work() -> None:
        log.write_text(json.dumps(_problems(world)))

    log.unlink(missing_ok=True)
    if in_a_fork(work) != 0:
        return ["the check failed"]
    return list(json.loads(log.read_text()))


def _problems(world: World) -> list[str]:
    from archive import remotes
    from archive.database import open_archive
    from tests.archive.import_checks import faults

    found, tables = [], []
    for name, folder in (("laptop", world.laptop), ("hub", world.hub)):
        with open_archive(folder) as archive:
            # the start of an import, which clears, is no part of a sync
            found += [f"{name}: {fault}" for fault in faults(archive, at_rest=False)]
            table, twice = _table(archive)
            tables.append(table)
            found += [f"{name}: there twice: {one}" for one in twice]
            if name == "laptop":
                rows = remotes.list_conflicts(archive.connection)
                open_ones = {one.uuid for one in rows}
    here, there = tables
    for one in sorted(world.made | set(here) | set(there)):
        mine, theirs = here.get(one), there.get(one)
        if not _agree(mine, theirs) and not (mine and mine[0] in open_ones):
            found.append(f"{one[:12]}: here {mine}, there {theirs}")
    return found


def _agree(mine: tuple[Any, ...] | None, theirs: tuple[Any, ...] | None) -> bool:
    """Whether both are the same, as far as a sync makes them.

    What was in the bin before the other side saw it is on one side only; what is in
    the bin of both differs until somebody takes it out.
    """
    if mine is None or theirs is None:
        only = mine or theirs
        return only is not None and not only[-1]
    return mine[1:] == theirs[1:] or not (mine[-1] or theirs[-1])


def _table(archive: Any) -> tuple[dict[str, tuple[Any, ...]], list[str]]:
    rows = archive.connection.execute(
        """
        select o.sha256, p.uuid, p.description, p.starred, a.name,
            p.recycled_at is null
        from photos p left join originals o on o.id = p.original_id
        join albums a on a.id = p.album_id
        """
    ).fetchall()
    table: dict[str, tuple[Any, ...]] = {}
    twice = []
    for sha256, *rest in rows:
        key = sha256 or f"without a file {rest[0]}"
        if key in table:
            twice.append(key)
        table[key] = tuple(rest)
    return table, twice


# The round


def play(world: World, seed: int, work: Path, mark: mmap.mmap) -> dict[str, Any]:
    """One round; returns what is told of it."""
    chance = random.Random(seed)
    for folder, shift in ((world.laptop, 0), (world.hub, 1)):
        world.made |= set(_told(work, lambda f=folder, s=shift: edit(f, 2 * seed + s)))
    cuts = []
    for _ in range(chance.randint(1, CUTS)):
        was_at = cut(world, chance, mark)
        if not was_at:
            break
        cuts.append(was_at)
    problems: list[str] = []
    runs, report = until_done(world, work, mark)
    if not report["complete"]:
        problems.append(f"never complete: {report}")
    again = _told(work, lambda: sync(world.laptop, mark))
    if again["writes"] or not again["complete"]:
        problems.append(f"a further run: {again}")
    problems += looked_at(world, work / "log.json")
    return {"seed": seed, "cuts": cuts, "runs": runs, "problems": problems}


def until_done(world: World, work: Path, mark: mmap.mmap) -> tuple[int, dict[str, Any]]:
    """Let runs come through until nothing is open; how many, and what the last said."""
    report: dict[str, Any] = {}
    for runs in range(1, TRIES + 1):
        began = time.monotonic()
        report = _told(work, lambda: sync(world.laptop, mark))
        world.longest = max(0.8 * world.longest, time.monotonic() - began)
        if report["complete"]:
            return runs, report
        time.sleep(SETTLE / 6)
    return TRIES, report


def _told(work: Path, function: Callable[[], Any]) -> Any:
    """What a function returns, called in a process of its own."""
    log = work / "told.json"
    log.unlink(missing_ok=True)
    if in_a_fork(lambda: log.write_text(json.dumps(function())) and None) != 0:
        raise AssertionError("a process failed, see above")
    return json.loads(log.read_text())


@contextmanager
def worlds(folder: Path, seed: int) -> Iterator[World]:
    """Give a hub that is served, and a laptop that is linked with it."""
    from sync.driving.links import make_link

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = World(folder / "laptop", folder / "hub")
    os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")
    number, client, secret = _told(folder, lambda: _lay(world))
    os.environ[SECRET] = secret
    world.made |= set(_told(folder, lambda: edit(world.hub, (1 << 40) + seed)))
    words = [sys.executable, "-m", "archive", "serve", str(world.hub), "--port", "0"]
    with (folder / "hub.log").open("w") as log:
        hub = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
    assert hub.stdout is not None
    try:
        url = "/".join(hub.stdout.readline().strip().partition(": ")[2].split("/")[:3])
        link = make_link(url, number, number, client)
        _told(folder, lambda: _link(world, link))
        yield world
    finally:
        hub.terminate()
        hub.wait()
        hub.stdout.close()


def _lay(world: World) -> tuple[int, str, str]:
    from archive.accounts import Visit, clients, open_accounts
    from archive.clock import utc_now
    from archive.database import create_archive, open_archive, read_marker
    from archive.identity import project_number
    from archive.people import owner

    create_archive(world.laptop, "Laptop")
    create_archive(world.hub, "Hub")
    with open_archive(world.hub) as archive, open_accounts(world.hub) as accounts:
        made = clients.add_client(
            accounts,
            archive.connection,
            "Laptop",
            Visit(utc_now()),
            by=owner(archive.connection),
            level="admin",
        )
    number = project_number(str(read_marker(world.hub)["uuid"]))
    return number, made.client.id, str(made.secret)


def _link(world: World, link: Any) -> None:
    from archive.batches import batch
    from archive.database import open_archive
    from archive.people import owner
    from archive.remotes import set_link
    from sync.driving.links import as_json

    with open_archive(world.laptop) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam, reason="remote"):
            set_link(archive.connection, sam, as_json(link))


def warm() -> None:
    """Load, before the forks, what a run needs."""
    for name in (
        "archive.cache",
        "archive.importing.landing",
        "archive.workers",
        "sync.driving.runs",
        "sync.engine",
        "tests.archive.import_checks",
    ):
        importlib.import_module(name)


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    played = given.work / "rounds.jsonl"
    done = len(played.read_text().splitlines()) if played.exists() else 0
    warm()
    mark = mmap.mmap(-1, 64)
    while done < given.rounds:
        end = min(given.rounds, (done // WORLD + 1) * WORLD)
        with worlds(given.work / "world", given.seed + done) as world:
            for number in range(done, end):
                told = play(world, given.seed + number, given.work, mark)
                line = json.dumps({"round": number + 1, **told})
                with played.open("a") as file:
                    file.write(f"{line}\n")
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
                if told["problems"]:
                    keep = given.work / f"problem-{number + 1}"
                    shutil.copytree(given.work / "world", keep, dirs_exist_ok=True)
        done = end
    counts = summed(played.read_text().splitlines())
    sys.stdout.write(f"{json.dumps({'counts': counts})}\n")
    sys.exit(counts["wrong"] > 0)


def summed(lines: Iterable[str]) -> Counter[str]:
    """Return how many rounds and kills there were, and in the midst of what."""
    counts: Counter[str] = Counter()
    for line in lines:
        told = json.loads(line)
        counts["rounds"] += 1
        counts["kills"] += len(told["cuts"])
        counts["wrong"] += bool(told["problems"])
        counts.update(f"cut {at}" for at in told["cuts"])
    return counts


if __name__ == "__main__":
    main()

"""Kills imports and backups at random moments, with all their processes. A script.

usage: python -m tests.faults.kill_commands WORK [--rounds 100] [--seed 1]

In each round ``asbuilt import`` of a folder, and then ``asbuilt backup``, get SIGKILL
at a random moment, again and again, until one came through. Then every photo is there
once, the backup can be restored, and nothing of what was cut off is left.
Prints one JSON object a round, and one at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

from tests.faults.children import in_a_fork, killed_after

PHOTOS = 40
CUTS = 6  # kills of each command at most


def command(*words: object) -> None:
    """Run ``asbuilt`` as a person does."""
    from archive.commands.root import asbuilt

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        asbuilt([str(word) for word in words], standalone_mode=False)


def cut_until_done(chance: random.Random, longest: float, *words: object) -> int:
    """Run a command until it came through; how often it was killed."""
    for cuts in range(CUTS):
        status = killed_after(lambda: command(*words), chance.uniform(0, longest))
        if status is not None:
            assert status == 0, words
            return cuts
    assert in_a_fork(lambda: command(*words)) == 0, words
    return CUTS


def play(work: Path, seed: int, longest: dict[str, float]) -> dict[str, object]:
    """One round; returns what is told of it."""
    chance = random.Random(seed)
    room, log = work / "room", work / "log.json"
    shutil.rmtree(room, ignore_errors=True)
    shutil.copytree(work / "new", room / "tower")
    tower, backup = room / "tower", room / "backup"
    cuts = {
        "import": cut_until_done(
            chance, longest["import"], "import", tower, work / "stick", "--json"
        ),
        "backup": cut_until_done(
            chance, longest["backup"], "backup", tower, backup, "--json"
        ),
    }
    log.unlink(missing_ok=True)
    problems = ["the check failed"]
    if in_a_fork(lambda: log.write_text(json.dumps(looked_at(room)))) == 0:
        problems = list(json.loads(log.read_text()))
    return {"seed": seed, **cuts, "problems": problems}


def looked_at(room: Path) -> list[str]:
    """What is wrong with the archive, and with what its backup gives back."""
    from archive.backups import restore
    from archive.database import open_archive
    from tests.archive.import_checks import column, faults

    restore(room / "backup", room / "back")
    found = []
    for name in ("tower", "back"):
        with open_archive(room / name) as archive:
            found += [f"{name}: {fault}" for fault in faults(archive)]
            if len(column(archive, "id")) != PHOTOS:
                found.append(f"{name}: {len(column(archive, 'id'))} photos")
    left = [
        *(room / "backup/states").glob(".*"),
        *(room / "backup").glob("*/.incoming*"),
    ]
    return found + [f"left: {path.name}" for path in left]


def prepare(work: Path) -> None:
    """Lay out a new archive and the photos."""
    from archive.database import create_archive
    from tests.archive.import_checks import lay, photo

    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    create_archive(work / "new", "Tower 4")
    lay(work / "stick", {f"{n}.jpg": photo(n) for n in range(PHOTOS)})


def measured(work: Path) -> dict[str, float]:
    """How long the commands take when nobody kills them."""
    room = work / "room"
    shutil.copytree(work / "new", room / "tower")
    found = {}
    for name, words in (
        ("import", ("import", room / "tower", work / "stick")),
        ("backup", ("backup", room / "tower", room / "backup")),
    ):
        began = time.monotonic()
        assert in_a_fork(lambda w=words: command(*w)) == 0
        found[name] = 1.1 * (time.monotonic() - began)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    assert in_a_fork(lambda: prepare(given.work)) == 0
    longest = measured(given.work)
    counts: Counter[str] = Counter()
    for seed in range(given.seed, given.seed + given.rounds):
        told = play(given.work, seed, longest)
        counts.update(
            rounds=1,
            kills=int(told["import"]) + int(told["backup"]),  # type: ignore[call-overload]
            wrong=bool(told["problems"]),
        )
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{json.dumps({'counts': counts})}\n")
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()

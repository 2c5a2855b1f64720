"""A laptop and a hub of ours: what a run of the sync costs, with many photos and few.

The hub serves made-up rows over HTTP on this computer; only the laptop's process is
measured. Originals come from a hub that imported them, four at a time, beside curl,
which writes the same files to the same disk and reads nothing of them, and beside curl
with what a file is worth only after: its hash, and that it is on the disk. Curl has the
addresses before its clock starts; so of ours only what the files add to a run is told,
and beside it what it takes to meet the hub. Hub and laptop share this computer.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from archive.database import open_archive
from bench.environment import CONTESTANTS, Absent, asbuilt, program, say
from bench.hub import PROJECT, hub
from bench.measure import Failed, Sample, run, run_script
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.imports import import_once, lay_out, new_archive
from bench.rows.million import fill
from bench.serving import served

SMALL = 10_000
FIRST = 100_000  # photos of a first run, however many a later one has
EDITS = 1_000
PULL, NOTHING, EDITED = "first run, words only", "a run with nothing new", "1,000 edits"
OURS, CURL = "asbuilt sync, originals", "curl, four at a time"
CHECKED, LATER = "curl, sha256sum and sync", "asbuilt sync, their pictures later"
SECRET = "ASBUILT_CLIENT_SECRET"  # noqa: S105 - a variable's name


def rows(plan: Plan) -> Iterator[Row]:
    """Runs with many photos and with few, then originals."""
    names = (PULL, NOTHING, EDITED)
    found: dict[str, Sample | str] = {}
    for count in (plan.rows, SMALL):
        say(f"  a hub with {count:,} photos")
        for each, run_part in (((PULL,), pulled), ((NOTHING, EDITED), settled)):
            mark = small if count == SMALL else str
            found |= {mark(n): one for n, one in part(run_part, plan, count, each)}
    outcomes = tuple(
        outcome(name, found[name]) for each in names for name in (each, small(each))
    )
    first = min(plan.rows, FIRST)
    title = f"A laptop meets a hub with {first:,} photos, and later {plan.rows:,}"
    yield Row("syncs", title, outcomes, judge(goals(), outcomes))
    yield originals(plan)


def part(
    run_part: Callable[[Plan, int], Mapping[str, Sample]],
    plan: Plan,
    count: int,
    names: Sequence[str],
) -> Iterator[tuple[str, Sample | str]]:
    """What a part of the row found, or why it did not: the others are run anyway."""
    try:
        yield from run_part(plan, count).items()
    except (Absent, Failed) as error:
        yield from ((name, str(error).splitlines()[-1]) for name in names)


def outcome(name: str, found: Sample | str) -> Outcome:
    """What there is of a contestant."""
    if isinstance(found, str):
        return Outcome(name, absent=found)
    return Outcome(name, (found,))


def small(name: str) -> str:
    """The same of the small hub."""
    return f"{name} ({SMALL:,})"


def goals() -> tuple[Goal, ...]:
    """Requests, CPU and memory of a run; the pull as milliseconds of CPU a record."""
    return (
        Goal("requests with nothing new", NOTHING, 5, None, "requests", ""),
        Goal("CPU with nothing new", NOTHING, 1000, unit="ms"),
        Goal("memory with nothing new", NOTHING, 150, None, "rss", "MB"),
        Goal("CPU of a record", PULL, 0.5, unit="ms"),
        Goal("memory of the first run", PULL, 1.5, small(PULL), "rss"),
        Goal("an edit among many", EDITED, 1.5, small(EDITED)),
    )


def pulled(plan: Plan, count: int) -> dict[str, Sample]:
    """The first run, with a hub of ours."""
    count = min(count, FIRST)
    with plan.environment.scratch("syncs") as folder:
        fill(plan, folder / "hub", count)
        age(folder / "hub")
        keys = program_of(plan, folder / "hub")
        with served(folder / "hub", plan.env) as server:
            env = {**plan.env, SECRET: keys["client_secret"]}
            laptop = linked(plan, env, folder, server.url, keys)
            return {PULL: synced(env, laptop, count, "--metered")}


def settled(plan: Plan, count: int) -> dict[str, Sample]:
    """Later runs: with a hub that is made up, so that many photos take no hours."""
    with plan.environment.scratch("syncs") as folder:
        laptop = folder / "laptop"
        fill(plan, laptop, count)
        with hub(laptop) as url:
            env = {**plan.env, SECRET: "secret"}
            words = [*asbuilt("remote"), "set", laptop, "--url", url]
            words += ["--company", str(PROJECT), "--project", str(PROJECT)]
            run([*words, "--client-id", "laptop"], env)
            scripted("linked", laptop, env)
            synced(env, laptop, 1, "--metered")
            nothing = synced(env, laptop, 1, "--metered")
            edit(env, laptop)
            edited = synced(env, laptop, EDITS, "--metered")
    return {NOTHING: nothing, EDITED: edited}


def scripted(name: str, archive: Path, env: Mapping[str, str]) -> Sample:
    """What a script does to an archive.

    In a process of its own: a child's peak memory begins with its parent's.
    """
    script = CONTESTANTS / f"{name}.py"
    return run_script(sys.executable, script, {"archive": str(archive)}, env)


def age(hub: Path) -> None:
    """Make all records ones that were changed long ago, as most are."""
    with closing(sqlite3.connect(hub / "archive.db")) as database, database:
        database.execute("update photos set updated_at = uploaded_at")
        database.execute("update locations set updated_at = '2026-01-01T00:00:00.000Z'")


def program_of(plan: Plan, hub: Path) -> Mapping[str, Any]:
    """Credentials of a program that may do everything."""
    words = [*asbuilt("clients"), hub, "add", "Laptop", "--level", "admin", "--json"]
    _, said = run(words, plan.env)
    told: Mapping[str, Any] = json.loads(said)
    return told


def linked(
    plan: Plan, env: Mapping[str, str], folder: Path, url: str, keys: Mapping[str, Any]
) -> Path:
    """A new archive that is linked with a hub."""
    (folder / "laptop").mkdir()
    laptop = new_archive(plan, folder / "laptop")
    number = str(number_of(folder / "hub"))
    words = [
        *(*asbuilt("remote"), "set", laptop, "--url", origin(url)),
        *("--client-id", keys["client_id"]),
        *("--company", number, "--project", number),
    ]
    run(words, env)
    return laptop


def origin(url: str) -> str:
    """The address of a server, without the archive's path."""
    return f"http://{urlsplit(url).netloc}"


def number_of(archive: Path) -> int:
    """The number by which the API knows an archive (docs/api.md, Projects)."""
    uuid = json.loads((archive / ".asbuilt").read_text())["uuid"]
    return int.from_bytes(hashlib.sha256(uuid.encode()).digest()[:6], "big")


def synced(env: Mapping[str, str], laptop: Path, items: int, *options: str) -> Sample:
    """One run of the command.

    :raises Failed: it did not do everything
    """
    sample, said = run([*asbuilt("sync"), laptop, "--json", *options], env, items)
    report = json.loads(said)
    if not report["complete"]:
        raise Failed(f"sync: {report}")
    requests = report["requests"]
    says = f"{requests:,} requests, {sample.cpu:.1f} s of CPU"
    return replace(sample, extra={"requests": requests, "says": says})


def edit(env: Mapping[str, str], laptop: Path) -> None:
    """Change the words of many photos, spread over the archive."""
    with open_archive(laptop) as archive:
        rows = archive.connection.execute(
            """
            select id from photos where recycled_at is null
                and id % ((select max(id) from photos) / ?) = 0 limit ?
            """,
            (EDITS * 11 // 10, EDITS),  # some are in the bin
        )
        some = [str(row[0]) for row in rows]
    run([*asbuilt("edit"), laptop, *some, "--description", "Looked at again"], env)


# Originals


def originals(plan: Plan) -> Row:
    """The same files from the same hub: ours, hashed and read, and curl's."""
    title = f"{plan.photos} originals of 12 MP from a hub, four at a time"
    goal = Goal("time of an original", OURS, 1 / 0.8, CURL, "wall_ms")
    names = (OURS, CURL, CHECKED, LATER)
    found: dict[str, list[Sample]] = {name: [] for name in names}
    why = ""
    try:
        fetched(plan, found)
    except (Absent, Failed) as error:
        why = str(error).splitlines()[-1]
    outcomes = tuple(Outcome(name, tuple(found[name]), why) for name in names)
    return Row("originals", title, outcomes, judge((goal,), outcomes), CURL)


def fetched(plan: Plan, found: Mapping[str, list[Sample]]) -> None:
    """Fetch all originals in turns; ours after the words and thumbnails are there."""
    paths = plan.load("12mp", plan.photos)
    with plan.environment.scratch("originals") as folder:
        lay_out(paths, folder / "source")
        (folder / "of").mkdir()
        made = new_archive(plan, folder / "of")
        import_once(plan, made, folder / "source", len(paths), jobs=2)
        made.rename(folder / "hub")
        keys = program_of(plan, folder / "hub")
        with served(folder / "hub", plan.env) as server:
            for number in range(plan.rounds):
                place = folder / f"round-{number}"
                place.mkdir()
                (place / "hub").symlink_to(folder / "hub")
                env = {**plan.env, SECRET: keys["client_secret"]}
                laptop = linked(plan, env, place, server.url, keys)
                synced(env, laptop, 1, "--originals", "none")
                script, task = (
                    CONTESTANTS / "our_originals.py",
                    {"archive": str(laptop)},
                )
                found[OURS].append(run_script(sys.executable, script, task, env))
                sample = synced(env, laptop, len(paths), "--originals", "all")
                found[LATER].append(sample)
                for name in (CURL, CHECKED):
                    hub_folder = folder / "hub"
                    sample = curled(plan, server.url, hub_folder, keys, place / name)
                    found[name].append(sample)


def curled(
    plan: Plan, url: str, archive: Path, keys: Mapping[str, Any], place: Path
) -> Sample:
    """Fetch the files with curl, by the addresses that the API tells.

    :param place: named as the contestant is
    """
    granted = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": keys["client_id"],
            "client_secret": keys["client_secret"],
        }
    ).encode()
    token = told(f"{origin(url)}/oauth/token", granted)["access_token"]
    query = urlencode({"project_id": number_of(archive), "per_page": 1000})
    found = told(f"{origin(url)}/rest/v1.0/images?{query}", token=token)
    place.mkdir()
    lines = [f'url = "{one["url"]}"\noutput = "{one["id"]}"' for one in found]
    (place / "curl.txt").write_text("\n".join(lines))
    words = f"{program('curl')} -sS --fail -Z --parallel-max 4 -K curl.txt"
    if place.name == CHECKED:
        words += " && sha256sum [0-9]* && sync [0-9]*"
    sample, _ = run(["sh", "-c", words], plan.env, len(found), cwd=place)
    return sample


def told(url: str, body: bytes | None = None, token: str = "") -> Any:  # noqa: ANN401
    """What the API answers."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with urlopen(Request(url, body, headers), timeout=60) as answer:  # noqa: S310
        return json.load(answer)

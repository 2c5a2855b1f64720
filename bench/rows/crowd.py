"""Many people at once for some minutes while photos are imported, against one person.

Each of them waits a while after every answer, as people do, and then looks at another
page, searches, changes a photo or sends one. Who waits in a queue waits on the clock.
"""

from __future__ import annotations

import base64
import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from random import Random
from threading import Event
from urllib.parse import urlsplit

from bench.doors import (
    ALBUM,
    COMMON,
    DATA,
    EDIT,
    FACETS,
    GALLERY,
    JUMP,
    MAPS,
    PHOTO,
    RARE,
    doors,
    edits,
)
from bench.environment import Absent, say
from bench.measure import Failed, Sample
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.busy import as_another, lay_out, saying, told_whole
from bench.rows.imports import import_once
from bench.rows.million import fill
from bench.serving import KEPT, Answer, Door, Server, ask, sample_of, served

PEOPLE = 20
THINKS = 2.0  # seconds after an answer, on average
LEFT_ALONE = 4.0  # seconds; after five the server closes what nobody uses
ROWS = 100_000
SECONDS, FULL = 60, 600
IDLE = 200  # answers for one person alone, of each kind
SLOWER = 3  # than for one person alone, at the 95th percentile
UPLOAD = "a photo that is sent"
LOOKED = (GALLERY, DATA, JUMP, ALBUM, PHOTO, COMMON, FACETS, RARE, MAPS[1])
ALL = (*LOOKED, EDIT, UPLOAD)
# Of a hundred things that somebody does; the rest is looking, in equal parts
EDITS, UPLOADS = 8, 2
WHOLE, IMPORT = "all answers meanwhile", "asbuilt import meanwhile"
FEWEST = 10  # answers, for a percentile
TUS = {"tus-resumable": "1.0.0"}
Answers = dict[str, list[Answer]]
Do = Callable[[Server, HTTPConnection], Answer]


@dataclass(frozen=True, slots=True)
class Crowd:
    """What people may do, by its name."""

    server: Server
    deeds: dict[str, Do]


def rows(plan: Plan) -> Iterator[Row]:
    """One row, of one round."""
    most = min(plan.rows, ROWS)
    seconds = FULL if plan.full else SECONDS
    title = f"{PEOPLE} people for {seconds} s, {most:,} photos, an import running"
    names = [each for name in ALL for each in (name, alone(name))] + [WHOLE, IMPORT]
    try:
        samples = measured(plan, most, seconds)
        outcomes = tuple(outcome_of(name, samples) for name in names)
    except (Absent, Failed) as error:
        outcomes = tuple(Outcome(name, absent=str(error)) for name in names)
    yield Row("crowd", title, outcomes, judge(list(goals()), outcomes))


def outcome_of(name: str, samples: dict[str, Sample]) -> Outcome:
    """What was measured; on a busy machine there may be too few answers of a kind."""
    found = samples.get(name)
    return Outcome(name, (found,)) if found else Outcome(name, absent="too few answers")


def goals() -> Iterator[Goal]:
    """No answer fails or is locked out, none is much slower, and memory stays."""
    for name in ALL:
        yield Goal(f"{name}, p95 against one person", name, SLOWER, alone(name), "p95")
    yield Goal("p95 of the slowest kind, the same", WHOLE, SLOWER, None, "slowest")
    yield Goal("answers that failed", WHOLE, 0, None, "errors", "")
    yield Goal("times the database was locked", WHOLE, 0, None, "locked", "")
    yield Goal("memory at the end against the first fifth", WHOLE, 1.2, None, "grown")


def alone(name: str) -> str:
    """The same for one person, while nothing else happens."""
    return f"{name} (one person)"


def measured(plan: Plan, most: int, seconds: int) -> dict[str, Sample]:
    """Fill and serve an archive; one person, then all of them.

    :raises Failed: one person alone gets a wrong answer, or the import fails
    """
    paths = plan.load("12mp", plan.photos)
    with plan.environment.scratch("crowd") as folder:
        archive = folder / "archive"
        fill(plan, archive, most)
        with served(archive, plan.env) as server:
            crowd = Crowd(server, deeds(archive, paths, Random(plan.seed)))
            say("  one person")
            quiet = one_person(crowd)
            say(f"  {PEOPLE} people, {seconds} s")
            importing = partial(imports, plan, archive, folder, paths)
            found = all_at_once(crowd, seconds, plan.seed, importing)
            whole = replace(
                found[WHOLE],
                extra={**found[WHOLE].extra, "slowest": slowest(found, quiet)},
            )
            return {**quiet, **found, WHOLE: whole}


def slowest(found: dict[str, Sample], quiet: dict[str, Sample]) -> float:
    """The largest ratio of a 95th percentile to that of one person, of any kind."""
    ratios = [
        float(found[name].extra["p95"]) / float(quiet[alone(name)].extra["p95"])
        for name in ALL
        if name in found
    ]
    return max(ratios, default=math.inf)


def deeds(archive: Path, paths: Sequence[Path], rng: Random) -> dict[str, Do]:
    """What people do."""
    found: dict[str, Door] = {door.name: door for door in doors(archive, rng)}
    found[EDIT] = edits(archive, rng)
    asked = {name: partial(ask, door=found[name]) for name in (*LOOKED, EDIT)}
    numbers = count(1)

    def send(server: Server, client: HTTPConnection) -> Answer:
        number = next(numbers)
        whole = paths[number % len(paths)].read_bytes()
        return upload(
            server, client, f"sent-{number}.jpg", as_another(whole, b"sent %d" % number)
        )

    return {**asked, UPLOAD: send}


def upload(server: Server, client: HTTPConnection, name: str, data: bytes) -> Answer:
    """Send a file as the upload page does (tus 1.0): announce it, then its bytes."""
    cpu, began = server.cpu(), time.perf_counter()
    told = {"upload-length": str(len(data)), "upload-metadata": f"filename {b64(name)}"}
    begin = {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
    try:
        client.request("POST", f"{server.home}/-/uploads", b"", {**TUS, **told})
        first = client.getresponse()
        status, text = first.status, first.read()
        if status == 201:
            place = urlsplit(first.headers["location"]).path
            client.request("PATCH", place, data, {**TUS, **begin})
            second = client.getresponse()
            status, text = second.status, second.read()
    except (OSError, HTTPException) as error:
        client.close()
        status, text = 0, repr(error).encode()
    ms = (time.perf_counter() - began) * 1000
    kept = b"" if status == 204 else text[:KEPT]
    return Answer(status, ms, server.cpu() - cpu, status == 204, kept)


def b64(text: str) -> str:
    """A value of tus' metadata."""
    return base64.b64encode(text.encode()).decode()


def one_person(crowd: Crowd) -> dict[str, Sample]:
    """Everything in turns, for somebody who is alone.

    :raises Failed: an answer is wrong
    """
    answers: Answers = {name: [] for name in crowd.deeds}
    with closing(crowd.server.connect()) as client:
        for turn in range(IDLE):
            for name, do in crowd.deeds.items():
                if name == UPLOAD and turn % 10:
                    continue
                answer = do(crowd.server, client)
                if not answer.right:
                    raise Failed(f"{name}: {answer.wrong}")
                if turn >= FEWEST or name == UPLOAD:  # warm
                    answers[name].append(answer)
    return {alone(name): told(crowd.server, some) for name, some in answers.items()}


def told(server: Server, answers: Sequence[Answer]) -> Sample:
    """A sample that says what the clock said."""
    return saying(sample_of(answers, server.peak_mb()))


def all_at_once(
    crowd: Crowd, seconds: int, seed: int, importing: Callable[[Event], Sample]
) -> dict[str, Sample]:
    """All people at once, and an import after the other until they are done."""
    server, over = crowd.server, Event()
    locked, ends = server.locked(), time.monotonic() + seconds
    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        work = pool.submit(importing, over)
        people = [
            pool.submit(person, crowd, Random(seed + number), ends)
            for number in range(PEOPLE)
        ]
        time.sleep(seconds / 5)
        before = server.resident_mb()
        found = [one.result() for one in people]
        after = server.resident_mb()
        over.set()
        imported = work.result()
    answers = {name: [a for one in found for a in one[name]] for name in crowd.deeds}
    whole = told_whole(answers, server, server.locked() - locked)
    says = f"{whole.extra['says']}; {before:.0f} MB, at the end {after:.0f}"
    figures = {**whole.extra, "grown": after / before, "says": says}
    each = {
        name: told(server, some)
        for name, some in answers.items()
        if len(some) >= FEWEST
    }
    return {**each, WHOLE: replace(whole, extra=figures), IMPORT: imported}


def person(crowd: Crowd, rng: Random, ends: float) -> Answers:
    """What somebody does until it is time to go."""
    answers: Answers = {name: [] for name in crowd.deeds}
    with closing(crowd.server.connect()) as client:
        while (pause := rng.expovariate(1 / THINKS)) < ends - time.monotonic():
            time.sleep(pause)
            if pause > LEFT_ALONE:
                client.close()  # as a browser does, before it asks again
            name = chosen(rng)
            answers[name].append(crowd.deeds[name](crowd.server, client))
    return answers


def chosen(rng: Random) -> str:
    """What somebody does next."""
    point = rng.randrange(100)
    if point < EDITS:
        return EDIT
    return UPLOAD if point < EDITS + UPLOADS else rng.choice(LOOKED)


def imports(
    plan: Plan, archive: Path, folder: Path, paths: Sequence[Path], over: Event
) -> Sample:
    """Import the photos again and again, as other files, until it is over."""
    samples: list[Sample] = []
    while not over.is_set():
        source = folder / f"source-{len(samples)}"
        lay_out(paths, source, len(samples))
        samples.append(import_once(plan, archive, source, len(paths)))
        shutil.rmtree(source)
    return Sample(
        sum(one.cpu for one in samples),
        sum(one.wall for one in samples),
        max(one.rss for one in samples),
        sum(one.items for one in samples),
    )

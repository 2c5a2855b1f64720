"""``asbuilt serve`` in a process of its own, and one client that asks it over HTTP.

What an answer costs is the server's CPU time, which its clock tells exactly, and the
time on the client's clock from the request to the last byte.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from typing import IO, Any
from urllib.parse import urlsplit

from bench.environment import Absent, asbuilt
from bench.measure import Failed, Sample

PATIENCE = 60  # seconds for one answer
KEPT = 500  # bytes of a wrong answer


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of one archive.

    :param url: the archive's home, ``http://127.0.0.1:4711/benchmark``
    """

    url: str
    pid: int
    log: IO[str]

    @property
    def home(self) -> str:
        """The path of the archive's home."""
        return urlsplit(self.url).path

    def connect(self) -> HTTPConnection:
        """A connection that is kept from one request to the next."""
        return HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)

    def cpu(self) -> float:
        """Seconds of CPU that it has used (clock_getcpuclockid(3), Linux)."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def peak_mb(self) -> float:
        """Its peak resident size so far."""
        return self._size("VmHWM")

    def resident_mb(self) -> float:
        """Its resident size at this moment."""
        return self._size("VmRSS")

    def _size(self, field: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{field}:\s*(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def locked(self) -> int:
        """How often it has written that the database is locked."""
        self.log.seek(0)
        return self.log.read().count("is locked")


@contextmanager
def served(
    archive: Path, env: Mapping[str, str], on: Sequence[str] = ()
) -> Iterator[Server]:
    """Serve an archive on a free port of this computer until the block ends.

    :param on: what the command line begins with, such as ``taskset``
    :raises Failed: it does not start
    """
    command = [*on, *asbuilt("serve"), str(archive), "--port", "0"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, env=dict(env), stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip().partition(": ")[2]
            if not url:
                log.seek(0)
                raise Failed(f"asbuilt serve: {log.read()[-800:]}")
            yield Server(url, process.pid, log)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask: drawn anew for each request.

    :param draw: the path below the archive's home
    :param holds: what a right answer has in it; an error page has not
    :param body: what is sent along, which makes it a POST
    """

    name: str
    draw: Callable[[], str]
    holds: bytes
    body: Callable[[], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it took.

    :param status: 0 when there was no answer
    :param ms: on the client's clock; ``cpu`` is in seconds, the server's
    :param text: how a wrong answer begins; b"" of a right one
    """

    status: int
    ms: float
    cpu: float
    right: bool
    text: bytes

    @property
    def wrong(self) -> str:
        """What is wrong with it, for a person."""
        begins = self.text[:120].decode(errors="replace").replace("\n", " ")
        return f"answer {self.status}: {begins}"


def ask(server: Server, client: HTTPConnection, door: Door) -> Answer:
    """Ask once; an answer that is none is one with status 0."""
    path = server.home + door.draw()
    body = json.dumps(door.body()) if door.body else None
    headers = {"content-type": "application/json"} if body else {}
    cpu, began = server.cpu(), time.perf_counter()
    try:
        client.request("POST" if body else "GET", path, body, headers)
        response = client.getresponse()
        status, text = response.status, response.read()
    except (OSError, HTTPException) as error:
        client.close()
        status, text = 0, repr(error).encode()
    ms = (time.perf_counter() - began) * 1000
    right = status == 200 and door.holds in text
    kept = b"" if right else text[:KEPT]
    return Answer(status, ms, server.cpu() - cpu, right, kept)


def ask_rightly(server: Server, client: HTTPConnection, door: Door) -> Answer:
    """Ask once where nothing may go wrong.

    :raises Absent: there is no such page yet
    :raises Failed: any other answer than a right one
    """
    answer = ask(server, client, door)
    if answer.status == 404:
        raise Absent(f"not there yet: {door.draw()}")
    if not answer.right:
        raise Failed(answer.wrong)
    return answer


def sample_of(answers: Sequence[Answer], rss: float) -> Sample:
    """What answers took.

    In milliseconds: ``cost`` is the median of CPU, ``p50`` and ``p95`` are median and
    95th percentile on the clock.
    """
    cuts = quantiles([answer.ms for answer in answers], n=20, method="inclusive")
    return Sample(
        sum(answer.cpu for answer in answers),
        sum(answer.ms for answer in answers) / 1000,
        rss,
        len(answers),
        {
            "cost": median(answer.cpu for answer in answers) * 1000,
            "p50": cuts[9],
            "p95": cuts[18],
        },
    )

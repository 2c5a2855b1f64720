"""Functions that the tests of workers run inside a worker process."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from archive.errors import DamagedFile
from archive.renditions import Rendition, make_renditions


@dataclass(frozen=True)
class Answer:
    """Becomes a dictionary on its way to the parent."""

    text: str
    data: bytes


def echo(value: object) -> object:
    return value


def answer(text: str, times: int) -> Answer:
    return Answer(text, bytes(range(256)) * times)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(code: int) -> None:
    os._exit(code)


def hang() -> None:
    while True:
        time.sleep(60)


def spin() -> None:
    while True:
        pass


def clocks() -> list[float]:
    """What is left of the time to compute, and of the time on the clock."""
    return [
        signal.getitimer(kind)[0] for kind in (signal.ITIMER_PROF, signal.ITIMER_REAL)
    ]


def niceness() -> int:
    return os.nice(0)


def eat() -> int:
    return len([bytearray(1 << 26) for _ in range(1000)])


def refuse(path: str) -> None:
    raise DamagedFile(path, "it is only a test")


def chatter() -> str:
    sys.stdout.write("to stdout")
    os.write(1, b"\x00\xffraw to stdout")
    return "heard"


def lie(length: int) -> None:
    """Write a frame of our own with a length that cannot be."""
    frame = length.to_bytes(8, "big") + (4).to_bytes(4, "big") + b"null"
    for number in range(3, 64):  # whichever file the answers go to
        try:
            os.write(number, frame)
        except OSError:
            continue
    time.sleep(60)


def unsendable() -> object:
    return object()


def modules() -> list[str]:
    return sorted(sys.modules)


def environment() -> dict[str, str]:
    return dict(os.environ)


def pid() -> int:
    return os.getpid()


def note_pid(path: str) -> None:
    Path(path).write_text(str(os.getpid()))


def hang_noting_pid(path: str) -> None:
    note_pid(path)
    hang()


def start_child_and_hang(path: str) -> None:
    if (child := os.fork()) == 0:
        hang()
    Path(path).write_text(str(child))
    hang()


def render_as(
    path: str, media_type: str, kind: str, orientation: int | None
) -> tuple[Rendition, ...]:
    """Make renditions with facts that the test knows, without reading them."""
    facts = SimpleNamespace(
        media_type=media_type,
        extension=media_type.rpartition("/")[2].removeprefix("x-"),
        kind=kind,
        orientation=orientation,
    )
    return make_renditions(Path(path), facts)  # type: ignore[arg-type]


def peak_memory() -> int:
    """The most memory this process has had so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def call(function: str, args: tuple[object, ...]) -> object:
    """Call another of these, so that one run can mix them."""
    module, _, name = function.partition(":")
    return getattr(sys.modules[module], name)(*args)

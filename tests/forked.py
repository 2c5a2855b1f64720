"""``asbuilt serve`` in processes of its own, forked from one that has imported it all.

Python with Datasette takes more than a second of a core until it serves anything, and
tests start many servers. What is served is the command itself, in a process of its
own, in the environment that the test has at that moment.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# Whatever a server has loaded when it has shown its pages
LOADED = [
    *("archive.commands.root", "plugins.commands", "plugins.serving"),
    *("plugins.api.limits", "plugins.routes"),
    *("uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.auto"),
    *("uvicorn.protocols.http.h11_impl", "uvicorn.loops.auto"),
]


class Forked:
    """A process that runs the command line ``asbuilt``.

    :ivar line: the first line that it said
    """

    def __init__(self, words: Sequence[str]) -> None:
        context = _context()
        there, here = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_run, args=(list(words), dict(os.environ), _templates(), here)
        )
        self.process.start()
        here.close()
        with os.fdopen(os.dup(there.fileno()), encoding="utf-8") as said:
            self.line = said.readline().strip()
        self._said = there

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def end(self, how: int = signal.SIGTERM) -> None:
        """Send it a signal that ends it, and wait until it did."""
        if self.process.is_alive():
            os.kill(self.pid, how)
        self.process.join()
        self._said.close()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


@cache
def _templates() -> str:
    """The folder in which all servers of a run share their compiled templates."""
    folder = tempfile.mkdtemp(prefix="asbuilt-templates-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _run(
    words: list[str], surroundings: Mapping[str, str], templates: str, said: Connection
) -> None:
    """Be the process: what it says goes through the pipe, its complaints nowhere."""
    os.environ.clear()
    os.environ.update(surroundings)
    os.dup2(said.fileno(), 1)
    said.close()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.argv = ["asbuilt", *words]
    _keep_templates(templates)
    from archive.commands.root import main

    main()


def _keep_templates(folder: str) -> None:
    import datasette.app
    from jinja2 import FileSystemBytecodeCache

    datasette.app.Environment = partial(
        datasette.app.Environment, bytecode_cache=FileSystemBytecodeCache(folder)
    )


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """Serve an archive as ``asbuilt serve`` does; yields the address of its home."""
    server = Forked(["serve", str(folder), "--port", "0", *options])
    try:
        yield server.line.partition(": ")[2]
    finally:
        server.end()

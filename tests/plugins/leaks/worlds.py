"""An archive that is served: it is asked, watched, and put back as it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from archive import accounts
from archive.sqlite import sqlite3
from tests.plugins.conftest import Site
from tests.plugins.leaks.twins import READERS

DATABASES = ("archive.db", accounts.DATABASE)


@dataclass(frozen=True)
class Answer:
    """What came back, as it was sent."""

    status_code: int
    pairs: tuple[tuple[str, str], ...]
    content: bytes

    @cached_property
    def headers(self) -> dict[str, str]:
        return dict(self.pairs)

    @cached_property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class World:
    """An archive that is served, and the folder that it was copied from.

    :param app: of the site, made once: Datasette's own client makes one each time
    :param watchers: connections that see whether somebody else commits
    :param clean: what they saw of each database when it was last put back
    """

    site: Site
    template: Path
    app: Any
    watchers: tuple[Any, ...]
    clean: dict[str, object] = field(default_factory=dict)

    def ask(self, method: str, path: str, who: str, **options: Any) -> Answer:
        """Send a request as a reader, its address as it stands: nothing is tidied up.

        :param options: ``json``, ``data`` (a form) or ``content``; ``headers``;
            ``skip_permission_checks``
        """
        skip = options.pop("skip_permission_checks", False)
        headers, body = _sent(**options)
        actor = READERS[who]
        if actor is not None:
            cookie = self.site.datasette.client.actor_cookie(actor)
            other = headers.get("cookie", "")
            headers["cookie"] = f"ds_actor={cookie}" + (f"; {other}" if other else "")
        return self.site.run(
            _asked(self.app, _scope(method, path, headers), body, skip)
        )

    def footprint(self) -> tuple[object, ...]:
        """Return what differs as soon as anything is committed or a file is written.

        All but the cache, which is made of the rest.
        """
        return (*_files(self.site.folder), *map(_version, self.watchers))

    def restore(self) -> None:
        """Put everything back as it was."""
        folder = self.site.folder
        for name, watcher in zip(DATABASES, self.watchers, strict=True):
            if self.clean.get(name) != _version(watcher):
                _copy_into(self.template / name, folder / name)
                self.clean[name] = _version(watcher)
        here, there = _named(folder), _named(self.template)
        for extra in here - there:
            (folder / extra).unlink()
        for missing in there - here:
            (folder / missing).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.template / missing, folder / missing)
        self.site.datasette.get_database("tower-4").title = "Tower 4"


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """Return all files but databases, with size and time."""
    found = []
    for above, _, names in os.walk(folder):
        for name in names:
            if ".db" not in name:
                state = os.stat(f"{above}/{name}")  # noqa: PTH116 - a hundred times a second
                found.append((f"{above}/{name}", state.st_size, state.st_mtime_ns))
    return sorted(found)


def _named(folder: Path) -> set[str]:
    return {os.path.relpath(path, folder) for path, _, _ in _files(folder)}


def _sent(
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    content: str | bytes = b"",
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a request."""
    found = {"host": "localhost", **(headers or {})}
    body = content.encode() if isinstance(content, str) else content
    if json is not None:
        found["content-type"], body = "application/json", dumps(json)
    if data is not None:
        found["content-type"] = "application/x-www-form-urlencoded"
        body = urlencode(data).encode()
    found["content-length"] = str(len(body))
    return found, body


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    raw, _, query = quote(path, safe="!#$%&'()*+,/:;=?@[]~{}\"|\\^<>`").partition("?")
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "headers": pairs,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "server": ("localhost", None),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }


async def _asked(app: Any, scope: Any, body: bytes, skip: bool) -> Answer:
    from datasette.permissions import SkipPermissions

    started: list[Any] = []
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            parts.append(message.get("body", b""))

    if skip:
        with SkipPermissions():
            await app(scope, receive, send)
    else:
        await app(scope, receive, send)
    (start,) = started
    pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"]]
    return Answer(start["status"], tuple(pairs), b"".join(parts))


def _version(watcher: Any) -> object:
    """Return what differs as soon as anybody else has committed."""
    return watcher.execute("pragma data_version").fetchone()


def _copy_into(source: Path, target: Path) -> None:
    """Copy a database into one that others have open.

    Its schema stays what it was, and is told so: all that read it, Datasette among
    them, would look at the whole of it again.
    """
    reading, writing = sqlite3.connect(source), sqlite3.connect(target, timeout=10)
    try:
        writing.execute("pragma synchronous = off")
        (schema,) = writing.execute("pragma schema_version").fetchone()
        reading.backup(writing)
        writing.execute(f"pragma schema_version = {schema}")
    finally:
        reading.close()
        writing.close()


def watched(folder: Path) -> tuple[Any, ...]:
    """Return connections that see whether somebody else commits."""
    return tuple(
        sqlite3.connect(f"{(folder / name).as_uri()}?mode=ro", uri=True)
        for name in DATABASES
    )

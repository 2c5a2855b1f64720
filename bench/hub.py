"""A hub that has what a linked archive was last shown, and answers at once.

One of ours with a million photos would take longer to meet than all else that is
measured: here it is the laptop alone. ``link`` makes an archive one that met this hub
before; ``hub`` serves it, from the archive's own tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archive.albums import UNCLASSIFIED_ID
from archive.database import DATABASE, Archive, connect
from archive.sqlite import sqlite3
from sync.archived import forms, local
from sync.archived.changes import TABLES
from sync.records import FIELDS, Base, Kind, agreed
from sync.store import Seen

SOME = 500  # records looked up together
LONG_AGO = 1_700_000_000
PROJECT = 7  # number of the company, too


# An archive that met the hub before


def link(archive: Archive) -> None:
    """Make everything in an archive known there, under the numbers that it has here."""
    connection = archive.connection
    numbers: dict[Kind, dict[str, int]] = {
        kind: dict(connection.execute(f"select uuid, id from {TABLES[kind]}"))
        for kind in Kind
        if kind is not Kind.PHOTO
    }
    connection.execute("begin immediate")
    for kind in Kind:
        rows = connection.execute(f"select uuid from {TABLES[kind]}")
        uuids = [row[0] for row in rows.fetchall()]
        for begin in range(0, len(uuids), SOME):
            some = local.find(connection, kind, uuids[begin : begin + SOME])
            connection.executemany(
                """
                insert into sync_records (kind, uuid, remote_id, base, agreed, worded,
                    seen, life, created, updated, album_there, location_there)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [_row(kind, uuid, one, numbers) for uuid, one in some.items()],
            )
    connection.execute(
        "delete from sync_records where kind = 'album' and remote_id = ?",
        (UNCLASSIFIED_ID,),
    )
    _remember(archive)
    connection.execute("commit")


def _row(
    kind: Kind, uuid: str, one: local.Here, numbers: Mapping[Kind, Mapping[str, int]]
) -> tuple[object, ...]:
    known = {n: v for n, v in one.fields.items() if v is not None or n in _NULLABLE}
    base = Base(one.life, agreed(known))
    there: dict[str, Any] = {}
    for name, value in known.items():
        target = FIELDS[kind][name].target
        if target is None or target is Kind.PHOTO:
            there[name] = value
        elif isinstance(value, frozenset):
            there[name] = frozenset(numbers[target][str(u)] for u in value)
        else:
            there[name] = None if value is None else numbers[target][str(value)]
    made = str(one.fields.get("uploaded_at") or "")
    created = int(datetime.fromisoformat(made).timestamp()) if made else LONG_AGO
    seen = Seen(kind, one.number, one.life, there, {}, str(there.get("filename", "")))
    return (
        *(kind.value, uuid, one.number, forms.base_form(base), one.life.value),
        *(forms.is_worded(base), forms.seen_form(seen), one.life.value),
        *(created, created, there.get("album"), there.get("location")),
    )


_NULLABLE = frozenset({"album", "location", "log_date", "parent"})


def _remember(archive: Archive) -> None:
    """Let the archive remember a run of this minute."""
    now = int(datetime.now(UTC).timestamp())
    batch = archive.connection.execute("select max(id) from batches").fetchone()[0]
    memory = {
        "images.until": now,
        "images.swept": now,
        "trades.at": now,
        "locations.at": now,
        "unclassified": UNCLASSIFIED_ID,
        "archived.batch": batch,
    }
    archive.connection.executemany(
        "insert into sync_memory (key, value) values (?, ?)",
        [(key, json.dumps(value)) for key, value in memory.items()],
    )


# The hub


@contextmanager
def hub(archive: Path) -> Iterator[str]:
    """Serve what an archive was last shown. Gives the address."""
    known: dict[str, Any] = {"albums": [], "changed": {}}
    named = {"path_of_all": archive / DATABASE, "known": known}
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Of", (_Handler,), named)
    ) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _albums(database: sqlite3.Connection) -> list[Any]:
    # what is read here counts as the laptop's memory: a child's peak begins with ours
    database.execute("pragma cache_size = -2000")
    counts = {
        number or UNCLASSIFIED_ID: count
        for number, count in database.execute(
            """
            select album_there, count(*) from sync_records
            where kind = 'photo' and life = 'active' group by 1
            """
        )
    }
    rows = database.execute("select id, name, private from albums").fetchall()
    return [
        {
            "id": number,
            "name": name,
            "private": bool(private),
            "count": counts.get(number, 0),
            "created_at": _stamp(LONG_AGO),
            "updated_at": _stamp(LONG_AGO),
        }
        for number, name, private in rows
    ]


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Handler(BaseHTTPRequestHandler):
    """Answers as far as a laptop asks that has nothing new, or changes words."""

    protocol_version = "HTTP/1.1"
    path_of_all: Path
    known: Mapping[str, Any]

    def do_GET(self) -> None:
        """Answer what is asked."""
        parts = urlsplit(self.path)
        image = re.fullmatch(r"/rest/v1.0/images/(\d+)", parts.path)
        if image:
            self._say(self._image(int(image[1])))
        elif parts.path == f"/rest/v1.0/projects/{PROJECT}":
            self._say({"id": PROJECT, "name": "Benchmark"})
        elif parts.path == "/rest/v1.0/image_categories":
            albums = self.known["albums"]
            with closing(connect(self.path_of_all)) as database:
                albums += [] if albums else _albums(database)
            self._say(albums)
        else:
            self._say(self._listed(parse_qs(parts.query)))

    def do_POST(self) -> None:
        """Give a token."""
        self._body()
        self._say({"access_token": "token", "token_type": "Bearer", "expires_in": 7200})

    def do_PATCH(self) -> None:
        """Change the words of a photo."""
        told = self._body()
        number = int(urlsplit(self.path).path.rpartition("/")[2])
        now = _stamp(int(datetime.now(UTC).timestamp()))
        image = {**self._image(number), **told["image"], "updated_at": now}
        self.known["changed"][number] = image
        self._say(image)

    def _listed(self, query: Mapping[str, list[str]]) -> list[Any]:
        """Return what was changed of late; nothing is in the bin."""
        window = query.get("filters[updated_at]")
        return list(self.known["changed"].values()) if window else []

    def _image(self, number: int) -> dict[str, Any]:
        if number in self.known["changed"]:
            return dict(self.known["changed"][number])
        with closing(connect(self.path_of_all)) as database:
            seen, created = database.execute(
                """
                select seen, created from sync_records
                where kind = 'photo' and remote_id = ?
                """,
                (number,),
            ).fetchone()
        fields = json.loads(seen)["fields"]
        return {
            "id": number,
            "description": fields["description"],
            "image_category_id": fields["album"] or UNCLASSIFIED_ID,
            "location": fields["location"] and {"id": fields["location"]},
            "trades": [{"id": one} for one in fields["trades"]],
            "private": fields["private"],
            "starred": fields["starred"],
            "log_date": fields["log_date"],
            "filename": fields["filename"],
            "created_at": _stamp(created),
            "updated_at": _stamp(created),
        }

    def _body(self) -> Any:  # noqa: ANN401
        read = self.rfile.read(int(self.headers.get("content-length", 0)))
        is_json = self.headers.get("content-type", "").startswith("application/json")
        return json.loads(read) if is_json else None

    def _say(self, answer: Any) -> None:  # noqa: ANN401
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if isinstance(answer, list):
            self.send_header("total", str(len(answer)))
            self.send_header("per-page", "100000")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of what was asked."""

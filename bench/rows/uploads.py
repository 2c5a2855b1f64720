"""A photo that comes by the API, against an import of the same file.

A program announces it, sends it to the storage and makes an image of it: three requests
one after the other. The CPU is that of the server with all its processes. An import of
one file starts a program for it; of many, each further photo is read while the one
before is written, which three requests in turn cannot have.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.environment import asbuilt
from bench.measure import Failed, Sample, run
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.imports import (
    Load,
    further_photos,
    import_once,
    lay_out,
    new_archive,
    our_import,
)

API, IMPORT = "upload by the API", "asbuilt import"
ALONE = "asbuilt import, one file"
GOALS = (
    Goal("a photo by the API, against one imported", API, 1.5, ALONE),
    Goal("the same, wall", API, 1.5, ALONE, "wall_ms"),
    Goal("a photo by the API, against one of many", API, 1.5, IMPORT),
    Goal("the same, wall", API, 1.5, IMPORT, "wall_ms"),
)
BOUNDARY = "asbuilt-benchmark-boundary"
JSON = {"content-type": "application/json"}


def rows(plan: Plan) -> Iterator[Row]:
    """One row: the same photos, each alone, one after the other."""
    paths = plan.load("12mp", plan.photos)
    contestants = [
        Contestant(API, further_photos(paths, api_uploads(plan)), "three requests"),
        Contestant(IMPORT, further_photos(paths, our_import(plan)), "jobs 1"),
        Contestant(ALONE, one_file(plan, paths[0]), "with its start"),
    ]
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"{len(paths)} photos by the API, 12mp"
    yield Row("uploads", title, outcomes, judge(GOALS, outcomes), IMPORT)


def one_file(plan: Plan, photo: Path) -> Run:
    """A whole run of the command for one photo."""

    def measure(folder: Path) -> Sample:
        lay_out([photo], folder / "source")
        return import_once(plan, new_archive(plan, folder), folder / "source", 1)

    return measure


def api_uploads(plan: Plan) -> Load:
    """Every photo of a folder, by a program with a token of its own."""

    def load(source: Path, place: Path, count: int) -> Sample:
        archive = new_archive(plan, place)
        options = ["add", "Benchmark", "--level", "standard", "--json"]
        _, said = run([*asbuilt("clients"), archive, *options], plan.env)
        photos = sorted(path for path in source.rglob("*") if path.is_file())
        return uploaded(plan.env, archive, json.loads(said), photos[:count])

    return load


def uploaded(
    env: Mapping[str, str], archive: Path, keys: Mapping[str, str], photos: list[Path]
) -> Sample:
    """Serve an archive while photos are uploaded to it.

    :raises Failed: an answer is another than it should be
    """
    command = [*asbuilt("serve"), str(archive), "--port", "0"]
    server = subprocess.Popen(
        command, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().decode().strip().partition(": ")[2]
        client = HTTPConnection(urlsplit(url).netloc, timeout=60)
        token = told(client, "POST", "/oauth/token", JSON, granted(keys), 200)
        headers = {**JSON, "authorization": f"Bearer {token['access_token']}"}
        mine = told(client, "GET", "/rest/v1.0/companies", headers, b"", 200)
        began = time.perf_counter()
        for photo in photos:
            upload(client, headers, mine[0]["id"], photo)
        wall = time.perf_counter() - began
        client.close()
    finally:
        server.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(server.pid, 0)
        server.returncode = os.waitstatus_to_exitcode(status)
        server.stdout.close()
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(cpu, wall, usage.ru_maxrss / 1024, len(photos))


def granted(keys: Mapping[str, str]) -> bytes:
    """What a program asks for a token with."""
    wanted = {name: keys[name] for name in ("client_id", "client_secret")}
    return json.dumps({"grant_type": "client_credentials", **wanted}).encode()


def upload(
    client: HTTPConnection, headers: Mapping[str, str], project: int, photo: Path
) -> None:
    """One photo, as the API's documentation tells programs to do it."""
    announced = {"response_filename": photo.name, "size": photo.stat().st_size}
    path = f"/rest/v1.1/projects/{project}/uploads"
    ticket = told(client, "POST", path, headers, json.dumps(announced).encode(), 201)
    kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    form = form_of(ticket["fields"], photo)
    told(client, "POST", urlsplit(ticket["url"]).path, kind, form, 204)
    wanted = {"upload_uuid": ticket["uuid"], "image_name": photo.name, "image": {}}
    path = f"/rest/v1.0/images?{urlencode({'project_id': project})}"
    told(client, "POST", path, headers, json.dumps(wanted).encode(), 201)


def form_of(fields: Mapping[str, str], photo: Path) -> bytes:
    """The form that the storage takes: all fields, then the file."""
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"'
    start = "\r\n".join([*lines, head]) + "\r\n\r\n"
    return start.encode() + photo.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()


def told(  # noqa: PLR0917
    client: HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    expected: int,
) -> Any:  # noqa: ANN401
    """Ask once; what the answer says.

    :raises Failed: it has another status
    """
    client.request(method, path, body, dict(headers))
    answer = client.getresponse()
    text = answer.read()
    if answer.status != expected:
        raise Failed(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text) if text else None

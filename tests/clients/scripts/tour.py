"""What the Python clients' tours share: their surroundings, and a record of requests.

A tour is a process of its own, in an environment with the client and none of ours. It
is told by its environment what to work on, and says at its end what it found, as JSON
on its last line. Requests are noted where ``requests`` sends them, beneath the client.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

ORIGIN = os.environ["ORIGIN"]
PROJECT = int(os.environ["PROJECT"])
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
PHOTO = Path(os.environ["PHOTO"])

calls: list[tuple[str, str, int]] = []  # method, path with query, status
found: dict[str, Any] = {}

_send = requests.Session.send


def _noting(
    session: requests.Session, request: requests.PreparedRequest, **options: Any
) -> requests.Response:
    answer = _send(session, request, **options)
    parts = urlsplit(str(request.url))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    calls.append((str(request.method), path, answer.status_code))
    return answer


requests.Session.send = _noting  # type: ignore[method-assign]


def refused(fn: Callable[[], object]) -> str:
    """Return the name of the error that a client raises."""
    try:
        fn()
    except Exception as error:  # noqa: BLE001 - the client's own, of any kind
        return type(error).__name__
    return "nothing"


def send_to_storage(told: dict[str, Any]) -> None:
    """Send the photo to where an upload was told: no part of any client, no token."""
    files = {"file": (PHOTO.name, PHOTO.read_bytes(), "image/jpeg")}
    answer = requests.post(told["url"], data=told["fields"], files=files, timeout=30)
    answer.raise_for_status()


def tell(client: str) -> None:
    """Say at the end what was found, and with what."""
    runs_on = f"Python {platform.python_version()}"
    version = metadata.version(client)
    body = {"client": client, "version": version, "runs_on": runs_on}
    print(json.dumps({**body, "calls": calls, "found": found}, default=str))  # noqa: T201

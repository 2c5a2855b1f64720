"""The API over real connections: what a client in the same process does not show."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.plugins.conftest import Site


@contextmanager
def listening(site: Site) -> Iterator[str]:
    """Serve a site on a free port of this computer; gives ``127.0.0.1:4711``."""
    began = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            began.set()

    config = uvicorn.Config(
        site.datasette.app(),
        lifespan="off",
        log_level="error",
        # as the command serves: who keeps half an answer must not keep the server
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    async def serve() -> None:
        try:
            await server._serve(sockets=[listener])
        finally:
            done.set()

    site.loop.loop.call_soon_threadsafe(site.loop.loop.create_task, serve())
    assert began.wait(20)
    host, port = listener.getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        assert done.wait(20)
        listener.close()


def ask(
    host: str, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own: status, headers, body."""
    connection = http.client.HTTPConnection(host, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read()
    finally:
        connection.close()

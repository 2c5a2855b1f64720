"""What a program does to upload a file by the API, step by step."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from archive.clock import timestamp, utc_now
from archive.database import open_archive
from archive.uploads import parts
from tests.plugins.api.forms import KIND, form_of, part_of
from tests.plugins.conftest import jpeg

UPLOADS = "/rest/v1.1/projects/{project}/uploads"
IMAGES = "/rest/v1.0/images"
GREEN = jpeg((0, 200, 10), (90, 60))


def path_of(url: str) -> str:
    return urlsplit(url).path


def digest(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def in_pieces(data: bytes, *lengths: int) -> list[bytes]:
    """Cut bytes into pieces of these lengths, and the rest."""
    pieces, at = [], 0
    for length in lengths:
        pieces.append(data[at : at + length])
        at += length
    return [piece for piece in (*pieces, data[at:]) if piece]


class Client:
    """What a program does to upload a file, step by step."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.folder = program.site.folder

    def begin(self, status: int = 201, path: str = UPLOADS, **told: Any) -> Any:
        answer = self.program.send("POST", path, told)
        assert answer.status_code == status, answer.text
        return answer.json()

    def show(self, uuid: str) -> Any:
        return self.program.get(f"{UPLOADS}/{uuid}")

    def store(self, upload: Any, data: bytes, **changed: str) -> Any:
        """Send the form; ``changed`` replaces fields."""
        fields = {**upload["fields"], **changed}
        form = [part_of(name, value.encode()) for name, value in fields.items()]
        form.append(part_of("file", data, "x.jpg", "image/jpeg"))
        return self.send("POST", upload["url"], form_of(*form), content_type=KIND)

    def put(self, segment: Any, data: bytes, **headers: str) -> Any:
        """Send a segment, with its headers and no others."""
        named = {**segment["headers"], **headers}
        return self.send("PUT", segment["url"], data, **named)

    def send(self, method: str, url: str, content: Any, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = self.program.site.datasette.client.request
        return self.program.site.run(
            request(method, path_of(url), content=content, headers=named)
        )

    def finish(self, uuid: str, *etags: str | None, **more: Any) -> Any:
        segments = [{"etag": etag, **more} for etag in etags]
        return self.program.send("PATCH", f"{UPLOADS}/{uuid}", {"segments": segments})

    def create(self, uuid: str, **image: Any) -> Any:
        body = {"upload_uuid": uuid, "image_name": "slab.jpg", "image": image}
        return self.program.send("POST", IMAGES, body)

    def staged(self) -> dict[str, bytes]:
        """What lies in ``incoming/``."""
        names = [name for name, _ in parts.present(self.folder)]
        return {name: parts.path_of(self.folder, name).read_bytes() for name in names}

    def age(self, uuid: str, by: timedelta) -> None:
        """Let an upload be so much older."""
        with open_archive(self.folder) as archive:
            archive.connection.execute(
                "update arrivals set created_at = ? where uuid = ?",
                (timestamp(utc_now() - by), uuid),
            )

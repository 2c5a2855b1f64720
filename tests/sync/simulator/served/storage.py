"""The storage beside the API: it takes bytes, and shows files, for an hour."""

from __future__ import annotations

import re
from dataclasses import replace

from sync.effects import Answer, Put
from tests.sync.simulator.forms import STORAGE
from tests.sync.simulator.remote import Remote


def put(remote: Remote, sent: Put, original: tuple[str, int]) -> Answer:
    """Take bytes, as the storage does: no token, and an hour's time."""
    found = re.fullmatch(rf"{STORAGE}/up/(\w+)(?:/(\d+))?", sent.url)
    upload = remote.uploads.get(found[1]) if found else None
    if found is None or upload is None or upload.began + 3600 < remote.now():
        return Answer(403, None, "expired")
    if upload.parts is None:
        if dict(sent.form) != {"key": upload.uuid}:
            return Answer(400, None, "the form is another")
        remote.uploads[upload.uuid] = replace(upload, original=original, is_done=True)
        return Answer(204)
    number = int(found[2])
    begin, size = sum(upload.parts[:number]), upload.parts[number]
    if sent.begin != begin or sent.size not in (size, None):
        return Answer(400, None, "another part")
    got = upload.got | {number}
    remote.uploads[upload.uuid] = replace(upload, got=got, original=original)
    return Answer(200, headers={"etag": f'"tag-{number}"'})


def fetch(remote: Remote, url: str) -> tuple[str, int] | int:
    """Return SHA-256 and size of what an address shows, or a status."""
    found = re.fullmatch(rf"{STORAGE}/(?:file|thumb)/(\d+)\?until=(\d+)", url)
    image = remote.rows.images.get(int(found[1])) if found else None
    if found is None or image is None or not image.is_live:
        return 404
    if int(found[2]) < remote.now():
        return 403
    return image.sha256, image.size

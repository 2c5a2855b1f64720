"""Uploads: announced, shown, and finished when the storage has all their bytes."""

from __future__ import annotations

from dataclasses import replace

from sync.effects import Answer, Ask
from tests.sync.simulator.forms import answered, upload_form
from tests.sync.simulator.remote import Refusal, Remote
from tests.sync.simulator.rows import Upload
from tests.sync.simulator.served.asked import Routes, may

_UPLOAD = r"/rest/v1\.1/projects/(?P<project>\d+)/uploads"


def _announce(remote: Remote, ask: Ask) -> Answer:
    may(remote, "upload")
    body = dict(ask.body or {})
    sizes = _sizes(body.get("segments"))
    uuid = f"01UPLOAD{remote.next_id():018d}"
    upload = Upload(uuid, str(body.get("response_filename")), sizes, remote.now())
    remote.uploads[uuid] = upload
    return answered(remote, upload_form(upload), 201)


def _sizes(segments: object) -> tuple[int, ...] | None:
    if not isinstance(segments, list) or not segments:
        return None
    return tuple(int(one["size"]) for one in segments)


def _show_upload(remote: Remote, _: Ask, uuid: str) -> Answer:
    if uuid not in remote.uploads:
        raise Refusal(404, "there is no such upload")
    return answered(remote, upload_form(remote.uploads[uuid]))


def _finish(remote: Remote, ask: Ask, uuid: str) -> Answer:
    upload = remote.uploads.get(uuid)
    tags = dict(ask.body or {}).get("segments") or ()
    if upload is None:
        raise Refusal(404, "there is no such upload")
    whole = range(len(upload.parts or ()))
    told = [str(one.get("etag")).strip('"') for one in tags]
    if upload.got != frozenset(whole) or told != [f"tag-{n}" for n in whole]:
        raise Refusal(422, "segments: are not all there")
    remote.uploads[uuid] = upload = replace(upload, is_done=True)
    return answered(remote, upload_form(upload))


ROUTES: Routes = (
    (rf"POST {_UPLOAD}", _announce),
    (rf"GET {_UPLOAD}/(?P<uuid>\w+)", _show_upload),
    (rf"PATCH {_UPLOAD}/(?P<uuid>\w+)", _finish),
)

"""Making there what is new here, exactly once, whatever fails (sync design §2.7).

A photo's name there has its uuid in it and a location is made by its path, so that both
are found again; an album and a trade are known by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sync.answers import Sent, acknowledge
from sync.effects import Answer, Ask, Commit, Failed, Measure, Measured, Put, Steps
from sync.engine import requests
from sync.engine.answered import DAY, in_uuids, note, shown_of, take_answer
from sync.engine.planned import Course
from sync.engine.reuse import part
from sync.engine.sending import attributes_of, replanned
from sync.engine.talk import Talk, ask, said
from sync.identity import Project, upload_name, uuid_in
from sync.numbers import is_another
from sync.operations import Act, Operation
from sync.records import Kind, Record
from sync.store import Intent, Phase, Seen, Store, Trouble

# In one piece up to here; then in segments, so that a broken line costs only one
SEGMENT = 16 * 2**20
_SEGMENTED_FROM = 4 * SEGMENT
_QUARTER_HOUR = 15 * 60


def create(course: Course, project: Project, one: Operation) -> Steps[bool]:
    """Make a record there. Returns whether it was made."""
    if one.kind is Kind.PHOTO:
        return (yield from _create_photo(course, project, one))
    ready = yield Commit(partial(_prepare, course, project, one))
    if ready is None:
        return False
    request, intent = ready
    answer = yield from ask(course.talk, request)
    if answer.is_done:
        return (yield from _take_made(course.talk, intent, answer))
    return (yield from take_answer(course.talk, intent, answer))


def _prepare(
    course: Course, project: Project, one: Operation, store: Store
) -> tuple[Ask, Intent] | None:
    """Plan it again, and write down what is to be sent. None: nothing any more."""
    found = replanned(store, course.present_terms(), one)
    if found is None:
        return None
    record, outcome = found
    sent = Sent(dict(outcome.send), dict(record.local.fields))
    clock = course.talk.clock
    intent = Intent(one.kind, one.uuid, Act.CREATE_THERE, sent=sent, sent_at=clock)
    if one.kind is Kind.LOCATION:
        path = _path(store, record)
        if path is None:
            return None
        request = requests.create_path(project, path)
    else:
        attributes = attributes_of(store, one.kind, outcome.send)
        request = requests.create(project, one.kind, attributes)
    store.keep_intent(intent)
    return request, intent


def _path(store: Store, record: Record) -> list[str] | None:
    """Return the names from the top down to a location, as they are there."""
    names = [str(record.local.fields["name"])]
    above = record.local.fields.get("parent")
    seen = {record.uuid}
    while above and above not in seen:
        seen.add(str(above))
        found = store.load([str(above)])
        if not found or not found[0].remote.fields.get("name"):
            return None
        names.insert(0, str(found[0].remote.fields["name"]))
        above = found[0].remote.fields.get("parent")
    return names


def _take_made(talk: Talk, intent: Intent, answer: Answer) -> Steps[bool]:
    """Keep what was made; an answer that does not show it is as good as none."""
    work = partial(keep_made, intent=intent, body=answer.body, clock=talk.clock)
    is_made: bool | None = yield Commit(work)
    if is_made is not None:
        note(talk, answer)
        return is_made
    lost = replace(answer, status=0)
    return (yield from take_answer(talk, intent, lost))


def keep_made(store: Store, intent: Intent, body: object, clock: int) -> bool | None:
    """Keep a record that was made there. Returns whether one was.

    :return: None: the answer shows no record
    """
    seen = shown_of(store, intent, body)
    if seen is None:
        return None
    _part_from_another(store, intent, seen)
    owner = store.uuid_of(intent.kind, seen.remote_id)
    if owner not in (None, intent.uuid):
        # A location of this path was there already, and is another's here
        store.end_intent(intent.uuid)
        why = "the remote has one of this name, which is another here"
        act = str(Act.CREATE_THERE)
        trouble = Trouble(intent.kind, intent.uuid, act, why, next_at=clock + DAY)
        store.set_aside(trouble)
        return False
    store.see(intent.uuid, seen)
    base = acknowledge(None, intent.sent, in_uuids(store, seen))
    store.rebase(intent.kind, intent.uuid, base)
    store.end_intent(intent.uuid)
    return True


def _part_from_another(store: Store, intent: Intent, seen: Seen) -> None:
    """Take the number of what was made from the record that had it before.

    What a write is answered is of now, however old its stamp is: the clock there was
    put back since.
    """
    before = store.seen(seen.kind, seen.remote_id)
    if before is None or store.uuid_of(seen.kind, seen.remote_id) == intent.uuid:
        return
    has_our_letters = seen.kind is Kind.PHOTO and uuid_in(seen.name) == intent.uuid
    if has_our_letters or is_another(before, seen):
        part(store, seen)


# Photos


def _create_photo(course: Course, project: Project, one: Operation) -> Steps[bool]:
    """Upload a photo: announce, send its bytes, make an image of them."""
    begun = yield Commit(partial(_begin, course, one))
    if begun is None:
        return False
    name = str(begun)
    segment = SEGMENT if (one.bytes or 0) > _SEGMENTED_FROM else 0
    measured = yield Measure(one.uuid, segment)
    if not isinstance(measured, Measured):
        return (yield from _fail(course.talk, one, measured))
    upload = yield from _upload(course.talk, project, one, name, measured)
    if isinstance(upload, Answer | Failed):
        return (yield from _fail(course.talk, one, upload))
    ready = yield Commit(partial(_prepare_photo, course, project, one, upload))
    if ready is None:
        return False
    request, intent = ready
    answer = yield from ask(course.talk, request)
    if answer.status in (400, 422):
        request = _other_form(project, request)
        answer = yield from ask(course.talk, request)
    if not answer.is_done:
        return (yield from take_answer(course.talk, intent, answer))
    is_made = yield from _take_made(course.talk, intent, answer)
    yield Commit(partial(_notice, uuid=one.uuid, size=measured.bytes))
    return is_made


def _begin(course: Course, one: Operation, store: Store) -> str | None:
    found = replanned(store, course.present_terms(), one)
    if found is None:
        return None
    record, _ = found
    clock = course.talk.clock
    intent = Intent(
        one.kind, one.uuid, Act.CREATE_THERE, Phase.UPLOADING, sent_at=clock
    )
    store.keep_intent(intent)
    return upload_name(str(record.local.fields["filename"]), one.uuid)


def _upload(
    talk: Talk, project: Project, one: Operation, name: str, measured: Measured
) -> Steps[str | Answer | Failed]:
    """Send the bytes. Returns the upload's uuid, or why it failed."""
    answer = yield from ask(
        talk,
        requests.announce(
            project, name, measured.media_type, measured.bytes, measured.segments
        ),
    )
    body = answer.body
    if not answer.is_done or not isinstance(body, Mapping):
        return answer
    upload, url = body.get("uuid"), body.get("url")
    segments = body.get("segments")
    if not isinstance(upload, str):
        return replace(answer, text="an upload without a number")
    if measured.segments and isinstance(segments, list) and segments:
        etags = yield from _segments(one.uuid, measured, segments)
        if not isinstance(etags, list):
            return etags
        finished = yield from ask(talk, requests.finish(project, upload, etags))
        return upload if finished.is_done else finished
    if not isinstance(url, str):
        return replace(answer, text="an upload without an address")
    put = yield Put(one.uuid, url, _texts(body.get("fields")))
    return upload if _is_done(put) else put


def _is_done(put: Answer | Failed) -> bool:
    """Whether bytes arrived; that they cannot be read here is no answer."""
    return isinstance(put, Answer) and put.is_done


def _segments(
    uuid: str, measured: Measured, told: list[object]
) -> Steps[list[tuple[int, str, str]] | Answer | Failed]:
    """Send the bytes in segments, each once more when it did not arrive.

    :return: of each: bytes, SHA-256 and the storage's ETag; or why it failed
    """
    etags: list[tuple[int, str, str]] = []
    begin = 0
    for (size, digest), where in zip(measured.segments, told, strict=False):
        if not isinstance(where, Mapping):
            return Failed("a segment without an address")
        headers = _texts(where.get("headers"))
        url = str(where.get("url"))
        put = Put(uuid, url, headers=headers, begin=begin, size=size)
        answer: Answer | Failed = yield put
        if isinstance(answer, Answer) and answer.is_lost:
            answer = yield put
        if isinstance(answer, Failed) or not answer.is_done:
            return answer
        etags.append((size, digest, answer.headers.get("etag", "")))
        begin += size
    if len(etags) != len(measured.segments):
        return Failed("not all segments have an address")
    return etags


def _texts(value: object) -> dict[str, str]:
    plain = value if isinstance(value, Mapping) else {}
    return {str(key): str(one) for key, one in plain.items()}


def _fail(talk: Talk, one: Operation, why: Answer | Failed) -> Steps[bool]:
    """Nothing stands there yet: leave it for later.

    A lack of rights, or of the file here, is not tried again at once; a broken line is.
    """
    text = why.why if isinstance(why, Failed) else said(why)
    talk.failures, talk.why = talk.failures + 1, text
    is_lost = why.is_lost if isinstance(why, Answer) else not why.is_ours
    wait = _QUARTER_HOUR if is_lost else DAY
    trouble = Trouble(
        one.kind,
        one.uuid,
        str(one.act),
        text,
        why.status,
        next_at=talk.clock + wait,
    )
    yield Commit(partial(_set_aside, trouble=trouble))
    return False


def _set_aside(store: Store, trouble: Trouble) -> None:
    store.end_intent(trouble.uuid)
    store.set_aside(trouble)


def _prepare_photo(
    course: Course, project: Project, one: Operation, upload: str, store: Store
) -> tuple[Ask, Intent] | None:
    """Plan it again, now that the bytes are there, and freeze what is sent."""
    store.end_intent(one.uuid)  # the plan leaves alone what has one
    found = replanned(store, course.present_terms(), one)
    if found is None:
        return None
    record, outcome = found
    sent = Sent(dict(outcome.send), dict(record.local.fields))
    attributes = attributes_of(store, one.kind, outcome.send)
    name = upload_name(str(record.local.fields["filename"]), one.uuid)
    intent = Intent(
        one.kind,
        one.uuid,
        Act.CREATE_THERE,
        sent=sent,
        upload={"uuid": upload, "name": name},
        sent_at=course.talk.clock,
    )
    store.keep_intent(intent)
    return requests.create_photo(project, upload, name, attributes), intent


def _other_form(project: Project, request: Ask) -> Ask:
    """Return the same request in the other form that is described (contract 8, no. 1).

    It is asked for only after the first was refused, which made nothing.
    """
    body = request.body or {}
    image = body.get("image")
    return requests.create_photo(
        project,
        str(body.get("upload_uuid")),
        str(body.get("image_name")),
        image if isinstance(image, Mapping) else {},
        nested=True,
    )


def _notice(store: Store, uuid: str, size: int) -> None:
    """Remember that the remote did not keep the bytes as they were sent."""
    found = store.load([uuid])
    theirs = found[0].remote.fields.get("bytes") if found else None
    if isinstance(theirs, int) and theirs != size:
        known = store.recall("recoded")
        count = known if isinstance(known, int) else 0
        store.remember("recoded", count + 1)

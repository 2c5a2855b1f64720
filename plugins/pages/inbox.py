"""``/tower-4/-/inbox``: what is new for the person: mentions, days with new photos."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from archive import inbox
from archive.batches import Batch
from archive.clock import timestamp, utc_now
from archive.comments import split_at_names
from archive.database import Archive
from archive.errors import InvalidInput
from archive.inbox import Mention, NewDay
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.settings import subscribe, subscribers
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, whole, word

PAGE = 30  # mentions
SHOWN = 6  # photos of a day


@dataclass(frozen=True, slots=True)
class _News:
    """What was read for the page.

    :param samples: ids of the photos that came last on each day
    :param photos: those of mentions and samples, by id
    """

    mentions: list[Mention]
    days: list[NewDay]
    samples: dict[str, list[int]]
    photos: dict[int, Photo]
    subscribed: bool


async def show(call: Call) -> Response:
    """Answer with what is new, read or not; mentions a page at a time."""
    before = whole({"before": call.arg("before")}, "before")
    now = utc_now()
    found = await call.read(lambda c: _load(c, before, now))
    mentions = found.mentions[:PAGE]
    more = mentions[-1].comment_id if len(found.mentions) > PAGE else None
    lines = [_mention(call, one, found.photos) for one in mentions]
    shown: dict[str, Any] = {
        "mentions": lines,
        "days": [_day(call, day, found) for day in found.days],
        "next": more,
        "subscribed": found.subscribed,
    }
    if call.wants_json:
        return data(shown)
    name = (call.person.id, call.person.name)
    for line in lines:
        line["pieces"] = split_at_names(line["body"], [name])
    return await archive_page(call, "inbox.html", {**shown, "until": timestamp(now)})


def _load(connection: Any, before: int | None, now: datetime) -> _News:  # noqa: ANN401
    person = connection.person
    mentions = inbox.list_mentions(connection, person, limit=PAGE + 1, before=before)
    days = inbox.list_days(connection, person, now) if before is None else []
    samples = {
        one.day: inbox.photos_of_day(connection, person, one.day, SHOWN) for one in days
    }
    ids = {m.photo_id for m in mentions}.union(*samples.values())
    photos = {photo.id: photo for photo in load_photos(connection, sorted(ids))}
    subscribed = person.id in subscribers(connection)
    return _News(mentions, days, samples, photos, subscribed)


def _mention(call: Call, one: Mention, photos: dict[int, Photo]) -> dict[str, Any]:
    return {
        **asdict(one),
        "url": f"{call.links.photo(one.photo_id)}#comment-{one.comment_id}",
        "photo": _picture(call, photos[one.photo_id]),
    }


def _day(call: Call, day: NewDay, found: _News) -> dict[str, Any]:
    shown = [found.photos[number] for number in found.samples[day.day]]
    return {
        **asdict(day),
        "url": call.links.having("uploaded", day.day),
        "shown": [_picture(call, photo) for photo in shown],
    }


def _picture(call: Call, photo: Photo) -> dict[str, Any]:
    return {
        "id": photo.id,
        "name": photo.description or photo.filename,
        "url": call.links.photo(photo.id),
        "thumbnail_url": call.links.rendition(photo, "thumbnail"),
    }


async def mark(call: Call) -> Response:
    """Note what was read, or not: ``comment``, ``day``, or all ``until`` a moment.

    ``until`` is when the page was made: what came later is still news.
    """
    form = await call.form()
    comment, day = whole(form, "comment"), word(form, "day")
    until = _moment(word(form, "until") or "")
    read = flag(form, "read") is not False

    def change(archive: Archive, person: Person) -> int:
        connection = archive.connection
        if comment is not None:
            inbox.mark_mention(connection, person, comment, read=read)
        elif day is not None:
            inbox.mark_day(connection, person, day, until, read=read)
        else:
            inbox.mark_all(connection, person, until)
        return inbox.count_unread(connection, person, utc_now())

    return changed(call, form, None, {"unread": await call.change(change)})


def _moment(text: str) -> datetime:
    """Return a moment as the page had it, never one to come; "" is now."""
    now = utc_now()
    if not text:
        return now
    try:
        return min(now, datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{text!r} is no moment", key="no_time", text=text
        ) from error


async def edit_subscription(call: Call) -> Response:
    """Say whether one wants to hear of new photos: ``wanted``."""
    form = await call.form()
    wanted = bool(flag(form, "wanted"))

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        subscribe(connection, person, person.id, wanted=wanted)

    done = await call.write("", change)
    return changed(call, form, done.batch)


ROUTES = (
    Route("/-/inbox", show, "view", json=True),
    Route("/-/inbox/read", mark, "view", ("POST",)),
    Route("/-/inbox/subscribe", edit_subscription, "view", ("POST",)),
)

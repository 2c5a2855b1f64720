"""``/tower-4/-/links``: links that show some photos to whom nobody knows.

Who may share makes, lists and revokes their own; admins see all, and whether links are
open at all. What a link's address is stands on the page that answers its making, and
nowhere again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.accounts import Accounts
from archive.clock import utc_now
from archive.database import Archive
from archive.links import (
    DAYS,
    GIVES,
    MOST,
    SHORTEST,
    VIEW,
    Listed,
    Use,
    Wish,
    are_open,
    end_link,
    list_links,
    list_switches,
    list_uses,
    make_link,
    refresh,
    switch,
)
from archive.photos import load_photos
from archive.rights import viewer
from archive.search import find_photos
from plugins import sessions
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.bulk import Chosen, chosen
from plugins.pages.fields import flag, whole, word
from plugins.pages.shared import SHARED
from plugins.security import UNKEPT

MONTH = 30  # days: what is offered first


async def show(call: Call) -> Response:
    """Answer with the links, the newest first; for admins the switch, too."""
    person, settings = call.person, call.may("settings")

    def load(opened: Accounts, archive: Archive) -> dict[str, Any]:
        connection = archive.connection
        switches = list_switches(opened, connection, person) if settings else []
        return {
            "open": are_open(opened),
            "links": [_line(one) for one in list_links(opened, connection, person)],
            "switches": [asdict(one) for one in switches],
        }

    listed = await sessions.work(call.datasette, call.database, load)
    if call.wants_json:
        return data(listed)
    context = {**listed, "links_listed": listed["links"]}
    context.pop("links")  # the templates' addresses
    return await archive_page(call, "links.html", context)


def _line(listed: Listed) -> dict[str, Any]:
    link = listed.link
    return {
        "id": link.id,
        "title": link.title,
        "maker": listed.name,
        "photos": listed.photos,
        "gives": link.gives,
        "private": link.private,
        "markups": link.markups,
        "password": link.password is not None,
        "made_at": link.made_at,
        "ends_at": link.ends_at,
        "over": link.is_over(utc_now()),
        "revoked": link.ended_at is not None,
        "uses": listed.uses,
    }


async def ask(call: Call) -> Response:
    """Answer with the form of a link to some photos."""
    names = ("ids",) if call.arg("ids") else ("q",)
    which = chosen({name: call.arg(name) for name in names})

    def load(opened: Accounts, _: Archive) -> bool:
        return are_open(opened)

    context = {
        "ids": ",".join(map(str, which.ids)),
        "q": which.query,
        "count": len(await call.read(lambda c: _ids(c, which))),
        "gives": GIVES,
        "days": DAYS,
        "month": MONTH,
        "shortest": SHORTEST,
        "open": await sessions.work(call.datasette, call.database, load),
    }
    return await archive_page(call, "link.html", context)


def _ids(connection: Any, which: Chosen) -> list[int]:  # noqa: ANN401
    """Return the photos that are meant; of too many one more than fit."""
    if which.query is None:
        return list(which.ids)
    who = viewer(connection.person)
    return list(find_photos(connection, which.query, who, limit=MOST + 1).ids)


async def add(call: Call) -> Response:
    """Make a link; its address is in the answer alone."""
    form = await call.form()
    which = chosen(form)
    ids = await call.read(lambda c: _ids(c, which))
    wish = Wish(
        word(form, "title") or call.database.title,
        word(form, "gives") or VIEW,
        private=bool(flag(form, "private")),
        password=word(form, "password") or "",
        days=whole(form, "days") or MONTH,
        markups=bool(flag(form, "markups")),
    )
    visit = sessions.visit(call.request.scope)

    def make(opened: Accounts, archive: Archive) -> str:
        connection = archive.connection
        return make_link(opened, connection, call.person, ids, wish, visit)

    token = await sessions.work(call.datasette, call.database, make)
    path = call.datasette.urls.path(SHARED + token)
    address = call.datasette.absolute_url(call.request, str(path))
    if call.wants_json:
        answer = data({"link": address})
    else:
        context = {"address": address, "title": wish.title, "count": len(ids)}
        answer = await archive_page(call, "link_made.html", context)
    answer.headers.update(UNKEPT)
    return answer


async def show_uses(call: Call) -> Response:
    """Answer with what became of a link: when, from where, which photo."""
    number, person = call.number("link"), call.person

    def load(opened: Accounts, _: Archive) -> tuple[str, list[Use]]:
        link, uses = list_uses(opened, person, number)
        return link.title, uses

    title, uses = await sessions.work(call.datasette, call.database, load)
    names = await call.read(lambda c: _names(c, uses))
    listed = [{**asdict(use), "photo": names.get(use.photo or "")} for use in uses]
    if call.wants_json:
        return data({"title": title, "uses": listed})
    return await archive_page(call, "link_uses.html", {"title": title, "uses": listed})


def _names(connection: Any, uses: list[Use]) -> dict[str, str]:  # noqa: ANN401
    """Return what photos are called that were looked at, as far as one sees them."""
    uuids = sorted({use.photo for use in uses if use.photo})
    marks = ", ".join("?" * len(uuids))
    rows = connection.execute(f"select id from photos where uuid in ({marks})", uuids)
    photos = load_photos(connection, [row[0] for row in rows])
    return {photo.uuid: photo.filename for photo in photos}


async def end(call: Call) -> Response:
    """Revoke a link."""
    form, number = await call.form(), call.number("link")
    visit = sessions.visit(call.request.scope)

    def revoke(opened: Accounts, _: Archive) -> None:
        end_link(opened, call.person, number, visit)

    await sessions.work(call.datasette, call.database, revoke)
    return changed(call, form, None)


async def turn(call: Call) -> Response:
    """Open links for the whole archive, or stop them all at once."""
    form = await call.form()
    on, visit = bool(flag(form, "on")), sessions.visit(call.request.scope)

    def act(opened: Accounts, _: Archive) -> None:
        switch(opened, call.person, visit, on=on)

    await sessions.work(call.datasette, call.database, act)
    return changed(call, form, None)


async def renew(call: Call) -> Response:
    """End all links that there are."""
    form, visit = await call.form(), sessions.visit(call.request.scope)

    def act(opened: Accounts, _: Archive) -> int:
        return refresh(opened, call.person, visit)

    ended = await sessions.work(call.datasette, call.database, act)
    return changed(call, form, None, {"ended": ended})


_LINK = r"/-/links/(?P<link>[0-9]{1,9})"
ROUTES = (
    Route("/-/links", show, "share", json=True),
    Route("/-/links/new", ask, "share"),
    Route("/-/links/add", add, "share", ("POST",)),
    Route("/-/links/switch", turn, "settings", ("POST",)),
    Route("/-/links/refresh", renew, "settings", ("POST",)),
    Route(_LINK, show_uses, "share", json=True),
    Route(_LINK + "/end", end, "share", ("POST",)),
)

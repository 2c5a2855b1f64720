"""What there is around photos: the project, trades, locations and albums."""

from __future__ import annotations

from sync.effects import Answer, Ask
from tests.sync.simulator.forms import (
    album_counts,
    album_form,
    album_links,
    album_shown,
    answered,
    listed,
    path_of,
    place_form,
    stamp,
    trade_form,
)
from tests.sync.simulator.remote import Refusal, Remote
from tests.sync.simulator.rows import ME
from tests.sync.simulator.served.asked import ONE, Routes, may, part, poison

_HERE = r"/rest/v1\.0/projects/(?P<project>\d+)/locations"
_TRADES = r"/rest/v1\.0/companies/(?P<company>\d+)/trades"
_CATEGORY = r"/rest/v1\.0/image_categories"


def _me(remote: Remote, _: Ask) -> Answer:
    return answered(remote, {"id": ME, "login": "laptop", "name": "Laptop"})


def _project(remote: Remote, _: Ask) -> Answer:
    company = {"id": remote.company, "name": "Builders"}
    body = {"id": remote.project, "name": remote.name, "company": company}
    return answered(remote, body)


def _trades(remote: Remote, ask: Ask) -> Answer:
    found = sorted(remote.rows.trades.values(), key=lambda one: one.id)
    return listed(remote, ask, [trade_form(one) for one in found])


def _trade(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.trades.get(int(number))
    if found is None:
        raise Refusal(404, "there is no such trade")
    return answered(remote, trade_form(found))


def _add_trade(remote: Remote, ask: Ask) -> Answer:
    may(remote, "trade")
    name = str(part(ask, "trade").get("name") or "")
    poison(remote, name)
    return answered(remote, trade_form(remote.add_trade(name)), 201)


def _places(remote: Remote, ask: Ask) -> Answer:
    found = sorted(remote.rows.places.values(), key=lambda one: path_of(remote, one))
    return listed(remote, ask, [place_form(remote, one) for one in found])


def _place(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.places.get(int(number))
    if found is None:
        raise Refusal(404, "there is no such location")
    return answered(remote, place_form(remote, found))


def _place_of_path(remote: Remote, ask: Ask) -> Answer:
    names = part(ask, "location").get("path")
    if not isinstance(names, list) or not names:
        raise Refusal(422, "path: must have names")
    above, made = None, False
    for name in names:
        below = [
            one
            for one in remote.rows.places.values()
            if one.parent == above and one.name.casefold() == name.casefold()
        ]
        if not below:
            may(remote, "location")
            poison(remote, name)
            made = True
        above = (below[0] if below else remote.add_place(name, above)).id
    found = remote.rows.places[above or 0]
    return answered(remote, place_form(remote, found), 201 if made else 200)


def _edit_place(remote: Remote, ask: Ask, number: str) -> Answer:
    may(remote, "location")
    poison(remote, number)
    sent = part(ask, "location")
    names = {"node_name": "name", "parent_id": "parent"}
    fields = {names[k]: v for k, v in sent.items() if k in names}
    return answered(remote, place_form(remote, remote.edit_place(int(number), fields)))


def _delete_place(remote: Remote, _: Ask, number: str) -> Answer:
    may(remote, "location")
    poison(remote, number)
    remote.delete_place(int(number))
    return answered(remote, {})


# -- albums ---------------------------------------------------------------------------


def _albums(remote: Remote, ask: Ask) -> Answer:
    found = [
        one
        for one in sorted(remote.rows.albums.values(), key=lambda one: one.name)
        if one.id not in remote.hidden
    ]
    counts = album_counts(remote)
    rows = [
        {
            **album_form(one, counts.get(one.id, 0)),
            "updated_at": stamp(one.updated),
            "cover_photo": None,
            "links": album_links(remote, one),
        }
        for one in found
    ]
    return listed(remote, ask, rows)


def _album(remote: Remote, _: Ask, number: str) -> Answer:
    found = remote.rows.albums.get(int(number))
    if found is None or found.id in remote.hidden:
        raise Refusal(404, "there is no such album")
    return answered(remote, album_shown(remote, found))


def _add_album(remote: Remote, ask: Ask) -> Answer:
    may(remote, "album")
    sent = part(ask, "image_category")
    name = str(sent.get("name") or "")
    poison(remote, name)
    made = remote.add_album(name, private=bool(sent.get("private")))
    if sent.get("album_cover_id"):
        made = remote.edit_album(made.id, {"cover": sent["album_cover_id"]})
    return answered(remote, album_shown(remote, made), 201)


def _edit_album(remote: Remote, ask: Ask, number: str) -> Answer:
    may(remote, "album")
    poison(remote, number)
    if int(number) in remote.hidden:
        raise Refusal(404, "there is no such album")
    sent = part(ask, "image_category")
    if remote.habits.wants_album_name and not sent.get("name"):
        raise Refusal(400, "image_category.name is missing")
    names = {"name": "name", "private": "private", "album_cover_id": "cover"}
    fields = {names[k]: v for k, v in sent.items() if k in names}
    made = remote.edit_album(int(number), fields)
    return answered(remote, album_shown(remote, made))


def _delete_album(remote: Remote, _: Ask, number: str) -> Answer:
    may(remote, "album")
    poison(remote, number)
    if int(number) in remote.hidden:
        raise Refusal(404, "there is no such album")
    remote.delete_album(int(number))
    return answered(remote, {})


ROUTES: Routes = (
    (rf"GET {_CATEGORY}", _albums),
    (rf"GET {_CATEGORY}{ONE}", _album),
    (rf"POST {_CATEGORY}", _add_album),
    (rf"PATCH {_CATEGORY}{ONE}", _edit_album),
    (rf"DELETE {_CATEGORY}{ONE}", _delete_album),
    (rf"GET {_HERE}", _places),
    (rf"GET {_HERE}{ONE}", _place),
    (rf"POST {_HERE}/find_or_create_by_path", _place_of_path),
    (rf"PATCH {_HERE}{ONE}", _edit_place),
    (rf"DELETE {_HERE}{ONE}", _delete_place),
    (rf"GET {_TRADES}", _trades),
    (rf"GET {_TRADES}{ONE}", _trade),
    (rf"POST {_TRADES}", _add_trade),
    (r"GET /rest/v1\.0/me", _me),
    (r"GET /rest/v1\.0/projects/(?P<project>\d+)", _project),
)

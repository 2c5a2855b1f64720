"""Changes of a photo over HTTP: who may, what is told, one step to undo."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.plugins.conftest import BINNED, KIMS, OWNERS
from tests.plugins.viewer.asking import HOME, KNOWN, READERS, everything, send, value

# what is done: address, what is sent, who may
CHANGES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "describe": ("photo/1/edit", {"description": "new"}, {"uploader", "admin"}),
    "locate": ("photo/1/edit", {"location": "Tower>Level 2"}, {"uploader", "admin"}),
    "nowhere": ("photo/1/edit", {"location": ""}, {"uploader", "admin"}),
    "trades": ("photo/1/edit", {"trades": []}, {"uploader", "admin"}),
    "move": ("photo/5/edit", {"album": 1}, {"admin"}),
    "hide": ("photo/1/edit", {"private": True}, {"admin"}),
    "star": ("photo/1/edit", {"starred": True}, {"admin"}),
    "turn": ("photo/1/edit", {"rotate": 90}, {"admin"}),
    "date": ("photo/1/edit", {"taken_at": "2026-01-02T03:04+01:00"}, {"admin"}),
    "log": ("photo/1/edit", {"log_date": "2026-01-02"}, {"admin"}),
    "recycle": ("photo/1/recycle", {}, {"admin"}),
    "retrieve": ("photo/4/retrieve", {}, {"admin"}),
    "cover": ("photo/6/cover", {}, {"admin"}),
    "project photo": ("photo/6/project-photo", {}, {"admin"}),
    "comment": ("photo/1/comment", {"body": "hello"}, {"uploader", "admin"}),
    "edit comment": ("comments/1/edit", {"body": "changed"}, {"admin"}),
    "delete comment": ("comments/1/delete", {}, {"admin"}),
    "draw": (
        "photo/1/markup",
        {"kind": "line", "colour": "red", "width": 2, "points": [[0, 0], [9, 9]]},
        {"uploader", "admin"},
    ),
    "redraw": ("markups/1/edit", {"points": [[5, 5], [6, 6]]}, {"admin"}),
    "erase": ("markups/1/delete", {}, {"admin"}),
}


SAME = {"locate"}  # it is there already


ALLOWED = [(what, who) for what, (_, _, may) in CHANGES.items() for who in sorted(may)]


REFUSED = [
    (what, who)
    for what, (_, _, may) in CHANGES.items()
    for who in READERS
    if who not in may
]


@pytest.mark.parametrize(("what", "who"), ALLOWED)
def test_a_change_is_one_step_to_undo(fresh: Any, what: str, who: str) -> None:
    path, body, _ = CHANGES[what]
    before = everything(fresh)
    answer = send(fresh, path, body, who)
    assert answer.status_code == 200, answer.text
    if what in SAME:
        assert (answer.json()["batch"], everything(fresh)) == (None, before)
        return
    assert everything(fresh) != before
    number = answer.json()["batch"]
    if number is None:  # not theirs to take back: undo is not offered
        assert (what, who) == ("comment", "uploader")
        return
    undone = send(fresh, f"undo/{number}", {}, who).json()
    assert (undone["ok"], undone["kept"]) == (True, [])
    assert everything(fresh) == before


@pytest.mark.parametrize(("what", "who"), REFUSED)
def test_who_may_not_changes_nothing(site: Any, what: str, who: str) -> None:
    path, body, _ = CHANGES[what]
    before = everything(site)
    answer = send(site, path, body, who)
    assert answer.status_code == (403 if who in KNOWN else 404)
    assert everything(site) == before


HIDDEN_FROM = {"uploader": (OWNERS, BINNED, 5, 99), "admin": (99,)}


@pytest.mark.parametrize("what", ["describe", "trades", "comment", "nowhere"])
def test_a_photo_that_one_may_not_see_is_not_there(site: Any, what: str) -> None:
    path, body, _ = CHANGES[what]
    before = everything(site)
    for who, photos in HIDDEN_FROM.items():
        told = set()
        for photo in photos:
            answer = send(site, path.replace("/1/", f"/{photo}/"), body, who)
            assert answer.status_code == 404
            told.add(answer.json()["error"].replace(str(photo), "N"))
        assert told == {"There is no photo N"}
    assert everything(site) == before


@pytest.mark.parametrize(
    "path",
    [
        "photo/{}",
        "photo/{}/edit",
        "photo/{}/people.json",
        "photo/{}/tiles.json",
        "photo/{}/tiles/0/0_0",
        "photo/{}/sphere",
        "compare?a={}",
        "compare?a=1&b={}",
        "compare?a={}&b=1",
        "compare.json?a=1&b={}",
    ],
)
@pytest.mark.parametrize("photo", [OWNERS, BINNED, 5])
def test_nor_is_anything_about_it(site: Any, path: str, photo: int) -> None:
    answers = [site.get(f"{HOME}/{path.format(n)}", "uploader") for n in (photo, 99)]
    assert [answer.status_code for answer in answers] == [404, 404]
    told = [
        re.sub(rf'nonce="[^"]*"|(?<=photo[ /]){n}\b|(?<=[ab]=){n}\b', "", answer.text)
        for n, answer in zip((photo, 99), answers, strict=True)
    ]
    assert told[0] == told[1]


def test_one_s_own_private_photo_is_described_and_discussed(fresh: Any) -> None:
    assert send(fresh, "photo/2/edit", {"description": "x"}, "uploader").is_success
    assert send(fresh, "photo/2/comment", {"body": "x"}, "uploader").is_success
    assert value(fresh, KIMS, "description") == "x"


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("photo/1/edit", {}, 200, None),
        ("photo/1/edit", {"description": 5}, 400, "text"),
        ("photo/1/edit", {"album": "x"}, 400, "number"),
        ("photo/1/edit", {"album": ""}, 400, "nothing"),
        ("photo/1/edit", {"album": 99}, 404, "album"),
        ("photo/1/edit", {"location": "A>>B"}, 400, "location"),
        ("photo/1/edit", {"location": 99}, 404, "location"),
        ("photo/1/edit", {"trades": [99]}, 404, "trade"),
        ("photo/1/edit", {"trades": ["x"]}, 400, "number"),
        ("photo/1/edit", {"private": "perhaps"}, 400, "yes or no"),
        ("photo/1/edit", {"rotate": 45}, 400, "90"),
        ("photo/1/edit", {"taken_at": "soon"}, 400, "time"),
        ("photo/1/edit", {"log_date": "2026-02-30"}, 400, "date"),
        ("photo/1/edit", {"description": "x", "seen": 5}, 400, "seen"),
        ("photo/5/edit", {"private": False}, 400, "stays private"),
        ("photo/3/edit", {"log_date": "2026-01-02"}, 400, "private"),
        ("photo/4/edit", {"description": "x"}, 404, "recycle bin"),
        ("photo/1/comment", {"body": " "}, 400, "empty"),
        ("photo/1/comment", {"body": "x", "mentions": ["y"]}, 400, "number"),
        ("photo/4/comment", {"body": "x"}, 404, "recycle bin"),
        ("comments/99/edit", {"body": "x"}, 404, "comment"),
        ("comments/99/delete", {}, 404, "comment"),
        ("photo/4/recycle", {}, 404, "recycle bin"),
        ("photo/1/retrieve", {}, 404, "recycle bin"),
        ("photo/1/purge", {}, 404, "recycle bin"),
        ("photo/3/cover", {}, 400, "private"),
        ("photo/4/cover", {}, 400, "cover"),
        ("photo/3/project-photo", {}, 400, "private"),
        ("photo/4/project-photo", {}, 404, "recycle bin"),
        ("photo/99/project-photo", {}, 404, "photo"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_its_reason(
    site: Any, path: str, body: dict[str, Any], status: int, words: str | None
) -> None:
    before = everything(site)
    answer = send(site, path, body)
    assert answer.status_code == status, answer.text
    if words is None:
        assert answer.json()["batch"] is None
    else:
        assert words in answer.json()["error"].lower()
    assert everything(site) == before

"""A photo's page: what is offered to whom, and what each of its changes does."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos
from archive.people import owner
from tests.plugins.conftest import BINNED, KIMS, LATEST, OWNERS, PUBLIC, fill, serve

HOME = "/tower-4/-"
READERS = ("anonymous", "unknown", "none", "reader", "uploader", "auditor", "admin")
KNOWN = ("reader", "uploader", "auditor", "admin")
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
}
SAME = {"locate"}  # it is there already


@pytest.fixture
def fresh(tmp_path: Path, loop: Any) -> Iterator[Any]:
    """A site of its own for each test: they change it."""
    fill(tmp_path / "tower")
    with contextmanager(serve)(loop, [tmp_path / "tower"]) as served:
        yield served


def send(site: Any, path: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/{path}", who, method="post", json=body)


def form(site: Any, path: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/{path}", who, method="post", data=body)


TABLES = ("photos", "photo_trades", "comments", "mentions", "albums", "locations")


def everything(site: Any) -> list[Any]:
    """All that these pages may change, but for the time of the last change."""
    found = []
    with open_archive(site.folder) as archive:
        for table in (*TABLES, "settings", "tombstones"):
            cursor = archive.connection.execute(f"select * from {table} order by 1, 2")
            names = [column[0] for column in cursor.description]
            found += [
                {n: v for n, v in zip(names, row, strict=True) if n != "updated_at"}
                for row in cursor.fetchall()
            ]
    return found


def value(site: Any, photo: int, column: str) -> Any:
    with open_archive(site.folder) as archive:
        row = archive.connection.execute(
            f"select {column} from photos where id = ?", (photo,)
        ).fetchone()
    return row[0] if row else None


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


# Two people at once


def _theirs(site: Any, **values: Any) -> None:
    with open_archive(site.folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            edit_photos(archive.connection, sam, [PUBLIC], Edit(**values))


def test_a_conflict_tells_both_values(fresh: Any) -> None:
    seen = fresh.get(f"{HOME}/photo/1.json", "uploader").json()["fields"]
    _theirs(fresh, description="theirs", trades=())
    body = {"description": "mine", "trades": [1], "seen": seen}
    answer = send(fresh, "photo/1/edit", body, "uploader")
    assert answer.status_code == 409
    told = answer.json()
    assert told["now"] == {"description": "theirs"}  # the trades: wanted as seen
    assert told["shown"] == {"description": "theirs"}
    assert value(fresh, PUBLIC, "description") == "theirs"
    again = {**body, "seen": {**seen, **told["now"]}}
    assert send(fresh, "photo/1/edit", again, "uploader").is_success
    assert value(fresh, PUBLIC, "description") == "mine"


def test_a_conflict_is_told_in_words(fresh: Any) -> None:
    seen = fresh.get(f"{HOME}/photo/1.json").json()["fields"]
    _theirs(fresh, trades=(), location=0)
    body = {"trades": [], "location": "Roof", "seen": {**seen, "trades": []}}
    told = send(fresh, "photo/1/edit", body).json()
    assert told["shown"] == {"location": ""}
    with open_archive(fresh.folder) as archive:  # nor was the new tier made
        rows = archive.connection.execute("select name from locations").fetchall()
    assert ("Roof",) not in rows


def fields(page: str) -> dict[str, str]:
    """Return what a form of a page would send as it stands."""
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)</textarea>', page)
    chosen = re.findall(r'<option value="(\d+)" selected>', page)
    boxes = re.findall(r'type="checkbox" name="([^"]+)" value="1">', page)
    for name in boxes:
        del found[name]
    return {**found, **dict(areas), **({"album": chosen[0]} if chosen else {})}


def test_without_scripts_a_form_changes_what_was_touched(fresh: Any) -> None:
    page = fresh.get(f"{HOME}/photo/1/edit").text
    sent = fields(page)
    assert sent["seen.description"] == "crane publicword"
    assert form(fresh, "photo/1/edit", sent).status_code == 303
    assert fresh.get(f"{HOME}/photo/1.json").json()["fields"]["trades"] == [1]
    _theirs(fresh, location=0)
    del sent["trade.1"]
    sent |= {"description": "one\r\ntwo", "starred": "1", "taken_offset": "+02:00"}
    answer = form(fresh, "photo/1/edit", sent)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/tower-4/-/photo/1?done=")
    now = fresh.get(f"{HOME}/photo/1.json").json()["fields"]
    assert now["description"] == "one\ntwo"
    assert (now["trades"], now["starred"]) == ([], True)
    assert now["location"] == 0  # not touched, and changed by another meanwhile
    assert now["taken_at"] == "2026-05-11T09:00:00+02:00"
    page = fresh.get(answer.headers["location"]).text
    assert 'class="toast"' in page


def test_without_scripts_a_conflict_keeps_what_was_written(fresh: Any) -> None:
    sent = fields(fresh.get(f"{HOME}/photo/1/edit", "uploader").text)
    assert "seen.private" not in sent  # not theirs to change
    _theirs(fresh, description="<b>theirs</b>")
    sent["description"] = "<b>mine</b>"
    answer = form(fresh, "photo/1/edit", sent, "uploader")
    assert answer.status_code == 409
    assert "In the archive now: &lt;b&gt;theirs" in answer.text
    again = fields(answer.text)
    assert again["description"] == "&lt;b&gt;mine&lt;/b&gt;"
    assert again["seen.description"] == "&lt;b&gt;theirs&lt;/b&gt;"
    sent["seen.description"] = "<b>theirs</b>"
    assert form(fresh, "photo/1/edit", sent, "uploader").status_code == 303
    assert value(fresh, PUBLIC, "description") == "<b>mine</b>"


def test_a_button_is_a_form_of_its_own(fresh: Any) -> None:
    body = {"starred": "1", "next": "/tower-4/-/photo/1?q=crane"}
    answer = form(fresh, "photo/1/edit", body)
    assert answer.status_code == 303
    assert re.fullmatch(
        r"/tower-4/-/photo/1\?q=crane&done=\d+", answer.headers["location"]
    )
    assert value(fresh, PUBLIC, "starred") == 1
    assert value(fresh, PUBLIC, "description") == "crane publicword"


# What is offered

OFFERED = {
    "admin": "description album location trades log_date taken_at star lock rotate"
    " recycle comment delete-comment-1",
    "uploader": "description location trades comment",
    "reader": "",
    "auditor": "",
}


def _offered(page: str) -> set[str]:
    main = page.split('<main id="main"')[1].split("</main>", maxsplit=1)[0]
    ids = set(re.findall(r'<(?:button|textarea)[^>]* id="([\w-]+)"', main))
    return {i.removeprefix("edit-") for i in ids}


@pytest.mark.parametrize("who", OFFERED)
def test_what_one_may_not_do_is_not_offered(site: Any, who: str) -> None:
    page = site.get(f"{HOME}/photo/1", who).text
    every = {name for names in OFFERED.values() for name in names.split()}
    assert _offered(page) & every == set(OFFERED[who].split())
    main = page.split('<main id="main"')[1]
    assert ("<form" in main.split("</main>")[0]) == bool(OFFERED[who])
    assert "crane publicword" in page


def test_in_the_bin_a_photo_is_retrieved_or_purged_and_not_edited(site: Any) -> None:
    page = site.get(f"{HOME}/photo/4").text
    assert {"retrieve"} <= _offered(page)
    assert not {"description", "album", "star", "recycle", "comment"} & _offered(page)
    assert 'id="purge"' in page
    assert "In the recycle bin since" in page


def test_a_photo_in_a_private_album_is_not_offered_to_be_public(site: Any) -> None:
    assert 'id="lock"' in site.get(f"{HOME}/photo/3").text
    page = site.get(f"{HOME}/photo/5").text
    assert 'id="lock"' not in page
    assert "It lies in a private album." in page
    assert 'id="project-photo"' not in page


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "path", [*(f"photo/{n}" for n in range(1, 7)), "photo/1/edit", "photo/4/purge"]
)
def test_every_text_is_there_in_each_language(
    site: Any, path: str, language: str
) -> None:
    answer = site.get(f"{HOME}/{path}", headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_fields_hide_stars_from_those_who_may_not_see_them(site: Any) -> None:
    assert "starred" in site.get(f"{HOME}/photo/1.json").json()["fields"]
    assert "starred" not in site.get(f"{HOME}/photo/1.json", "reader").json()["fields"]


def test_choices_are_those_that_one_may_know_of(site: Any) -> None:
    def names(who: str) -> list[str]:
        found = site.get(f"{HOME}/choices.json", who).json()
        return [album["name"] for album in found["albums"]]

    assert names("admin") == ["Unclassified", "ALBUMSECRET"]
    assert names("uploader") == ["Unclassified"]
    assert site.get(f"{HOME}/choices.json", "reader").status_code == 403


# Comments


def test_a_comment_names_people_and_shows_it(fresh: Any) -> None:
    body = {"body": "@Kim Lee <b>look</b> @nobody", "next": "/tower-4/-/photo/1"}
    assert form(fresh, "photo/1/comment", body).status_code == 303
    for who in KNOWN:
        page = fresh.get(f"{HOME}/photo/1", who).text
        assert "<mark>@Kim Lee</mark> &lt;b&gt;look&lt;/b&gt; @nobody" in page
    told = fresh.get(f"{HOME}/photo/1.json").json()["comments"]
    assert told[-1]["mentions"] == [[2, "Kim Lee"]]
    assert told[0]["body"] == "comment publicword"


def test_who_may_be_named_and_who_sees_it_is_told_before(site: Any) -> None:
    def seeing(photo: int) -> dict[str, bool]:
        found = site.get(f"{HOME}/photo/{photo}/people.json", "uploader").json()
        return {person["name"]: person["sees"] for person in found["people"]}

    assert seeing(PUBLIC) == dict.fromkeys(
        ("Ada Auditor", "Kim Lee", "Rae Reader", "Sam Archer"), True
    )
    assert seeing(KIMS)["Rae Reader"] is False
    assert site.get(f"{HOME}/photo/1/people.json", "reader").status_code == 403


def test_an_author_changes_a_comment_and_nobody_else_does(fresh: Any) -> None:
    number = send(fresh, "photo/1/comment", {"body": "mine"}, "uploader").json()["id"]
    path = f"comments/{number}/edit"
    assert send(fresh, path, {"body": "his"}).status_code == 403
    answer = send(fresh, path, {"body": "better"}, "uploader")
    assert answer.json()["batch"]
    page = fresh.get(f"{HOME}/photo/1", "uploader").text
    assert "better" in page
    assert "<small" in page.split(f'id="comment-{number}"')[1].split("</p>")[0]
    assert f"comments/{number}/edit" in page
    assert f"comments/{number}/edit" not in fresh.get(f"{HOME}/photo/1").text


# Purge, covers, the project's photo


def test_a_purge_names_what_will_be_gone_and_does_it(fresh: Any) -> None:
    told = fresh.get(f"{HOME}/photo/4/purge.json").json()
    assert told["filename"] == "BINSECRET.jpg"
    assert (told["comments"], told["file_stays"]) == (1, False)
    page = fresh.get(f"{HOME}/photo/4/purge").text
    assert "BINSECRET.jpg" in page
    assert "1 comment" in page
    answer = form(fresh, "photo/4/purge", {"reason": "asked to"})
    assert answer.headers["location"] == "/tower-4?q=is%3Arecycled"
    assert fresh.get(f"{HOME}/photo/4").status_code == 404
    with open_archive(fresh.folder) as archive:
        row = archive.connection.execute(
            "select reason from tombstones where photo_id=4"
        )
        assert row.fetchone() == ("asked to",)
    assert fresh.get(f"{HOME}/photo/1/purge").status_code == 404


def test_a_cover_is_chosen_and_let_go(fresh: Any) -> None:
    assert 'name="on" value="1"' in fresh.get(f"{HOME}/photo/6").text
    send(fresh, "photo/6/cover", {"on": True})
    page = fresh.get(f"{HOME}/photo/6").text
    assert "No longer the album&#39;s cover" in page
    send(fresh, "photo/6/cover", {"on": "0"})
    with open_archive(fresh.folder) as archive:
        row = archive.connection.execute("select cover_photo_id from albums where id=1")
        assert row.fetchone() == (None,)


def test_the_project_s_photo_stands_on_the_first_page_while_it_is_public(
    tmp_path: Path, loop: Any
) -> None:
    for name in ("a", "b"):
        fill(tmp_path / name, "Tower 4" if name == "a" else "Bridge")
    with contextmanager(serve)(loop, [tmp_path / "a", tmp_path / "b"]) as site:
        send(site, "photo/1/project-photo", {})
        shown = "covers whole"
        assert [
            site.get("/", who).text.count(shown) for who in ("admin", "reader")
        ] == [
            1,
            1,
        ]
        assert "/tower-4/-/photo/1/medium" in site.get("/").text
        settings = "/tower-4/settings.json?_shape=array&key=project_photo"
        assert len(site.get(settings, skip_permission_checks=True).json()) == 1
        send(site, "photo/1/edit", {"private": True})
        assert shown not in site.get("/").text
        guarded = site.get(settings, "reader", skip_permission_checks=True)
        assert guarded.json() == []
        assert 'name="on" value="0"' in site.get(f"{HOME}/photo/1").text


# Comparing


def test_two_photos_are_compared_the_older_first(site: Any) -> None:
    page = site.get(f"{HOME}/compare?a=6&b=1&mode=side&at=30").text
    assert page.index("/photo/6/preview") < page.index("/photo/1/preview")
    assert 'class="compare side" id="compare" data-at="30"' in page
    told = site.get(f"{HOME}/compare.json?a=6&b=1").json()
    assert [photo["id"] for photo in told["photos"]] == [6, 1]


def test_photos_of_the_same_place_are_suggested_as_one_may_see_them(site: Any) -> None:
    def suggested(who: str) -> list[int]:
        told = site.get(f"{HOME}/compare.json?a=1", who).json()
        return sorted(photo["id"] for photo in told["suggested"])

    assert suggested("admin") == [KIMS, OWNERS]
    assert suggested("uploader") == [KIMS]
    assert suggested("reader") == []
    page = site.get(f"{HOME}/compare?a=2").text
    assert "compare?a=1&amp;b=2" in page


@pytest.mark.parametrize("at", ["-5", "999", "x", "٣", ""])
def test_a_strange_place_of_the_slider_is_taken_kindly(site: Any, at: str) -> None:
    page = site.get(f"{HOME}/compare?a=1&b=6&mode=zoom&at={at}")
    assert page.status_code == 200
    assert re.search(
        r'class="compare slide" id="compare" data-at="(50|100)"', page.text
    )


@pytest.mark.parametrize("query", ["", "a=", "a=x", "a=1&b=x", "a=-1"])
def test_a_comparison_of_nothing_is_refused(site: Any, query: str) -> None:
    assert site.get(f"{HOME}/compare?{query}").status_code == 400


# Bytes


@pytest.fixture(scope="module")
def kinds(make_site: Any) -> Any:
    """Photos that a browser does not show by itself, or not at once."""

    def fill_it(make: Any) -> None:
        buffer = io.BytesIO()
        Image.linear_gradient("L").resize((700, 300)).convert("RGB").save(
            buffer, "TIFF"
        )
        sides = {"width": 700, "height": 300}
        make.photo(
            buffer.getvalue(),
            "plan.tif",
            media_type="image/tiff",
            extension="tif",
            facts=sides,
        )
        video = {"kind": "video", **sides}
        make.photo(
            b"no film", "a.mp4", media_type="video/mp4", extension="mp4", facts=video
        )
        make.photo(
            make.jpeg((1, 2, 3), (400, 200)),
            "around.jpg",
            projection="360",
            facts={"width": 400, "height": 200},
        )
        make.photo(
            make.jpeg((3, 2, 1)), "huge.jpg", facts={"width": 9000, "height": 6000}
        )
        make.insert(
            "photos",
            {
                "uuid": "no-bytes",
                "filename": "later.jpg",
                "assumed_at": "2026-05-11T12:00:00",
                "uploaded_at": "",
                "updated_at": "",
            },
        )

    return make_site("Kinds", fill_it)


@pytest.mark.parametrize(
    ("photo", "zoom", "has"),
    [
        (1, "tiles", 'id="shown"'),
        (2, "", "<video controls"),
        (3, "file", 'id="look-around"'),
        (4, "tiles", 'id="shown"'),
        (5, "", "The file itself is not here yet."),
    ],
)
def test_the_page_knows_how_a_photo_is_looked_at_closely(
    kinds: Any, photo: int, zoom: str, has: str
) -> None:
    page = kinds.get(f"/kinds/-/photo/{photo}").text
    assert f'class="stage" data-zoom="{zoom}"' in page
    assert has in page
    assert ("look-around" in page) == (photo == 3)


def test_a_photo_is_sent_in_tiles(kinds: Any) -> None:
    told = kinds.get("/kinds/-/photo/1/tiles.json").json()
    assert (told["width"], told["height"], told["tile"]) == (700, 300, 512)
    named = kinds.get(f"{told['url']}0/1_0?v={told['version']}")
    assert "immutable" in named.headers["cache-control"]
    assert Image.open(io.BytesIO(named.content)).size == (188, 300)
    bare = kinds.get(f"{told['url']}1/0_0")
    assert bare.headers["cache-control"] == "private, no-cache"
    assert Image.open(io.BytesIO(bare.content)).size == (350, 150)
    for path in ("0/2_0", "0/0_1", "30/1_0"):
        assert kinds.get(told["url"] + path).status_code == 404
    assert kinds.get(f"{told['url']}1/0_0", "anonymous").status_code == 404
    head = kinds.get(f"{told['url']}1/0_0", method="head")
    assert (head.content, head.status_code) == (b"", 200)


def test_where_there_are_no_tiles_it_is_said_why(kinds: Any) -> None:
    told = kinds.get("/kinds/-/photo/2/tiles.json").json()
    assert told["width"] is None
    assert told["reason"]
    assert kinds.get("/kinds/-/photo/5/tiles.json").status_code == 404


def test_a_sphere_is_a_rendition_of_its_own(kinds: Any) -> None:
    answer = kinds.get("/kinds/-/photo/3/sphere")
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (400, 200)


def test_a_smaller_copy_is_saved_under_the_photo_s_name(kinds: Any) -> None:
    answer = kinds.get("/kinds/-/photo/1/preview?download=1")
    assert (
        'attachment; filename="plan preview.jpg"'
        in answer.headers["content-disposition"]
    )
    assert "content-disposition" not in kinds.get("/kinds/-/photo/1/preview").headers


def test_the_next_pictures_are_fetched_before_they_are_asked_for(site: Any) -> None:
    page = site.get(f"{HOME}/photo/2").text
    ahead = re.findall(r'<link rel="prefetch" as="image" href="([^"]+)">', page)
    assert [url.split("?")[0] for url in ahead] == [
        f"{HOME}/photo/3/preview",
        f"{HOME}/photo/1/preview",
    ]
    assert f"{HOME}/photo/{LATEST}" not in page


def test_the_history_speaks_as_a_person_does(fresh: Any) -> None:
    send(fresh, "photo/1/edit", {"log_date": "2026-01-02", "private": False})
    page = fresh.get(f"{HOME}/photo/1").text.split('id="past"')[1]
    assert "daily log" in page
    assert "Fri, 2 Jan 2026" in page
    assert "photo added" in page

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.batches import batch
from archive.database import open_archive
from archive.people import add_person, owner
from archive.places import clusters
from archive.plans import add_plan
from archive.rights import viewer
from archive.search.regions import Window
from tests.archive.map_files import make_mbtiles, make_pmtiles, picture, world
from tests.plugins.conftest import Maker, jpeg

SITE = (59.91, 10.75)
HOME = "/yard"


def fill(make: Maker) -> None:
    """Three photos on the map, one without a place; and those that few may see."""
    connection, sam = make.connection, owner(make.connection)
    kim = add_person(connection, sam, make.batch, "Kim", level="standard")
    add_person(connection, sam, make.batch, "Rae")
    add_person(connection, sam, make.batch, "Ada", rights=("can_view_private",))
    here = {"latitude": SITE[0], "longitude": SITE[1]}
    make.photo(jpeg((30, 0, 0)), "one.jpg", direction=90, **here)
    make.photo(jpeg((60, 0, 0)), "two.jpg", latitude=SITE[0], longitude=10.751)
    make.photo(jpeg((90, 0, 0)), "three.jpg", latitude=59.95, longitude=10.8)
    make.photo(jpeg((120, 0, 0)), "nowhere.jpg", description="crane")
    hidden = {"latitude": SITE[0] + 1e-5, "longitude": SITE[1]}
    make.photo(jpeg((150, 0, 0)), "kims.jpg", private=1, uploader_id=kim.id, **hidden)
    make.photo(jpeg((180, 0, 0)), "sams.jpg", private=1, **hidden)
    make.photo(jpeg((210, 0, 0)), "gone.jpg", recycled_at=make.batch.at, **hidden)
    make.photo(jpeg((240, 0, 0)), "sams-nowhere.jpg", private=1)


# actor: what they see of the hidden ones
WHO = {"reader": {"id": "3"}, "kim": {"id": "2"}, "auditor": {"id": "4"}}
WHO["admin"] = {"id": "1"}


@pytest.fixture(scope="module")
def yard(make_site: Callable[..., Any]) -> Any:
    return make_site("Yard", fill)


@pytest.fixture
def fresh(make_site: Callable[..., Any]) -> Any:
    """A site that is changed."""
    return make_site("Yard", fill)


def ask(site: Any, path: str, who: str = "admin", **options: Any) -> Any:
    method = options.pop("method", "get")
    call = getattr(site.datasette.client, method)
    return site.run(call(HOME + path, actor=WHO[who], **options))


def send(site: Any, path: str, body: Any, who: str = "admin") -> Any:
    headers = {"content-type": "application/json"}
    return ask(site, path, who, method="post", json=body, headers=headers)


def window(zoom: int, *, q: str = "", text: str = "59,10..60,11") -> str:
    return f"/-/map.json?window={text}&zoom={zoom}&q={q}"


# Reading


def test_the_page_begins_where_the_photos_are(yard: Any) -> None:
    told = ask(yard, "/-/map.json").json()
    assert told["around"] == pytest.approx([59.91, 10.75, 59.95, 10.8], abs=0.01)
    assert (told["placed"], told["unplaced"]) == (5, 2)
    page = ask(yard, "/-/map")
    assert page.status_code == 200
    assert 'id="start"' in page.text
    assert "leaflet.js" in page.text


def test_without_any_place_there_is_nowhere_to_begin(make_site: Any) -> None:
    site = make_site("Yard", lambda make: make.photo(jpeg((1, 1, 1)), "a.jpg"))
    assert ask(site, "/-/map.json").json()["around"] is None
    assert ask(site, window(3)).json()["clusters"] == []
    assert ask(site, "/-/map").status_code == 200


def test_a_cluster_has_its_picture_and_what_to_zoom_to(yard: Any) -> None:
    (far,) = ask(yard, window(6)).json()["clusters"]
    assert far["photos"] == 5
    assert far["window"][0] < far["window"][2]
    assert far["photo"]["thumbnail_url"].startswith(f"{HOME}/-/photo/")
    near = "59.90,10.74..59.92,10.7506"
    (one,) = ask(yard, window(18, text=near, q="one")).json()["clusters"]
    assert (one["photos"], one["window"]) == (1, None)
    assert (one["photo"]["name"], one["photo"]["direction"]) == ("one.jpg", 90)


@pytest.mark.parametrize("zoom", [2, 12, 18, 22])
@pytest.mark.parametrize(("who", "seen"), [("reader", 3), ("kim", 4), ("auditor", 5)])
def test_hidden_photos_count_in_no_cluster(
    yard: Any, who: str, seen: int, zoom: int
) -> None:
    told = ask(yard, window(zoom), who).json()["clusters"]
    assert sum(cluster["photos"] for cluster in told) == seen
    with open_archive(yard.folder) as archive:
        people = archive.connection
        from archive.people import find_person

        who_sees = viewer(find_person(people, int(WHO[who]["id"])))
        plain = clusters(people, "", who_sees, Window(59, 10, 60, 11), zoom).clusters
    found = [(c["photos"], c["latitude"], c["longitude"]) for c in told]
    assert found == [(c.photos, c.latitude, c.longitude) for c in plain]
    shown = {cluster["photo"]["id"] for cluster in told}
    assert shown <= {1, 2, 3} | ({5} if who != "reader" else set()) | (
        {6} if who == "auditor" else set()
    )


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("reader", {"one.jpg"}),
        ("kim", {"one.jpg", "kims.jpg"}),
        ("admin", {"one.jpg", "kims.jpg", "sams.jpg"}),
    ],
)
def test_the_list_beside_the_map_shows_what_one_may_see(
    yard: Any, who: str, names: set[str]
) -> None:
    near = "59.9099,10.7499..59.9101,10.7501"
    told = ask(yard, f"/-/map/photos.json?window={near}", who).json()
    assert {photo["name"] for photo in told["photos"]} == names
    assert (told["total"], told["total_is_exact"]) == (len(names), True)
    assert told["gallery_url"] == f"{HOME}?q=in%3A59.9099%2C10.7499..59.9101%2C10.7501"


def test_photos_without_a_place_are_listed(yard: Any) -> None:
    for who, count in (("reader", 1), ("admin", 2)):
        told = ask(yard, "/-/map/photos.json?unplaced=1", who).json()
        assert len(told["photos"]) == told["total"] == count
    told = ask(yard, "/-/map/photos.json?unplaced=1&q=crane").json()
    assert [photo["name"] for photo in told["photos"]] == ["crane"]


def test_an_area_narrows_page_clusters_and_gallery(yard: Any) -> None:
    area = "in:59.90,10.74;59.92,10.74;59.92,10.7505;59.90,10.7505"
    told = ask(yard, f"/-/map.json?q=jpg {area}").json()
    assert told["q_elsewhere"] == "jpg"
    assert told["areas"] == [
        [[59.9, 10.74], [59.92, 10.74], [59.92, 10.7505], [59.9, 10.7505]]
    ]
    (one,) = ask(yard, window(8, q=area), "reader").json()["clusters"]
    assert one["photos"] == 1
    assert [
        p["id"] for p in ask(yard, f".json?q={area}", "reader").json()["photos"]
    ] == [1]
    box = ask(yard, "/-/map.json?q=in:59.9,10.7..59.92,10.76").json()["areas"]
    assert box == [[[59.9, 10.7], [59.9, 10.76], [59.92, 10.76], [59.92, 10.7]]]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/-/map.json?window=here&zoom=3", "is no place"),
        ("/-/map.json?window=1,1;2,2;3,1&zoom=3", "two corners"),
        ("/-/map.json?window=1,1..2,2&zoom=23", "from 0 to 22"),
        ("/-/map.json?window=1,1..2,2&zoom=x", "oom is a number"),
        ("/-/map.json?window=1,1..2,2&zoom=3&q=album:nowhere", "no album"),
        ("/-/map.json?q=foo:bar", "no filter"),
        ("/-/map/photos.json?window=here", "is no place"),
        ("/-/map/photos.json?after=x", "after"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(yard: Any, path: str, said: str) -> None:
    answer = ask(yard, path)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


# Pins


def place(site: Any, number: int) -> tuple[Any, ...]:
    photo = ask(site, f"/-/photo/{number}.json").json()["photo"]
    return photo["lat"], photo["lon"]


def test_a_pin_is_put_moved_taken_off_and_undone(fresh: Any) -> None:
    put = send(
        fresh, "/-/map/pin", {"photo": 4, "latitude": 1.5, "longitude": 2}, "kim"
    )
    assert put.status_code == 200
    assert place(fresh, 4) == (1.5, 2)
    off = send(fresh, "/-/map/pin", {"photo": 4, "place": "unknown"}, "kim").json()
    assert place(fresh, 4) == (None, None)
    assert send(fresh, f"/-/undo/{off['batch']}", {}, "kim").json()["undone"] == 2
    assert place(fresh, 4) == (1.5, 2)
    assert send(fresh, "/-/map/pin", {"photo": 4, "place": "file"}).status_code == 200
    assert place(fresh, 4) == (None, None)
    told = ask(fresh, "/-/map/photos.json?unplaced=1", "reader").json()
    assert told["total"] == 1


@pytest.mark.parametrize(
    ("body", "who", "status"),
    [
        ({"photo": 4, "latitude": 1, "longitude": 2}, "reader", 403),
        ({"photo": 6, "latitude": 1, "longitude": 2}, "kim", 404),
        ({"photo": 99, "latitude": 1, "longitude": 2}, "kim", 404),
        ({"photo": 7, "latitude": 1, "longitude": 2}, "admin", 404),
        ({"photo": 4, "latitude": 91, "longitude": 2}, "kim", 400),
        ({"photo": 4, "latitude": "nan", "longitude": 2}, "kim", 400),
        ({"photo": 4, "latitude": 1}, "kim", 400),
        ({"photo": 4, "place": "somewhere"}, "kim", 400),
        ({"photo": 4, "latitude": [1], "longitude": 2}, "kim", 400),
        ({"latitude": 1, "longitude": 2}, "kim", 400),
        ({"photo": "4 or 1=1", "latitude": 1, "longitude": 2}, "kim", 400),
    ],
)
def test_a_pin_that_may_not_be_is_refused(
    yard: Any, body: dict[str, Any], who: str, status: int
) -> None:
    answer = send(yard, "/-/map/pin", body, who)
    assert answer.status_code == status
    assert place(yard, 4) == (None, None)


def test_the_page_offers_pins_and_plans_to_those_who_may(yard: Any) -> None:
    pages = {who: ask(yard, "/-/map", who).text for who in ("reader", "kim", "admin")}
    assert ["plan-file" in text for text in pages.values()] == [False, False, True]
    how = "Choose a photo, then click"
    assert [how in text for text in pages.values()] == [False, True, True]


# Plans


@pytest.fixture
def planned(fresh: Any, tmp_path: Path) -> Any:
    """A site of its own with a drawing (1), and tiles in two kinds of file (2, 3)."""
    return with_plans(fresh, tmp_path)


@pytest.fixture(scope="module")
def plans(make_site: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same for all tests that change nothing."""
    return with_plans(make_site("Yard", fill), tmp_path_factory.mktemp("plans"))


def with_plans(site: Any, folder: Path) -> Any:
    (folder / "Level 0.png").write_bytes(picture((250, 250, 250), (400, 300)))
    make_mbtiles(folder / "town.mbtiles", world(2), attribution="<b>OSM</b>")
    make_pmtiles(folder / "town2.pmtiles", world(2))
    with open_archive(site.folder) as archive:
        sam = owner(archive.connection)
        for name in ("Level 0.png", "town.mbtiles", "town2.pmtiles"):
            add_plan(archive, sam, folder / name)
    return site


def plan_of(site: Any, number: int, who: str = "admin") -> dict[str, Any]:
    plans = ask(site, "/-/map.json", who).json()["plans"]
    found = {plan["id"]: plan for plan in plans}
    assert isinstance(found[number], dict)
    return found[number]


def test_a_plan_is_shown_as_a_picture_of_a_bearable_size(plans: Any) -> None:
    plan = plan_of(plans, 1, "reader")
    assert (plan["kind"], plan["corners"], plan["size"]) == ("image", None, [400, 300])
    answer = ask(plans, plan["url"].removeprefix(HOME), "reader")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == (400, 300)
    head = ask(plans, plan["url"].removeprefix(HOME), method="head")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("number", [2, 3])
def test_tiles_are_sent_one_by_one(plans: Any, number: int) -> None:
    plan = plan_of(plans, number, "reader")
    assert plan["zooms"] == [0, 1]
    for (zoom, x, y), data in world(2).items():
        url = plan["url"].format(z=zoom, x=x, y=y).removeprefix(HOME)
        answer = ask(plans, url, "reader")
        assert (answer.content, answer.headers["content-type"]) == (data, "image/png")
        assert "sandbox" in answer.headers["content-security-policy"]
    for at in ("2/0/0", "1/2/0", "99/0/0"):
        assert ask(plans, f"/-/tiles/{number}/{at}").status_code == 404


def test_who_made_a_map_is_told_without_its_html(plans: Any) -> None:
    assert plan_of(plans, 2)["attribution"] == "OSM"


@pytest.mark.parametrize(
    "path",
    [
        *("/-/tiles/1/0/0/0", "/-/tiles/9/0/0/0", "/-/map/plans/9/picture"),
        *("/-/tiles/2/0/0/-1", "/-/map/plans/town/picture"),
    ],
)
def test_what_is_no_tile_and_no_plan_is_not_there(plans: Any, path: str) -> None:
    assert ask(plans, path).status_code == 404


def test_a_file_that_is_gone_is_not_there(planned: Any) -> None:
    for path in (planned.folder / "maps").iterdir():
        path.unlink()
    for path in ("/-/map/plans/1/picture", "/-/tiles/2/0/0/0", "/-/tiles/3/0/0/0"):
        assert ask(planned, path).status_code == 404


def test_an_admin_lays_a_plan_and_takes_it_off(planned: Any) -> None:
    corners = [[59.911, 10.75], [59.911, 10.752], [59.91, 10.75]]
    body = {"corners": corners, "opacity": 0.5, "name": "Ground"}
    done = send(planned, "/-/map/plans/1/edit", body).json()
    assert done["plan"]["corners"] == corners
    assert plan_of(planned, 1)["name"] == "Ground"
    removed = send(planned, "/-/map/plans/1/remove", {}).json()
    assert ask(planned, "/-/map/plans/1/picture").status_code == 404
    send(planned, f"/-/undo/{removed['batch']}", {})
    assert plan_of(planned, 1)["corners"] == corners


@pytest.mark.parametrize("who", ["reader", "kim"])
def test_only_admins_change_plans(plans: Any, who: str) -> None:
    for path in ("/-/map/plans/1/edit", "/-/map/plans/1/remove", "/-/map/plans"):
        assert send(plans, path, {"name": "x"}, who).status_code == 403
    assert plan_of(plans, 1)["name"] == "Level 0"
    assert len(list((plans.folder / "maps").iterdir())) == 3


@pytest.mark.parametrize(
    "body", [{"corners": "x"}, {"opacity": "much"}, {"corners": [[0]]}, {}]
)
def test_what_a_plan_cannot_be_is_refused(plans: Any, body: Any) -> None:
    assert send(plans, "/-/map/plans/1/edit", body).status_code == 400


def upload(site: Any, data: bytes, name: str = "Level 1.png") -> Any:
    headers = {"content-type": "application/octet-stream", "accept": "application/json"}
    path = f"/-/map/plans?name={name}"
    return ask(site, path, method="post", content=data, headers=headers)


def test_a_file_is_added_in_the_browser(fresh: Any) -> None:
    answer = upload(fresh, picture((9, 9, 9), (80, 60)))
    assert answer.status_code == 201
    assert plan_of(fresh, 1)["name"] == "Level 1"
    assert len(list((fresh.folder / "maps").iterdir())) == 1


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PMTiles\x03", b"<svg/>"])
def test_a_file_that_is_none_is_refused_by_its_name(fresh: Any, data: bytes) -> None:
    answer = upload(fresh, data, "plan.pdf")
    assert answer.status_code == 400
    assert "plan.pdf: " in answer.json()["error"]
    assert "incoming" not in answer.text
    assert not list((fresh.folder / "maps").iterdir())


def test_a_name_that_is_taken_leaves_no_file(fresh: Any) -> None:
    assert upload(fresh, picture((9, 9, 9))).status_code == 201
    assert upload(fresh, picture((8, 8, 8))).status_code == 409
    assert len(list((fresh.folder / "maps").iterdir())) == 1


def test_another_site_adds_nothing(fresh: Any) -> None:
    headers = {"sec-fetch-site": "cross-site", "origin": "https://example.com"}
    call = fresh.datasette.client.post
    data = picture((9, 9, 9))
    path = f"{HOME}/-/map/plans?name=x"
    answer = fresh.run(call(path, actor=WHO["admin"], content=data, headers=headers))
    assert answer.status_code == 403
    with (
        open_archive(fresh.folder) as archive,
        batch(archive.connection, owner(archive.connection)),
    ):
        assert not list(archive.connection.execute("select 1 from plans"))

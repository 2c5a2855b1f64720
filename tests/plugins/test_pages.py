"""What the pages show, and the addresses they lead to."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from archive.database import Archive
from archive.search import parse
from plugins import queries, templating

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} =1+1"


def test_the_timeline_begins_without_javascript(site: Any) -> None:
    page = site.get("/tower-4").text
    assert page.count('class="tile"') == 5
    assert 'data-key="2026-06-01-undated"' in page
    assert 'href="/tower-4/-/list?order=newest"' in page
    assert "Mon, 11 May 2026" in page
    assert page.index("roof") < page.index("publicword")


@pytest.mark.parametrize(
    "path", ["", "/-/list", "/-/facets?q=roof", "/-/photo/1", "/-/albums", "/-/uploads"]
)
def test_a_page_is_filled_in_at_one_go_and_is_the_one_that_datasette_would_make(
    site: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def theirs(env: Any, name: str) -> Any:
        assert env.is_async
        asked.append(name)
        assert not ours(env, name).environment.is_async
        apart = env.overlay(bytecode_cache=None)  # ours are compiled otherwise
        return apart.get_template(f"asbuilt/{name}")

    asked: list[str] = []
    ours, page = templating.template, site.get(f"/tower-4{path}").text
    monkeypatch.setattr(templating, "template", theirs)
    assert without_nonce(site.get(f"/tower-4{path}").text) == without_nonce(page)
    assert asked


def without_nonce(page: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", page)


def test_pages_follow_each_other_without_a_gap(site: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("plugins.pages.gallery.PAGE", 2)
    seen, url = [], "/tower-4.json"
    while url:
        found = site.get(url).json()
        assert found["ok"] is True
        seen += [photo["id"] for photo in found["photos"]]
        url = found["next_url"]
    assert seen == [6, 5, 3, 2, 1]
    pages, url = 0, "/tower-4/-/list"
    while url:
        page = site.get(url).text
        pages += 1
        found = re.search(r'rel="next" href="([^"]*)"', page)
        url = html.unescape(found[1]) if found else ""
    assert pages == 3


def test_the_total_comes_with_the_first_page_only(site: Any) -> None:
    assert site.get("/tower-4.json").json()["total"] == 5
    assert (
        "total"
        not in site.get("/tower-4.json?after=WyJuZXdlc3QiLCIyMDI2LTA1LTExIiw5XQ").json()
    )


@pytest.mark.parametrize("query", ["foo:bar", "album:nowhere", "taken:2026-13", "OR x"])
def test_a_wrong_search_is_answered_kindly(site: Any, query: str) -> None:
    page = site.get(f"/tower-4?q={query}")
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert f'value="{query}"' in page.text
    data = site.get(f"/tower-4.json?q={query}").json()
    assert data["ok"] is False
    assert data["error"]


def test_an_unknown_filter_lists_the_known_ones(site: Any) -> None:
    page = site.get("/tower-4?q=foo:bar").text
    assert all(name in page for name in ("album:", "location:", "taken:", "camera:"))


def test_facets_lead_to_searches(site: Any) -> None:
    page = site.get("/tower-4?q=crane").text
    assert 'href="/tower-4?q=crane+location%3ATower"' in page
    assert 'href="/tower-4?q=crane+taken%3A2026-05+has%3Adate"' in page
    assert 'href="/tower-4?q=crane+trade%3AConcrete"' in page


def test_a_facet_of_the_newest_photos_only_says_that_there_are_more(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.counting.MOST_COUNTED", 0)
    monkeypatch.setattr("archive.search.counting.MOST_SAMPLED", 1)
    assert '<span class="count">1+</span>' in site.get("/tower-4/-/facets?q=crane").text
    assert "+</span>" not in site.get("/tower-4/-/facets").text
    facets = site.get("/tower-4/-/facets.json?q=crane").json()["facets"]
    assert not any(facet["exact"] for facet in facets)


def test_the_tree_goes_down_level_by_level(site: Any) -> None:
    top = site.get("/tower-4").text
    below = site.get("/tower-4?q=location%3ATower").text
    assert '"label"><bdi>Level 2</bdi>' not in top
    assert '"label"><bdi>Level 2</bdi>' in below
    assert "All locations" in below


@pytest.mark.parametrize(
    ("text", "name", "value", "expected"),
    [
        ("crane", "album", "Unit 4", 'crane album:"Unit 4"'),
        ('album:"Unit 4" crane', "album", "unit 4", "crane"),
        ("album:A", "album", "B", "album:A album:B"),
        ("-album:A", "album", "A", "-album:A album:A"),
    ],
)
def test_toggling_a_filter(text: str, name: str, value: str, expected: str) -> None:
    assert queries.toggled(parse(text), name, value) == expected


def test_choosing_replaces_what_was_chosen() -> None:
    query = parse("crane taken:2026-05 -taken:2026-06")
    assert (
        queries.choosing(query, "taken", "2026-04")
        == "crane -taken:2026-06 taken:2026-04"
    )


def test_neighbours_walk_through_the_search(site: Any) -> None:
    def walk(start: int, query: str) -> list[int]:
        seen, url = [start], f"/tower-4/-/photo/{start}.json?q={query}"
        while url := site.get(url).json()["older"]:
            seen.append(int(url.split("/photo/")[1].split(".")[0]))
        return seen

    assert walk(6, "") == [6, 5, 3, 2, 1]
    assert walk(3, "location:Tower") == [3, 2, 1]
    assert site.get("/tower-4/-/photo/6.json").json()["newer"] is None


def test_a_photos_page_tells_where_each_fact_comes_from(site: Any) -> None:
    known = site.get("/tower-4/-/photo/1").text
    assumed = site.get("/tower-4/-/photo/6").text
    assert "11 May 2026, 09:00:00" in known
    assert "(assumed)" in assumed
    assert "date assumed" not in known


def test_history_is_for_admins(site: Any) -> None:
    assert "REASONSECRET" in site.get("/tower-4/-/photo/1").text
    assert site.get("/tower-4/-/photo/1.json", "reader").json()["history"] == []


def test_table_pages_show_thumbnails(site: Any) -> None:
    page = site.get("/tower-4/photos").text
    assert '<img src="/tower-4/-/photo/1/thumbnail"' in page
    assert (
        '<img src="/tower-4/-/photo/1/thumbnail"' in site.get("/tower-4/comments").text
    )
    assert "Tower 4: photos" in page


def test_datasettes_search_knows_the_index(site: Any) -> None:
    found = site.get("/tower-4/photos.json?_search=publicword&_shape=array").json()
    assert [row["id"] for row in found] == [1]


@pytest.fixture(scope="module")
def hostile_site(make_site: Any) -> Any:
    """One photo whose every text is hostile."""

    def fill(make: Any) -> None:
        photo = make.photo(make.jpeg((9, 9, 9)), HOSTILE, description=HOSTILE)
        make.comment(photo, HOSTILE)
        make.connection.execute("update people set name = ? where id = 1", (HOSTILE,))

    return make_site(HOSTILE, fill)


@pytest.mark.parametrize(
    "path", ["/", "", "?q=script", "/-/photo/1", "/photos", "/photos/1", "/-/tables"]
)
def test_hostile_words_are_shown_as_words(hostile_site: Any, path: str) -> None:
    name = next(iter(hostile_site.datasette.databases))
    answer = hostile_site.get(
        path if path == "/" else f"/{name}{path}", follow_redirects=True
    )
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text
    assert "<img src=x" not in answer.text
    assert "49" not in answer.text.split("=1+1")[0][-20:]


@pytest.fixture(scope="module")
def odd_site(make_site: Any) -> Any:
    """A photo with a long description, and one whose file was lost."""

    def fill(make: Any) -> None:
        make.photo(make.jpeg((9, 9, 9)), "long.jpg", description="mortar joint " * 800)
        make.photo(make.jpeg((8, 8, 8)), "lost.jpg")
        lost = next(
            path
            for path in make.originals.rglob("*.jpg")
            if path.read_bytes() == make.jpeg((8, 8, 8))
        )
        lost.unlink()

    return make_site("Odd", fill)


def test_a_long_description_does_not_push_the_facts_away(odd_site: Any) -> None:
    page = odd_site.get("/odd/-/photo/1").text
    heading = page.split('<h1 class="unseen" dir="auto">')[1].split("</h1>")[0]
    assert len(heading) <= 165
    assert heading.endswith("…")
    assert page.count("mortar joint " * 700) == 2  # the field, and what was seen
    assert len(odd_site.get("/odd").text) < 20_000


def test_a_lost_original_is_named(odd_site: Any) -> None:
    page = odd_site.get("/odd/-/photo/2").text
    assert "not in the archive&#39;s folder" in page
    assert "Download the original" not in page
    answer = odd_site.get("/odd/-/photo/2/original")
    assert (answer.status_code, "backup" in answer.text) == (404, True)
    assert "Download the original" in odd_site.get("/odd/-/photo/1").text


def test_when_bytes_first_came_is_for_admins(site: Any) -> None:
    """They may have come as somebody's private photo."""
    address = "/tower-4/-/photo/1.json"
    assert "stored_at" in site.get(address).json()["file"]
    assert "stored_at" not in site.get(address, "reader").json()["file"]


def test_the_gallery_has_a_heading_and_an_error_a_way_out(site: Any) -> None:
    assert "<h1><bdi>Tower 4</bdi></h1>" in site.get("/tower-4").text
    wrong = site.get("/tower-4?q=foo:bar").text
    assert 'role="alert"' in wrong
    assert '<a href="/tower-4">Show all photos</a>' in wrong


def test_stars_are_told_to_those_who_may_see_them(make_site: Any) -> None:
    def fill(make: Any) -> None:
        make.photo(b"not looked at", "a.jpg", starred=1)
        person = {"id": 2, "uuid": "u-2", "name": "Kim", "level": "standard"}
        make.insert("people", {**person, "created_at": make.batch.at})

    site = make_site("Stars", fill)
    for who, told in (("admin", True), ("uploader", None)):
        photos = site.get("/stars.json", who).json()["photos"]
        assert [photo["starred"] for photo in photos] == [told]
        address = photos[0]["url"] + ".json"
        assert site.get(address, who).json()["photo"]["starred"] is told
        page = site.get("/stars", who).text
        shown = json.loads(page.split('id="timeline">')[1].split("</script>")[0])
        marks = [tile["marks"] for piece in shown["tiles"] for tile in piece["tiles"]]
        assert ("starred" in marks[0]) is ("badge-star" in page) is (who == "admin")


def test_an_address_that_nobody_knows_is_a_page_of_ours(site: Any) -> None:
    german = {"accept-language": "de"}
    for path in ("/tower-4/-/nonsense", "/tower-4/nonsense", "/nonsense"):
        answer = site.get(path, headers=german)
        assert (answer.status_code, "Nichts zu sehen" in answer.text) == (404, True)
    assert site.get("/tower-4/-/nonsense.json").json()["ok"] is False
    for path in ("/tower-4/-/nonsense", "/tower-4/photos", "/tower-4/-/tables"):
        answer = site.get(path, "reader", headers=german)
        assert (answer.status_code, "Nichts zu sehen" in answer.text) == (403, True)
    assert site.get("/tower-4/photos.json", "reader").json()["ok"] is False
    photo = site.get("/tower-4/-/photo/999")
    assert photo.status_code == 404
    assert "There is nothing here that you may see" in photo.text
    assert 'class="rail"' in photo.text


def test_a_place_without_photos_says_what_to_do(here: Any, write: Any) -> None:
    def empty(archive: Archive) -> None:
        for table in ("comments", "photos"):
            archive.connection.execute(f"delete from {table}")

    write(empty)
    for query, said, offers in (
        ("album:Unclassified", "No photos yet.", True),
        ("is:starred", "No photo is starred.", False),
        ("is:recycled", "The recycle bin is empty.", False),
        ("crane", "No photo is like that.", False),
        ("", "No photos yet.", True),
    ):
        page = here.get("/tower-4", params={"q": query}).text
        assert said in page
        assert ("Drop photos or whole folders" in page) is offers

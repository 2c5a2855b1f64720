"""Looking closely: comparing, tiles, spheres, copies."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image

from tests.plugins.conftest import KIMS, LATEST, OWNERS
from tests.plugins.viewer.asking import HOME

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

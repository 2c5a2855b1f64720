"""The feed of new photos: what one may see, newest first, as Atom."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(site: Any, who: str, path: str = "/tower-4/-/feed") -> list[Any]:
    answer = site.get(path, who)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own
    return list(feed.iter(f"{ATOM}entry"))


def test_a_feed_names_each_photo_and_leads_to_it(site: Any) -> None:
    (newest, *_) = entries(site, "reader")
    assert newest.findtext(f"{ATOM}title") == "roof"
    assert newest.findtext(f"{ATOM}id").startswith("urn:uuid:")
    links = [link.attrib["href"] for link in newest.iter(f"{ATOM}link")]
    assert links[0] == "http://localhost/tower-4/-/photo/6"


@pytest.mark.parametrize(
    ("who", "count"), [("reader", 2), ("uploader", 3), ("auditor", 5), ("admin", 5)]
)
def test_a_feed_has_what_its_reader_may_see(site: Any, who: str, count: int) -> None:
    assert len(entries(site, who)) == count
    assert site.leaks("/tower-4/-/feed", who) == set()
    assert site.leaks("/tower-4/-/feed.json", who) == set()


def test_a_feed_of_a_search(site: Any) -> None:
    assert len(entries(site, "reader", "/tower-4/-/feed?q=crane")) == 1
    assert site.get("/tower-4/-/feed?q=foo:bar").status_code == 400
    assert site.get("/tower-4/-/feed", "anonymous").status_code == 404

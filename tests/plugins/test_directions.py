"""What is written from right to left does not turn the words around it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from archive.identity import name_key

WORD = "שלום"  # read from right to left, whatever stands around it
PLAIN = {"title", "script", "option"}  # hold no elements
VOID = {"img", "input", "br", "link", "meta", "source"}


class Mixed(HTMLParser):
    """Finds texts with the word in them that nothing isolates from their neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.above: list[tuple[str, bool]] = []
        self.found: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            isolates = tag in {"bdi", "h1"} or dict(attrs).get("dir") == "auto"
            self.above.append((tag, isolates))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Parts of an icon."""

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self.above.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if WORD not in data or self.above[-1][0] in PLAIN:
            return
        self.seen += 1
        if not any(isolates for _, isolates in self.above):
            self.found.append(f"{'>'.join(tag for tag, _ in self.above[2:])}: {data}")


@pytest.fixture(scope="module")
def hebrew(make_site: Any) -> Any:
    def fill(make: Any) -> None:
        named = {
            "name": f"{WORD} 4",
            "name_key": name_key(f"{WORD} 4"),
            "uuid": "u",
            "created_at": "",
            "updated_at": "",
        }
        album = make.insert("albums", {**named, "position": "W"})
        place = make.insert("locations", named)
        trade = make.insert("trades", named)
        make.connection.execute("update people set name = ?", (f"{WORD} 4",))
        photo = make.photo(
            make.jpeg((9, 9, 9)),
            f"{WORD}.jpg",
            description=f"{WORD} 4 {WORD}" * 30,
            album_id=album,
            location_id=place,
        )
        make.insert("photo_trades", {"photo_id": photo, "trade_id": trade})
        make.comment(photo, f"{WORD} 4")

    return make_site(f"{WORD} 4", fill)


@pytest.mark.parametrize("path", ["{}", "{}?q=is:public+4", "{}/-/photo/1"])
def test_what_people_wrote_is_isolated(hebrew: Any, path: str) -> None:
    home = next(n for n in hebrew.datasette.databases if not n.startswith("_"))
    page = Mixed()
    page.feed(hebrew.get(path.format(f"/{home}")).text)
    assert page.seen > 5
    assert page.found == []

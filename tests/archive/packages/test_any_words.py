"""A package of any words, in any archive, says the same when it is made again."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.albums import add_album
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.editing import recycle_photos
from archive.errors import ArchiveError
from archive.export.package import export_package
from archive.identity import clean_name, clean_text
from archive.locations import find_or_add_location
from archive.markup_shapes import UNIT, Shape
from archive.markups import add_markup
from archive.people import owner
from archive.trades import find_or_add_trade
from tests.archive.import_checks import faults
from tests.archive.package_site import HOSTILE
from tests.archive.packages.taking import mended, said, take
from tests.archive.report_files import picture, put

WORDS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("<>&\"'=\n\u202e\u2028%\\/.;"),
    ),
    max_size=12,
) | st.sampled_from(HOSTILE)
PHOTOS = st.lists(
    st.fixed_dictionaries(
        {
            "description": WORDS,
            "filename": WORDS,
            "album": WORDS,
            "place": WORDS,
            "trade": WORDS,
            "comment": WORDS,
            "drawn": WORDS,
            "private": st.booleans(),
            "starred": st.booleans(),
            "recycled": st.booleans(),
            "taken_at": st.sampled_from(
                [None, "2026-05-11T10:00:00", "0001-01-01T00:00:00.5"]
            ),
            "rotation": st.sampled_from([0, 90, 180, 270]),
            "direction": st.none() | st.floats(0, 359.99),
            "position": st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        }
    ),
    min_size=1,
    max_size=3,
)


def _build(archive: Archive, photos: list[dict[str, Any]]) -> None:
    sam, connection = owner(archive.connection), archive.connection
    for n, wanted in enumerate(photos):
        fields: dict[str, Any] = {
            name: wanted[name]
            for name in ("private", "starred", "taken_at", "rotation", "direction")
        }
        fields["description"] = clean_text(wanted["description"])
        fields["filename"] = clean_text(wanted["filename"]) or "x"
        if wanted["position"]:
            fields["latitude"], fields["longitude"] = wanted["position"]
        with batch(connection, sam) as opened:
            with suppress(ArchiveError):
                name = clean_name(wanted["album"], "album")
                fields["album_id"] = add_album(connection, sam, opened, name).id
            with suppress(ArchiveError):
                path = wanted["place"].replace("\n", " ")
                place = find_or_add_location(connection, sam, opened, path)
                fields["location_id"] = place.id
            trade = None
            with suppress(ArchiveError):
                trade = find_or_add_trade(connection, sam, opened, wanted["trade"]).id
        number = put(archive, picture(n), **fields)
        with batch(connection, sam) as opened:
            if trade:
                connection.execute(
                    "insert into photo_trades values (?, ?)", (number, trade)
                )
            with suppress(ArchiveError):
                add_comment(connection, sam, opened, number, wanted["comment"])
            with suppress(ArchiveError):
                shape = Shape("text", "red", 4, ((9, n), (UNIT, 7)), wanted["drawn"])
                add_markup(connection, sam, opened, number, shape)
            if wanted["recycled"]:
                recycle_photos(connection, sam, opened, [number])


@settings(max_examples=5)
@given(PHOTOS)
def test_export_import_export_is_the_same(photos: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_archive(folder / "old", "Old", "Sam Reyes")
        create_archive(folder / "new", "New", "Kim Lee")
        with open_archive(folder / "old") as old, open_archive(folder / "new") as new:
            _build(old, photos)
            export_package(old, owner(old.connection), None, folder / "first")
            report = take(new, folder / "first")
            assert report.refused == []
            export_package(new, owner(new.connection), None, folder / "second")
            assert faults(new) == []
        first, second = (mended(said(folder / n)) for n in ("first", "second"))
        assert second[:2] == first[:2]
        assert first[2].items() <= second[2].items()

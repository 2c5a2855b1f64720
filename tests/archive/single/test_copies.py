"""A photo copied: a record of its own, with the same bytes."""

from __future__ import annotations

from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import NotAllowed, NotFound
from archive.importing.copies import CopyOptions, copy_photo
from archive.people import Person, add_person
from archive.photos import get_photo
from archive.rights import viewer
from tests.archive.import_checks import faults


def test_a_copy_is_a_photo_of_its_own(archive: Archive, sam: Person, add: Any) -> None:
    connection = archive.connection
    first = add(path=("Tower", "Roof"), description="crane", log_date="2026-03-09")
    with batch(connection, sam):
        edit = Edit(taken_at="2026-03-08T07:00:00", rotate=90, starred=True)
        edit_photos(connection, sam, [first], edit)
    second = copy_photo(archive, sam, first)
    old, new = (get_photo(connection, n, viewer(sam)) for n in (first, second))
    for same in ("sha256", "filename", "description", "location", "taken_at", "width"):
        assert getattr(new, same) == getattr(old, same), same
    assert (new.starred, new.log_date, new.uuid == old.uuid) == (False, None, False)
    with batch(connection, sam):
        edit_photos(connection, sam, [second], Edit(description="other"))
    assert get_photo(connection, first, viewer(sam)).description == "crane"
    assert faults(archive) == []


def test_a_copy_differs_where_it_is_said(
    archive: Archive, sam: Person, add: Any
) -> None:
    first = add(path=("Tower",), description="crane")
    options = CopyOptions(
        name="b.jpg",
        location=0,
        description="",
        private=True,
        starred=True,
        trades=(),
        log_date="2026-03-09",
    )
    number = copy_photo(archive, sam, first, options)
    found = get_photo(archive.connection, number, viewer(sam))
    assert (found.filename, found.location, found.description) == ("b.jpg", None, "")
    assert (found.private, found.starred, found.log_date) == (True, True, None)
    above = copy_photo(archive, sam, first, CopyOptions(path=("Roof",)))
    assert get_photo(archive.connection, above, viewer(sam)).location == "Roof"


def test_a_copy_shows_nobody_more(archive: Archive, sam: Person, add: Any) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        ada = add_person(
            connection,
            sam,
            opened,
            "Ada",
            level="standard",
            rights=("can_view_private",),
        )
        kim = add_person(connection, sam, opened, "Kim", level="standard")
    secret, binned = add(private=True), add()
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [binned])
    number = copy_photo(archive, ada, secret)
    assert get_photo(connection, number, viewer(sam)).private
    with pytest.raises(NotAllowed):
        copy_photo(archive, ada, secret, CopyOptions(private=False))
    for hidden, actor in ((secret, kim), (binned, sam), (99, sam)):
        with pytest.raises(NotFound):
            copy_photo(archive, actor, hidden)

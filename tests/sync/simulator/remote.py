"""The remote in memory: its photos, albums, places and trades, and their changes.

What it does is what ``docs/api.md`` and the contract say; where they are silent, or
real remotes differ, ``Habits`` has a switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from archive.identity import name_key
from tests.sync.simulator.habits import RIGHTS, Habits
from tests.sync.simulator.rows import (
    SOMEBODY,
    UNCLASSIFIED,
    Album,
    Image,
    Place,
    Rows,
    Trade,
    Upload,
)


class Refusal(Exception):
    """A request that the remote does not carry out."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Remote:
    """One project on the remote.

    :param now: its clock, in seconds since 1970
    :param rights: what the laptops' account may do
    :param hidden: numbers of photos and albums that this account may not see
    :param poisoned: records of which every change fails: (path's word, number or name)
    :param stamps: when a field was last changed, counted in changes: to tell who could
        have seen what
    :param blobs: every file there ever was
    :param was_at: what its clock said before it was put back
    """

    now: Callable[[], int]
    habits: Habits = field(default_factory=Habits)
    rights: frozenset[str] = RIGHTS
    company: int = 7
    project: int = 7
    name: str = "Tower 4"
    rows: Rows = field(default_factory=Rows)
    uploads: dict[str, Upload] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    poisoned: dict[str, int] = field(default_factory=dict)
    stamps: dict[tuple[str, int, str], int] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    ever_deleted: set[int] = field(default_factory=set)
    ever_hidden: set[int] = field(default_factory=set)
    changes: int = 0
    last_id: int = 100
    was_at: int = 0

    def __post_init__(self) -> None:
        at = self.now()
        self.rows.albums[UNCLASSIFIED] = Album(UNCLASSIFIED, "Unclassified", at, at)

    def stamp(self) -> int:
        """Return the moment that a change is stamped with; it is seen a bit later."""
        return self.now() - self.habits.lag

    def next_id(self) -> int:
        """Return a number that nothing has, and nothing had before.

        But for what was made since the backup that the remote was restored from, if it
        gives numbers again.
        """
        self.last_id += 1
        return self.last_id

    def note(self, what: str, number: int, *fields: str) -> None:
        """Write down that fields were changed."""
        self.changes += 1
        for name in fields:
            self.stamps[what, number, name] = self.changes

    # -- what is there ----------------------------------------------------------------

    def live(self) -> Iterator[Image]:
        """Yield photos that are in no bin."""
        return (one for one in self.rows.images.values() if one.is_live)

    def is_visible(self, image: Image) -> bool:
        """Whether this account may see a photo."""
        return image.id not in self.hidden and image.album not in self.hidden

    def image(self, number: int) -> Image:
        """Return a photo that is live.

        :raises Refusal: 404
        """
        found = self.rows.images.get(number)
        if found is None or not found.is_live:
            raise Refusal(404, f"there is no image {number}")
        return found

    # -- changes, by whoever makes them -----------------------------------------------

    def add_image(
        self,
        filename: str,
        original: tuple[str, int],
        fields: dict[str, Any],
        uploader: int = SOMEBODY,
    ) -> Image:
        """Make a photo of a file."""
        at, number = self.stamp(), self.next_id()
        sha256, size = original
        if self.habits.reencodes:
            sha256, size = f"re-encoded {sha256}", size + 1
        image = Image(number, filename, size, sha256, at, at, uploader=uploader)
        self.blobs[sha256] = size
        image = replace(image, **self._kept(image, fields))
        self.rows.images[number] = image
        self.note("image", number, *fields)
        return image

    def edit_image(self, number: int, fields: dict[str, Any]) -> Image:
        """Change a photo, as far as the remote takes it."""
        before = self.image(number)
        kept = self._kept(before, fields)
        changed = {n: v for n, v in kept.items() if getattr(before, n) != v}
        if not changed:
            return before
        after = replace(before, **changed)
        if self._is_touched(set(changed)):
            after = replace(after, updated=self.stamp())
        self.rows.images[number] = after
        self.note("image", number, *changed)
        return after

    def _is_touched(self, changed: set[str]) -> bool:
        quiet = set()
        if "star" not in self.habits.touches:
            quiet |= {"starred"}
        if "place" not in self.habits.touches:
            quiet |= {"album", "location", "trades"}
        return bool(changed - quiet)

    def _kept(self, before: Image, fields: dict[str, Any]) -> dict[str, Any]:
        """Return what becomes of fields that are written."""
        kept = dict(fields)
        if self.habits.ignores_starred:
            kept.pop("starred", None)
        if self.habits.trims and "description" in kept:
            kept["description"] = kept["description"].strip()
        album = self.rows.albums.get(kept.get("album", before.album))
        if album is None:
            raise Refusal(422, "image_category_id: there is no such album")
        if self.habits.hides_photos and album.private:
            kept["private"] = True
        is_private = kept.get("private", before.private)
        log_date = kept.get("log_date", before.log_date)
        if self.habits.clears_log and is_private and log_date is not None:
            kept["log_date"] = None
        self._require_known(kept)
        return kept

    def _require_known(self, fields: dict[str, Any]) -> None:
        place = fields.get("location")
        if place is not None and place not in self.rows.places:
            raise Refusal(422, "location_id: there is no such location")
        if not fields.get("trades", frozenset()) <= set(self.rows.trades):
            raise Refusal(422, "trade_ids: there is no such trade")

    def recycle(self, number: int) -> None:
        """Put a photo into the bin."""
        image = self.image(number)
        at = self.stamp()
        updated = at if "recycle" in self.habits.touches else image.updated
        self.rows.images[number] = replace(image, deleted=at, updated=updated)
        self.ever_deleted.add(number)
        self.note("image", number, "life")

    def retrieve(self, number: int) -> Image:
        """Take a photo out of the bin: into its album, if that is there."""
        image = self.rows.images.get(number)
        if image is None or image.deleted is None or image.is_purged:
            raise Refusal(404, "it is not in the bin")
        album = image.album if image.album in self.rows.albums else UNCLASSIFIED
        at = self.stamp()
        updated = at if "retrieve" in self.habits.touches else image.updated
        image = replace(image, deleted=None, album=album, updated=updated)
        hidden = self.habits.hides_photos and self.rows.albums[album].private
        if hidden:
            log_date = None if self.habits.clears_log else image.log_date
            image = replace(image, private=True, log_date=log_date)
        self.rows.images[number] = image
        self.note("image", number, "life", "album")
        return image

    def purge(self, number: int) -> None:
        """End a photo that is in the bin; a card of it stays."""
        image = self.rows.images[number]
        self.rows.images[number] = replace(
            image, is_purged=True, updated=self.stamp(), description="", sha256=""
        )
        self.note("image", number, "life")

    def add_album(self, name: str, *, private: bool = False) -> Album:
        """Make an album."""
        self._require_name(self.rows.albums.values(), name, private=private)
        at, number = self.stamp(), self.next_id()
        album = self.rows.albums[number] = Album(number, name, at, at, private)
        self.note("album", number, "name", "private")
        return album

    def _require_name(
        self, others: Any, name: str, *, private: bool, but: int = 0
    ) -> None:
        if not name.strip():
            raise Refusal(422, "name: can't be blank")
        taken = any(
            name_key(one.name) == name_key(name) and one.private == private
            for one in others
            if one.id != but
        )
        if taken and self.habits.unique_names:
            raise Refusal(422, "name: has already been taken")

    def edit_album(self, number: int, fields: dict[str, Any]) -> Album:
        """Change an album; the photos of one that becomes private do, too."""
        before = self.rows.albums.get(number)
        if before is None:
            raise Refusal(404, f"there is no album {number}")
        after = replace(before, **fields)
        if number == UNCLASSIFIED and after != before:
            raise Refusal(422, "Unclassified stays as it is")
        if after == before:
            return before
        others = self.rows.albums.values()
        if {"name", "private"} & set(fields):
            self._require_name(others, after.name, private=after.private, but=number)
        self.rows.albums[number] = after = replace(after, updated=self.stamp())
        changed = (n for n in fields if getattr(before, n) != fields[n])
        self.note("album", number, *changed)
        if after.private and not before.private and self.habits.hides_photos:
            self._hide_photos(number)
        return after

    def _hide_photos(self, album: int) -> None:
        for image in list(self.live()):
            if image.album == album and not image.private:
                self.edit_image(image.id, {"private": True})

    def delete_album(self, number: int) -> list[int]:
        """Delete an album; its photos go to the bin. Returns them."""
        if number == UNCLASSIFIED or number not in self.rows.albums:
            raise Refusal(404, f"there is no album {number}")
        inside = [one.id for one in self.live() if one.album == number]
        for one in inside:
            self.recycle(one)
        del self.rows.albums[number]
        self.note("album", number, "life")
        return inside

    def add_place(self, name: str, parent: int | None = None) -> Place:
        """Make a location."""
        self._require_place(name, parent)
        at, number = self.stamp(), self.next_id()
        place = self.rows.places[number] = Place(number, name, at, at, parent)
        self.note("place", number, "name", "parent")
        return place

    def _require_place(self, name: str, parent: int | None, but: int = 0) -> None:
        if parent is not None and parent not in self.rows.places:
            raise Refusal(422, "parent_id: there is no such location")
        if not name.strip():
            raise Refusal(422, "node_name: can't be blank")
        for one in self.rows.places.values():
            is_alike = name_key(one.name) == name_key(name) and one.parent == parent
            if is_alike and one.id != but:
                raise Refusal(422, "node_name: has already been taken")

    def edit_place(self, number: int, fields: dict[str, Any]) -> Place:
        """Rename or move a location."""
        before = self.rows.places.get(number)
        if before is None:
            raise Refusal(404, f"there is no location {number}")
        after = replace(before, **fields)
        if after == before:
            return before
        self._require_place(after.name, after.parent, number)
        at = after.parent
        while at is not None:
            if at == number:
                raise Refusal(422, "parent_id: lies below it")
            at = self.rows.places[at].parent
        self.rows.places[number] = after = replace(after, updated=self.stamp())
        self.note("place", number, *fields)
        return after

    def delete_place(self, number: int) -> None:
        """Delete a location that nothing uses."""
        if number not in self.rows.places:
            raise Refusal(404, f"there is no location {number}")
        below = any(one.parent == number for one in self.rows.places.values())
        if below or any(one.location == number for one in self.live()):
            raise Refusal(409, "something uses it")
        for one in list(self.rows.images.values()):
            if one.location == number:
                self.rows.images[one.id] = replace(one, location=None)
        del self.rows.places[number]
        self.note("place", number, "life")

    def add_trade(self, name: str) -> Trade:
        """Make a trade."""
        key = name_key(name)
        if any(name_key(one.name) == key for one in self.rows.trades.values()):
            raise Refusal(422, "name: has already been taken")
        number = self.next_id()
        trade = self.rows.trades[number] = Trade(number, name, self.stamp())
        self.note("trade", number, "name")
        return trade

    def edit_trade(self, number: int, fields: dict[str, Any]) -> Trade:
        """Rename a trade, or end its use: in the browser only."""
        before = self.rows.trades[number]
        after = replace(before, **fields, updated=self.stamp())
        self.rows.trades[number] = after
        self.note("trade", number, *fields)
        return after

"""What holds for the next runs, too: which originals, how fast, and when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.people import owner
from sync.commands import syncing
from sync.effects import Steps, Tell
from sync.engine import Report
from tests.sync.driving.commands.conftest import Hand, me, run


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), {"a", "b", "none"}),
        (("none",), set()),
        (("all", "none"), {"a", "b", "none"}),
        (("album=Site", "location=Tower"), {"a", "b"}),
        (("album=Unclassified",), {"b", "none"}),
        (("taken=2026-05-02..",), {"b"}),
        (("taken=..2026-05-01",), {"a"}),
    ],
)
def test_originals_are_chosen(
    folder: Path, words: tuple[str, ...], wanted: set[str]
) -> None:
    from archive.albums import add_album
    from archive.locations import find_or_add_location

    with open_archive(folder) as archive:
        connection = archive.connection
        who = owner(connection)
        with batch(connection, who) as opened:
            album = add_album(connection, who, opened, "Site")
            place = find_or_add_location(connection, who, opened, "Tower>Level 2")
        photos: dict[str, dict[str, Any]] = {
            "a": {"album": album.uuid, "taken_at": "2026-05-01T08:00:00"},
            "b": {
                "album": None,
                "location": place.uuid,
                "taken_at": "2026-05-02T08:00:00",
            },
            "none": {"album": None, "location": None, "taken_at": None},
        }
        choice = syncing.chosen(archive, who, words, keeps=False)
    assert {name for name, fields in photos.items() if choice.wants(fields)} == wanted


def test_what_was_chosen_holds_for_the_next_runs(linked: Path, hand: Hand) -> None:
    wanted: list[bool] = []

    def engine(order: Any) -> Steps[Report]:
        wanted.append(order.selection.wants({"taken_at": "2026-05-01T08:00:00"}))
        return (yield from me(order))

    hand(engine)
    run("sync", linked, "--originals", "none", "--dry-run")
    run("sync", linked)
    run("sync", linked, "--originals", "none")
    run("sync", linked)
    run("remote", "originals", linked, "taken=2026-05-01..", "album=Unclassified")
    run("sync", linked)
    assert wanted == [False, True, False, False, True]
    told = json.loads(run("remote", "originals", linked, "--json").stdout)
    assert told == {"originals": ["album=Unclassified", "taken=2026-05-01.."]}


def test_a_schedule_is_said_shown_and_ended(linked: Path) -> None:
    def shown(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            run("remote", "schedule", linked, *options, "--json").stdout
        )
        return found

    assert shown()["next"] is None
    told = shown("--on", "sat-sun", "--at", "6:30")
    assert (told["days"], told["times"]) == ([5, 6], ["06:30"])
    assert told["next"].endswith(":00.000Z")
    assert shown("--every", "4")["hours"] == 4
    assert shown()["next"] is not None
    assert shown("--off")["next"] is None
    for wrong in (("--every", "4", "--off"), ("--on", "mon"), ("--at", "6:30")):
        run("remote", "schedule", linked, *wrong, code=2)
    run("remote", "schedule", linked, "--every", "0", code=1)


@pytest.mark.parametrize("word", ["everything", "album=", "taken=x", "taken=..", "x=y"])
def test_a_choice_that_cannot_be_is_refused(linked: Path, word: str) -> None:
    assert "is none of" in run("sync", linked, "--originals", word, code=1).stderr


@pytest.mark.parametrize(
    ("told", "seconds", "done", "line"),
    [
        (Tell("pull", 7), 60, 7, "pull: 7"),
        (Tell("pull", 7, 14), 1, 7, "pull: 7 of 14"),
        (Tell("pull", 50, 200), 60, 50, "pull: 50 of 200, done in about 0:03:00"),
        (Tell("pull", 150, 200), 60, 50, "pull: 150 of 200, done in about 0:01:00"),
        (Tell("pull", 14, 14), 60, 7, "pull: 14 of 14"),
    ],
)
def test_it_is_said_when_it_will_be_done(
    told: Tell, seconds: float, done: int, line: str
) -> None:
    assert syncing.far(told, seconds, done) == line


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500k", 5e5), ("2M", 2e6), ("1.5 MB/s", 1.5e6), ("7", 7.0), (None, None)],
)
def test_rates(text: str | None, rate: float | None) -> None:
    assert syncing.bytes_a_second(text) == rate


@pytest.mark.parametrize("text", ["", "0", "fast", "-5", "1T"])
def test_a_rate_that_cannot_be_is_refused(linked: Path, text: str) -> None:
    assert "is no rate" in run("sync", linked, "--limit-rate", text, code=1).stderr

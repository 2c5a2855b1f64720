"""A stick that fails, or is pulled out, at any moment: nothing that looks whole."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from functools import partial

import pytest

from archive.errors import Conflict, StoreError
from sync.bundles.acks import acks, leave
from sync.bundles.model import Ack
from sync.bundles.reading import find, salvage
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import (
    ARCHIVE,
    BYTES,
    Cut,
    Desk,
    Failing,
    as_written,
    contents,
)


def broken(code: int) -> OSError:
    return OSError(code, os.strerror(code))


pulled = partial(broken, errno.EIO)
full = partial(broken, errno.ENOSPC)


def operations(desk: Desk, only: str = "") -> int:
    with Failing(desk.stick, Cut, only=only).wrapped() as failing:
        desk.write().path.rename(desk.part)
    count = failing.count
    (desk.part / "COMPLETE").unlink()
    return count


def clear(desk: Desk) -> None:
    for path in desk.stick.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("error", "only", "loses", "is_resumed", "step"),
    [
        (Cut, "", True, False, 1),
        (Cut, "", True, True, 3),
        (pulled, "", False, True, 2),
        (full, "write", True, False, 1),
    ],
    ids=["no power", "no power for the second time", "pulled", "full"],
)
def test_a_run_that_ends_anywhere_is_gone_on_with(
    desk: Desk,
    error: Callable[[], BaseException],
    only: str,
    loses: bool,
    is_resumed: bool,
    step: int,
) -> None:
    count = operations(desk, only)
    assert count > 5
    for at in range(0, count, step):
        clear(desk)
        if is_resumed:
            desk.write(BYTES[:2]).path.rename(desk.part)
        failing = Failing(desk.stick, error, at, only, loses)
        with failing.wrapped(), pytest.raises((Cut, StoreError)) as caught:
            desk.write()
            raise Cut  # there are fewer operations where something lies already
        if isinstance(caught.value, StoreError):
            assert str(desk.stick) in caught.value.path
        check_what_is_left(desk)


def check_what_is_left(desk: Desk) -> None:
    """Nothing, half a bundle that can be gone on with, or a whole one."""
    for found in find(desk.stick, ARCHIVE):
        if found.state == "whole":
            assert contents(desk.read()) == as_written()
            with pytest.raises(Conflict):
                desk.write()
            return
        assert found.state == "torn"
        assert found.path.name.endswith(".part")
        for name, open_it in salvage(found):
            assert sha256(open_it().read()) == name
    desk.write()
    assert contents(desk.read()) == as_written()


@pytest.mark.parametrize("error", [Cut, pulled], ids=["killed", "pulled"])
def test_an_acknowledgement_is_left_whole_or_as_it_was(
    desk: Desk, error: Callable[[], BaseException]
) -> None:
    first = Ack(ARCHIVE, "site-b", "site-a", 7, "2026-08-23", {"site-b": 1})
    second = Ack(ARCHIVE, "site-b", "site-a", 7, "2026-08-24", {"site-b": 2})
    leave(desk.stick, first, [sha256(b"1")])
    with Failing(desk.stick, Cut).wrapped() as failing:
        leave(desk.stick, first, [sha256(b"1")])
    for at in range(failing.count):
        broken_one = Failing(desk.stick, error, at, loses=True)
        with broken_one.wrapped(), pytest.raises((Cut, StoreError)):
            leave(desk.stick, second, map(sha256, BYTES))
        (ack,) = acks(desk.stick, ARCHIVE)
        assert (ack.at, ack.hashes) in {("2026-08-23", 1), ("2026-08-24", 3)}

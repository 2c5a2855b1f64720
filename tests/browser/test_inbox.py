"""Whoever is named in a comment is told, follows it, and has read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from archive.batches import batch
from archive.comments import add_comment
from archive.database import open_archive
from archive.people import find_person
from archive.settings import set_setting
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a
from tests.forked import served
from tests.plugins.conftest import KIMS, LATEST, PUBLIC, fill

pytestmark = pytest.mark.slow


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with told(tmp_path / "tower") as address:
        yield address


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for tests that read nothing."""
    with told(tmp_path_factory.mktemp("unread") / "tower") as address:
        yield address


@contextmanager
def told(folder: Path) -> Iterator[str]:
    """Sam is named on two photos, and Kim has added one."""
    fill(folder)
    with open_archive(folder) as archive:
        connection = archive.connection
        sam, kim = (find_person(connection, number) for number in (1, 2))
        with batch(connection, kim) as opened:
            for n in range(6):  # so that the last is out of sight
                add_comment(connection, kim, opened, PUBLIC, f"{n}\n\n\n\n\n\n.")
            add_comment(connection, kim, opened, PUBLIC, "@Sam Archer look at this")
            add_comment(connection, kim, opened, KIMS, "@Sam Archer and at this")
        with batch(connection, sam):
            set_setting(connection, sam, "subscribers", [1])
    with served(folder) as address:
        yield address


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    with watching(page, url) as found:
        yield found


def bell(page: Any) -> Any:
    return page.get_by_role("link", name=re.compile("For you"))


def test_a_mention_is_followed_from_the_bell_and_is_read_then(
    watched: Any, url: str
) -> None:
    page = watched
    page.goto(f"{url}/-/photo/{LATEST}")
    expect(bell(page)).to_have_attribute("title", "For you: 3 unread")
    bell(page).click()
    expect(page.locator(".news .unread")).to_have_count(3)
    page.get_by_role("link", name=re.compile("look at this")).click()
    expect(page).to_have_url(re.compile(rf"/-/photo/{PUBLIC}#comment-\d+$"))
    expect(page.locator(".comments li:target")).to_be_in_viewport()
    page.goto(f"{url}/-/inbox")
    expect(page.locator(".news .unread")).to_have_count(2)
    expect(bell(page)).to_have_attribute("title", "For you: 2 unread")


def test_it_is_read_once_it_was_in_sight_on_the_photo_s_page(
    watched: Any, url: str
) -> None:
    page = watched
    page.goto(f"{url}/-/photo/{PUBLIC}")
    last = page.locator(".comments li").last
    expect(last).not_to_be_in_viewport()
    with page.expect_response(re.compile("/-/inbox/read$")) as answer:
        last.scroll_into_view_if_needed()
    assert answer.value.json()["unread"] == 2


def test_keys_follow_a_mention_and_mark_it_unread_again(watched: Any, url: str) -> None:
    page = watched
    page.goto(f"{url}/-/inbox")
    page.get_by_role("link", name=re.compile("and at this")).focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("title", "Mark as read")
    page.keyboard.press("Enter")
    expect(page.locator(".news .unread")).to_have_count(2)
    page.get_by_role("button", name="Mark as unread").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".news .unread")).to_have_count(3)
    page.get_by_role("button", name="Mark all as read").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".news .unread")).to_have_count(0)
    expect(bell(page)).to_have_attribute("title", "For you")


def test_a_day_with_new_photos_leads_to_them(watched: Any, url: str) -> None:
    page = watched
    page.goto(f"{url}/-/inbox")
    day = page.locator(".news a.day")
    expect(day).to_contain_text("1 photo")
    day.click()
    expect(page).to_have_url(re.compile(r"\?q=uploaded"))
    expect(bell(page)).to_have_attribute("title", "For you: 2 unread")
    page.goto(f"{url}/-/inbox")
    page.get_by_role("button", name="Do not tell me any more").click()
    expect(page.get_by_role("button", name="Tell me of new photos")).to_be_visible()


def test_without_scripts_it_is_forms(new_context: Any, url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{url}/-/inbox")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".news .unread")).to_have_count(0)
    expect(page).to_have_url(f"{url}/-/inbox")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
@pytest.mark.parametrize("size", ["laptop", "phone"])
def test_what_is_new_keeps_nobody_out(new_context: Any, unread: str, size: str) -> None:
    page = on_a(size, new_context)
    page.goto(f"{unread}/-/inbox", wait_until="networkidle")
    assert kept_out(page) == []

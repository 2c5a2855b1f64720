"""Logging in as a person does: by keyboard, without scripts, on two devices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a
from tests.forked import served
from tests.plugins.conftest import fill
from tests.plugins.visitors import PASSWORDS, give_passwords

pytestmark = pytest.mark.slow
FRESH = "willow anchor brick"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small archive, where everybody logs in."""
    folder = tmp_path_factory.mktemp("office") / "tower"
    fill(folder)
    give_passwords(folder)
    with served(folder, "--accounts") as url:
        yield url


def log_in(page: Any, who: str, password: str | None = None) -> None:
    """Fill in the login page that is shown, and wait for what it leads to."""
    page.get_by_label("Login", exact=True).fill(who)
    page.get_by_label("Password", exact=True).fill(password or PASSWORDS[who])
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()


def test_logging_in_by_keyboard_leads_to_what_was_wanted(
    office: str, new_context: Any
) -> None:
    with watching(new_context().new_page(), office) as page:
        page.goto(f"{office}?q=crane")
        expect(page).to_have_title("Log in")
        keys = page.keyboard
        keys.type("kim")  # the field has the focus
        keys.press("Tab")
        keys.type(PASSWORDS["kim"])
        keys.press("Enter")
        expect(page).to_have_url(f"{office}?q=crane")
        expect(page.locator(".tile")).to_have_count(2)
        page.goto(f"{office}/-/account")
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_title("Log in")
        page.go_back()
        expect(page.locator(".tile")).to_have_count(0)


def test_a_wrong_password_is_said_and_can_be_looked_at(
    office: str, new_context: Any
) -> None:
    page = new_context().new_page()
    page.goto(office)
    log_in(page, "kim", "crane")
    problem = page.get_by_role("alert")
    expect(problem).to_have_text("This login and password do not fit together.")
    expect(page.get_by_label("Login", exact=True)).to_have_value("kim")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    field.fill(PASSWORDS["kim"])
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(office)


def test_by_plain_http_from_another_computer(tmp_path: Path, new_context: Any) -> None:
    """There a browser says less of where a form comes from: no Sec-Fetch-Site."""
    folder = tmp_path / "tower"
    fill(folder)
    give_passwords(folder)
    with served(folder, "--host", "0.0.0.0") as url:  # noqa: S104
        page = new_context().new_page()
        page.goto(url)
        log_in(page, "sam")
        expect(page).to_have_url(url)
        page.goto(f"{url}/-/settings")
        page.get_by_label("Change Kim Lee").click()
        page.get_by_role("button", name="Invite, or send a new password").click()
        page.get_by_role("button", name="Copy").click()
        page.goto(page.get_by_label("Invitation").input_value())
        page.get_by_label("New password", exact=True).fill(FRESH)
        page.get_by_label("New password, again").fill(FRESH)
        page.get_by_role("button", name="Set the password").click()
        expect(page).to_have_url(url)
        page.goto(f"{url}/-/account")
        expect(page.get_by_role("heading", name="Kim Lee")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_title("Log in")


def test_everything_works_without_scripts(office: str, new_context: Any) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(office)
    log_in(page, "rae")
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("link", name="Account: Rae Reader").click()
    page.get_by_label("Password now").fill(PASSWORDS["rae"])
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password, again").fill("short")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 15 characters")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in")


def test_a_session_that_ended_elsewhere_leads_a_script_to_the_login(
    office: str, new_context: Any
) -> None:
    page = new_context().new_page()
    page.goto(office)
    log_in(page, "sam")
    page.goto(f"{office}/-/albums")
    page.context.clear_cookies()
    script = "import('/-/static-plugins/asbuilt/app.js')"
    page.evaluate(f"{script}.then(app => app.post('/-/x').catch(() => 0))")
    expect(page).to_have_title("Log in")
    assert page.url.endswith("/-/login?next=%2Ftower-4%2F-%2Falbums")


def test_from_an_invitation_to_a_new_password_and_two_devices(
    tmp_path: Path, new_context: Any
) -> None:
    """The whole way: the admin invites, somebody chooses, changes, ends a session."""
    folder = tmp_path / "tower"
    fill(folder)
    give_passwords(folder)
    with served(folder, "--accounts") as office:
        sam = new_context().new_page()
        sam.goto(f"{office}/-/settings")
        log_in(sam, "sam")
        sam.get_by_label("Change Kim Lee").click()
        sam.get_by_role("button", name="Invite, or send a new password").click()
        link = sam.get_by_label("Invitation").input_value()
        with watching(new_context().new_page(), office) as kim:
            kim.goto(link)
            expect(kim.get_by_text("Welcome, Kim Lee.")).to_be_visible()
            kim.get_by_label("New password", exact=True).fill(FRESH)
            kim.get_by_label("New password, again").fill(FRESH)
            kim.get_by_role("button", name="Set the password").click()
            expect(kim).to_have_url(office)
            phone = new_context().new_page()
            phone.goto(office)
            log_in(phone, "kim", FRESH)
            kim.get_by_role("link", name="Account: Kim Lee").click()
            ended = re.compile("End the session of")
            kim.get_by_role("button", name=ended).click()
            expect(kim.get_by_role("button", name=ended)).to_have_count(0)
            phone.reload()
            expect(phone).to_have_title("Log in")
            kim.get_by_label("Password now").fill(FRESH)
            kim.get_by_label("New password", exact=True).fill(PASSWORDS["kim"])
            kim.get_by_label("New password, again").fill(PASSWORDS["kim"])
            kim.get_by_role("button", name="Change the password").click()
            expect(kim.get_by_text("The password is changed.")).to_be_visible()
        sam.goto(link)
        expect(sam.get_by_role("heading")).to_have_text("This link is not valid")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_no_door_keeps_anybody_out(office: str, new_context: Any) -> None:
    page = on_a("phone", new_context)
    found = {}

    def look(name: str) -> None:
        if wrong := kept_out(page):
            found[name] = wrong

    base = office.rpartition("/")[0]
    page.goto(f"{base}/-/invitation/none")
    look("uninvited")
    page.goto(office)
    look("login")
    log_in(page, "kim", "wrong")
    look("wrong")
    log_in(page, "sam")
    for path in ("/-/account", "/-/settings"):
        page.goto(office + path)
        look(path)
    page.get_by_label("Change Rae Reader").click()
    page.get_by_role("button", name="Invite, or send a new password").click()
    expect(page.get_by_label("Invitation")).to_be_visible()
    look("invited")
    page.goto(page.get_by_label("Invitation").input_value())
    look("invitation")
    page.goto(f"{base}/-/logout")
    look("logout")
    assert found == {}

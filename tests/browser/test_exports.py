"""Asking for reports and zips as a person does: in a dialog, on a page, on a phone."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a

pytestmark = pytest.mark.slow


def choose(page: Any, url: str, count: int) -> None:
    """Select the first photos of the timeline."""
    page.goto(f"{url}?q=crane", wait_until="networkidle")
    boxes = page.locator(".tile input[type=checkbox]")
    expect(boxes.first).to_be_attached()
    for number in range(count):
        boxes.nth(number).check(force=True)
    expect(page.locator(".bulk-count")).to_contain_text(str(count))


def saved(page: Any, folder: Path) -> Path:
    """Download what is ready on the page of exports."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_report_of_what_is_selected(changing: str, page: Any, tmp_path: Path) -> None:
    with watching(page, changing):
        choose(page, changing, 2)
        page.get_by_role("button", name="Report as PDF").click()
        dialog = page.get_by_role("dialog", name="Report of 2 photos")
        dialog.get_by_label("Title", exact=True).fill("Week 20")
        dialog.get_by_role("radio", name="6").check(force=True)
        dialog.get_by_label("Sections").select_option(label="by day")
        dialog.get_by_label("File", exact=True).check()
        dialog.get_by_role("button", name="Make the report").click()
        page.wait_for_url("**/-/exports")
        expect(page.get_by_role("link", name="Download")).to_be_visible()
        expect(page.get_by_text("2 of 2 photos")).to_be_visible()
        path = saved(page, tmp_path)
    assert path.name == "Week 20.pdf"
    with pikepdf.open(path) as pdf, pdf.open_metadata() as meta:
        assert meta["dc:title"] == "Week 20"


def test_a_report_of_one_photo_from_its_page(changing: str, page: Any) -> None:
    with watching(page, changing):
        page.goto(f"{changing}/-/photo/1", wait_until="networkidle")
        page.get_by_role("link", name="Report as PDF").first.click()
        expect(page.get_by_text("Of 1 photo.")).to_be_visible()
        page.get_by_role("button", name="Make the report").click()
        page.wait_for_url("**/-/exports")
        expect(page.get_by_text("1 of 1 photos")).to_be_visible()


def test_a_large_zip_is_made_in_the_background(
    changing: str, page: Any, tmp_path: Path
) -> None:
    with watching(page, changing):
        choose(page, changing, 1)
        page.evaluate(
            """document.dispatchEvent(new CustomEvent("selection", {
                detail: { ids: [], query: "crane", count: 20000 } }))"""
        )
        page.get_by_role("button", name="Download as zip").click()
        page.wait_for_url("**/-/exports")
        expect(page.get_by_role("link", name="Download")).to_be_visible()
        path = saved(page, tmp_path)
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None


def test_an_export_is_deleted_by_whoever_asked(changing: str, page: Any) -> None:
    with watching(page, changing):
        page.goto(f"{changing}/-/exports/report?ids=1", wait_until="networkidle")
        page.get_by_role("button", name="Make the report").click()
        page.wait_for_url("**/-/exports")
        expect(page.get_by_role("link", name="Download")).to_be_visible()
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_text("It is no longer here")).to_be_visible()


def test_the_form_works_without_scripts(changing: str, new_context: Any) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{changing}/-/exports/report?q=crane")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", name="Exports")).to_be_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_nobody_is_kept_out(changing: str, new_context: Any) -> None:
    page = on_a("phone", new_context)
    page.goto(f"{changing}/-/exports/report?ids=1", wait_until="networkidle")
    page.locator("details.report-more summary").click()
    assert kept_out(page) == []
    page.get_by_role("button", name="Make the report").click()
    page.wait_for_url("**/-/exports")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    assert kept_out(page) == []
    choose(page, changing, 1)
    page.get_by_role("button", name="Report as PDF").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert kept_out(page) == []

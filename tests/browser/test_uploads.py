"""Uploading as a person does it: chosen, dropped, cut off, and gone on with."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from archive.database import create_archive
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a
from tests.forked import served

pytestmark = pytest.mark.slow

CLIENT = Path(__file__).parents[2] / ".ci" / "tools" / "tus-js-client" / "tus.min.js"
OVER = "The upload has ended"
BYTES = "**/-/uploads/files/*"


def jpeg(number: int) -> bytes:
    """A photo of 2026, like no other."""
    image = Image.new("RGB", (400, 300), (number * 40 % 256, 255 - number, 90))
    image.putpixel((number % 400, 5), (255, 255, 255))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"2026:05:{1 + number % 28:02} 10:00:00"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Five photos in two folders, and what a system leaves beside them."""
    for number in range(5):
        folder = tmp_path / "stick" / f"day {number % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"IMG_{number}.jpg").write_bytes(jpeg(number))
    (tmp_path / "stick" / "Thumbs.db").write_bytes(b"x")
    return tmp_path / "stick"


@pytest.fixture
def photos(stick: Path) -> list[Path]:
    return sorted(stick.rglob("*.jpg"))


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    create_archive(tmp_path / "tower", "Tower 4")
    with served(tmp_path / "tower") as address:
        yield address


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    with watching(page, url) as one:
        one.goto(url, wait_until="networkidle")
        yield one


def upload_of(page: Any) -> Any:
    """The link in the bar, which is on every page."""
    return page.get_by_role("banner").get_by_role("link", name="Upload")


def choose(page: Any, files: list[Path]) -> Any:
    """Open the dialog and choose files."""
    upload_of(page).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[name=files]").set_input_files(files)
    return dialog


def begin(page: Any, files: list[Path]) -> Any:
    choose(page, files).get_by_role("button", name="Start the upload").click()
    return page.locator(".upload-panel")


def test_chosen_files_become_photos_of_the_place_one_was_at(
    watched: Any, url: str, photos: list[Path]
) -> None:
    dialog = choose(watched, photos)
    expect(dialog.locator(".upload-chosen")).to_have_text(re.compile("5 files, .* kB"))
    dialog.get_by_label("Album", exact=True).select_option(label="New album …")
    watched.keyboard.type("Facade")
    dialog.get_by_label("Location").fill("Tower>Level 2")
    dialog.get_by_label("Description").fill("North wall")
    dialog.get_by_role("button", name="Start the upload").click()
    panel = watched.locator(".upload-panel")
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    expect(panel).to_contain_text("5 photos added")
    panel.get_by_role("link", name="See the new photos").click()
    expect(watched.locator(".tile")).to_have_count(5)
    watched.goto(f'{url}?q=album:Facade location:"Tower>Level 2" wall')
    expect(watched.locator(".tile")).to_have_count(5)
    upload_of(watched).click()
    dialog = watched.get_by_role("dialog")
    album = dialog.get_by_label("Album", exact=True)
    expect(album.locator("option:checked")).to_have_text("Facade")
    expect(dialog.get_by_label("Location")).to_have_value("Tower>Level 2")
    watched.keyboard.press("Escape")
    expect(upload_of(watched)).to_be_focused()


def drop(page: Any, paths: list[Path]) -> None:
    """Drop files or folders of the disk on the page, as the system does."""
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": 400,
                "y": 300,
                "data": {
                    "items": [],
                    "files": [str(path) for path in paths],
                    "dragOperationsMask": 1,
                },
            },
        )
        if kind == "dragOver":
            expect(page.locator(".drop-here")).to_be_visible()
    expect(page.locator(".drop-here")).to_be_hidden()


def test_a_folder_is_dropped_anywhere(watched: Any, url: str, stick: Path) -> None:
    drop(watched, [stick])
    dialog = watched.get_by_role("dialog")
    expect(dialog.locator(".upload-chosen")).to_have_text(
        re.compile("5 files, .* · 1 file of the system is passed over.")
    )
    dialog.get_by_role("button", name="Start the upload").click()
    panel = watched.locator(".upload-panel")
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    watched.goto(f"{url}/-/uploads")
    watched.locator(".upload-list a").click()
    expect(watched.locator(".upload-table")).to_contain_text("stick/day 1/IMG_3.jpg")


def test_what_is_there_already_is_named_and_shown(
    watched: Any, photos: list[Path]
) -> None:
    expect(begin(watched, photos[:1]).get_by_role("heading")).to_have_text(OVER)
    watched.get_by_role("button", name="Close").click()
    again = photos[0].with_name("copy.jpg")
    again.write_bytes(photos[0].read_bytes())
    panel = begin(watched, [again, photos[1]])
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    expect(panel).to_contain_text("1 photo added · 1 was in the archive already")
    row = panel.locator(".upload-row", has_text="copy.jpg")
    row.get_by_role("link", name="there already").click()
    expect(watched).to_have_url(re.compile(r"/-/photo/1$"))


class Gate:
    """Lets the bytes of so many files through; the others wait before it."""

    def __init__(self, page: Any, *, opens_for: int) -> None:
        self.opens_for = opens_for
        self.seen: list[str] = []
        page.route(BYTES, self.let)

    def let(self, route: Any) -> None:
        if route.request.url not in self.seen:
            self.seen.append(route.request.url)
        if self.seen.index(route.request.url) < self.opens_for:
            route.continue_()


def test_it_waits_for_the_connection_and_goes_on_by_itself(
    page: Any, url: str, photos: list[Path]
) -> None:
    page.goto(url, wait_until="networkidle")
    sent = []

    def third(route: Any) -> None:
        sent.append(route.request.url)
        if len(sent) == 3:
            page.context.set_offline(True)
        route.continue_()

    page.route(BYTES, third)
    panel = begin(page, photos)
    expect(panel.get_by_role("alert")).to_contain_text("does not answer")
    expect(panel.get_by_role("heading")).not_to_have_text(OVER)
    page.context.set_offline(False)
    expect(panel.get_by_role("heading")).to_have_text(OVER, timeout=60_000)
    expect(panel).to_contain_text("5 photos added")


def test_after_a_reload_the_same_files_go_on_where_they_were(
    page: Any, url: str, photos: list[Path]
) -> None:
    page.goto(url, wait_until="networkidle")
    gate = Gate(page, opens_for=1)
    panel = begin(page, photos)
    expect(panel.get_by_role("heading")).to_have_text("1 of 5 files")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload(wait_until="networkidle")
    gate.opens_for = 100
    panel = page.locator(".upload-panel")
    expect(panel).to_contain_text("4 files are still to come")
    other = photos[0].with_name("other.jpg")
    other.write_bytes(jpeg(9))
    panel.locator("input[type=file]").first.set_input_files([*photos, other])
    expect(panel).to_contain_text("2 of the files are not part of it")
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    expect(panel).to_contain_text("5 photos added")
    page.reload(wait_until="networkidle")
    expect(page.locator(".upload-panel")).to_have_count(0)


def test_it_is_paused_and_gone_on_with_and_cancelled(
    watched: Any, photos: list[Path]
) -> None:
    gate = Gate(watched, opens_for=0)
    panel = begin(watched, photos)
    expect(panel.get_by_role("heading")).to_have_text("0 of 5 files")
    panel.get_by_role("button", name="Pause").click()
    expect(panel.get_by_role("status")).to_have_text("Paused")
    gate.opens_for = 100
    panel.get_by_role("button", name="Go on").click()
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    watched.get_by_role("button", name="Close").click()
    gate.opens_for = 0
    more = photos[0].with_name("more.jpg")
    more.write_bytes(jpeg(8))
    panel = begin(watched, [more])
    watched.on("dialog", lambda dialog: dialog.accept())
    panel.get_by_role("button", name="Cancel the upload").click()
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    expect(panel).to_contain_text("1 not sent")


def test_thousands_of_files_are_a_few_rows_of_the_page(watched: Any) -> None:
    Gate(watched, opens_for=0)
    upload_of(watched).click()
    expect(watched.get_by_role("dialog")).to_be_visible()
    watched.evaluate(
        """() => {
          const transfer = new DataTransfer();
          for (let n = 0; n < 3000; n += 1) {
            transfer.items.add(new File([`${n}`], `IMG_${n}.jpg`, { lastModified: n }));
          }
          const field = document.querySelector("dialog input[name=files]");
          field.files = transfer.files;
          field.dispatchEvent(new Event("change"));
        }"""
    )
    dialog = watched.get_by_role("dialog")
    expect(dialog.locator(".upload-chosen")).to_contain_text("3,000 files")
    dialog.get_by_role("button", name="Start the upload").click()
    panel = watched.locator(".upload-panel")
    expect(panel.get_by_role("heading")).to_have_text("0 of 3,000 files")
    panel.get_by_role("button", name="Show the files").click()
    rows = panel.locator(".upload-row")
    expect(rows.nth(5)).to_be_attached()
    assert rows.count() < 40
    panel.locator(".upload-files").evaluate("list => list.scrollTo(0, 44 * 2000)")
    expect(rows.filter(has_text="IMG_2002.jpg")).to_be_visible()
    assert rows.count() < 40


def test_jobs_are_shown_as_they_go(watched: Any, url: str, photos: list[Path]) -> None:
    expect(begin(watched, photos).get_by_role("heading")).to_have_text(OVER)
    watched.goto(f"{url}/-/jobs")
    watched.get_by_role("button", name="Make missing thumbnails").click()
    job = watched.locator(".job", has_text="Missing thumbnails")
    expect(job.locator(".job-state")).to_have_text("done")
    upload = watched.locator(".job").filter(
        has=watched.get_by_role("link", name="Upload")
    )
    upload.get_by_role("button", name="Undo all of it").click()
    expect(watched.locator(".toast")).to_contain_text("It is being undone.")
    watched.goto(url)
    expect(watched.locator(".tile")).to_have_count(0)


@pytest.mark.skipif(not CLIENT.exists(), reason="tus-js-client is not fetched")
def test_the_official_client_of_the_protocol_sends_files(page: Any, url: str) -> None:
    page.goto(url)
    failed: list[str] = []

    def fail_once(route: Any) -> None:
        if route.request.method == "PATCH" and len(failed) < 2:
            failed.append(route.request.url)
            route.fulfill(status=500)
        else:
            route.continue_()

    page.evaluate(CLIENT.read_text("utf-8"))
    page.route(BYTES, fail_once)
    told = page.evaluate(
        """async ([bytes, endpoint]) => new Promise((resolve, reject) => {
          const file = new File([new Uint8Array(bytes)], "IMG_1.jpg");
          const upload = new tus.Upload(file, {
            endpoint,
            chunkSize: 400,
            retryDelays: [0, 50, 100],
            metadata: { filename: file.name },
            onError: (error) => reject(new Error(error.message)),
            onSuccess: () => resolve({ url: upload.url, offset: upload._offset }),
          });
          upload.start();
        })""",
        [list(jpeg(3)), f"{url}/-/uploads"],
    )
    assert told["offset"] == len(jpeg(3))
    assert len(failed) == 2
    page.goto(f"{url}/-/jobs")
    expect(page.locator(".job-state")).to_have_text("done")
    page.goto(url)
    expect(page.locator(".tile")).to_have_count(1)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_the_dialog_the_panel_and_the_job_keep_nobody_out(
    url: str, photos: list[Path], new_context: Any
) -> None:
    page = on_a("phone", new_context)
    page.goto(url, wait_until="networkidle")
    note = photos[0].with_name("note.txt")
    note.write_text("no photo")
    dialog = choose(page, [*photos[:2], note])
    dialog.get_by_label("Album", exact=True).select_option(label="New album …")
    dialog.get_by_label("Name of the new album").fill("Facade")
    assert kept_out(page) == []
    dialog.get_by_role("button", name="Start the upload").click()
    heading = page.locator(".upload-panel").get_by_role("heading")
    expect(heading).to_have_text(OVER)
    assert kept_out(page) == []
    for path in ("uploads", "jobs", "jobs/1"):
        page.goto(f"{url}/-/{path}", wait_until="networkidle")
        assert kept_out(page) == []


def test_by_keyboard_alone(watched: Any, photos: list[Path]) -> None:
    # Listened for from now on: on a busy machine the first key would come too early
    watched.on("filechooser", lambda _: None)
    upload_of(watched).focus()
    watched.keyboard.press("Enter")
    dialog = watched.get_by_role("dialog")
    expect(dialog).to_be_visible()
    watched.keyboard.press("Tab")
    expect(dialog.locator("input[name=files]")).to_be_focused()
    with watched.expect_file_chooser() as chooser:
        watched.keyboard.press("Enter")
    chooser.value.set_files(photos)
    dialog.get_by_label("Description").focus()
    watched.keyboard.type("slab")
    dialog.get_by_role("button", name="Start the upload").focus()
    watched.keyboard.press("Enter")
    panel = watched.locator(".upload-panel")
    expect(panel.get_by_role("heading")).to_have_text(OVER)
    panel.get_by_role("button", name="Show the files").focus()
    watched.keyboard.press("Enter")
    expect(panel.locator(".upload-row")).to_have_count(5)
    panel.get_by_role("button", name="Close").focus()
    watched.keyboard.press("Enter")
    expect(panel).to_have_count(0)


def test_another_window_does_not_take_it_for_interrupted(
    watched: Any, url: str, photos: list[Path]
) -> None:
    gate = Gate(watched, opens_for=0)
    panel = begin(watched, photos)
    expect(panel.get_by_role("heading")).to_have_text("0 of 5 files")
    other = watched.context.new_page()
    with other.expect_response(re.compile(r"upload-panel\.js")):
        other.goto(url)
    other.wait_for_function("() => performance.now() > 1000")  # it asks for 0.3 s
    expect(other.locator(".upload-panel")).to_have_count(0)
    gate.opens_for = 5
    watched.unroute(BYTES)
    expect(panel.get_by_role("heading")).to_have_text(OVER, timeout=60_000)

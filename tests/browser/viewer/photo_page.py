"""The photos of the archive that is served, and a photo's page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from archive.database import open_archive

PHONE = {"width": 390, "height": 844}
SIZE = (3000, 2000)
SMALL = (1200, 800)  # of those that are only edited: larger ones take longer to make
STAYING = 6  # photos that no test changes for good
ORDINARY = 22  # up to here, photos that tests take one after the other
PRIVATE, BINNED, TIFF, SPHERE = range(ORDINARY + 1, ORDINARY + 5)


def picture(shade: int, size: tuple[int, int] = SIZE, kind: str = "JPEG") -> bytes:
    across = Image.linear_gradient("L").resize(size)
    plain = Image.new("L", size, shade)
    buffer = io.BytesIO()
    Image.merge("RGB", (across, plain, across)).save(buffer, kind)
    return buffer.getvalue()


def value(archive: tuple[str, Path], address: str, column: str) -> Any:
    """Return what stands in the archive about a photo."""
    number = int(address.rpartition("/")[2])
    with open_archive(archive[1]) as opened:
        sql = f"select {column} from photos where id = ?"
        return opened.connection.execute(sql, (number,)).fetchone()[0]


def open_photo(page: Any, address: str) -> None:
    """Open a photo's page, its scripts at work."""
    page.goto(address)
    scripted(page)


def scripted(page: Any) -> None:
    """Wait until a click is heard; keys are kept until then."""
    expect(page.locator("html")).to_have_attribute("data-listens", "")


def toast(page: Any) -> Any:
    return page.locator("#toasts .toast")

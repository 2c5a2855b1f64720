"""Two people at once, with scripts and without."""

from __future__ import annotations

import re
from typing import Any

from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos
from archive.people import owner
from tests.plugins.conftest import PUBLIC
from tests.plugins.viewer.asking import HOME, form, send, value


def _theirs(site: Any, **values: Any) -> None:
    with open_archive(site.folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            edit_photos(archive.connection, sam, [PUBLIC], Edit(**values))


def test_a_conflict_tells_both_values(fresh: Any) -> None:
    seen = fresh.get(f"{HOME}/photo/1.json", "uploader").json()["fields"]
    _theirs(fresh, description="theirs", trades=())
    body = {"description": "mine", "trades": [1], "seen": seen}
    answer = send(fresh, "photo/1/edit", body, "uploader")
    assert answer.status_code == 409
    told = answer.json()
    assert told["now"] == {"description": "theirs"}  # the trades: wanted as seen
    assert told["shown"] == {"description": "theirs"}
    assert value(fresh, PUBLIC, "description") == "theirs"
    again = {**body, "seen": {**seen, **told["now"]}}
    assert send(fresh, "photo/1/edit", again, "uploader").is_success
    assert value(fresh, PUBLIC, "description") == "mine"


def test_a_conflict_is_told_in_words(fresh: Any) -> None:
    seen = fresh.get(f"{HOME}/photo/1.json").json()["fields"]
    _theirs(fresh, trades=(), location=0)
    body = {"trades": [], "location": "Roof", "seen": {**seen, "trades": []}}
    told = send(fresh, "photo/1/edit", body).json()
    assert told["shown"] == {"location": ""}
    with open_archive(fresh.folder) as archive:  # nor was the new tier made
        rows = archive.connection.execute("select name from locations").fetchall()
    assert ("Roof",) not in rows


def fields(page: str) -> dict[str, str]:
    """Return what a form of a page would send as it stands."""
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)</textarea>', page)
    chosen = re.findall(r'<option value="(\d+)" selected>', page)
    boxes = re.findall(r'type="checkbox" name="([^"]+)" value="1">', page)
    for name in boxes:
        del found[name]
    return {**found, **dict(areas), **({"album": chosen[0]} if chosen else {})}


def test_without_scripts_a_form_changes_what_was_touched(fresh: Any) -> None:
    page = fresh.get(f"{HOME}/photo/1/edit").text
    sent = fields(page)
    assert sent["seen.description"] == "crane publicword"
    assert form(fresh, "photo/1/edit", sent).status_code == 303
    assert fresh.get(f"{HOME}/photo/1.json").json()["fields"]["trades"] == [1]
    _theirs(fresh, location=0)
    del sent["trade.1"]
    sent |= {"description": "one\r\ntwo", "starred": "1", "taken_offset": "+02:00"}
    answer = form(fresh, "photo/1/edit", sent)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/tower-4/-/photo/1?done=")
    now = fresh.get(f"{HOME}/photo/1.json").json()["fields"]
    assert now["description"] == "one\ntwo"
    assert (now["trades"], now["starred"]) == ([], True)
    assert now["location"] == 0  # not touched, and changed by another meanwhile
    assert now["taken_at"] == "2026-05-11T09:00:00+02:00"
    page = fresh.get(answer.headers["location"]).text
    assert 'class="toast"' in page


def test_without_scripts_a_conflict_keeps_what_was_written(fresh: Any) -> None:
    sent = fields(fresh.get(f"{HOME}/photo/1/edit", "uploader").text)
    assert "seen.private" not in sent  # not theirs to change
    _theirs(fresh, description="<b>theirs</b>")
    sent["description"] = "<b>mine</b>"
    answer = form(fresh, "photo/1/edit", sent, "uploader")
    assert answer.status_code == 409
    assert "In the archive now: &lt;b&gt;theirs" in answer.text
    again = fields(answer.text)
    assert again["description"] == "&lt;b&gt;mine&lt;/b&gt;"
    assert again["seen.description"] == "&lt;b&gt;theirs&lt;/b&gt;"
    sent["seen.description"] = "<b>theirs</b>"
    assert form(fresh, "photo/1/edit", sent, "uploader").status_code == 303
    assert value(fresh, PUBLIC, "description") == "<b>mine</b>"


def test_a_button_is_a_form_of_its_own(fresh: Any) -> None:
    body = {"starred": "1", "next": "/tower-4/-/photo/1?q=crane"}
    answer = form(fresh, "photo/1/edit", body)
    assert answer.status_code == 303
    assert re.fullmatch(
        r"/tower-4/-/photo/1\?q=crane&done=\d+", answer.headers["location"]
    )
    assert value(fresh, PUBLIC, "starred") == 1
    assert value(fresh, PUBLIC, "description") == "crane publicword"

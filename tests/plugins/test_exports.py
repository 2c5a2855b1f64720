"""The pages of exports: asked for, followed, downloaded and deleted by who may."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from archive import secrets
from archive.database import open_archive
from archive.export import copies
from archive.export.package import making
from archive.export.pdf import pictures
from archive.jobs import find_job
from archive.jobs.exports import LISTS
from archive.jobs.runner import Bell, work_off
from archive.people import owner
from plugins.pages.exports import MEDIA_TYPES
from tests.archive.import_checks import inline
from tests.archive.package_site import InlinePool, check_bag, secrets_in
from tests.plugins.conftest import KIMS, LATEST, OWNERS, PUBLIC, Loop, Site, fill, serve

EXPORTS = "/tower-4/-/exports"


@pytest.fixture
def site(tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of its own for each test, whose jobs nobody does."""
    for module in (pictures, copies):
        monkeypatch.setattr(module, "run_jobs", inline)
    monkeypatch.setattr("plugins.runners.look", _no_runner)
    fill(tmp_path / "tower")
    with contextmanager(serve)(loop, [tmp_path / "tower"]) as served:
        yield served


async def _no_runner(*_: object) -> None:
    """Start no process: the tests do the jobs."""


def ask(site: Site, what: str, who: str = "admin", **body: Any) -> Any:
    return site.get(f"{EXPORTS}/{what}", who, "post", json=body)


def listed(site: Site, who: str = "admin") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"{EXPORTS}.json", who).json()["exports"]
    return found


def work(site: Site) -> None:
    with open_archive(site.folder) as archive:
        work_off(archive, "r", Bell(None))


def made(site: Site, what: str, who: str = "admin", **body: Any) -> Any:
    """Ask for an export, have it made, and download it."""
    asked = ask(site, what, who, **body)
    assert asked.status_code == 200, asked.text
    work(site)
    (export,) = listed(site, who)
    assert export["state"] == "done", export
    return site.get(export["file"], who)


def test_a_report_is_asked_for_made_and_downloaded(site: Site) -> None:
    looks = {
        "title": "Week 20",
        "per_page": "6",
        "field_number": "1",
        "sections": "day",
        "key_plan": "1",
        "stamp": "{taken:%Y}",
        "stamp_corner": "top_right",
    }
    answer = made(site, "pdf", q="crane", fields_given="1", **looks)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Week 20.pdf" in answer.headers["content-disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as pdf, pdf.open_metadata() as meta:
        assert meta["dc:title"] == "Week 20"
        with pdf.open_outline() as outline:
            assert "Key plan" in [item.title for item in outline.root]
    (export,) = listed(site)
    assert (export["receipt"]["photos"], export["receipt"]["of"]) == (4, 4)


@pytest.mark.parametrize(
    ("form", "markups"),
    [
        ({}, None),
        ({"markups": "0"}, False),
        ({"markups_given": "1"}, False),
        ({"markups_given": "1", "markups": "1"}, True),
    ],
    ids=str,
)
def test_what_is_drawn_is_in_a_report_unless_one_says_no(
    site: Site, form: dict[str, str], markups: bool | None
) -> None:
    which = ask(site, "pdf", ids=[PUBLIC], **form).json()["job"]
    with open_archive(site.folder) as archive:
        job = find_job(archive.connection, owner(archive.connection), which)
    assert job.options["template"].get("markups") is markups


def test_with_a_template_of_the_companys_the_forms_own_looks_are_not_sent(
    site: Site,
) -> None:
    """What a script disables: everything that would stand above the template."""
    page = site.get(f"{EXPORTS}/report?ids={PUBLIC}").text
    looks = page.partition('<fieldset class="report-looks">')[0]
    names = set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', looks))
    assert names <= {"next", "ids", "q", "base", "title", "subtitle"}


def test_a_zip_is_asked_for_made_and_downloaded(site: Site) -> None:
    answer = made(site, "zip", ids=[PUBLIC, LATEST])
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert len(found.namelist()) == 4


def test_a_zip_is_packed_as_its_form_says(site: Site) -> None:
    form = {"names": "{taken:%Y}/{n:02}", "copies": "captioned", "sidecars": "1"}
    answer = made(site, "zip", ids=[PUBLIC, LATEST], **form)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.namelist()[:3] == [
            "2026/01.jpg",
            "2026/01.jpg.xmp",
            "undated/02.jpg",
        ]
        assert b"crane publicword" in found.read("2026/01.jpg")
    refused = ask(site, "zip", ids=[PUBLIC], names="{albun}")
    assert refused.status_code == 400
    assert "{album}, {location}" in refused.json()["error"]
    for more in ("sidecars", "markups"):
        refused = ask(site, "zip", ids=[PUBLIC], copies="stripped", **{more: "1"})
        assert refused.status_code == 400


def test_lists_are_asked_for_made_and_downloaded(site: Site) -> None:
    for kind in LISTS:
        wanted = ask(site, "list", "reader", q="crane OR roof", format=kind)
        assert wanted.status_code == 200
    work(site)
    exports = listed(site, "reader")
    assert [export["format"] for export in reversed(exports)] == list(LISTS)
    for export in exports:
        answer = site.get(export["file"], "reader")
        log, _, ending = export["format"].rpartition(".")
        name = f"Tower 4{' (log)' * bool(log)}.{ending}"
        assert f'"{name}"' in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == MEDIA_TYPES[ending]
        assert b"SECRET" not in answer.content
    page = site.get(EXPORTS, "reader").text
    linked = ask(site, "list", "reader", q="crane", format="csv", photo_links="1")
    assert linked.status_code == 403
    assert (
        ask(site, "list", q="crane", format="csv", photo_links="1").status_code == 200
    )
    work(site)
    assert b"http://localhost/-/open/" in site.get(listed(site)[0]["file"]).content
    assert "Photo log (XLSX)" in page
    assert "Database (SQLite)" in page
    assert ask(site, "list", ids=[PUBLIC], format="xml").status_code == 400


def test_a_package_is_asked_for_made_and_downloaded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "Pool", InlinePool)
    answer = made(site, "package", "reader", q="crane")
    assert answer.headers["content-type"] == "application/zip"
    assert 'Tower 4 (package).zip"' in answer.headers["content-disposition"]
    assert listed(site, "reader")[0]["query"] == "crane"
    assert "<bdi>crane</bdi>" in site.get(EXPORTS, "reader").text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        inside = {n.split("/", 1)[1]: found.read(n) for n in found.namelist()}
    assert check_bag(inside) == []
    assert list(secrets_in(inside, ("SECRET",))) == []
    assert "Close-out package" in site.get(EXPORTS, "reader").text
    assert ask(site, "package", "reader", q="", complete="1").status_code == 403
    assert "whole history" not in site.get(f"{EXPORTS}/files", "reader").text
    assert "whole history" in site.get(f"{EXPORTS}/files").text
    assert ask(site, "package", ids=[PUBLIC], complete="1").status_code == 200


def test_evidence_is_asked_for_by_admins_made_and_downloaded(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(secrets, "system_keyring", lambda: None)
    monkeypatch.setattr(secrets, "settings_folder", lambda: tmp_path / "settings")
    answer = made(site, "evidence", ids=[PUBLIC])
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        endings = {Path(name).name for name in found.namelist()}
    assert {"evidence.json", "evidence.json.sig", "evidence.pdf"} <= endings
    assert "Evidence" in site.get(EXPORTS).text
    assert "exports/evidence" in site.get(f"{EXPORTS}/files").text
    assert "exports/evidence" not in site.get(f"{EXPORTS}/files", "reader").text
    assert ask(site, "evidence", "reader", ids=[PUBLIC]).status_code == 403


def test_the_form_of_files_offers_what_there_is(site: Site) -> None:
    page = site.get(f"{EXPORTS}/files?q=crane", "reader").text
    for offered in ("{location:/}", "stripped", "Photo log (XLSX)", "Parquet"):
        assert offered in page


def test_a_download_is_gone_on_with_after_a_break(site: Site) -> None:
    whole = made(site, "zip", ids=[PUBLIC])
    (export,) = listed(site)
    part = site.get(export["file"], headers={"range": "bytes=100-"})
    assert part.status_code == 206
    assert part.content == whole.content[100:]


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("reader", {"public.jpg", "latest.jpg"}),
        ("uploader", {"public.jpg", "latest.jpg", "KIMSECRET.jpg"}),
        ("admin", {"public.jpg", "latest.jpg", "KIMSECRET.jpg", "OWNERSECRET.jpg"}),
    ],
)
def test_each_gets_what_they_see(site: Site, who: str, names: set[str]) -> None:
    answer = made(site, "zip", who, q="crane OR roof")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        rows = json.loads(found.read("manifest.json"))
    assert names <= {row["filename"] for row in rows}
    assert "BINSECRET" not in json.dumps(rows)
    if who != "admin":
        assert {row["filename"] for row in rows} == names


@pytest.mark.parametrize("who", ["reader", "auditor", "uploader"])
def test_nobody_sees_or_gets_an_export_of_others(site: Site, who: str) -> None:
    made(site, "zip", ids=[PUBLIC])
    (export,) = listed(site)
    assert listed(site, who) == []
    assert site.get(export["file"], who).status_code == 404
    removed = ask(site, f"{export['uuid']}/remove", who)
    assert removed.status_code == 404
    assert site.get(export["file"]).status_code == 200


def test_an_admin_gets_none_of_others_either(site: Site) -> None:
    made(site, "zip", "reader", ids=[PUBLIC])
    (export,) = listed(site, "reader")
    assert listed(site) == []
    assert site.get(export["file"]).status_code == 404


def test_it_is_gone_for_whoever_may_no_longer_see_it_all(site: Site) -> None:
    made(site, "zip", "uploader", ids=[PUBLIC, KIMS])
    (export,) = listed(site, "uploader")
    answer = site.get(
        "/tower-4/-/bulk/edit", method="post", json={"ids": [PUBLIC], "private": True}
    )
    assert answer.status_code == 200
    gone = site.get(export["file"], "uploader")
    assert gone.status_code == 404
    assert "hotos in it are gone or hidden now" in gone.text
    (told,) = listed(site, "uploader")
    assert (told["file"], told["receipt"]) == (None, None)
    page = site.get(EXPORTS, "uploader").text
    assert "hotos in it are gone or hidden now" in page
    assert f"{export['uuid']}/file" not in page
    assert ask(site, f"{export['uuid']}/remove", "uploader").json()["removed"]


def test_one_deletes_ones_own(site: Site) -> None:
    made(site, "zip", "reader", ids=[PUBLIC])
    (export,) = listed(site, "reader")
    assert ask(site, f"{export['uuid']}/remove", "reader").json()["removed"]
    assert listed(site, "reader")[0]["file"] is None
    gone = site.get(export["file"], "reader")
    assert gone.status_code == 404
    assert "no longer here" in gone.text
    assert "It is no longer here" in site.get(EXPORTS, "reader").text


def test_one_that_waits_is_cancelled(site: Site) -> None:
    ask(site, "zip", "reader", ids=[PUBLIC])
    (export,) = listed(site, "reader")
    assert not ask(site, f"{export['uuid']}/remove", "reader").json()["removed"]
    assert listed(site, "reader")[0]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("pdf", {}, 400),
        ("pdf", {"ids": [PUBLIC], "per_page": 3}, 400),
        ("pdf", {"ids": [PUBLIC], "base": "../secret"}, 400),
        ("pdf", {"ids": [PUBLIC], "qr": "http://evil"}, 400),
        ("pdf", {"ids": [PUBLIC], "sections": "x"}, 400),
        ("pdf", {"ids": [PUBLIC], "stamp": "{place}"}, 400),
        ("pdf", {"q": "camera:none"}, 400),
        ("pdf", {"q": "nothing-is-like-that"}, 409),
        ("zip", {"q": "nothing-is-like-that"}, 409),
        ("zip", {"ids": [OWNERS]}, 404),
        ("zip", {"ids": [999]}, 404),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    site: Site, what: str, body: dict[str, Any], status: int
) -> None:
    assert ask(site, what, "reader", **body).status_code == status
    assert listed(site, "reader") == []


def test_a_logo_is_never_taken_from_a_form(site: Site) -> None:
    ask(site, "pdf", ids=[PUBLIC], logo="/etc/passwd", lines="x")
    with open_archive(site.folder) as archive:
        row = archive.connection.execute("select options from jobs").fetchone()
    assert "passwd" not in row[0]


def test_a_form_without_scripts_leads_to_the_exports(site: Site) -> None:
    body = {"ids": f"{PUBLIC},{LATEST}", "per_page": "2", "next": EXPORTS}
    answer = site.get(f"{EXPORTS}/pdf", "reader", "post", data=body)
    assert answer.status_code == 303
    assert answer.headers["location"] == EXPORTS
    work(site)
    page = site.get(EXPORTS, "reader").text
    assert "2 of 2 photos" in page
    assert "/file" in page


@pytest.mark.parametrize("query", ["?ids=1", "?ids=1,6", "?q=crane", ""])
def test_the_form_says_of_which_photos(site: Site, query: str) -> None:
    page = site.get(f"{EXPORTS}/report{query}", "reader")
    assert page.status_code == 200
    assert 'action="/tower-4/-/exports/pdf"' in page.text


def test_the_form_is_of_no_photo_that_one_does_not_see(site: Site) -> None:
    assert site.get(f"{EXPORTS}/report?ids={OWNERS}", "reader").status_code == 404
    assert site.get(f"{EXPORTS}/report?q=camera:none", "reader").status_code == 400


def test_templates_of_the_archive_are_offered(site: Site) -> None:
    (site.folder / "reports").mkdir()
    (site.folder / "reports" / "Weekly.toml").write_text("per_page = 1")
    page = site.get(f"{EXPORTS}/report?ids=1", "reader").text
    assert "<option>Weekly</option>" in page
    answer = made(site, "pdf", "reader", ids=[PUBLIC, LATEST], base="Weekly")
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert len(pdf.pages) == 3


def test_the_report_is_in_the_language_of_the_page(site: Site) -> None:
    headers = {"accept-language": "de"}
    site.get(f"{EXPORTS}/pdf", "admin", "post", json={"ids": [1]}, headers=headers)
    work(site)
    (export,) = listed(site)
    with pikepdf.open(io.BytesIO(site.get(export["file"]).content)) as pdf:
        assert str(pdf.Root.Lang) == "de"


def test_a_package_is_in_the_language_of_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "Pool", InlinePool)
    headers = {"accept-language": "de"}
    url = f"{EXPORTS}/package"
    site.get(url, "admin", "post", json={"ids": [1]}, headers=headers)
    work(site)
    (export,) = listed(site)
    with zipfile.ZipFile(io.BytesIO(site.get(export["file"]).content)) as found:
        inside = {n.split("/", 1)[1]: n for n in found.namelist()}
        assert "Übergabepaket" in found.read(inside["index.html"]).decode()


def test_the_jobs_lead_to_the_exports(site: Site) -> None:
    made(site, "zip", ids=[PUBLIC])
    (job,) = site.get("/tower-4/-/jobs.json").json()["jobs"]
    assert job["about"] == EXPORTS
    assert "Zip" in site.get("/tower-4/-/jobs").text


def test_a_photo_offers_its_report(site: Site) -> None:
    page = site.get(f"/tower-4/-/photo/{PUBLIC}", "reader").text
    assert f"/-/exports/report?ids={PUBLIC}" in page
    assert 'href="/tower-4/-/exports"' in page

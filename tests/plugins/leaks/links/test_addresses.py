"""Addresses of single photos, as lists have them, show what links would."""

from __future__ import annotations

import json

from archive.database import open_archive
from archive.export.files import export_table
from archive.people import owner
from tests.plugins.conftest import Site
from tests.plugins.leaks.links.made import LINKS, changed, hide, look


def addresses(site: Site) -> dict[str, str]:
    """The address of each photo, by the file's name, as the owner's list has them."""
    with open_archive(site.folder) as archive:
        sam, out = owner(archive.connection), site.folder.parent / "list.json"
        ids = [row[0] for row in archive.connection.execute("select id from photos")]
        served = "https://photos.example/"
        export_table(archive, sam, ids, out, "json", photo_links=served, replace=True)
    rows = json.loads(out.read_text("utf-8"))
    found = {row["filename"]: row["photo_link"] for row in rows}
    assert all(link.startswith(served + "-/open/") for link in found.values())
    return {n: link.removeprefix("https://photos.example") for n, link in found.items()}


def test_an_open_address_shows_a_public_photo_and_no_other(site: Site) -> None:
    found = addresses(site)
    assert look(site, found["public.jpg"]).headers["content-type"] == "image/jpeg"
    for name in found.keys() - {"public.jpg", "latest.jpg"}:
        assert look(site, found[name]).status_code == 404, name
    with changed(site) as connection:
        hide(connection)
        assert look(site, found["public.jpg"]).status_code == 404
        assert look(site, found["public.jpg"], "reader").status_code == 404
        assert look(site, found["public.jpg"], "auditor").status_code == 200


def test_a_closed_address_is_for_who_may_see_the_photo_anyway(site: Site) -> None:
    found = addresses(site)
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 0})
    sees = {
        (who, name): look(site, found[name], who).status_code == 200
        for who in ("anonymous", "none", "reader", "uploader", "admin")
        for name in ("public.jpg", "KIMSECRET.jpg", "BINSECRET.jpg")
    }
    assert {pair for pair, seen in sees.items() if seen} == {
        *((who, "public.jpg") for who in ("reader", "uploader", "admin")),
        *((who, "KIMSECRET.jpg") for who in ("uploader", "admin")),
        ("admin", "BINSECRET.jpg"),
    }


def test_addresses_that_were_not_given_or_that_ended_show_nothing(site: Site) -> None:
    before = addresses(site)["public.jpg"]
    start, token = before[:8], before[8:]
    tried = [token[:-2] + "AA", token[::-1], "x", "A" * 43, token[:22], token + "A"]
    for wrong in tried:
        assert look(site, start + wrong, "admin").status_code == 404
    site.get(f"{LINKS}/refresh", "admin", "post", json={})
    assert look(site, before, "admin").status_code == 404
    after = addresses(site)["public.jpg"]
    assert after != before
    assert look(site, after).status_code == 200

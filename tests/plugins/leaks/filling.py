"""The whole archive: six photos, five more, and what people did with them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from archive import accounts, links
from archive.accounts import Visit, clients, store, tokens
from archive.accounts.grants import Dealing
from archive.albums import add_album
from archive.batches import batch
from archive.clock import utc_now
from archive.comments import add_comment
from archive.database import Archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.export.keeping import keep, path_of
from archive.export.receipts import receipt_of
from archive.identity import new_uuid
from archive.jobs.records import get_job
from archive.locations import find_or_add_location
from archive.people import Person, add_person, edit_person, find_person, owner
from archive.purging import purge_photos
from archive.remotes import set_link
from archive.settings import set_setting
from archive.trades import add_trade
from tests.plugins.conftest import BINNED, KIMS, OWNERS, Maker
from tests.plugins.conftest import fill as fill_six
from tests.plugins.leaks.twins import (
    CONFLICT,
    COVER,
    FACADE,
    KIMS_BINNED,
    KIMS_EXPORT,
    KIMS_FILE,
    KIMS_JOB,
    KIMS_NEWEST,
    KIMS_OPEN,
    KIMS_UPLOAD,
    NEIGHBOUR,
    OWNERS_EXPORT,
    OWNERS_FILE,
    OWNERS_JOB,
    OWNERS_OPEN,
    OWNERS_UPLOAD,
    PROGRAM,
    PURGED,
    STAN,
    STANS_EXPORT,
    STICK,
)
from tests.plugins.visitors import PASSWORDS


def fill(folder: Path) -> None:
    """Six photos, five more, and what people did with them."""
    fill_six(folder)
    with open_archive(folder) as archive, accounts.open_accounts(folder) as opened:
        connection, sam = archive.connection, owner(archive.connection)
        with batch(connection, sam, reason="REASONSECRET"):
            sam = edit_person(connection, sam, sam, login="sam")
        visit = Visit(utc_now(), "192.168.1.7", "Firefox")
        accounts.set_password(opened, connection, sam, PASSWORDS["sam"], visit, by=sam)
        accounts.log_in(opened, connection, "sam", PASSWORDS["sam"], visit)
        _allow_program(opened, connection, sam, visit)
        _add_photos(archive)
        _act(archive)
        _share(opened, connection, visit)


def _share(opened: Any, connection: Any, visit: Visit) -> None:
    """Let the owner and Kim make links, with private photos of their own in them."""
    sam, kim = find_person(connection, 1), find_person(connection, 2)
    links.switch(opened, sam, visit, on=True)
    for person, photo, word in ((sam, OWNERS, "OWNERSECRET"), (kim, KIMS, "KIMSECRET")):
        wish = links.Wish(word, private=True)
        links.make_link(opened, connection, person, [1, photo], wish, visit)


def _allow_program(opened: Any, connection: Any, sam: Person, visit: Visit) -> None:
    """Let a program act for the owner, who can end that. It is nobody by itself."""
    uris = ["http://127.0.0.1/cb"]
    options: Any = {"by": sam, "client_id": PROGRAM, "redirect_uris": uris}
    clients.add_client(opened, connection, "Viewer", visit, public=True, **options)
    with store.transaction(opened) as written:
        written.execute("UPDATE clients SET secret = ?", (clients.digest("x" * 64),))
    dealing = Dealing(opened, lambda: connection, PROGRAM, visit)
    tokens.allow(dealing, sam, "x" * 43, tokens.Asked())


def _add_photos(archive: Archive) -> None:
    connection, sam = archive.connection, owner(archive.connection)
    with batch(connection, sam, reason="REASONSECRET") as opened:
        add_person(connection, sam, opened, "Stan Standard", level="standard")
        facade = add_album(connection, sam, opened, "Facade")
        add_trade(connection, sam, opened, "Steel")
        add_trade(connection, sam, opened, "Paint")
        find_or_add_location(connection, sam, opened, "Yard")
        make = Maker(connection, archive.originals, opened)
        day = {"taken_at": "2026-05-11T10:00:00", "album_id": facade.id}
        here = {"latitude": 12.3457, "longitude": 1.0, **day}
        secret = {"latitude": 12.345678, "longitude": 1.00001, **day, "private": 1}
        mine = {"latitude": 12.34569, "longitude": 1.00002, **day, "private": 1}
        for number, (filename, fields) in enumerate(
            (
                ("BINSECRET.jpg", {**here, "description": "crane BINSECRET"}),
                ("neighbour.jpg", {**here, "description": "crane", "log_date": _DAY}),
                ("OWNERSECRET3.jpg", {**secret, "description": "OWNERSECRET"}),
                ("BINSECRET3.jpg", {**here, "uploader_id": 2, "private": 1}),
                ("KIMSECRET3.jpg", {**mine, "uploader_id": 2, "location_id": 2}),
            ),
            PURGED,
        ):
            colour = (number, 40, 3 * (number - 90))
            make.photo(make.jpeg(colour, (90, 60)), filename, id=number, **fields)
        connection.execute(
            "update photos set latitude = 12.3456, longitude = 1.0, log_date = ?"
            " where id = 1",
            (_DAY,),
        )
        connection.execute(
            "update photos set starred = 1 where id in (1, ?, ?)", (OWNERS, COVER)
        )
        connection.execute(
            "update albums set cover_photo_id = ? where id = ?", (COVER, FACADE)
        )
        make.insert("photo_trades", {"photo_id": COVER, "trade_id": 2})
        make.comment(KIMS_NEWEST, "KIMSECRET", author=2)
        make.markup(KIMS_NEWEST, "KIMSECRET", author=2)
        make.markup(COVER, "OWNERSECRET")
        make.comment(KIMS_BINNED, "BINSECRET", author=2)
        said = make.comment(COVER, "OWNERSECRET @Kim Lee")
        make.insert("mentions", {"comment_id": said, "person_id": 2})
        make.comment(NEIGHBOUR, "ready?", author=STAN)


_DAY = "2026-05-11"


def _act(archive: Archive) -> None:
    """Let people do what leaves traces: batches of their own, a purge, jobs."""
    connection, sam = archive.connection, owner(archive.connection)
    kim, stan = find_person(connection, 2), find_person(connection, STAN)
    for person, number in ((kim, NEIGHBOUR), (stan, 6), (kim, 1)):
        with batch(connection, person, reason="REASONSECRET"):
            text = f"crane publicword {person.id}"
            edit_photos(connection, person, [number], Edit(description=text))
    with batch(connection, kim, run=KIMS_JOB):
        edit_photos(connection, kim, [KIMS_NEWEST], Edit(description="KIMSECRET"))
    # Of a photo that everybody saw then, and few see now
    _let_be_seen(connection, sam, seen=True)
    with batch(connection, stan) as opened:
        edit_photos(connection, stan, [COVER], Edit(description="OWNERSECRET was seen"))
        add_comment(connection, stan, opened, COVER, "OWNERSECRET and said")
    _let_be_seen(connection, sam, seen=False)
    _name_everybody(archive)
    with batch(connection, stan) as opened:  # which are Stan's to take back
        add_album(connection, stan, opened, "Stan's")
        find_or_add_location(connection, stan, opened, "Shed")
        add_comment(connection, stan, opened, NEIGHBOUR, "poured")
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [PURGED])
        recycle_photos(connection, sam, opened, [KIMS_BINNED])
        uuid = connection.execute("select uuid from photos where id = ?", (COVER,))
        set_setting(connection, sam, "project_photo", uuid.fetchone()[0])
        set_setting(connection, sam, "copies_elsewhere", 0)  # purges need none
        set_link(connection, sam, {"url": "https://x", "company": 7, "project": 7})
    _disagree(connection)
    purge_photos(archive, sam, [PURGED], "REASONSECRET")
    with batch(connection, sam) as opened:
        make = Maker(connection, archive.originals, opened)
        owners = (OWNERS_JOB, OWNERS_UPLOAD, OWNERS_FILE, OWNERS_OPEN)
        kims = (KIMS_JOB, KIMS_UPLOAD, KIMS_FILE, KIMS_OPEN)
        _wait(make, 1, "OWNERSECRET", "queued", owners)
        _wait(make, 2, "KIMSECRET", "failed", kims)
        _lay_out(make, archive.folder)
        _back_up(make)
        _export(make, archive, 1, OWNERS_EXPORT, "OWNERSECRET", [1, OWNERS, COVER])
        _export(make, archive, 2, KIMS_EXPORT, "KIMSECRET", [1, KIMS])
        _export(make, archive, STAN, STANS_EXPORT, "OWNERSECRET", [1, COVER])


def _disagree(connection: Any) -> None:
    """Let somebody on the remote have changed what was changed here, too."""
    connection.execute(
        "insert into sync_conflicts (key, kind, uuid, field, why, ours, theirs,"
        " ours_who, ours_at, theirs_who, theirs_at, opened_at)"
        " select ?, 'photo', uuid, 'description', 'both changed', ?, ?, 'Kim', '',"
        " 'REMOTESECRET', '', uploaded_at from photos where id = ?",
        (CONFLICT, '"crane here"', '"REMOTESECRET"', NEIGHBOUR),
    )


def _name_everybody(archive: Archive) -> None:
    """Name all in comments that everybody sees, that few see, and that lie in the bin.

    All of them want to hear of new photos, too.
    """
    connection, sam = archive.connection, owner(archive.connection)
    with batch(connection, sam) as opened:
        make = Maker(connection, archive.originals, opened)
        for photo, word, author in (
            (NEIGHBOUR, "publicword", STAN),
            (OWNERS, "OWNERSECRET", 1),
            (BINNED, "BINSECRET", 1),
        ):
            said = make.comment(photo, f"{word} to all", author=author)
            for person in {1, 2, 3, 4, STAN} - {author}:
                make.insert("mentions", {"comment_id": said, "person_id": person})
        set_setting(connection, sam, "subscribers", [1, 2, 3, 4, STAN])


def _let_be_seen(connection: Any, sam: Person, *, seen: bool) -> None:
    with batch(connection, sam):
        connection.execute(
            "update photos set private = ? where id = ?", (int(not seen), COVER)
        )


def _export(
    make: Maker, archive: Archive, person: int, uuid: str, word: str, ids: list[int]
) -> None:
    """Let somebody have made a zip of photos, named by what is secret in it."""
    options = {"ids": ids, "name": "photos"}
    values = {"uuid": uuid, "kind": "export_zip", "person_id": person, "state": "done"}
    dates = dict.fromkeys(("created_at", "finished_at"), make.batch.at)
    number = make.insert("jobs", {**values, **dates, "options": json.dumps(options)})
    job = get_job(make.connection, number)
    path = path_of(archive.folder, job)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(f"PK {word}".encode())
    counts = (len(ids), len(ids))
    keep(archive, job, "photos.zip", receipt_of(path, "zip", "photos.zip", counts), ids)


def _back_up(make: Maker) -> None:
    """Know a copy of the originals."""
    values = {"uuid": STICK, "kind": "backup", "name": "Stick"}
    make.insert("copies", {**values, "added_at": make.batch.at})


def _lay_out(make: Maker, folder: Path) -> None:
    """Lay a site plan on the map."""
    picture = make.jpeg((250, 250, 250), (300, 200))
    sha256 = hashlib.sha256(picture).hexdigest()
    (folder / "maps").mkdir()
    (folder / "maps" / f"{sha256}.jpg").write_bytes(picture)
    make.insert(
        "plans",
        {
            "uuid": new_uuid(),
            "name": "Site",
            "name_key": "site",
            "kind": "image",
            "sha256": sha256,
            "extension": "jpg",
            "bytes": len(picture),
            "media_type": "image/jpeg",
            "width": 300,
            "height": 200,
            "created_at": make.batch.at,
            "updated_at": make.batch.at,
        },
    )


def _wait(
    make: Maker, person: int, word: str, state: str, uuids: tuple[str, ...]
) -> None:
    """Put an upload of somebody's in the queue, with a job and one that failed."""
    at = make.batch.at
    job = make.insert(
        "jobs",
        {
            "uuid": uuids[0],
            "kind": "import",
            "person_id": person,
            "state": state,
            "options": json.dumps({"upload": uuids[1]}),
            "message": word,
            "errors": 1,
            "created_at": at,
        },
    )
    make.insert(
        "job_errors", {"job_id": job, "item": "1", "name": word, "reason": word}
    )
    upload = make.insert(
        "uploads",
        {
            "uuid": uuids[1],
            "person_id": person,
            "job_id": job,
            "options": "{}",
            "created_at": at,
        },
    )
    _come(make, upload, person, word, uuids[2:])


def _come(
    make: Maker, upload: int, person: int, word: str, uuids: tuple[str, ...]
) -> None:
    """Let files of an upload have become a photo, be still to come, and be here."""
    at = make.batch.at
    file = {
        "uuid": uuids[0],
        "upload_id": upload,
        "key": "1",
        "name": f"{word}.jpg",
        "bytes": 10,
        "touched_at": at,
    }
    ended = {"outcome": "imported", "whole_at": at, "ended_at": at}
    photo = COVER if person == 1 else KIMS
    make.insert("upload_files", {**file, **ended, "photo_id": photo})
    make.insert("upload_files", {**file, "uuid": uuids[1], "key": "2"})
    # Bytes that are here already, perhaps as a photo that the sender may not see
    ended["outcome"] = "duplicate"
    again = {"uuid": new_uuid(), "key": "3", "photo_id": COVER}
    make.insert("upload_files", {**file, **ended, **again})

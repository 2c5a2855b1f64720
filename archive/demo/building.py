"""The sample project as an archive: drawn, imported and edited as its team would.

Nothing here goes around the archive: files come in through the import, everything else
through batches that name who did it, so the sample also shows a believable history.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from archive import albums, locations, people, trades
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.demo.plan import Plan, PlannedPhoto, plan_project
from archive.demo.writing import write_photos
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import InvalidInput
from archive.importing import import_photos
from archive.people import Person, find_person, owner
from archive.rights import allowed

Progress = Callable[[str, int, int], None]


def build_demo(
    folder: Path, *, seed: int = 1, photos: int = 400, progress: Progress | None = None
) -> None:
    """Make the sample archive in a folder that is not there yet or empty.

    It is built beside the folder and moved there when it is whole.

    :param progress: called with what is being done, how many are done, and of how many
    :raises InvalidInput: the folder is not empty
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"{folder}: is there already and is not an empty folder")
    tell = progress or (lambda *_: None)
    plan = plan_project(seed, photos)
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".asbuilt-demo-") as scratch:
        camera, building = Path(scratch, "camera"), Path(scratch, "archive")
        write_photos(plan, camera, lambda n, of: tell("drawing", n, of))
        create_archive(building, plan.name, plan.people[0].name)
        with open_archive(building) as archive:
            fill(archive, plan, camera, tell)
        if folder.exists():
            folder.rmdir()
        shutil.move(building, folder)


def fill(archive: Archive, plan: Plan, camera: Path, tell: Progress) -> None:
    """Fill an empty archive with a planned project whose files are drawn."""
    boss = owner(archive.connection)
    _add_team(archive, boss, plan)
    ids = _import(archive, plan, camera, tell)
    _file(archive, boss, plan, ids)
    _correct(archive, boss, plan, ids)
    _comment(archive, plan, ids)
    _tidy(archive, boss, plan, ids)


def _add_team(archive: Archive, boss: Person, plan: Plan) -> None:
    connection = archive.connection
    with batch(connection, boss, reason="project set up") as made:
        for member in plan.people[1:]:
            people.add_person(
                connection,
                boss,
                made,
                member.name,
                login=member.email,
                level=member.level,
                rights=member.rights,
            )
        for album in plan.albums:
            albums.add_album(connection, boss, made, album.name, private=album.private)
        for path in plan.locations:
            locations.find_or_add_location(connection, boss, made, path)
        for name in plan.trades:
            trades.add_trade(connection, boss, made, name)


def _import(
    archive: Archive, plan: Plan, camera: Path, tell: Progress
) -> dict[str, int]:
    """Import each person's photos as that person; returns the ids by planned path."""
    uuids: dict[str, str] = {}
    for name in dict.fromkeys(photo.uploader for photo in plan.photos):
        paths = [camera / p.path for p in plan.photos if p.uploader == name]
        report = import_photos(archive, find_person(archive.connection, name), paths)
        uuids.update(
            (Path(path).relative_to(camera).as_posix(), uuid)
            for path, uuid in report.imported
        )
        tell("importing", len(uuids), len(plan.photos))
    rows = archive.connection.execute("select uuid, id from photos")
    numbers = dict(rows.fetchall())
    return {path: numbers[uuid] for path, uuid in uuids.items()}


def _file(archive: Archive, boss: Person, plan: Plan, ids: dict[str, int]) -> None:
    """Put each photo where it belongs and say what it shows, album by album."""
    connection = archive.connection
    for album in plan.albums:
        found = albums.find_album(connection, album.name)
        filed = [p for p in plan.photos if p.album == album.name]
        with batch(connection, boss, reason=f"filed under {album.name}"):
            for photo in filed:
                edit = _edit(archive, photo, found)
                edit_photos(connection, boss, [ids[photo.path]], edit)
    starred = [ids[p.path] for p in plan.photos if p.starred]
    with batch(connection, boss, reason="for the owner's report"):
        edit_photos(connection, boss, starred, Edit(starred=True))


def _edit(archive: Archive, photo: PlannedPhoto, album: albums.Album) -> Edit:
    connection = archive.connection
    hidden = photo.private or album.private
    place = photo.location
    return Edit(
        album=album,
        description=photo.description or None,
        location=locations.find_location(connection, place).id if place else None,
        trades=tuple(trades.find_trade(connection, t).id for t in photo.trades) or None,
        private=True if hidden else None,
        log_date=photo.scene.when.date().isoformat()
        if photo.daily_log and not hidden
        else None,
    )


def _correct(archive: Archive, boss: Person, plan: Plan, ids: dict[str, int]) -> None:
    """Turn what lies on its side, and put right what a camera's clock had wrong."""
    connection = archive.connection
    with batch(connection, boss, reason="turned upright"):
        for photo in plan.photos:
            if photo.rotation:
                edit_photos(
                    connection, boss, [ids[photo.path]], Edit(rotate=photo.rotation)
                )
    with batch(connection, boss, reason="the camera's clock was wrong"):
        for photo in plan.photos:
            if photo.corrected_taken_at:
                right = Edit(taken_at=photo.corrected_taken_at)
                edit_photos(connection, boss, [ids[photo.path]], right)


def _comment(archive: Archive, plan: Plan, ids: dict[str, int]) -> None:
    """Let people comment on what they may see."""
    connection = archive.connection
    hidden = {album.name for album in plan.albums if album.private}
    said = [
        (photo.path, comment)
        for photo in plan.photos
        for comment in photo.comments
        if not photo.private and photo.album not in hidden
    ]
    for author in dict.fromkeys(comment.author for _, comment in said):
        person = find_person(connection, author)
        if not allowed(person, "comment"):
            continue
        with batch(connection, person) as made:
            for path, comment in said:
                if comment.author == author:
                    add_comment(connection, person, made, ids[path], comment.text)


def _tidy(archive: Archive, boss: Person, plan: Plan, ids: dict[str, int]) -> None:
    """Put in the recycle bin what nobody needs."""
    unwanted = [ids[p.path] for p in plan.photos if p.recycled]
    with batch(archive.connection, boss, reason="blurred or twice the same") as made:
        recycle_photos(archive.connection, boss, made, unwanted)

"""Taking a state of an archive while people write to it, into a bucket.

As into a folder (``taking``): first the database, then the files that this copy of it
names. What the bucket has already is not sent again; what was sent is read again from
the store, whole, and compared.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from itertools import groupby
from pathlib import Path

from archive.backups.buckets import Bucket
from archive.backups.contents import (
    Contents,
    contents_of,
    copy_databases,
    description,
    maps_in,
    moment,
    names_in,
    state_name,
)
from archive.backups.reports import Taken, why_of
from archive.backups.states import MARKER, STATE, STATES, new_marker, sha256_of
from archive.backups.taking import DAMAGED, kept_maps, wrong_in
from archive.database import DATABASE, Archive, connect
from archive.errors import Conflict, FileProblem, NotFound, StoreError
from archive.identity import new_uuid
from archive.keeping.copies import Copy, add_copy, drop_copy, log
from archive.keeping.held import Noting
from archive.keeping.places import remember
from archive.originals import Stored, path_of, require_there
from archive.people import Person
from archive.plans.files import FOLDER as MAPS
from archive.rights import require
from archive.verifying.files import hashed

Report = Callable[[int, int], None]


def send(
    archive: Archive,
    who: Person,
    bucket: Bucket,
    *,
    check: bool = False,
    report: Report = lambda done, total: None,  # noqa: ARG005
) -> Taken:
    """Take a state of the archive into a bucket.

    The archive knows the backup as a copy from then on, and what was read there. Two
    runs at once disturb neither: each file has its name by its bytes, each state its
    own, and the first to mark the place says what it is called.

    :param check: read also the files that are in the bucket already
    :param report: told how many files of how many
    :raises NotAllowed: ``who`` may not
    :raises Conflict: it is another archive's backup, or holds something else; or
        another run marked the place anew, which a store without conditions allows
    :raises NotFound: there is no such bucket
    :raises DamagedArchive: the database is damaged
    :raises StoreError: the store cannot be asked, or does not keep what it was given
    """
    require(who, "history")
    require_there(archive.originals)
    backup = prepare(bucket, archive.uuid)
    now = moment()
    taken = Taken(name=state_name(now), backup=backup)
    with tempfile.TemporaryDirectory(prefix="asbuilt-backup-") as folder:
        building = Path(folder)
        copy_databases(archive, building)
        contents = contents_of(building)
        copy = add_copy(archive.connection, who, backup, "bucket", _name(bucket))
        noting = Noting(archive.connection, copy)
        _send_originals(
            building, archive, bucket, taken, noting, contents, check, report
        )
        _send_maps(building, archive.folder, bucket, taken, check=check)
        _require_same(archive, who, bucket, copy)
        _finish(building, bucket, now, taken, contents)
    good = taken.copied + taken.there
    log(archive.connection, who, copy, "backed up", good, taken.lacking)
    remember(copy, bucket.url)
    return taken


def _name(bucket: Bucket) -> str:
    return bucket.url.rpartition("/")[2]


def prepare(bucket: Bucket, archive: str) -> str:
    """Make a bucket ready to take backups of an archive. Returns the backup's uuid.

    :raises Conflict: it is another archive's backup, or holds something else
    """
    try:
        return bucket.uuid(archive)
    except NotFound:
        # in this order: another run that begins just now marks the place first
        there = {*bucket.folders(""), *bucket.sizes("")}
    if there and MARKER not in there:
        raise Conflict(f"{bucket.url}: is not empty, and no backup of an archive")
    bucket.create(MARKER, json.dumps(new_marker(archive), indent=2).encode())
    return bucket.uuid(archive)


def _require_same(archive: Archive, who: Person, bucket: Bucket, copy: Copy) -> None:
    """Refuse to count on a place that another run marked anew: one copy is not two.

    :raises Conflict: so it was
    """
    if bucket.uuid(archive.uuid) == copy.uuid:
        return
    drop_copy(archive.connection, who, copy)
    raise Conflict(
        f"{bucket.url}: another run began this backup at the same time; what both sent"
        " is there, and the next run goes on with it"
    )


def _send_originals(  # noqa: PLR0917 - one state's surroundings
    building: Path,
    archive: Archive,
    bucket: Bucket,
    taken: Taken,
    noting: Noting,
    contents: Contents,
    check: bool,  # noqa: FBT001
    report: Report,
) -> None:
    """Send what is not there yet: the store is asked once for each shelf."""
    done = 0
    with closing(connect(building / DATABASE)) as copy:
        try:
            for shelf, some in groupby(names_in(copy), _shelf):
                there = bucket.sizes(f"originals/{shelf}/")
                for stored, size in some:
                    has = there.get(f"{stored.sha256}.{stored.extension}")
                    _send_one(
                        *(bucket, archive, stored, taken, noting),
                        is_there=has is not None,
                        is_whole=has == size,
                        check=check,
                    )
                    done += 1
                    report(done, contents.originals)
        finally:
            noting.write()


def _shelf(named: tuple[Stored, int]) -> str:
    return named[0].sha256[:2]


def _send_one(
    bucket: Bucket,
    archive: Archive,
    stored: Stored,
    taken: Taken,
    noting: Noting,
    *,
    is_there: bool,
    is_whole: bool,
    check: bool,
) -> None:
    name = f"originals/{stored.name}"
    if is_whole and not check:
        taken.there += 1
        return
    if is_there:
        if is_whole and bucket.sha256(name) == stored.sha256:
            taken.there += 1
            noting.found(stored.sha256)
            return
        bucket.set_aside(name, f"{DAMAGED}/{new_uuid()}-{stored.sha256}")
    why = _sent(bucket, archive, stored, taken)
    noting.found(stored.sha256, whole=not why)
    if why:
        taken.lack(stored.name, why)


def _sent(bucket: Bucket, archive: Archive, stored: Stored, taken: Taken) -> str:
    """Send an original and read it again. Returns why it could not be read, or ""."""
    source, name = path_of(archive.originals, stored), f"originals/{stored.name}"
    try:
        if hashed(source) != stored.sha256:
            return "it holds other bytes than it was stored"
        bucket.write(name, source)
    except FileNotFoundError:
        return "it is not in the archive's folder"
    except StoreError:
        raise  # the store fails: nor does it take the next file
    except (OSError, FileProblem) as error:
        return why_of(error)
    if bucket.sha256(name) != stored.sha256:
        return "the store does not keep it"
    taken.copied += 1
    taken.bytes += source.stat().st_size
    return ""


def _send_maps(
    building: Path, source: Path, bucket: Bucket, taken: Taken, *, check: bool
) -> None:
    """Send the files of plans and maps, as ``taking`` copies them."""
    with closing(connect(building / DATABASE)) as copy:
        named = maps_in(copy)
    there = bucket.sizes(f"{MAPS}/")
    for name in sorted(named.keys() | kept_maps(source)):
        shown = f"{MAPS}/{name}"
        whole = name in there and there[name] == named.get(name, there[name])
        if whole and not (check and bucket.sha256(shown) != Path(name).stem):
            continue
        why = wrong_in(source / shown)
        if not why:
            _send_right(bucket, shown, source / shown)
        elif name in named:
            taken.lack(shown, why)


def _send_right(bucket: Bucket, name: str, path: Path) -> None:
    """Send a file that is the backup's own, and read it again.

    :raises StoreError: the store does not keep it
    """
    bucket.write(name, path)
    if bucket.sha256(name) != sha256_of(path):
        raise StoreError(f"{bucket.url}/{name}", "the store does not keep it")


def _finish(
    building: Path, bucket: Bucket, now: str, taken: Taken, contents: Contents
) -> None:
    """Send the databases, and at the end what makes them a state."""
    told = description(building, now, taken, contents)
    folder = f"{STATES}/{taken.name}"
    for path in sorted(building.iterdir()):
        _send_right(bucket, f"{folder}/{path.name}", path)
    bucket.write(f"{folder}/{STATE}", json.dumps(told, indent=2).encode())

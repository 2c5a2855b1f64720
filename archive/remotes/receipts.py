"""The completeness receipt of a mirror: what of the remote is here, and what is not.

It says how both sides stood when the last run ended, as far as the remote let itself
be seen; nothing is asked of it. The digest stands for the whole list of photos: the
same list has the same one, wherever it is made.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.remotes.choosing import originals_of, words_of
from archive.remotes.links import link_of
from archive.remotes.runs import list_runs
from archive.remotes.state import SyncState, sync_state
from archive.settings import get_setting
from archive.sqlite import sqlite3

KIND = "asbuilt sync receipt 1"
DIGEST = "SHA-256 over 'uuid sha256 bytes number-there\\n' of each, sorted by uuid"


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos, counted.

    :param listed: as many as the remote said there are, in the last run; None: it did
        not say
    :param there: live there, as far as this account may see them
    :param here: of them, how many are live here; ``hashed`` with their bytes, each
        hashed as it was stored
    :param bytes: of these files
    :param verified: of them, how many were read and hashed again since, and
        ``verified_since`` the longest ago of it
    :param hidden: no longer visible to this account; they stay here
    :param only_here: live here, and not on the remote
    """

    listed: int | None
    there: int
    here: int
    hashed: int
    bytes: int
    verified: int
    verified_since: str | None
    hidden: int
    only_here: int
    digest: str


def receipt(archive: Archive) -> dict[str, Any]:
    """Return the receipt, as it is signed: what ``text_of`` says in words.

    :return: ``kind`` first; ``complete``: nothing that can be here is not, and nobody
        has anything to decide
    """
    connection = archive.connection
    photos, state = _photos(connection), sync_state(connection)
    link = link_of(connection) or {}
    runs = list_runs(connection, limit=1)
    last = runs[0] if runs else None
    return {
        "kind": KIND,
        "made_at": timestamp(utc_now()),
        "archive": {
            "uuid": archive.uuid,
            "name": get_setting(connection, "project_name"),
        },
        "remote": {key: link.get(key) for key in ("url", "company", "project")},
        "last_run": last
        and {
            "uuid": last.uuid,
            "started_at": last.started_at,
            "finished_at": last.finished_at,
            "outcome": last.outcome,
        },
        "photos": asdict(photos) | {"digest_is": DIGEST},
        "originals_wanted": words_of(connection, originals_of(connection)),
        "not_taken": _not_taken(connection),
        "conflicts": state.conflicts,
        "set_aside": state.set_aside,
        "under_way": state.under_way,
        "complete": _is_complete(photos, state, last.outcome if last else ""),
    }


def _is_complete(photos: Photos, state: SyncState, outcome: str) -> bool:
    is_all = photos.there == photos.here == photos.hashed
    is_told = photos.listed in (None, photos.there)
    is_open = state.conflicts or state.set_aside or state.under_way
    return is_all and is_told and not is_open and outcome == "complete"


# Each photo that is live there, with what is here of it, in the order of uuids
_THERE = """
    select r.uuid, r.remote_id, p.id, o.sha256, o.bytes, o.verified_at
    from sync_records r
    left join photos p on p.uuid = r.uuid and p.recycled_at is null
    left join originals o on o.id = p.original_id
    where r.kind = 'photo' and r.remote_id is not null and r.life = 'active'
    order by r.uuid
"""


def _photos(connection: sqlite3.Connection) -> Photos:
    there = here = hashed = size = verified = 0
    since: str | None = None
    digest = hashlib.sha256()
    for uuid, number, photo, sha256, length, read_at in connection.execute(_THERE):
        there += 1
        here += photo is not None
        if sha256 is None:
            continue
        hashed += 1
        size += length
        digest.update(f"{uuid} {sha256} {length} {number}\n".encode())
        if read_at is not None:
            verified += 1
            since = read_at if since is None else min(since, read_at)
    hidden, only_here = connection.execute(
        """
        select
            (select coalesce(sum(photos), 0) from sync_counts where life = 'hidden'),
            (select count(*) from photos p where p.recycled_at is null and not exists (
                select 1 from sync_records r
                where r.uuid = p.uuid and r.remote_id is not null))
        """
    ).fetchone()
    return Photos(
        *(_listed(connection), there, here, hashed, size, verified, since),
        *(hidden, only_here, digest.hexdigest()),
    )


def _listed(connection: sqlite3.Connection) -> int | None:
    row = connection.execute(
        "select value from sync_memory where key = 'remote'"
    ).fetchone()
    found = json.loads(row[0]) if row else {}
    total = found.get("total") if isinstance(found, dict) else None
    return total if isinstance(total, int) else None


def _not_taken(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how often the remote keeps another value than ours of which field.

    What is drawn on photos it has no field for at all.
    """
    rows = connection.execute(
        """
        select r.kind || ' ' || t.key, count(*) from sync_records r,
            json_each(r.base, '$.theirs') t
        where r.base is not null and r.life = 'active'
            and json_extract(r.base, '$.theirs') is not null
        group by 1 order by 1
        """
    )
    found = dict(rows.fetchall())
    (drawn,) = connection.execute(
        """
        select count(*) from sync_records r join photos p on p.uuid = r.uuid
        where r.kind = 'photo' and r.remote_id is not null and r.life = 'active'
            and exists (select 1 from markups m where m.photo_id = p.id)
        """
    ).fetchone()
    return found | ({"photo markups": drawn} if drawn else {})


def text_of(found: dict[str, Any]) -> list[str]:
    """Return a receipt in words, a line each."""
    photos = found["photos"]
    of = photos["there"] if photos["listed"] is None else photos["listed"]
    is_all = photos["hashed"] == photos["there"]
    lacking = photos["there"] - photos["hashed"]
    taken = sum(found["not_taken"].values())
    told = [
        f"{photos['hashed']:,} of {of:,}",
        "all bytes hashed" if is_all else f"{lacking:,} without their bytes",
        f"{photos['hidden']:,} not visible to you",
        f"{taken:,} field{'' if taken == 1 else 's'} that the remote cannot take",
    ]
    lines = [", ".join(told)]
    lines += [f"  {count:,} × {name}" for name, count in found["not_taken"].items()]
    if photos["only_here"]:
        lines.append(f"{photos['only_here']:,} are here, and not there")
    left = ("conflicts", "set_aside", "under_way")
    open_ends = [f"{found[n]:,} {n.replace('_', ' ')}" for n in left if found[n]]
    if open_ends:
        lines.append(f"open: {', '.join(open_ends)}")
    last = found["last_run"]
    ended = last["finished_at"] or "not finished" if last else "never"
    remote = found["remote"]
    lines += [
        f"{remote['url']}, project {remote['project']}; last run: {ended}"
        + (f", {last['outcome']}" if last and last["outcome"] else ""),
        f"{photos['bytes']:,} bytes, read again: {photos['verified']:,} files"
        + (f" since {photos['verified_since']}" if photos["verified_since"] else ""),
        f"digest of the list: {photos['digest']}",
        "complete" if found["complete"] else "not complete",
    ]
    return lines

"""How a record is known again: uuids, names of uploaded files, names that are one.

Sync design §2.2. Nothing here looks anything up: what one laptop derives, every other
derives too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from archive.identity import name_key
from sync.records import Kind

# Crockford's base 32: no I, L, O, U, so that a token is read over the telephone
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26  # of 5 bits for 128
_LARGEST_STEM = 200  # characters of the name that stay before the token
_LETTERS = _DIGITS + _DIGITS.lower()  # some storages fold names
_TOKEN = re.compile(
    rf"^(?P<stem>.*)~(?P<token>[0-7][{_LETTERS}]{{25}})(?P<rest>\.[^.~]*)?$", re.DOTALL
)

Number = TypeVar("Number", bound=int)


@dataclass(frozen=True, slots=True)
class Project:
    """The project on the remote that an archive is linked with."""

    company: int
    project: int

    def uuid_of(self, kind: Kind, remote_id: int, created: int = 0) -> str:
        """Return the uuid of a record that was made on the remote.

        ``uuid5`` of a path: two laptops that never met derive the same one.

        :param created: when, where its number was another's before
        """
        path = f"asbuilt:{self.company}/{self.project}/{kind}/{remote_id}"
        path += f"/{created}" if created else ""
        return str(uuid5(NAMESPACE_URL, path))


def token_of(uuid: str) -> str:
    """Return the 26 characters that stand for a uuid in a file's name."""
    number = UUID(uuid).int
    return "".join(
        _DIGITS[number >> 5 * place & 31] for place in range(_LENGTH - 1, -1, -1)
    )


def upload_name(filename: str, uuid: str) -> str:
    """Return the name under which a photo is uploaded: ``IMG_1234~<token>.jpg``.

    It depends on nothing but the photo, so that a repeated upload has the same, and a
    photo whose answer was lost is found by it. Whatever the API or another system might
    do with separators is replaced; a token that stands there already is not doubled.
    """
    stem, dot, extension = display_name(filename).rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z0-9]+", extension):
        stem, extension = display_name(filename), ""
    stem = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', "_", stem)[:_LARGEST_STEM] or "photo"
    return f"{stem}~{token_of(uuid)}" + (f".{extension}" if extension else "")


def uuid_in(filename: str) -> str | None:
    """Return the uuid whose token a file's name has; None: it has none."""
    found = _TOKEN.match(filename)
    if found is None:
        return None
    number = 0
    for digit in found["token"].upper():
        number = number << 5 | _DIGITS.index(digit)
    return str(UUID(int=number))


def display_name(filename: str) -> str:
    """Return a file's name without the token, as a person knows it."""
    if uuid_in(filename) is None:
        return filename
    stem, _, tail = filename.rpartition("~")
    return stem + tail[_LENGTH:]


def claims(seen: Iterable[tuple[int, str]], project: Project) -> dict[int, str]:
    """Return which uuid each image of the remote has, by its id.

    A token belongs to the lowest id that bears it; another that bears it too (a copy,
    or an upload that was repeated in spite of everything) is a record of its own
    (§2.2). One id never has two uuids, and no two ids have the same: P4 of the design.

    :param seen: (id, filename), in any order
    """
    owners: dict[str, int] = {}
    names = sorted(set(seen))
    for number, filename in names:
        uuid = uuid_in(filename)
        if uuid is not None:
            owners.setdefault(uuid, number)
    found = {number: project.uuid_of(Kind.PHOTO, number) for number, _ in names}
    return found | {number: uuid for uuid, number in owners.items()}


def natural_key(name: str, parent: str | None = None) -> tuple[str, str]:
    """Return what albums, trades, and locations below one parent are known by.

    :param parent: uuid of the location above
    """
    return (parent or "", name_key(name))


def adoptions(
    here: Mapping[str, tuple[str, str]], there: Mapping[Number, tuple[str, str]]
) -> dict[Number, str]:
    """Return which unlinked record here each one there is: adopted, not doubled.

    Only where the name is that of exactly one on either side: two albums of one name
    are a question for a person, not for a rule.

    :param here: uuid: natural key; ``there``: remote id: natural key
    """
    uuids = _unique(here)
    return {
        number: uuids[key] for key, number in _unique(there).items() if key in uuids
    }


Key = TypeVar("Key")


def _unique(keys: Mapping[Key, tuple[str, str]]) -> dict[tuple[str, str], Key]:
    found: dict[tuple[str, str], list[Key]] = {}
    for record, key in keys.items():
        found.setdefault(key, []).append(record)
    return {key: records[0] for key, records in found.items() if len(records) == 1}

"""Taking in a package, and all that one says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from archive.database import Archive
from archive.importing import ImportReport
from archive.importing.packages import import_package
from archive.people import owner
from tests.archive.package_site import check_bag, files


def take(archive: Archive, package: Path, **options: Any) -> ImportReport:
    sam = owner(archive.connection)
    return import_package(archive, sam, package, renditions=False, **options)


def said(package: Path) -> Any:
    """Return all that a package says of photos and lists, but for when it came here."""
    found = files(package)
    assert check_bag(found) == []
    records = {}
    for name, data in found.items():
        if name.startswith("data/sidecars/") and name.endswith(".json"):
            record = json.loads(data)
            record.pop("updated_at")
            if record["original"]:  # what else it tells is read from the file again
                bytes_of_it = {"sha256", "bytes", "crc32", "extension", "kind"}
                for key in set(record["original"]) - bytes_of_it:
                    record["original"].pop(key)
                record["sha256"] = hashlib.sha256(found[record["file"]]).hexdigest()
            records[record["uuid"]] = record
    project = json.loads(found["data/project.json"])
    lists = {
        name: [
            {k: v for k, v in one.items() if k not in ("created_at", "uuid")}
            for one in project[name]
        ]
        for name in ("albums", "locations", "trades", "plans")
    }
    people = {one["uuid"]: one["name"] for one in project["people"]}
    return records, lists, people


def mended(was: Any) -> Any:
    """Return what a package said, with the Unclassified of the archive it is in now."""
    records, *rest = was
    for record in records.values():
        if record["album"]["name"] == "Unclassified":
            record["album"]["uuid"] = ""
    return records, *rest

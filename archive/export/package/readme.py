"""What a package says of itself to somebody in thirty years, in its language."""

from __future__ import annotations

from collections.abc import Iterator

from archive.export.package.bags import Item, item_of
from archive.export.package.model import Package
from archive.export.package.words import words_of
from archive.migrations import FORMAT as DATABASE_FORMAT

README = "README.txt"
_TABLE = "readme_txt"  # of the files of languages


def bag_info(package: Package) -> list[tuple[str, str]]:
    """Return what ``bag-info.txt`` says (RFC 8493 2.2.2), but for the Payload-Oxum."""
    words = package.words
    said = words.tables[_TABLE]["description"]
    what = said.format(title=package.title, photos=words.count(package.photos))
    return [
        ("Source-Organization", package.title),
        ("Contact-Name", package.made_by),
        ("External-Description", what),
        ("External-Identifier", f"urn:uuid:{package.uuid}"),
        ("Internal-Sender-Identifier", f"urn:uuid:{package.archive_uuid}"),
        ("Bagging-Date", package.made_at[:10]),
        ("Bag-Software-Agent", "asbuilt"),
    ]


def found_by_search(query: str, language: str = "en") -> str:
    """Return in words which photos a search finds; "": all."""
    said = words_of(language).tables[_TABLE]["found"]
    return said.format(query=query) if query else ""


def selected(language: str = "en") -> str:
    """Return in words that somebody chose the photos one by one."""
    return words_of(language).tables[_TABLE]["selection"]


def items(package: Package, missing: int) -> Iterator[Item]:
    """Yield the README.

    :param missing: photos whose files are not in the package
    """
    words = package.words
    said = words.tables[_TABLE]
    scope = "complete" if package.complete else "partial"
    asked = package.asked or said["all_photos"]
    parts = [
        said["head"].format(
            title=package.title,
            line="=" * min(72, len(package.title)),
            photos=words.count(package.photos),
            day=package.made_at[:10],
            who=package.made_by,
        ),
        said[scope].format(asked=asked, who=package.made_by),
        "" if package.stars else said["no_stars"],
        said["missing"].format(count=words.number(missing)) if missing else "",
        said["files"],
        said["checking"],
        said["history" if package.complete else "no_chain"],
        said["database"].format(format=DATABASE_FORMAT),
        said["again"],
    ]
    yield item_of(README, "\n".join(filter(None, parts)).encode("utf-8", "replace"))

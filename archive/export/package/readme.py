"""What a package says of itself to somebody in thirty years."""

from __future__ import annotations

from collections.abc import Iterator

from archive.export.package.bags import Item, item_of
from archive.export.package.model import Package
from archive.migrations import FORMAT as DATABASE_FORMAT

README = "README.txt"


def counted(photos: int) -> str:
    """Return how many photos, in words."""
    return f"{photos:,} photo{'' if photos == 1 else 's'}"


def bag_info(package: Package) -> list[tuple[str, str]]:
    """Return what ``bag-info.txt`` says (RFC 8493 2.2.2), but for the Payload-Oxum."""
    what = f"Photos of {package.title}: {counted(package.photos)}"
    return [
        ("Source-Organization", package.title),
        ("Contact-Name", package.made_by),
        ("External-Description", what),
        ("External-Identifier", f"urn:uuid:{package.uuid}"),
        ("Internal-Sender-Identifier", f"urn:uuid:{package.archive_uuid}"),
        ("Bagging-Date", package.made_at[:10]),
        ("Bag-Software-Agent", "asbuilt"),
    ]


def items(package: Package, missing: int) -> Iterator[Item]:
    """Yield the README.

    :param missing: photos whose files are not in the package
    """
    scope = _COMPLETE if package.complete else _PARTIAL
    parts = [
        _HEAD.format(
            title=package.title,
            line="=" * min(72, len(package.title)),
            photos=counted(package.photos),
            day=package.made_at[:10],
            who=package.made_by,
        ),
        scope.format(asked=package.asked or "all photos", who=package.made_by),
        "" if package.stars else _NO_STARS,
        _MISSING.format(count=f"{missing:,}") if missing else "",
        _FILES,
        _CHECKING,
        _HISTORY if package.complete else _NO_CHAIN,
        _DATABASE.format(format=DATABASE_FORMAT),
        _AGAIN,
    ]
    yield item_of(README, "\n".join(filter(None, parts)).encode("utf-8", "replace"))


_HEAD = """{title}
{line}

Photos of a building project, handed over: {photos}, put together on {day} by
{who}. Open index.html in any browser. Nothing here needs a network, a
server or the program that made it.
"""
_COMPLETE = """This package is complete: everything that the archive had, with what
lay in its recycle bin, what people had marked private, and the whole history.
Passwords and keys are not part of an archive, and are not here.
"""
_PARTIAL = """This package is a choice: {asked}, as far as {who} may see.
What they may not see is nowhere in it. What lay in the recycle bin, and the
history of the archive as a whole, are not in it.
"""
_NO_STARS = """Whether a photo was starred is not in it, either.
"""
_MISSING = """Of {count} photos there is no file, only what was known of them:
manifest.csv has an empty first column there, and project.json says why.
"""
_FILES = """What lies where
---------------
index.html             the first page: leads to the two below
data/viewer/           a viewer with search, albums, places and a map (index.html)
data/pages/            the same as plain pages, which need no script (index.html)
data/originals/        the photo files as they came from the cameras, byte for byte,
                       in a folder for each album
data/sidecars/         for each of these two files of the same name: .json has all
                       that is known of it, comments included; .xmp has what other
                       photo programs read (ISO 16684-1)
data/pictures/         smaller copies for looking at: .jpg 1600, .webp 240 pixels
data/manifest.csv      a list of all photos, for a spreadsheet; UTF-8
data/manifest.json     the same list, for programs
data/project.json      the project: people, albums, places, trades, plans, and what
                       this package is
data/events.jsonl      what happened to each photo, one event a line, in words of
                       PREMIS 3.0: when it was taken in, when its bytes were checked,
                       that it was handed over, and, if this package may tell, what was
                       changed by whom
data/maps/             plans and maps that were laid on the map, if any
data/archive.db        all of it as one SQLite database
manifest-sha256.txt    the SHA-256 of every file below data/
tagmanifest-sha256.txt the SHA-256 of the files beside data/, of that list, too
bagit.txt bag-info.txt say that this is a bag by RFC 8493 ("BagIt")

Times that end in Z are UTC. taken_at is local time as on the camera's clock;
taken_offset is its distance from UTC where that is known. Positions are degrees,
WGS 84, north and east positive; directions are degrees clockwise from north.
"""
_CHECKING = """How to check that nothing was altered or lost
---------------------------------------------
On Linux:    sha256sum --check --quiet manifest-sha256.txt
On macOS:    shasum -a 256 --check manifest-sha256.txt
With Python: pip install bagit; bagit.py --validate .
Anything else that computes SHA-256 will do: each line of manifest-sha256.txt is the
hash of a file, two spaces, and its path.

A hash proves that a file is what it was when the list was made. That the list is the
one that was handed over, only somebody can say who kept the SHA-256 of
tagmanifest-sha256.txt elsewhere: in a letter, on a receipt.
"""
_HISTORY = """The history
-----------
data/history.jsonl has every change ever made, sealed as a chain. Each change is a JSON
array [number, kind, record, field, old, new]; those of one batch follow a longer array
[number, uuid, run, time, person's number, person, origin, reason, undone batch,
changes, hash before], and are followed by the batch's hash as a text: the SHA-256 of
these lines, line ends included. This Python program checks the chain:

    import hashlib, json
    digest, last = hashlib.sha256(), "0" * 64
    for line in open("data/history.jsonl", "rb"):
        value = json.loads(line)
        if isinstance(value, str):
            assert digest.hexdigest() == value, "altered"
            digest, last = hashlib.sha256(), value
        else:
            assert len(value) < 11 or value[10] == last, "cut out"
            digest.update(line)
    print("the history is whole; its last hash is", last)

data/earlier/, if it is there, has the histories of archives from which photos had been
taken over, in the same form.
"""
_NO_CHAIN = """The history
-----------
An archive seals its history as a chain: each hash covers the one before. Here is only
what was changed in these photos, if anything (data/events.jsonl). So the chain is
partial, and cannot be checked with this package alone; the hash that sealed each
change is told with it, and a complete package of the same archive has them all.
"""
_DATABASE = """The database
------------
data/archive.db is SQLite 3 (format {format} of asbuilt); sqlite.org keeps programs that
read it. The command ".schema" shows its tables, with a comment for each. A photo's file
is found by photos.uuid: data/sidecars and manifest.csv name it.
"""
_AGAIN = """To go on working with it
------------------------
"asbuilt import ARCHIVE THIS-FOLDER" takes photos, albums, places, trades, comments and
people's names into another archive.
"""

"""``asbuilt evidence``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.common import (
    as_option,
    json_option,
    opened,
    print_json,
    say,
)
from archive.errors import InvalidInput, printable

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.evidence.checking import Checked
    from archive.evidence.writing import Evidence
    from archive.people import Person


@click.command(
    epilog="""Examples: asbuilt evidence tower-4 019a7b3c --out dispute; asbuilt
    evidence --check dispute/evidence-019a7b3c-…/evidence.json --archive tower-4"""
)
@click.argument("what", metavar="ARCHIVE PHOTO...", nargs=-1, required=True)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where a folder for each photo is made.",
)
@click.option(
    "--timestamp",
    metavar="URL",
    help="Ask this authority (RFC 3161) to stamp the signature; needs a network.",
)
@click.option("--language", default="en", help="Of the document: en or de.")
@click.option(
    "--new-key",
    is_flag=True,
    help="Sign with a new key from now on; PHOTO is not needed.",
)
@click.option(
    "--check", is_flag=True, help="Check signed files: all arguments are FILE."
)
@click.option(
    "--archive",
    "known",
    metavar="ARCHIVE",
    type=click.Path(path_type=Path),
    help="With --check: it is to know the key, and the history that is named.",
)
@click.option(
    "--key",
    metavar="FINGERPRINT",
    default="",
    help="With --check: it is to be this key.",
)
@as_option
@json_option
def evidence(
    what: tuple[str, ...],
    out: Path | None,
    timestamp: str | None,
    language: str,
    new_key: bool,
    check: bool,
    known: Path | None,
    key: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Write what is known of photos, signed, to be checked without asbuilt.

    Of each photo a folder with a document (PDF), the same as JSON, the original, and
    the signatures (Ed25519) with the public key: hash, size and capture facts of the
    file, since when and where from it is archived, every change with its place in the
    chain of hashes, verifications and copies. See docs/evidence.md. With --check the
    files are compared with their signatures; exit code 1: one is not what was signed.
    """
    if check:
        check_files([Path(name) for name in what], known, key, person, as_json=as_json)
        return
    folder, *photos = what
    if not new_key and (out is None or not photos):
        raise InvalidInput("evidence is of photos, and goes to a folder: --out FOLDER")
    with opened(Path(folder), person) as (archive, who):
        if new_key:
            replace(archive, who)
        said = (timestamp, language)
        made = [write(archive, who, each, out, *said) for each in photos if out]
    if as_json:
        print_json([one.as_json() for one in made])


def replace(archive: Archive, who: Person) -> None:
    """Make a new key."""
    from archive.rights import require
    from archive.signing import replace_key

    require(who, "evidence")
    say(f"the new key's fingerprint is {replace_key(archive, who).fingerprint}")


def write(
    archive: Archive, who: Person, which: str, out: Path, url: str | None, language: str
) -> Evidence:
    """Write evidence of a photo, and say what was written."""
    from archive.commands.root import version
    from archive.evidence.stamping import asker, stamped
    from archive.evidence.writing import write_evidence
    from archive.photos import get_photo
    from archive.rights import require, viewer

    require(who, "evidence")
    photo = get_photo(archive.connection, which, viewer(who))
    stamper = partial(stamped, url=url, ask=asker()) if url else None
    program = f"asbuilt {version()}"
    made = write_evidence(
        archive, who, photo, out, program, language=language, stamper=stamper
    )
    say(printable(f"{made.folder}: {photo.filename}, {made.pages} pages, signed"))
    say(f"  key {made.fingerprint}")
    say(f"  evidence.json {made.sha256}: write these two down somewhere else")
    return made


def check_files(
    files: Sequence[Path],
    known: Path | None,
    key: str,
    person: str | None,
    *,
    as_json: bool,
) -> None:
    """Check signed files, and say what was found."""
    from archive.evidence.checking import all_good, check_file

    with ExitStack() as stack:
        archive = stack.enter_context(opened(known, person))[0] if known else None
        found = [check_file(path, archive, key) for path in files]
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        for one in found:
            tell(one)
    if not all_good(found):
        raise click.exceptions.Exit(1)


def tell(one: Checked) -> None:
    """Say what was found of a file."""
    state = "is not to be trusted" if one.problems else "is what was signed"
    click.echo(printable(f"{one.file}: {state}"))
    if one.fingerprint:
        click.echo(f"  key {one.fingerprint}")
    for text in [*one.problems, *one.notes]:
        click.echo(printable(f"  {text}"))

"""``asbuilt sync ARCHIVE receipt``: what of the remote is here, signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import Where, opened, say, sub_command
from archive.errors import printable

if TYPE_CHECKING:
    from archive.signing import Signed


@click.command(
    epilog="""Examples: asbuilt sync tower-4 receipt; to hand over: asbuilt sync tower-4
    receipt --out receipt.json"""
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write it there as JSON, with its signature and the public key beside it.",
)
@sub_command
def receipt(where: Where, out: Path | None) -> dict[str, Any]:
    """Say what of the remote is here, as of the last run: N of N, and what is not.

    With --out it is signed with the archive's key on this computer; 'asbuilt evidence
    --check FILE' compares it with its signature, and so does openssl.
    """
    from archive.remotes.receipts import receipt as made
    from archive.remotes.receipts import text_of
    from archive.rights import require
    from archive.signing import sign_json, signer_of
    from sync.driving.runs import linked

    with opened(*where) as (archive, who):
        require(who, "settings")
        linked(archive)
        found = made(archive)
        signer = signer_of(archive, who) if out else None
    for line in text_of(found):
        say(printable(line))
    if out and signer:
        write(sign_json(signer, found), out)
    return found


def write(signed: Signed, out: Path) -> None:
    """Write a signed file, its signature and the key, and say how to check it.

    :raises StoreError: they cannot be written
    """
    from archive.disk import storing
    from archive.signing import HOW, key_file

    for name, data in signed.files(out.name).items():
        path = out.with_name(name)
        with storing(path):
            path.write_bytes(data)
        say(f"wrote {path}")
    say(f"to check it: {HOW.format(key=key_file(signed.public), file=out.name)}")

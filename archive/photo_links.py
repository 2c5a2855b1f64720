"""Addresses of single photos, for reports that show them as they are now.

Such an address is given with data that leaves (``photo_link``), and is made of the
photo's uuid and a secret of the archive, so that none can be guessed. While links are
open (archive/links.py) anybody sees the photo there, if it is public; while they are
not, who is logged in and may see it. Ending all links makes another secret: all
addresses that were given are worth nothing then.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid

from archive.accounts import Accounts
from archive.accounts.secrets import secret
from archive.accounts.store import reading
from archive.links import REFRESHED

PLACE = "/-/open/"  # below the server's address
_MAC = 16  # bytes: what cannot be guessed


def key_of(accounts: Accounts) -> bytes:
    """Return what addresses are made with; another one after each refresh.

    :raises StoreError: accounts.db cannot be read or written
    """
    with reading(accounts) as opened:
        times = opened.execute(
            "SELECT count(*) FROM open_links WHERE action = ?", (REFRESHED,)
        ).fetchone()[0]
    return secret(accounts, f"photo links {times}")


def photo_token(key: bytes, photo: str) -> str:
    """Return what stands in the address of a photo.

    :param key: of ``key_of``
    :param photo: uuid
    """
    plain = uuid.UUID(photo).bytes
    signed = plain + hmac.digest(key, plain, "sha256")[:_MAC]
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def photo_of(key: bytes, token: str) -> str | None:
    """Return the uuid of the photo that an address names; None: we never gave it."""
    try:
        signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    if len(signed) != 16 + _MAC:
        return None
    photo = str(uuid.UUID(bytes=signed[:16]))
    return photo if hmac.compare_digest(photo_token(key, photo), token) else None

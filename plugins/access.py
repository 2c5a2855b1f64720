"""Who may come, as ``asbuilt serve`` was told, and under which names we answer.

Either the laptop's owner is here and needs no login; or there are accounts, and whoever
comes logs in, wherever they come from: a proxy on this computer makes everybody look as
if they sat at it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from plugins.compat import Datasette, Scope


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come.

    :param owner: whoever sits at this computer is person 1, with no login
    :param accounts: everybody logs in
    :param names: of hosts, lower case, that we answer under besides plain addresses
    :param secure: those of them that people reach through https, whatever we see of it
    """

    owner: bool = False
    accounts: bool = False
    names: tuple[str, ...] = ()
    secure: tuple[str, ...] = ()

    @classmethod
    def of(cls, datasette: Datasette) -> Self:
        """Return what this Datasette was made with; by default nobody is known."""
        config: dict[str, Any] = datasette.plugin_config("asbuilt") or {}
        return cls(
            owner=bool(config.get("owner")),
            accounts=bool(config.get("accounts")),
            names=tuple(config.get("names") or ()),
            secure=tuple(config.get("secure") or ()),
        )

    def config(self) -> dict[str, Any]:
        """Return it as the plugin's configuration, from which ``of`` reads it."""
        return {
            "owner": self.owner,
            "accounts": self.accounts,
            "names": list(self.names),
            "secure": list(self.secure),
        }

    def answers_to(self, host: str) -> bool:
        """Whether we answer under the name in a Host header.

        A name that somebody else's DNS points here must not work: their page would be
        of the same origin then. An address in digits is nobody's to point.
        """
        name = name_of(host)
        if is_loopback(name) or not (self.owner or self.accounts):
            return True
        return self.accounts and (is_address(name) or name in self.names)

    def is_encrypted(self, scope: Scope) -> bool:
        """Whether the person's browser came through https."""
        if scope.get("scheme") == "https":
            return True
        return name_of(headers_of(scope).get("host", "")) in self.secure


def is_api(path: str) -> bool:
    """Whether programs ask there, with a token of their own; no session counts."""
    return path.startswith("/rest/")


def headers_of(scope: Scope) -> dict[str, str]:
    """Return a request's headers by lower-case name; of two the last."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope["headers"]
    }


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies; of two with one name the first, which is the more specific.

    One that cannot be read takes no other with it, as the standard library's would.
    """
    found: dict[str, str] = {}
    for pair in headers_of(scope).get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def name_of(host: str) -> str:
    """Return the name in a Host header, lower case, without the port."""
    if host.startswith("["):
        name = host[1:].partition("]")[0]
    else:
        name = host.partition(":")[0]
    return name.rstrip(".").lower()


def is_address(name: str) -> bool:
    """Whether this is an IP address in digits."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this computer's own."""
    name = host.strip("[]").rstrip(".").lower()
    return name == "localhost" or (
        is_address(name) and ipaddress.ip_address(name).is_loopback
    )


def public(url: str) -> tuple[str, bool]:
    """Return the host of a public address, and whether it is https.

    :raises ValueError: it is no address of a site
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    if parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(url)
    return parts.hostname.rstrip(".").lower(), parts.scheme == "https"

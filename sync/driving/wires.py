"""Connections to the remote and to the hosts that its files lie on.

What is decided here, once for all requests:

- *The token goes to the API's own origin* (scheme, host and port), as a header that is
  set for that one request. Redirects are never followed on the API; for files they are,
  without the token, a few times, and from https to http never.
- *TLS is verified* against the certificates that the system trusts. Plain http is for
  this computer, and for a network that somebody trusts who says so.
- *Of the environment only proxies count*, and only for https, where they see nothing
  but the host's name: ``HTTPS_PROXY`` and ``NO_PROXY``, or the system's settings. No
  ``.netrc``, no ``SSL_CERT_FILE``, no cookies.
- HTTP/1.1: one request at a time per connection, so that what failed is one request.
- A connection that idled for three seconds is not used again: servers close theirs
  after five, and a write that meets the closing would be lost without an answer.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from archive.errors import InvalidInput
from sync.driving.pipes import Pipes

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0  # of a server that is still connected
IDLE_SECONDS = 3.0
AT_ONCE = 8  # connections to one host
AGENT = "asbuilt"


def origin(url: str) -> str:
    """Return scheme, host and port of an address: ``https://api.example:443``.

    :raises InvalidInput: it is no address of http or https
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.username or parts.password:  # not repeated: it may be somebody's
        raise InvalidInput("no address of a remote: it has a name or password in it")
    if standard is None or not parts.hostname:
        raise InvalidInput(f"{url!r} is no address like https://api.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or standard}"


def is_own_computer(url: str) -> bool:
    """Whether an address is on this computer, whatever a name server says."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_of(url: str) -> str | None:
    """Return the proxy through which an address is asked; None: directly."""
    parts = urlsplit(url)
    if parts.scheme != "https" or is_own_computer(url):
        return None
    found = getproxies()
    proxy = found.get("https") or found.get("all")
    if not proxy or proxy_bypass(f"{parts.hostname}:{parts.port or 443}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def refuse_plain(url: str, api: str) -> None:
    """Refuse to send or fetch a file without TLS where the API has it.

    :raises InvalidInput: that is so, or it is no address
    """
    if origin(api).startswith("https:") and not origin(url).startswith("https:"):
        raise InvalidInput(f"the storage has no TLS, though the API has: {origin(url)}")


@dataclass(slots=True)
class Wires:
    """Connections, one pool for each origin; safe to use from several threads.

    :param trusted: certificates in the place of the system's, for tests
    :ivar pipes: those that files come through, where there is no proxy
    """

    trusted: ssl.SSLContext | None = None
    clients: dict[str, httpx2.Client] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    pipes: Pipes = field(init=False)

    def __post_init__(self) -> None:
        """Make the pipes: they keep to the same rules."""
        patience = CONNECT_SECONDS, SILENCE_SECONDS
        self.pipes = Pipes(self.trusted, patience, IDLE_SECONDS)

    def to(self, url: str) -> httpx2.Client:
        """Return the client for an address.

        :raises InvalidInput: it is no address
        """
        where = origin(url)
        with self.lock:
            if where not in self.clients:
                self.clients[where] = self._open(where)
            return self.clients[where]

    def _open(self, where: str) -> httpx2.Client:
        import httpx2

        return httpx2.Client(**self.settings(where))

    def settings(self, url: str) -> dict[str, Any]:
        """Return how a client for an address is made; for Authlib's, too."""
        import httpx2

        most = httpx2.Limits(max_connections=AT_ONCE, keepalive_expiry=IDLE_SECONDS)
        return {
            "http1": True,
            "http2": False,
            "trust_env": False,
            "follow_redirects": False,
            "verify": self._trust(url),
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            "proxy": proxy_of(url),
            "timeout": httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            "limits": most,
            "headers": {"user-agent": AGENT},
        }

    def _trust(self, url: str) -> ssl.SSLContext:
        """Return whom TLS trusts: nobody where there is none.

        To read what the system trusts takes 25 ms, so that it is read once.
        """
        if urlsplit(url).scheme == "https":
            return self.pipes.trust()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def close(self) -> None:
        """Close all connections."""
        self.pipes.close()
        with self.lock:
            for client in self.clients.values():
                client.close()
            self.clients.clear()

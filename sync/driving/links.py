"""The remote that an archive is linked with, as far as it is no secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.errors import InvalidInput
from sync.driving.wires import is_own_computer, origin
from sync.identity import Project

# Hosts whose logins are on another (§1 of the API's contract)
_LOGINS = {
    "api.procore.com": "login.procore.com",
    "sandbox.procore.com": "login-sandbox.procore.com",
    "api-monthly.procore.com": "login-sandbox-monthly.procore.com",
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where the remote is, and as whom it is asked.

    :param url: of the API: scheme, host and port; paths begin with ``/rest``
    :param login_url: of ``/oauth``
    :param client_id: of the program; no secret
    :param by_person: it acts for a person who logged in, with a refresh token; else by
        itself, with its secret
    """

    url: str
    company: int
    project: int
    client_id: str
    login_url: str
    by_person: bool = False

    @property
    def known_as(self) -> Project:
        """The project, as records are known by it."""
        return Project(self.company, self.project)

    @property
    def account(self) -> str:
        """Under what its secrets are kept: the same for every archive of that program.

        A refresh token belongs to one archive: two that share it end each other's.
        """
        return f"{self.client_id}@{self.login_url}"


def make_link(
    url: str,
    company: int,
    project: int,
    client_id: str,
    *,
    login_url: str = "",
    by_person: bool = False,
    plain_http: bool = False,
) -> Link:
    """Return a link, when it can be one.

    :param plain_http: also where others could read the token on the way
    :raises InvalidInput: an address that cannot be, or one without TLS
    """
    where = _address(url, plain_http=plain_http)
    login = _address(login_url or _login_of(where), plain_http=plain_http)
    if not client_id.strip() or company < 1 or project < 1:
        raise InvalidInput("company, project and client id have to be given")
    return Link(where, company, project, client_id.strip(), login, by_person)


def _address(url: str, *, plain_http: bool) -> str:
    where = origin(url)
    path = urlsplit(url).path.rstrip("/")
    if path and not path.startswith("/rest"):
        raise InvalidInput(
            f"{url!r}: only the beginning is wanted, as in {shown(where)}"
        )
    if where.startswith("http:") and not is_own_computer(where) and not plain_http:
        raise InvalidInput(
            f"{shown(where)}: over plain http everybody on the way can read the token;"
            " use https, or --plain-http in a network that you trust"
        )
    return shown(where)


def shown(where: str) -> str:
    """Return an origin without the port that goes without saying."""
    scheme, _, rest = where.partition("://")
    return f"{scheme}://" + rest.removesuffix({"https": ":443"}.get(scheme, ":80"))


def _login_of(where: str) -> str:
    host = urlsplit(where).hostname or ""
    return f"https://{_LOGINS[host]}" if host in _LOGINS else where


def as_json(link: Link) -> dict[str, Any]:
    """Return a link as it is kept and shown."""
    return asdict(link)


def from_json(kept: Any) -> Link:  # noqa: ANN401 - of JSON
    """Return a link that was kept.

    :raises InvalidInput: it is none
    """
    try:
        link = Link(**kept)
        origin(link.url), origin(link.login_url)
    except TypeError as error:
        raise InvalidInput(f"what is kept of the remote makes no sense: {kept}") from (
            error
        )
    return link

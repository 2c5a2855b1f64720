"""What is wrong between here and the remote, in words that say what to do.

Asked once, before anything else is (``greet``), and when the first answer of a run is
not what it should be: a run that cannot begin says why in a second, not after retries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from archive.errors import printable
from sync.driving.asking import Desk, ask
from sync.driving.errors import LoginRefused, NoRights
from sync.driving.links import Link
from sync.effects import Answer, Ask
from sync.errors import RemoteError, Unreachable

WRONG_CLOCK = 86_400  # seconds between the remote's clock and ours
_SHOWN = 8  # projects that are named
_SAID = 200  # characters of what came in the place of an answer

# What TLS and the network say, and what that means: the first that fits
_MEANINGS: Mapping[str, tuple[str, ...]] = {
    "it is out of order; try again later": ("it answered 5",),
    "that is not the API, but a proxy, a network's login (open any page in a browser),"
    " or another address": ("no json",),
    "that is not the API; is it another address?": ("sends on",),
    "its certificate is for another time; this computer's clock says {now}": (
        "not yet valid",
        "has expired",
    ),
    "nobody vouches for its certificate; it is not the real one, or this network has a"
    " certificate of its own that this computer has to be told of": (
        "self-signed",
        "self signed",
        "unable to get local issuer",
    ),
    "its certificate is another host's": ("hostname mismatch", "not valid for"),
    "its certificate is not right": ("certificate",),
    "it speaks no TLS there; is it another port, or http instead of https?": (
        "wrong version number",
        "record layer failure",
        "ssl",
    ),
    "look at HTTPS_PROXY and NO_PROXY": ("proxy",),
    "there is no such host, or no network": (
        "name or service",
        "getaddrinfo",
        "nodename",
        "name resolution",
        "no address",
    ),
    "nothing listens there": ("refused",),
}


@dataclass(frozen=True, slots=True)
class Greeting:
    """A remote that answers as it should.

    :param project: its name
    :param off: seconds by which its clock is before ours; None: it tells no time
    """

    project: str
    off: float | None


def greet(desk: Desk) -> Greeting:
    """Ask whether everything is right with a link.

    :raises RemoteError: what is not, and what to do
    """
    answer = ask(desk, _project(desk.link))
    refuse_first(desk, answer)
    _refuse_strange(desk, answer, dict)
    photos = ask(
        desk,
        Ask(
            "GET",
            "/rest/v1.0/images",
            (("project_id", str(desk.link.project)), ("per_page", "1")),
        ),
    )
    refuse_first(desk, photos)
    _refuse_strange(desk, photos, list)
    body = cast("dict[str, object]", answer.body)
    off = None if answer.clock is None else desk.now() - answer.clock
    return Greeting(printable(str(body.get("name") or "")), off)


def _refuse_strange(desk: Desk, answer: Answer, form: type) -> None:
    """Link with nothing that does not answer as the API does.

    :raises Unreachable: it does not
    """
    if not answer.is_done:
        raise unreachable(desk.link.url, f"it answered {said_of(answer)}")
    if not isinstance(answer.body, form):
        said = " ".join(json.dumps(answer.body).split())
        raise unreachable(desk.link.url, f"it answered with no JSON of the API: {said}")


def _project(link: Link) -> Ask:
    path = f"/rest/v1.0/projects/{link.project}"
    return Ask("GET", path, (("company_id", str(link.company)),))


def refuse_first(desk: Desk, answer: Answer) -> None:
    """Go no further when the first answer shows that nothing will go well.

    :raises RemoteError: why, and what to do
    """
    if answer.is_lost and answer.status < 500:
        raise unreachable(desk.link.url, answer.text)
    if answer.status == 401:
        raise LoginRefused(
            f"{desk.link.url} does not take the token that {desk.link.login_url} gave:"
            " do both belong together (the sandbox has a login of its own)?"
        )
    if answer.status in (403, 404):
        raise _no_rights(desk, answer)


def unreachable(url: str, why: str) -> Unreachable:
    """Return what stands in the way to an address."""
    why = why if len(why) <= _SAID else f"{why[:_SAID]}…"
    said = why.lower()
    now = f"{datetime.now(UTC):%Y-%m-%d}"
    for meaning, signs in _MEANINGS.items():
        if any(sign in said for sign in signs):
            return Unreachable(f"{url}: {meaning.format(now=now)} ({why})")
    return Unreachable(f"{url}: {why}")


def _no_rights(desk: Desk, answer: Answer) -> RemoteError:
    """Say what this login may see, where it may not see the project."""
    link, said = desk.link, said_of(answer)
    companies = _named(ask(desk, Ask("GET", "/rest/v1.0/companies")))
    if companies is None:
        return NoRights(
            f"{link.url} refuses this login everything ({said}): is the app installed"
            " in the company, and is this project among those it may use?"
        )
    if link.company not in companies:
        return NoRights(
            f"this login does not see the company {link.company} ({said}); it sees"
            f" {_listed(companies)}"
        )
    query = (("company_id", str(link.company)),)
    projects = _named(ask(desk, Ask("GET", "/rest/v1.0/projects", query))) or {}
    if link.project not in projects:
        return NoRights(
            f"this login does not see the project {link.project} ({said}); in this"
            f" company it sees {_listed(projects)}"
        )
    return NoRights(
        f"this login sees the project {link.project}, and not its photos ({said}): the"
        " Photos tool is off there, or the login needs at least to read it"
    )


def _named(answer: Answer) -> dict[int, str] | None:
    """Return names by number; None: it is no list."""
    if not answer.is_done or not isinstance(answer.body, list):
        return None
    rows = [row for row in answer.body if isinstance(row, dict)]
    return {
        row["id"]: printable(str(row.get("name", "")))
        for row in rows
        if isinstance(row.get("id"), int)
    }


def _listed(named: dict[int, str]) -> str:
    if not named:
        return "none"
    first = [f"{number} ({name})" for number, name in list(named.items())[:_SHOWN]]
    more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
    return ", ".join(first) + more


def said_of(answer: Answer) -> str:
    """Return an answer's status and the remote's own words."""
    body = answer.body
    if isinstance(body, dict):
        found = body.get("errors") or body.get("error") or body.get("message") or ""
        if isinstance(found, list):
            found = "; ".join(str(one) for one in found)
        words = str(found)
    else:
        words = answer.text
    words = printable(" ".join(words.split()))[:200]
    return f"{answer.status}: {words}" if words else str(answer.status)


def clock_warning(off: float | None, now: float) -> str:
    """Return what to say of clocks that differ by more than a day; "": nothing."""
    if off is None or abs(off) < WRONG_CLOCK:
        return ""
    theirs, ours = (
        f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"
        for moment in (now - off, now)
    )
    return (
        f"the remote's clock says {theirs}, this computer's {ours} (UTC): one of"
        " them is wrong; the sync goes by the remote's"
    )

"""Talking with the remote: one request, one page, a whole list.

What is only read is asked for again when no answer comes; what writes never is (§9.1 of
the API): that is for ``sync.engine.settling`` to find out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archive.errors import printable
from sync.effects import Answer, Ask, Steps, Wait
from sync.errors import Nonsense, Refused, Unreachable
from sync.operations import Budget
from sync.records import Kind
from sync.translating import is_numbered

Json = Mapping[str, object]
PER_PAGE = 100  # of photos: what everything known allows (contract 6.1)
AT_ONCE = 1000  # of what there is little of; the remote says how many it gives
_PAUSES = (2.0, 10.0, 30.0)  # seconds, before each further try
_FOREVER = 50_000  # pages of one list: a remote that never ends it


@dataclass(slots=True)
class Talk:
    """What a run learns by the way, and its count of requests.

    :param clock: the remote's, as of the last answer; 0: it never said
    :param refused: what this account was refused: (kind, field or act), and why
    :param forbidden: something was not to be read (403)
    :param nonsense: records in lists that have no number; they are left out, and a list
        with one of them is not whole
    :param failures: writes in a row that were not done, and why the last one was not
    :param singly: records whose fields are sent one at a time, as several together
        were refused, with those that were refused alone
    :param denied: records of which one thing was refused: (kind, field or act)
    """

    clock: int = 0
    requests: int = 0
    writes: int = 0
    forbidden: bool = False
    refused: dict[tuple[Kind, str], str] = field(default_factory=dict)
    nonsense: int = 0
    failures: int = 0
    why: str = ""
    singly: dict[str, set[str]] = field(default_factory=dict)
    denied: dict[tuple[Kind, str], set[str]] = field(default_factory=dict)


def ask(talk: Talk, request: Ask) -> Steps[Answer]:
    """Send a request; one that only reads is repeated when no answer comes."""
    pauses = _PAUSES if request.method == "GET" else ()
    for pause in (*pauses, None):
        answer: Answer = yield request
        talk.requests += 1
        talk.writes += request.method != "GET"
        if answer.clock is not None:
            talk.clock = answer.clock
        if not answer.is_lost or pause is None:
            break
        yield Wait(pause, "the remote does not answer")
    return answer


def read(talk: Talk, request: Ask) -> Steps[Answer]:
    """Ask for what a run cannot go on without.

    :raises Unreachable: no answer comes; Refused: this account may not read it
    """
    answer = yield from ask(talk, request)
    if answer.is_done:
        return answer
    what = f"{request.path}: {said(answer)}"
    if answer.status in (401, 403):
        talk.forbidden = True
        raise Refused(what)
    raise Unreachable(what)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    :param total: of the whole list, as the remote says; None: it does not
    :param is_last: nothing comes after it
    """

    rows: list[Json]
    total: int | None
    is_last: bool


def page(talk: Talk, request: Ask, number: int, size: int = PER_PAGE) -> Steps[Page]:
    """Ask for a page of a list, counted from 1.

    :raises Unreachable: as for ``read``; Refused likewise
    :raises Nonsense: it is no list of records
    """
    paging = (("page", str(number)), ("per_page", str(size)))
    query = tuple(one for one in request.query if one[0] not in ("page", "per_page"))
    answer = yield from read(talk, replace(request, query=(*query, *paging)))
    listed = rows_of(request, answer)
    rows = numbered_rows(listed)
    talk.nonsense += len(listed) - len(rows)
    total = _count(answer.headers.get("total"))
    return Page(rows, total, is_last(answer, len(listed), number, size))


def numbered_rows(body: object) -> list[Json]:
    """Return the records in a list that have a number; all else is none."""
    listed = body if isinstance(body, list) else []
    return [row for row in listed if isinstance(row, Mapping) and is_numbered(row)]


def rows_of(request: Ask, answer: Answer) -> list[Json]:
    """Return the records that a list has.

    :raises Nonsense: it is no list of records
    """
    body = answer.body
    if not isinstance(body, list) or not all(isinstance(one, Mapping) for one in body):
        raise Nonsense(f"{request.path}: not a list, but {said(answer)}")
    return body


def is_last(answer: Answer, rows: int, number: int, size: int) -> bool:
    """Whether nothing comes after a page.

    :param rows: how many are on it; ``size``: how many were asked for
    """
    if not rows:
        return True
    if "link" in answer.headers:
        return 'rel="next"' not in answer.headers["link"]
    total = _count(answer.headers.get("total"))
    shown = _count(answer.headers.get("per-page")) or size
    return number * shown >= total if total is not None else rows < shown


def _count(header: str | None) -> int | None:
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was read to its end.

    :param is_whole: as many different records as it says that there are, from the
        first page to the last: what it lacks may be asked for, one by one
    """

    rows: list[Json]
    is_whole: bool


def whole(talk: Talk, request: Ask, size: int = AT_ONCE) -> Steps[Listing]:
    """Read a list of which there is not much: albums, places, trades.

    :raises Unreachable: as for ``page``; Refused, Nonsense likewise
    """
    rows: list[Json] = []
    totals: list[int | None] = []
    nonsense = talk.nonsense
    for number in range(1, _FOREVER):
        found = yield from page(talk, request, number, size)
        rows += found.rows
        totals.append(found.total)
        if found.is_last:
            break
    unique = {str(one.get("id")) for one in rows}
    agrees = totals[0] == totals[-1] and totals[0] in (None, len(unique))
    is_all = len(unique) == len(rows) and talk.nonsense == nonsense
    return Listing(rows, agrees and is_all)


def said(answer: Answer) -> str:
    """Return what the remote said went wrong, in its words and on one line.

    Its errors come as text, list or map, and not always as JSON (contract 6.4).
    """
    words = "; ".join(_words(answer.body)) if answer.body is not None else answer.text
    status = f"{answer.status}" if answer.status else "no answer"
    text = printable(" ".join(words.split())[:300])
    return f"{status}: {text}" if text else status


def _words(body: object) -> list[str]:
    if isinstance(body, str):
        return [body]
    if isinstance(body, list):
        return [word for one in body[:10] for word in _words(one)]
    if not isinstance(body, Mapping):
        return []
    found = []
    for key in ("errors", "error", "message", "error_description", "reason"):
        if key in body:
            found += _words(body[key])
    if found:
        return found
    return [
        f"{key}: {word}"
        for key, one in list(body.items())[:10]
        if isinstance(one, str | list)
        for word in _words(one)
    ]


def get(path: str, *query: tuple[str, object], pays: Budget = Budget.CHANGE) -> Ask:
    """Return a request that reads."""
    told = tuple((name, str(value)) for name, value in query if value is not None)
    return Ask("GET", path, told, budget=pays)

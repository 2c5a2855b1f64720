"""Asking a time-stamping authority over the network (RFC 3161, 3.4).

Only a hash is sent, and the answer is signed, so plain http is as good as https: many
authorities have nothing else.
"""

from __future__ import annotations

from contextlib import closing

from archive.evidence.stamping import LARGEST
from sync.driving.wires import Wires
from sync.errors import Unreachable


def ask(url: str, question: bytes) -> bytes:
    """Return what an authority answers.

    :raises Unreachable: nothing answers, or no stamp
    :raises InvalidInput: it is no address
    """
    import httpx2

    headers = {"content-type": "application/timestamp-query"}
    wires = Wires()
    with closing(wires):
        try:
            answer = wires.to(url).post(url, content=question, headers=headers)
        except httpx2.HTTPError as error:
            raise Unreachable(f"{url} does not answer: {error}") from error
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code != 200 or kind != "application/timestamp-reply":
            told = f"{answer.status_code} {kind or 'and nothing'}"
            raise Unreachable(f"{url} answers {told} instead of a time stamp")
        if len(answer.content) > LARGEST:
            raise Unreachable(f"{url} answers too much")
        return answer.content

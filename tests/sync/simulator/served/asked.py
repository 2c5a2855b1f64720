"""What every address of the remote asks of a request, and the addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sync.effects import Answer, Ask
from tests.sync.simulator.forms import Json
from tests.sync.simulator.remote import Refusal, Remote

Routes = tuple[tuple[str, Callable[..., Answer]], ...]
ONE = r"/(?P<id>\d+)"


def may(remote: Remote, right: str) -> None:
    if right not in remote.rights:
        raise Refusal(403, f"you may not {right}")


def part(ask: Ask, name: str) -> Json:
    sent = dict(ask.body or {}).get(name)
    if not isinstance(sent, Mapping):
        raise Refusal(400, f"{name} is missing")
    return dict(sent)


def poison(remote: Remote, what: str) -> None:
    """Fail with what somebody poisoned: a number, or a part of a name."""
    for word, status in remote.poisoned.items():
        if word in what:
            raise Refusal(status, f"{word} cannot be done")

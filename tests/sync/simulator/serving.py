"""The remote's API: what it answers to a request (``docs/api.md``, the contract)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sync.effects import Answer, Ask
from tests.sync.simulator.forms import (
    answered,
)
from tests.sync.simulator.remote import Refusal, Remote
from tests.sync.simulator.served import around, photos, uploads


def answer(remote: Remote, ask: Ask) -> Answer:
    """Carry out a request as a whole. Nothing is lost on the way here."""
    try:
        return _route(remote, ask)
    except Refusal as refusal:
        return answered(remote, {"errors": [str(refusal)]}, refusal.status)


def _route(remote: Remote, ask: Ask) -> Answer:
    for pattern, serve in _ROUTES:
        found = pattern.fullmatch(f"{ask.method} {ask.path}")
        if found:
            _check_project(remote, found.groupdict(), dict(ask.query))
            names = {k: v for k, v in found.groupdict().items() if k in ("id", "uuid")}
            return serve(remote, ask, *names.values())
    raise Refusal(404, f"no such address: {ask.method} {ask.path}")


def _check_project(
    remote: Remote, names: Mapping[str, str], query: Mapping[str, str]
) -> None:
    named = {**query, **{k: v for k, v in names.items() if v}}
    for name, number in (("company", remote.company), ("project", remote.project)):
        told = named.get(name) or named.get(f"{name}_id")
        if told is not None and told != str(number):
            raise Refusal(403, f"no access to this {name}")


_ROUTES = tuple(
    (re.compile(pattern), serve)
    for pattern, serve in (*around.ROUTES, *photos.ROUTES, *uploads.ROUTES)
)

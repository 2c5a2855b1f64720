"""What templates can use, and the nonce that lets Datasette's inline scripts run."""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from jinja2 import Environment
from jinja2.ext import Extension

from plugins import actors
from plugins.compat import Datasette

_SCRIPT = re.compile(r"<script(?=[\s>{])")


class Nonces(Extension):
    """Puts the request's nonce on every script of a template.

    On the template's source, before any value is filled in: a script that somebody
    smuggles into a caption never gets one.
    """

    def preprocess(
        self,
        source: str,
        name: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
    ) -> str:
        """Change the source of every template as it is loaded."""
        return _SCRIPT.sub('<script nonce="{{ csp_nonce() }}"', source)


def prepare(env: Environment, datasette: Datasette) -> None:
    """Add our filters and functions to Datasette's templates."""
    env.add_extension(Nonces)
    env.globals["asset"] = partial(asset, datasette)
    env.globals["csp_nonce"] = actors.nonce
    env.filters["compass"] = compass
    env.filters["day"] = day
    env.filters["month"] = month
    env.filters["moment"] = moment
    env.filters["utc"] = utc
    env.filters["filesize"] = file_size
    env.filters["thousands"] = thousands


def asset(datasette: Datasette, path: str) -> str:
    """Return the address of a static file of ours, which changes when the file does.

    The vendored libraries may be absent in a checkout that was never built; the pages
    work without them.
    """
    try:
        return str(datasette.static(path, plugin="asbuilt"))
    except (OSError, ValueError):
        return str(datasette.urls.static_plugins("asbuilt", path))


def day(text: str) -> str:
    """``2026-05-11…`` as ``Mon 11 May 2026``."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text[:10]
    return f"{found:%a} {found.day} {found:%b %Y}"


def compass(degrees: float) -> str:
    """``123.4`` as ``123° south-east``."""
    names = ["north", "north-east", "east", "south-east"]
    names += ["south", "south-west", "west", "north-west"]
    return f"{degrees:.0f}° {names[round(degrees / 45) % 8]}"


def month(text: str) -> str:
    """``2026-05`` as ``May 2026``."""
    try:
        return f"{date.fromisoformat(f'{text}-01'):%B %Y}"
    except ValueError:
        return text


def moment(text: str) -> str:
    """``2026-05-11T14:05:09.120`` as ``11 May 2026, 14:05:09``."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{found.day} {found:%b %Y}, {text[11:19]}"


def utc(text: str) -> str:
    """A ``*_at`` column in UTC as ``11 May 2026, 14:05 UTC``."""
    return f"{moment(text)[:-3]} UTC" if len(text) > 16 else text


def file_size(count: int) -> str:
    """Bytes as ``4.2 MB``."""
    size, units = float(count), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} bytes" if units[0] == "bytes" else f"{size:.1f} {units[0]}"


def thousands(count: int) -> str:
    """``1234567`` as ``1,234,567``."""
    return f"{count:,}"

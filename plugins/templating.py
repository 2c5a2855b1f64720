"""What templates can use, and the nonce that lets Datasette's inline scripts run."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, Template
from jinja2.ext import Extension

from archive.albums import Album, called
from archive.errors import ArchiveError
from archive.photos import Photo
from plugins import actors, texts
from plugins.access import Access
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
    """Add our filters and functions to Datasette's templates.

    Those that are loaded stay as they are: a server whose program is brought up to date
    beside it would fill new templates with what old code knows, which is an error 500.
    """
    env.auto_reload = False
    env.add_extension(Nonces)
    env.globals["asset"] = partial(asset, datasette)
    env.globals["csp_nonce"] = actors.nonce
    env.globals["has_accounts"] = Access.of(datasette).accounts
    env.globals["t"] = text
    env.globals["language"] = actors.language
    env.globals["texts_url"] = partial(texts_url, datasette)
    env.filters["album"] = album_of
    env.filters["album_name"] = album_name
    env.filters["compass"] = compass
    env.filters["reason"] = reason
    env.filters["why"] = why
    env.filters["day"] = day
    env.filters["month"] = month
    env.filters["moment"] = moment
    env.filters["utc"] = utc
    env.filters["filesize"] = file_size
    env.filters["thousands"] = thousands


class _Whole(Template):
    """A template that is filled in at one go.

    As Datasette's environment has them, whatever they call may be waited for, and each
    of a page's two thousand pieces goes through a generator for every template that it
    extends: that took a third to a half of a page, in the thread that all others wait
    for. Ours call nothing that is waited for.
    """

    async def render_async(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401
        """Fill it in; Datasette asks for it so."""
        return self.render(*args, **kwargs)


def template(env: Environment, name: str) -> Template:
    """Return one of our templates.

    :param env: Datasette's
    """
    ours: Environment | None = getattr(env, "asbuilt", None)
    if ours is None:
        ours = env.overlay(enable_async=False)
        ours.template_class = _Whole
        env.extend(asbuilt=ours)
    return ours.get_template(f"asbuilt/{name}")


def asset(datasette: Datasette, path: str) -> str:
    """Return the address of a static file of ours, which changes when the file does.

    Kept while the file stays as it is: for each address Datasette looks through what
    every plugin's distribution says of itself, which takes 2 ms.
    """
    known = _addresses.setdefault(datasette, {})
    try:
        changed = (_STATIC / path).stat().st_mtime_ns
    except OSError:
        changed = 0
    if known.get(path, ("", -1))[1] != changed:
        known[path] = (_asset(datasette, path), changed)
    return known[path][0]


_STATIC = Path(__file__).with_name("static")
_addresses: WeakKeyDictionary[Datasette, dict[str, tuple[str, int]]] = (
    WeakKeyDictionary()
)


def _asset(datasette: Datasette, path: str) -> str:
    """Ask Datasette for the address.

    The vendored libraries may be absent in a checkout that was never built; the pages
    work without them.
    """
    try:
        return str(datasette.static(path, plugin="asbuilt"))
    except (OSError, ValueError):
        return str(datasette.urls.static_plugins("asbuilt", path))


def texts_url(datasette: Datasette) -> str:
    """Return the address of the texts for the scripts, which changes when they do."""
    language = actors.language()
    _, version = texts.as_json(language)
    return str(datasette.urls.path(f"/-/asbuilt/texts/{language}.json?v={version}"))


def text(name: str, /, **values: Any) -> str:  # noqa: ANN401
    """Return a text of the request's language; the template escapes it."""
    return texts.text(actors.language(), name, **values)


def refusal(error: ArchiveError) -> str:
    """Return what went wrong in the request's language, as a sentence."""
    return texts.refusal(actors.language(), error)


def reason(sentence: str) -> str:
    """Return a reason that was written down in English, in the request's language."""
    return texts.reason(actors.language(), sentence)


def why(words: str) -> str:
    """Return why something was changed: a person's own words stay as they are."""
    return texts.why(actors.language(), words)


def album_name(album: Album) -> str:
    """Return what an album is called in the request's language."""
    return called(album.id, album.name, actors.language())


def album_of(photo: Photo) -> str:
    """Return what a photo's album is called in the request's language."""
    return called(photo.album_id, photo.album, actors.language())


def day(when: str) -> str:
    """``2026-05-11…`` as ``Mon, 11 May 2026``."""
    return texts.day(actors.language(), when)


def month(when: str) -> str:
    """``2026-05`` as ``May 2026``."""
    return texts.month(actors.language(), when)


def moment(when: str, *, seconds: bool = True) -> str:
    """``2026-05-11T14:05:09.120`` as ``11 May 2026, 14:05:09``."""
    return texts.moment(actors.language(), when, seconds=seconds)


def utc(when: str) -> str:
    """A ``*_at`` column in UTC as ``11 May 2026, 14:05 UTC``."""
    if len(when) <= 16:
        return when
    return f"{texts.moment(actors.language(), when, seconds=False)} UTC"


def compass(degrees: float) -> str:
    """``123.4`` as ``123° south-east``."""
    names = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
    return f"{degrees:.0f}° {text('compass.' + names[round(degrees / 45) % 8])}"


def file_size(count: int) -> str:
    """Bytes as ``4.2 MB``."""
    size, units = float(count), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    if units[0] == "bytes":
        return text("size.bytes", n=count)
    return f"{texts.number(actors.language(), round(size, 1))} {units[0]}"


def thousands(count: int) -> str:
    """``1234567`` as ``1,234,567``."""
    return texts.number(actors.language(), count)

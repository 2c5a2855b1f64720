"""The outermost layer: where a request may come from, and what every answer carries.

There is no login on loopback, and elsewhere the browser brings its cookie to whatever
points here. So another web site open in the same browser must not reach us: by a name
that resolves to our address (the Host header is checked), nor by pictures, scripts and
forms of its pages that point here (Sec-Fetch-Site and Origin are checked).
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from plugins import actors, entrance, sessions, texts
from plugins.access import Access, cookies_of, headers_of, is_api
from plugins.api import bearer
from plugins.compat import (
    ASGIApp,
    Datasette,
    Message,
    Receive,
    Response,
    Scope,
    Send,
)

# Put on an answer by our own routes, taken off here. Datasette's router replaces the
# Cache-Control of every answer to somebody known by "private, no-store".
CACHE = "x-asbuilt-cache"
# Headers of an answer that no browser may keep, of whatever status it is.
UNKEPT = {"cache-control": "no-store", CACHE: "no-store"}
LANGUAGE = "asbuilt-language"  # cookie with the language that a person chose

OUR_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'; img-src 'self' blob: data:"
)
# Datasette's own pages have inline scripts, which get a nonce (templating.py), inline
# styles, and one onclick, whose hash this is: openColumnChooser()
_THEIR_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-hashes'"
    " 'sha256-{hash}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_ONCLICK = "+l3zeDxxnrQy0aouZ6fIDwi+bFJ9b3COj5bWIKEUFYU="
# Of anything that is no page of ours or theirs: it cannot do anything when opened.
_FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

_OF_PROGRAMS = ("/rest/", "/oauth/")
_PROXIES = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"}

_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"x-frame-options": b"DENY",
}


def wrap(app: ASGIApp, datasette: Datasette) -> ASGIApp:
    """Return the application with our checks and headers around it."""
    access = Access.of(datasette)

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        refusal = _refusal(scope, access)
        if refusal:
            reason = texts.text(_language(scope), f"refused.{refusal}")
            await _refuse(send, scope["path"], reason)
            return
        nonce = secrets.token_urlsafe(16)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = _headers(message, nonce, by_person=access.accounts)
                message = {**message, "headers": headers}
            await send(message)

        token = actors.begin(nonce, _language(scope))
        try:
            answer = await _at_the_entrance(datasette, scope, access)
            if answer:
                await answer.asgi_send(send_with_headers)
            else:
                await app(scope, receive, send_with_headers)
        finally:
            actors.end(token)

    return wrapped


async def _at_the_entrance(
    datasette: Datasette, scope: Scope, access: Access
) -> Response | None:
    """Find out who is logged in; return the answer to somebody who has to, first."""
    if is_api(scope["path"]):
        actors.log_in(await bearer.actor_of(datasette, scope))
        return None
    if not access.accounts:
        return None
    actor = await sessions.actor(datasette, scope)
    actors.log_in(actor)
    return entrance.turned_away(datasette, scope, actor)


def _refusal(scope: Scope, access: Access) -> str | None:
    """Say why this request is none of a page of ours, or return None.

    In the name of a text: ``refused.<name>``.
    """
    headers = headers_of(scope)
    if not access.answers_to(headers.get("host", "")):
        return "not_our_name" if access.accounts else "only_loopback"
    if access.owner and _PROXIES & headers.keys():
        return "proxy"
    site = headers.get("sec-fetch-site")
    if site is None:  # an old browser, or one that came by plain http
        return None if _is_from_here(scope, headers) else "another_site"
    if site in ("same-origin", "none"):
        return None
    # A link on another site may lead here; its pictures, scripts and frames may not.
    to_a_page = headers.get("sec-fetch-dest") == "document"
    if scope["method"] in ("GET", "HEAD") and (to_a_page or not _has_people(access)):
        return None
    return "another_site"


def _has_people(access: Access) -> bool:
    """Whether somebody is known who could be taken advantage of."""
    return access.owner or access.accounts


def _is_from_here(scope: Scope, headers: dict[str, str]) -> bool:
    """Whether what changes something was sent by a page of ours, or by no page at all.

    All browsers send Origin with a POST; ``null`` is one that hides where it is from.
    """
    origin = headers.get("origin")
    if origin is None or scope["method"] in ("GET", "HEAD"):
        return True
    return origin.partition("://")[2].lower() == headers.get("host", "").lower()


def _language(scope: Scope) -> str:
    """Return the language to answer in: the person's choice, else their browser's."""
    chosen = cookies_of(scope).get(LANGUAGE)
    if chosen in texts.languages():
        return str(chosen)
    return texts.preferred(headers_of(scope).get("accept-language", ""))


async def _refuse(send: Send, path: str, reason: str) -> None:
    kind, body = b"text/plain; charset=utf-8", reason
    if path.startswith(_OF_PROGRAMS):  # which read nothing but JSON
        kind, body = b"application/json", json.dumps({"errors": [reason]})
    headers = [(b"content-type", kind), *_ALWAYS.items()]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _headers(
    message: Message, nonce: str, *, by_person: bool
) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers with ours among them.

    :param by_person: what is kept of an answer is not for who logs in next
    """
    headers = [(name.lower(), value) for name, value in message.get("headers", [])]
    found = dict(headers)
    cache = found.get(CACHE.encode())
    if cache and message["status"] in (200, 206, 304):
        headers = [
            pair for pair in headers if pair[0] not in (b"cache-control", b"vary")
        ]
        headers.append((b"cache-control", cache))
        if by_person:
            headers.append((b"vary", b"cookie"))
    headers = [pair for pair in headers if pair[0] != CACHE.encode()]
    for name, value in _ALWAYS.items():
        if name not in found:
            headers.append((name, value))
    if b"content-security-policy" not in found:
        policy = _policy(found.get(b"content-type", b""), nonce)
        headers.append((b"content-security-policy", policy.encode()))
    return headers


def _policy(media_type: bytes, nonce: str) -> str:
    if media_type.startswith(b"text/html"):
        return _THEIR_POLICY.format(nonce=nonce, hash=_ONCLICK)
    return _FILE_POLICY


def headers_of_page(**more: str) -> dict[str, Any]:
    """Return the headers of a page of ours."""
    return {"content-security-policy": OUR_POLICY, **more}

"""The outermost layer: where a request may come from, and what every answer carries.

There is no login on loopback, so another web site open in the same browser must not
reach us: by a name that resolves to 127.0.0.1 (the Host header is checked), nor by
pictures and scripts of its pages that point here (Sec-Fetch-Site is checked).
"""

from __future__ import annotations

import secrets
from typing import Any

from plugins import actors, texts
from plugins.compat import ASGIApp, Datasette, Message, Receive, Scope, Send

# Put on an answer by our own routes, taken off here. Datasette's router replaces the
# Cache-Control of every answer to somebody known by "private, no-store".
CACHE = "x-asbuilt-cache"
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

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        refusal = _refusal(scope) if actors.owner_is_here(datasette) else None
        if refusal:
            await _refuse(send, refusal)
            return
        nonce = secrets.token_urlsafe(16)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _headers(message, nonce)}
            await send(message)

        token = actors.begin(nonce, _language(scope))
        try:
            await app(scope, receive, send_with_headers)
        finally:
            actors.end(token)

    return wrapped


def _refusal(scope: Scope) -> str | None:
    """Say why this request is none of this computer's own browser, or return None."""
    headers = {
        name.lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    if not actors.is_loopback(_host(headers.get(b"host", ""))):
        return "This archive answers only to http://127.0.0.1 and http://localhost."
    site = headers.get(b"sec-fetch-site", "none")
    if site in ("same-origin", "none"):
        return None
    # A link on another site may lead here; its pictures, scripts and frames may not.
    to_a_page = headers.get(b"sec-fetch-dest") == "document"
    if scope["method"] in ("GET", "HEAD") and to_a_page:
        return None
    return "Another web site may not read this archive."


def _language(scope: Scope) -> str:
    """Return the language to answer in: the person's choice, else their browser's."""
    headers = {
        name.lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    for pair in headers.get(b"cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == LANGUAGE and value in texts.languages():
            return value
    return texts.preferred(headers.get(b"accept-language", ""))


def _host(header: str) -> str:
    """Return the name in a Host header, without the port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0]


async def _refuse(send: Send, reason: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_ALWAYS.items()]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})


def _headers(message: Message, nonce: str) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers with ours among them."""
    headers = [(name.lower(), value) for name, value in message.get("headers", [])]
    found = dict(headers)
    cache = found.get(CACHE.encode())
    if cache and message["status"] in (200, 206, 304):
        headers = [
            pair for pair in headers if pair[0] not in (b"cache-control", b"vary")
        ]
        headers.append((b"cache-control", cache))
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

"""Where requests may come from, and what every answer carries."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import FileSystemLoader

from plugins.access import is_loopback

PAGES = (
    "/",
    "/tower-4",
    "/tower-4?q=crane",
    "/tower-4?q=foo:bar",
    "/tower-4/-/photo/1",
    "/tower-4/-/photo/77",
)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8001", 200),
        ("127.0.0.1", 200),
        ("localhost:8001", 200),
        ("LOCALHOST", 200),
        ("[::1]:8001", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example:8001", 403),
        ("192.168.1.5:8001", 403),
        ("", 403),
    ],
)
def test_only_this_computers_names_are_answered(
    owners_site: Any, host: str, status: int
) -> None:
    """A name that somebody else's DNS points at 127.0.0.1 must not work."""
    answer = owners_site.get("/tower-4.json", "anonymous", headers={"host": host})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-dest": "empty"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, 200),
    ],
    ids=str,
)
def test_other_sites_may_link_here_and_no_more(
    owners_site: Any, headers: dict[str, str], status: int
) -> None:
    answer = owners_site.get("/tower-4.json", "anonymous", headers=headers)
    assert answer.status_code == status


def test_the_owner_needs_no_login_where_serve_said_so(
    owners_site: Any, site: Any
) -> None:
    assert len(owners_site.get("/tower-4.json", "anonymous").json()["photos"]) == 5
    assert owners_site.get("/-/actor.json", "anonymous").json()["actor"]["id"] == "1"
    assert site.get("/tower-4.json", "anonymous").status_code == 404


def test_somebody_elses_address_is_not_the_owner(owners_site: Any) -> None:
    import httpx2

    async def ask() -> int:
        transport = httpx2.ASGITransport(
            app=owners_site.datasette.app(), client=("192.168.1.9", 4000)
        )
        async with httpx2.AsyncClient(transport=transport) as client:
            answer = await client.get("http://localhost/tower-4.json")
        status: int = answer.status_code
        return status

    assert owners_site.run(ask()) == 404


@pytest.mark.parametrize("path", PAGES)
def test_our_pages_allow_nothing_inline(site: Any, path: str) -> None:
    answer = site.get(path, follow_redirects=True)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert " style=" not in answer.text
    assert " on" + "click=" not in answer.text
    assert "<style" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org/", "")
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    "path", ["/-/", "/tower-4/-/tables", "/tower-4/photos", "/tower-4/photos/1"]
)
def test_datasettes_scripts_have_the_nonce_of_this_answer(site: Any, path: str) -> None:
    first, second = site.get(path), site.get(path)
    policy = first.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert len(nonce) > 20
    assert "script-src 'self' 'nonce-" in policy
    assert first.text.count("<script") == first.text.count(f'<script nonce="{nonce}"')
    assert nonce not in second.headers["content-security-policy"]


def test_a_script_in_a_caption_gets_no_nonce(site: Any) -> None:
    """The nonce goes into templates, not into what they show."""
    from plugins.templating import Nonces

    environment = site.datasette.get_jinja_environment()
    shown = Nonces(environment).preprocess("<p>{{ caption }}</p><script>", None)
    assert shown == '<p>{{ caption }}</p><script nonce="{{ csp_nonce() }}">'


def test_a_page_stays_as_it_was_loaded_while_files_are_replaced(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.get("/tower-4").status_code == 200
    get_source = FileSystemLoader.get_source

    def newer(*arguments: Any) -> Any:
        _, name, _ = get_source(*arguments)
        return "{{ what.only.newer.code.knows }}", name, lambda: False

    monkeypatch.setattr(FileSystemLoader, "get_source", newer)
    environment = site.datasette.get_jinja_environment()
    for template in environment.cache.values():
        monkeypatch.setattr(template, "_uptodate", lambda: False)
    assert site.get("/tower-4").status_code == 200


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("localhost.", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/nowhere/at/all", "/tower-4/-/nowhere"])
def test_what_is_not_there_is_not_a_failure_and_prints_nothing(
    owners_site: Any, capfd: pytest.CaptureFixture[str], method: str, path: str
) -> None:
    """Where rich is installed, Datasette would print all variables, and fail."""
    answer = owners_site.get(path, "admin", method)
    assert answer.status_code in (404, 405)
    assert "locals" not in "".join(capfd.readouterr())

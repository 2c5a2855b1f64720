"""Other names, other sites and proxies before ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.access import Access
from tests.plugins.logins.conftest import serving
from tests.plugins.visitors import PASSWORDS, Visitor


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.5:8001", 200),
        ("[fe80::1]:8001", 200),
        ("localhost:8001", 200),
        ("office:8001", 200),
        ("OFFICE.:8001", 200),
        ("photos.example", 200),
        ("evil.example", 403),
        ("office.evil.example", 403),
        ("192.168.1.5.evil.example", 403),
        ("", 403),
    ],
)
def test_only_names_of_ours_are_answered(
    come: Callable[..., Visitor], host: str, status: int
) -> None:
    assert come().get("/-/login", headers={"host": host}).status_code == status


HOSTILE: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"},
    {"sec-fetch-site": "same-site", "sec-fetch-dest": "document"},
    {"sec-fetch-site": "cross-site", "sec-fetch-dest": "empty"},
    {"origin": "http://evil.example"},
    {"origin": "http://192.168.1.5:9999"},
    {"origin": "null"},
    {"origin": "http://192.168.1.5:8001.evil.example"},
]


@pytest.mark.parametrize("headers", HOSTILE, ids=str)
@pytest.mark.parametrize(
    "path",
    ["/-/login", "/-/logout", "/tower-4/-/account/sessions/end", "/tower-4/-/undo/1"],
)
def test_no_other_site_can_post(
    kim: Visitor, path: str, headers: dict[str, str]
) -> None:
    form = {"login": "rae", "password": PASSWORDS["rae"]}
    answer = kim.ask("POST", path, data=form, headers=headers)
    assert answer.status_code == 403
    assert "Another web site" in answer.text
    assert kim.get("/tower-4/-/account.json").json()["person"]["login"] == "kim"


@pytest.mark.parametrize("mode", ["owner", "nobody known"])
def test_no_other_site_can_post_without_accounts_either(
    folder: Path, loop: Any, mode: str
) -> None:
    with serving(loop, folder, access=Access(owner=mode == "owner")) as site:
        visitor = Visitor(
            site.datasette.app(), loop, "http://127.0.0.1:8001", "127.0.0.1"
        )
        for headers in HOSTILE:
            answer = visitor.ask("POST", "/tower-4/-/undo/1", headers=headers)
            assert answer.status_code == 403, headers
            assert "Another web site" in answer.text


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via"]
)
def test_behind_a_proxy_nobody_is_the_owner(folder: Path, loop: Any, name: str) -> None:
    with serving(loop, folder, access=Access(owner=True)) as site:
        owner_ = Visitor(
            site.datasette.app(), loop, "http://127.0.0.1:8001", "127.0.0.1"
        )
        assert owner_.get("/tower-4").status_code == 200
        answer = owner_.get("/tower-4", headers={name: "10.0.0.1"})
        assert answer.status_code == 403
        assert "--accounts" in answer.text

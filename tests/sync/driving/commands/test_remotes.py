"""``asbuilt remote`` and a first ``sync``: what they keep, where, and what nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.api import bearer
from sync.driving.links import as_json
from sync.driving.tokens import SECRET
from tests.sync.driving.commands.conftest import given, link, run
from tests.sync.driving.conftest import Hub


def test_a_remote_is_set_shown_and_forgotten(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    monkeypatch.delenv(SECRET)
    shown = run("remote", "show", folder, "--check", "--json")
    told = json.loads(shown.stdout)
    assert (told["url"], told["secret"], told["name"]) == (
        hub.link.url,
        True,
        "Tower 4",
    )
    assert str(settings) in told["kept_in"]
    assert hub.secret not in shown.output
    changed = run("remote", "set", folder, "--project", 5, code=1)
    assert "5" in changed.stderr
    assert json.loads(run("remote", "show", folder, "--json").stdout) == {
        **as_json(hub.link),
        "secret": True,
        "login": True,
        "kept_in": told["kept_in"],
    }
    assert "anybody" not in run("remote", "forget", folder, "--yes").output
    assert "no remote" in run("remote", "show", folder, code=1).stderr
    kept = json.loads((settings / "secrets.json").read_text())
    assert kept == {}


def test_an_attempt_that_fails_leaves_every_secret_as_it_was(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    kept = (settings / "secrets.json").read_text()
    monkeypatch.setenv(SECRET, "mistyped")
    result = run("remote", "set", folder, *given(hub), code=1)
    assert SECRET in result.stderr
    assert "mistyped" not in result.output
    nobody = given(hub, **{"--client-id": "nobody"})
    run("remote", "set", folder, *nobody, code=1)
    monkeypatch.delenv(SECRET)
    monkeypatch.setattr("sync.commands.remotes.given_secret", lambda *_, **__: "typed")
    run("remote", "set", folder, *nobody, code=1)
    assert (settings / "secrets.json").read_text() == kept
    assert run("remote", "show", folder, "--check")


def test_a_login_for_a_link_that_comes_to_nothing_ends(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sync.commands.remotes.given_secret", lambda *_, **__: hub.secret
    )
    run("remote", "set", folder, *given(hub, **{"--project": 5}), code=1)
    assert json.loads((settings / "secrets.json").read_text()) == {}
    run("remote", "set", folder, *given(hub))
    assert len(json.loads((settings / "secrets.json").read_text())) == 2


def test_without_a_secret_nothing_is_kept(folder: Path, hub: Hub) -> None:
    result = run("remote", "set", folder, *given(hub), code=1)
    assert SECRET in result.stderr
    assert "no remote" in run("remote", "show", folder, code=1).stderr
    assert (
        "missing: --company"
        in run("remote", "set", folder, "--url", "x", code=1).stderr
    )
    numbers = ["--url", hub.link.url, "--client-id", "x"]
    assert "with 1 for each" in run("remote", "set", folder, *numbers, code=1).stderr


def test_the_program_here_and_the_token_there_are_in_no_file_of_the_archive(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    monkeypatch.delenv(SECRET)
    given_out: list[str] = []
    real = bearer.actor_of

    async def known(datasette: Any, scope: Any) -> Any:
        token = dict(scope["headers"]).get(b"authorization", b"").decode()
        given_out.append(token.removeprefix("Bearer "))
        return await real(datasette, scope)

    monkeypatch.setattr(bearer, "actor_of", known)
    said = run("sync", folder, "--json", "--metered").output
    said += run("sync", folder, "status", "--json").output
    said += run("history", folder, "--format", "jsonl").output
    token = next(filter(None, given_out))
    files = [path for path in folder.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    for secret in (hub.secret, token):
        assert secret.encode() not in written
        assert secret not in said
        assert secret in (settings / "secrets.json").read_text()


def test_what_is_there_comes_here_with_its_bytes_and_then_nothing_is_left_to_do(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    first = json.loads(run("sync", folder, "--json").stdout)
    fetched = first["done"]["fetch original photo"]
    originals = list((folder / "originals").rglob("*.jpg"))
    assert 0 < len(originals) <= fetched  # several photos may have the same bytes
    for path in originals:
        there = hub.folder / "originals" / path.parent.name / path.name
        assert path.read_bytes() == there.read_bytes()
    assert not list((folder / "incoming").glob("*"))
    second = json.loads(run("sync", folder, "--json").stdout)
    assert (second["done"], second["writes"]) == ({}, 0)
    assert "to take it back" not in run("sync", folder, "status").stderr

"""``asbuilt serve`` for other computers: real processes, real connections."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner

from archive.accounts import open_accounts, store
from archive.commands.root import asbuilt
from archive.errors import InvalidInput
from plugins import serving
from plugins.access import Access, public
from plugins.api.multipart import largest
from tests.forked import served
from tests.plugins.conftest import fill
from tests.plugins.visitors import PASSWORDS, change_person, give_passwords


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "tower"
    fill(folder)
    give_passwords(folder)
    return folder


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    shutil.copytree(town, tmp_path / "tower")
    return tmp_path / "tower"


def ask(
    url: str,
    path: str,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    context: ssl.SSLContext | None = None,
) -> tuple[int, dict[str, str], str]:
    """Ask at an address; with a form, post it."""
    parts = urlsplit(url)
    assert parts.hostname
    if parts.scheme == "https":
        connection: Any = http.client.HTTPSConnection(
            parts.hostname, parts.port, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
    body = urlencode(form) if form else None
    kind = {"content-type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request(
            "POST" if form else "GET", path, body, {**kind, **(headers or {})}
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read().decode()
    finally:
        connection.close()


def log_in(url: str, password: str, **headers: str) -> tuple[int, dict[str, str], str]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(url, "/-/login", {"login": "kim", "password": password}, given)


def events(folder: Path) -> list[dict[str, Any]]:
    """Return what happened to the accounts, newest first."""
    command = ["people", str(folder), "logins", "--format", "jsonl"]
    lines = CliRunner().invoke(asbuilt, command).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_people_log_in_over_the_network(folder: Path) -> None:
    with served(folder, "--host", "0.0.0.0") as url:  # noqa: S104
        assert "0.0.0.0" not in url  # noqa: S104 - an address that others can use
        here = f"http://127.0.0.1:{urlsplit(url).port}"
        assert ask(here, "/tower-4")[0] == 401
        status, headers, _ = log_in(here, PASSWORDS["kim"])
        assert status == 303
        cookie = {"cookie": headers["set-cookie"].partition(";")[0]}
        status, _, body = ask(here, "/tower-4.json", headers=cookie)
        assert status == 200
        assert "publicword" in body


def test_a_new_start_forgets_no_failure(folder: Path) -> None:
    with served(folder, "--accounts") as url:
        failed = [log_in(url, "wrong")[0] for _ in range(9)]
    assert failed.count(403) >= 5
    with served(folder, "--accounts") as url:
        statuses = [log_in(url, "wrong")[0] for _ in range(3)]
    assert 429 in failed + statuses
    told = [event["event"] for event in events(folder)]
    assert told.count("login failed") == (failed + statuses).count(403)


def test_a_session_outlives_the_server(folder: Path) -> None:
    with served(folder, "--accounts") as url:
        cookie = log_in(url, PASSWORDS["kim"])[1]["set-cookie"].partition(";")[0]
    with served(folder, "--accounts") as url:
        assert ask(url, "/tower-4", headers={"cookie": cookie})[0] == 200


def test_a_proxy_on_this_computer_says_who_comes_and_how(folder: Path) -> None:
    through = {"x_forwarded_proto": "https", "x_forwarded_for": "10.0.0.99"}
    with served(folder, "--accounts") as url:
        headers = log_in(url, PASSWORDS["kim"], **through)[1]
    assert headers["set-cookie"].startswith("__Host-asbuilt-")
    assert events(folder)[0]["address"] == "10.0.0.99"
    with served(folder, "--public-url", "https://photos.example/") as url:
        assert url == "https://photos.example/tower-4"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    names = str(tmp_path / "c.pem"), str(tmp_path / "k.pem")
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    about = ["-days", "2", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", *make, *about, "-out", names[0], "-keyout", names[1]],
        check=True,
        capture_output=True,
    )
    return names


def test_a_certificate_makes_it_https(
    folder: Path, certificate: tuple[str, str]
) -> None:
    options = ("--accounts", "--certificate", certificate[0], "--key", certificate[1])
    context = ssl.create_default_context(cafile=certificate[0])
    form = {"login": "kim", "password": PASSWORDS["kim"]}
    with served(folder, *options) as url:
        assert url.startswith("https://127.0.0.1:")
        _, headers, _ = ask(url, "/-/login", form, context=context)
    assert headers["set-cookie"].startswith("__Host-asbuilt-")
    assert "secure" in headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--certificate", "c.pem"), 2, "go together"),
        (("--certificate", "no.pem", "--key", "no.pem"), 1, "cannot be used"),
        (("--public-url", "photos.example.com"), 1, "no address like"),
        (("--public-url", "https://photos.example/path"), 1, "no address like"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_said(
    folder: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    result = CliRunner().invoke(
        asbuilt, ["serve", str(folder), "--accounts", "--port", "0", *options]
    )
    assert result.exit_code == code
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("host", "accounts", "url", "expected"),
    [
        ("127.0.0.1", False, "", "owner"),
        ("localhost", False, "", "owner"),
        ("::1", False, "", "owner"),
        ("127.0.0.1", True, "", "accounts"),
        ("127.0.0.1", False, "https://photos.example", "accounts"),
        ("0.0.0.0", False, "", "accounts"),  # noqa: S104
        ("::", False, "", "accounts"),
        ("192.168.1.5", False, "", "accounts"),
        ("office.local", False, "", "accounts"),
        ("", False, "", "accounts"),
    ],
)
def test_only_the_owner_at_this_computer_comes_without_a_login(
    host: str, accounts: bool, url: str, expected: str
) -> None:
    access = serving.access_for(host, accounts=accounts, public_url=url)
    assert (access.owner, access.accounts) == (
        expected == "owner",
        expected == "accounts",
    )


def test_names_that_are_answered(folder: Path) -> None:
    url = "https://Photos.Example:8443/"
    access = serving.access_for("office.local", accounts=False, public_url=url)
    assert {"office.local", "photos.example"} <= set(access.names)
    assert access.secure == ("photos.example",)
    assert access.answers_to("photos.example:8443")
    assert access.answers_to("OFFICE.local.")
    assert not access.answers_to("example")
    datasette = serving.make_datasette([folder], access=access, largest_upload=100)
    assert Access.of(datasette) == access
    assert largest(datasette) == 100
    datasette.close()


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x", "https://", "https://a:b@x", "https://x/?q", "https://[::1"],
)
def test_a_public_address_is_that_of_a_site(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - turned into a sentence by serving
        public(url)
    if url:
        with pytest.raises(InvalidInput):
            serving.access_for("127.0.0.1", accounts=False, public_url=url)


@pytest.mark.parametrize(
    ("kims", "starts"),
    [
        ({"level": "admin"}, True),
        ({"level": "standard"}, False),
        ({"level": "admin", "active": False}, False),
    ],
    ids=str,
)
def test_it_starts_only_when_an_admin_could_log_in(
    folder: Path, kims: dict[str, Any], starts: bool
) -> None:
    """Sam, the owner, has no password here; Kim has one."""
    change_person(folder, 2, **kims)
    sam = change_person(folder, 1)
    with (
        open_accounts(folder) as accounts,
        store.transaction(accounts) as opened,
    ):
        opened.execute("DELETE FROM passwords WHERE person = ?", (sam.uuid,))
    if starts:
        serving.require_admins([folder])
        return
    with pytest.raises(InvalidInput, match=r"asbuilt people .* password 'Sam Archer'"):
        serving.require_admins([folder])

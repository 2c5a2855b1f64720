"""Each thing that can be wrong between here and the remote, and what is said of it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ArchiveError, InvalidInput
from archive.secrets import Vault
from sync.driving.asking import Desk, ask
from sync.driving.diagnosing import clock_warning, greet
from sync.driving.errors import LoginRefused, NoRights
from sync.driving.links import make_link
from sync.driving.wires import Wires, proxy_of
from sync.effects import Ask
from sync.errors import Unreachable
from tests.sync.driving import misbehaving
from tests.sync.driving.conftest import Hub, session_of
from tests.sync.driving.misbehaving import PAGE, Asked, Said, Server

GET = Ask("GET", "/rest/v1.0/me")


def tool(
    project: int = 200, photos: int = 200, companies: Any = None, projects: Any = None
) -> Callable[[Asked], Said]:
    """Answer as the API does, with these refusals."""

    def behave(asked: Asked) -> Said:
        path = asked.path.partition("?")[0]
        if path == "/rest/v1.0/projects/8":
            return Said(project, b'{"id": 8, "name": "Tower"}')
        if path == "/rest/v1.0/images":
            return Said(photos, b"[]")
        found = companies if path == "/rest/v1.0/companies" else projects
        if found is None:
            return Said(403, b'{"errors": ["App is not connected to this company."]}')
        return Said(body=json.dumps(found).encode())

    return behave


ACME, TOWER = {"id": 7, "name": "Acme"}, {"id": 8, "name": "Tower"}


def test_a_remote_where_all_is_right_is_greeted(desk: Desk, server: Server) -> None:
    server.behave = tool()
    assert greet(desk).project == "Tower"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("behave", "error", "words"),
    [
        pytest.param(
            tool(403), NoRights, "is the app installed in the company", id="no app"
        ),
        pytest.param(
            tool(403, companies=[{"id": 9, "name": "B\u001b[1mc"}]),
            NoRights,
            r"company 7 (403); it sees 9 (B\x1b[1mc)",
            id="another company",
        ),
        pytest.param(
            tool(404, companies=[ACME], projects=[{"id": 1 << 40, "name": "Bridge"}]),
            NoRights,
            "project 8 (404); in this company it sees 1099511627776 (Bridge)",
            id="another project",
        ),
        pytest.param(
            tool(200, 403, [ACME], [TOWER]),
            NoRights,
            "Photos tool is off",
            id="no photos",
        ),
        pytest.param(
            lambda _: Said(200, b"<html>", PAGE),
            Unreachable,
            "a network's login",
            id="a proxy's page",
        ),
        pytest.param(
            lambda _: Said(404, b"<html>", PAGE),
            Unreachable,
            "not the API",
            id="wrong URL",
        ),
        pytest.param(
            tool(500), Unreachable, "out of order; try again", id="a broken server"
        ),
        pytest.param(tool(photos=502), Unreachable, "out of order", id="only half"),
        pytest.param(
            lambda _: Said(200, b"[]"), Unreachable, "not the API", id="other JSON"
        ),
        pytest.param(
            lambda _: Said(200, b"<" + b"x" * 9000, PAGE),
            Unreachable,
            "x…)",
            id="a long page",
        ),
        pytest.param(
            lambda _: Said(302, b"", {"location": "https://example.com"}),
            Unreachable,
            "https://example.com",
            id="sent on",
        ),
        pytest.param(
            lambda _: Said(raw=b"\0\1"), Unreachable, "broke off", id="no HTTP"
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    desk: Desk,
    server: Server,
    behave: Callable[[Asked], Said],
    error: type[ArchiveError],
    words: str,
) -> None:
    server.behave = behave
    with pytest.raises(error) as raised:
        greet(desk)
    assert words in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_a_token_of_another_login_is_not_taken(desk: Desk, server: Server) -> None:
    token = {"access_token": "NEW", "token_type": "Bearer"}
    server.behave = lambda asked: (
        Said(body=json.dumps(token).encode())
        if asked.path == "/oauth/token"
        else Said(401, b"The access token is invalid")
    )
    with pytest.raises(LoginRefused, match="sandbox"):
        greet(desk)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9", "nothing listens there"),
        ("http://nowhere.invalid", "no such host"),
    ],
)
def test_who_is_not_there_is_said(
    desk: Desk, url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def known(host: Any, *rest: Any, **more: Any) -> Any:
        if b"invalid" in (host if isinstance(host, bytes) else str(host).encode()):
            raise socket.gaierror(-2, "Name or service not known")
        return real(host, *rest, **more)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", known)
    desk.link = replace(desk.link, url=url)
    with pytest.raises(Unreachable, match=words):
        greet(desk)


# TLS


def certificate(folder: Path, host: str, days: int) -> tuple[ssl.SSLContext, Path]:
    """Return what a server shows, signed by itself, and the file of it.

    :param days: until it ends
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    ends = now + dt.timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(min(now, ends) - dt.timedelta(days=9))
        .not_valid_after(ends)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}{days}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def secured(
    folder: Path, host: str, days: int
) -> Iterator[tuple[Server, ssl.SSLContext]]:
    context, file = certificate(folder, host, days)
    with misbehaving.listening(context) as server:
        yield server, ssl.create_default_context(cafile=file)


@pytest.mark.parametrize(
    ("host", "days", "trusted", "words"),
    [
        pytest.param("127.0.0.1", 9, True, "", id="right"),
        pytest.param("127.0.0.1", 9, False, "nobody vouches", id="signed by itself"),
        pytest.param("127.0.0.1", -1, True, "another time", id="over"),
        pytest.param("127.0.0.2", 9, True, "another host's", id="another host's"),
    ],
)
def test_tls_is_verified(
    desk: Desk, tmp_path: Path, host: str, days: int, trusted: bool, words: str
) -> None:
    for server, context in secured(tmp_path, host, days):
        desk.link = replace(desk.link, url=server.url)
        desk.wires = Wires(context if trusted else None)
        server.behave = tool()
        if words:
            with pytest.raises(Unreachable, match=words):
                greet(desk)
            assert not server.asked
        else:
            assert greet(desk).project == "Tower"
        desk.wires.close()


def test_a_server_without_tls_is_said_to_be_one(desk: Desk, server: Server) -> None:
    desk.link = replace(desk.link, url=server.url.replace("http", "https"))
    with pytest.raises(Unreachable, match="speaks no TLS"):
        greet(desk)
    desk.session.link = replace(desk.link, login_url=desk.link.url)
    with pytest.raises(Unreachable, match="speaks no TLS"):
        desk.session.renew("")


# The rest


def test_clocks_that_differ_by_years_are_said(desk: Desk, server: Server) -> None:
    date = {"date": "Thu, 01 Jan 2015 00:00:00 GMT", "content-type": "application/json"}
    project, photos = (Said(body=one, headers=date) for one in (b"{}", b"[]"))
    server.says(project, photos)
    assert "2015-01-01 00:00, this computer's 2027-01-15" in clock_warning(
        greet(desk).off, desk.now()
    )
    assert desk.off
    assert clock_warning(3600.0, desk.now()) == ""
    assert clock_warning(None, desk.now()) == ""


def test_of_the_environment_only_proxies_count_and_only_for_https(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    monkeypatch.setenv("https_proxy", "http://proxy:2")
    monkeypatch.setenv("no_proxy", "intra.example")
    assert proxy_of("https://api.example/x") == "http://proxy:2"
    assert proxy_of("http://api.example/x") is None
    assert proxy_of("https://127.0.0.1:8/x") is None
    assert proxy_of("https://localhost/x") is None
    assert proxy_of("https://hub.intra.example") is None


def test_a_proxy_that_is_not_there_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    desk.link = replace(desk.link, url="https://api.example")
    with pytest.raises(Unreachable, match=r"api\.example"):
        greet(desk)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "api.example.com"}, "no address"),
        ({"url": "ftp://api.example.com"}, "no address"),
        ({"url": "https://me:pw@api.example.com"}, "no address"),
        ({"url": "http://api.example.com"}, "plain http"),
        ({"url": "https://api.example.com/my/page"}, "only the beginning"),
        ({"login_url": "http://login.example.com"}, "plain http"),
        ({"client_id": " "}, "have to be given"),
        ({"company": 0}, "have to be given"),
    ],
)
def test_a_link_that_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    right = {
        "url": "https://api.example.com",
        "company": 7,
        "project": 8,
        "client_id": "x",
    }
    with pytest.raises(InvalidInput, match=words):
        make_link(**{**right, **given})


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as raised:
        make_link("https://me:hunter2@api.example.com", 7, 8, "x")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown", "login"),
    [
        (
            "https://API.procore.com:443/rest/v1.0/",
            "https://api.procore.com",
            "https://login.procore.com",
        ),
        (
            "https://sandbox.procore.com",
            "https://sandbox.procore.com",
            "https://login-sandbox.procore.com",
        ),
        ("http://[::1]:8001", "http://[::1]:8001", "http://[::1]:8001"),
        (
            "https://hub.example:8443/",
            "https://hub.example:8443",
            "https://hub.example:8443",
        ),
    ],
)
def test_a_link_is_kept_as_it_is_meant(url: str, shown: str, login: str) -> None:
    link = make_link(url, 7, 8, "x")
    assert (link.url, link.login_url) == (shown, login)


def test_our_own_hub_is_greeted_and_says_who_is_wrong_here(
    hub: Hub, vault: Vault, wires: Wires
) -> None:
    desk = Desk(hub.link, session_of(hub, vault, wires), wires)
    assert greet(desk).project == "Tower 4"
    desk.link = replace(hub.link, project=5, company=hub.link.company)
    with pytest.raises(NoRights):
        greet(desk)
    assert ask(desk, GET).status

"""Connections to the remote, and whom they trust."""

from __future__ import annotations

import ssl

from sync.driving.wires import Wires


def test_whom_tls_trusts_is_read_once_and_where_there_is_none_it_is_nobody() -> None:
    wires = Wires()
    plain = wires.settings("http://127.0.0.1:1")["verify"]
    one, other = (
        wires.settings(f"https://{host}.example")["verify"] for host in ("api", "login")
    )
    assert one is other is wires.pipes.trust()
    assert plain.get_ca_certs() == []
    for context in (plain, one):
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname
    own = ssl.create_default_context()
    assert Wires(own).settings("https://api.example")["verify"] is own

"""``asbuilt remote``: the images API that an archive is linked with."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    archive_argument,
    as_option,
    confirm,
    json_option,
    opened,
    print_json,
    say,
)
from sync.commands.standing import originals, schedule

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person
    from sync.driving.links import Link
    from sync.driving.tokens import Session


@click.group(epilog="Example: asbuilt remote show tower-4")
def remote() -> None:
    """Link an archive with a project on a remote, or show and forget the link."""


@remote.command(
    name="set",
    epilog="""Examples: ASBUILT_CLIENT_SECRET=… asbuilt remote set tower-4
    --url https://api.procore.com --company 12 --project 345 --client-id 8f…;
    with a person's login: … --client-id 8f… --login""",
)
@archive_argument
@click.option("--url", help="Of the API, as in https://api.procore.com.")
@click.option("--company", type=click.IntRange(min=1), help="Its number there.")
@click.option("--project", type=click.IntRange(min=1), help="Its number there.")
@click.option("--client-id", help="Of the app that was made for asbuilt there.")
@click.option(
    "--login", is_flag=True, help="Log in as a person, in a browser (again, too)."
)
@click.option("--login-url", default="", help="Where logins are, if it is elsewhere.")
@click.option(
    "--redirect-uri",
    default="",
    help="That the app has, at http://127.0.0.1 or localhost, for --login.",
)
@click.option(
    "--plain-http",
    is_flag=True,
    help="Also without TLS: everybody in the network can read the token.",
)
@click.option(
    "--unchecked", is_flag=True, help="Keep it without asking the remote (offline)."
)
@as_option
@json_option
def set_(
    folder: Path,
    login: bool,
    redirect_uri: str,
    unchecked: bool,
    person: str | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - of the options above
) -> None:
    """Link an archive with a project there, or change how it is reached.

    What is not given stays as it was. The secret of the app is read from
    ASBUILT_CLIENT_SECRET, or asked for, and kept in this computer's keyring, or in a
    file that only you may read; never in the archive.
    """
    with opened(folder, person) as (archive, who), ExitStack() as closing:
        link = wanted_link(archive, login=login, **given)
        session = session_of(archive, link, closing)
        secret = session.typed = given_secret(session, login=login)
        with ended_unless_linked(session):
            if login:
                log_in(session, redirect_uri)
            elif not unchecked:
                session.renew("")
            name = "" if unchecked else greeted(session)
            keep_link(archive, who, session, secret)
        shown = told(session)
    say(f"linked with {name or 'the project'} at {link.url}")
    if as_json:
        print_json(shown)


def wanted_link(archive: Archive, *, login: bool, **given: Any) -> Link:  # noqa: ANN401
    """Return the link that the options and what was known before ask for.

    :raises InvalidInput: something is missing, or cannot be
    """
    from archive.errors import InvalidInput
    from archive.remotes import link_of
    from sync.driving.links import make_link

    before = link_of(archive.connection) or {}
    plain_http = given.pop("plain_http")
    values: dict[str, Any] = {n: v or before.get(n) for n, v in given.items()}
    if given["url"] and not given["login_url"]:
        values["login_url"] = ""
    missing = [name for name, value in values.items() if not value]
    missing = [f"--{name.replace('_', '-')}" for name in missing if name != "login_url"]
    if missing:
        text = f"missing: {', '.join(missing)}"
        if {"--company", "--project"} >= set(missing):
            text += "; with 1 for each the remote is asked which there are"
        raise InvalidInput(text)
    return make_link(
        values["url"],
        values["company"],
        values["project"],
        values["client_id"],
        login_url=values["login_url"] or "",
        by_person=login or bool(before.get("by_person") and not given["client_id"]),
        plain_http=plain_http,
    )


def session_of(archive: Archive, link: Link, closing: ExitStack) -> Session:
    """Return a login of an archive's at a remote, until ``closing`` closes."""
    from archive.secrets import Vault
    from sync.driving.tokens import Session
    from sync.driving.wires import Wires

    wires = Wires()
    closing.callback(wires.close)
    return Session(link, Vault(), wires, archive.uuid)


def given_secret(session: Session, *, login: bool) -> str:
    """Return the secret that was given, or ask for it where none is known; or ""."""
    from sync.driving.tokens import SECRET

    secret = os.environ.get(SECRET, "")
    if not secret and session.secret() is None and sys.stdin.isatty():
        secret = click.prompt(
            "Secret of the app" + (" (none: Enter)" if login else ""),
            default="" if login else None,
            hide_input=True,
            show_default=False,
            err=True,
        )
    return secret


@contextmanager
def ended_unless_linked(session: Session) -> Iterator[None]:
    """End a login that was made for a link that comes to nothing."""
    was_logged_in = session.is_logged_in
    try:
        yield
    except BaseException:
        if not was_logged_in and session.is_logged_in:
            session.end()
        raise


def log_in(session: Session, redirect_uri: str) -> None:
    """Let the person log in, in a browser.

    :raises RemoteError: it did not come to that
    """
    from sync.driving import logins
    from sync.driving.pausing import Pause

    logins.log_in(session, show_address, Pause(), redirect_uri or logins.HERE)


def show_address(address: str) -> None:
    """Print an address, and open it where there is a browser with a window."""
    say(f"log in at: {address}")
    has_window = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_window and sys.stderr.isatty():
        webbrowser.open(address)


def greeted(session: Session) -> str:
    """Return the project's name, once everything is right with the remote.

    :raises RemoteError: what is not
    """
    from sync.driving.asking import Desk
    from sync.driving.diagnosing import clock_warning, greet

    desk = Desk(session.link, session, session.wires)
    greeting = greet(desk)
    if warning := clock_warning(greeting.off, desk.now()):
        say(warning)
    return greeting.project


def keep_link(archive: Archive, who: Person, session: Session, secret: str) -> None:
    """Write the link down, as part of the history, and keep its secret: both or none.

    :raises Conflict: the archive is linked with another project
    :raises StoreError: the secret cannot be kept
    """
    from archive import secrets
    from archive.batches import batch
    from archive.remotes import set_link
    from sync.driving.links import as_json

    with batch(archive.connection, who, reason="remote"):
        set_link(archive.connection, who, as_json(session.link))
        if secret:
            secrets.keep(session.vault, session.link.account, secret)
    if secret:
        say(f"the secret is in {session.vault.where}")


def told(session: Session) -> dict[str, Any]:
    """Return what is shown of a link; never a secret."""
    from sync.driving.links import as_json

    return {
        **as_json(session.link),
        "secret": session.secret() is not None,
        "login": session.is_logged_in,
        "kept_in": session.vault.where,
    }


@remote.command(epilog="Example: asbuilt remote show tower-4 --check")
@archive_argument
@click.option("--check", is_flag=True, help="Ask the remote whether all is right.")
@as_option
@json_option
def show(folder: Path, check: bool, person: str | None, as_json: bool) -> None:
    """Show the link of an archive, and where its secrets are (never what they are)."""
    from archive.rights import require
    from sync.driving.runs import linked

    with opened(folder, person) as (archive, who), ExitStack() as closing:
        require(who, "settings")
        session = session_of(archive, linked(archive), closing)
        shown = told(session)
        if check:
            shown["name"] = greeted(session)
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name}: {value}")


@remote.command(epilog="Example: asbuilt remote forget tower-4 --yes")
@archive_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
@json_option
def forget(folder: Path, yes: bool, person: str | None, as_json: bool) -> None:
    """Unlink an archive: the login ends, the secret goes, the photos stay.

    What was agreed with the remote is forgotten; linked again, both are compared anew.
    """
    from archive import secrets
    from archive.batches import batch
    from archive.remotes import unlink
    from sync.driving.runs import linked

    with opened(folder, person) as (archive, who), ExitStack() as closing:
        session = session_of(archive, linked(archive), closing)
        confirm(f"Forget {session.link.url} and what was agreed with it?", yes=yes)
        with batch(archive.connection, who, reason="remote"):
            unlink(archive.connection, who)
        ended = session.end()
        secrets.forget(session.vault, session.link.account)
    say("forgotten" + ("" if ended else "; the remote was not told that it ended"))
    if as_json:
        print_json({"forgotten": True, "told": ended})


remote.add_command(originals)
remote.add_command(schedule)

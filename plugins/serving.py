"""Datasette with archives in it: how it is made, and how it is run."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import mimetypes
import re
import shlex
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from archive.accounts import admins_with_password, open_accounts
from archive.database import DATABASE, MARKER, is_on_read_only_disk, open_archive
from archive.errors import ArchiveError, InvalidInput
from archive.identity import normalized
from archive.people import owner as owner_of
from archive.settings import get_setting
from plugins.access import Access, is_address, is_loopback, public
from plugins.api import limits
from plugins.api.limits import Rate
from plugins.compat import Datasette, StartupError
from plugins.databases import ArchiveDatabase, archives

if TYPE_CHECKING:
    from uvicorn import Config

SETTINGS: dict[str, Any] = {
    "num_sql_threads": 8,  # 3 by default: one slow query would hold up a third
    "sql_time_limit_ms": 5_000,
    "default_page_size": 100,
    "max_returned_rows": 1_000,
    "suggest_facets": False,  # reads the whole table for each column
    "allow_download": False,  # a live database is never copied as a file
    "allow_signed_tokens": False,
    "default_cache_ttl": 0,
    "truncate_cells_html": 300,
    "template_debug": False,
    "trace_debug": False,
}
BACKLOG = 128  # connections that wait to be taken in
# Seconds that a thread may go on while others wait to run Python, 0.005 by default: for
# as long a request that comes waits for each query that ends, and the other way round.
# With twenty people at once nine of ten light answers came a fifth sooner; it cost
# nothing that could be measured.
TURN = 0.0005
# Names in URLs that mean something else.
_TAKEN = {"", "-", "_memory", "_internal", "favicon", "oauth", "rest"}


def make_datasette(
    folders: Sequence[Path],
    *,
    owner: bool = False,
    access: Access | None = None,
    rates: Sequence[Rate] | None = None,
    largest_upload: int | None = None,
) -> Datasette:
    """Return a Datasette that serves these archives, guarded.

    :param owner: whoever comes from this computer is the archives' owner, person 1
    :param access: all that can be said of who may come; without it nobody is known
    :param rates: how often a program may ask; None: as ``limits.rates_of`` has it
    :param largest_upload: bytes of a file that a program may send; None: 5 GiB
    :raises ArchiveError: one of them cannot be opened
    """
    titles = [(folder, *_title(folder)) for folder in folders]
    known: dict[str, Path] = {}
    for folder, _, uuid in titles:
        if uuid in known:  # what one of them signed would hold for the other
            raise InvalidInput(
                f"{folder}: is the same archive as {known[uuid]}; two copies of one"
                " archive are served by two programs"
            )
        known[uuid] = folder
        if is_on_read_only_disk(folder / DATABASE):
            raise InvalidInput(
                f"{folder}: its disk is read-only; to be served, it has to be copied to"
                " another. asbuilt photos, show and export read it where it is"
            )
    config = (access or Access(owner=owner)).config()
    if rates is not None:
        config["rates"] = limits.as_config(rates)
    if largest_upload is not None:
        config["largest_upload"] = largest_upload
    datasette = Datasette(
        files=[],
        config={"plugins": {"asbuilt": config}},
        settings=SETTINGS,
        default_deny=True,
    )
    datasette.remove_database("_memory")
    for folder, title, _ in titles:
        name = _free(slug(title) or slug(folder.resolve().name) or "archive", datasette)
        datasette.add_database(ArchiveDatabase(datasette, folder, title), name=name)
    _know_types()
    return datasette


def access_for(host: str, *, accounts: bool, public_url: str) -> Access:
    """Return who may come when we answer on this address.

    Only the owner at this computer comes without a login. Where others may come, by
    another address or through a proxy, there are accounts.

    :param host: the address or name that we answer on
    :param accounts: ask for a login on this computer, too
    :param public_url: where people reach us, "" where that is ``host`` itself
    :raises InvalidInput: the public address is none
    """
    if is_loopback(host) and not accounts and not public_url:
        return Access(owner=True)
    names, secure = {name.lower() for name in _own_names()}, set()
    if not is_address(host):
        names.add(host.lower())
    if public_url:
        try:
            name, encrypted = public(public_url)
        except ValueError:
            raise InvalidInput(
                f"{public_url!r} is no address like https://photos.example.com"
            ) from None
        names.add(name)
        secure |= {name} if encrypted else set()
    return Access(accounts=True, names=tuple(sorted(names)), secure=tuple(secure))


def _own_names() -> list[str]:
    """Return what this computer is called in its network."""
    name = socket.gethostname().partition(".")[0]
    return [socket.gethostname(), name, f"{name}.local"] if name else []


def require_admins(folders: Sequence[Path]) -> None:
    """Refuse to ask for a login where nobody could let anybody in.

    :raises InvalidInput: an archive has no admin with a password; says how to set one
    """
    for folder in folders:
        with open_archive(folder) as archive, open_accounts(folder) as accounts:
            if admins_with_password(accounts, archive.connection):
                continue
            someone = owner_of(archive.connection)
            login = "" if someone.login else " --login NAME"
            raise InvalidInput(
                f"{folder}: no admin has a password, so nobody could log in. Set one:"
                f" asbuilt people {shlex.quote(str(folder))} password"
                f" {shlex.quote(someone.name)}{login}"
            )


def _title(folder: Path) -> tuple[str, str]:
    """Open the archive once, which brings it up to date; its title and its uuid."""
    with open_archive(folder) as archive:
        title = str(get_setting(archive.connection, "project_name")) or folder.name
        return title, archive.uuid


def slug(title: str) -> str:
    """Return a title as it stands in URLs: ``Tower 4, Süd`` is ``tower-4-sud``."""
    plain = normalized("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]


def _free(name: str, datasette: Datasette) -> str:
    names = {*datasette.databases, *_TAKEN}
    if name not in names:
        return name
    return next(n for i in range(2, 10_000) if (n := f"{name}-{i}") not in names)


def _know_types() -> None:
    """Name the types of our static files, whatever the system's registry says."""
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("image/svg+xml", ".svg")


def guard_archives(datasette: Datasette) -> None:
    """Put the guard before archives that Datasette opened as plain files.

    ``datasette tower-4/archive.db`` would show every private photo otherwise; like
    this it shows them to nobody, since nobody is known.

    :raises StartupError: one of them cannot be opened
    """
    databases = dict(datasette.databases)
    for name, database in databases.items():
        folder = _folder_of(database)
        if folder is None:
            continue
        database.close()  # first: a strange connection to an archive is refused
        try:
            guarded = ArchiveDatabase(datasette, folder, _title(folder)[0])
        except ArchiveError as error:
            raise StartupError(str(error)) from error
        guarded.name, guarded.route = name, database.route
        databases[name] = guarded
    datasette.databases = databases
    _configure_tables(datasette)


def _folder_of(database: Any) -> Path | None:  # noqa: ANN401
    """Return the folder of an archive that a plain database is, or None."""
    if isinstance(database, ArchiveDatabase) or not database.path:
        return None
    path = Path(database.path)
    return (
        path.parent
        if path.name == DATABASE and (path.parent / MARKER).exists()
        else None
    )


def _configure_tables(datasette: Datasette) -> None:
    """Tell Datasette's own table pages about the search index and the labels."""
    tables = {
        "photos": {
            "fts_table": "photos_fts",
            "fts_pk": "id",
            "label_column": "filename",
            "sort_desc": "id",
        },
        "originals": {"label_column": "sha256"},
        "locations": {"label_column": "name"},
        "albums": {"label_column": "name"},
        "trades": {"label_column": "name"},
        "people": {"label_column": "name"},
        "changes": {"sort_desc": "id"},
        "batches": {"sort_desc": "id", "label_column": "reason"},
    }
    for database in archives(datasette):
        configured = datasette.config.setdefault("databases", {})
        configured.setdefault(database.name, {})["tables"] = tables


def listen(host: str, port: int) -> socket.socket:
    """Open the port, so that a taken one is known before anything is said.

    :param port: 0 for any free one
    :raises ArchiveError: it cannot be had
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Its protocol is named, or asyncio does not know that it is TCP and lets each small
    # answer on a connection that is kept wait 40 ms for the client (Nagle's algorithm).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise ArchiveError(
            f"port {port} of {host} cannot be used ({why.lower()});"
            " --port 0 takes any free one"
        ) from error
    return listener


def address(listener: socket.socket, scheme: str = "http") -> str:
    """Return the URL under which other computers, or this one, reach a socket."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = _address_in_network()
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _address_in_network() -> str:
    """Return this computer's address for others, as far as it knows; sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # nobody's (RFC 5737): only a route is asked
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


@dataclass(frozen=True, slots=True)
class Encryption:
    """What TLS needs.

    :param certificate: PEM file, with those that vouch for it behind
    :param key: PEM file of its private key
    """

    certificate: Path
    key: Path


def run(
    datasette: Datasette,
    listener: socket.socket,
    *,
    started: Callable[[], None],
    encryption: Encryption | None = None,
) -> None:
    """Serve until Ctrl-C.

    :param started: called once the server answers
    :raises InvalidInput: certificate and key cannot be used
    """
    import uvicorn

    from plugins import connections

    sys.setswitchinterval(TURN)
    try:
        config = _config(datasette, encryption)
    except InvalidInput:
        listener.close()
        raise

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

    server = Server(config)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(connections.Seldom())

    async def serve() -> None:
        if encryption:
            connections.shorten_handshakes(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:  # uvicorn has shut down and passes the signal on
        return
    finally:
        listener.close()


def _config(datasette: Datasette, encryption: Encryption | None) -> Config:
    """Return how it is served.

    :raises InvalidInput: certificate and key cannot be used
    """
    from uvicorn import Config

    from plugins import connections

    limits = connections.limits_for(connections.allow_files())
    crowd = connections.Crowd(limits)
    config = Config(
        datasette.app(),
        http=cast(Any, partial(connections.Connection, crowd=crowd)),
        ws="none",
        backlog=BACKLOG,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=encryption.certificate if encryption else None,
        ssl_keyfile=encryption.key if encryption else None,
    )
    try:
        config.load()
    except (OSError, ValueError) as error:  # ssl.SSLError is one of them
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise InvalidInput(f"certificate and key cannot be used: {why}") from error
    return config


def open_browser(url: str) -> None:
    """Show the page in the person's browser."""
    webbrowser.open(url)


def pages(datasette: Datasette, base: str) -> list[tuple[str, str]]:
    """Return the title and the address of each archive's home."""
    return [(db.title, f"{base}/{db.route}") for db in archives(datasette)]


def is_overheard(host: str, access: Access, encryption: Encryption | None) -> bool:
    """Whether passwords would go through a network unencrypted."""
    return (
        access.accounts
        and encryption is None
        and not access.secure
        and not is_loopback(host)
    )

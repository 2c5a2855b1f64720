"""A run of the sync on an archive: everything that it needs is opened, and closed."""

from __future__ import annotations

import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from archive import remotes
from archive.database import DATABASE, Archive, connect, database_errors
from archive.errors import ArchiveError, InvalidInput
from archive.holding import held
from archive.secrets import Vault
from sync.archived import beside, transaction
from sync.driving import budget
from sync.driving.asking import Desk, Told
from sync.driving.driver import Transact, World, drive
from sync.driving.links import Link, from_json
from sync.driving.pausing import Pause, Paused
from sync.driving.throttling import Throttle
from sync.driving.tokens import Session
from sync.driving.wires import Wires
from sync.effects import Steps, Tell
from sync.operations import Operation
from sync.planning import Allowance, Selection

if TYPE_CHECKING:
    from archive.cache import Cache
    from archive.copying import Copied
    from archive.originals import Run as Store
    from archive.workers import Pool
    from sync.engine import Report

T = TypeVar("T")
LOCK = "sync.lock"
_PURSE = "budget"  # under which the limits are remembered
EVERYTHING = Selection()
_MANY_OBJECTS = 20_000  # new ones, after which Python looks (700 by default)
_WORKERS = 2  # processes that read files
_EVERY = 1.0  # seconds between two records of how far it is


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of a run.

    :param confirmed: names of brakes that are let go
    :param selection: whose originals are fetched
    :param metered: no files: the connection is paid for by the byte
    :param rate: bytes a second, at most
    :param settle: as in ``sync.engine.Order``
    :param pictures: as in ``perform``
    """

    full: bool = False
    dry: bool = False
    confirmed: frozenset[str] = frozenset()
    selection: Selection = EVERYTHING
    metered: bool = False
    rate: float | None = None
    settle: float = 120.0
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How a run is stopped and watched, and where its secrets are.

    :param tell: hears how far it is
    :param waits: hears why it waits, and how many seconds
    :param warns: hears what may be wrong, though the run goes on
    """

    vault: Vault = field(default_factory=Vault)
    pause: Pause = field(default_factory=Pause)
    wires: Wires = field(default_factory=Wires)
    tell: Callable[[Tell], None] = lambda _: None
    waits: Told = lambda _, __: None
    warns: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run would cost.

    :param seconds: that the remote's limits of requests take, at least
    """

    requests: int
    bytes: int
    seconds: float


def linked(archive: Archive) -> Link:
    """Return the remote of an archive.

    :raises InvalidInput: it has none
    """
    found = remotes.link_of(archive.connection)
    if found is None:
        raise InvalidInput(
            f"{archive.folder}: is linked with no remote; 'asbuilt remote set' does it"
        )
    return from_json(found)


def synchronise(archive: Archive, wishes: Wishes, around: Surroundings) -> Report:
    """Run the sync, or say what it would do.

    :raises ArchiveLocked: another process is at it
    :raises RemoteError: the remote, or the way to it, is not as it should be
    :raises Paused: somebody wanted to stop; the next run goes on
    """
    from sync.engine import Order, run

    order = Order(
        full=wishes.full,
        dry=wishes.dry,
        confirmed=wishes.confirmed,
        selection=wishes.selection,
        allowance=Allowance(metered=wishes.metered),
        settle=wishes.settle,
    )
    link = linked(archive)
    if wishes.dry:
        return rehearse(archive, link, run(order), around)
    steps = run(order)
    return perform(archive, link, steps, around, wishes.rate, pictures=wishes.pictures)


def rehearse(archive: Archive, link: Link, steps: Steps[T], around: Surroundings) -> T:
    """Run an engine on a copy of the archive's database, that is thrown away.

    Nothing is written here, and the remote is only read.
    """
    with copied(archive) as copy, opened(copy, link, around) as world:
        world.desk.read_only = True
        return drive(steps, replace(world, originals=archive.originals))


@contextmanager
def copied(archive: Archive) -> Iterator[Archive]:
    """Give a copy of an archive's database, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="asbuilt-") as folder:
        connection = connect(Path(folder) / DATABASE)
        try:
            archive.connection.backup(connection)
            yield Archive(Path(folder), connection, archive.uuid)
        finally:
            connection.close()


def perform(
    archive: Archive,
    link: Link,
    steps: Steps[Report],
    around: Surroundings,
    rate: float | None = None,
    *,
    pictures: bool = True,
) -> Report:
    """Run an engine, and keep what became of the run.

    :param pictures: make those of files that came, once nothing is fetched any more

    :raises ArchiveError: as for ``synchronise``; Paused likewise
    """
    with held(archive.folder / LOCK, "is syncing this archive"), _little_tidying():
        run = remotes.begin_run(archive.connection)
        outcome: str = "failed"
        said: dict[str, object] = {"stopped": "it was cut off"}
        try:
            with opened(archive, link, around, run, rate) as world:
                report = drive(steps, world)
                said = report.as_json()
                outcome = "complete" if report.is_complete else "incomplete"
                if pictures:
                    _develop(world, around.pause)
        except Paused:
            outcome, said = "paused", {"stopped": "somebody stopped it"}
            raise
        except ArchiveError as error:
            said = {"stopped": str(error)}
            raise
        finally:
            remotes.end_run(archive.connection, run, outcome, said)
    return report


@contextmanager
def _little_tidying() -> Iterator[None]:
    """Let Python look for garbage that refers to itself less often.

    A run makes hardly any, and looking through all that it made took a sixth of its
    time.
    """
    before = gc.get_threshold()
    gc.set_threshold(_MANY_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _develop(world: World, pause: Pause) -> None:
    """Make the pictures of files that came, until somebody wants to stop.

    The run is over by then: what is left is made by the next one, or when somebody
    looks at a photo.
    """
    waiting = world.archive.connection.execute(
        "select 1 from sync_records where lacks = 3 and lacks > 0 limit 1"
    )
    if waiting.fetchone() is None:
        return
    from archive.cache import open_cache
    from archive.jobs.developing import develop

    def tell(done: int, total: int) -> None:
        world.tell(Tell("pictures", done, total))

    with suppress(Paused, ArchiveError), open_cache(world.archive.folder) as cache:
        develop(world.archive, cache, pause.check, tell)


@contextmanager
def opened(
    archive: Archive,
    link: Link,
    around: Surroundings,
    run: str | None = None,
    rate: float | None = None,
) -> Iterator[World]:
    """Open all that an engine acts on.

    :param run: uuid of the run, where it is one that is kept
    """
    transact = transacting(archive, link, run)
    purse = budget.from_json(transact(lambda store: store.recall(_PURSE)))
    session = Session(link, around.vault, around.wires, archive.uuid)
    desk = Desk(
        link, session, around.wires, around.pause, purse, around.waits, around.warns
    )
    with ExitStack() as closing:
        closing.callback(around.wires.close)
        landing = closing.enter_context(_Landing(archive, run))
        tell = _watched(archive, run, around.tell) if run else around.tell
        try:
            yield World(archive, desk, transact, landing, Throttle(rate), tell)
        finally:
            with suppress(ArchiveError):  # what ended the run is what has to be told
                _remember(transact, desk)


def transacting(archive: Archive, link: Link, run: str | None) -> Transact:
    """Return what runs an engine's work in a transaction."""
    return lambda work: transaction(archive, link.known_as, work, run=run)


def cost(archive: Archive, plan: Iterable[Operation], now: float) -> Cost:
    """Return what a plan costs, as far as the remote's limits are known by now."""
    operations = list(plan)
    requests = sum(one.requests for one in operations)
    # not by a transaction of the store, which writes, where a dry run must not
    row = archive.connection.execute(
        "select value from sync_memory where key = ?", (_PURSE,)
    ).fetchone()
    purse = budget.from_json(json.loads(row[0]) if row else None)
    size = sum(one.bytes or 0 for one in operations)
    return Cost(requests, size, budget.eta(purse, requests, now))


def _remember(transact: Transact, desk: Desk) -> None:
    kept = budget.as_json(desk.purse)
    transact(lambda store: store.remember(_PURSE, kept))


def _watched(
    archive: Archive, run: str, tell: Callable[[Tell], None]
) -> Callable[[Tell], None]:
    """Return what also writes down how far a run is, now and then."""
    last: dict[str, float] = {}  # stage: when it was written down

    def told(effect: Tell) -> None:
        tell(effect)
        now = time.monotonic()
        if now - last.get(effect.stage, -_EVERY) < _EVERY:
            return
        last[effect.stage] = now
        with beside(archive.connection):
            remotes.tell_run(
                archive.connection, run, effect.stage, effect.done, effect.total
            )

    return told


class _Landing:
    """Makes files that came those of the archive's photos.

    Its workers start with the first file.
    """

    def __init__(self, archive: Archive, run: str | None) -> None:
        self._archive, self._run, self._stack = archive, run, ExitStack()
        self._opened: tuple[Pool, Cache] | None = None
        self._store: Store | None = None
        self._is_sure = True  # the last transaction held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        if self._store is None:
            return
        from archive import originals
        from archive.importing.store import close_store

        with database_errors(self._archive.folder):
            if self._is_sure:
                close_store(self._archive, self._store)
            else:
                originals.end(self._store)

    def _tools(self) -> tuple[Pool, Cache]:
        """Return workers that read files, and the cache."""
        from archive.cache import open_cache
        from archive.workers import Pool

        if self._opened is None:
            pool = self._stack.enter_context(Pool(_WORKERS))
            cache = self._stack.enter_context(open_cache(self._archive.folder))
            self._opened = pool, cache
        return self._opened

    def prepare(self) -> None:
        """See ``sync.driving.fetching.Landing``.

        What fails here fails again where a file lands, and is told there.
        """
        from concurrent.futures import ThreadPoolExecutor

        from archive.importing.pipeline import READY

        if self._opened is not None:
            return
        with suppress(ArchiveError):
            pool, _ = self._tools()
            beside = self._stack.enter_context(ThreadPoolExecutor(1))
            beside.submit(pool.submit, READY)  # one is enough for originals

    def _corner(self) -> Store:
        """Return a corner of the store of originals."""
        from archive.importing.store import open_store

        if self._store is None:
            with database_errors(self._archive.folder):
                self._store = open_store(self._archive)
        return self._store

    def originals(
        self, files: Sequence[tuple[str, Path, Copied]]
    ) -> Sequence[ArchiveError | None]:
        """See ``sync.driving.fetching.Landing``.

        What a photo has by now, as it came on a stick meanwhile, is done.
        """
        from archive.importing.landing import Came, HasFile, land

        pool, _ = self._tools()
        came = [Came(*one) for one in files]
        store = self._corner()
        self._is_sure = False
        told = land(self._archive, pool, store, came, run=self._run)
        self._is_sure = not any(told)
        return [None if isinstance(why, HasFile) else why for why in told]

    def thumbnails(
        self, files: Sequence[tuple[str, bytes]]
    ) -> Sequence[ArchiveError | None]:
        """See ``sync.driving.fetching.Landing``."""
        from archive.importing.landing import keep_thumbnails

        pool, cache = self._tools()
        return keep_thumbnails(self._archive, pool, files, cache)

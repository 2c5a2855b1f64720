"""What leaves the archive: zips against copying the files, reports against img2pdf.

And packages against a bag that `bagit` makes of copies of the same files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.environment import asbuilt, program
from bench.measure import Sample, run, without_start
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.busy import as_another
from bench.rows.imports import import_once, lay_out, new_archive
from bench.rows.renditions import script

ZIP, CP, SYNCED, ZIP0 = "asbuilt export zip", "cp", "cp, then sync", "zip -0"
WHOLE, IMG2PDF = "asbuilt export pdf, as they are", "img2pdf"
FOUR, FLOOR4 = "asbuilt export pdf, 4 a page, 150 dpi", "decode scaled + encode"
PACKAGE, BAGIT = "asbuilt export package", "cp, then bagit.py"
MANY, FULL = 2_000, 10_000  # photos of the row about memory
LARGE, LARGE_FULL = 100, 1_000  # photos of 12 MP of the reports whose memory is told
DIFFERENT = 10  # pictures among these
ONES = 3  # runs with one photo a round; the least is what a start costs
KINDS = ("zip", "pdf", "csv", "db", "package")
PAGES = "lists, pages, a viewer; read, compared and hashed again"

Out = Callable[[Sequence[Path], Path], Sample]  # photos, empty folder


def rows(plan: Plan) -> Iterator[Row]:
    """Four races, and the memory of large exports and of large reports."""
    paths = plan.load("12mp", plan.photos)
    with plan.environment.scratch("exports") as folder:
        archive = filled(plan, folder, paths)
        yield zips(plan, archive, paths)
        yield reports(plan, archive, paths)
        yield four_a_page(plan, archive, paths)
        yield packages(plan, archive, paths)
    yield memory(plan)
    yield memory_of_reports(plan)


def filled(plan: Plan, folder: Path, paths: Sequence[Path]) -> Path:
    """An archive with these photos, without pictures made of them."""
    lay_out(paths, folder / "source")
    archive = new_archive(plan, folder)
    import_once(plan, archive, folder / "source", len(paths), "--no-thumbnails")
    return archive


def zips(plan: Plan, archive: Path, paths: list[Path]) -> Row:
    """On the clock, since copying is waiting; only ours and one copy are synced."""
    contestants = [
        Contestant(ZIP, further(paths, ours(plan, archive, "zip")), "hashed, synced"),
        Contestant(CP, further(paths, copied(plan)), "left to the system"),
        Contestant(SYNCED, further(paths, copied(plan, sync=True))),
        Contestant(ZIP0, further(paths, zipped(plan)), "left to the system"),
    ]
    goals = (
        Goal("a zip, on the clock", ZIP, 1.2, CP, "wall_ms"),
        Goal("a zip, on the clock", ZIP, 1.2, SYNCED, "wall_ms"),
        Goal("a zip, on the clock", ZIP, 1.2, ZIP0, "wall_ms"),
    )
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Zip of {len(paths)} originals, 12mp"
    return Row("export-zip", title, outcomes, judge(goals, outcomes), CP)


def reports(plan: Plan, archive: Path, paths: list[Path]) -> Row:
    """Reports that have the originals in them."""
    options = ("--resolution", "0", "--per-page", "1")
    contestants = [
        Contestant(WHOLE, further(paths, ours(plan, archive, "pdf", *options))),
        Contestant(IMG2PDF, further(paths, img2pdf(plan)), "no captions, no PDF/A"),
    ]
    goals = (Goal("a report, photos as they are", WHOLE, 1.5, IMG2PDF),)
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Report of {len(paths)} photos as they are, 12mp"
    return Row("export-pdf", title, outcomes, judge(goals, outcomes), IMG2PDF)


def four_a_page(plan: Plan, archive: Path, paths: list[Path]) -> Row:
    """Reports with photos made smaller."""
    options = ("--resolution", "150", "--per-page", "4")
    floor = script(plan, str(plan.environment.python), "floor_pages.py", paths)
    contestants = [
        Contestant(FLOOR4, floor, "resizing is free, no pages"),
        Contestant(FOUR, further(paths, ours(plan, archive, "pdf", *options))),
    ]
    goals = (Goal("a report, 4 a page, 150 dpi", FOUR, 1.2, FLOOR4),)
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Report of {len(paths)} photos, 4 a page, 150 dpi, 12mp"
    return Row("export-pages", title, outcomes, judge(goals, outcomes), FLOOR4)


def packages(plan: Plan, archive: Path, paths: list[Path]) -> Row:
    """Ours with pages, lists and pictures, which were made before; theirs has files."""
    with plan.environment.scratch("exports-before") as folder:
        ours(plan, archive, "package")(paths, folder)  # so that pictures are there
    contestants = [
        Contestant(PACKAGE, further(paths, ours(plan, archive, "package")), PAGES),
        Contestant(BAGIT, further(paths, bagged(plan)), "files and their hashes"),
    ]
    goals = (Goal("a close-out package", PACKAGE, 4.0, BAGIT),)
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Package of {len(paths)} photos, 12mp"
    return Row("export-package", title, outcomes, judge(goals, outcomes), BAGIT)


def memory(plan: Plan) -> Row:
    """Peak memory of exports of many tiny photos."""
    many = FULL if plan.full else MANY
    with plan.environment.scratch("exports-many") as folder:
        paths = plan.load("tiny", many)
        archive = filled(plan, folder, paths)
        contestants = [
            Contestant(f"asbuilt export {kind}", peak(plan, archive, kind, many))
            for kind in KINDS
        ]
        outcomes = race(plan.environment, contestants, rounds=1)
    goals = tuple(
        Goal("largest process", f"asbuilt export {kind}", 300, None, "rss", "MB")
        for kind in KINDS
    )
    title = f"Peak memory of an export of {many:,} photos"
    return Row("export-memory", title, outcomes, judge(goals, outcomes))


def memory_of_reports(plan: Plan) -> Row:
    """Peak memory of reports of large photos: as they are, and made smaller."""
    many = LARGE_FULL if plan.full else LARGE
    kinds = {WHOLE: ("--resolution", "0"), FOUR: ("--resolution", "150")}
    with plan.environment.scratch("exports-large") as folder:
        archive = of_few(plan, folder, many)
        contestants = [
            Contestant(name, peak(plan, archive, "pdf", many, *options))
            for name, options in kinds.items()
        ]
        outcomes = race(plan.environment, contestants, rounds=1)
    goals = [
        Goal("largest process", name, 300, None, "rss", "MB") for name in (WHOLE, FOUR)
    ]
    title = f"Peak memory of a report of {many:,} photos, 12mp"
    return Row("export-reports", title, outcomes, judge(goals, outcomes))


def of_few(plan: Plan, folder: Path, count: int) -> Path:
    """An archive with so many photos of a few pictures, each as a file of its own."""
    pictures = [path.read_bytes() for path in plan.load("12mp", DIFFERENT)]
    source = folder / "source"
    source.mkdir()
    for number in range(count):
        data = as_another(pictures[number % DIFFERENT], number.to_bytes(4))
        (source / f"{number:06}.jpg").write_bytes(data)
    archive = new_archive(plan, folder)
    import_once(plan, archive, source, count, "--no-thumbnails")
    shutil.rmtree(source)
    return archive


def further(paths: Sequence[Path], write: Out) -> Run:
    """All photos less one photo: what each further one costs."""

    def measure(folder: Path) -> Sample:
        def written(some: Sequence[Path], name: str) -> Sample:
            place = folder / name
            place.mkdir(parents=True)
            return write(some, place)

        ones = [written(paths[:1], f"one-{n}") for n in range(ONES)]
        return without_start(written(paths, "all"), ones)

    return measure


def ours(plan: Plan, archive: Path, kind: str, *options: str) -> Out:
    """``asbuilt export``; of one photo it is told which."""

    def write(some: Sequence[Path], place: Path) -> Sample:
        which = [f"name:{some[0].name}"] if len(some) == 1 else []
        command = [*asbuilt("export"), kind, archive, place / "out", *which, *options]
        return run(command, plan.env, len(some))[0]

    return write


def copied(plan: Plan, *, sync: bool = False) -> Out:
    """``cp``; with ``sync`` each copy is on the disk when it ends, as ours is."""
    shell = 'cp -t "$0" "$@"' + (' && sync "$0"/*' if sync else "")

    def write(some: Sequence[Path], place: Path) -> Sample:
        return run(["sh", "-c", shell, place, *some], plan.env, len(some))[0]

    return write


def zipped(plan: Plan) -> Out:
    """``zip -0``, which stores."""

    def write(some: Sequence[Path], place: Path) -> Sample:
        command = [program("zip"), "-0", "-q", "-j", place / "out.zip", *some]
        return run(command, plan.env, len(some))[0]

    return write


def bagged(plan: Plan) -> Out:
    """``cp``, and ``bagit.py``, which makes a bag of the copies where they are."""
    tool = plan.environment.python.with_name("bagit.py")
    shell = 'cp -t "$1" "${@:2}" && "$0" --quiet --sha256 "$1"'

    def write(some: Sequence[Path], place: Path) -> Sample:
        command = ["bash", "-c", shell, tool, place, *some]
        return run(command, plan.env, len(some))[0]

    return write


def img2pdf(plan: Plan) -> Out:
    """``img2pdf``, a page each."""
    tool = plan.environment.python.with_name("img2pdf")

    def write(some: Sequence[Path], place: Path) -> Sample:
        command = [tool, "--rotation=ifvalid", "-o", place / "out.pdf", *some]
        return run(command, plan.env, len(some))[0]

    return write


def peak(plan: Plan, archive: Path, kind: str, count: int, *options: str) -> Run:
    """One export of so many photos."""

    def measure(folder: Path) -> Sample:
        command = [*asbuilt("export"), kind, archive, folder / "out", *options]
        return run(command, plan.env, count)[0]

    return measure

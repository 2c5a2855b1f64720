"""``python -m bench``: make the load, install the peers, run, print the table."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.environment import Environment, default_folder, install_peers, say
from bench.plan import Plan
from bench.race import Row
from bench.table import json_of, text_of

ROWS = {
    "renditions": "three renditions: floor, pyvips, ours; with PSNR",
    "imports": "whole imports: floor, sigal, ours; and without renditions git-annex",
    "rescan": "a second run over an unchanged folder: sigal, ours",
    "facts": "facts from a file: exiftool in batch, ours",
    "memory": "largest process of an import of 24 MP photos, few and many",
    "uploads": "a photo by the images API, against an import of it",
    "exports": "zips against cp and zip -0, reports against img2pdf; their memory",
    "exchanges": "a bundle against cp, sync and sha256sum; a stick between laptops",
    "syncs": "a laptop and a hub: first run, nothing new, edits; originals and curl",
    "cores": "an import with two jobs against one with one, wall time",
    "million": "very many rows into an empty archive: bulk, through triggers",
    "queries": "pages, facets and searches: a large archive, a small one",
    "numbered": "pages by number with totals, any filter, against keyset pages",
    "pages": "pages over HTTP: a large archive, a small one, Datasette's table page",
    "busy": "pages and edits while an import runs, and while nothing does",
    "crowd": "twenty people at once while an import runs, and one person alone",
    "paint": "the gallery in a browser: from the request to its thumbnails",
    "start": "asbuilt photos against sqlite-utils rows",
}

QUICK = {"photos": 24, "rows": 200_000, "rounds": 3}
FULL = {"photos": 500, "rows": 1_000_000, "rounds": 3}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m bench",
        description="CPU time and memory of asbuilt against its peers, as ratios "
        "in one run.",
    )
    top.add_argument(
        "--env",
        type=Path,
        default=default_folder(),
        help="folder for loads and peers ($ASBUILT_BENCH; now %(default)s)",
    )
    commands = top.add_subparsers(dest="command", required=True)
    load = commands.add_parser("load", help="make the photos of the load")
    load.add_argument("--photos", type=int, default=QUICK["photos"])
    load.add_argument("--kind", choices=("12mp", "24mp", "small"), default="12mp")
    load.add_argument("--seed", type=int, default=1)
    commands.add_parser("peers", help="install the peers into their environment")
    add_run(commands.add_parser("run", help="run rows and print the table"))
    return top


def add_run(run: argparse.ArgumentParser) -> None:
    """The options of ``run``."""
    known = "; ".join(f"{name}: {what}" for name, what in ROWS.items())
    run.add_argument(
        "row", nargs="*", choices=[*ROWS, []], help=f"default: all. {known}"
    )
    run.add_argument("--full", action="store_true", help=f"{FULL} in place of {QUICK}")
    run.add_argument("--photos", type=int, help="12 MP photos")
    run.add_argument("--rows", type=int, help="rows in the database")
    run.add_argument("--rounds", type=int)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--json", type=Path, metavar="FILE", help="write all figures too")


def plan_of(args: argparse.Namespace) -> Plan:
    """What the options ask for."""
    default = FULL if args.full else QUICK
    sizes = {name: getattr(args, name) or value for name, value in default.items()}
    return Plan(Environment(args.env), seed=args.seed, full=args.full, **sizes)


def run_rows(names: Sequence[str], plan: Plan) -> Iterator[Row]:
    """Run the named rows one after the other."""
    for name in names:
        say(f"row {name}")
        yield from importlib.import_module(f"bench.rows.{name}").rows(plan)


def about() -> dict[str, object]:
    """On what machine, and how busy it was."""
    return {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command."""
    args = parser().parse_args(argv)
    environment = Environment(args.env)
    if args.command == "load":
        plan = Plan(environment, seed=args.seed)
        paths = plan.load(args.kind, args.photos)
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{len(paths)} photos, {size:.0f} MB, in {paths[0].parents[1]}")
        return
    install_peers(environment)
    if args.command == "peers":
        return
    rows = []
    for row in run_rows(args.row or list(ROWS), plan_of(args)):
        rows.append(row)
        print(text_of([row]), flush=True)
    if args.json:
        args.json.write_text(json.dumps(json_of(rows, about()), indent=1))


if __name__ == "__main__":
    main()

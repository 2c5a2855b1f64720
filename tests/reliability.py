"""``python -m tests.reliability``: docs/reliability.md, and the figures in it.

    python -m tests.reliability                 writes the page anew
    python -m tests.reliability figure stories  runs for long, and keeps what came of it

A figure is a file in ``docs/figures`` with the command that made it; it is made by a
person, on a quiet machine, and committed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PAGE = ROOT / "docs" / "reliability.md"
FIGURES = ROOT / "docs" / "figures"
HEAD = """# What is promised, and what holds it to that

Written by `python -m tests.reliability` (`make reliability`) from `tests/promises.toml`,
`tests/incidents.toml` and the figures in `docs/figures`. The tests named here run in each
run of the tests; what takes longer is run by hand, and stands under [long runs](#long-runs)
with the day and the command. What a whole circle of backup and restore prints is in
[backups.md](backups.md#the-drill).

## Promises

| promise | tests | long runs |
|---|---|---|
"""  # noqa: E501 - as wide as the other pages
RUNS = """
## Long runs

A case *fails* when something that was reported as done is not there, or not whole; when half
of something is to be seen; when the archive does not open, or does not verify clean; when
something waits for ever, or ends with an error that no person could understand; or when the
same, done once more, does not succeed. In the runs with many people an answer fails that is an
error, and in those of two copies also whatever one has and the other has not.

That none failed says how often a fault was looked for and not found, on one Linux machine of
two cores. No plug was pulled: what a power cut leaves is computed from what was written, in
what order, and what of it was synced.

| run | what is done | cases | failed | what came of them | when, and by which command |
|---|---|---|---|---|---|
"""  # noqa: E501
INCIDENTS = """
## What happened to others

Public incidents of photo archives and of programs that sync, and what would have caught
each here: L is loss, S security, P the libraries that read files. *No cause*: it cannot
happen here at all, for the reason in [decisions.md](decisions.md).

| | what happened | tests |
|---|---|---|
"""
TAIL = """
## Libraries with known faults

`.ci/advisories.toml` lists what is known to be wrong with the libraries that read what
others send, and the first version without it; the tests compare it, without a network,
with what is pinned and with what is installed. A line with `open` is borne, as no mended
version is to be had, and says what was done instead; the tests fail when there is one.

To bring the list up to date where there is a network: `uvx pip-audit --no-deps
--disable-pip -r .ci/requirements/runtime.txt` names what is known of the pins; of the
libraries within wheels (libheif, libde265, libwebp, SQLite, libxml2) the releases of each
tell. Add a line for each that is new, change the pin and run `make lock`, then set
`checked`.

What the wheel is made of, and needs, stands in it as CycloneDX
(`asbuilt-….dist-info/sboms/asbuilt.cdx.json`); `make sbom` writes the same into `dist/`.
"""  # noqa: E501


def page() -> str:
    """Return the whole page."""
    told = read(TESTS / "promises.toml")
    rows = [promise_row(one) for one in told["promise"]]
    incidents = read(TESTS / "incidents.toml")
    listed = [incident_row(name, one) for name, one in incidents.items()]
    runs = [figure_row(name, one) for name, one in told["figure"].items()]
    return "".join([HEAD, *rows, RUNS, *runs, INCIDENTS, *listed, TAIL])


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def promise_row(one: dict[str, Any]) -> str:
    runs = ", ".join(one.get("figures", ()))
    return f"| {one['promise']} | {names(one['tests'])} | {runs} |\n"


def incident_row(name: str, one: dict[str, Any]) -> str:
    no_cause = "*no cause*; " if one.get("cannot") else ""
    return f"| {name} | {one['hurt']} | {no_cause}{names(one['tests'])} |\n"


def names(tests: list[str]) -> str:
    """Return tests as links: a whole file by its name, one test by its own."""
    return ", ".join(
        f"[{title(test)}](../tests/{test.partition('::')[0]})" for test in tests
    )


def title(test: str) -> str:
    file, _, function = test.partition("::")
    name = function or Path(file).stem
    return name.removeprefix("test_").replace("_", " ")


def figure_row(name: str, one: dict[str, Any]) -> str:
    path = FIGURES / f"{name}.toml"
    if not path.exists():
        return f"| {name} | {one['what']} | not run yet | | | |\n"
    made = read(path)
    told = ", ".join(f"{value:,} {word}" for word, value in made["told"].items())
    when = f"{made['made']}, `{made['command']}`"
    count = f"{made['cases']:,} | **{made['failed']:,}**"
    return f"| {name} | {one['what']} | {count} | {told} | {when} |\n"


# Figures


def make_figure(name: str) -> Path:
    """Run what makes a figure, for as long as it takes, and keep what came of it."""
    one = read(TESTS / "promises.toml")["figure"][name]
    with tempfile.TemporaryDirectory() as folder:
        words = shlex.split(one["command"].format(folder=folder))
        done = subprocess.run(
            [sys.executable, *words[1:]],
            cwd=ROOT,
            env={**os.environ, **one.get("environment", {})},
            capture_output=True,
            text=True,
            check=False,
        )
    sys.stdout.write(done.stdout[-2000:] + done.stderr[-2000:])
    failed = number(one.get("failed", "$^"), done.stdout) or int(done.returncode != 0)
    values = {
        "made": datetime.now(UTC).date().isoformat(),
        "command": shown(one),
        "cases": number(one["cases"], done.stdout),
        "failed": failed,
    }
    told = {
        word: number(where, done.stdout) for word, where in one.get("told", {}).items()
    }
    FIGURES.mkdir(exist_ok=True)
    path = FIGURES / f"{name}.toml"
    path.write_text(
        "".join(lines(values)) + "\n[told]\n" + "".join(lines(told)), "utf-8"
    )
    return path


def shown(one: dict[str, Any]) -> str:
    before = "".join(
        f"{key}={value} " for key, value in one.get("environment", {}).items()
    )
    return before + one["command"].format(folder="FOLDER")


def lines(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        name = key if re.fullmatch(r"[\w-]+", key, re.ASCII) else f'"{key}"'
        yield (
            f'{name} = "{value}"\n' if isinstance(value, str) else f"{name} = {value}\n"
        )


def number(where: str, text: str) -> int | float:
    """Return the last number that stands there; none is 0."""
    found = ["0", *re.findall(where, text)]
    value = float(found[-1].replace(",", ""))
    return int(value) if value.is_integer() else value


def main(words: list[str]) -> None:
    for name in words[1:] if words[:1] == ["figure"] else []:
        sys.stdout.write(f"wrote {make_figure(name).relative_to(ROOT)}\n")
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

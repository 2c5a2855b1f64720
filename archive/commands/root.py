"""``asbuilt``: finds its commands by name and loads only the one that is called.

Commands are entry points of the group ``asbuilt.commands``. Those of this distribution
are read from its own metadata; other distributions are only looked through for a name
that is not among them, because that reads the metadata of everything installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from archive.commands.failures import Failure, reported

GROUP = "asbuilt.commands"
DISTRIBUTION = "asbuilt"


class Commands(click.Group):
    """A click group whose commands are entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return every command's name, also those of other distributions."""
        return sorted({**everyone(), **ours()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, or a stand-in that says why it cannot be had."""
        entry = ours().get(cmd_name) or everyone().get(cmd_name)
        return None if entry is None else load(entry)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for an unknown one offer the names that come near it."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            known = self.list_commands(ctx)
            raise click.NoSuchCommand(
                error.command_name, possibilities=known, ctx=ctx
            ) from None

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401
        """Read the options; help, too, is written where there may be no room."""
        with reported():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whatever it raises is reported in one place."""
        with reported():
            return super().invoke(ctx)


@cache
def ours() -> dict[str, metadata.EntryPoint]:
    """Return the commands of this distribution by name."""
    try:
        return by_name(metadata.distribution(DISTRIBUTION).entry_points)
    except metadata.PackageNotFoundError:
        return {}


@cache
def everyone() -> dict[str, metadata.EntryPoint]:
    """Return the commands of all installed distributions by name."""
    return by_name(metadata.entry_points(group=GROUP))


def by_name(entries: Iterable[metadata.EntryPoint]) -> dict[str, metadata.EntryPoint]:
    """Return those entry points that are commands."""
    return {entry.name: entry for entry in entries if entry.group == GROUP}


def load(entry: metadata.EntryPoint) -> click.Command:
    """Import the command; one that cannot be imported must not break the others."""
    try:
        command = entry.load()
    except (ImportError, AttributeError) as error:
        return missing(entry.name, str(error))
    if not isinstance(command, click.Command):
        return missing(entry.name, f"{entry.value} is no command")
    return command


def missing(name: str, reason: str) -> click.Command:
    """Return a command that only says why the real one cannot be had."""

    def refuse() -> None:
        raise Failure(f"the command {name!r} cannot be loaded: {reason}")

    return click.Command(
        name,
        callback=refuse,
        short_help="(not in this installation)",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


def show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001
    """Print this version and the SQLite library's, which support always asks for."""
    if value:
        from archive.sqlite import sqlite3

        click.echo(f"asbuilt {version()} (SQLite {sqlite3.sqlite_version})")
        ctx.exit()


def version() -> str:
    """Return this distribution's version."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "(not installed)"


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Each command has its own --help with an example.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
def asbuilt() -> None:
    """A photo archive for a building project: one folder that outlives it."""


def main() -> None:
    """Run the command line: ``asbuilt COMMAND ARCHIVE …``."""
    if sys.stderr is None:  # closed by who started us
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    asbuilt(prog_name="asbuilt")

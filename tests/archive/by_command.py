"""The command line, in this process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from archive.commands.root import asbuilt as program


def asbuilt(*words: object) -> Result:
    return CliRunner().invoke(program, [str(word) for word in words])

"""The command line, in this process."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from archive.commands.root import asbuilt as program


def asbuilt(*words: object, **options: Any) -> Result:
    """What the command says to these words; options go to click's runner."""
    command = [str(word) for word in words]
    return CliRunner().invoke(program, command, prog_name="asbuilt", **options)


def run(*words: object, code: int = 0, **options: Any) -> Result:
    """The same, of one that ends with this exit code and tells no traceback."""
    result = asbuilt(*words, **options)
    said = f"{result.stdout}\n{result.stderr}\n{result.exception!r}"
    assert result.exit_code == code, said
    assert "Traceback" not in result.output
    return result

"""What the documents say is what the program does.

``python tests/test_docs.py`` writes the parts that are taken from the program anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from archive.commands.root import asbuilt

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "commands.md"
HEAD = """# The command line

`asbuilt COMMAND ARCHIVE …`: the archive's folder comes first. Lists go to stdout as a
table, JSON lines or CSV; messages go to stderr. Exit codes: 0 done; 1 failed, with a
message; 2 the command line could not be understood; 3 not everything was done, and the
report names what is left: safe to run again.

PHOTO is a uuid, the beginning of one, or an id. This page is written from the program's
own help (`python tests/test_docs.py`); a test holds the two together.
"""


def walk(
    command: click.Command, context: click.Context, words: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield each command's words and its help."""
    if words:
        yield " ".join(words), command.get_help(context)
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        inner = click.Context(child, info_name=name, parent=context, terminal_width=80)
        yield from walk(child, inner, (*words, name))


def reference() -> str:
    """Return the reference as the program would have it."""
    context = click.Context(
        asbuilt,
        info_name="asbuilt",
        terminal_width=80,
        help_option_names=asbuilt.context_settings["help_option_names"],
    )
    parts = [HEAD]
    for words, text in walk(asbuilt, context, ()):
        parts.append(f"## asbuilt {words}\n\n```\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_reference_of_commands_is_up_to_date() -> None:
    # A fresh process: click keeps the help option that a command was first asked with
    told = subprocess.run(
        [sys.executable, __file__, "--print"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    ).stdout
    assert REFERENCE.read_text(encoding="utf-8") == told, (
        "run: python tests/test_docs.py"
    )


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in readme, page.name


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


if __name__ == "__main__" and "--print" in sys.argv:
    sys.stdout.write(reference())
elif __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"wrote {REFERENCE.relative_to(ROOT)}\n")

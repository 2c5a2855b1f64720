"""The tables of ``docs/sync.md``, as lists of dictionaries."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "sync.md"

Row = dict[str, str]


def table(first: str, second: str) -> list[Row]:
    """Return the rows of the table whose header begins with these two words.

    The columns' names are the keys.
    """
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(
        at
        for at, line in enumerate(lines)
        if line.startswith(f"| {first} | {second} |")
    )
    names = _cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = _cells(line)
        assert len(cells) == len(names), line
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]

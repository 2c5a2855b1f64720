"""The last words of a run: how many of the planted bugs were found."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the mutation score of the sync."""
    found = planted = 0
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            is_mutant = "sync/test_mutants.py::test_a_planted" in report.nodeid
            if is_mutant and report.when == "call":
                planted += 1
                found += outcome == "passed"
    if planted:
        terminalreporter.write_line(f"sync: {found} of {planted} planted bugs found")

"""Searches for input that our own parsers do not expect, guided by coverage.

usage: python -m tests.fuzzing TARGET [FOLDER] [-max_total_time=300 …]

Needs atheris (``make fuzz`` brings it into an environment of its own). What a target
finds is written beside, as libFuzzer does; FOLDER keeps what leads to new code. Options
are libFuzzer's. Each input has to give an answer or one of the errors that the parser
promises; a found one becomes a test of the parser.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(
    include=["archive", "plugins", "zipfile"], enable_loader_override=False
):
    from tests.fuzzing.targets import TARGETS, seeds


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"{__doc__}\ntargets: {', '.join(TARGETS)}")
    options = [sys.argv[0], *sys.argv[2:]]
    for folder in [word for word in sys.argv[2:] if not word.startswith("-")][:1]:
        seeds(name, folder)
    atheris.Setup(options, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

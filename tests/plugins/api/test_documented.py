"""docs/api.md is what the API does: its table is complete, its examples run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plugins.api import paging
from plugins.api.endpoints import ENDPOINTS
from plugins.api.image_lists import LIST, SORTS
from plugins.api.pictures import VIEWS
from tests.forked import served
from tests.plugins.conftest import fill, jpeg

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
PROSE, _, TABLE = PAGE.partition("## Coverage")
ROW = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]+)`")
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_every_address_of_the_api_has_one_row() -> None:
    rows = [(m, path) for m, path in ROW.findall(TABLE) if path.startswith("/rest/")]
    assert sorted(rows) == sorted(
        (e.method, e.path.replace(":word", "")) for e in ENDPOINTS
    )


def test_rows_name_tests_that_are_there() -> None:
    named = TEST.findall(TABLE)
    assert len(named) > 40
    for file, name in named:
        folder = ROOT if file.startswith("tests/") else Path(__file__).parent
        text = (folder / file).read_text("utf-8")
        assert f"\ndef {name}(" in text, f"{file}::{name}"
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [0-9]", line)]
    assert all(TEST.search(line) for line in lines)


def test_all_that_lists_are_narrowed_by_is_named() -> None:
    for param in LIST:
        name = param.name.removeprefix("filters")
        assert name in PROSE, param.name
    words = [*VIEWS, *(sort.removeprefix("-") for sort in SORTS)]
    assert [word for word in words if f"`{word}`" not in PROSE] == []
    assert f"{paging.MOST_PER_PAGE} at most" in PROSE


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="no bash, curl or jq"
)
def test_the_examples_run_as_they_stand_there(tmp_path: Path) -> None:
    fill(tmp_path / "tower-4")
    for name, colour in (("slab.jpg", (90, 90, 90)), ("roof.jpg", (200, 80, 0))):
        (tmp_path / name).write_bytes(jpeg(colour))
    ours = Path(sys.executable).parent
    with served(tmp_path / "tower-4") as url:
        script = "\n".join(EXAMPLES).replace(
            "http://127.0.0.1:8001", url.rpartition("/")[0]
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{ours}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr + done.stdout
    told = done.stdout
    assert "total: 5\n" in told
    assert '"location": {"id": 2, "name": "Tower>Level 2"' in told
    assert '"filename": "roof.jpg"' in told
    assert told.endswith('"Slab cured"\n{}null\n{}')
    assert json.loads((tmp_path / "page.json").read_text())[0]["filename"]

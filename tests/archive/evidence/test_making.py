"""Evidence by the command and by a job: what either writes, checks and names."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from archive.batches import batch
from archive.database import Archive, open_archive
from archive.errors import NotAllowed, NotFound
from archive.evidence.checking import check_file
from archive.export.keeping import open_kept
from archive.jobs import Job, add_job, find_job
from archive.jobs.runner import Bell, work_off
from archive.originals import Stored, path_of
from archive.people import Person, add_person, owner
from archive.photos import get_photo
from archive.rights import viewer
from tests.archive import by_command
from tests.archive.evidence.conftest import flip
from tests.archive.report_files import picture, put

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.fixture
def run(settings: None) -> Callable[..., Result]:  # noqa: ARG001
    return partial(by_command.run, "evidence")


def test_the_command_writes_and_checks(folder: Path, run: Any, tmp_path: Path) -> None:
    with open_archive(folder) as archive:
        put(archive, picture(1))
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
        assert kim
        put(archive, picture(2), private=1)
    [made] = json.loads(run(folder, 1, "--out", tmp_path / "out", "--json").stdout)
    path = Path(made["folder"]) / "evidence.json"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made["sha256"]
    assert (
        "is there already" in run(folder, 1, "--out", tmp_path / "out", code=1).stderr
    )
    assert (
        "may not sign"
        in run(folder, 1, "--out", tmp_path / "kim", "--as", "Kim", code=1).stderr
    )
    assert not (tmp_path / "kim").exists()
    run(folder, 2, "--out", tmp_path / "out")
    assert "--out" in run(folder, 1, code=1).stderr
    run(folder, "--new-key")
    told = run("--check", path, "--archive", folder, "--json").stdout
    [found] = json.loads(told)
    assert found["good"]
    assert any("replaced at" in note for note in found["notes"])
    flip(path)
    assert "is not to be trusted" in run("--check", path, code=1).stdout


@pytest.mark.usefixtures("settings")
def test_a_job_signs_what_it_can_and_names_the_rest(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    whole, broken = put(archive, picture(1)), put(archive, picture(2))
    photo = get_photo(archive.connection, broken, viewer(sam))
    flip(path_of(archive.originals, Stored(str(photo.sha256), "jpg")))

    def finished(who: Person, *ids: int) -> Job:
        number = add_job(
            archive.connection, who, "export_evidence", {"ids": ids, "name": "Tower"}
        ).id
        work_off(archive, "r", Bell(None))
        return find_job(archive.connection, who, number)

    job = finished(sam, whole, broken)
    kept = open_kept(archive.connection, archive.folder, sam, job.uuid)
    assert (job.state, kept.name) == ("done", "Tower.zip")
    assert (kept.receipt["photos"], kept.receipt["of"]) == (1, 2)
    assert "other bytes" in kept.receipt["missing"][0]["reason"]
    with zipfile.ZipFile(kept.path) as packed:
        packed.extractall(tmp_path / "out")
    [statement_] = (tmp_path / "out").glob("evidence-*/evidence.json")
    assert check_file(statement_, archive).problems == []
    less = replace(sam, level="standard")
    with pytest.raises(NotFound):
        open_kept(archive.connection, archive.folder, less, job.uuid)
    assert finished(sam, broken).state == "failed"
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        finished(kim, whole)

"""Reading bundles: what is spoilt or hostile is refused before anything is used."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from archive.errors import NotFound
from sync.bundles.model import Found, NewerBundle, TornBundle
from sync.bundles.reading import find, require_words, salvage, verified
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import (
    ARCHIVE,
    BYTES,
    HEADING,
    OTHER,
    Desk,
    as_written,
    contents,
    forge,
    forge_file,
    read,
)

PLAIN = f"objects/{sha256(BYTES[0])[:2]}/{sha256(BYTES[0])}"
SPLIT = f"objects/{sha256(BYTES[2])[:2]}/{sha256(BYTES[2])}"


@pytest.fixture
def root(desk: Desk) -> Path:
    return desk.write().path


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def whole(root: Path) -> Found:
    return Found(root, "whole")


def test_every_byte_counts(root: Path) -> None:
    """One bit of each byte of each file is flipped in turn."""
    for path in files(root):
        data = path.read_bytes()
        for at in range(len(data)):
            path.write_bytes(
                data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            )
            with pytest.raises((TornBundle, NewerBundle)):
                verified(whole(root))
            if path.parent == root:
                assert len(find(root.parent)) == 1
        path.write_bytes(data)
    assert contents(verified(whole(root))) == as_written()


@pytest.mark.parametrize("spoil", [Path.unlink, partial(os.truncate, length=3)])
def test_every_file_counts(root: Path, spoil: Callable[[Path], object]) -> None:
    for path in files(root):
        data = path.read_bytes()
        spoil(path)
        (found,) = find(root.parent)
        head = path.name in ("COMPLETE", "MANIFEST.json")
        assert found.state == ("torn" if head else "whole")
        with pytest.raises(TornBundle) as caught:
            verified(whole(root))
        assert Path(caught.value.path).name in (path.name, path.stem, root.name)
        path.write_bytes(data)


def test_what_it_tells_is_checked_without_reading_the_originals(root: Path) -> None:
    for path in files(root):
        data = path.read_bytes()
        is_original = re.fullmatch(r"[0-9a-f]{64}(\.p\d+)?", path.name)
        path.write_bytes(data[:-1] + b"?")
        if is_original:
            require_words(whole(root))
        else:
            with pytest.raises(TornBundle):
                require_words(whole(root))
        path.write_bytes(data[:-1])
        with pytest.raises(TornBundle):
            require_words(whole(root))
        path.write_bytes(data)
    require_words(whole(root))


def test_whats_more_does_no_harm(root: Path) -> None:
    for name in (".DS_Store", "objects/desktop.ini", "objects/zz/x", "README.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("?")
    (root.parent / "._phb1-0198aaaa-site-a-7").write_text("?")
    (root.parent / "phb1-file").write_text("?")
    (root.parent / "phb1-link").symlink_to(root)
    (found,) = find(root.parent, ARCHIVE)
    assert contents(verified(found)) == as_written()


def test_a_bundle_that_was_named_is_found_itself(root: Path) -> None:
    assert [f.path for f in find(root)] == [root]


def test_complete_alone_makes_no_bundle(root: Path) -> None:
    for path in files(root):
        if path.name != "COMPLETE":
            path.unlink()
    (found,) = find(root.parent)
    assert (found.state, found.why) == ("torn", "MANIFEST.json: it is missing")


def test_all_bundles_are_told_one_by_one(desk: Desk) -> None:
    for seq in (10, 9, 7):
        desk.write(seq=seq)
    desk.part.with_name("phb1-0198aaaa-site-a-7").rename(desk.part)
    other = desk.stick / "phb1-ffffffff-site-c-1"
    shutil.copytree(desk.stick / "phb1-0198aaaa-site-a-9", other)
    forge(other, lambda told: told.update({"archive": OTHER, "from": "site-c"}))
    newer = desk.stick / "phb1-0198aaaa-site-d-1"
    shutil.copytree(other, newer)
    (newer / "COMPLETE").write_text(f"phb2 {'0' * 64}\n")
    (desk.stick / "phb3-0198aaaa-site-e-1").mkdir()
    (desk.stick / "phb1-empty").mkdir()
    found = {f.path.name: (f.state, f.why) for f in find(desk.stick, ARCHIVE)}
    assert {name: state for name, (state, _) in found.items()} == {
        "phb1-0198aaaa-site-a-9": "whole",
        "phb1-0198aaaa-site-a-10": "whole",
        "phb1-0198aaaa-site-a-7.part": "torn",
        "phb1-ffffffff-site-c-1": "other",
        "phb1-0198aaaa-site-d-1": "newer",
        "phb3-0198aaaa-site-e-1": "newer",
        "phb1-empty": "torn",
    }
    assert found["phb1-empty"][1] == "it was not written to its end"
    of_any = [f.heading.seq for f in find(desk.stick) if f.state == "whole"]  # type: ignore[union-attr]
    assert of_any == [9, 10, 9]
    states = {f.path.name: f for f in find(desk.stick, ARCHIVE)}
    assert contents(verified(states[other.name])) == as_written()
    with pytest.raises(NewerBundle):
        verified(states["phb3-0198aaaa-site-e-1"])
    with pytest.raises(TornBundle, match="not written to its end"):
        verified(states["phb1-0198aaaa-site-a-7.part"])


def test_an_absent_stick_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound, match="is the stick connected"):
        find(desk.stick / "none")


def test_what_a_newer_minor_says_besides_is_kept(root: Path) -> None:
    record = {"u": "1", "x": {"new": [1]}}
    line = json.dumps(record).encode() + b"\n"
    (root / "undo-0000.jsonl").write_bytes(line)

    def change(told: dict[str, Any]) -> None:
        told |= {"minor": 3, "hlc": "x"}
        told["parts"].append(
            {
                "path": "undo-0000.jsonl",
                "bytes": len(line),
                "sha256": sha256(line),
                "lines": 1,
                "packed": False,
            }
        )

    forge(root, change)
    with (root / "COMPLETE").open("a") as seal:
        seal.write("ed25519 c2lnbmF0dXJl\n")
    bundle = verified(whole(root))
    assert bundle.heading == replace(HEADING, minor=3, more={"hlc": "x"})
    assert list(bundle.lines("undo")) == [record]
    assert contents(bundle) == as_written()


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "format": lambda t: t.update(format="zip"),
    "no archive": lambda t: t.pop("archive"),
    "archive with a path": lambda t: t.update(archive="../x"),
    "archive that is none": lambda t: t.update(archive="tower"),
    "long name": lambda t: t.update(name="x" * 10_001),
    "site of a path": lambda t: t.update({"from": "a/b"}),
    "number as text": lambda t: t.update(seq="7"),
    "number as truth": lambda t: t.update(seq=True),
    "negative": lambda t: t.update(seq=-1),
    "seen as list": lambda t: t.update(base_seen=[]),
    "seen of a path": lambda t: t["base_seen"].update({"../": 1}),
    "seen of text": lambda t: t["base_seen"].update(a="1"),
    "many sites": lambda t: t["base_seen"].update({f"s{n}": 1 for n in range(10_001)}),
    "remote as text": lambda t: t.update(remote="x"),
    "no objects": lambda t: t.pop("objects"),
    "objects without list": lambda t: t["objects"].pop("list_sha256"),
    "parts as text": lambda t: t.update(parts="x"),
    "part as text": lambda t: t.update(parts=["x"]),
    "part elsewhere": lambda t: t["parts"][0].update(path="../records-0000.jsonl"),
    "part of any name": lambda t: t["parts"][0].update(path="COMPLETE"),
    "part twice": lambda t: t["parts"].append(t["parts"][0]),
    "gap": lambda t: t["parts"][0].update(path="records-0001.jsonl"),
    "huge part": lambda t: t["parts"][0].update(bytes=1 << 40),
    "fewer lines": lambda t: t["parts"][0].update(lines=1),
    "more bytes": lambda t: t["parts"][0].update(bytes=10_000),
    "more objects": lambda t: t["objects"].update(count=4),
    "fewer bytes": lambda t: t["objects"].update(bytes=64),
    "not an object": lambda t: t.clear(),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_cannot_be_is_refused(
    root: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    forge(root, change)
    for found in find(root.parent):
        with pytest.raises(TornBundle):
            verified(found)


DEEP = b'{"a":' + b"[" * 200 + b"]" * 200 + b"}\n"
RECORDS_THAT_CANNOT_BE = {
    "no json": b"{\n",
    "no record": b"[1]\n",
    "deep": DEEP,
    "deep without end": b"[" * 100_000 + b"\n",
    "not utf-8": b'{"a":"\xff"}\n',
    "half a pair": b'{"a":"\\ud800"}\n',
    "nan": b'{"a":NaN}\n',
    "infinite": b'{"a":1e999}\n',
    "huge number": b'{"a":' + b"9" * 5_000 + b"}\n",
    "number": b'{"a":9223372036854775808}\n',
    "long line": b'{"a":"' + b"x" * (8 << 20) + b'"}\n',
    "no line end": b'{"a":1}',
    "nothing": b"",
}


@pytest.mark.parametrize(
    "text", RECORDS_THAT_CANNOT_BE.values(), ids=RECORDS_THAT_CANNOT_BE
)
def test_records_that_cannot_be_are_refused(root: Path, text: bytes) -> None:
    forge_file(root, "records-0000.jsonl", text)
    with pytest.raises(TornBundle, match=r"records-0000\.jsonl"):
        verified(whole(root))


def lines_with(root: Path, old: str, new: str) -> bytes:
    text = (root / "objects.list").read_text()
    assert old in text
    return text.replace(old, new).encode()


LISTS: dict[str, tuple[str, str]] = {
    "above": (PLAIN, f"{PLAIN[:11]}../../{PLAIN[11:]}"),
    "absolute": (PLAIN, f"/{PLAIN}"),
    "another's": (PLAIN, SPLIT),
    "another shelf": (PLAIN, f"objects/00/{PLAIN[11:]}"),
    "capitals": (PLAIN[11:], PLAIN[11:].upper()),
    "dots": (PLAIN, f"objects/./{PLAIN[8:]}"),
    "short": (PLAIN[11:], PLAIN[11:-1]),
    "size": (" 5 ", " 6 "),
    "no size": (" 5 ", " "),
    "huge size": (" 5 ", f" {'9' * 20} "),
    "line ends": ("\n", "\r\n"),
    "pieces of what is whole": (PLAIN, f"{PLAIN}.parts"),
    "a piece": (f"{SPLIT}.parts", f"{SPLIT}.p000"),
}


@pytest.mark.parametrize(("old", "new"), LISTS.values(), ids=LISTS)
def test_a_list_with_other_names_is_refused(root: Path, old: str, new: str) -> None:
    forge_file(root, "objects.list", lines_with(root, old, new))
    with pytest.raises(TornBundle):
        verified(whole(root))


def test_a_list_out_of_order_is_refused(root: Path) -> None:
    lines = (root / "objects.list").read_bytes().splitlines(keepends=True)
    for wrong in (lines[::-1], [*lines, lines[-1]], [lines[0] * 9_000]):
        forge_file(root, "objects.list", b"".join(wrong))
        with pytest.raises(TornBundle):
            verified(whole(root))


def test_sizes_that_are_right_only_together_are_refused(root: Path) -> None:
    text = lines_with(root, " 5 ", " 6 ").replace(b" 10 ", b" 9 ")
    forge_file(root, "objects.list", text)
    with pytest.raises(TornBundle, match="bytes and not"):
        verified(whole(root))


def test_a_list_is_hashed_before_its_first_line_is_used(root: Path) -> None:
    bundle = verified(whole(root))
    last = (root / "objects.list").read_text().splitlines()[-1].split()[1]
    (root / "objects.list").write_bytes(lines_with(root, f" {last} ", f" {last}1 "))
    with pytest.raises(TornBundle):
        next(bundle.blobs())


def test_what_is_far_too_large_is_not_read(root: Path) -> None:
    with (root / "COMPLETE").open("a") as seal:
        seal.write("?" * 100_000)
    (found,) = find(root.parent)
    assert (found.state, found.why) == (
        "torn",
        "COMPLETE: it has more than 65,536 bytes",
    )


PIECES = {
    "none": "",
    "above": f"50 ../{SPLIT[11:]}.p000\n",
    "another order": f"20 {SPLIT[11:]}.p001\n",
    "other size": f"19 {SPLIT[11:]}.p000\n",
    "too few": f"20 {SPLIT[11:]}.p000\n",
    "nonsense": "?" * 200_000,
}


@pytest.mark.parametrize("text", PIECES.values(), ids=PIECES)
def test_pieces_of_other_names_or_sizes_are_refused(root: Path, text: str) -> None:
    (root / f"{SPLIT}.parts").write_text(text)
    with pytest.raises(TornBundle):
        verified(whole(root))


LINKED = [PLAIN, PLAIN[:10], "objects", "records-0000.jsonl", "MANIFEST.json"]


@pytest.mark.parametrize("name", LINKED, ids=["file", "shelf", "objects", "r", "m"])
def test_links_are_not_followed(root: Path, tmp_path: Path, name: str) -> None:
    (root / name).rename(tmp_path / "elsewhere")
    (root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TornBundle, match="it is no "):
        verified(whole(root))
    if name.startswith("objects"):
        assert sha256(BYTES[0]) not in dict(salvage(whole(root)))


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("the system has no pipes with names")
    for name in (PLAIN, "COMPLETE"):
        (root / name).unlink()
        os.mkfifo(root / name)
        with pytest.raises(TornBundle, match="it is no file"):
            verified(whole(root))
    assert len(list(salvage(whole(root)))) == 2


def test_what_changes_after_it_was_verified_is_not_used(root: Path) -> None:
    bundle = verified(whole(root))
    for name, use in (
        ("records-0000.jsonl", lambda: next(bundle.lines("records"))),
        ("objects.list", lambda: next(bundle.blobs())),
        (PLAIN, lambda: read(bundle, PLAIN[11:])),
        (f"{SPLIT}.p001", lambda: read(bundle, SPLIT[11:])),
    ):
        data = (root / name).read_bytes()
        (root / name).write_bytes(b"?" + data[1:])
        with pytest.raises(TornBundle):
            use()
        (root / name).unlink()
        with pytest.raises(TornBundle, match="it is missing"):
            use()
        (root / name).write_bytes(data)
    assert contents(bundle) == as_written()


@pytest.mark.parametrize("name", ["../x", "0" * 63, "", "A" * 64, "0" * 64 + "\n"])
def test_only_originals_have_names(root: Path, name: str) -> None:
    with pytest.raises(NotFound):
        verified(whole(root)).open(name)
    with pytest.raises(TornBundle, match="it is missing"):
        verified(whole(root)).open("0" * 64)


def test_a_disk_that_does_not_read_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(io.FileIO):
        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

        read = readinto  # type: ignore[assignment]

    from sync.bundles import objects

    for name in (PLAIN, "objects.list", "records-0000.jsonl", "COMPLETE"):
        real = objects.open_source
        with monkeypatch.context() as patch:
            patch.setattr(
                objects,
                "open_source",
                lambda path, name=name, real=real: (
                    Failing(path) if path.endswith(name) else real(path)
                ),
            )
            with pytest.raises(TornBundle, match=r"cannot be read: Input/output"):
                verified(whole(root))


def test_of_a_torn_bundle_originals_can_be_saved(root: Path) -> None:
    for path in files(root):
        if "objects/" not in path.as_posix():
            path.unlink()
    (root / f"{SPLIT}.parts").unlink()
    second = sha256(BYTES[1])
    (root / f"objects/{second[:2]}/{second}").write_bytes(b"the sEcond")
    (root / f"objects/{second[:2]}/{'e' * 64}.jpg").write_bytes(b"?")
    (root / "objects/ZZ").mkdir()
    (root / "objects/aa").write_text("no folder") if second[:2] != "aa" else None
    (found,) = find(root.parent)
    assert found.state == "torn"
    saved = {name: open_it().read() for name, open_it in salvage(found)}
    assert saved == {sha256(b): b for b in (BYTES[0], BYTES[2])}

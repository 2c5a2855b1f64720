"""Who may import whom (docs/decisions.md), held by walking the syntax trees."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("archive", "plugins", "sync")

# package: the packages of ours that it may not import
FORBIDDEN = {"archive": {"plugins", "sync"}, "plugins": {"sync"}, "sync": {"plugins"}}

# library: the modules, as patterns, that alone may import it
OWNERS = {
    # Two SQLite libraries in one process lose committed rows.
    "sqlite3": ["archive/sqlite.py"],
    "pysqlite3": ["archive/sqlite.py"],
    # Only in processes of its own and on copies.
    "apsw": [
        "archive/backups/snapshot.py",
        "archive/leaves.py",
        "archive/salvage.py",
    ],
    "argon2": ["archive/accounts/passwords.py"],
    "cryptography": ["archive/signing.py"],
    # Only written: what others send is read by no XML parser.
    "lxml": [],
    "xml": ["archive/export/sidecars.py", "plugins/pages/feed.py"],
    "click": ["archive/commands/*.py", "plugins/commands.py", "sync/commands/*.py"],
    "datasette": ["plugins/*"],
    # Where pixels are decoded or drawn.
    "PIL": [
        "archive/colour.py",
        "archive/decoding.py",
        "archive/demo/*",
        "archive/export/burning.py",
        "archive/export/pdf/rendering.py",
        "archive/export/stamps.py",
        "archive/posters.py",
        "archive/pyramids.py",
        "archive/renditions.py",
        "archive/resizing.py",
        "archive/tiles.py",
    ],
    "itsdangerous": ["plugins/api/signing.py"],
    "python_multipart": ["plugins/api/multipart.py"],
    "mcp": ["plugins/mcp/server.py"],
    "mcp_types": ["plugins/mcp/server.py"],
    "pi_heif": ["archive/decoding.py"],
    # Only writes: reading hostile EXIF with it takes minutes and gigabytes.
    "piexif": ["archive/demo/*", "archive/export/exif.py"],
    # No second HTTP client, and none at all in the archive.
    "httpx2": ["plugins/*", "sync/driving/*.py"],
    "authlib": ["plugins/api/*.py", "sync/driving/*.py"],
    "keyring": ["archive/secrets.py"],
}


def modules() -> list[Path]:
    return sorted(
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    )


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it it does."""
    for node in ast.walk(ast.parse((ROOT / path).read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = node.module if not node.level and node.module else path.parts[0]
            yield from (name, *(f"{name}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Call):
            yield from loaded_by_name(node)


def loaded_by_name(call: ast.Call) -> Iterator[str]:
    """Yield the module that ``import_module("…")`` or ``__import__("…")`` loads."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else None
    if (
        name in ("import_module", "__import__")
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    ):
        yield first.value


@cache
def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", modules(), ids=str)
def test_no_package_imports_upward(path: Path) -> None:
    assert not roots(path) & FORBIDDEN[path.parts[0]]


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_imported_by_its_owners_only(library: str) -> None:
    users = [path.as_posix() for path in modules() if library in roots(path)]
    strangers = [
        user
        for user in users
        if not any(fnmatch(user, pattern) for pattern in OWNERS[library])
    ]
    assert not strangers


def test_the_walk_sees_every_way_to_import(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "import a.b\n"
        "from c.d import e\n"
        "def f():\n    import g as h\n"
        "import_module('i.j')\n"
        "try:\n    import k\nexcept ImportError:\n    pass\n"
    )
    relative = Path("/") / source
    assert roots(relative) == {"a", "c", "g", "i", "k"}
    assert {"a.b", "c.d", "c.d.e", "i.j"} <= set(imports(relative))


# What must not be in any file: the names of package hosts and places on one machine.
# Written in pieces so that this file does not hold them itself.
HOSTS = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
PLACES = [
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/ho" + "me/",
    "/opt/py" + "pi",
    ":\\Us" + "ers",
]
NAMED = re.compile("|".join(re.escape(word) for word in [*HOSTS, *PLACES]).encode())


def tracked() -> list[Path]:
    """List the files that git knows; in an unpacked sdist all are the project's."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    names = listing.stdout.decode("utf-8", "surrogateescape").split("\0")
    files = [ROOT / name for name in names if name]
    if listing.returncode or not files:
        pytest.skip("not a git checkout")
    return [path for path in files if path.is_file()]


def test_no_file_names_a_package_host_or_a_place_on_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked()
        for match in NAMED.finditer(path.read_bytes())
    ]
    assert not found

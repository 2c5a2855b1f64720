"""What a worker process does with one staged file: its facts, and its renditions.

The only code of the import that reads untrusted bytes as more than bytes. It stands
outside of ``archive.importing``, all of which a worker would load with it (10 MB).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archive.errors import FileProblem
from archive.facts import read_facts


def prepare(path: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return ``facts``, ``renditions`` and (when they could not be made) ``failure``.

    :param names: of the renditions to make; none: facts only
    :raises NotAPhoto: not of a kind that is archived
    :raises DamagedFile: nothing in it that could be kept
    """
    file = Path(path)
    facts = read_facts(file)
    if not names:
        return {"facts": facts, "turned": facts.turned, "renditions": []}
    from archive.renditions import make_renditions

    try:
        made = make_renditions(file, facts, 0, names)
    except FileProblem as problem:
        return {
            "facts": facts,
            "turned": facts.turned,
            "renditions": [],
            "failure": problem.reason,
        }
    return {"facts": facts, "turned": facts.turned, "renditions": made}


def ready() -> None:
    """Do nothing: whoever asks wants a worker that has read all this."""

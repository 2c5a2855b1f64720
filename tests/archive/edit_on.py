"""Edits and imports until it is told to stop. A script.

usage: python -m tests.archive.edit_on ARCHIVE FOLDER

Prints a line after the first round; ends when its input does, and prints how many
rounds it made. Each is an edit, and an import of a photo that it puts into FOLDER.
"""

from __future__ import annotations

import select
import sys
from pathlib import Path

from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos
from archive.importing import pipeline
from archive.people import owner
from tests.archive.import_checks import inline, lay, photo, take_in


def main(folder: Path, source: Path) -> None:
    pipeline.run_jobs = inline
    rounds = 0
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        while not select.select([sys.stdin], [], [], 0)[0]:
            rounds += 1
            take_in(archive, lay(source, {f"NEW_{rounds}.JPG": photo(1000 + rounds)}))
            with batch(archive.connection, sam):
                edit = Edit(description=f"round {rounds}")
                edit_photos(archive.connection, sam, [1], edit)
            if rounds == 1:
                sys.stdout.write("begun\n")
                sys.stdout.flush()
    sys.stdout.write(f"{rounds}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Backups: a folder with every original once, and states of the database.

``states`` is what lies in such a folder, ``taking`` makes a state while people write,
``restoring`` makes an archive of one. ``docs/backups.md`` describes the folder.
"""

from archive.backups.restoring import Restored, restore
from archive.backups.states import State, list_states
from archive.backups.taking import Taken, take

__all__ = ["Restored", "State", "Taken", "list_states", "restore", "take"]

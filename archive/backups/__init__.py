"""Backups: a place with every original once, and states of the database.

The place is a folder or a bucket (``buckets``). ``states`` and ``contents`` say what
lies there, ``taking`` and ``sending`` make a state while people write, ``restoring``
makes an archive of one. ``docs/backups.md`` describes the folder.
"""

from archive.backups.reports import Restored, Taken
from archive.backups.restoring import restore
from archive.backups.states import State, list_states
from archive.backups.taking import take

__all__ = ["Restored", "State", "Taken", "list_states", "restore", "take"]

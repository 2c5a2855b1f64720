"""The engine: what a run does, as a generator of effects (``sync.effects``).

It meets the remote, reads what changed there, writes it here, sends what changed here,
and fetches files, in the order of ``docs/sync.md``; whatever it needs to know the next
time is in the store before it goes on.
"""

from sync.engine.report import Order, Report
from sync.engine.running import run

__all__ = ["Order", "Report", "run"]

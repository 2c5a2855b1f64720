"""Facts from files: what a photo or video says about itself, and nothing guessed.

Pure: no database, no network, nothing is written. The readers are our own and use
the standard library only; every length in a file is compared with what is there.
"""

from archive.facts.model import Facts
from archive.facts.reading import read_facts
from archive.facts.sniff import Format, sniff

__all__ = ["Facts", "Format", "read_facts", "sniff"]

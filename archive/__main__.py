"""``python -m archive`` is the same as ``asbuilt``."""

from archive.commands.root import main

main()

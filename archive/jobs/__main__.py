"""``python -m archive.jobs ARCHIVE``."""

import sys

from archive.jobs.runner import main

if __name__ == "__main__":
    sys.exit(main())

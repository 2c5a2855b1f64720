"""Files are read without processes of their own."""

from tests.archive.conftest import one_process, real_workers

__all__ = ["one_process", "real_workers"]

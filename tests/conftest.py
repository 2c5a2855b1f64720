"""What every test run shares: hypothesis is the same from run to run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadlines: two cores are shared with the other worker and with the disk.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

"""What holds for all tests."""

import os

from hypothesis import HealthCheck, settings

# How fast an example is tells how busy the machine is: speed is measured in benchmarks. The gate tries the
# same examples each time, since what chance finds in old code says nothing of a change; others try new ones.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("any machine")

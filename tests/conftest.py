"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How fast an example is tells how busy the machine is: speed is measured in benchmarks.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

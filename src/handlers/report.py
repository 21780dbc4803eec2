"""What is logged and counted: ids of deliveries, kinds, counts, durations. Never a value of a record."""

import traceback
from collections import Counter

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from models.failures import StoreUnavailable
from models.outcome import Result, Verdict
from settings import SettingsError

# Said here and not in the environment: what they are called is the code's business, and a missing name would
# make Powertools raise after a delivery is stored.
_SERVICE = "rubeus-webhook"
_NAMESPACE = "Rubeus"

_logger = Logger(service=_SERVICE)


def delivery(result: Result, status: int, seconds: float) -> None:
    """Write the one line of a delivery, and its metrics."""
    verdicts = Counter(outcome.verdict.value for outcome in result.outcomes)
    warnings = sum(len(outcome.warnings) for outcome in result.outcomes)
    unknown = len(result.unknown_fields)
    _logger.info(
        "delivery",
        delivery_id=result.delivery.id,
        status=status,
        kept=result.kept.value,
        state=result.state.value,
        fault=result.problem.fault.value if result.problem else None,
        bytes=len(result.delivery.body),
        records=len(result.outcomes),
        kinds=dict(Counter(outcome.kind for outcome in result.outcomes if outcome.kind)),
        verdicts=dict(verdicts),
        warnings=warnings,
        unknown_fields=unknown,
        failures=dict(Counter(f"{failure.store}: {failure.code}" for failure in result.failures)),
        milliseconds=round(seconds * 1000, 1),
    )
    # One object for each delivery: the shared one of Powertools is not made for threads (the local stack's).
    metrics = EphemeralMetrics(namespace=_NAMESPACE, service=_SERVICE)
    metrics.add_metric("Deliveries", MetricUnit.Count, 1)
    metrics.add_metric(f"Answers{status}", MetricUnit.Count, 1)
    metrics.add_metric("Warnings", MetricUnit.Count, warnings)
    metrics.add_metric("UnknownFields", MetricUnit.Count, unknown)
    metrics.add_metric("StoreFailures", MetricUnit.Count, len(result.failures))
    metrics.add_metric("Duration", MetricUnit.Milliseconds, seconds * 1000)
    for verdict in Verdict:
        metrics.add_metric(f"Records{verdict.value.capitalize()}", MetricUnit.Count, verdicts[verdict.value])
    metrics.flush_metrics()


def not_admitted() -> None:
    """Note a wrong token; not which."""
    _logger.warning("not admitted")


def token_not_renewed(failure: StoreUnavailable) -> None:
    """Note that the token known last serves, since no fresh one could be read."""
    _logger.warning("token not renewed", failure=f"{failure.store}: {failure.code}")


def nobody_let_in(failure: StoreUnavailable) -> None:
    """Note that no token is known, so that nobody can be let in."""
    _logger.error("nobody let in", failure=f"{failure.store}: {failure.code}")


def misconfigured(error: SettingsError) -> None:
    """Note what the function's environment lacks."""
    _logger.error("misconfigured", settings=str(error))


def defect(error: Exception) -> None:
    """Note an error of ours: its type and where, without its message, which may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    _logger.error("defect", error=type(error).__name__, where=where)

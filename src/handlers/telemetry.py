"""What is logged and counted: ids of deliveries, kinds, counts, durations. Never a value of a record."""

import os
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from ingest.recover import Recovered
from models.delivery import Delivery, received_seconds
from models.failures import StoreUnavailable
from models.outcome import Result, State, Verdict
from settings import SettingsError

# Said here, and the namespace not in the environment: were it missing there, Powertools would raise after a
# delivery is stored.
_SERVICE = "rubeus-webhook"
_NAMESPACE = "Rubeus"

# Two deliveries that race each other are received within the time that an invocation may take.
_UNDER_WAY_SECONDS = 30

_logger = Logger(service=_SERVICE)


def delivery(result: Result, status: int, seconds: float, *, previous_token: bool) -> None:
    """Write the one line of a delivery at the front door, and its metrics.

    `previous_token`: it came to the URL that was in use before a rotation.
    """
    facts = _facts(result)
    _logger.info(
        "delivery",
        **facts,
        status=status,
        kept=result.saved_in.value,
        previous_token=previous_token,
        milliseconds=round(seconds * 1000, 1),
    )
    _measure(
        {
            "Deliveries": 1,
            "PreviousToken": previous_token,
            "EmptyDeliveries": _is_empty_json(result.delivery),
            "LateUnexplained": _late_unexplained(result),
            "DeliveriesQuarantined": result.state is State.QUARANTINED,
            "UnknownFields": len(result.unknown_fields),
        }
    )


def recovered(recovered: Recovered, seconds: float) -> None:
    """Write the one line of a recovery's attempt on a delivery, and its metrics."""
    facts = _facts(recovered.result) if recovered.result else {"delivery_id": recovered.delivery_id}
    _logger.info(
        "recovery",
        **facts | {"state": recovered.state.value},
        attempts=recovered.attempts,
        error=str(recovered.error) if isinstance(recovered.error, StoreUnavailable) else None,
        milliseconds=round(seconds * 1000, 1),
    )
    if recovered.error and not isinstance(recovered.error, StoreUnavailable):
        defect(recovered.error)
    _measure(
        {
            "DeliveriesFailed": recovered.state is State.FAILED,
            "DeliveriesQuarantined": recovered.state is State.QUARANTINED,
            "UnknownFields": len(recovered.result.unknown_fields) if recovered.result else 0,
        }
    )


def open_deliveries(ages: Sequence[float]) -> None:
    """Measure how many deliveries are open, and for how long (in seconds) the oldest of them.

    No delivery is counted, too: an hour of silence then has a sum that an alarm can see.
    """
    metrics = _metrics()
    metrics.add_metric("Deliveries", MetricUnit.Count, 0)
    metrics.add_metric("DeliveriesOpen", MetricUnit.Count, len(ages))
    metrics.add_metric("OldestOpenDelivery", MetricUnit.Seconds, max(ages, default=0))
    metrics.flush_metrics()


def message_not_saved(message_id: str, error: Exception) -> None:
    """Note a message of the recovery queue that could not be kept, by SQS's id; the queue keeps it."""
    if isinstance(error, StoreUnavailable):
        _logger.error("not taken over", message_id=message_id, failure=str(error))
    else:
        _logger.error("not taken over", message_id=message_id, failure=type(error).__name__)


def not_handed_out(failure: StoreUnavailable) -> None:
    """Note that not all open deliveries got an invocation of their own; the next run hands them out again."""
    _logger.warning("not handed out", failure=str(failure))


def gateway_time_unusable() -> None:
    """Note that a delivery was stamped by our own clock, since the gateway's time is missing or far off."""
    _measure({"GatewayTimeUnusable": 1})


def _is_empty_json(delivery: Delivery) -> bool:
    """Tell whether nothing came where JSON was announced: what PHP sends when its json_encode fails."""
    return not delivery.body.strip() and "json" in delivery.content_type.lower()


def _late_unexplained(result: Result) -> int:
    """Count the records that lost to a state received so much later that no race explains it."""
    return sum(
        received_seconds(each.overtaken_by) - received_seconds(result.delivery.id) > _UNDER_WAY_SECONDS
        for each in result.outcomes
        if each.overtaken_by
    )


def _facts(result: Result) -> dict[str, Any]:
    """Give what a log line says of a delivery: ids, kinds, counts; never a value of a record."""
    return {
        "delivery_id": result.delivery.id,
        "state": result.state.value,
        "fault": result.problem.fault.value if result.problem else None,
        "bytes": len(result.delivery.body),
        "records": len(result.outcomes),
        "kinds": dict(Counter(outcome.kind for outcome in result.outcomes if outcome.kind)),
        "verdicts": dict(Counter(outcome.verdict.value for outcome in result.outcomes)),
        "rejected": dict(
            Counter(
                outcome.kind or "unknown"
                for outcome in result.outcomes
                if outcome.verdict is Verdict.REJECTED
            )
        ),
        "warnings": sum(len(outcome.warnings) for outcome in result.outcomes),
        "unknown_fields": len(result.unknown_fields),
        "failures": dict(Counter(f"{failure.store}: {failure.code}" for failure in result.failures)),
    }


def _measure(counts: Mapping[str, int]) -> None:
    """Count what happened. What did not is no metric: each costs by the hour in which it is sent."""
    happened = {name: count for name, count in counts.items() if count}
    if happened:
        metrics = _metrics()
        for name, count in happened.items():
            metrics.add_metric(name, MetricUnit.Count, count)
        metrics.flush_metrics()


def _metrics() -> EphemeralMetrics:
    # One object for each delivery: the shared one of Powertools is not made for threads (the local stack's).
    # The dimension is the stack, which the template names: else two stacks in one account would set off, and
    # hide, each other's alarms.
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
    return EphemeralMetrics(namespace=_NAMESPACE, service=service)


def denied(wrong: Literal["token", "source"]) -> None:
    """Note a wrong token or source; not which."""
    _logger.warning("not admitted", wrong=wrong)


def token_refresh_failed(failure: StoreUnavailable) -> None:
    """Note that the token known last serves, since no fresh one could be read."""
    _logger.warning("token not renewed", failure=f"{failure.store}: {failure.code}")
    _measure({"TokenFailures": 1})


def auth_unavailable(failure: StoreUnavailable) -> None:
    """Note that no token is known, so that nobody can be let in."""
    _logger.error("nobody let in", failure=f"{failure.store}: {failure.code}")
    _measure({"TokenFailures": 1})


def misconfigured(error: SettingsError) -> None:
    """Note what the function's environment lacks."""
    _logger.error("misconfigured", settings=str(error))


def defect(error: Exception) -> None:
    """Note an error of ours: its type and where, without its message, which may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    _logger.error("defect", error=type(error).__name__, where=where)

"""The back door: finishes open deliveries, by schedule and from the recovery queue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.queues import read_enqueued
from handlers import bootstrap, telemetry
from handlers.bootstrap import Receiver
from handlers.invocation import deadline
from ingest.recover import due, is_one_away, recover_each
from models.clock import moment
from models.deadline import Deadline
from models.delivery import Delivery, Turn
from models.failures import StoreUnavailable

_HAND_OUT_SECONDS = 10


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take the messages of the recovery queue, or, on any other event, the open deliveries of the inbox.

    Returns
    -------
    dict
        `batchItemFailures` (the messages that the queue must keep; Lambda's partial batch response), and
        `recovered`: the number of deliveries by the state that the inbox has them in now.

    Raises
    ------
    StoreUnavailable, settings.SettingsError
        Where the inbox can't be listed, or the environment is not complete; the next run tries again.
    """
    receiver = bootstrap.receiver()
    until = deadline(context, receiver.clock)
    if "Records" in event:
        turns, failed = _take_over(event["Records"], receiver, until)
        return {"batchItemFailures": failed, "recovered": _recover(turns, receiver, until)}
    waiting, now = receiver.stores.inbox.list_open(until), moment(receiver.clock.time_ns())
    turns = due(waiting, now, timedelta(seconds=receiver.settings.recover_after_seconds))
    ages = [max(0.0, (now - delivery.received_at).total_seconds()) for delivery in waiting]
    telemetry.open_deliveries(ages)
    if is_one_away(waiting) and len(turns) > 1:
        _hand_out(turns, receiver, until)
    return {"batchItemFailures": [], "recovered": _recover(turns, receiver, until)}


def _hand_out(turns: Sequence[Turn], receiver: Receiver, until: Deadline) -> None:
    """Give each delivery an invocation of its own beside this one, which any of them may kill."""
    try:
        receiver.stores.recovery.hand_out(turns, until.at_most(_HAND_OUT_SECONDS))
    except StoreUnavailable as failure:
        telemetry.not_handed_out(failure)


def _take_over(
    messages: Sequence[Mapping[str, Any]], receiver: Receiver, until: Deadline
) -> tuple[list[Turn], list[dict[str, str]]]:
    """Bring all messages into the inbox first: there they are safe, whatever becomes of the rest."""
    turns: list[Turn] = []
    failed: list[dict[str, str]] = []
    for message in messages:
        try:
            turn = _turn(read_enqueued(message["body"]), receiver, until)
        except Exception as error:  # noqa: BLE001 - a message that can't be saved must not stop the others
            telemetry.message_not_saved(message["messageId"], error)
            failed.append({"itemIdentifier": message["messageId"]})
        else:
            if turn:
                turns.append(turn)
    return turns, failed


def _turn(sent: Delivery | Turn, receiver: Receiver, until: Deadline) -> Turn | None:
    """Save what was sent whole; None where the inbox had it.

    Its message may have killed the run before, so that is left to the schedule.
    """
    if isinstance(sent, Turn):
        return sent
    return Turn(sent.id, attempts=1) if receiver.stores.inbox.save(sent, until).is_new else None


def _recover(turns: Iterable[Turn], receiver: Receiver, until: Deadline) -> dict[str, int]:
    counts: Counter[str] = Counter()
    clock = receiver.clock
    started = clock.monotonic()
    for recovered in recover_each(turns, receiver.stores, clock, until):
        counts[recovered.state] += 1
        telemetry.recovered(recovered, clock.monotonic() - started)
        started = clock.monotonic()
    return dict(counts)

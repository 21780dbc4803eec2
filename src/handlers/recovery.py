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
from ingest.recover import due, recover_each
from models.clock import moment
from models.deadline import Deadline


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
        new, failed = _save(event["Records"], receiver, until)
        return {"batchItemFailures": failed, "recovered": _recover(new, receiver, until)}
    waiting, now = receiver.stores.inbox.list_open(until), moment(receiver.clock.time_ns())
    ids = due(waiting, now, timedelta(seconds=receiver.settings.recover_after_seconds))
    ages = [max(0.0, (now - delivery.received_at).total_seconds()) for delivery in waiting]
    telemetry.open_deliveries(ages)
    return {"batchItemFailures": [], "recovered": _recover(ids, receiver, until)}


def _save(
    messages: Sequence[Mapping[str, Any]], receiver: Receiver, until: Deadline
) -> tuple[list[str], list[dict[str, str]]]:
    """Bring all messages into the inbox first: there they are safe, whatever becomes of the rest.

    Returns
    -------
    tuple
        The deliveries to finish now: those that the inbox did not have. A message that comes again may have
        killed the run before, so its delivery is left to the schedule.
    """
    new: list[str] = []
    failed: list[dict[str, str]] = []
    for message in messages:
        try:
            delivery = read_enqueued(message["body"])
            saved = receiver.stores.inbox.save(delivery, until)
        except Exception as error:  # noqa: BLE001 - a message that can't be saved must not stop the others
            telemetry.message_not_saved(message["messageId"], error)
            failed.append({"itemIdentifier": message["messageId"]})
        else:
            if saved.is_new:
                new.append(delivery.id)
    return new, failed


def _recover(ids: Iterable[str], receiver: Receiver, until: Deadline) -> dict[str, int]:
    counts: Counter[str] = Counter()
    clock = receiver.clock
    started = clock.monotonic()
    for recovered in recover_each(ids, receiver.stores, clock, until):
        counts[recovered.state] += 1
        telemetry.recovered(recovered, clock.monotonic() - started)
        started = clock.monotonic()
    return dict(counts)

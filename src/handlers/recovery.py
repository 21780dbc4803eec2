"""The back door: finishes open deliveries, by schedule and from the recovery queue."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aws.queues import handed_over
from handlers import report
from handlers.webhook import Context
from handlers.wiring import Receiver, TimeLeft, receiver
from ingest.recover import due, recover_each
from models.failures import Patience


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Take the messages of the recovery queue, or, on any other event, the open deliveries of the inbox.

    Returns
    -------
    dict
        `batchItemFailures` (the messages that the queue shall keep; Lambda's partial batch response), and
        `recovered`: the number of deliveries by the state that the inbox has them in now.

    Raises
    ------
    StoreUnavailable, settings.SettingsError
        Where the inbox can't be listed, or the environment is not complete; the next run tries again.
    """
    patience = TimeLeft(context.get_remaining_time_in_millis)
    if "Records" in event:
        kept, failed = _keep(event["Records"], receiver(), patience)
        return {"batchItemFailures": failed, "recovered": _recover(kept, receiver(), patience)}
    waiting, now = receiver().stores.inbox.waiting(), _now()
    ids = due(waiting, now, timedelta(seconds=receiver().recover_after_seconds))
    report.waiting([(now - delivery.received_at).total_seconds() for delivery in waiting])
    return {"batchItemFailures": [], "recovered": _recover(ids, receiver(), patience)}


def _keep(
    messages: Sequence[Mapping[str, Any]], to: Receiver, patience: Patience
) -> tuple[list[str], list[dict[str, str]]]:
    """Bring all messages into the inbox first: there they are safe, whatever becomes of the rest."""
    kept: list[str] = []
    failed: list[dict[str, str]] = []
    for message in messages:
        try:
            delivery = handed_over(message["body"])
            to.stores.inbox.keep(delivery, patience)
        except Exception as error:  # noqa: BLE001 - a message that can't be kept must not stop the others
            report.not_taken_over(message["messageId"], error)
            failed.append({"itemIdentifier": message["messageId"]})
        else:
            kept.append(delivery.id)
    return kept, failed


def _recover(ids: Iterable[str], to: Receiver, patience: Patience) -> dict[str, int]:
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    for recovered in recover_each(ids, to.stores, _now, patience):
        counts[recovered.state] += 1
        report.recovered(recovered, time.perf_counter() - started)
        started = time.perf_counter()
    return dict(counts)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)

"""The way of one delivery: keep, understand, compare, store, publish, close."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from ingest.fan_out import FanOut, by_key
from ingest.ports import Stores
from ingest.understand import Understood, understand
from models.delivery import Delivery
from models.failures import OutOfTime, Patience, StoreUnavailable
from models.outcome import Kept, Outcome, Result, State
from models.record import Current, Key

Answer = TypeVar("Answer")

# What handing a delivery over to the recovery queue may take; the inbox gets the rest of the time.
_HAND_OVER_SECONDS = 8


def receive(delivery: Delivery, stores: Stores, patience: Patience) -> Result:
    """Take one delivery in.

    Returns
    -------
    Result
        A verdict for every record. Where `kept` is not `NOWHERE`, nothing of it can be lost any more.
        Never raises for what the sender wrote or a store does.
    """
    keeping = stores.pool.submit(stores.inbox.keep, delivery, patience)
    understood = understand(delivery)
    fan_out = FanOut(delivery, stores, patience)
    read = _read(understood, fan_out)
    try:
        parts = _within(patience.left() - _HAND_OVER_SECONDS, keeping, "deliveries table")
    except StoreUnavailable as failure:
        fan_out.failures.append(failure)
        return _result(_hand_over(delivery, fan_out), understood, fan_out)
    return _finish(understood, fan_out, read, parts)


def finish(delivery: Delivery, parts: int, stores: Stores, patience: Patience) -> Result:
    """Go the rest of the way with a delivery that the inbox keeps; any step may have been done before.

    Parameters
    ----------
    parts
        In how many parts the inbox keeps its body, beside its head.
    """
    understood = understand(delivery)
    fan_out = FanOut(delivery, stores, patience)
    return _finish(understood, fan_out, _read(understood, fan_out), parts)


def _finish(
    understood: Understood, fan_out: FanOut, read: Mapping[Key, Current] | None, parts: int
) -> Result:
    stores, patience = fan_out.stores, fan_out.patience
    if read is not None:
        fan_out.run(understood.records, read)
    result = _result(Kept.INBOX, understood, fan_out)
    if result.state is State.OPEN:
        return result
    closing = stores.pool.submit(stores.inbox.close, result, parts, patience)
    try:
        _within(patience.left(), closing, "deliveries table")
    except StoreUnavailable as failure:
        # All is stored and published; recovery will find that out and close it.
        return replace(result, failures=(*result.failures, failure))
    return replace(result, closed=True)


def _read(understood: Understood, fan_out: FanOut) -> Mapping[Key, Current] | None:
    """Read the current states while the inbox keeps the delivery; None where the store did not answer."""
    keys = tuple(by_key(understood.records))
    try:
        return fan_out.stores.records.read(keys, fan_out.patience) if keys else {}
    except StoreUnavailable as failure:
        fan_out.failures.append(failure)
        return None


def _within(seconds: float, call: Future[Answer], store: str) -> Answer:
    """Wait for a call that was given to the pool, but not for one that hangs."""
    try:
        return call.result(timeout=max(0, seconds))
    except TimeoutError:
        raise OutOfTime(store) from None


def _hand_over(delivery: Delivery, fan_out: FanOut) -> Kept:
    stores, patience = fan_out.stores, fan_out.patience
    handing_over = stores.pool.submit(stores.recovery.hand_over, delivery, patience)
    try:
        _within(patience.left(), handing_over, "recovery queue")
    except StoreUnavailable as failure:
        fan_out.failures.append(failure)
        return Kept.NOWHERE
    return Kept.RECOVERY_QUEUE


def _result(kept: Kept, understood: Understood, fan_out: FanOut) -> Result:
    return Result(
        delivery=fan_out.delivery,
        kept=kept,
        outcomes=tuple(_outcome(outcome, fan_out) for outcome in understood.outcomes),
        problem=understood.problem,
        failures=tuple(fan_out.failures),
    )


def _outcome(outcome: Outcome, fan_out: FanOut) -> Outcome:
    """Fill in what became of a record that was understood."""
    change = fan_out.changes.get(outcome.position)
    if change is None:
        return outcome
    published = outcome.position not in fan_out.unpublished
    return replace(outcome, verdict=change.verdict, version=change.version, published=published)

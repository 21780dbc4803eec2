"""The way of one delivery: save, parse, compare, store, publish, close."""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from typing import TypeVar

from ingest.fan_out import FanOut
from ingest.parse import Parsed, parse
from ingest.ports import Stores
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import OutOfTime, StoreUnavailable
from models.outcome import Outcome, Result, SavedIn, State

Answer = TypeVar("Answer")

# The inbox may take all the time but this, which the recovery queue needs if the inbox fails.
_ENQUEUE_SECONDS = 8


def receive(delivery: Delivery, stores: Stores, deadline: Deadline) -> Result:
    """Take one delivery in.

    Returns
    -------
    Result
        A verdict for every record. Where `saved_in` is not `NOWHERE`, nothing of the delivery can be lost any
        more. Never raises for what the sender wrote or a store does.
    """
    started = deadline.clock.monotonic()
    saving = stores.pool.submit(stores.inbox.save, delivery, deadline)
    parsed = parse(delivery)
    fan_out = FanOut(delivery, parsed.records, stores, deadline)
    fan_out.read()
    try:
        saved = _wait(saving, deadline.remaining() - _ENQUEUE_SECONDS, "deliveries table")
    except StoreUnavailable as failure:
        return _enqueue(parsed, fan_out, failure)
    return _finish(parsed, fan_out, saved.parts, started)


def finish(
    delivery: Delivery,
    parts: int,
    stores: Stores,
    deadline: Deadline,
    unfinished: Collection[int] | None = None,
) -> Result:
    """Take a delivery that the inbox has the rest of the way; every step may have been done before.

    Parameters
    ----------
    parts
        The number of items that hold its body beside the head.
    unfinished
        Positions of the records that may not be finished, if that is known.
    """
    parsed = parse(delivery)
    fan_out = FanOut(delivery, parsed.records, stores, deadline, unfinished)
    fan_out.read()
    return _finish(parsed, fan_out, parts)


def _finish(parsed: Parsed, fan_out: FanOut, parts: int, started: float | None = None) -> Result:
    """Go the way from the inbox on; `started` where the sender waits for the answer."""
    fan_out.run()
    inbox, deadline = fan_out.stores.inbox, fan_out.deadline
    result = _result(SavedIn.INBOX, parsed, fan_out, fan_out.failures)
    if started is not None:
        result = result._replace(milliseconds=round((deadline.clock.monotonic() - started) * 1000))
    closes = result.state is not State.OPEN
    if closes:
        writing = fan_out.stores.pool.submit(inbox.close, result, parts, deadline)
    elif started is not None and deadline.remaining() > 0:
        writing = fan_out.stores.pool.submit(inbox.leave_open, result, deadline)
    else:
        return result
    try:
        _wait(writing, deadline.remaining(), "deliveries table")
    except StoreUnavailable as failure:
        # What is stored and published stays so; recovery finds that out, and closes the delivery.
        return result._replace(failures=(*result.failures, failure))
    return result._replace(closed=closes)


def _enqueue(parsed: Parsed, fan_out: FanOut, failure: StoreUnavailable) -> Result:
    """Save a delivery in the recovery queue, because the inbox failed."""
    stores, failures = fan_out.stores, [*fan_out.failures, failure]
    enqueuing = stores.pool.submit(stores.recovery.enqueue, fan_out.delivery, fan_out.deadline)
    try:
        _wait(enqueuing, fan_out.deadline.remaining(), "recovery queue")
    except StoreUnavailable as second:
        return _result(SavedIn.NOWHERE, parsed, fan_out, [*failures, second])
    return _result(SavedIn.RECOVERY_QUEUE, parsed, fan_out, failures)


def _wait(call: Future[Answer], seconds: float, store: str) -> Answer:
    """Wait for a call that the pool makes, but not for one that hangs."""
    try:
        return call.result(timeout=max(0, seconds))
    except TimeoutError:
        raise OutOfTime(store) from None


def _result(
    saved_in: SavedIn, parsed: Parsed, fan_out: FanOut, failures: Sequence[StoreUnavailable]
) -> Result:
    return Result(
        delivery=fan_out.delivery,
        saved_in=saved_in,
        outcomes=tuple(_outcome(outcome, fan_out) for outcome in parsed.outcomes),
        problem=parsed.problem,
        failures=tuple(failures),
    )


def _outcome(outcome: Outcome, fan_out: FanOut) -> Outcome:
    """Fill in what became of a record."""
    change = fan_out.changes.get(outcome.position)
    if change is None:
        return outcome
    published = outcome.position not in fan_out.unpublished
    return outcome._replace(
        verdict=change.verdict,
        version=change.version,
        published=published,
        warnings=(*outcome.warnings, *change.warnings),
        overtaken_by=change.overtaken_by,
    )

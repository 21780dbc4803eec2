"""Calls that a busy service refuses are made again, for as long as there is time."""

from collections.abc import Callable
from typing import Final, TypeVar

from aws.client import store_errors
from models.deadline import Deadline
from models.failures import OutOfTime, StoreUnavailable

Answer = TypeVar("Answer")

THROTTLED: Final = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
        "Throttling",
        "RequestThrottled",
        "KmsThrottled",
    }
)
"""Error codes by which DynamoDB and SQS say that they have too much to do (their API references).

botocore has tried such a call three times by then: enough for a second's overload, not for a new table."""


def persist(store: str, deadline: Deadline, call: Callable[[], Answer]) -> Answer:
    """Make a call, again and again while it is throttled.

    Raises
    ------
    StoreUnavailable
        If it fails otherwise, or is still throttled when the time is over.
    """
    attempt = 0
    while True:
        if deadline.remaining() <= 0:
            raise OutOfTime(store)
        try:
            with store_errors(store):
                return call()
        except StoreUnavailable as failure:
            attempt += 1
            if failure.code not in THROTTLED or not deadline.backoff(attempt):
                raise

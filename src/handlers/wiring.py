"""Puts the stores behind the work: the only place that knows both."""

import gc
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from aws.client import CONCURRENT_CALLS, connect
from aws.deliveries_table import DeliveriesTable
from aws.queues import RecordsQueue, RecoveryQueue
from aws.records_table import RecordsTable
from aws.token import Token
from ingest.ports import Stores
from settings import Network, Settings

# What the answer itself takes, from the last store's call to the gateway.
_ANSWER_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Receiver:
    """All that a delivery needs; built once for each process, at its first request."""

    stores: Stores
    token: Token
    recover_after_seconds: int
    allowed_sources: tuple[Network, ...] = ()

    def may_post(self, source: str) -> bool:
        """Tell whether this address is in a network that may post; where none is named, all may."""
        if not self.allowed_sources:
            return True
        try:
            address = ip_address(source)
        except ValueError:
            return False
        return any(address in network for network in self.allowed_sources)


# At the first request and never at import: what is built at import is in SnapStart's snapshot, and every copy
# would wake up with the same connections, credentials and token, of an hour or a week ago.
@cache
def receiver() -> Receiver:
    """Build it from the environment.

    Raises
    ------
    settings.SettingsError
        If the environment is not complete.
    """
    settings = Settings.from_environment(os.environ)
    # Records are many small objects and hold no circles: to look for some takes a tenth of a large delivery.
    gc.set_threshold(50_000)
    random.seed()  # a snapshot's copies would wait alike before they try again, here and in botocore
    clients = connect()
    pool = ThreadPoolExecutor(CONCURRENT_CALLS, thread_name_prefix="store")
    stores = Stores(
        inbox=DeliveriesTable(
            clients.dynamodb,
            settings.deliveries_table,
            settings.retention_days,
            settings.quarantine_retention_days,
        ),
        records=RecordsTable(clients.dynamodb, settings.records_table, pool),
        messages=RecordsQueue(clients.sqs, settings.records_queue_url, settings.records_table, pool),
        recovery=RecoveryQueue(clients.sqs, settings.recovery_queue_url),
        pool=pool,
    )
    token = Token(clients.secretsmanager, settings.token_secret, time.monotonic)
    return Receiver(stores, token, settings.recover_after_seconds, settings.allowed_sources)


class TimeLeft:
    """Lambda's clock as patience; see models.failures.Patience."""

    def __init__(self, remaining_milliseconds: Callable[[], int]) -> None:
        self._remaining_milliseconds = remaining_milliseconds

    def left(self) -> float:
        """Give the seconds left before the answer must be written; may be negative."""
        return self._remaining_milliseconds() / 1000 - _ANSWER_SECONDS

    def share(self, seconds: float) -> "TimeLeft":
        """Set aside at most so much of it, from now on, for one piece of the work."""
        end = time.monotonic() + seconds + _ANSWER_SECONDS

        def remaining_milliseconds() -> int:
            return min(self._remaining_milliseconds(), round((end - time.monotonic()) * 1000))

        return TimeLeft(remaining_milliseconds)

    def pause(self, attempt: int) -> bool:
        """Sleep up to 50 ms, 100 ms, … 1.6 s, at random; False, at once, where no time is left for it."""
        seconds = random.uniform(0, 0.05 * 2 ** min(attempt - 1, 5))  # noqa: S311 - jitter, no secret
        if seconds >= self.left():
            return False
        time.sleep(seconds)
        return True

"""Composition: the clients, the stores and the clock of one process."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

from aws.client import CONCURRENT_CALLS, Clients, connect
from aws.deliveries_table import DeliveriesTable
from aws.queues import RecordsQueue, RecoveryQueue
from aws.records_table import RecordsTable
from aws.token import Token
from ingest.ports import Stores
from models.clock import Clock
from settings import Settings


class Receiver(NamedTuple):
    """All that a delivery needs."""

    settings: Settings
    stores: Stores
    token: Token
    clock: Clock


# Built at the first request, never at import: an import runs before SnapStart's snapshot, and all copies of a
# snapshot would share its connections, credentials and token, however old.
@cache
def receiver() -> Receiver:
    """Build this process's receiver from its environment.

    Raises
    ------
    settings.SettingsError
        If the environment is not complete.
    """
    settings = Settings.from_environment(os.environ)
    # All copies of a SnapStart snapshot would draw the same random pauses between botocore's attempts.
    random.seed()
    return compose(settings, connect(), time, threads=CONCURRENT_CALLS)


def compose(settings: Settings, clients: Clients, clock: Clock, threads: int) -> Receiver:
    """Put the stores together; `threads` is the number of calls that may run at the same time."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
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
    token = Token(clients.secretsmanager, settings.token_secret, clock)
    return Receiver(settings, stores, token, clock)

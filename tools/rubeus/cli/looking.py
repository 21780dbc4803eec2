"""What the commands that look need of a target."""

import time
from typing import TYPE_CHECKING

from models.clock import moment
from rubeus.operating.trace import leave
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.token import read_secret, webhook_url
from rubeus.reading.traces import Trace

if TYPE_CHECKING:
    from rubeus.stack.target import Target


def inbox(target: "Target") -> Deliveries:
    """Give what reads the deliveries table."""
    return Deliveries(target.dynamodb, target.ids["DeliveriesTable"])


def records(target: "Target") -> Records:
    """Give what reads the records table."""
    return Records(target.dynamodb, target.ids["RecordsTable"])


def trace(target: "Target", what: str, reason: str | None) -> None:
    """Leave a trace of a look at personal data, or for a person by theirs, on a deployed stack."""
    if target.endpoint is None:
        at = moment(time.time_ns())
        leave(records(target), Trace(at, target.caller(), what, (reason or "").strip()))


def url(target: "Target") -> str:
    """Give the URL to paste into Rubeus."""
    base = target.api_url
    _, secret = read_secret(target.secretsmanager, target.ids["TokenSecret"])
    return webhook_url(base, secret["token"])

"""Leave a trace of whoever has personal data shown on a deployed stack."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from aws.delivery_items import TTL_ATTRIBUTE
from models.clock import timestamp
from rubeus.reading.records import Records
from rubeus.reading.traces import Trace, partition

if TYPE_CHECKING:
    from aws.item_codec import Attributes


_KEPT = timedelta(days=365)


def leave(records: Records, trace: Trace) -> None:
    """Write a trace, kept for a year; before anything is shown, since without it nothing may be.

    On AWS it needs dynamodb:PutItem on the records table.
    """
    item: Attributes = {
        "pk": {"S": partition(f"{trace.at:%Y-%m}")},
        # Two at the same moment must not replace each other.
        "sk": {"S": f"{timestamp(trace.at)}#{secrets.token_hex(4)}"},
        "at": {"S": timestamp(trace.at)},
        "who": {"S": trace.who},
        "what": {"S": trace.what},
        "why": {"S": trace.why},
        TTL_ATTRIBUTE: {"N": str(int((trace.at + _KEPT).timestamp()))},
    }
    records.dynamodb.put_item(TableName=records.table, Item=item)

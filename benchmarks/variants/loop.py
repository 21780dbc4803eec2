"""The loop that a tutorial teaches: for each record `put_item`, then `send_message`."""

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks.variants import door


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Store and send every record, one after the other."""
    if not door.admitted(event):
        return {"statusCode": 401}
    table, sqs = door.stores()
    received_at, request_id = datetime.now(UTC).isoformat(), uuid.uuid4().hex
    records = door.records(event)
    for record in records:
        table.put_item(Item=door.item(record, received_at))
        message = door.message(record, request_id)
        sqs.send_message(
            QueueUrl=os.environ["RECORDS_QUEUE_URL"],
            MessageBody=message.body,
            MessageGroupId=message.group,
            MessageDeduplicationId=message.deduplication_id,
        )
    return {"statusCode": 200, "body": f"{len(records)} stored"}

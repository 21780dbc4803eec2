"""What comes to mind next: `batch_writer` for all records, then `send_message_batch`, ten at a time."""

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks.variants import door

# SQS takes ten messages in a call.
_BATCH = 10


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Store all records, then send all messages, one call after the other."""
    if not door.admitted(event):
        return {"statusCode": 401}
    table, sqs = door.stores()
    received_at, request_id = datetime.now(UTC).isoformat(), uuid.uuid4().hex
    records = door.records(event)
    with table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
        for record in records:
            batch.put_item(Item=door.item(record, received_at))
    for at in range(0, len(records), _BATCH):
        messages = [door.message(record, request_id) for record in records[at : at + _BATCH]]
        answer = sqs.send_message_batch(
            QueueUrl=os.environ["RECORDS_QUEUE_URL"],
            Entries=[
                {
                    "Id": str(number),
                    "MessageBody": message.body,
                    "MessageGroupId": message.group,
                    "MessageDeduplicationId": message.deduplication_id,
                }
                for number, message in enumerate(messages)
            ],
        )
        if answer.get("Failed"):
            # Whoever posted has to post again.
            return {"statusCode": 503, "body": f"{at} sent"}
    return {"statusCode": 200, "body": f"{len(records)} stored"}

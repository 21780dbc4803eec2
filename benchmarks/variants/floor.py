"""The floor: the receiver's promise and stored form with nothing between it and the wire.

The same steps (keep and read at the same time, store, publish, close), conditions, items and messages, but
written as text at once, signed by hand and sent by `http.client`. To judge and to compare is the promise
itself, so the receiver's own pure parts do that here too. It leaves out what the benchmark does not reach:
where a call fails the delivery stays open (202) for recovery, and links, other forms than the native map and
two records of one key are refused.
"""

import base64
import gzip
import hmac
import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

from aws.delivery_items import HEAD, body_part, closing, head, key
from aws.item_codec import chunks, decode
from benchmarks.variants.floor_text import entry, writes
from benchmarks.variants.signed import Service, ServiceError
from ingest.compare import compare
from ingest.fan_out import group_by_key
from ingest.parse import parse
from models.change import Plan
from models.delivery import Delivery, receive_at
from models.message import message
from models.outcome import Outcome, Result, SavedIn
from models.record import Current, History, Key, Version

_ITEMS = 100  # in a transaction: a version and the current state, or a repeat alone
_KEYS = 100
_MESSAGES = 10
_MAX_BODY_IN_HEAD = 200_000

_dynamodb = Service("dynamodb", "DynamoDB_20120810")
_sqs = Service("sqs", "AmazonSQS")
_secrets = Service("secretsmanager", "secretsmanager")
_pool = ThreadPoolExecutor(16)
_records_table, _deliveries_table = os.environ["RECORDS_TABLE"], os.environ["DELIVERIES_TABLE"]


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Answer one delivery."""
    if not hmac.compare_digest(event["pathParameters"]["token"].encode(), _token()):
        return {"statusCode": 401}
    identifier, received_at = receive_at(time.time_ns(), os.urandom(8))
    delivery = Delivery(identifier, received_at, event["body"].encode(), event["headers"]["content-type"])
    try:
        _receive(delivery)
    except ServiceError:
        return {"statusCode": 202}
    return {"statusCode": 200, "body": json.dumps({"protocolo": delivery.id})}


def _receive(delivery: Delivery) -> None:
    keeping = _pool.submit(_keep, delivery)
    parsed = parse(delivery)
    groups = group_by_key(parsed.records)
    read = _all(_read, list(groups), _KEYS)
    keeping.result()
    states = {key: state for page in read for key, state in page.items()}
    plans = [compare(key, states.get(key), History(()), records) for key, records in groups.items()]
    store = partial(_store_and_publish, delivery)
    _all(store, [plan for plan in plans if plan.versions], _ITEMS // 2)
    _all(store, [plan for plan in plans if not plan.versions], _ITEMS)
    changes = {change.record.position: change for plan in plans for change in plan.changes}
    _close(delivery, [_outcome(outcome, changes) for outcome in parsed.outcomes])


def _all(call: Any, elements: Sequence[Any], size: int) -> list[Any]:  # noqa: ANN401 - any of the calls below
    """Make calls of so many elements each at the same time; one in this thread, so a single one is cheap."""
    if not elements:
        return []
    first, *others = (elements[at : at + size] for at in range(0, len(elements), size))
    running = [_pool.submit(call, other) for other in others]
    return [call(first), *(each.result() for each in running)]


@cache
def _token() -> bytes:
    answer = json.loads(_secrets.call("GetSecretValue", _json(SecretId=os.environ["TOKEN_SECRET"])))
    return bytes(json.loads(answer["SecretString"])["token"].encode())


def _json(**request: Any) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(request, default=lambda value: base64.b64encode(value).decode()).encode()


def _keep(delivery: Delivery) -> None:
    packed = gzip.compress(delivery.body, mtime=0)
    parts = chunks(packed) if len(packed) > _MAX_BODY_IN_HEAD else ()
    for number, part in enumerate(parts, 1):
        item = key(delivery.id, body_part(number)) | {"body": {"B": part}}
        _dynamodb.call("PutItem", _json(TableName=_deliveries_table, Item=item))
    condition = "attribute_not_exists(delivery_id)"
    item = head(delivery, packed, len(parts))
    _dynamodb.call("PutItem", _json(TableName=_deliveries_table, Item=item, ConditionExpression=condition))


def _read(keys: Sequence[Key]) -> dict[Key, Current]:
    asked = [{"pk": {"S": str(key)}, "sk": {"S": "current"}} for key in keys]
    request = _json(RequestItems={_records_table: {"Keys": asked, "ConsistentRead": True}})
    found = json.loads(_dynamodb.call("BatchGetItem", request))["Responses"].get(_records_table, ())
    return {Key(item["kind"]["S"], item["id"]["S"]): _current(item) for item in found}


def _current(item: dict[str, Any]) -> Current:
    version = Version(int(item["version"]["N"]), item["receipt"]["S"], item["content_hash"]["S"])
    return Current(version, item["last_receipt"]["S"], item["first_received_at"]["S"], partial(decode, item))


def _store_and_publish(delivery: Delivery, plans: Sequence[Plan]) -> None:
    """Publish what a transaction stored as soon as it has: nobody waits for the slowest one."""
    text = ", ".join(writes(delivery, plan) for plan in plans)
    _dynamodb.call("TransactWriteItems", f'{{"TransactItems": [{text}]}}'.encode())
    owed = [message(change, delivery) for plan in plans for change in plan.changes if change.publishes]
    for at in range(0, len(owed), _MESSAGES):
        entries = [entry(number, each) for number, each in enumerate(owed[at : at + _MESSAGES])]
        answer = _sqs.call(
            "SendMessageBatch", _json(QueueUrl=os.environ["RECORDS_QUEUE_URL"], Entries=entries)
        )
        if json.loads(answer).get("Failed"):
            raise ServiceError(answer)


def _outcome(outcome: Outcome, changes: Mapping[int, Any]) -> Outcome:
    change = changes.get(outcome.position)
    return outcome._replace(verdict=change.verdict, version=change.version) if change else outcome


def _close(delivery: Delivery, outcomes: Sequence[Outcome]) -> None:
    values = closing(Result(delivery, SavedIn.INBOX, tuple(outcomes), milliseconds=0))
    values["expires_at"] = {"N": str(int(delivery.received_at.timestamp()) + 30 * 86_400)}
    request = _json(
        TableName=_deliveries_table,
        Key=key(delivery.id, HEAD),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values) + " REMOVE state_shard",
        ConditionExpression="attribute_exists(delivery_id)",
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )
    _dynamodb.call("UpdateItem", request)

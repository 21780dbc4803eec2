"""DynamoDB's and SQS's documented limits, held where an engine for tests is laxer than AWS."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

# "Service, account, and table quotas in Amazon DynamoDB", and the API reference of each operation.
_KILOBYTE = 1024
ITEM_BYTES = 400 * _KILOBYTE
TRANSACTION_BYTES = 4_000_000
TRANSACTION_ITEMS = 100
BATCH_GETS, BATCH_WRITES = 100, 25
REQUEST_BYTES = 16 * _KILOBYTE * _KILOBYTE
PARTITION_KEY_BYTES, SORT_KEY_BYTES = 2048, 1024
NAME_BYTES = 64 * _KILOBYTE - 1
EXPRESSION_BYTES, VALUE_BYTES = 4 * _KILOBYTE, 2 * _KILOBYTE * _KILOBYTE
LEVELS = 32
# "Amazon SQS message quotas".
MESSAGE_BYTES, MESSAGES = 1_048_576, 10

KEYS = {
    "pk": PARTITION_KEY_BYTES,
    "sk": SORT_KEY_BYTES,
    "delivery_id": PARTITION_KEY_BYTES,
    "part": SORT_KEY_BYTES,
}
INDEX_KEYS = {"codigo", "cpf", "email", "day", "state_shard"}


class LimitExceededError(AssertionError):
    """AWS would refuse this call."""


class Limits:
    """Checks every call that is sent; remembers how big each item is, since an update adds to it."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[str, str], dict[str, int]] = {}

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: object) -> None:
        """Stand before the sending; an event handler of `before-send`."""
        operation = event_name.rpartition(".")[2]
        raw = request.body if isinstance(request.body, bytes) else b""
        for wrong in self._wrong(operation, json.loads(raw or b"{}"), len(raw)):
            message = f"{operation}: {wrong}"
            raise LimitExceededError(message)

    def _wrong(self, operation: str, body: Mapping[str, Any], size: int) -> Iterator[str]:
        if size > REQUEST_BYTES:
            yield f"a request of {size} bytes"
        match operation:
            case "PutItem":
                yield from self._put(body)
            case "UpdateItem":
                yield from self._update(body)
            case "TransactWriteItems":
                yield from self._transaction(body["TransactItems"])
            case "BatchWriteItem" | "BatchGetItem":
                yield from self._batch(operation, body["RequestItems"])
            case "SendMessageBatch":
                yield from _messages(body["Entries"])

    def _batch(self, operation: str, tables: Mapping[str, Any]) -> Iterator[str]:
        reads = operation == "BatchGetItem"
        asked = [each for table in tables.values() for each in (table["Keys"] if reads else table)]
        if not 0 < len(asked) <= (BATCH_GETS if reads else BATCH_WRITES):
            yield f"{len(asked)} requests"
        for each in asked:
            if "PutRequest" in each:
                yield from self._put(each["PutRequest"])

    def _transaction(self, writes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        if not 0 < len(writes) <= TRANSACTION_ITEMS:
            yield f"{len(writes)} items in a transaction"
        seen = set()
        total = 0
        for write in writes:
            ((kind, parameters),) = write.items()
            key = _key(parameters.get("Key") or parameters["Item"])
            if key in seen:
                yield "two writes of one item"
            seen.add(key)
            if kind == "Put":
                yield from self._put(parameters)
            if kind == "Update":
                yield from self._update(parameters)
            total += sum(self._sizes.get(key, {}).values())
        if total > TRANSACTION_BYTES:
            yield f"{total} bytes in a transaction"

    def _put(self, parameters: Mapping[str, Any]) -> Iterator[str]:
        item = parameters["Item"]
        self._sizes[_key(item)] = {name: len(name.encode()) + size(value) for name, value in item.items()}
        yield from _attributes(item)
        yield from self._item(_key(item))

    def _update(self, parameters: Mapping[str, Any]) -> Iterator[str]:
        if len(parameters["UpdateExpression"].encode()) > EXPRESSION_BYTES:
            yield "a long expression"
        names = parameters.get("ExpressionAttributeNames", {})
        values = parameters.get("ExpressionAttributeValues", {})
        if sum(map(size, values.values())) > VALUE_BYTES:
            yield "values too big"
        key = _key(parameters["Key"])
        sizes = self._sizes.setdefault(key, {})
        for value, attribute in values.items():
            name = names.get(f"#{value[1:]}", value[1:])
            sizes[name] = len(name.encode()) + size(attribute)
            yield from _attributes({name: attribute})
        yield from self._item(key)

    def _item(self, key: tuple[str, str]) -> Iterator[str]:
        total = sum(self._sizes[key].values())
        if total > ITEM_BYTES:
            yield f"an item of {total} bytes"


def size(attribute: Mapping[str, Any]) -> int:
    """Count as "DynamoDB item sizes and formats" (Developer Guide) says; of base64 what it stands for."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "B":
            return len(value) * 3 // 4
        case "N":
            return (len(value.strip("-0.")) + 1) // 2 + 2
        case "M":
            return 3 + sum(1 + len(name.encode()) + size(member) for name, member in value.items())
        case "L":
            return 3 + sum(1 + size(member) for member in value)
    return 1


def _attributes(item: Mapping[str, Any]) -> Iterator[str]:
    for name, attribute in item.items():
        longest = KEYS.get(name)
        if longest and not 0 < len(attribute["S"].encode()) <= longest:
            yield f"a key of {len(attribute['S'].encode())} bytes"
        if name in INDEX_KEYS and not 0 < len(attribute["S"].encode()) <= SORT_KEY_BYTES:
            yield f"{name} is no key of an index"
        yield from _value(name, attribute, 1)


def _value(name: str, attribute: Mapping[str, Any], level: int) -> Iterator[str]:
    if not 0 < len(name.encode()) <= NAME_BYTES:
        yield f"a name of {len(name.encode())} bytes"
    if level > LEVELS:
        yield f"{level} levels"
    if "M" in attribute:
        for inner, member in attribute["M"].items():
            yield from _value(inner, member, level + 1)
    for member in attribute.get("L", ()):
        yield from _value("element", member, level + 1)


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    names = ("pk", "sk") if "pk" in item else ("delivery_id", "part")
    return (item[names[0]]["S"], item[names[1]]["S"])


def _messages(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not 0 < len(entries) <= MESSAGES:
        yield f"{len(entries)} messages"
    total = sum(
        len(entry["MessageBody"].encode())
        + sum(
            len(name.encode()) + len(value["DataType"]) + len(value["StringValue"].encode())
            for name, value in entry.get("MessageAttributes", {}).items()
        )
        for entry in entries
    )
    if total > MESSAGE_BYTES:
        yield f"{total} bytes of messages"

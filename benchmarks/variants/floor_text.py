"""What the floor writes, as JSON text at once: items of a transaction, and messages."""

import os
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from models.change import Change, Plan
from models.delivery import Delivery
from models.message import Message, version_sort_key

_TABLE = f'"TableName": {quoted(os.environ["RECORDS_TABLE"])}'


def writes(delivery: Delivery, plan: Plan) -> str:
    """Write a plan's part of a transaction: version and current, or for a repeat the last receipt."""
    condition, values = '"attribute_not_exists(pk)"', ""
    if plan.read:
        condition = '"version = :version AND last_receipt = :receipt"'
        values = (
            f'":version": {{"N": "{plan.read.version.number}"}}, ":receipt": {_s(plan.read.last_receipt)}'
        )
    pk = _s(str(plan.key))
    if not plan.versions:
        return (
            f'{{"Update": {{{_TABLE}, "Key": {{"pk": {pk}, "sk": {{"S": "current"}}}}, '
            f'"UpdateExpression": "SET last_receipt = :last", "ConditionExpression": {condition}, '
            f'"ExpressionAttributeValues": {{{values}, ":last": {_s(plan.last_receipt)}}}}}}}'
        )
    (change,) = plan.versions
    state = f'"pk": {pk}, {_state(delivery, change)}'
    version = _s(version_sort_key(change.version or 0))
    given = f', "ExpressionAttributeValues": {{{values}}}' if values else ""
    return (
        f'{{"Put": {{{_TABLE}, "Item": {{{state}, "sk": {version}}}, '
        f'"ConditionExpression": "attribute_not_exists(pk)"}}}}, '
        f'{{"Put": {{{_TABLE}, "Item": {{{state}, {_of_current(delivery, plan, change)}}}, '
        f'"ConditionExpression": {condition}{given}}}}}'
    )


def entry(number: int, message: Message) -> dict[str, Any]:
    """Write one entry of SendMessageBatch."""
    attributes = {"id": message.id, **message.attributes, "changed": ",".join(message.changed)}
    return {
        "Id": str(number),
        "MessageBody": message.event(),
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    }


def _state(delivery: Delivery, change: Change) -> str:
    """Write what version and current have in common."""
    record = change.record
    if record.references or record.repeats_a_name:
        raise NotImplementedError
    changed = ", ".join(map(_s, change.changed))
    return (
        f'"kind": {_s(record.key.kind)}, "id": {_s(record.key.id)}, '
        f'"content_hash": {_s(record.content_hash)}, '
        f'"changed": {{"L": [{changed}]}}, "received_at": {_s(delivery.received)}, '
        f'"delivery_id": {_s(delivery.id)}, "receipt": {_s(record.receipt)}, "data": {_native(record.data)}, '
        f'"version": {{"N": "{change.version}"}}'
    )


def _of_current(delivery: Delivery, plan: Plan, change: Change) -> str:
    record = change.record
    first = plan.read.first_received_at if plan.read else delivery.received
    index = (("codigo", record.codigo), ("cpf", record.cpf), ("email", record.email))
    indexed = "".join(f', "{name}": {_s(value)}' for name, value in index if value)
    return (
        f'"sk": {{"S": "current"}}, "first_received_at": {_s(first)}, '
        f'"last_receipt": {_s(plan.last_receipt)}, '
        f'"contatos": {{"L": []}}, "day": {_s(f"{record.key.kind}#{delivery.day}")}{indexed}'
    )


def _s(text: str) -> str:
    return f'{{"S": {quoted(text)}}}'


def _native(value: object) -> str:
    if isinstance(value, str):
        return f'{{"S": {quoted(value)}}}'
    if value is None:
        return '{"NULL": true}'
    if isinstance(value, dict):
        members = ", ".join(f"{quoted(name)}: {_native(member)}" for name, member in value.items())
        return f'{{"M": {{{members}}}}}'
    if isinstance(value, list):
        return f'{{"L": [{", ".join(map(_native, value))}]}}'
    if isinstance(value, bool):
        return '{"BOOL": true}' if value else '{"BOOL": false}'
    return f'{{"N": "{value}"}}'

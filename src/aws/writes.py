"""What a plan writes into the records table, item by item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws.dynamodb import MAX_TRANSACTION_ITEMS
from aws.item_codec import MAX_ITEM_BYTES, Content, encode, item_size
from aws.links import Link, contatos, link_write, links, rest_of_links
from models.change import Change, Plan
from models.delivery import Delivery
from models.exact_json import storable
from models.message import late_sort_key, version_sort_key
from models.record import Key, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef, WriteRequestTypeDef

    from aws.item_codec import Attributes

CURRENT = "current"

# The key of an index takes 2,048 bytes; a longer codigo or e-mail is no codigo or e-mail.
_MAX_INDEXED_BYTES = 1_000

# A transaction takes 4 MB ("Service, account, and table quotas", Developer Guide).
_TRANSACTION_BYTES = 3_500_000
_BESIDE_CONTENT_BYTES = 1_000
_LINK_BYTES = 500


@dataclass(slots=True)
class WriteSet:
    """A plan's writes.

    Attributes
    ----------
    before
        What may stand in the table without harm if the rest does not come: pieces of a content too big for
        one item (their key is its hash).
    items
        The transaction.
    after
        Transactions, one after the other, for the links that it has no room for.
    """

    key: Key
    before: "list[WriteRequestTypeDef]" = field(default_factory=list)
    items: "list[TransactWriteItemTypeDef]" = field(default_factory=list)
    after: "list[list[TransactWriteItemTypeDef]]" = field(default_factory=list)


def transactions(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """Pack as many plans into each transaction as its limits allow, by what they will take at most.

    Nothing is written out for that: it would fill the memory long before its turn.
    """
    packed: list[Plan] = []
    items = size = 0
    for plan in plans:
        versions, late = plan.versions, plan.late
        own_items = _states(versions, late) + plan.confirms
        all_links = links(plan, versions[-1].record) if versions else ()
        own_links = min(len(all_links), MAX_TRANSACTION_ITEMS - own_items)
        own_size = sum(map(_most_bytes, (*versions, *versions[-1:], *late)))
        items += own_items + own_links
        size += own_size + own_links * _LINK_BYTES
        if packed and (items > MAX_TRANSACTION_ITEMS or size > _TRANSACTION_BYTES):
            yield packed
            packed, items, size = [], own_items + own_links, own_size + own_links * _LINK_BYTES
        packed.append(plan)
    if packed:
        yield packed


def write_set(plan: Plan, delivery: Delivery, table: str, *, packed: bool = False) -> WriteSet:
    """Write a plan out; `current` is put only if it is still what was read.

    Parameters
    ----------
    packed
        Contents as bytes, because DynamoDB has refused the plan as it was.
    """
    result = WriteSet(plan.key)
    versions, late = plan.versions, plan.late
    for change in (*versions, *late):
        record, item = change.record, _state(change, delivery)
        if change.version is None:
            content = encode(record, MAX_ITEM_BYTES - item_size(item), packed=packed)
            item["sk"] = {"S": late_sort_key(delivery, record.receipt)}
            result.before.extend(_parts(record, content))
            result.items.append({"Put": {"TableName": table, "Item": {**item, **content.attributes}}})
            continue
        current: Attributes = {}
        left: list[Link] = []
        if change is versions[-1]:
            all_links = links(plan, record)
            room = MAX_TRANSACTION_ITEMS - _states(versions, late)
            left = all_links[room:]
            current = {
                **item,
                **_current(record, plan, delivery),
                **contatos(all_links if left else _own(record)),
            }
            if left:
                current["links_pending"] = {"BOOL": True}
            result.after = list(rest_of_links(left, record, delivery, table))
            result.items.extend(link_write(link, plan.key, delivery, table) for link in all_links[:room])
        content = encode(record, MAX_ITEM_BYTES - item_size(current or item), packed=packed)
        result.before.extend(_parts(record, content))
        item = {**item, "sk": {"S": version_sort_key(change.version)}, **content.attributes}
        result.items.append(
            {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        )
        if current:
            condition, values = _condition(plan)
            put: PutTypeDef = {
                "TableName": table,
                "Item": {**current, **content.attributes},
                "ConditionExpression": condition,
            }
            if values:
                put["ExpressionAttributeValues"] = values
            result.items.append({"Put": put})
    if plan.relinks:
        record = plan.relinks.record
        everything = links(plan, record)
        result.after = list(rest_of_links(everything, record, delivery, table))
    if plan.confirms:
        result.items.append(_confirmation(plan, table))
    return result


def _states(versions: Sequence[Change], late: Sequence[Change]) -> int:
    """Count the items that a transaction has for states: the newest version has two."""
    return len(versions) + bool(versions) + len(late)


def _own(record: Record) -> list[Link]:
    return [Link(reference.id, reference) for reference in record.linked]


def _most_bytes(change: Change) -> int:
    """Say how many bytes a state's item takes at most.

    An element of JSON takes at least two characters and at most four bytes in DynamoDB ("[]," is a list of
    3 + 1 bytes), so no form takes more than twice its text.
    """
    return min(2 * change.record.size + _BESIDE_CONTENT_BYTES, MAX_ITEM_BYTES)


def _state(change: Change, delivery: Delivery) -> "Attributes":
    """Write what current, version and late items have in common, without the content."""
    record = change.record
    item: Attributes = {
        "pk": {"S": str(record.key)},
        "sk": {"S": ""},
        "kind": {"S": record.key.kind},
        "id": {"S": record.key.id},
        "content_hash": {"S": record.content_hash},
        "changed": {"L": [{"S": name} for name in change.changed]},
        "received_at": {"S": delivery.received},
        "delivery_id": {"S": delivery.id},
        "receipt": {"S": record.receipt},
    }
    if record.fluxo and record.fluxo.query:
        item["query"] = {"S": record.fluxo.query}
    if change.version is not None:
        item["version"] = {"N": str(change.version)}
    return item


def _current(record: Record, plan: Plan, delivery: Delivery) -> "Attributes":
    """Write what only the current item has, the index attributes among it."""
    first_received_at = plan.read.first_received_at if plan.read else delivery.received
    item: Attributes = {
        "sk": {"S": CURRENT},
        "first_received_at": {"S": first_received_at},
        "last_receipt": {"S": plan.last_receipt},
        "day": {"S": f"{record.key.kind}#{delivery.day}"},
    }
    for name, value in (("codigo", record.codigo), ("cpf", record.cpf), ("email", record.email)):
        if value and len(value.encode("utf-8", "replace")) <= _MAX_INDEXED_BYTES:
            item[name] = {"S": storable(value)}
    return item


def _condition(plan: Plan) -> "tuple[str, Attributes]":
    """Let the write happen only if the current item is still what was read."""
    if plan.read is None:
        return "attribute_not_exists(pk)", {}
    return "version = :version AND last_receipt = :receipt", {
        ":version": {"N": str(plan.read.version.number)},
        ":receipt": {"S": plan.read.last_receipt},
    }


def _confirmation(plan: Plan, table: str) -> "TransactWriteItemTypeDef":
    """Move the last receipt on: a state received before this repeat must not become current after it."""
    condition, values = _condition(plan)
    return {
        "Update": {
            "TableName": table,
            "Key": {"pk": {"S": str(plan.key)}, "sk": {"S": CURRENT}},
            "UpdateExpression": "SET last_receipt = :last",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {**values, ":last": {"S": plan.last_receipt}},
        }
    }


def _parts(record: Record, content: Content) -> "Iterator[WriteRequestTypeDef]":
    for number, part in enumerate(content.parts, 1):
        sort_key = content_sort_key(record.content_hash, number)
        yield {
            "PutRequest": {
                "Item": {"pk": {"S": str(record.key)}, "sk": {"S": sort_key}, "data_gzip": {"B": part}}
            }
        }


def content_sort_key(content_hash: str, number: int) -> str:
    """Give the sort key of one piece of a content, from 1."""
    return f"content#{content_hash}#{number:04d}"

"""What a plan writes into the records table, item by item."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws.item_codec import Content, encode
from models.change import Change, Plan
from models.delivery import Delivery
from models.exact_json import storable
from models.message import late_sort_key, version_sort_key
from models.record import Key, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef, WriteRequestTypeDef

    from aws.item_codec import Attributes

CURRENT = "current"

# Of a transaction's 100 items, for links, versions and late states together; one more is the current state.
_MAX_LINKS = 90

# The key of an index takes 2,048 bytes; a longer codigo or e-mail is no codigo or e-mail.
_MAX_INDEXED_BYTES = 1_000


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
        Links that it has no room for; they are written only while the state that names them is current.
    receipt
        The one that made that state.
    size
        About how many bytes the transaction takes.
    """

    key: Key
    before: "list[WriteRequestTypeDef]" = field(default_factory=list)
    items: "list[TransactWriteItemTypeDef]" = field(default_factory=list)
    after: "list[TransactWriteItemTypeDef]" = field(default_factory=list)
    receipt: str = ""
    size: int = 0


def write_set(plan: Plan, delivery: Delivery, table: str) -> WriteSet:
    """Write a plan out; `current` is put only if it is still what was read."""
    result = WriteSet(plan.key)
    for change in (*plan.versions, *plan.late):
        content = encode(change.record)
        result.before.extend(_parts(change.record, content))
        item = _state(change, delivery, content)
        result.size += content.size + 1_000
        if change.version is None:
            item["sk"] = {"S": late_sort_key(delivery, change.record.receipt)}
            result.items.append({"Put": {"TableName": table, "Item": item}})
            continue
        version_item = {**item, "sk": {"S": version_sort_key(change.version)}}
        result.items.append(
            {
                "Put": {
                    "TableName": table,
                    "Item": version_item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
        )
        if change is plan.versions[-1]:
            links = list(_links(plan, change.record, delivery, table))
            room = _MAX_LINKS - len(plan.changes)
            current = {**item, **_current(change.record, plan, delivery, all_at_once=len(links) <= room)}
            condition, values = _condition(plan)
            put: PutTypeDef = {"TableName": table, "Item": current, "ConditionExpression": condition}
            if values:
                put["ExpressionAttributeValues"] = values
            result.items.append({"Put": put})
            result.size += content.size + 1_000
            result.items.extend(links[:room])
            result.after.extend(links[room:])
            result.receipt = change.record.receipt
            result.size += 500 * len(links)
    if plan.relinks:
        result.after.extend(_links(plan, plan.relinks.record, delivery, table))
        result.receipt = plan.relinks.record.receipt
    if plan.confirms:
        result.items.append(_confirmation(plan, table))
    return result


def _state(change: Change, delivery: Delivery, content: Content) -> "Attributes":
    """Write what current, version and late items have in common."""
    record = change.record
    item: Attributes = {
        "pk": {"S": str(record.key)},
        "kind": {"S": record.key.kind},
        "id": {"S": record.key.id},
        "content_hash": {"S": record.content_hash},
        "changed": {"L": [{"S": name} for name in change.changed]},
        "received_at": {"S": delivery.received},
        "delivery_id": {"S": delivery.id},
        "receipt": {"S": record.receipt},
        **content.attributes,
    }
    if record.fluxo and record.fluxo.query:
        item["query"] = {"S": record.fluxo.query}
    if change.version is not None:
        item["version"] = {"N": str(change.version)}
    return item


def _current(record: Record, plan: Plan, delivery: Delivery, *, all_at_once: bool) -> "Attributes":
    """Write what only the current item has, the index attributes among it.

    `contatos` says where links may stand, so that whoever changes the record next deletes them: under its own
    and, where the transaction has no room to write them `all_at_once`, under those of the state before.
    """
    contatos = [reference.id for reference in record.references]
    if plan.read and not all_at_once:
        contatos = list(dict.fromkeys((*contatos, *plan.read.contatos)))
    first_received_at = plan.read.first_received_at if plan.read else delivery.received
    item: Attributes = {
        "sk": {"S": CURRENT},
        "first_received_at": {"S": first_received_at},
        "last_receipt": {"S": plan.last_receipt},
        "contatos": {"L": [{"S": contato} for contato in contatos]},
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


def _links(
    plan: Plan, record: Record, delivery: Delivery, table: str
) -> "Iterator[TransactWriteItemTypeDef]":
    """Put the links of the newest state, and delete those that it no longer has."""
    sort_key: Attributes = {"sk": {"S": f"link#{record.key}"}}
    named = set()
    for reference in record.references:
        named.add(reference.id)
        item: Attributes = {
            "pk": {"S": f"contato#{reference.id}"},
            **sort_key,
            "kind": {"S": record.key.kind},
            "id": {"S": record.key.id},
            "role": {"S": storable(reference.role)[:200]} if reference.role else {"NULL": True},
            "principal": {"BOOL": reference.principal},
            "received_at": {"S": delivery.received},
        }
        yield {"Put": {"TableName": table, "Item": item}}
    for contato in plan.read.contatos if plan.read else ():
        if contato not in named:
            yield {"Delete": {"TableName": table, "Key": {"pk": {"S": f"contato#{contato}"}, **sort_key}}}


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

"""The links of a record: which contatos it concerns, an item under each of them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aws.dynamodb import MAX_TRANSACTION_ITEMS, batches
from models.change import Plan
from models.delivery import Delivery
from models.exact_json import storable
from models.record import Key, Record, Reference

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

    from aws.item_codec import Attributes

# An id has at most 200 bytes (models.values), so all that one state is linked to are within this. What
# several states named whose deliveries died, each before its links were written, may be beyond.
_MAX_NAMED_BYTES = 250_000
_BYTES_EACH = 4


class Link(NamedTuple):
    """A contato, and how the record names it; None where it no longer does."""

    contato: str
    reference: Reference | None


def links(plan: Plan, record: Record) -> list[Link]:
    """List the links that the plan's newest state has, and those of the state before that it has no more."""
    named = {reference.id: Link(reference.id, reference) for reference in record.linked}
    before = plan.read.contatos if plan.read else ()
    return [*named.values(), *(Link(contato, None) for contato in before if contato not in named)]


def link_write(link: Link, key: Key, delivery: Delivery, table: str) -> "TransactWriteItemTypeDef":
    """Put a link, or delete it."""
    where: Attributes = {"pk": {"S": f"contato#{link.contato}"}, "sk": {"S": f"link#{key}"}}
    if link.reference is None:
        return {"Delete": {"TableName": table, "Key": where}}
    item: Attributes = {
        **where,
        "kind": {"S": key.kind},
        "id": {"S": key.id},
        "role": {"S": storable(link.reference.role)[:200]} if link.reference.role else {"NULL": True},
        "principal": {"BOOL": link.reference.principal},
        "received_at": {"S": delivery.received},
    }
    return {"Put": {"TableName": table, "Item": item}}


def contatos(written: Sequence[Link]) -> "Attributes":
    """Say under which contatos links may stand, so that whoever changes the record next deletes them."""
    size = 0
    named = []
    for link in written:
        size += len(link.contato.encode()) + _BYTES_EACH
        if size > _MAX_NAMED_BYTES:
            break
        named.append(link.contato)
    return {"contatos": {"L": [{"S": contato} for contato in named]}}


def rest_of_links(
    left: Sequence[Link], record: Record, delivery: Delivery, table: str
) -> "Iterator[list[TransactWriteItemTypeDef]]":
    """Give the transactions, one after the other, that write what the state's own had no room for.

    Each is cancelled if a newer state is current: that one sees to its own. The last one says that the links
    are complete.
    """
    current: Attributes = {"pk": {"S": str(record.key)}, "sk": {"S": "current"}}
    values: Attributes = {":receipt": {"S": record.receipt}}
    pieces = list(batches(left, MAX_TRANSACTION_ITEMS - 1))
    for number, piece in enumerate(pieces, 1):
        writes = [link_write(link, record.key, delivery, table) for link in piece]
        if number < len(pieces):
            check: TransactWriteItemTypeDef = {
                "ConditionCheck": {
                    "TableName": table,
                    "Key": current,
                    "ConditionExpression": "receipt = :receipt",
                    "ExpressionAttributeValues": values,
                }
            }
            yield [check, *writes]
            continue
        complete: UpdateTypeDef = {
            "TableName": table,
            "Key": current,
            "UpdateExpression": "REMOVE links_pending",
            "ConditionExpression": "receipt = :receipt",
            "ExpressionAttributeValues": values,
        }
        if left[-1].reference is None:  # those that it no longer has stand last
            own = contatos([Link(reference.id, reference) for reference in record.linked])
            complete["UpdateExpression"] = "SET contatos = :contatos REMOVE links_pending"
            complete["ExpressionAttributeValues"] = {**values, ":contatos": own["contatos"]}
        yield [{"Update": complete}, *writes]

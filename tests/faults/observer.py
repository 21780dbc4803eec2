"""Looks at nothing but the tables and the queue, and says what of the promise is not kept."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from tests.faults.schedules import Posted
from tests.faults.world import World


@dataclass
class Seen:
    """One record of a delivery that the inbox has.

    Attributes
    ----------
    order
        In which the gateway received it, among all records of all deliveries.
    receipt
        What the receiver calls it.
    """

    key: str
    order: tuple[int, int]
    receipt: str
    content: Any


def observe(world: World, posted: Iterable[Posted]) -> list[str]:
    """List what is wrong: lost, doubled, out of order, left open, or kept although it should not be."""
    inbox = _inbox(world)
    seen = [record for head in inbox.values() for record in _records(head)]
    keys = {record.key for record in seen}
    tables = {key: _items(world, key) for key in keys}
    messages = _messages(world)
    return [
        *_deliveries(inbox, posted),
        *_expiries(world, inbox),
        *_outcomes(inbox, tables),
        *_order(messages, inbox, posted),
        *(
            fault
            for key in keys
            for fault in _states(key, [each for each in seen if each.key == key], tables[key])
        ),
        *_links(world, seen),
        *_publications(tables, messages),
    ]


def _deliveries(inbox: Mapping[str, Mapping[str, Any]], posted: Iterable[Posted]) -> Iterator[str]:
    bodies = {head["body"] for head in inbox.values()}
    for each in posted:
        if each.status == 401 and each.body in bodies and not _also_admitted(each, posted):
            yield "a body that was answered 401 is kept"
        if each.status in (None, 401, 503):
            continue
        head = inbox.get(each.answer["protocolo"])
        if head is None:
            yield f"a delivery that was answered {each.status} is not in the inbox"
        elif head["body"] != each.body:
            yield f"a delivery that was answered {each.status} is not kept byte for byte"
        elif each.status in (207, 400, 422) and head["state"] != "quarantined":
            yield f"a delivery that was answered {each.status} is {head['state']}"
    for identifier, head in inbox.items():
        if head["state"] not in ("done", "quarantined"):
            yield f"delivery {identifier} is left {head['state']}"


def _also_admitted(refused: Posted, posted: Iterable[Posted]) -> bool:
    return any(each.body == refused.body and each.status != 401 for each in posted)


def _states(key: str, seen: list[Seen], items: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Check one record's current state, versions and late states against all that was received of it."""
    current = items.get("current")
    if current is None:
        yield f"{key} is lost"
        return
    versions = [item for sort_key, item in sorted(items.items()) if sort_key.startswith("version#")]
    if current["content"] != max(seen, key=lambda record: record.order).content:
        yield f"{key}: current is not the content received last"
    if (current["version"], current["content"]) != (len(versions), versions[-1]["content"]):
        yield f"{key}: current is not the last version"
    if [item["version"] for item in versions] != list(range(1, len(versions) + 1)):
        yield f"{key}: versions have a gap"
    if any(one["receipt"] >= other["receipt"] for one, other in pairwise(versions)):
        yield f"{key}: versions are not in order of receipt"
    if any(one["content"] == other["content"] for one, other in pairwise(versions)):
        yield f"{key}: a version repeats the one before"
    yield from _receipts(key, seen, items)


def _receipts(key: str, seen: list[Seen], items: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Check that every receipt is stored, or repeats what is, and that nothing else is stored."""
    made = {
        item["receipt"]: item["content"]
        for sort_key, item in items.items()
        if sort_key.startswith(("version#", "late#"))
    }
    for record in seen:
        if record.receipt in made and made[record.receipt] != record.content:
            yield f"{key}: {record.receipt} is stored with another content"
        elif record.content not in made.values():
            yield f"{key}: the content of {record.receipt} is lost"
        elif record.receipt not in made and not _repeats(record, items):
            yield f"{key}: {record.receipt} is not stored, and repeats nothing"
    if set(made) - {record.receipt for record in seen}:
        yield f"{key}: a state comes from no delivery"


def _repeats(record: Seen, items: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a record says what was the state when it came, or when it was decided.

    What came before that version, and is decided after it, repeats it, whatever has become current since.
    """
    versions = [item for sort_key, item in sorted(items.items()) if sort_key.startswith("version#")]
    before = [item for item in versions if item["receipt"] < record.receipt]
    return record.content in [item["content"] for item in (*before[-1:], *versions[len(before) :])]


def _expiries(world: World, inbox: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Check that all of a closed delivery expires, nothing of an open or failed one, and no part is alone."""
    for item in _all(world, "scan", TableName=world.names["deliveries"]):
        head = inbox.get(item["delivery_id"])
        if head is None:
            yield f"{item['part']} of {item['delivery_id']} has no head"
        elif (head["state"] in ("done", "quarantined")) != ("expires_at" in item):
            yield f"{item['part']} of {item['delivery_id']} is {head['state']}, and expires wrongly"


def _outcomes(
    inbox: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Iterator[str]:
    """Check that the inbox says of a record what the table has of it."""
    for identifier, head in inbox.items():
        seen = {record.receipt: record for record in _records(head)}
        for outcome in _outcome(head):
            receipt = f"{identifier}#{int(outcome['position']) - 1:05d}"
            record, verdict = seen.get(receipt), outcome["verdict"]
            if record is None or verdict in ("rejected", "pending"):
                continue
            items = tables[record.key]
            if verdict == "late":
                right = any(item.get("receipt") == receipt for name, item in items.items() if "late#" in name)
            else:
                version = items.get(f"version#{int(outcome.get('version', 0)):010d}", {})
                right = version.get("content") == record.content
                right &= verdict == "repeated" or version.get("receipt") == receipt
            if not right:
                yield f"{record.key}: {receipt} is said to be {verdict}, but the table does not say so"


def _order(
    messages: Mapping[str, list[dict[str, Any]]],
    inbox: Mapping[str, Mapping[str, Any]],
    posted: Iterable[Posted],
) -> Iterator[str]:
    """Where nothing went wrong, one delivery's messages of a group are in the queue as they were received."""
    calm = {f"post={each.number}" for each in posted if each.calm}
    last: dict[tuple[str, str], str] = {}
    first_of_each = sorted((each[0] for each in messages.values()), key=lambda each: int(each["place"]))
    for message in first_of_each:
        if inbox[message["deliveryid"]]["query"] not in calm:
            continue
        group = (message["group"], message["deliveryid"])
        if message["sequence"] < last.get(group, ""):
            yield f"{message['id']} was sent after what came later"
        last[group] = message["sequence"]


def _outcome(head: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "outcome_gzip" in head:
        return list(json.loads(gzip.decompress(head["outcome_gzip"].value)))
    return list(head.get("outcome", ()))


def _links(world: World, seen: Iterable[Seen]) -> Iterator[str]:
    """Every registro's newest state is linked from each contato that it names, and from no other."""
    newest = {record.key: record for record in sorted(seen, key=lambda each: each.order)}
    wanted = {
        (f"contato#{contato['id']}", f"link#{key}")
        for key, record in newest.items()
        for contato in record.content.get("contatos", ())
    }
    contatos = {pk for pk, _ in wanted} | {key for key in newest if key.startswith("contato#")}
    contatos |= {f"contato#{each['id']}" for record in seen for each in record.content.get("contatos", ())}
    found = {
        (contato, sort_key)
        for contato in contatos
        for sort_key in _items(world, contato)
        if sort_key.startswith("link#")
    }
    for lost in wanted - found:
        yield f"link {lost} is lost"
    for stale in found - wanted:
        yield f"link {stale} is stale"


def _publications(
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]], messages: Mapping[str, list[dict[str, Any]]]
) -> Iterator[str]:
    """Every version and late state was published, under one id, with its own content."""
    owed = {
        _message_id(key, item): item
        for key, items in tables.items()
        for sort_key, item in items.items()
        if sort_key.startswith(("version#", "late#"))
    }
    for identifier in owed.keys() - messages.keys():
        yield f"{identifier} was never published"
    for identifier in messages.keys() - owed.keys():
        yield f"{identifier} was published, but is not stored"
    for identifier in messages.keys() & owed.keys():
        for message in messages[identifier]:
            if message.get("data", owed[identifier]["content"]) != owed[identifier]["content"]:
                yield f"{identifier} was published with another content than is stored"
            if message["deliveryid"] != owed[identifier]["delivery_id"]:
                yield f"{identifier} was published for another delivery than is stored"


def _message_id(key: str, item: Mapping[str, Any]) -> str:
    return f"{key.replace('#', '/')}/" + (
        str(item["version"]) if "version" in item else f"late/{item['receipt']}"
    )


def _inbox(world: World) -> dict[str, dict[str, Any]]:
    """Read every delivery, its body put together."""
    heads: dict[str, dict[str, Any]] = {}
    parts: dict[str, dict[str, bytes]] = defaultdict(dict)
    for item in _all(world, "scan", TableName=world.names["deliveries"]):
        if item["part"] == "delivery":
            heads[item["delivery_id"]] = item
        else:
            parts[item["delivery_id"]][item["part"]] = item["body"].value
    for identifier, head in heads.items():
        packed = (
            head["body"].value
            if "body" in head
            else b"".join(dict(sorted(parts[identifier].items())).values())
        )
        head["body"] = gzip.decompress(packed)
    return heads


def _records(head: Mapping[str, Any]) -> Iterator[Seen]:
    """Read a body with nothing of ours: the elements that have an id, in order."""
    try:
        elements = json.loads(head["body"])
    except ValueError:
        return
    for position, element in enumerate(elements):
        if "id" in element:
            key = f"{head['path_kind']}#{element['id']}"
            # The inbox keeps the query, which tells whose delivery this is, even if nobody was answered.
            number = int(head["query"].removeprefix("post="))
            yield Seen(key, (number, position), f"{head['delivery_id']}#{position:05d}", element)


def _items(world: World, pk: str) -> dict[str, dict[str, Any]]:
    """Read all items under a key; `content` is the record, in whatever form it is held."""
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}}}
    items = {item["sk"]: item for item in _all(world, "query", TableName=world.names["records"], **query)}
    for item in list(items.values()):
        if "data" in item:
            item["content"] = item["data"]
        elif "data_json" in item:
            item["content"] = json.loads(item["data_json"])
        elif "data_gzip" in item and "content_hash" in item:
            item["content"] = json.loads(gzip.decompress(item["data_gzip"].value))
        elif "data_parts" in item:
            names = [
                f"content#{item['content_hash']}#{number + 1:04d}"
                for number in range(int(item["data_parts"]))
            ]
            item["content"] = json.loads(
                gzip.decompress(b"".join(items[name]["data_gzip"].value for name in names))
            )
    return items


def _all(world: World, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    deserialize = TypeDeserializer().deserialize
    pages = world.client("dynamodb").get_paginator(operation).paginate(**arguments)
    for page in pages:
        for item in page["Items"]:
            yield {name: deserialize(value) for name, value in item.items()}


def _messages(world: World) -> dict[str, list[dict[str, Any]]]:
    """Consume the queue to its end; messages by their id."""
    sqs, url = world.client("sqs"), world.names["queue"]
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    asked: Any = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]}
    while batch := sqs.receive_message(**asked).get("Messages"):
        for each in batch:
            system = each["Attributes"]
            place = {"group": system["MessageGroupId"], "place": system["SequenceNumber"]}
            message = {**json.loads(each["Body"]), **place}
            found[message["id"]].append(message)
        entries = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(batch)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return found

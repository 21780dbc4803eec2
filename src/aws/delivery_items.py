"""How a delivery is held in items of the deliveries table, and read back."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aws.item_codec import item_size, read_moment, to_attribute
from models.delivery import MAX_QUERY_BYTES, Delivery, OpenDelivery, SavedDelivery
from models.exact_json import storable
from models.outcome import Outcome, Result, State, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from aws.item_codec import Attributes

TTL_ATTRIBUTE = "expires_at"

HEAD = "delivery"
"""Sort key of the item that says all of a delivery but, perhaps, its body."""

PARTS_TOGETHER = 9
"""So many parts of a body, of 380,000 bytes, are with their head within a transaction's 4 MB."""

BY_STATE = "by_state"
"""Index of the deliveries that somebody still has to look at, or put aside."""

OTHER = "other"
"""What `became` says of a delivery that is not closed, or has not just one record."""

_SHARDS = 8

# Of a head's 400 KB a body takes up to 200,000 bytes, what is known at the beginning up to 5,000. The rest
# is for what a closing says.
_MAX_CLOSING_BYTES = 185_000
_MAX_NATIVE_OUTCOMES = 30_000
_MAX_UNKNOWN_FIELDS_BYTES = 20_000
_MAX_REMARKS = 20
_MAX_RANGES = 200


def key(delivery_id: str, part: str) -> "Attributes":
    """Give the key of an item."""
    return {"delivery_id": {"S": delivery_id}, "part": {"S": part}}


def body_part(number: int) -> str:
    """Give the sort key of one part of a body, from 1."""
    return f"body#{number:04d}"


def shards(state: State) -> Iterator[str]:
    """Give the partitions of the index over which a state's deliveries are spread: open#0 … open#7."""
    return (f"{state}#{number}" for number in range(_SHARDS))


def state_shard(state: State, delivery_id: str) -> str:
    """Give the one of these partitions in which a delivery stands."""
    return f"{state}#{int(delivery_id[-4:], 16) % _SHARDS}"


def became(kind: str | None, verdict: Verdict) -> str:
    """Word what became of a delivery's only record, so that an index of days can be filtered by it."""
    return f"{kind or ''}/{verdict}"


def head(delivery: Delivery, packed: bytes, parts: int) -> "Attributes":
    """Write an open delivery; its gzipped body with it, unless it is in parts."""
    item: Attributes = {
        **key(delivery.id, HEAD),
        "received_at": {"S": delivery.received},
        "day": {"S": delivery.day},
        "content_type": {"S": storable(delivery.content_type)[:200]},
        "size": {"N": str(len(delivery.body))},
        "sha256": {"S": sha256(delivery.body).hexdigest()},
        "state": {"S": State.OPEN},
        "state_shard": {"S": state_shard(State.OPEN, delivery.id)},
        "attempts": {"N": "1"},
        "became": {"S": OTHER},
        **({"body_parts": {"N": str(parts)}} if parts else {"body": {"B": packed}}),
    }
    for name, text in (("query", delivery.query), ("content_encoding", delivery.content_encoding)):
        if text:
            item[name] = {"S": storable(text)[:MAX_QUERY_BYTES]}
    if delivery.path_kind is not None:
        item["path_kind"] = {"S": storable(delivery.path_kind)[:200]}
    if delivery.replay_of is not None:
        item["replay_of"] = {"S": delivery.replay_of}
    return item


def read_head(item: Mapping[str, Any], parts: Sequence[bytes]) -> SavedDelivery:
    """Read a delivery back; `parts` are those of its body that stand beside the head, in order.

    The kind that an operator named (`rubeus deliveries replay --as`) stands in the place of the URL's.
    """
    path_kind = item.get("as_kind", item.get("path_kind"))
    delivery = Delivery(
        id=item["delivery_id"]["S"],
        received_at=read_moment(item, "received_at"),
        body=gzip.decompress(b"".join(parts) if parts else item["body"]["B"]),
        content_type=item["content_type"]["S"],
        path_kind=path_kind["S"] if path_kind else None,
        query=item["query"]["S"] if "query" in item else "",
        content_encoding=item["content_encoding"]["S"] if "content_encoding" in item else "",
        replay_of=item["replay_of"]["S"] if "replay_of" in item else None,
    )
    return SavedDelivery(
        delivery, len(parts), read_positions(item["unfinished"]["S"]) if "unfinished" in item else None
    )


def read_open(item: Mapping[str, Any]) -> OpenDelivery:
    """Read what the index of states has of an open delivery."""
    return OpenDelivery(
        id=item["delivery_id"]["S"],
        received_at=read_moment(item, "received_at"),
        due_at=read_moment(item, "due_at") if "due_at" in item else None,
        attempts=int(item["attempts"]["N"]),
        leased_until=read_moment(item, "leased_until") if "leased_until" in item else None,
        answered="status" in item,
    )


def closing(result: Result, *, briefly: bool = False) -> "Attributes":
    """Write what closing adds to a delivery: its state, counts, and every record's outcome.

    Parameters
    ----------
    briefly
        Without the details, because DynamoDB has refused them.
    """
    counts = {str(verdict): result.count(verdict) for verdict in Verdict if result.count(verdict)}
    kinds = sorted({outcome.kind for outcome in result.outcomes if outcome.kind})
    only = result.outcomes[0] if len(result.outcomes) == 1 else None
    values: Attributes = {
        "state": {"S": result.state},
        "became": {"S": became(only.kind, only.verdict) if only else OTHER},
        "kinds": {"L": [{"S": kind} for kind in kinds]},
        "counts": to_attribute(counts),
        **answer(result),
    }
    if result.problem:
        values["problem"] = {"S": result.problem.reason}
    if result.state is State.QUARANTINED:
        values["state_shard"] = {"S": state_shard(State.QUARANTINED, result.delivery.id)}
    if not briefly:
        values["unknown_fields"] = _unknown_fields(result)
        values |= _outcomes(result, _MAX_CLOSING_BYTES - item_size(values))
    return values


def answer(result: Result) -> "Attributes":
    """Write what the sender was told, and how long that took; nothing in recovery, which tells nobody."""
    if result.milliseconds is None:
        return {}
    return {"status": {"N": str(result.status)}, "milliseconds": {"N": str(result.milliseconds)}}


def write_positions(positions: Sequence[int]) -> str:
    """Write positions, in their order, as ranges: "0-99,103". Of too many, the last takes in all the rest."""
    ranges: list[list[int]] = []
    for position in positions:
        if ranges and (position == ranges[-1][1] + 1 or len(ranges) == _MAX_RANGES):
            ranges[-1][1] = position
        else:
            ranges.append([position, position])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)


def read_positions(text: str) -> frozenset[int]:
    """Read positions back."""
    positions: set[int] = set()
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        positions.update(range(int(first), int(last or first) + 1))
    return frozenset(positions)


def _unknown_fields(result: Result) -> "AttributeValueTypeDef":
    paths: list[AttributeValueTypeDef] = []
    size = 0
    for path in result.unknown_fields:
        text = storable(path)[:200]
        size += len(text.encode())
        if size > _MAX_UNKNOWN_FIELDS_BYTES:
            break
        paths.append({"S": text})
    return {"L": paths}


def _outcomes(result: Result, room: int) -> "Attributes":
    """Write every record's outcome: as a native list, or gzipped JSON where there are too many.

    Of thousands with long ids, or with many warnings, as much as there is room for: the positions tell the
    records too, together with the body.
    """
    entries = [_outcome(outcome) for outcome in result.outcomes]
    text = json.dumps(entries)
    if len(text) <= _MAX_NATIVE_OUTCOMES:
        return {"outcome": to_attribute(entries)}
    for left_out in (
        (),
        ("id",),
        ("id", "kind_reason", "warnings"),
        ("id", "kind_reason", "warnings", "problems"),
    ):
        said = [{name: entry[name] for name in entry if name not in left_out} for entry in entries]
        packed = gzip.compress(json.dumps(said).encode(), mtime=0)
        if len(packed) <= room:
            return {"outcome_gzip": {"B": packed}}
    return {}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {"position": outcome.position + 1, "verdict": str(outcome.verdict)}
    if outcome.kind is not None:
        entry["kind"] = storable(outcome.kind)
    if outcome.id is not None:
        entry["id"] = outcome.id
    if outcome.kind_reason:
        entry["kind_reason"] = outcome.kind_reason
    if outcome.version is not None:
        entry["version"] = outcome.version
    for name, remarks in (("problems", outcome.problems), ("warnings", outcome.warnings)):
        if remarks:
            entry[name] = [
                {"field": remark.field, "reason": remark.reason} for remark in remarks[:_MAX_REMARKS]
            ]
    return entry

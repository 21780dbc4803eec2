"""How a delivery is held in items of the deliveries table, and read back."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aws.item_codec import to_attribute
from models.delivery import Delivery
from models.exact_json import storable
from models.outcome import Outcome, Result, State

if TYPE_CHECKING:
    from aws.item_codec import Attributes

TTL_ATTRIBUTE = "expires_at"

HEAD = "delivery"
"""Sort key of the item that says all of a delivery but, perhaps, its body."""

BY_STATE = "by_state"
"""Index of the deliveries that somebody still has to look at, or put aside."""

_SHARDS = 8

_MAX_OUTCOMES = 30_000
_MAX_PACKED_OUTCOMES = 150_000
_MAX_UNKNOWN_FIELDS = 100


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
        **({"body_parts": {"N": str(parts)}} if parts else {"body": {"B": packed}}),
    }
    for name, text in (("query", delivery.query), ("content_encoding", delivery.content_encoding)):
        if text:
            item[name] = {"S": storable(text)[:2_000]}
    if delivery.path_kind is not None:
        item["path_kind"] = {"S": storable(delivery.path_kind)[:200]}
    if delivery.replay_of is not None:
        item["replay_of"] = {"S": delivery.replay_of}
    return item


def read_head(item: Mapping[str, Any], parts: Sequence[bytes]) -> Delivery:
    """Read a delivery back; `parts` are those of its body that stand beside the head, in order.

    The kind that an operator named (`rubeus deliveries replay --as`) stands in the place of the URL's.
    """
    path_kind = item.get("as_kind", item.get("path_kind"))
    return Delivery(
        id=item["delivery_id"]["S"],
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        body=gzip.decompress(b"".join(parts) if parts else item["body"]["B"]),
        content_type=item["content_type"]["S"],
        path_kind=path_kind["S"] if path_kind else None,
        query=item["query"]["S"] if "query" in item else "",
        content_encoding=item["content_encoding"]["S"] if "content_encoding" in item else "",
        replay_of=item["replay_of"]["S"] if "replay_of" in item else None,
    )


def closing(result: Result) -> "Attributes":
    """Write what a closed delivery says besides: its state, and every record's outcome."""
    paths = result.unknown_fields[:_MAX_UNKNOWN_FIELDS]
    values: Attributes = {
        "state": {"S": result.state},
        "unknown_fields": {"L": [{"S": storable(path)[:200]} for path in paths]},
        **_outcomes(result),
    }
    if result.problem:
        values["problem"] = {"S": result.problem.reason}
    if result.state is State.QUARANTINED:
        values["state_shard"] = {"S": state_shard(State.QUARANTINED, result.delivery.id)}
    return values


def _outcomes(result: Result) -> "Attributes":
    """Write every record's outcome: as a native list, or gzipped JSON where there are too many."""
    entries = [_outcome(outcome) for outcome in result.outcomes]
    text = json.dumps(entries)
    if len(text) <= _MAX_OUTCOMES:
        return {"outcome": to_attribute(entries)}
    packed = gzip.compress(text.encode(), mtime=0)
    if len(packed) > _MAX_PACKED_OUTCOMES:
        # Thousands of long ids: the positions tell the records too, together with the body.
        text = json.dumps([{name: entry[name] for name in entry if name != "id"} for entry in entries])
        packed = gzip.compress(text.encode(), mtime=0)
    return {"outcome_gzip": {"B": packed}}


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
            entry[name] = [{"field": remark.field, "reason": remark.reason} for remark in remarks]
    return entry

"""The deliveries table: the inbox."""

import gzip
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aws.client import calling
from aws.content import attribute, cut
from aws.dynamodb import write_all
from models.delivery import Delivery
from models.exact_json import storable
from models.failures import Patience
from models.outcome import Outcome, Result, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from aws.content import Attributes

STORE = "deliveries table"
TTL_ATTRIBUTE = "expires_at"

HEAD = "delivery"
"""Sort key of the item that says all of a delivery but, perhaps, its body."""

SHARDS = 8
"""Partitions over which each state's deliveries are spread in the index `by_state`."""

_SECONDS_A_DAY = 86_400

# The head (400 KiB at most) holds the body up to this size, and the outcomes.
_MAX_BODY_IN_HEAD = 200_000
_MAX_OUTCOMES = 30_000
_MAX_PACKED_OUTCOMES = 150_000
_MAX_UNKNOWN_FIELDS = 100


class DeliveriesTable:
    """Keeps every delivery as received, and what became of it; see ingest.ports.Inbox.

    Parameters
    ----------
    retention_days, quarantine_retention_days
        How long after their receipt closed deliveries stay; open ones stay until they are closed.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, retention_days: int, quarantine_retention_days: int
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._retention_days = {State.DONE: retention_days, State.QUARANTINED: quarantine_retention_days}

    def keep(self, delivery: Delivery, patience: Patience) -> int:
        """Keep it, open; give in how many parts beside its head. Raises StoreUnavailable.

        The parts are written before the head, so that a head never lacks one.
        """
        packed = gzip.compress(delivery.body, mtime=0)
        parts = cut(packed) if len(packed) > _MAX_BODY_IN_HEAD else ()
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": {**_key(delivery.id, body_part(number)), "body": {"B": part}}}}
            for number, part in enumerate(parts, 1)
        ]
        write_all(self._dynamodb, STORE, self._table, requests, patience)
        head: Attributes = {
            **_key(delivery.id, HEAD),
            "received_at": {"S": delivery.received},
            "day": {"S": delivery.day},
            "content_type": {"S": storable(delivery.content_type)[:200]},
            "size": {"N": str(len(delivery.body))},
            "sha256": {"S": sha256(delivery.body).hexdigest()},
            "state": {"S": State.OPEN},
            "state_shard": {"S": state_shard(State.OPEN, delivery.id)},
            "attempts": {"N": "1"},
            **({"body_parts": {"N": str(len(parts))}} if parts else {"body": {"B": packed}}),
        }
        if delivery.path_kind is not None:
            head["path_kind"] = {"S": storable(delivery.path_kind)[:200]}
        with calling(STORE):
            self._dynamodb.put_item(TableName=self._table, Item=head)
        return len(parts)

    def close(self, result: Result, parts: int, patience: Patience) -> None:  # noqa: ARG002 - the port's
        """Note what became of it, and when it may go. Raises StoreUnavailable."""
        delivery = result.delivery
        days = self._retention_days[result.state]
        expires_at = int(delivery.received_at.timestamp()) + days * _SECONDS_A_DAY
        values: Attributes = {
            "state": {"S": result.state},
            TTL_ATTRIBUTE: {"N": str(expires_at)},
            "unknown_fields": {
                "L": [{"S": storable(path)[:200]} for path in result.unknown_fields[:_MAX_UNKNOWN_FIELDS]]
            },
            **_outcomes(result),
        }
        if result.problem:
            values["problem"] = {"S": result.problem.reason}
        remove = ""
        if result.state is State.QUARANTINED:
            values["state_shard"] = {"S": state_shard(State.QUARANTINED, delivery.id)}
        else:
            remove = " REMOVE state_shard"
        for number in range(1, parts + 1):
            self._update(delivery.id, body_part(number), {TTL_ATTRIBUTE: values[TTL_ATTRIBUTE]})
        self._update(delivery.id, HEAD, values, remove)

    def _update(self, delivery_id: str, part: str, values: "Attributes", remove: str = "") -> None:
        with calling(STORE):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(delivery_id, part),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values) + remove,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            )


def state_shard(state: State, delivery_id: str) -> str:
    """Give the partition of the index `by_state` in which a delivery stands: open#0 … open#7."""
    return f"{state}#{int(delivery_id[-4:], 16) % SHARDS}"


def body_part(number: int) -> str:
    """Give the sort key of one part of a body, from 1."""
    return f"body#{number:04d}"


def _key(delivery_id: str, part: str) -> "Attributes":
    return {"delivery_id": {"S": delivery_id}, "part": {"S": part}}


def _outcomes(result: Result) -> "Attributes":
    """Write every record's outcome: as a native list, or gzipped JSON where there are too many."""
    entries = [_outcome(outcome) for outcome in result.outcomes]
    text = json.dumps(entries)
    if len(text) <= _MAX_OUTCOMES:
        return {"outcome": attribute(entries)}
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

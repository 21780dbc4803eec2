"""The changes of a delivery's state that a person may make: open it again, put it aside."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws.delivery_items import HEAD, TTL_ATTRIBUTE, body_part, key, state_shard
from models.clock import BRASILIA, timestamp
from models.outcome import State
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.summary import CONCLUSION, DISMISSAL, DeliverySummary, Dismissal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from aws.item_codec import Attributes

EXPIRED = "a part of its body has expired"

# What an earlier close, an attempt at one, or a dismissal left.
_FROM_THE_END = (*CONCLUSION, *DISMISSAL, "kinds", "counts", "due_at", "leased_until", TTL_ATTRIBUTE)


def busy(delivery: DeliverySummary, now: datetime, recover_after: timedelta) -> str | None:
    """Say who may be at a delivery right now, if anybody; `recover_after` as for `reopen`."""
    if delivery.leased_until and delivery.leased_until > now:
        return f"another run has it until {delivery.leased_until.astimezone(BRASILIA):%H:%M}"
    if delivery.state is State.OPEN and delivery.received_at > now - recover_after:
        return "the front door may still be at it"
    return None


def reopen(
    deliveries: Deliveries,
    delivery: DeliverySummary,
    now: datetime,
    recover_after: timedelta,
    as_kind: str | None = None,
) -> str | None:
    """Make a delivery what it was when it came in, so that recovery takes it, at once or by schedule.

    Parameters
    ----------
    recover_after
        How old an open delivery must be: until then the front door may be at it.
    as_kind
        The kind under which it is to be taken, whoever does.

    Returns
    -------
    str
        Why it stays as it is; None where it is open now.
    """
    if refusal := busy(delivery, now, recover_after):
        return refusal
    if _kept_parts(deliveries, delivery.id) < delivery.body_parts:
        return EXPIRED
    try:
        # The body first: DynamoDB must not delete it from under an open delivery.
        for number in range(1, delivery.body_parts + 1):
            deliveries.dynamodb.update_item(
                TableName=deliveries.table,
                Key=key(delivery.id, body_part(number)),
                UpdateExpression=f"REMOVE {TTL_ATTRIBUTE}",
                ConditionExpression="attribute_exists(delivery_id)",
            )
        _open(deliveries, delivery.id, now, recover_after, as_kind)
    except deliveries.dynamodb.exceptions.ConditionalCheckFailedException:
        changed = deliveries.get(delivery.id)
        return (changed and busy(changed, now, recover_after)) or EXPIRED
    return None


def put_aside(
    deliveries: Deliveries, delivery: DeliverySummary, dismissal: Dismissal, expires_at: int
) -> str | None:
    """Dismiss a delivery that is quarantined or failed.

    Parameters
    ----------
    expires_at
        When DynamoDB may delete one that nothing says it of yet; seconds since the Unix epoch.

    Returns
    -------
    str
        Why it stays as it is; None where it is dismissed now.
    """
    expiry = delivery.expires_at or expires_at
    values: dict[str, Any] = {
        "state": {"S": State.DISMISSED},
        "state_shard": {"S": state_shard(State.DISMISSED, delivery.id)},
        "dismissed_at": {"S": timestamp(dismissal.at)},
        "dismissed_by": {"S": dismissal.by},
        "dismissed_because": {"S": dismissal.because},
        TTL_ATTRIBUTE: {"N": str(expiry)},
    }
    # Head and body together: neither must stay without the other.
    parts = [] if delivery.expires_at else [body_part(n) for n in range(1, delivery.body_parts + 1)]
    head = _update(deliveries.table, key(delivery.id, HEAD), values, delivery.state)
    expiring = {TTL_ATTRIBUTE: values[TTL_ATTRIBUTE]}
    bodies = [_update(deliveries.table, key(delivery.id, part), expiring) for part in parts]
    try:
        deliveries.dynamodb.transact_write_items(TransactItems=[head, *bodies])
    except deliveries.dynamodb.exceptions.TransactionCanceledException:
        changed = deliveries.get(delivery.id)
        if changed and changed.state is delivery.state:
            raise
        return f"it is {changed.state} now" if changed else "no such delivery"
    return None


def _update(
    table: str, item_key: "Attributes", values: Mapping[str, Any], state: State | None = None
) -> "TransactWriteItemTypeDef":
    """Word an update of an item that is there, and, of a head, in this state."""
    was: Mapping[str, Any] = {":was": {"S": state}} if state else {}
    return {
        "Update": {
            "TableName": table,
            "Key": item_key,
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": "attribute_exists(delivery_id)" + (" AND #state = :was" if was else ""),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {**{f":{name}": value for name, value in values.items()}, **was},
        }
    }


def _open(
    deliveries: Deliveries, delivery_id: str, now: datetime, recover_after: timedelta, as_kind: str | None
) -> None:
    # All that an earlier close said goes: the next one need not say the same things.
    removal = ", ".join(_FROM_THE_END)
    kind: Mapping[str, Any] = {":as_kind": {"S": as_kind}} if as_kind else {}
    deliveries.dynamodb.update_item(
        TableName=deliveries.table,
        Key=key(delivery_id, HEAD),
        UpdateExpression=(
            "SET #state = :open, state_shard = :shard, attempts = :none"
            f"{', as_kind = :as_kind' if kind else ''} REMOVE {removal}"
        ),
        ConditionExpression=(
            "attribute_exists(delivery_id)"
            " AND (attribute_not_exists(leased_until) OR leased_until <= :now)"
            " AND (#state <> :open OR received_at <= :old)"
        ),
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={
            ":open": {"S": State.OPEN},
            ":shard": {"S": state_shard(State.OPEN, delivery_id)},
            ":none": {"N": "0"},
            ":now": {"S": timestamp(now)},
            ":old": {"S": timestamp(now - recover_after)},
            **kind,
        },
    )


def _kept_parts(deliveries: Deliveries, delivery_id: str) -> int:
    pages = deliveries.dynamodb.get_paginator("query").paginate(
        TableName=deliveries.table,
        KeyConditionExpression="delivery_id = :id AND #part < :head",
        ExpressionAttributeNames={"#part": "part"},
        ExpressionAttributeValues={":id": {"S": delivery_id}, ":head": {"S": HEAD}},
        Select="COUNT",
        ConsistentRead=True,
    )
    return sum(page["Count"] for page in pages)

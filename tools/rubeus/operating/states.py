"""The changes of a delivery's state that a person may make: open it again, put it aside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws.delivery_items import HEAD, OTHER, PARTS_TOGETHER, TTL_ATTRIBUTE, body_part, key, state_shard
from models.clock import BRASILIA, timestamp
from models.outcome import State
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.summary import CONCLUSION, DISMISSAL, DeliverySummary, Dismissal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from aws.item_codec import Attributes

EXPIRED = "a part of its body has expired"

_REFUSED = "ConditionalCheckFailed"

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

    It keeps `reopened_at`, whatever becomes of it: its outcome is no longer what the sender was told of.

    Parameters
    ----------
    delivery
        One whose body was there a moment ago.
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
    # All that an earlier close said goes: the next one need not say the same things.
    opening = _update(
        deliveries,
        delivery,
        HEAD,
        UpdateExpression=(
            "SET #state = :open, state_shard = :shard, became = :other, attempts = :none, reopened_at = :now"
            f"{', as_kind = :as_kind' if as_kind else ''} REMOVE {', '.join(_FROM_THE_END)}"
        ),
        ConditionExpression=(
            "attribute_exists(delivery_id)"
            " AND (attribute_not_exists(leased_until) OR leased_until <= :now)"
            " AND (#state <> :open OR received_at <= :old)"
        ),
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={
            ":open": {"S": State.OPEN},
            ":shard": {"S": state_shard(State.OPEN, delivery.id)},
            ":other": {"S": OTHER},
            ":none": {"N": "0"},
            ":now": {"S": timestamp(now)},
            ":old": {"S": timestamp(now - recover_after)},
            **({":as_kind": {"S": as_kind}} if as_kind else {}),
        },
    )
    keeping = [
        _update(deliveries, delivery, part, UpdateExpression=f"REMOVE {TTL_ATTRIBUTE}")
        for part in _parts(delivery)
    ]
    # Of more than fit, whoever takes an open delivery keeps the parts before all else.
    together = keeping if len(keeping) <= PARTS_TOGETHER else []
    try:
        deliveries.dynamodb.transact_write_items(TransactItems=[opening, *together])
    except deliveries.dynamodb.exceptions.TransactionCanceledException as cancelled:
        if all(each["Code"] != _REFUSED for each in cancelled.response["CancellationReasons"]):
            raise
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
    expiry: Attributes = {":expiry": {"N": str(delivery.expires_at or expires_at)}}
    expiring = f"SET {TTL_ATTRIBUTE} = :expiry"
    head = _update(
        deliveries,
        delivery,
        HEAD,
        UpdateExpression=(
            f"{expiring}, #state = :dismissed, state_shard = :shard,"
            " dismissed_at = :at, dismissed_by = :by, dismissed_because = :because"
        ),
        ConditionExpression="#state = :was",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={
            ":dismissed": {"S": State.DISMISSED},
            ":shard": {"S": state_shard(State.DISMISSED, delivery.id)},
            ":at": {"S": timestamp(dismissal.at)},
            ":by": {"S": dismissal.by},
            ":because": {"S": dismissal.because},
            ":was": {"S": delivery.state},
            **expiry,
        },
    )
    # Head and body together: neither must stay without the other.
    parts = [] if delivery.expires_at else _parts(delivery)
    ends = [
        _update(deliveries, delivery, part, UpdateExpression=expiring, ExpressionAttributeValues=expiry)
        for part in parts
    ]
    if len(ends) > PARTS_TOGETHER:
        # The body first: a part that expires too early can be kept again, one without an end stays for ever.
        for end in ends:
            deliveries.dynamodb.update_item(**end["Update"])
        ends = []
    try:
        deliveries.dynamodb.transact_write_items(TransactItems=[head, *ends])
    except deliveries.dynamodb.exceptions.TransactionCanceledException:
        changed = deliveries.get(delivery.id)
        if changed and changed.state is delivery.state:
            raise
        return f"it is {changed.state} now" if changed else "no such delivery"
    return None


def _parts(delivery: DeliverySummary) -> Sequence[str]:
    return [body_part(number) for number in range(1, delivery.body_parts + 1)]


def _update(
    deliveries: Deliveries,
    delivery: DeliverySummary,
    part: str,
    **update: Any,  # noqa: ANN401 (boto3's)
) -> "TransactWriteItemTypeDef":
    """Word an update of an item; by default, of one that is there."""
    existing = {"ConditionExpression": "attribute_exists(delivery_id)"}
    item = {"TableName": deliveries.table, "Key": key(delivery.id, part)}
    return {"Update": {**item, **existing, **update}}  # type: ignore[typeddict-item] # given in pieces

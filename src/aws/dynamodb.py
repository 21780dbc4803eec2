"""What both tables need of DynamoDB."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from aws.client import store_errors
from models.deadline import Deadline
from models.failures import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        KeysAndAttributesUnionTypeDef,
        WriteRequestTypeDef,
        WriteRequestUnionTypeDef,
    )

    from aws.item_codec import Attributes

# BatchWriteItem takes 25 requests and 16 MB (API reference); an item has at most 0.4 MB.
_BATCH_REQUESTS = 25

Element = TypeVar("Element")


def batches(elements: Sequence[Element], size: int) -> Iterator[Sequence[Element]]:
    """Cut a sequence into pieces of at most `size`."""
    return (elements[at : at + size] for at in range(0, len(elements), size))


def batch_get(  # noqa: PLR0913 (what to call, for what, and for how long)
    dynamodb: "DynamoDBClient",
    store: str,
    table: str,
    keys: "Sequence[Attributes]",
    deadline: Deadline,
    *,
    attributes: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Get up to 100 items, consistently; what a call leaves unprocessed is asked for again.

    Parameters
    ----------
    attributes
        Names of those that are wanted; by default all.

    Raises
    ------
    StoreUnavailable
        If a call fails, or there is no time to ask for the rest.
    """
    items: list[dict[str, Any]] = []
    left: KeysAndAttributesUnionTypeDef | None = {"Keys": keys, "ConsistentRead": True} if keys else None
    if left and attributes:
        left["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
        left["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
    attempt = 0
    while left:
        if attempt and not deadline.backoff(attempt):
            raise OutOfTime(store)
        with store_errors(store):
            answer = dynamodb.batch_get_item(RequestItems={table: left})
        found = answer["Responses"].get(table, [])
        items.extend(found)
        left = answer.get("UnprocessedKeys", {}).get(table)
        # An answer of 16 MB is full, which is no reason to wait; an empty one is throttling.
        attempt = 0 if found else attempt + 1
    return items


def batch_write(
    dynamodb: "DynamoDBClient",
    store: str,
    table: str,
    requests: "Sequence[WriteRequestTypeDef]",
    deadline: Deadline,
) -> None:
    """Put and delete by BatchWriteItem; what a call leaves unprocessed is sent again.

    Raises
    ------
    StoreUnavailable
        If a call fails, or there is no time to send the rest.
    """
    for batch in batches(requests, _BATCH_REQUESTS):
        left: Sequence[WriteRequestUnionTypeDef] = batch
        attempt = 0
        while left:
            if deadline.remaining() <= 0 or (attempt and not deadline.backoff(attempt)):
                raise OutOfTime(store)
            with store_errors(store):
                answer = dynamodb.batch_write_item(RequestItems={table: left})
            left = answer["UnprocessedItems"].get(table, [])
            attempt += 1

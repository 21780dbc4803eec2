"""What both tables need of DynamoDB."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aws.throttling import persist
from models.deadline import Deadline
from models.failures import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        KeysAndAttributesUnionTypeDef,
        TransactWriteItemTypeDef,
        WriteRequestTypeDef,
        WriteRequestUnionTypeDef,
    )


MAX_TRANSACTION_ITEMS: Final = 100
"""Of TransactWriteItems (API reference)."""

# BatchWriteItem takes 25 requests and 16 MB (API reference); an item has at most 0.4 MB.
_BATCH_REQUESTS = 25

Element = TypeVar("Element")


def batches(elements: Sequence[Element], size: int) -> Iterator[Sequence[Element]]:
    """Cut a sequence into pieces of at most `size`."""
    return (elements[at : at + size] for at in range(0, len(elements), size))


def batch_get(
    dynamodb: "DynamoDBClient",
    store: str,
    table: str,
    asked: "KeysAndAttributesUnionTypeDef",
    deadline: Deadline,
) -> list[dict[str, Any]]:
    """Get items; what a call leaves unprocessed is asked for again.

    Parameters
    ----------
    asked
        Up to 100 keys; without any, nothing is asked.

    Raises
    ------
    StoreUnavailable
        If a call fails, or there is no time to ask for the rest.
    """
    items: list[dict[str, Any]] = []
    left: KeysAndAttributesUnionTypeDef | None = asked if asked["Keys"] else None
    attempt = 0
    while left:
        if attempt and not deadline.backoff(attempt):
            raise OutOfTime(store)
        answer = persist(store, deadline, partial(dynamodb.batch_get_item, RequestItems={table: left}))
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
            if attempt and not deadline.backoff(attempt):
                raise OutOfTime(store)
            write = partial(dynamodb.batch_write_item, RequestItems={table: left})
            left = persist(store, deadline, write)["UnprocessedItems"].get(table, [])
            attempt += 1


def query(
    dynamodb: "DynamoDBClient",
    store: str,
    deadline: Deadline,
    **parameters: Any,  # noqa: ANN401 - those of the client's Query
) -> Iterator[dict[str, Any]]:
    """Give the items that a Query finds, asking for pages as they are taken. Raises StoreUnavailable."""
    while True:
        page = persist(store, deadline, partial(dynamodb.query, **parameters))
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def transact(
    dynamodb: "DynamoDBClient",
    store: str,
    items: "Sequence[TransactWriteItemTypeDef]",
    deadline: Deadline,
) -> list[str]:
    """Write all of the items or none.

    Returns
    -------
    list
        For each item why it cancelled the transaction, "None" for those that did not; empty if all are
        written.

    Raises
    ------
    StoreUnavailable
        If the call fails.
    """

    def write() -> list[str]:
        try:
            dynamodb.transact_write_items(TransactItems=items)
        except dynamodb.exceptions.TransactionCanceledException as cancelled:
            codes = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
            if set(codes) == {"None"}:
                raise
            return codes
        return []

    return persist(store, deadline, write)

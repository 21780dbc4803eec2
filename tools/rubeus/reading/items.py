"""Items of DynamoDB, by Query and by BatchGetItem: never by Scan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from aws.dynamodb import batch_get
from models.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesUnionTypeDef

    from aws.item_codec import Attributes

_BATCH_KEYS = 100

PATIENCE = 60.0
"""Seconds that a read may be throttled before it is given up."""


def query(
    dynamodb: "DynamoDBClient",
    table: str,
    condition: str,
    values: Mapping[str, str | int],
    **more: Any,  # noqa: ANN401 (boto3's)
) -> Iterator[Mapping[str, Any]]:
    """Give the items of a Query as they are taken: a page is asked for when the one before it is used up.

    Parameters
    ----------
    condition
        KeyConditionExpression.
    values
        Texts and numbers of all placeholders, by their names without colon.
    more
        Other parameters of Query, as boto3's client takes them.
    """
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues={
            f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in values.items()
        },
        **more,
    )
    for page in pages:
        yield from page["Items"]


def get(
    dynamodb: "DynamoDBClient",
    table: str,
    keys: "Iterable[Attributes]",
    deadline: Callable[[], Deadline],
    attributes: Sequence[str] = (),
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Get items consistently, a hundred a call, as they are taken; of each hundred those that there are.

    Parameters
    ----------
    deadline
        Gives a call's: so long it may be throttled.
    attributes
        Names of those that are wanted; by default all.

    Raises
    ------
    StoreUnavailable
        If a call fails, or is throttled until its deadline.
    """
    remaining = iter(keys)
    while batch := [*islice(remaining, _BATCH_KEYS)]:
        # An item that changes while its index is read may be met twice, and BatchGetItem refuses that.
        once = {str(each): each for each in batch}
        asked: KeysAndAttributesUnionTypeDef = {"Keys": [*once.values()], "ConsistentRead": True}
        if attributes:
            asked["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
            asked["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
        yield batch_get(dynamodb, table, table, asked, deadline())

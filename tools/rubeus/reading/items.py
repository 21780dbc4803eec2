"""Items of DynamoDB, by Query and by BatchGetItem: never by Scan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from aws.client import CONCURRENT_CALLS
from aws.dynamodb import batch_get
from models.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ConditionTypeDef, KeysAndAttributesUnionTypeDef

    from aws.item_codec import Attributes

_BATCH_KEYS = 100

# So that what turns out to be sparse is found in few pages: the third of one hundred has a whole page's 1 MB.
_GROWTH = 16

PATIENCE = 60.0
"""Seconds that a read may be throttled before it is given up."""

Range: TypeAlias = tuple[str, str]
"""The least and the greatest text."""

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


def at_once(look: Callable[[Argument], Answer], arguments: Iterable[Argument]) -> Sequence[Answer]:
    """Look several times at once, and give the answers in the order of the arguments."""
    with ThreadPoolExecutor(CONCURRENT_CALLS) as pool:
        return [*pool.map(look, arguments)]


def begun(stream: Iterator[Answer]) -> Iterator[Answer]:
    """Ask for a stream's first page, and give all of it."""
    return chain([*islice(stream, 1)], stream)


def conditions(key: Mapping[str, str | Range]) -> "Mapping[str, ConditionTypeDef]":
    """Write what `query` takes as Query's KeyConditions.

    They say the same as a KeyConditionExpression, and the emulator, which reads that anew for each entry of
    a partition, takes them in a quarter of the time (docs/performance.md, "Looks").
    """
    return {
        name: {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": wanted}]}
        if isinstance(wanted, str)
        else {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"S": each} for each in wanted]}
        for name, wanted in key.items()
    }


def query(
    dynamodb: "DynamoDBClient",
    table: str,
    key: Mapping[str, str | Range],
    first: int | None = None,
    **more: Any,  # noqa: ANN401 (boto3's)
) -> Iterator[Mapping[str, Any]]:
    """Give the items of a Query as they are taken: a page is asked for when the one before it is used up.

    Parameters
    ----------
    key
        By name: the partition key's text, and the range of the sort key where not all are wanted.
    first
        How many items the first page reads, before any filter, where few are wanted; later ones read more.
        None: as many as DynamoDB gives, 1 MB.
    more
        Other parameters of Query, as boto3's client takes them.
    """
    asked: dict[str, Any] = {"TableName": table, "KeyConditions": conditions(key), **more}
    if first:
        asked["Limit"] = first
    while True:
        page = dynamodb.query(**asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        if first:
            asked["Limit"] *= _GROWTH


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

"""One Query of DynamoDB, page by page."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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

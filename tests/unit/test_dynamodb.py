from types import SimpleNamespace
from typing import Any

from tests.fakes import deadline

from aws.dynamodb import batch_get, batch_write

KEYS: Any = [{"pk": {"S": str(number)}} for number in range(5)]


def test_what_a_read_leaves_unprocessed_is_read_again() -> None:
    """Each call gives two items and leaves the rest; all are given in the end."""

    def get(*, RequestItems: Any) -> Any:  # noqa: N803 - DynamoDB's name
        asked = RequestItems["table"]
        left = {"table": {**asked, "Keys": asked["Keys"][2:]}} if asked["Keys"][2:] else {}
        return {"Responses": {"table": asked["Keys"][:2]}, "UnprocessedKeys": left}

    dynamodb: Any = SimpleNamespace(batch_get_item=get)

    assert batch_get(dynamodb, "records table", "table", {"Keys": KEYS}, deadline()) == KEYS


def test_what_a_write_leaves_unprocessed_is_written_again() -> None:
    """Each call takes two requests and leaves the rest; none is lost."""
    taken: list[Any] = []

    def write(*, RequestItems: Any) -> Any:  # noqa: N803 - DynamoDB's name
        requests = RequestItems["table"]
        taken.extend(requests[:2])
        return {"UnprocessedItems": {"table": requests[2:]} if requests[2:] else {}}

    dynamodb: Any = SimpleNamespace(batch_write_item=write)
    batch_write(dynamodb, "records table", "table", KEYS, deadline())

    assert taken == KEYS

import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from rubeus.stack.emulator import emulator
from rubeus.stack.recovery import recovery
from rubeus.stack.stores import local_session
from rubeus.stack.supervisor import FunctionError

LONG = 3600


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Run the emulator for all tests of this file."""
    with emulator(0) as url:
        yield url


@contextmanager
def messages(endpoint: str, name: str, *bodies: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """Make a queue with messages; gives its URL, and a count of those that are not deleted."""
    sqs = local_session().client("sqs", endpoint_url=endpoint)
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(LONG)})["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left() -> int:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, attributes.values()))

    yield url, left
    sqs.close()


def test_the_schedule_comes_again_although_the_function_fails(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """EventBridge's event each time; a failure is a line on standard error."""
    events: queue.Queue[Mapping[str, Any]] = queue.Queue()

    def broken(event: Mapping[str, Any]) -> None:
        events.put(event)
        raise FunctionError("it died")

    with messages(endpoint, "none") as (url, _), recovery(broken, endpoint, url, 0.1):
        first, second = events.get(timeout=60), events.get(timeout=10)
    assert first["detail-type"] == second["detail-type"] == "Scheduled Event"
    assert first["source"] == "aws.events"
    assert first["id"] != second["id"]
    assert "it died\n" in capsys.readouterr().err


def test_the_messages_that_succeeded_are_deleted(endpoint: str) -> None:
    """The function gets Lambda's event of SQS for each; what it names as failed stays in the queue."""
    events: queue.Queue[Mapping[str, Any]] = queue.Queue()

    def take(event: Mapping[str, Any]) -> dict[str, Any]:
        events.put(event)
        failed = [each["messageId"] for each in event["Records"] if each["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}

    with messages(endpoint, "some", "good", "bad") as (url, left):
        with recovery(take, endpoint, url, LONG):
            (first,), (second,) = (events.get(timeout=60)["Records"] for _ in range(2))
        assert left() == 1
    assert {first["body"], second["body"]} == {"good", "bad"}
    assert first["eventSource"] == "aws:sqs"
    assert first["eventSourceARN"].endswith(":some")
    assert first["attributes"]["ApproximateReceiveCount"] == "1"


def test_no_message_is_deleted_when_the_function_fails(endpoint: str) -> None:
    """They come again when their time out of sight is over."""
    called = queue.Queue[None]()

    def broken(_: object) -> None:
        called.put(None)
        raise FunctionError

    with messages(endpoint, "kept", "one", "two") as (url, left):
        with recovery(broken, endpoint, url, LONG):
            for _ in range(2):
                called.get(timeout=60)
        assert left() == 2

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes import WhenAwaited, deadline

from aws.queues import RecordsQueue
from models.message import Message

GROUPS = ("contato/1", "contato/2", "contato/3")


class LastFirst(Executor):
    """Makes no call before somebody waits for one; then all, from the last on."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        waiting = self._waiting

        class Awaited(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                while waiting:
                    waiting.pop()()
                return super().result(timeout)

        future = Awaited()
        waiting.append(lambda: future.set_result(fn(*args, **kwargs)))
        return future


def message(group: str, number: int, size: int) -> Message:
    """Give a message of so many characters."""
    name = f"{group}/{number}"
    return Message(name, group, name, {"subject": group}, (), f'"{"x" * size}"', ("pk", "sk"))


@pytest.mark.parametrize("size", [10, 300_000], ids=["ten a batch", "three a batch"])
def test_the_messages_of_one_contato_are_sent_in_their_order(size: int) -> None:
    """However they are mixed with others', and whichever call comes through first."""
    calls: list[list[dict[str, str]]] = []

    def send(*, Entries: list[dict[str, str]], **_: str) -> dict[str, Any]:  # noqa: N803 - SQS's name
        calls.append(Entries)
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    sqs: Any = SimpleNamespace(send_message_batch=send)
    messages = [message(group, number, size) for number in range(15) for group in GROUPS]

    failures = RecordsQueue(sqs, "queue", "records", LastFirst()).publish(messages, deadline())

    order = defaultdict(list)
    for entry in (entry for call in calls for entry in call):
        order[entry["MessageGroupId"]].append(entry["MessageDeduplicationId"])
    assert failures == {}
    assert order == {group: [f"{group}/{number}" for number in range(15)] for group in GROUPS}


@pytest.mark.parametrize("count", [1, 3])
def test_attributes_weigh_too(count: int) -> None:
    """What they and the bodies come to is within SQS's 1 MiB, message by message and batch by batch."""
    calls: list[int] = []

    def send(*, Entries: list[dict[str, Any]], **_: str) -> dict[str, Any]:  # noqa: N803 - SQS's name
        texts = [
            text
            for entry in Entries
            for name, value in entry["MessageAttributes"].items()
            for text in (name, value["DataType"], value["StringValue"])
        ]
        calls.append(sum(len(text.encode()) for text in (*texts, *(each["MessageBody"] for each in Entries))))
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    sqs: Any = SimpleNamespace(send_message_batch=send)
    changed = tuple(f"campo{number:05}" for number in range(360))
    room = (1_048_576 - 2 * 360 * 11) // count
    messages = [message(group, 1, room)._replace(changed=changed) for group in GROUPS[:count]]

    assert RecordsQueue(sqs, "queue", "records", WhenAwaited()).publish(messages, deadline()) == {}
    assert max(calls) <= 1_048_576


@pytest.mark.parametrize("empty", [{}, {"Successful": []}, {"Failed": []}])
def test_what_the_answer_does_not_call_sent_is_sent_again(empty: dict[str, Any]) -> None:
    """An answer that lacks a message says nothing of it, and the message must not be lost."""
    answers = [empty, {"Successful": [{"Id": "0"}]}]
    sqs: Any = SimpleNamespace(send_message_batch=lambda **_: answers.pop(0))
    queue = RecordsQueue(sqs, "queue", "records", WhenAwaited())

    assert queue.publish([message("contato/1", 1, 10)], deadline()) == {}
    assert answers == []

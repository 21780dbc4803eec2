"""Who was deleted, or set back by a restore, and comes again is heard within SQS's five minutes, too."""

from typing import Any

from tests.integration.receiving import Receiver
from tests.payloads import documented

CONTATO = documented("contato")
NAMES = ("Ana", "Ana Maria", "Ana Maria Souza")


def post(receiver: Receiver, *names: str) -> None:
    """Post a state of the same contato for each name."""
    for name in names:
        receiver.seconds += 1
        assert receiver.post_records({**CONTATO, "nome": name}, kind="contato").status == 200


def delete(receiver: Receiver, pk: str = "contato#341") -> dict[str, Any]:
    """Delete every item of a partition, as docs/security.md says; gives them."""
    items = receiver.items(pk)
    for sort_key in items:
        key = {"pk": {"S": pk}, "sk": {"S": sort_key}}
        receiver.clients.dynamodb.delete_item(TableName="rubeus-records", Key=key)
    return items


def test_who_was_deleted_and_comes_again_is_heard(receiver: Receiver) -> None:
    """The ids are those of before, which SQS has seen; each message goes out, with a greater sequence."""
    post(receiver, *NAMES)
    delete(receiver)
    post(receiver, *NAMES)

    messages = receiver.messages()
    assert [message["id"] for message in messages] == [f"contato/341/{number}" for number in (1, 2, 3)] * 2
    sequences = [message["sequence"] for message in messages]
    assert sequences == sorted(set(sequences))


def test_what_comes_after_a_restore_is_heard(receiver: Receiver) -> None:
    """The table is as it was after the first version; the next states have numbers that were there before."""
    post(receiver, NAMES[0])
    restored = receiver.items("contato#341")
    post(receiver, *NAMES[1:])
    delete(receiver)
    for item in restored.values():
        receiver.clients.dynamodb.put_item(TableName="rubeus-records", Item=item)
    post(receiver, *NAMES[1:])

    messages = receiver.messages()
    assert [message["id"].rpartition("/")[2] for message in messages] == ["1", "2", "3", "2", "3"]
    sequences = [message["sequence"] for message in messages]
    assert sequences == sorted(set(sequences))

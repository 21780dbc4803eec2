import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from models.outcome import State
from rubeus.cli import dismissing, replaying
from rubeus.inspector.batches import Batch, Batches, Phase
from rubeus.inspector.pages import explained
from rubeus.operating.bulk import Failed, dismissable, one_by_one, replayable
from rubeus.reading.failures import explain
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import NEED_ATTENTION, Selection

AT = datetime(2026, 11, 30, tzinfo=UTC)


def refusal(code: str) -> ClientError:
    """Make an error of AWS's; in words as IAM has them."""
    message = "User: x is not authorized to perform: dynamodb:UpdateItem on resource: arn:aws:y because no"
    return ClientError({"Error": {"Code": code, "Message": message}}, "UpdateItem")


def row(number: int, state: State = State.QUARANTINED) -> DeliveryRow:
    """Make a row of a list."""
    return DeliveryRow(str(number), AT, state, 2, (), {}, None, {})


class Inbox:
    """Deliveries of which only a list is known; it may fail."""

    def __init__(self, *rows: DeliveryRow, failure: Exception | None = None) -> None:
        self.rows, self.failure = rows, failure

    def list(self, _: Selection) -> Iterator[DeliveryRow]:
        if self.failure:
            raise self.failure
        return iter(self.rows)


def test_one_that_fails_does_not_stop_the_others() -> None:
    """What AWS did not do for it is told by its id."""

    def operation(each: str) -> str:
        if each == "b":
            raise EndpointConnectionError(endpoint_url="x")
        if each == "c":
            raise refusal("ThrottlingException")
        return each.upper()

    results = list(one_by_one("abcd", operation))
    assert [each.failure.cause if isinstance(each, Failed) else each for each in results] == [
        *("A", "away", "throttled", "D"),
    ]
    assert [each.delivery_id for each in results if isinstance(each, Failed)] == ["b", "c"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_a_missing_permission_ends_all_of_it(code: str) -> None:
    """The others would fail alike."""
    tried = []

    def operation(each: str) -> str:
        tried.append(each)
        raise refusal(code)

    with pytest.raises(ClientError):
        list(one_by_one("abc", operation))
    assert tried == ["a"]


def test_only_states_that_an_operation_is_for_are_taken() -> None:
    """A replay takes what needs attention, or the state that was asked for; a dismissal what is put aside."""
    assert replayable(Selection(day="2026-11-30")) == NEED_ATTENTION
    assert list(replayable(Selection(state=State.DISMISSED))) == [State.DISMISSED]
    assert list(dismissable(force=False)) == [State.QUARANTINED]
    assert list(dismissable(force=True)) == [State.QUARANTINED, State.FAILED]

    states = [State.DONE, State.OPEN, State.QUARANTINED, State.FAILED, State.DISMISSED]
    batch = Batch(Selection(), "", [row(number, state) for number, state in enumerate(states)])
    assert batch.replayable == ["3", "2", "1"]
    assert batch.dismissable(force=False) == ["2"]
    assert batch.dismissable(force=True) == ["3", "2"]
    assert not Batch(Selection(state=State.DONE), "", [row(1, State.DONE)]).replayable


def ended(batch: Batch) -> Phase:
    """Wait until a batch's thread is over."""
    for thread in [each for each in threading.enumerate() if each.name == "batch"]:
        thread.join(20)
    return batch.phase


def test_what_ends_a_batch_is_kept_for_the_page() -> None:
    """A refusal of AWS's in facts, and a defect of ours; neither leaves it running."""
    denied = Batch(Selection(), "")
    denied.choose(cast("Any", Inbox(failure=refusal("AccessDeniedException"))), lambda: cast("Any", None))
    assert ended(denied) == "ready"
    failure = explained(denied.error)
    assert failure
    assert (failure.cause, failure.action) == ("denied", "dynamodb:UpdateItem")

    broken = Batch(Selection(), "")
    broken.choose(cast("Any", Inbox(failure=KeyError("Zuleica"))), lambda: cast("Any", None))
    ended(broken)
    with pytest.raises(KeyError):
        explained(broken.error)


def test_an_operation_is_started_once() -> None:
    """Two clicks are one: the second finds it running, or over."""

    def receiver() -> Any:
        raise refusal("AccessDeniedException")

    inbox = cast("Any", Inbox(row(1)))
    batch = Batch(Selection(), "", [row(1)], phase="ready")
    batch.replay(inbox, receiver)
    assert ended(batch) == "over"
    assert explained(batch.error)
    batch.replay(inbox, receiver)
    assert (ended(batch), batch.total, batch.lines) == ("over", 1, [])


def test_old_batches_are_forgotten_but_for_those_that_run() -> None:
    """Twenty are kept."""
    batches, running = Batches(), Batch(Selection(), "", phase="acting")
    first = Batch(Selection(), "", phase="over")
    batches.add(running)
    batches.add(first)
    for _ in range(30):
        batches.add(Batch(Selection(), "", phase="over"))
    assert batches.get(running.id) is running
    assert batches.get(first.id) is None


def test_a_command_tells_what_aws_did_not_do(capsys: pytest.CaptureFixture[str]) -> None:
    """By id and code, in words and as JSON; it is in the total."""
    failed = Failed("01a2", explain(refusal("ThrottlingException")))
    expected = {"delivery_id": "01a2", "error": "ThrottlingException"}
    assert replaying.document(failed, dry_run=False) == dismissing.document(failed) == expected
    replaying.say(failed, dry_run=False)
    replaying.say_total([failed], dry_run=False)
    dismissing.say(failed)
    dismissing.say_total([failed])
    said = (
        "01a2: failed\n"
        "  AWS: ThrottlingException; what is not finished, recovery finishes: try again\n"
        "  later\n"
    )
    assert capsys.readouterr().out == f"{said}replayed: 1 failed\n{said}total: 1 failed\n"

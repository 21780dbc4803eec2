import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from handlers import responses
from models.delivery import Delivery
from models.outcome import Outcome, Result, SavedIn, Verdict
from rubeus.arguments import moment
from rubeus.errors import CommandError
from rubeus.head import read
from rubeus.masking import MASK, NotJsonError, field_path, identity, masked_body, path_kind
from rubeus.redrive import redrive
from rubeus.target import Target
from rubeus.wording import indented, printable, size, verdict


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T08:00:00-03:00", datetime(2026, 11, 24, 11, tzinfo=UTC)),
        ("2026-11-24T11:00:00.5Z", datetime(2026, 11, 24, 11, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, 3, tzinfo=UTC)),
    ],
)
def test_since_is_a_time_or_a_day_in_brasilia(text: str, utc: datetime) -> None:
    """A day begins at midnight there, which is 3 o'clock UTC."""
    assert moment(text) == utc


def masked(value: object) -> object:
    """Mask a value that is sent as JSON."""
    return masked_body(json.dumps(value).encode())


def test_scalars_are_masked_and_structure_and_names_stay() -> None:
    """Texts and numbers go, whatever they are in; null, true and false tell nobody."""
    record = {"id": "341", "nome": "Ana", "nota": 9.5, "ano": 1997, "x": [True, None, "b"], "y": {"id": "7"}}
    shown = {"id": "341", "nome": MASK, "nota": MASK, "ano": MASK, "x": [True, None, MASK], "y": {"id": MASK}}

    assert masked([record, "Ana", [record["y"]]]) == [shown, MASK, [{"id": MASK}]]
    assert masked(record) == shown
    assert masked("Ana") == MASK


@pytest.mark.parametrize(
    "odd", ["Ana Exemplo", "ana@example.com", "11999998888", "", "é", "x" * 42, "a\x1b[2J", "a\n"]
)
def test_names_that_could_be_values_are_masked(odd: str) -> None:
    """None of them is lost by that."""
    assert masked({odd: 1, "nome": 2, f"{odd}!": []}) == {MASK: MASK, "nome": MASK, f"{MASK}2": []}
    assert field_path(f"contato.emails.{odd}") == f"contato.{MASK}"
    assert field_path("contato.emails.novo") == "contato.emails.novo"


@pytest.mark.parametrize("value", ["ana@example.com", "Ana Exemplo", "", None, 1.5, True, ["341"], "x" * 65])
def test_an_id_that_is_none_is_masked(value: object) -> None:
    """Only what looks like an id stays: text or a whole number."""
    assert masked([{"id": value}]) != [{"id": value}] or value in (None, True)


def test_what_else_a_sender_writes_is_masked() -> None:
    """A record's id and the kind in the URL are shown if they are what they should be."""
    assert (identity("341"), identity("0199-ab_C.d"), identity("Ana Exemplo")) == ("341", "0199-ab_C.d", MASK)
    assert (path_kind("fluxo"), path_kind("contato"), path_kind("Ana")) == ("fluxo", "contato", MASK)


@pytest.mark.parametrize("body", [b"", b"nome=Ana", b'{"a": NaN}', b"\xff", b"[" * 100_000, b"[1] Ana"])
def test_what_is_not_json_cannot_be_masked(body: bytes) -> None:
    """Nothing of it may be shown then."""
    with pytest.raises(NotJsonError):
        masked_body(body)


def test_any_number_is_masked() -> None:
    """Neither a byte-order mark nor more digits than Python reads stop it."""
    assert masked_body(b"\xef\xbb\xbf[" + b"1" * 5000 + b", 1e999999]") == [MASK, MASK]


@pytest.mark.parametrize("word", Verdict)
def test_verdicts_are_worded_as_in_the_answers(word: Verdict) -> None:
    """Who reads both reads the same."""
    delivery = Delivery("0199", datetime(2026, 11, 24, tzinfo=UTC), b"[]")
    pending = Outcome(1, Verdict.PENDING, kind="contato", id="2")
    result = Result(delivery, SavedIn.INBOX, (Outcome(0, word, kind="contato", id="1"), pending))
    summary = json.loads(responses.result(result)["body"])["resumo"]

    assert verdict({"verdict": word}) in summary


def test_many_outcomes_are_read_from_their_packed_form() -> None:
    """A delivery of thousands of records keeps them as gzipped JSON."""
    from aws.delivery_items import closing, head  # noqa: PLC0415

    delivery = Delivery("0199-0000", datetime(2026, 11, 24, tzinfo=UTC), b"[]")
    outcomes = tuple(
        Outcome(number, Verdict.NEW, "contato", str(number), version=1) for number in range(2000)
    )
    item: dict[str, Any] = {**head(delivery, b"", 0), **closing(Result(delivery, SavedIn.INBOX, outcomes))}
    assert "outcome_gzip" in item

    read_back = read(item)
    assert (len(read_back.outcomes), read_back.rejected) == (2000, [])
    assert read_back.outcomes[2000] == {
        "position": 2000,
        "verdict": "new",
        "kind": "contato",
        "id": "1999",
        "version": 1,
    }


def test_texts_fit_a_terminal() -> None:
    """Sizes are short, lines are wrapped, and what could be a command to the terminal is escaped."""
    assert [size(count) for count in (0, 999, 1_000, 6_000_000)] == ["0 B", "999 B", "1.0 kB", "6.0 MB"]
    assert max(map(len, indented("palavra " * 50).splitlines())) <= 100
    assert printable("a\x1b[2J") == r"'a\x1b[2J'"


class BrokenQueue:
    """Hands out messages, takes one and then no more."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def receive_message(self, **_: object) -> dict[str, Any]:
        messages = [
            {"MessageId": each, "Body": each, "ReceiptHandle": each, "Attributes": {}} for each in "abc"
        ]
        return {"Messages": messages}

    def send_message(self, **_: object) -> dict[str, str]:
        if self.deleted:
            raise EndpointConnectionError(endpoint_url="https://sqs.test")
        return {"MessageId": "sent"}

    def delete_message(self, *, ReceiptHandle: str, **_: object) -> None:  # noqa: N803 - SQS's
        self.deleted.append(ReceiptHandle)


class QuickConsumer(BrokenQueue):
    """Fails at once on what it is sent, so that it is in the dead-letter queue again."""

    def receive_message(self, **_: object) -> dict[str, Any]:
        again = {"MessageId": "sent 0", "Body": "", "ReceiptHandle": "", "Attributes": {}}
        return {"Messages": [again]} if self.deleted else super().receive_message()

    def send_message(self, **_: object) -> dict[str, str]:
        return {"MessageId": f"sent {len(self.deleted)}"}


def redriving(queue: BrokenQueue) -> Target:
    """Make a stack of which only the records queue is there."""
    names = ("RecordsQueue", "RecordsDeadLetterQueue")
    target = Target(boto3.Session(), None, {name: name for name in names}, {})
    vars(target)["sqs"] = queue
    return target


def test_a_redrive_ends_although_the_messages_fail_again(capsys: pytest.CaptureFixture[str]) -> None:
    """What it has moved itself it moves no second time."""
    quick = QuickConsumer()

    assert redrive(redriving(quick), ["records"], as_json=False) == 0
    assert quick.deleted == ["a", "b", "c"]
    assert capsys.readouterr().out == "records: 3 moved\n"


def test_a_redrive_that_breaks_off_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what was sent is deleted; the error says how much was moved, and what of the rest."""
    broken = BrokenQueue()

    with pytest.raises(CommandError, match=r"records: 1 moved, then: .* the rest is safe"):
        redrive(redriving(broken), ["records"], as_json=False)
    assert broken.deleted == ["a"]
    assert capsys.readouterr().out == ""

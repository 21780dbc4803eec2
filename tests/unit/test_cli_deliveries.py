import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from aws.delivery_items import closing, head
from handlers import responses
from models.delivery import Delivery
from models.outcome import Outcome, Result, SavedIn, Verdict
from rubeus.cli.arguments import Moment
from rubeus.cli.words import escaped, records, say, size, verdict
from rubeus.errors import CommandError
from rubeus.operating.redrive import redrive
from rubeus.reading.bodies import pretty
from rubeus.reading.masking import (
    MASK,
    NotJsonError,
    content_encoding,
    content_type,
    field_path,
    identity,
    masked_body,
    path_kind,
    query,
)
from rubeus.reading.summary import read_summary

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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
    assert Moment().convert(text, None, None) == utc


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


@pytest.mark.parametrize(
    "value",
    ["ana@example.com", "390.533.447-05", 39053344705, "Ana Exemplo", "", None, 1.5, True, ["341"], "x" * 65],
)
def test_an_id_that_is_none_is_masked(value: object) -> None:
    """Only what looks like an id stays: text or a whole number."""
    assert masked([{"id": value}]) != [{"id": value}] or value in (None, True)


def test_what_else_a_sender_writes_is_masked() -> None:
    """A record's id and the kind in the URL are shown if they are what they should be."""
    assert (identity("341"), identity("0199-ab_C.d"), identity("Ana Exemplo")) == ("341", "0199-ab_C.d", MASK)
    assert (path_kind("fluxo"), path_kind("contato"), path_kind("Ana")) == ("fluxo", "contato", MASK)
    assert query({"etapa": ["Ana", ""], "a@b.test": ["1"]}) == {"etapa": [MASK, MASK], MASK: [MASK]}
    assert (content_encoding("gzip"), content_encoding("Ana"), content_encoding("")) == ("gzip", MASK, "")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ('Text/Plain;charset="ISO-8859-1"', 'Text/Plain; charset="ISO-8859-1"'),
        ("multipart/form-data; boundary=Ana", f"multipart/form-data; {MASK}"),
        ("application/json; charset=Ana", f"application/json; {MASK}"),
        ("text/x-Ana", MASK),
        ("", ""),
    ],
)
def test_a_content_type_is_shown_as_far_as_it_is_known(sent: str, shown: str) -> None:
    """A sender may write anything into that header."""
    assert content_type(sent) == shown


@pytest.mark.parametrize(
    ("body", "laid_out"),
    [
        (
            b'[{"id":1,"nota":9.50,"n":1e400}]',
            '[\n  {\n    "id": 1,\n    "nota": 9.50,\n    "n": 1e400\n  }\n]',
        ),
        (b'\xef\xbb\xbf{"a":"\xc3\xa9"}', '{\n  "a": "é"\n}'),
        (b"1" * 5000, "1" * 5000),
        (b"nome=Ana&x=\xff", "nome=Ana&x=\\xff"),
        (b'{"a": NaN}', '{"a": NaN}'),
        (b"[" * 100_000, "[" * 100_000),
        (b'["\\ud800"]', '["\\ud800"]'),
    ],
)
def test_a_body_is_laid_out_and_its_numbers_stay(body: bytes, laid_out: str) -> None:
    """JSON is indented; what is none, or can't be laid out, is as it came."""
    assert pretty(body) == laid_out


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

    singular = {name.removesuffix("s").replace("_", " ") for name in summary}
    assert verdict({"verdict": word}) in singular
    assert verdict({"verdict": word, "version": 3}).endswith(" v3")


def test_many_outcomes_are_read_from_their_packed_form() -> None:
    """A delivery of thousands of records keeps them as gzipped JSON."""
    delivery = Delivery("0199-0000", datetime(2026, 11, 24, tzinfo=UTC), b"[]")
    outcomes = tuple(
        Outcome(number, Verdict.NEW, "contato", str(number), version=1) for number in range(2000)
    )
    item: dict[str, Any] = {**head(delivery, b"", 0), **closing(Result(delivery, SavedIn.INBOX, outcomes))}
    assert "outcome_gzip" in item

    read_back = read_summary(item)
    assert (len(read_back.outcomes), read_back.rejected) == (2000, [])
    assert read_back.outcomes[2000] == {
        "position": 2000,
        "verdict": "new",
        "kind": "contato",
        "id": "1999",
        "version": 1,
    }


def test_texts_fit_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes are short, lines are wrapped, positions are told in runs."""
    assert [size(count) for count in (0, 999, 1_000, 6_000_000)] == ["0 B", "999 B", "1.0 kB", "6.0 MB"]
    assert [records([2]), records([1, 3, 4, 5, 8])] == ["registro 2", "registros 1, 3-5, 8"]
    say("palavra " * 50 + "x" * 200, "  ")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines)


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\n", "\x7f", "\x9b", "\u200f", "\u202e", "\u2066", "\ud800"]
)
def test_what_could_be_a_command_to_a_terminal_is_escaped_as_json_does(character: str) -> None:
    """Controls, C1, marks of direction and lone surrogates; JSON that holds them says the same."""
    shown = escaped(f'"é {character} 🎓"'.replace("\n", "\x0b"))
    assert shown.isprintable()
    assert json.loads(shown) == f"é {character} 🎓".replace("\n", "\x0b")


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


def test_a_redrive_ends_although_the_messages_fail_again() -> None:
    """What it has moved itself it moves no second time."""
    quick = QuickConsumer()

    assert redrive(cast("SQSClient", quick), "from", "to") == 3
    assert quick.deleted == ["a", "b", "c"]


def test_a_redrive_that_breaks_off_loses_nothing() -> None:
    """Only what was sent is deleted; the error says how much was moved, and what of the rest."""
    broken = BrokenQueue()

    with pytest.raises(CommandError, match=r"1 moved, then: .* the rest is safe"):
        redrive(cast("SQSClient", broken), "from", "to")
    assert broken.deleted == ["a"]

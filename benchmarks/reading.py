"""`python -m benchmarks.reading`: how long a look takes in full stores, those of an emulator on loopback.

10,000 records of 1,000 people, and 10,000 deliveries of a day. Beside each look stands how much of it was our
own (boto3's with it), how much the emulator's with the way there and back, and how many calls it made.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3 import Session
from tests.payloads import documented

from aws.delivery_items import closing, head
from aws.dynamodb import batch_write
from aws.writes import write_set
from benchmarks.calls import Calls, Spent
from ingest.parse import parse
from models import clock
from models.change import Change, Plan
from models.deadline import Deadline
from models.delivery import Delivery, receive_at
from models.outcome import Outcome, Result, SavedIn, State, Verdict
from models.record import Key
from models.validation import Issue
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.selection import Selection
from rubeus.reading.timeline import timeline
from rubeus.reading.triggers import triggers
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.target import Target
from rubeus.stack.template import read_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PEOPLE = 1_000
_ROUNDS = 20
_NOT_OF_A_DONE_ONE = ("state_shard",)


class Stores(NamedTuple):
    """What is looked into, and the day of all that is in it."""

    records: Records
    deliveries: Deliveries
    day: str


class Look(NamedTuple):
    """A look into the stores.

    Attributes
    ----------
    calls
        How many calls it may make at most where there are 10,000 records and 10,000 deliveries of a day.
    """

    look: Callable[[Stores], object]
    calls: int


_UPDATED = Selection(State.DONE, kind="evento", verdict=Verdict.UPDATED)
_WEEK = timedelta(days=7)

LOOKS: Mapping[str, Look] = {
    "records get": Look(lambda stores: stores.records.get(Key("contato", "50")), 1),
    "records get --as-of": Look(lambda stores: stores.records.get(Key("contato", "50"), _now()), 1),
    "records find": Look(lambda stores: stores.records.find("codigo", "COD50"), 2),
    "records timeline": Look(lambda stores: timeline(stores.records, "50").entries, 10),
    "deliveries list": Look(lambda stores: [*stores.deliveries.list(Selection())], 25),
    "deliveries list, 2 filters": Look(
        lambda stores: [*stores.deliveries.list(replace(_UPDATED, day=stores.day))], 2
    ),
    "deliveries list, by problem": Look(
        lambda stores: [*stores.deliveries.list(Selection(day=stores.day, problem="id"))], 3
    ),
    "deliveries list, the newest 50": Look(
        lambda stores: [*stores.deliveries.list(Selection(day=stores.day), 50)], 1
    ),
    "deliveries list, all of the day": Look(
        lambda stores: [*stores.deliveries.list(Selection(day=stores.day))], 4
    ),
    "triggers, of a week": Look(lambda stores: [*triggers(stores.records, _now() - _WEEK)], 33),
}


def main() -> None:
    """Fill the stores, and measure."""
    with emulator(0) as endpoint:
        ids = create_stores(read_template(), endpoint, None)
        session = local_session()
        day = fill(session.client("dynamodb", endpoint_url=endpoint), ids)
        calls, stores = Calls(session), open_stores(session, endpoint, ids, day)
        print(HEAD)
        for name, look in LOOKS.items():
            spent = [calls.during(partial(look.look, stores)) for _ in range(_ROUNDS)]
            print(line(name, spent, look.calls))


def open_stores(session: Session, endpoint: str, ids: Mapping[str, str], day: str) -> Stores:
    """Look into the stores of an emulator, as a command does."""
    target = Target(session, endpoint, ids, {})
    records = Records(target.dynamodb, ids["RecordsTable"])
    return Stores(records, Deliveries(target.dynamodb, ids["DeliveriesTable"]), day)


def _now() -> datetime:
    return clock.moment(time.time_ns())


HEAD = f"{'median':<36}{'ms':>8}{'own':>8}{'calling':>9}{'calls':>7}{'at most':>9}{'rounds':>8}{'found':>8}"


def line(name: str, spent: Sequence[Spent], most: int) -> str:
    """Word what a look took, several times, and how many calls it may make."""
    own, calling = (
        median(values)
        for values in zip(*((each.milliseconds - each.calling, each.calling) for each in spent), strict=True)
    )
    last = spent[-1]
    found = len(last.answer) if isinstance(last.answer, list) else 1
    return (
        f"{name:<36}{median(each.milliseconds for each in spent):>8.0f}{own:>8.0f}{calling:>9.0f}"
        f"{last.calls:>7}{most:>9}{last.rounds:>8}{found:>8}"
    )


def fill(dynamodb: "DynamoDBClient", ids: Mapping[str, str], people: int = PEOPLE) -> str:
    """Write ten records a person, each with its delivery; gives the day of them all."""
    noon = time.time_ns() - 600 * 10**9  # what is new is looked for among the last minute's
    puts: dict[str, list[Any]] = {ids["RecordsTable"]: [], ids["DeliveriesTable"]: []}
    days = set()
    for number, record in enumerate(_records(people)):
        delivery_id, received_at = receive_at(noon + number * 1_000, number.to_bytes(8, "big"))
        delivery = Delivery(delivery_id, received_at, json.dumps([record]).encode(), "application/json")
        days.add(delivery.day)
        (read,) = parse(delivery).records
        plan = Plan(read.key, None, (Change(read, Verdict.NEW, 1),), read.receipt)
        written = write_set(plan, delivery, ids["RecordsTable"])
        puts[ids["RecordsTable"]] += [each["Put"]["Item"] for each in written.items if "Put" in each]
        result = Result(delivery, SavedIn.INBOX, (_outcome(number, read.key),), milliseconds=20)
        item = {**head(delivery, gzip.compress(delivery.body), 0), **closing(result)}
        puts[ids["DeliveriesTable"]].append(
            {name: value for name, value in item.items() if name not in _NOT_OF_A_DONE_ONE}
            if result.state is State.DONE
            else item
        )
    deadline = Deadline.after(timedelta(minutes=10).total_seconds(), time)
    for table, items in puts.items():
        batch_write(dynamodb, table, table, [{"PutRequest": {"Item": item}} for item in items], deadline)
    return max(days)


def _outcome(number: int, key: Key) -> Outcome:
    """Let one delivery of a hundred be an update, and one of five hundred need somebody."""
    if number % 500 == 7:
        return Outcome(0, Verdict.REJECTED, key.kind, key.id, problems=(Issue("id", "O id não veio."),))
    return Outcome(0, Verdict.UPDATED if number % 100 == 1 else Verdict.NEW, key.kind, key.id, version=1)


def _records(people: int) -> Iterator[Mapping[str, object]]:
    """Give a contato, and of the other kinds three each, for each person."""
    for person in range(1, people + 1):
        identifier = str(person)
        yield {**documented("contato"), "id": identifier, "codigo": f"COD{person}"}
        for number in range(1, 4):
            own = {"id": f"{person}{number}"}
            yield {**documented("evento"), **own, "contato": {"id": identifier}, "contatosSecundarios": []}
            yield {**documented("atividade"), **own, "contato": {"id": identifier}}
            yield {**documented("registro_processo"), **own, "contatos": [{"id": identifier}]}


if __name__ == "__main__":
    main()

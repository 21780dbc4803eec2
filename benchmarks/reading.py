"""`python -m benchmarks.reading`: how long a look takes in full stores, those of an emulator on loopback.

10,000 records of 1,000 people, and 10,000 deliveries of a day. Beside each look stands how much of it was
spent in calls, those made at once added up: the emulator's own time, with the way there and back.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.payloads import documented

from aws.delivery_items import closing, head
from aws.dynamodb import batch_write
from aws.writes import write_set
from ingest.parse import parse
from models import clock
from models.change import Change, Plan
from models.deadline import Deadline
from models.delivery import Delivery, receive_at
from models.outcome import Outcome, Result, SavedIn, State, Verdict
from models.record import Key
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.selection import Selection
from rubeus.reading.timeline import timeline
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.template import read_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PEOPLE = 1_000
_ROUNDS = 20
_NOT_OF_A_DONE_ONE = ("state_shard",)


def main() -> None:
    """Fill the stores, and measure."""
    with emulator(0) as endpoint:
        ids = create_stores(read_template(), endpoint, None)
        dynamodb = local_session().client("dynamodb", endpoint_url=endpoint)
        day = fill(dynamodb, ids)
        calls = _Calls(dynamodb)
        records = Records(dynamodb, ids["RecordsTable"])
        deliveries = Deliveries(dynamodb, ids["DeliveriesTable"])
        updated = Selection(State.DONE, day, kind="evento", verdict=Verdict.UPDATED)
        looks: Mapping[str, Callable[[], object]] = {
            "records get": lambda: records.get(Key("contato", "500")),
            "records get --as-of": lambda: records.get(Key("contato", "500"), clock.moment(time.time_ns())),
            "records find": lambda: records.find("codigo", "COD500"),
            "records timeline": lambda: timeline(records, "500").entries,
            "deliveries list, 2 filters, 100 of 10,000": lambda: [*deliveries.list(updated)],
            "deliveries list, the newest 50": lambda: [*deliveries.list(Selection(day=day), 50)],
            "deliveries list, all 10,000": lambda: [*deliveries.list(Selection(day=day))],
        }
        print(f"{'median of ' + str(_ROUNDS):<44}{'ms':>8}{'in calls':>10}{'calls':>7}{'found':>8}")
        for name, look in looks.items():
            print(calls.measured(name, look))


class _Calls:
    """Measures looks, and the calls in them."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        self._spans: list[float] = []
        events = dynamodb.meta.events
        events.register("before-call", lambda context, **_: context.update(began=time.perf_counter()))
        events.register(
            "after-call", lambda context, **_: self._spans.append(time.perf_counter() - context["began"])
        )

    def measured(self, name: str, look: Callable[[], object]) -> str:
        """Give a line of the table."""
        took, in_calls = [], []
        for _ in range(_ROUNDS):
            self._spans.clear()
            began = time.perf_counter()
            found = look()
            took.append((time.perf_counter() - began) * 1000)
            in_calls.append(sum(self._spans) * 1000)
        count = len(found) if isinstance(found, list) else 1
        return f"{name:<44}{median(took):>8.1f}{median(in_calls):>10.1f}{len(self._spans):>7}{count:>8}"


def fill(dynamodb: "DynamoDBClient", ids: Mapping[str, str]) -> str:
    """Write ten records a person, each with its delivery; gives the day of them all."""
    noon = time.time_ns() - 600 * 10**9  # what is new is looked for among the last minute's
    puts: dict[str, list[Any]] = {ids["RecordsTable"]: [], ids["DeliveriesTable"]: []}
    days = set()
    for number, record in enumerate(_records()):
        delivery_id, received_at = receive_at(noon + number * 1_000, number.to_bytes(8, "big"))
        delivery = Delivery(delivery_id, received_at, json.dumps([record]).encode(), "application/json")
        days.add(delivery.day)
        (read,) = parse(delivery).records
        plan = Plan(read.key, None, (Change(read, Verdict.NEW, 1),), read.receipt)
        written = write_set(plan, delivery, ids["RecordsTable"])
        puts[ids["RecordsTable"]] += [each["Put"]["Item"] for each in written.items if "Put" in each]
        verdict = Verdict.UPDATED if number % 100 == 1 else Verdict.NEW
        outcome = Outcome(0, verdict, read.key.kind, read.key.id, version=1)
        result = Result(delivery, SavedIn.INBOX, (outcome,), milliseconds=20)
        item = {**head(delivery, gzip.compress(delivery.body), 0), **closing(result)}
        puts[ids["DeliveriesTable"]].append(
            {name: value for name, value in item.items() if name not in _NOT_OF_A_DONE_ONE}
        )
    deadline = Deadline.after(timedelta(minutes=10).total_seconds(), time)
    for table, items in puts.items():
        batch_write(dynamodb, table, table, [{"PutRequest": {"Item": item}} for item in items], deadline)
    return max(days)


def _records() -> Iterator[Mapping[str, object]]:
    """Give a contato, and of the other kinds three each, for each person."""
    for person in range(1, PEOPLE + 1):
        identifier = str(person)
        yield {**documented("contato"), "id": identifier, "codigo": f"COD{person}"}
        for number in range(1, 4):
            own = {"id": f"{person}{number}"}
            yield {**documented("evento"), **own, "contato": {"id": identifier}, "contatosSecundarios": []}
            yield {**documented("atividade"), **own, "contato": {"id": identifier}}
            yield {**documented("registro_processo"), **own, "contatos": [{"id": identifier}]}


if __name__ == "__main__":
    main()

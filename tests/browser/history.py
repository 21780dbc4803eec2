"""Two weeks of invented people before today, so that charts have something to tell."""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from tests.browser.synthetic import ANA, evento

from handlers.bootstrap import Receiver, receiver
from ingest.receive import receive
from models.clock import BRASILIA
from models.deadline import Deadline
from models.delivery import Delivery, receive_at
from rubeus.stack.target import connect

_DAYS = 14
_PEOPLE = 60
_WAYS = ("Inscrito", "Convocado", "Matrícula iniciada", "Matriculado")
_GOES_ON = (1.0, 0.68, 0.55, 0.7)
_NANOSECONDS = 10**9


class Past(NamedTuple):
    """A delivery that came at a time."""

    at: datetime
    records: Sequence[Mapping[str, Any]]


def tell(aws_port: int) -> None:
    """Let the receiver itself take them, each at its time; this process becomes its function."""
    connect(stack=None, region=None, aws_port=aws_port).become_function()
    running = receiver()
    for each in sorted(_deliveries(datetime.now(BRASILIA)), key=attrgetter("at")):
        _take(running, each)


def _take(running: Receiver, each: Past) -> None:
    nanoseconds = int(each.at.timestamp() * _NANOSECONDS)
    identifier, received_at = receive_at(nanoseconds, random.randbytes(8))
    body = json.dumps(each.records).encode()
    delivery = Delivery(identifier, received_at, body, "application/json")
    result = receive(delivery, running.stores, Deadline.after(30, time))
    assert result.state, result


def _deliveries(now: datetime) -> Iterator[Past]:
    """Give each person's way through the stages, the contatos, and what is refused now and then."""
    chance = random.Random(14)
    number = 20_000
    for person in range(5000, 5000 + _PEOPLE):
        at = _office_hours(now - timedelta(days=chance.uniform(4, _DAYS)), chance)
        contato = {**ANA, "id": str(person), "codigo": f"COD{person}", "emails": None, "cpf": None}
        if chance.random() < 0.3:
            contato["etapa"] = "Convocado"  # which no model knows
        yield Past(at, [contato])
        for stage, share in zip(_WAYS, _GOES_ON, strict=True):
            if chance.random() > share or at > now:
                break
            number += 1
            yield Past(at, [evento(number, stage, str(person))])
            at = _office_hours(at + timedelta(days=chance.expovariate(0.4)), chance)
    for _ in range(_PEOPLE):
        at = _office_hours(now, chance)
        person = chance.randrange(5000, 5000 + _PEOPLE)
        contato = {**ANA, "id": str(person), "codigo": f"COD{person}", "emails": None, "cpf": None}
        nobody = {key: value for key, value in contato.items() if key != "id"}
        records = chance.choices(
            [[contato], [evento(person, "Inscrito", str(person))], [contato, nobody], [nobody]],
            [24, 12, 1, 1],
        )[0]
        if at < now:
            yield Past(at, records)


def _office_hours(at: datetime, chance: random.Random) -> datetime:
    hour = min(22.9, max(6, chance.gauss(13, 3.5)))
    return at.replace(hour=int(hour), minute=int(hour % 1 * 60), second=chance.randrange(60))

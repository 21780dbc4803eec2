"""Schedules of deliveries and faults, drawn from a seed."""

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults import injector
from tests.faults.injector import Call, Rule
from tests.faults.world import HOUR, TOKEN, World

SERVICES = ("dynamodb", "sqs", "secrets-manager")
_MAX_RUNS = 40
SKEWS = (0, 0, 2, -2, 240, -240, 600)
"""Seconds by which a process's clock is wrong; from 15 minutes on the gateway's time is not believed."""


@dataclass
class Posted:
    """A delivery, and how it was answered: a status, or None where the process died before.

    Attributes
    ----------
    number
        Its place in the order in which the gateway received all of them.
    calm
        It met no fault, and nothing came in between.
    """

    number: int
    body: bytes
    kind: str
    calm: bool
    status: int | None
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass
class Post:
    """A delivery to come, and the faults that it will meet.

    Attributes
    ----------
    meanwhile
        What happens, whole, just before its call number `meanwhile_at`.
    starts_after
        What happens, whole, between its arrival at the gateway and the start of its process.
    skew
        Seconds by which its process's clock is wrong.
    """

    body: bytes
    kind: str = ""
    token: str = TOKEN
    rules: list[Rule] = field(default_factory=list)
    cold: bool = False
    threads: int = 1
    meanwhile: "Post | Recover | None" = None
    meanwhile_at: int = 0
    starts_after: "Post | Recover | None" = None
    skew: float = 0.0

    def run(self, world: World, posted: list[Posted]) -> None:
        rules, arrival = self.rules, world.arrive()
        if self.starts_after:
            self.starts_after.run(world, posted)
        if self.meanwhile:
            other = self.meanwhile

            def meanwhile(_: Call) -> None:
                other.run(world, posted)

            rules = [Rule(meanwhile, self.meanwhile_at, self.meanwhile_at), *rules]
        answered = world.post(
            self.body,
            rules,
            arrival,
            kind=self.kind,
            token=self.token,
            cold=self.cold,
            threads=self.threads,
            skew=self.skew,
        )
        calm = not rules and not self.starts_after and self.threads == 1
        posted.append(Posted(arrival.number, self.body, self.kind, calm, *(answered or (None,))))


@dataclass
class Recover:
    """A run of recovery to come, so many seconds later."""

    rules: list[Rule] = field(default_factory=list)
    later: float = 61.0
    skew: float = 0.0

    def run(self, world: World, posted: list[Posted]) -> None:  # noqa: ARG002 - as a Post's
        world.moment += self.later
        world.recover(self.rules, self.skew)


@dataclass
class Together:
    """Deliveries at the same time, in threads and processes of their own."""

    posts: Sequence[Post]

    def run(self, world: World, posted: list[Posted]) -> None:
        with ThreadPoolExecutor(len(self.posts)) as threads:
            running = [threads.submit(post.run, world, posted) for post in self.posts]
        for each in running:
            each.result()


Step = Post | Recover | Together


def run(world: World, steps: Sequence[Step]) -> list[Posted]:
    """Go through the steps; then let recovery run without faults, until nothing is left for it to do."""
    posted: list[Posted] = []
    for step in steps:
        step.run(world, posted)
    world.settle()
    for _ in range(_MAX_RUNS):
        world.moment += 3 * HOUR
        world.recover([])
        if not _waiting(world):
            break
    return posted


def _waiting(world: World) -> bool:
    sqs, url = world.client("sqs"), world.names["recovery"]
    if sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"):
        return True
    heads = world.client("dynamodb").scan(TableName=world.names["deliveries"])["Items"]
    return any(head.get("state") == {"S": "open"} for head in heads)


def draw(seed: str, number: int) -> list[Step]:
    """Draw a schedule; the same seed and number give the same one (its threads may take turns otherwise)."""
    chance = random.Random(f"{seed}/{number}")
    # Three contatos and two registros, known to this schedule alone.
    ids = [str(number * 10 + index) for index in range(1, 6)]
    steps: list[Step] = []
    for _ in range(chance.randint(1, 4)):
        post = _post(chance, ids)
        match chance.choices(("post", "meanwhile", "slow start", "together", "recover"), (6, 3, 3, 1, 2))[0]:
            case "post":
                steps.append(post)
            case "meanwhile":
                other = _post(chance, ids) if chance.random() < 0.75 else Recover(_rules(chance))
                steps.append(replace(post, meanwhile=other, meanwhile_at=chance.randint(0, 6)))
            case "slow start":
                steps.append(replace(post, starts_after=_post(chance, ids), cold=True))
            case "together":
                posts = (post, _post(chance, ids))
                steps.append(Together([replace(each, threads=16) for each in posts]))
            case _:
                later = chance.choice((61, 400, HOUR))
                steps += [post, Recover(_rules(chance), later=later, skew=chance.choice(SKEWS))]
    if chance.random() < 0.5:
        steps.append(Recover(_rules(chance), skew=chance.choice(SKEWS)))
    return steps


def _post(chance: random.Random, ids: Sequence[str]) -> Post:
    return replace(_delivery(chance, ids), skew=chance.choice(SKEWS))


def _delivery(chance: random.Random, ids: Sequence[str]) -> Post:
    rules = _rules(chance)
    cold = chance.random() < 0.3
    if chance.random() < 0.05:
        return Post(_bytes([_contato(chance, ids)]), "", "not-the-token", rules, cold)
    if chance.random() < 0.08:
        return Post(b'[{"nonsense": ' + str(chance.random()).encode(), "", TOKEN, rules, cold)
    if chance.random() < 0.3:
        records = [_registro(chance, ids) for _ in range(chance.randint(1, 3))]
        return Post(_bytes(records), "registro_processo", TOKEN, rules, cold)
    count = chance.choices((1, 2, 4, 30), (60, 30, 20, 1))[0]
    records = [_contato(chance, ids) for _ in range(count)]
    if chance.random() < 0.1:
        records.insert(chance.randint(0, len(records)), {"nome": f"Sem id {chance.random()}"})
    return Post(_bytes(records), "contato", TOKEN, rules, cold)


def _rules(chance: random.Random) -> list[Rule]:
    if chance.random() < 0.25:
        return []
    if chance.random() < 0.25:
        service = chance.choice(SERVICES)
        first = chance.randint(0, 5)
        return [Rule(injector.refuse, first, first + chance.choice((3, 10, 1000)), service)]
    rules = []
    for _ in range(chance.randint(1, 3)):
        first = chance.randint(0, 9)
        rules.append(Rule(chance.choice(injector.FAULTS), first, first + chance.choice((0, 0, 0, 2, 5))))
    return rules


def _contato(chance: random.Random, ids: Sequence[str]) -> dict[str, Any]:
    name = f"Pessoa {chance.choice('ABC')}"
    record = {"id": chance.choice(ids[:3]), "codigo": "COD1", "nome": name, "emails": None}
    if chance.random() < 0.01:
        # Too much for one item, and for the head of a delivery.
        record["observacao"] = chance.randbytes(400_000).hex()
    return record


def _registro(chance: random.Random, ids: Sequence[str]) -> dict[str, Any]:
    contatos = chance.sample(ids[:3], chance.randint(1, 3))
    named = [{"id": each, "principal": str(int(each == contatos[0]))} for each in contatos]
    return {"id": chance.choice(ids[3:]), "processo": {"id": "1", "nome": "Processo"}, "contatos": named}


def _bytes(records: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps(records).encode()

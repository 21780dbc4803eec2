"""The promise under faults; `make faults N=10000` runs the same campaign for longer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.faults import injector
from tests.faults.campaign import campaign
from tests.faults.injector import Fault, Rule
from tests.faults.observer import observe
from tests.faults.schedules import Post, Posted, Recover, Step, run
from tests.faults.world import World, world

from aws.deliveries_table import DeliveriesTable
from aws.queues import RecordsQueue
from aws.records_table import RecordsTable
from handlers import webhook
from models.change import Change, Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery
from models.message import message
from models.outcome import Outcome, Result, SavedIn, Verdict

ANA = {"id": "1", "codigo": "COD1", "nome": "Ana Exemplo", "emails": None}
REGISTRO = {"id": "7", "processo": {"id": "1"}, "contatos": [{"id": "1", "principal": "1"}, {"id": "2"}]}


@pytest.fixture(scope="module")
def emulated() -> Iterator[World]:
    """Give one emulator to all tests of the file; each takes stores of its own."""
    with world() as result:
        yield result


@pytest.fixture
def fresh(emulated: World) -> World:
    """Give it with fresh stores."""
    emulated.renew()
    return emulated


def contatos(*records: Mapping[str, Any]) -> bytes:
    """Give a body of contatos that differ from Ana in these fields."""
    return json.dumps([{**ANA, **record} for record in records]).encode()


FIRST = Post(contatos({"nome": "Ana Antes"}), "contato")
DELIVERIES = {
    "one": [Post(contatos({}), "contato")],
    "updated": [FIRST, Post(contatos({}), "contato")],
    "repeated": [FIRST, Post(FIRST.body, "contato")],
    "several": [Post(contatos({}, {"id": "2"}, {"nome": "Ana Depois"}), "contato")],
    "linked": [Post(json.dumps([REGISTRO]).encode(), "registro_processo")],
    "relinked": [
        Post(json.dumps([REGISTRO]).encode(), "registro_processo"),
        Post(json.dumps([{**REGISTRO, "contatos": [{"id": "3"}]}]).encode(), "registro_processo"),
    ],
    "partly rejected": [Post(json.dumps([ANA, {"nome": "Sem id"}]).encode(), "contato")],
    "unreadable": [Post(b"[{", "contato")],
}


@pytest.mark.parametrize("name", DELIVERIES)
@pytest.mark.parametrize("fault", [injector.die_before, injector.die_after, injector.lose_the_answer])
@pytest.mark.parametrize("attempt", ["first", "later"])
def test_every_call_may_be_the_last(emulated: World, name: str, fault: Fault, attempt: str) -> None:
    """The process may die or an answer be lost at any call, on its first attempt or a later one."""
    *before, post = DELIVERIES[name]
    wrong: list[str] = []
    for number in range(_calls(emulated, [*before, post])):
        emulated.renew()
        rules = [Rule(fault, number, number)]
        if attempt == "later":
            rules = [Rule(injector.throttle, number, number), Rule(fault, number + 1, number + 1)]
        posted = run(emulated, [*before, replace(post, rules=rules, cold=True)])
        wrong += [f"call {number}: {each}" for each in observe(emulated, posted)]

    assert not wrong


def _calls(world: World, posts: Sequence[Post]) -> int:
    """Count the calls of the last of these deliveries, when nothing goes wrong."""
    world.renew()
    for post in posts:
        replace(post, cold=True).run(world, [])
    return world.idle[-1].injector.calls


@pytest.mark.parametrize("fault", [injector.die_before, injector.die_after])
def test_recovery_may_die_at_every_call(emulated: World, fault: Fault) -> None:
    """Recovery itself is recovered, wherever it dies."""
    wrong = []
    for number in range(12):
        emulated.renew()
        half: Step = Post(contatos({}, {"id": "2"}), "contato", rules=[Rule(injector.refuse, 0, 99, "sqs")])
        steps = [half, Recover([Rule(fault, number, number)])]
        wrong += [f"call {number}: {each}" for each in observe(emulated, run(emulated, steps))]

    assert not wrong


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_drawn_schedules_lose_nothing(first: int) -> None:
    """Deliveries and faults as a seed draws them: whatever was answered 2xx is stored and published."""
    summary = campaign("check", first, first + 50)

    assert summary.wrong == []
    assert summary.answers["200"] > 50
    assert summary.answers["died"] > 0
    assert len(summary.injected) == len(injector.FAULTS) + 1


def test_dynamodb_may_be_away_for_a_hundred_deliveries(fresh: World) -> None:
    """All are answered 202, and when it is back recovery stores and publishes them all."""
    away = [Rule(injector.refuse, 0, 999, "dynamodb")]
    posts = [Post(contatos({"id": str(number)}), "contato", rules=away) for number in range(1, 101)]
    posted: list[Posted] = []
    for post in posts:
        post.run(fresh, posted)

    fresh.recover([])

    assert {each.status for each in posted} == {202}
    assert observe(fresh, posted) == []


def test_secrets_manager_may_be_away(fresh: World) -> None:
    """Without a token known nobody is let in, which is told as 503; with one known, all goes on."""
    away = [Rule(injector.refuse, 0, 99, "secrets-manager")]

    posted = run(fresh, [Post(contatos({}), "contato", rules=away, cold=True)])

    assert [each.status for each in posted] == [503]
    assert observe(fresh, posted) == []


@pytest.mark.parametrize("rival", [contatos({"nome": "Ana Rival"}), contatos({}), FIRST.body])
@pytest.mark.parametrize("at", range(5))
def test_two_deliveries_of_one_record_take_turns(fresh: World, rival: bytes, at: int) -> None:
    """Another delivery of the same record may come in between any two calls."""
    other = Post(rival, "contato")

    posted = run(fresh, [FIRST, Post(contatos({}), "contato", meanwhile=other, meanwhile_at=at)])

    assert [each.status for each in posted] == [200] * 3
    assert observe(fresh, posted) == []


def test_as_many_processes_run_as_deliveries_come(fresh: World) -> None:
    """A delivery that comes while all processes are busy gets one of its own, as on Lambda."""
    post = Post(contatos({}), "contato")
    for _ in range(5):
        post = Post(contatos({}), "contato", meanwhile=post)

    posted = run(fresh, [post])

    assert [each.status for each in posted] == [200] * 6
    assert observe(fresh, posted) == []


def _die_before_publishing(call: injector.Call) -> None:
    if call.operation == "SendMessageBatch":
        raise injector.Died


def test_a_late_state_is_owed_its_message_even_if_it_becomes_a_repeat(fresh: World) -> None:
    """Stored as late, the process died; then its content became current. Its message is sent all the same."""
    older, newer, same = (contatos({"nome": f"Ana {name}"}) for name in ("Antes", "Depois", "Antes"))
    away = [Rule(injector.refuse, 2, 99, "dynamodb")]

    posted = run(
        fresh,
        [
            Post(older, "contato", rules=away),
            Post(newer, "contato"),
            Recover([Rule(_die_before_publishing, 0, 99)]),
            Post(same, "contato"),
        ],
    )

    assert [each.status for each in posted] == [202, 200, 200]
    assert observe(fresh, posted) == []


class PublishesBeforeItStores:
    """Sends a plan's messages, and then writes it."""

    def apply(self, patched: pytest.MonkeyPatch) -> None:
        store = RecordsTable.store

        def publish_and_store(
            records: RecordsTable, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline
        ) -> Sequence[WriteResult]:
            changes = [change for plan in plans for change in plan.changes if change.publishes]
            queue = self.queue
            if changes and queue:
                queue.publish([message(change, delivery) for change in changes], deadline)
            return store(records, plans, delivery, deadline)

        initialise = RecordsQueue.__init__

        def remember(queue: RecordsQueue, *arguments: Any) -> None:
            initialise(queue, *arguments)
            self.queue = queue

        patched.setattr(RecordsQueue, "__init__", remember)
        patched.setattr(RecordsTable, "store", publish_and_store)

    queue: RecordsQueue | None = None


class ClosesBeforeItPublishes:
    """Says "done" when all is stored, and then sends the messages."""

    def apply(self, patched: pytest.MonkeyPatch) -> None:
        publish = RecordsQueue.publish
        initialise = DeliveriesTable.__init__
        inboxes: list[DeliveriesTable] = []

        def remember(inbox: DeliveriesTable, *arguments: Any) -> None:
            initialise(inbox, *arguments)
            inboxes.append(inbox)

        def close_and_publish(queue: RecordsQueue, messages: Any, deadline: Deadline) -> Any:
            identifier = messages[0].attributes["deliveryid"]
            delivery = Delivery(identifier, datetime.now(UTC), b"")
            inboxes[-1].close(Result(delivery, SavedIn.INBOX, (Outcome(0, Verdict.NEW),)), 0, deadline)
            return publish(queue, messages, deadline)

        patched.setattr(DeliveriesTable, "__init__", remember)
        patched.setattr(RecordsQueue, "publish", close_and_publish)


class TakesWhatIsStoredForPublished:
    """Takes a version that the delivery itself had stored for a repeat."""

    def apply(self, patched: pytest.MonkeyPatch) -> None:
        patched.setattr(
            Change,
            "publishes",
            property(lambda change: change.verdict is not Verdict.REPEATED and not change.stored),
        )


class StampsByItsOwnClock:
    """Takes the time at which its process starts to work for the time of receipt."""

    def apply(self, patched: pytest.MonkeyPatch) -> None:
        patched.setattr(webhook, "gateway_time", lambda *_: None)


@pytest.mark.parametrize(
    "mistake",
    [
        PublishesBeforeItStores,
        ClosesBeforeItPublishes,
        TakesWhatIsStoredForPublished,
        StampsByItsOwnClock,
    ],
)
def test_the_observer_is_not_blind(monkeypatch: pytest.MonkeyPatch, mistake: type[Any]) -> None:
    """A receiver with a classic mistake is caught by the same campaign."""
    mistake().apply(monkeypatch)

    assert campaign("check", 0, 50, until_wrong=True).wrong

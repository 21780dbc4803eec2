import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from tests.integration.receiving import Receiver
from tests.payloads import documented

from models.clock import moment
from models.outcome import State, Verdict
from models.record import Key
from rubeus.reading.answers import tell
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.selection import Selection
from rubeus.reading.timeline import timeline
from rubeus.reading.triggers import triggers
from rubeus.reading.why import Wanted, candidates, erased, stored, unfinished

CONTATO = {**documented("contato"), "id": "635"}
NOON = 1_795_532_400_000  # in milliseconds since the epoch


@dataclass
class Reader:
    """The reading room on moto's stores, and the calls that it makes."""

    records: Records
    deliveries: Deliveries
    calls: list[str] = field(default_factory=list)

    def count(self) -> Sequence[str]:
        """Give the calls since the last count."""
        calls, self.calls[:] = [*self.calls], []
        return calls


@pytest.fixture
def reader(receiver: Receiver) -> Reader:
    """Give a reader whose clock is the receiver's."""
    client = boto3.client("dynamodb")
    found = Reader(
        Records(client, "rubeus-records", receiver), Deliveries(client, "rubeus-deliveries", receiver)
    )
    client.meta.events.register("before-call", lambda model, **_: found.calls.append(model.name))
    return found


@pytest.fixture(autouse=True)
def at_noon(receiver: Receiver) -> None:
    """Let the gateway's times be near to the clock's, so that they count."""
    receiver.seconds = NOON / 1000 - moment(receiver.time_ns()).timestamp()


def registro(number: int, **fields: object) -> dict[str, Any]:
    """Make one of the contato 635."""
    return {**documented("registro_processo"), "id": f"15{number}", "contatos": [{"id": "635"}], **fields}


def test_a_look_takes_few_calls(receiver: Receiver, reader: Reader) -> None:
    """Get one, find two, history one; a story one for the person and one for each record that links to it."""
    receiver.post_records(CONTATO, *(registro(number) for number in range(9)))
    assert reader.records.get(Key("contato", "635"))
    assert reader.count() == ["BatchGetItem"]
    assert reader.records.get(Key("contato", "635"), moment(receiver.time_ns()))
    assert reader.count() == ["Query"]
    assert len(reader.records.find("cpf", "125.478.545-77")) == 1
    assert reader.count() == ["Query", "BatchGetItem"]
    assert reader.records.history(Key("contato", "635"))
    assert reader.count() == ["Query"]
    assert len(timeline(reader.records, "635").entries) == 10
    assert reader.count() == ["Query"] * 10


def test_a_story_is_in_the_order_of_receipt_with_late_states_where_they_belong(
    receiver: Receiver, reader: Reader
) -> None:
    """What was stored last may have been received first."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON)
    receiver.post(json.dumps([registro(0)]), received_at=NOON + 3_000)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Santos"}]), received_at=NOON + 2_000)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Recife"}]), received_at=NOON + 1_000)
    told = timeline(reader.records, "635").entries
    assert [(each.state.key.kind, each.state.version) for each in told] == [
        ("contato", 1),
        ("contato", None),
        ("contato", 2),
        ("registro_processo", 1),
    ]


def test_a_late_state_never_stood(receiver: Receiver, reader: Reader) -> None:
    """As of a time means: the version of then, to the microsecond."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Santos"}]), received_at=NOON + 2_000)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Recife"}]), received_at=NOON + 1_000)
    key = Key("contato", "635")
    first, late, second = reader.records.history(key)
    assert [each.version for each in (first, late, second)] == [1, None, 2]

    def version(at: datetime) -> int | None:
        found = reader.records.get(key, at)
        return found.version if found else None

    instant = timedelta(microseconds=1)
    assert version(first.received_at - instant) is None
    assert version(late.received_at) == 1
    assert [version(second.received_at - instant), version(second.received_at)] == [1, 2]


def test_why_knows_late_states_and_bodies_that_cannot_be_read(receiver: Receiver, reader: Reader) -> None:
    """A late state is history; of a body that is no JSON nobody can say whom it holds."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON + 1_000)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Recife"}]), received_at=NOON)
    receiver.post("{")
    wanted = Wanted(Key("contato", "635"))
    told = [tell(each).what for each in stored(reader.records, wanted)]
    assert [each.partition(":")[0] for each in told] == ["Está aqui", "Atrasado"]
    looked_at = candidates(reader.deliveries)
    assert list(unfinished(reader.deliveries, looked_at, wanted)) == [None]


def test_why_reads_what_nobody_could_tell_the_kind_of(receiver: Receiver, reader: Reader) -> None:
    """A body posted to a URL of no kind: the problem of the whole is the reason."""
    receiver.post_records({**CONTATO, "id": "77"}, kind="alunos")
    for wanted in (Wanted(Key("contato", "77")), Wanted.identity("email", "MATHEUSAMARAL@rubeus.com.br")):
        (finding,) = unfinished(reader.deliveries, candidates(reader.deliveries), wanted)
        assert finding
        assert (finding.case, finding.position) == ("rejected", 1)
        assert finding.reasons == ["O tipo no fim da URL não existe."]
    assert not [*unfinished(reader.deliveries, candidates(reader.deliveries), Wanted(Key("contato", "78")))]


def test_what_was_erased_is_looked_for_through_few_heads(receiver: Receiver, reader: Reader) -> None:
    """A query a day, and a call for each hundred deliveries with a record of the kind; late states count."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON + 1_000)
    receiver.post(json.dumps([{**CONTATO, "cidade": "Recife"}]), received_at=NOON)
    receiver.post_records(registro(0))
    reader.count()
    since = moment(receiver.time_ns()) - timedelta(days=2)
    found = erased(reader.deliveries.latest(since, "contato"), Key("contato", "635"))
    assert found
    assert (found.version, found.case) == (1, "erased")
    assert reader.count() == ["Query", "BatchGetItem"]
    assert not erased(reader.deliveries.latest(since, "atividade"), Key("atividade", "635"))
    assert reader.count() == ["Query"] * 3


def test_a_record_that_named_somebody_before_tells_so_in_its_versions(
    receiver: Receiver, reader: Reader
) -> None:
    """Links know the present: the old contato's story is without it, the new one's says since when."""
    receiver.post_records(registro(0))
    receiver.post_records(registro(0, contatos=[{"id": "636"}]))
    assert timeline(reader.records, "635").entries == []
    told = timeline(reader.records, "636").entries
    assert [(each.state.version, each.names_contato) for each in told] == [(1, False), (2, True)]


def test_content_of_any_size_is_read_back(receiver: Receiver, reader: Reader) -> None:
    """Also where a state takes several items of its own."""
    noise = [str(number * 7919 % 1_000_003) for number in range(250_000)]
    receiver.post_records({**CONTATO, "tagsRDStation": noise})
    found = reader.records.get(Key("contato", "635"))
    assert found
    assert found.data["tagsRDStation"] == noise
    assert reader.records.history(found.key)[0].data == found.data


def test_more_than_a_page_and_more_than_a_batch_is_read(receiver: Receiver, reader: Reader) -> None:
    """Records of a day come whole, in the order of their receipt."""
    ids = [str(number) for number in range(1, 110)]
    receiver.post_records(CONTATO)
    current = receiver.items("contato#635")["current"]
    for each in ids:
        item = {**current, "pk": {"S": f"contato#{each}"}, "id": {"S": each}}
        receiver.clients.dynamodb.put_item(TableName="rubeus-records", Item=item)
    ids.append("635")
    day = next(iter(reader.records.days_since(moment(receiver.time_ns()))))
    assert sorted(each.key.id for each in reader.records.of_day("contato", day)) == sorted(ids)
    assert reader.count() == ["Query", "BatchGetItem", "BatchGetItem"]
    assert len(reader.records.find("codigo", "COD156")) == 110
    long_ago = moment(receiver.time_ns()) - timedelta(days=2)
    assert len([*reader.records.changed_since("contato", long_ago)]) == 110
    assert [*reader.records.changed_since("contato", moment(receiver.time_ns()))] == []


def test_a_trigger_is_told_by_versions(receiver: Receiver, reader: Reader) -> None:
    """A record that was created before, and edited since, counts as an edit alone."""
    receiver.post_records(CONTATO)
    receiver.seconds += 86_400 * 2
    since = moment(receiver.time_ns())
    receiver.post_records({**CONTATO, "cidade": "Santos"}, {**documented("atividade"), "id": "9"})
    seen = {each.trigger.label: each.records for each in triggers(reader.records, since)}
    assert seen == {
        "criação de contato": 0,
        "edição de contato": 1,
        "criação de atividade": 1,
        "edição de atividade": 0,
        "novo registro de processo": 0,
        "ocorrência de evento": 0,
    }


def test_a_restored_table_does_not_say_how_old_its_records_are(receiver: Receiver, reader: Reader) -> None:
    """So nothing is known never to have come."""
    receiver.post_records(CONTATO)
    assert reader.records.begun()
    receiver.clients.dynamodb.create_backup(TableName="rubeus-records", BackupName="one")
    (backup,) = receiver.clients.dynamodb.list_backups()["BackupSummaries"]
    receiver.clients.dynamodb.restore_table_from_backup(
        TargetTableName="restored", BackupArn=backup["BackupArn"]
    )
    restored = replace(reader.records, table="restored")
    assert restored.begun() is None
    seen = triggers(restored, moment(receiver.time_ns()) - timedelta(days=2))
    assert not any(each.never for each in seen)


def test_a_list_reads_no_more_than_the_index_of_what_is_done(receiver: Receiver, reader: Reader) -> None:
    """Heads are read of those only of which the index does not say all."""
    done = receiver.post_records(CONTATO).body["protocolo"]
    rejected = receiver.post_records(CONTATO, {**documented("evento"), "id": ""}).body["protocolo"]
    old = receiver.post_records({**CONTATO, "id": "7"}).body["protocolo"]
    # As before the index had more than keys.
    receiver.clients.dynamodb.update_item(
        TableName="rubeus-deliveries",
        Key={"delivery_id": {"S": old}, "part": {"S": "delivery"}},
        UpdateExpression="REMOVE #counts, kinds",
        ExpressionAttributeNames={"#counts": "counts"},
    )
    day = next(iter(reader.records.days_since(moment(receiver.time_ns()))))

    def listed(**selection: Any) -> list[str]:
        reader.count()
        return [each.id for each in reader.deliveries.list(Selection(day=day, **selection))]

    assert listed() == [old, rejected, done]
    assert reader.count() == ["Query", "BatchGetItem"]
    assert [each.id for each in reader.deliveries.list(Selection(day=day), 2)] == [old, rejected]
    assert listed(verdict=Verdict.REJECTED) == [rejected]
    assert listed(kind="evento") == [rejected]
    assert listed(state=State.DONE, kind="contato") == [old, done]
    assert reader.count() == ["Query", "BatchGetItem"]
    assert listed(problem="id ") == [rejected]
    assert listed(state=State.DONE, verdict=Verdict.NEW, kind="evento") == []
    assert reader.count() == ["Query"]
    assert listed(state=State.DONE, problem="id ") == []


def test_a_list_finds_what_the_index_does_not_say(receiver: Receiver, reader: Reader) -> None:
    """A kind that its URL alone named; the problem of a test of the connection, which is done."""
    receiver.post_records(CONTATO)
    torn = receiver.post("[{", "evento").body["protocolo"]
    tested = receiver.post_records({"teste": 1}).body["protocolo"]
    day = next(iter(reader.records.days_since(moment(receiver.time_ns()))))
    head = reader.deliveries.get(tested)
    assert head
    assert head.state is State.DONE
    (problem,) = head.problems

    def listed(**selection: Any) -> list[str]:
        return [each.id for each in reader.deliveries.list(Selection(day=day, **selection))]

    (told,) = reader.deliveries.list(Selection(day=day, state=State.DONE, verdict=Verdict.REJECTED))
    assert told.problems == head.problems
    assert listed(kind="evento") == [torn]
    assert listed(problem=problem) == listed(verdict=Verdict.REJECTED) == [tested]
    assert listed(state=State.DONE, problem=problem) == [tested]
    assert listed(state=State.DONE, kind="evento") == []


def test_a_list_goes_on_where_a_page_of_it_ended(receiver: Receiver, reader: Reader) -> None:
    """Page for page come the same as at once, and no page reads the day; so do those that somebody needs."""
    every = [
        receiver.post_records({**CONTATO, "id": str(number) if number % 3 else ""}).body["protocolo"]
        for number in range(1, 15)
    ][::-1]
    day = next(iter(reader.records.days_since(moment(receiver.time_ns()))))
    wholly = Selection(day=day)

    listed: list[str] = []
    reader.count()
    while page := [each.id for each in reader.deliveries.list(wholly, 4, listed[-1] if listed else None)]:
        listed += page
    assert listed == every
    assert reader.count().count("Query") == 5

    rejected = [each.id for each in reader.deliveries.find(Selection())]
    assert len(rejected) == 4
    assert [each.id for each in reader.deliveries.find(Selection(), first=1)] == rejected
    assert [each.id for each in reader.deliveries.find(wholly, first=3)] == every
    assert [each.id for each in reader.deliveries.find(wholly, oldest_first=True)] == every[::-1]
    assert [each.id for each in reader.deliveries.list(Selection(), 2, rejected[1])] == rejected[2:]
    filtered = Selection(day=day, state=State.QUARANTINED)
    reader.count()
    assert [each.id for each in reader.deliveries.list(filtered, 2, rejected[0])] == rejected[1:3]
    assert 8 <= reader.count().count("Query") <= 11  # those that share a shard take a second one
    another = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    for other in (Selection(day=another, state=State.QUARANTINED), Selection(day=another)):
        assert [*reader.deliveries.list(other, 2, rejected[0])] == [*reader.deliveries.list(other)] == []

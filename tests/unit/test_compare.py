import pytest
from tests.fakes import records

from ingest.compare import compare
from models.change import Plan
from models.outcome import Verdict
from models.record import MAX_LINKS, Current, History, Key, Record, Version

KEY = Key("contato", "341")
RECIFE = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cidade": "Recife"}
OLINDA = {**RECIFE, "cidade": "Olinda"}
NATAL = {**RECIFE, "cidade": "Natal"}


def at(second: int, *data: object) -> tuple[Record, ...]:
    """Give the records of a delivery received at that second."""
    return records(*data, second=second)


def stored(*states: Record) -> tuple[Current, History]:
    """Give what the table holds after these records, and its versions, newest first."""
    versions = [
        Version(number, record.receipt, record.content_hash) for number, record in enumerate(states, 1)
    ]
    newest = states[-1]
    return Current(versions[-1], newest.receipt, "2026-11-24", lambda: newest.data), History(
        tuple(versions[::-1])
    )


def decided(plan: Plan) -> list[tuple[str, int | None]]:
    """Give verdict and version of each change."""
    return [(change.verdict.value, change.version) for change in plan.changes]


def test_an_unknown_key_is_new() -> None:
    """The first version, in which nothing counts as changed."""
    (record,) = at(0, RECIFE)
    plan = compare(KEY, None, History(()), [record])

    assert decided(plan) == [("new", 1)]
    assert plan.changes[0].changed == ()
    assert (plan.has_writes, plan.last_receipt) == (True, record.receipt)


def test_other_content_updates() -> None:
    """The next version, with the names of what changed, appeared or went."""
    current, history = stored(*at(0, RECIFE))
    after = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cidade": "Olinda", "uf": "PE"}
    plan = compare(KEY, current, history, at(1, after))

    assert decided(plan) == [("updated", 2)]
    assert plan.changes[0].changed == ("cidade", "uf")


def test_the_same_content_repeats() -> None:
    """However it is written; only the last receipt moves on, and no message is owed."""
    current, history = stored(*at(0, RECIFE))
    (record,) = at(1, dict(reversed(RECIFE.items())))
    plan = compare(KEY, current, history, [record])

    assert decided(plan) == [("repeated", 1)]
    assert (plan.confirms, plan.has_writes, plan.last_receipt) == (True, True, record.receipt)
    assert not plan.changes[0].publishes


def test_several_of_one_key_follow_each_other() -> None:
    """Each is compared with the one before it, and a way back is a version too."""
    plan = compare(KEY, None, History(()), at(0, RECIFE, RECIFE, OLINDA, RECIFE))

    assert decided(plan) == [("new", 1), ("repeated", 1), ("updated", 2), ("updated", 3)]
    assert [change.changed for change in plan.versions] == [(), ("cidade",), ("cidade",)]


def test_an_older_record_with_other_content_is_late() -> None:
    """It is kept and published, and makes no version."""
    current, history = stored(*at(5, RECIFE))
    plan = compare(KEY, current, history, at(1, OLINDA))

    assert decided(plan) == [("late", None)]
    assert (plan.versions, len(plan.late)) == ((), 1)
    assert plan.changes[0].publishes
    assert plan.changes[0].overtaken_by == plan.last_receipt == current.last_receipt


@pytest.mark.parametrize(("data", "version"), [(RECIFE, 1), (NATAL, 3)], ids=["in force then", "now"])
def test_an_older_record_that_says_a_known_state_repeats(data: object, version: int) -> None:
    """What was the state when it was received, or is now, is nothing new."""
    current, history = stored(*at(0, RECIFE), *at(5, OLINDA), *at(6, NATAL))
    plan = compare(KEY, current, history, at(1, data))

    assert decided(plan) == [("repeated", version)]
    assert not plan.has_writes


def test_an_older_record_is_not_measured_by_states_in_between() -> None:
    """It says what came to be only later, and is no more: late."""
    current, history = stored(*at(0, RECIFE), *at(5, OLINDA), *at(6, NATAL))

    assert decided(compare(KEY, current, history, at(1, OLINDA))) == [("late", None)]


@pytest.mark.parametrize(("second", "verdict", "version"), [(0, "new", 1), (5, "updated", 2)])
def test_a_version_of_its_own_stands(second: int, verdict: str, version: int) -> None:
    """A delivery that died after storing: nothing to write, but its message is owed."""
    states = {0: RECIFE, 5: OLINDA, 6: NATAL}
    current, history = stored(*(record for when, data in states.items() for record in at(when, data)))
    plan = compare(KEY, current, history, at(second, states[second]))

    assert decided(plan) == [(verdict, version)]
    assert (plan.has_writes, plan.changes[0].stored, plan.changes[0].publishes) == (False, True, True)


def test_a_late_state_of_its_own_stands() -> None:
    """Stored as late before it died, it stays late though its content is current now: a message is owed."""
    current, history = stored(*at(5, OLINDA), *at(6, NATAL))
    records = at(1, NATAL)
    plan = compare(KEY, current, history._replace(late=frozenset({records[0].receipt})), records)

    assert decided(plan) == [("late", None)]
    assert (plan.has_writes, plan.changes[0].publishes) == (False, True)
    assert plan.changes[0].overtaken_by == current.last_receipt


@pytest.mark.parametrize(
    ("gone", "warned"),
    [("abcd", []), ("abcde", [("", "faltam 5 dos 9 campos do estado anterior")])],
)
def test_an_update_that_lacks_most_fields_is_told(gone: str, warned: list[tuple[str, str]]) -> None:
    """Half of the fields may go; a record without most of them may be another one, or cut off."""
    current, history = stored(*at(0, {**RECIFE, **dict.fromkeys(gone, "x")}))
    (change,) = compare(KEY, current, history, at(1, RECIFE)).changes

    assert change.version == 2
    assert [(issue.field, issue.reason) for issue in change.warnings] == warned


@pytest.mark.parametrize(("count", "field"), [(MAX_LINKS, None), (MAX_LINKS + 1, "contatos")])
def test_contatos_that_stay_without_a_link_are_told(count: int, field: str | None) -> None:
    """When the version is made, and again by the attempt that finds it stored."""
    registro = {
        "id": "1",
        "processo": {"id": "1"},
        "contatos": [{"id": str(each)} for each in range(1, count + 1)],
    }
    (record,) = at(0, registro)
    warned = [(field, "mais de 1.000 contatos: os demais ficam sem vínculo")] if field else []
    first = compare(record.key, None, History(()), [record])
    again = compare(record.key, *stored(record), [record])

    for plan in (first, again):
        assert [(issue.field, issue.reason) for issue in plan.changes[0].warnings] == warned


def test_a_delivery_that_was_stored_in_part_goes_on() -> None:
    """Its first record stands as stored, the second makes the next version."""
    both = at(0, RECIFE, OLINDA)
    current, history = stored(both[0])
    plan = compare(KEY, current, history, both)

    assert decided(plan) == [("new", 1), ("updated", 2)]
    assert [change.record.position for change in plan.versions] == [1]


def test_a_plan_takes_forty_records() -> None:
    """The rest waits for the next transaction."""
    plan = compare(KEY, None, History(()), at(0, *({**RECIFE, "numero": str(each)} for each in range(60))))

    assert len(plan.changes) == 40
    assert plan.last_receipt == plan.changes[-1].record.receipt


def test_a_plan_takes_a_million_characters() -> None:
    """But one record always, however long."""
    long = [{**RECIFE, "bairro": letter * 600_000} for letter in "ab"]
    longer = {**RECIFE, "bairro": "c" * 1_100_000}

    assert len(compare(KEY, None, History(()), at(0, *long)).changes) == 1
    assert [change.verdict for change in compare(KEY, None, History(()), at(0, longer)).changes] == [
        Verdict.NEW
    ]

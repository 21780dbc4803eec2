import pytest
from tests.fakes import Fakes, ManualClock, deadline, deliver, delivery_of, records

from ingest.compare import compare
from ingest.receive import receive
from models.deadline import Deadline
from models.delivery import Delivery
from models.outcome import Result, SavedIn, State, Verdict
from models.record import History, Key

ANA = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
BIA = {"id": "342", "codigo": None, "nome": "Bia Exemplo", "cpf": None}
KEY = Key("contato", "341")


def take(delivery: Delivery, fakes: Fakes, until: Deadline | None = None) -> Result:
    """Receive it, with all the time of the world unless told otherwise."""
    return receive(delivery, fakes.stores, until or deadline())


def race(fakes: Fakes, data: object, second: int) -> None:
    """Let another delivery, received at that second, write a new record just before anything is stored."""
    plan = compare(KEY, None, History(()), records(data, second=second))
    fakes.calls.first["store"] = lambda *_: fakes.records.write(plan)


def failed(result: Result) -> list[str]:
    """Name the stores that failed."""
    return [failure.store for failure in result.failures]


def verdicts(result: Result) -> list[str]:
    """Give the verdicts in the records' order."""
    return [outcome.verdict.value for outcome in result.outcomes]


def test_keeps_stores_publishes_and_closes_in_this_order() -> None:
    """Nothing is stored before the delivery is kept, nor closed before its messages are out."""
    fakes = Fakes()
    result = take(deliver(ANA, BIA), fakes)

    assert fakes.calls.names == ["read", "save", "store", "publish", "close"]
    assert (result.saved_in, result.state, verdicts(result)) == (SavedIn.INBOX, State.DONE, ["new", "new"])
    assert [message.id for message in fakes.messages.published] == ["contato/341/1", "contato/342/1"]
    assert fakes.inbox.closed == [result._replace(closed=False)]


def test_a_repeat_is_noted_but_not_published() -> None:
    """The state's last receipt moves on, its version stays, and consumers hear nothing."""
    fakes = Fakes()
    take(deliver(ANA), fakes)
    again = deliver(ANA, second=1)
    result = take(again, fakes)

    assert verdicts(result) == ["repeated"]
    assert fakes.records.states[KEY].last_receipt == again.receipt(0)
    assert fakes.records.states[KEY].version.number == len(fakes.messages.published) == 1


def test_a_bad_record_does_not_hold_up_the_others() -> None:
    """The good one is stored and published, the delivery is closed for a person to look at."""
    fakes = Fakes()
    result = take(deliver({"nome": "sem id", "codigo": None, "cpf": None}, ANA), fakes)

    assert verdicts(result) == ["rejected", "new"]
    assert fakes.inbox.closed[0].state is State.QUARANTINED
    assert len(fakes.messages.published) == 1


@pytest.mark.parametrize(
    ("body", "state"), [("[]", State.DONE), ("[", State.QUARANTINED), ("[1]", State.QUARANTINED)]
)
def test_a_body_without_a_record_to_store_is_kept_and_closed(body: str, state: State) -> None:
    """The records table and the queue are left alone."""
    fakes = Fakes()
    result = take(delivery_of(body), fakes)

    assert fakes.calls.names == ["save", "close"]
    assert result.state is state


@pytest.mark.parametrize("hangs", [False, True])
def test_the_recovery_queue_keeps_what_the_inbox_cannot(hangs: bool) -> None:  # noqa: FBT001 - a parameter
    """Whether the inbox fails or takes too long: handed over whole, nothing stored, all still to be done."""
    fakes = Fakes(away=() if hangs else {"save"})
    delivery = deliver(ANA)
    result = take(delivery, fakes, deadline(8 if hangs else 60))

    assert fakes.recovery.enqueued == [delivery]
    assert (result.saved_in, result.state) == (SavedIn.RECOVERY_QUEUE, State.OPEN)
    assert fakes.records.states == {}
    assert not {"store", "publish", "close"} & set(fakes.calls.names)
    assert failed(result) == ["deliveries table" if hangs else "save"]


def test_both_away_means_kept_nowhere() -> None:
    """Then nothing may be promised, and nothing is written either."""
    fakes = Fakes(away={"save", "enqueue"})
    result = take(deliver(ANA), fakes)

    assert result.saved_in is SavedIn.NOWHERE
    assert failed(result) == ["save", "enqueue"]
    assert fakes.records.states == {}


@pytest.mark.parametrize("away", ["read", "store"])
def test_what_could_not_be_stored_stays_open(away: str) -> None:
    """The delivery is kept, not closed, and no message claims what is not in the table."""
    fakes = Fakes(away={away})
    result = take(deliver(ANA), fakes)

    assert (result.saved_in, result.state, verdicts(result)) == (SavedIn.INBOX, State.OPEN, ["pending"])
    assert failed(result) == [away]
    assert (fakes.messages.published, fakes.inbox.closed) == ([], [])


def test_what_could_not_be_published_stays_open() -> None:
    """The record is stored and its message owed; sent again, the same delivery pays it."""
    fakes = Fakes(away={"publish"})
    result = take(deliver(ANA), fakes)

    assert (result.state, verdicts(result)) == (State.OPEN, ["new"])
    assert not result.outcomes[0].published
    assert (result.closed, fakes.inbox.closed) == (False, [])

    fakes.calls.away.clear()
    again = take(deliver(ANA), fakes)

    assert (again.state, verdicts(again)) == (State.DONE, ["new"])
    assert [message.id for message in fakes.messages.published] == ["contato/341/1"]
    assert len(fakes.records.versions[KEY]) == 1


def test_a_queue_that_is_away_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The records of later batches are stored all the same, and every message is owed."""
    monkeypatch.setattr("ingest.fan_out._BATCH_RECORDS", 1)
    fakes = Fakes(away={"publish"})
    result = take(deliver(ANA, BIA), fakes)

    assert [name for name in fakes.calls.names if name in ("store", "publish")] == [
        "store",
        "publish",
        "store",
    ]
    assert list(result.unfinished) == [0, 1]


@pytest.mark.parametrize(
    ("limit", "most", "record", "batches"),
    [
        ("_BATCH_RECORDS", 2, ANA, [2, 2, 1]),
        ("_BATCH_ITEMS", 2, ANA, [1, 1, 1, 1, 1]),
        ("_BATCH_ITEMS", 4, ANA, [2, 2, 1]),
        ("_BATCH_ITEMS", 6, {"vencimento": None, "contato": {"id": "341"}}, [2, 2, 1]),
    ],
    ids=["records", "two items", "four items", "links"],
)
def test_a_batch_has_so_many_records_or_items(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int, record: dict[str, object], batches: list[int]
) -> None:
    """A record is two items, and one more for each link; each batch is stored before the next is read."""
    monkeypatch.setattr(f"ingest.fan_out.{limit}", most)
    fakes = Fakes()
    sizes: list[int] = []
    fakes.calls.first["store"] = lambda plans, *_: sizes.append(len(plans))
    take(deliver(*[{**record, "id": str(number)} for number in range(1, 6)]), fakes)

    assert sizes == batches


def test_an_outcome_says_what_is_odd_about_its_change_and_what_overtook_it() -> None:
    """Most of its fields are gone; or a later one came first."""
    fakes = Fakes()
    take(deliver({**ANA, **dict.fromkeys("abcdefghij", "x")}, second=1), fakes)
    (update,) = take(deliver(ANA, second=2), fakes).outcomes
    (late,) = take(deliver({**ANA, "cidade": "Olinda"}), fakes).outcomes

    assert any(each.reason.startswith("faltam 10 dos ") for each in update.warnings)
    assert update.overtaken_by is None
    assert late.overtaken_by == deliver(ANA, second=2).receipt(0)


def test_a_replay_without_its_history_stays_open() -> None:
    """Whether an older record is late or a repeat can't be told without the versions."""
    fakes = Fakes()
    take(deliver(ANA, second=1), fakes)
    fakes.calls.away.add("history")
    result = take(deliver({**ANA, "cidade": "Olinda"}), fakes)

    assert (result.state, failed(result)) == (State.OPEN, ["history"])


def test_a_lost_race_against_an_older_record_is_read_again() -> None:
    """The record becomes the version after the rival's; both stand."""
    fakes = Fakes()
    race(fakes, {**ANA, "cidade": "Olinda"}, second=0)
    result = take(deliver(ANA, second=1), fakes)

    assert fakes.calls.names == ["read", "save", "store", "read", "store", "publish", "close"]
    assert verdicts(result) == ["updated"]
    assert [version.number for version in fakes.records.versions[KEY]] == [1, 2]
    assert fakes.records.versions[KEY][1].changed == ("cidade",)


def test_a_lost_race_never_overwrites_a_newer_record() -> None:
    """The newer state stays; the older record is kept beside it as late."""
    fakes = Fakes()
    race(fakes, {**ANA, "cidade": "Olinda"}, second=2)
    result = take(deliver(ANA, second=1), fakes)

    assert verdicts(result) == ["late"]
    assert fakes.records.states[KEY].fields()["cidade"] == "Olinda"
    assert [record.data for record in fakes.records.late] == [ANA]


def test_no_time_for_another_try_leaves_it_open() -> None:
    """A lost race with no time left is not fought on."""
    clock = ManualClock()
    fakes = Fakes()
    race(fakes, {**ANA, "cidade": "Olinda"}, second=0)
    lose = fakes.calls.first["store"]

    def lose_at_the_last_moment(*arguments: object) -> None:
        lose(*arguments)
        clock.sleep(60)

    fakes.calls.first["store"] = lose_at_the_last_moment
    result = take(deliver(ANA, second=1), fakes, deadline(60, clock))

    assert (result.state, verdicts(result)) == (State.OPEN, ["pending"])
    assert [failure.code for failure in result.failures] == ["OutOfTime"]
    assert (fakes.messages.published, fakes.inbox.closed) == ([], [])


def test_a_failed_closing_is_noted_and_changes_nothing() -> None:
    """All is stored and published, so the sender is told so; recovery closes it."""
    fakes = Fakes(away={"close"})
    result = take(deliver(ANA), fakes)

    assert (result.state, verdicts(result), failed(result)) == (State.DONE, ["new"], ["close"])


def test_more_versions_than_a_plan_takes_are_written_in_several() -> None:
    """A hundred states of one key in one delivery become a hundred versions, in order, each published."""
    fakes = Fakes()
    result = take(deliver(*({**ANA, "numero": str(number)} for number in range(100))), fakes)

    assert fakes.calls.names.count("store") == 3
    assert [outcome.version for outcome in result.outcomes] == list(range(1, 101))
    assert len(fakes.messages.published) == 100
    assert result.count(Verdict.UPDATED) == 99

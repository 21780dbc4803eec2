import http.client
import json
import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tests.e2e.operating import SECRET, Operator, ago
from tests.e2e.serving import contato, versions

from models.clock import BRASILIA, day, timestamp
from rubeus.operating.states import reopen
from rubeus.reading.deliveries import Deliveries
from rubeus.stack.stores import local_session


def test_a_replay_takes_what_could_not_be_taken(operator: Operator) -> None:
    """What a newer release understands ends in the table and the queue, and the changes are told."""
    protocolo = operator.post_records(contato("51", **SECRET), contato(""), path="/contatos")
    operator.put(protocolo, path_kind="contato")  # as if this release knew the path

    done = operator.run("replay", protocolo)
    assert done.returncode == 0
    assert done.stdout == (
        f"{protocolo}: quarantined → quarantined\n"
        "  resolvido: O tipo no fim da URL não existe.\n"
        "  registro 1  contato 51: novo v1\n"
        "  registro 2  contato: recusado (id: não é um id utilizável)\n"
        "replayed: 1 quarantined\n"
    )
    assert operator.served.items("contato#51")["current"]["data"]["nome"] == SECRET["nome"]
    assert [message["id"] for message in operator.served.messages("contato/51")] == ["contato/51/1"]
    assert operator.json("show", protocolo)["problem"] is None


def test_a_record_that_is_taken_now_is_told_from_before(operator: Operator) -> None:
    """Per record: from which verdict to which, and its version."""
    protocolo = operator.post_records(contato("52"))
    remark = {"field": "", "reason": "é uma sonda"}
    rejected = {"position": 1, "verdict": "rejected", "kind": "contato", "problems": [remark]}
    operator.put(protocolo, state="quarantined", outcome=[rejected])

    chosen = operator.json("replay", "--all", "--kind", "contato", "--problem", "SONDA")
    changed = {
        "position": 1,
        "kind": "contato",
        "id": "52",
        "before": {"verdict": "rejected", "problems": [remark]},
        "after": {"verdict": "new", "version": 1},
    }
    assert chosen == {
        "deliveries": [
            {
                "delivery_id": protocolo,
                "replay_of": None,
                "dry_run": False,
                "before": "quarantined",
                "after": "done",
                "left_alone": None,
                "problem": None,
                "came_between": [],
                "records": [changed],
            }
        ]
    }
    operator.put(protocolo, state="quarantined", outcome=[rejected])
    told = operator.run("replay", protocolo).stdout
    assert f"{protocolo}: quarantined → done\n  registro 1  contato 52: recusado → novo v1\n" in told


def test_a_replay_of_what_is_done_changes_nothing(operator: Operator) -> None:
    """Repeated, it leaves both tables as they are, but says when; and sends the same message once more."""
    protocolo = operator.post_records(contato("53"), contato("53", cidade="Santos"))
    (head,), items = operator.stored(protocolo), operator.served.items("contato#53")
    operator.served.messages("contato/53")

    for _ in range(2):
        done = operator.run("replay", protocolo)
        assert done.stdout == f"{protocolo}: done → done\n  nothing changed\nreplayed: 1 done\n"
        assert done.returncode == 0
        (again,) = operator.stored(protocolo)
        assert again.pop("reopened_at") > head["received_at"]
        assert (again, operator.served.items("contato#53")) == (head, items)
    assert versions(operator.served.items("contato#53")) == [1, 2]
    messages = operator.served.messages("contato/53")
    assert {message["id"] for message in messages} == {"contato/53/1", "contato/53/2"}


def test_a_failed_delivery_is_replayed_but_no_done_one_with_all(operator: Operator) -> None:
    """A failed one shows why, by list and show; by replay --all it is finished, once."""
    failed, done = operator.post_records(contato("54")), operator.post_records(contato("55"))
    operator.fail(failed)
    assert operator.listed("--state", "failed") == [failed]
    assert "\n  records queue: Throttling\n" in operator.run("list", "--state", "failed").stdout

    replayed = operator.json("replay", "--all", "--state", "failed")["deliveries"]
    assert [(each["delivery_id"], each["before"], each["after"]) for each in replayed] == [
        (failed, "failed", "done")
    ]
    assert "reason" not in operator.stored(failed)[0]
    assert operator.json("replay", "--all", "--state", "failed") == {"deliveries": []}
    everything = operator.json("replay", "--all")["deliveries"]
    assert done not in [each["delivery_id"] for each in everything]
    assert all(each["records"] == [] and each["before"] == each["after"] for each in everything)


def test_what_somebody_may_be_at_is_left_alone(operator: Operator) -> None:
    """A young open delivery, one with a lease, and one that is not there: said, and the next one is tried."""
    young, leased, old = (operator.post_records(contato(each)) for each in ("56", "57", "58"))
    operator.put(young, state="open", received_at=ago(hours=-1))  # young for as long as this takes
    until = datetime.now(BRASILIA) + timedelta(hours=1)
    operator.put(leased, state="open", received_at=ago(hours=1), leased_until=timestamp(until))
    operator.put(old, state="open", received_at=ago(hours=1), leased_until=ago(hours=0.5))

    done = operator.run("replay", young, leased, "nenhuma", old)
    assert done.returncode == 1
    assert f"{young}: left alone\n  the front door may still be at it\n" in done.stdout
    assert f"{leased}: left alone\n  another run has it until {until:%H:%M}" in done.stdout
    assert "nenhuma: left alone\n  no such delivery\n" in done.stdout
    assert f"{old}: open → done\n" in done.stdout
    assert done.stdout.endswith("replayed: 1 done, 3 left alone\n")
    foretold = operator.run("replay", young, leased, "--dry-run").stdout
    assert foretold.endswith("dry run, nothing was written: 2 left alone\n")


def test_a_replay_that_ends_in_the_middle_is_finished_by_the_schedule(operator: Operator) -> None:
    """Opened again, a big delivery and the parts of its body stay, without a time to expire."""
    filler = random.Random(7).randbytes(500_000).hex()
    protocolo = operator.post_records(contato("59", nome=filler))
    operator.put(protocolo, received_at=ago(hours=2))
    closed = operator.stored(protocolo)
    assert len(closed) > 2
    assert all("expires_at" in item for item in closed)
    dynamodb = local_session().client("dynamodb", endpoint_url=operator.served.where["aws_endpoint"])
    inbox = Deliveries(dynamodb, operator.served.where["deliveries_table"])
    found = inbox.get(protocolo)
    assert found
    delivery = inbox.delivery(found)
    assert delivery
    assert delivery.body == json.dumps([contato("59", nome=filler)]).encode()
    assert reopen(inbox, found, datetime.now(UTC), timedelta(seconds=60)) is None
    dynamodb.close()
    assert not [item for item in operator.stored(protocolo) if "expires_at" in item or "outcome" in item]

    worker = urlsplit(operator.served.where["lambda_endpoint"])
    with closing(http.client.HTTPConnection(worker.netloc, timeout=30)) as connection:
        path = "/2015-03-31/functions/rubeus-local-recovery/invocations"
        connection.request("POST", path, b"{}")
        assert json.load(connection.getresponse())["recovered"]["done"] >= 1
    again = operator.stored(protocolo)[-1]
    assert (again["state"], again["attempts"]) == ("done", 1)
    assert all("expires_at" in item for item in operator.stored(protocolo))


def test_a_body_that_has_expired_is_not_opened(operator: Operator) -> None:
    """DynamoDB deletes items one by one: where a part is gone, the delivery stays what it is."""
    protocolo = operator.post_records(contato("60", nome=random.Random(8).randbytes(500_000).hex()))
    with operator.table() as table:
        table.delete_item(Key={"delivery_id": protocolo, "part": "body#0001"})
    before = operator.stored(protocolo)

    done = operator.run("replay", protocolo)
    assert done.returncode == 1
    assert f"{protocolo}: left alone\n  a part of its body has expired\n" in done.stdout
    assert operator.stored(protocolo) == before
    assert "The body cannot be shown" in operator.run("show", protocolo).stdout


def test_a_body_that_cannot_be_read_is_told_and_not_opened(operator: Operator) -> None:
    """It would stay open for ever; `show` says so too, and the status is 1."""
    protocolo = operator.post_records(contato("61"))
    operator.put(protocolo, body=b"no gzip")

    done = operator.run("replay", protocolo)
    assert (done.returncode, done.stderr) == (
        1,
        f"{protocolo}: its body cannot be read: BadGzipFile\n",
    )
    assert done.stdout == (
        f"{protocolo}: left alone\n  its body cannot be read: BadGzipFile\nreplayed: 1 left alone\n"
    )
    shown = operator.run("show", protocolo)
    assert (shown.returncode, shown.stderr) == (
        1,
        "rubeus deliveries show: its body cannot be read: BadGzipFile\n",
    )


def test_a_dry_run_foretells_the_replay_and_writes_nothing(operator: Operator) -> None:
    """Of a mixed batch: the same verdicts, record by record; and until then all is as it was."""
    operator.post_records(contato("70"))
    operator.served.messages("contato/70")
    mixed = [
        contato("71"),
        contato("70"),
        contato(""),
        contato("71", cidade="Santos"),
        "Ana",
        contato("70", x=1),
    ]
    protocolo = operator.post_records(*mixed, path="/contatos")
    operator.put(protocolo, path_kind="contato")
    before = operator.stored(protocolo)

    foretold = operator.json("replay", protocolo, "--dry-run")["deliveries"][0]
    assert [each["after"]["verdict"] for each in foretold["records"]] == [
        *("new", "repeated", "rejected", "updated", "rejected", "updated"),
    ]
    assert (foretold["before"], foretold["after"], foretold["dry_run"]) == (
        "quarantined",
        "quarantined",
        True,
    )
    text = operator.run("replay", "--all", "--problem", "tipo no fim", "--dry-run").stdout
    assert "  registro 4  contato 71: atualizado v2\n" in text
    assert "dry run, nothing was written: " in text
    assert operator.stored(protocolo) == before
    assert not operator.served.items("contato#71")
    assert not operator.served.messages("contato/71")

    done = operator.json("replay", protocolo)["deliveries"][0]
    assert done["records"] == foretold["records"]
    shown = operator.json("show", protocolo)["records"]
    assert [each["verdict"] for each in shown] == [e["after"]["verdict"] for e in foretold["records"]]
    assert done["came_between"] == []
    again = operator.run("replay", protocolo, "--dry-run").stdout
    assert "nothing would change\n" in again


def test_a_quarantined_body_is_taken_under_the_kind_that_the_operator_names(operator: Operator) -> None:
    """It stands on the delivery, so that recovery finishes it under the same kind."""
    protocolo = operator.post_records({"id": "72", "texto": "livre"}, path="/fluxos")
    assert operator.run("replay", protocolo, "--as", "fluxo", "--dry-run").returncode == 0
    assert "as_kind" not in operator.stored(protocolo)[-1]

    replayed = operator.json("replay", protocolo, "--as", "fluxo")["deliveries"][0]
    assert [each["kind"] for each in replayed["records"]] == ["fluxo"]
    shown = operator.json("show", protocolo)
    assert (shown["state"], shown["as_kind"], shown["path_kind"]) == ("done", "fluxo", "•••")
    assert shown["reopened_at"] > shown["received_at"]
    told = operator.run("show", protocolo).stdout
    assert "taken as        fluxo\n" in told
    assert f"replayed        {day(datetime.fromisoformat(shown['reopened_at']))} " in told
    assert operator.json("replay", protocolo)["deliveries"][0]["records"] == []


def test_what_is_stored_is_not_taken_under_another_kind(operator: Operator) -> None:
    """A record must not be two; the same kind does no harm, and a delivery without a verdict is not asked."""
    mixed = operator.post_records(contato("73"), contato(""), path="/contato")
    done = operator.post_records(contato("74"))

    refused = operator.run("replay", mixed, done, "--as", "evento")
    assert refused.returncode == 1
    assert f"{mixed}: left alone\n  records of it are stored already: 1 (contato)\n" in refused.stdout
    assert (
        f"{done}: left alone\n  it is done: only what is quarantined is taken under another kind\n"
        in refused.stdout
    )
    assert not operator.served.items("evento#73")
    assert operator.json("replay", mixed, "--as", "contato")["deliveries"][0]["left_alone"] is None


def test_the_newest_state_is_the_one_that_the_operator_names(operator: Operator) -> None:
    """A new delivery with a protocolo of its own says the same as the old one, now, and names that."""
    old = operator.post_records(contato("75", cidade="Santos"))
    operator.post_records(contato("75", cidade="Recife"))
    foretold = operator.json("replay", old, "--as-newest", "--dry-run")["deliveries"][0]
    assert foretold["records"][0]["after"] == {"verdict": "updated", "version": 3}
    assert versions(operator.served.items("contato#75")) == [1, 2]

    done = operator.json("replay", old, "--as-newest")["deliveries"][0]
    assert (done["replay_of"], done["before"], done["after"]) == (old, None, "done")
    assert done["delivery_id"] > old
    assert done["records"] == foretold["records"]
    assert operator.served.items("contato#75")["current"]["data"]["cidade"] == "Santos"
    assert operator.json("show", done["delivery_id"])["replay_of"] == old
    text = operator.run("replay", old, "--as-newest").stdout
    assert f": done\n  replays {old}, as the newest\n  registro 1  contato 75: " in text
    nothing = operator.run("replay", "nenhuma", "--as-newest")
    assert (nothing.returncode, nothing.stdout) == (
        1, "nenhuma: left alone\n  no such delivery\nreplayed: 1 left alone\n"
    )  # fmt: skip


def test_all_of_a_day_are_replayed_oldest_first_but_what_is_done_only_by_name(operator: Operator) -> None:
    """With the filters of `list`; a state that is named is taken as it is."""
    first, second = (operator.post_records(contato(""), path="/registro_processo") for _ in "ab")
    done = operator.post_records(contato("76"))
    today = operator.day(first)

    of_kind = operator.json("replay", "--all", "--day", today, "--kind", "registro_processo")["deliveries"]
    assert [each["delivery_id"] for each in of_kind] == [first, second]
    everything = operator.json("replay", "--all", "--day", today, "--dry-run")["deliveries"]
    assert done not in [each["delivery_id"] for each in everything]
    named = operator.json("replay", "--all", "--state", "done", "--since", ago(minutes=5), "--dry-run")
    assert done in [each["delivery_id"] for each in named["deliveries"]]

import getpass
import json
import random

from tests.e2e.operating import Operator, in_terminal
from tests.e2e.serving import contato

BECAUSE = ("--reason", "corrigido no Rubeus")


def test_a_quarantined_delivery_is_put_aside_and_brought_back(operator: Operator) -> None:
    """Who, when and why are kept with it; it expires as before, and a replay takes it like any other."""
    protocolo = operator.post_records(contato(""), path="/contato")
    expires_at = operator.stored(protocolo)[-1]["expires_at"]

    done = operator.run("dismiss", protocolo, *BECAUSE)
    assert (done.returncode, done.stdout) == (
        0,
        f"{protocolo}: quarantined → dismissed\ntotal: 1 dismissed\n",
    )
    assert protocolo not in operator.listed()
    assert operator.listed("--state", "dismissed", "--limit", "1") == [protocolo]
    shown = operator.json("show", protocolo)
    assert (shown["state"], shown["dismissed_by"]) == ("dismissed", getpass.getuser())
    assert shown["dismissed_because"] == "corrigido no Rubeus"
    assert shown["dismissed_at"] > shown["received_at"]
    assert "because         corrigido no Rubeus\n" in operator.run("show", protocolo).stdout
    assert operator.stored(protocolo)[-1]["expires_at"] == expires_at

    again = operator.run("dismiss", protocolo, *BECAUSE)
    assert (again.returncode, again.stdout) == (
        1,
        f"{protocolo}: left alone\n  it is dismissed\ntotal: 1 left alone\n",
    )
    assert again.stderr == f"{protocolo}: it is dismissed\n"
    assert operator.json("replay", protocolo)["deliveries"][0]["after"] == "quarantined"
    assert not [name for name in operator.stored(protocolo)[-1] if name.startswith("dismissed")]


def test_all_that_filters_choose_are_put_aside_but_no_failed_one(operator: Operator) -> None:
    """With --all only what is quarantined is asked for."""
    quarantined = operator.post_records(contato(""), path="/evento")
    failed = operator.post_records(contato("81"), path="/atividade")
    operator.fail(failed)

    done = operator.json("dismiss", "--all", "--kind", "evento", *BECAUSE)["deliveries"]
    assert [(each["delivery_id"], each["after"]) for each in done] == [(quarantined, "dismissed")]
    assert operator.json("dismiss", "--all", "--kind", "atividade", *BECAUSE) == {"deliveries": []}
    assert failed in operator.listed()


def test_an_open_delivery_is_never_put_aside(operator: Operator) -> None:
    """Not even by force; nor one that is done, or not there."""
    opened, done = operator.post_records(contato("82")), operator.post_records(contato("83"))
    operator.put(opened, state="open")

    told = operator.json("dismiss", opened, done, "nenhuma", "--force", *BECAUSE)["deliveries"]
    assert [each["left_alone"] for each in told] == ["it is open", "it is done", "no such delivery"]
    assert operator.stored(opened)[-1]["state"] == "open"


def test_a_terminal_shows_once_why_nothing_was_done(operator: Operator) -> None:
    """Standard output has it, so standard error need not."""
    where = ("--local", "--aws-port", operator.port)
    for command in (("replay", "nenhuma"), ("dismiss", "nenhuma", *BECAUSE)):
        shown = in_terminal("deliveries", *command, *where, status=1)
        assert shown[:2] == ["nenhuma: left alone", "  no such delivery"]
        assert len(shown) == 3


def test_why_nothing_was_done_is_told_beside_the_json(operator: Operator) -> None:
    """On standard error, as of every command that fails."""
    for command in (("replay", "nenhuma"), ("dismiss", "nenhuma", *BECAUSE)):
        done = operator.run(*command, "--json")
        assert (done.returncode, done.stderr) == (1, "nenhuma: no such delivery\n")
        assert json.loads(done.stdout)["deliveries"][0]["left_alone"] == "no such delivery"


def test_a_failed_delivery_is_put_aside_only_by_force_after_saying_what_is_not_done(
    operator: Operator,
) -> None:
    """A 2xx was final: which records are not stored, and which messages perhaps not sent, is said first."""
    stored, big = contato("84"), contato("85", nome=random.Random(9).randbytes(500_000).hex())
    failed = operator.post_records(stored, big)
    with operator.records() as table:
        for sort_key in ("current", "version#0000000001"):
            table.delete_item(Key={"pk": "contato#85", "sk": sort_key})
    operator.fail(failed)
    with operator.table() as table:
        for item in operator.stored(failed):
            key = {name: item[name] for name in ("delivery_id", "part")}
            table.update_item(Key=key, UpdateExpression="REMOVE expires_at, outcome")

    refused = operator.run("dismiss", failed, *BECAUSE)
    assert refused.returncode == 1
    said = (
        f"{failed}: not done yet\n  não gravado: registro 2\n  mensagem talvez não enviada: registros 1-2\n"
    )
    assert (
        refused.stdout
        == f"{said}{failed}: left alone\n  it is failed, and not done yet\ntotal: 1 left alone\n"
    )
    assert operator.stored(failed)[-1]["state"] == "failed"

    forced = operator.run("dismiss", failed, "--force", *BECAUSE)
    assert forced.stdout == f"{said}{failed}: failed → dismissed\ntotal: 1 dismissed\n"
    assert len(operator.stored(failed)) > 1
    assert len({item["expires_at"] for item in operator.stored(failed)}) == 1
    assert operator.json("replay", failed)["deliveries"][0]["after"] == "done"

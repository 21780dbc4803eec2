import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.e2e.operating import SECRET, SECRETS, Operator, in_terminal, rubeus, run_here
from tests.e2e.serving import contato
from tests.payloads import documented

from models.clock import BRASILIA, day
from rubeus.stack.stores import STACK


@pytest.fixture(scope="module")
def stocked(operator: Operator) -> Operator:
    """Post a person with a story, once for all tests of this file; each looks only."""
    registro = {
        **documented("registro_processo"),
        "contatos": [{"id": "635", "tipo": "Aluno"}, {"id": "636", "tipo": "zuleica@segredo.test"}],
    }
    operator.post_records(contato("635", **SECRET))
    operator.post_records(registro)
    operator.post_records({**documented("evento"), "contatosSecundarios": [], "descricao": "<p>Zuleica</p>"})
    operator.post_records({**documented("atividade"), "descricao": "Ligar para Zuleica"})
    operator.post_records(contato("635", **{**SECRET, "aluno": "1", "cep": "01310-100", "canhoto": "talvez"}))
    operator.post_records({**registro, "status": "Ganha", "observacaoPerda": "Zuleica"})
    operator.post_records(contato("636", **SECRET | {"cpf": "390.533.447-05", "Zuleica Segredo": "1"}))
    return operator


@pytest.fixture(scope="module")
def look(stocked: Operator) -> Callable[..., Any]:
    """Run a command that looks with --json; nothing personal may be in its output but by --reveal."""

    def run(*words: str, status: int = 0) -> Any:
        where = ("--local", "--aws-port", stocked.port)
        told = run_here((*words, *where))
        document = run_here((*words, *where, "--json"))
        assert (told.returncode, document.returncode) == (status, status), told.stderr + document.stderr
        assert max(map(len, told.stdout.splitlines()), default=0) <= 80
        if "--reveal" not in words:
            assert not [secret for secret in SECRETS if secret in told.stdout + document.stdout + told.stderr]
        return json.loads(document.stdout) if status == 0 else told.stderr

    return run


def test_a_record_is_shown_as_it_is_and_as_it_stood(look: Callable[..., Any]) -> None:
    """By what had come until then, on a clock of any zone; masked, unless it is revealed."""
    now = look("records", "get", "contato", "635")
    assert (now["version"], now["data"]["aluno"], now["data"]["nome"]) == (2, "1", "•••")
    assert {"aluno", "cep"} <= set(now["changed"])
    first, second = look("records", "history", "contato", "635")["states"]
    for each in (first, second):
        there = datetime.fromisoformat(each["received_at"]).astimezone(BRASILIA).isoformat()
        stood = look("records", "get", "contato", "635", "--as-of", there)
        assert stood["version"] == each["version"]
    early = look("records", "get", "contato", "635", "--as-of", "2020-01-01", status=1)
    came = day(datetime.fromisoformat(first["received_at"]))
    assert f"not known by then; first received at {came}" in early
    assert "why" in look("records", "get", "contato", "404", "--as-of", "2020-01-01", status=1)
    assert look("records", "get", "contato", "635", "--reveal")["data"]["nome"] == SECRET["nome"]
    assert "no such record" in look("records", "get", "evento", "404", status=1)


def test_a_terminal_without_unicode_gets_escapes(stocked: Operator) -> None:
    """What its encoding lacks, such as the mask, is no reason to fail; JSON stays JSON."""
    where = ("--local", "--aws-port", stocked.port)
    done = rubeus("records", "get", "contato", "635", "--json", *where, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["data"]["nome"] == "•••"


@pytest.mark.parametrize(
    "typed",
    [("--cpf", "390.533.447-05"), ("--cpf", " 39053344705"), ("--email", "Zuleica@SEGREDO.test ")],
)
def test_all_who_share_an_identity_are_found_however_it_is_typed(
    look: Callable[..., Any], typed: tuple[str, str]
) -> None:
    """Two contatos with one CPF or e-mail are two people until somebody says otherwise."""
    found = look("records", "find", *typed, "--reveal")["records"]
    assert [each["id"] for each in found] == ["635", "636"]


def test_a_search_that_finds_nobody_says_so(look: Callable[..., Any]) -> None:
    """What was searched for is not repeated."""
    assert [each["id"] for each in look("records", "find", "--codigo", "COD635")["records"]] == ["635"]
    assert look("records", "find", "--codigo", "COD999", status=1).startswith(
        "rubeus records find: no contato"
    )
    assert look("records", "find", "--cpf", "abc", status=2).endswith("for '--cpf': that is no cpf\n")


def test_versions_are_compared_field_by_field(look: Callable[..., Any]) -> None:
    """By default the last two; where personal data differs, only that it does."""
    found = look("records", "history", "registro_processo", "150", "--diff")
    assert (found["before"], found["after"]) == (1, 2)
    assert found["differences"] == [
        {"path": "status", "before": "Perdida", "after": "Ganha"},
        {"path": "observacaoPerda", "before": None, "after": "•••"},
    ]
    assert look("records", "history", "contato", "635", "--diff", "2", "1")["after"] == 1
    assert "no version 3" in look("records", "history", "contato", "635", "--diff", "1", "3", status=1)
    assert "but one" in look("records", "history", "evento", "934", "--diff", status=1)


def test_a_persons_story_is_told_over_the_kinds(look: Callable[..., Any]) -> None:
    """Oldest first, by when each state came; its own date beside it; what it says, as far as that is open."""
    found = look("records", "timeline", "635")
    assert [(each["kind"], each["version"]) for each in found["entries"]] == [
        ("contato", 1),
        ("registro_processo", 1),
        ("evento", 1),
        ("atividade", 1),
        ("contato", 2),
        ("registro_processo", 2),
    ]
    assert found["entries"][1]["happened_at"] == "2019-02-06T11:06:00-02:00"
    assert found["entries"][2]["facts"] == {
        "tipo.nome": "Entrou na etapa Convocado - Captação",
        "descricao": "•••",
    }
    assert found["entries"][5]["facts"]["status.nome"] == "Ganha"
    assert found["entries"][5]["happened_in"] == "ultimaAlteracaoStatus"
    assert found["entries"][5]["happened_at"] == "2019-02-06T15:06:00-02:00"
    revealed = look("records", "timeline", "635", "--reveal")["entries"]
    assert revealed[2]["facts"]["descricao"] == "Zuleica"
    assert [each["role"] for each in look("records", "timeline", "636")["links"]] == ["•••"]
    assert look("records", "timeline", "404", status=1)


def test_why_a_record_is_not_here_has_an_answer(look: Callable[..., Any], stocked: Operator) -> None:
    """Stored, repeated, refused and why, dismissed, never received: in Portuguese, with the protocolo."""
    never = look("records", "why", "evento", "404")
    assert (never["case"], never["findings"]) == ("never", [])
    assert "Nunca chegou" in never["what"]

    refused = stocked.post_records(contato("", codigo="SEM-ID"))
    (finding,) = look("records", "why", "--codigo", "SEM-ID")["findings"]
    assert (finding["case"], finding["delivery_id"], finding["position"]) == ("rejected", refused, 1)
    assert finding["reasons"] == ["id: não é um id utilizável"]
    stocked.run("dismiss", refused, "--reason", "corrected")
    (finding,) = look("records", "why", "--codigo", "SEM-ID")["findings"]
    assert finding["case"] == "dismissed"

    stocked.post_records(contato("637"))
    again = stocked.post_records(contato("637"))
    cases = {
        each["case"]: each["delivery_id"] for each in look("records", "why", "contato", "637")["findings"]
    }
    assert cases.keys() == {"stored", "repeated"}
    assert cases["repeated"] == again
    told = run_here(("records", "why", "contato", "637", "--local", "--aws-port", stocked.port)).stdout
    assert [told.count("\n\n"), told.endswith("\n\n")] == [len(cases) - 1, False]

    stocked.post(b"{")
    assert look("records", "why", "evento", "404")["unread"] == 1
    told = run_here(("records", "why", "evento", "404", "--local", "--aws-port", stocked.port)).stdout
    assert "1 entrega guardada não se deixa ler" in told


def test_why_tells_what_waits_and_what_recovery_gave_up(look: Callable[..., Any], stocked: Operator) -> None:
    """Their bodies are looked into, since nothing is known of their records yet."""
    for state, case in (("open", "waiting"), ("failed", "failed")):
        protocolo = stocked.post_records(contato(f"9{state}"))
        stocked.forget(protocolo, state)
        findings = look("records", "why", "contato", f"9{state}")["findings"]
        assert {each["case"]: each["delivery_id"] for each in findings}[case] == protocolo


def test_why_tells_what_was_deleted_here(look: Callable[..., Any], stocked: Operator) -> None:
    """By the last delivery that says it was stored; a replay of that one brings it back."""
    stocked.post_records(contato("638"))
    last = stocked.post_records(contato("639"), contato("638", nome="Outra"))
    stocked.erase("contato#638")
    erased = look("records", "why", "contato", "638")
    assert erased["case"] == "erased"
    assert f"`rubeus deliveries replay {last}`" in erased["advice"]
    (finding,) = erased["findings"]
    assert (finding["delivery_id"], finding["version"], finding["position"]) == (last, 2, 2)
    assert "Apagado aqui: contato 638" in finding["what"]
    assert look("records", "why", "contato", "638", "--since", "2999-01-01")["case"] == "never"
    never = look("records", "why", "--codigo", "COD638")
    assert (never["case"], "pergunte pelo id" in never["advice"]) == ("never", True)
    assert never["what"].startswith("Nunca chegou, ou mudou depois, ou foi apagado aqui: ")
    stocked.run("replay", last)
    assert look("records", "why", "contato", "638")["case"] == "stored"


def test_looking_at_the_queues_receives_nothing(look: Callable[..., Any], stocked: Operator) -> None:
    """After twenty looks of every kind no message was received more often than before."""
    commands = [
        ("queue", "status"),
        ("records", "timeline", "635"),
        ("records", "why", "contato", "635"),
        ("triggers",),
        ("drift",),
        ("summary",),
        ("deliveries", "list", "--day", f"{datetime.now(BRASILIA):%Y-%m-%d}"),
    ]
    stocked.bury("one")
    for number in range(20):
        found = look(*commands[number % len(commands)])
        if number == 0:
            waiting = {each["name"]: each["waiting"] for each in found["queues"]}
            assert waiting["records"] >= 7
            assert waiting["records dead letters"] == 1
            assert found["queues"][0]["oldest_seconds"] is None
            assert found["published"][0]["id"].startswith("contato/")
    # SQS counts this one look itself.
    assert set(stocked.receive_counts()) == {"1"}


def test_the_triggers_that_came_are_told_from_those_that_did_not(
    look: Callable[..., Any], stocked: Operator
) -> None:
    """By version: the first is a creation, any later one an edit; never, where all that was kept is seen."""
    seen = {(each["kind"], each["action"]): each for each in look("triggers")["triggers"]}
    assert len(seen) == 6
    assert seen["contato", "created"]["records"] >= 2
    edited = look("records", "history", "contato", "635")["states"][1]
    assert seen["contato", "edited"]["last"] >= edited["received_at"]
    assert seen["atividade", "edited"] == {
        "kind": "atividade",
        "action": "edited",
        "records": 0,
        "last": None,
        "never": True,
    }
    assert not seen["contato", "edited"]["never"]
    later = f"{datetime.now(BRASILIA) + timedelta(hours=1):%Y-%m-%dT%H:%M:%S%z}"
    assert not any(each["never"] for each in look("triggers", "--since", later)["triggers"])
    where = ("--local", "--aws-port", stocked.port)
    assert "edição de atividade: nunca chegou;" in run_here(("triggers", *where)).stdout
    assert "edição de atividade: não chegou desde" in run_here(("triggers", "--since", later, *where)).stdout


def test_drift_names_what_is_new_and_its_shape(look: Callable[..., Any], stocked: Operator) -> None:
    """An unknown field, an odd value: since when, how often, what it looks like, and no value."""
    seen = {each["field"]: each for each in look("drift")["drift"]}
    assert seen["contato.cep"]["shape"] == "texto '99999-999'"
    assert (seen["contato.cep"]["deliveries"], seen["contato.cep"]["reason"]) == (1, "campo desconhecido")
    assert seen["contato.canhoto"]["reason"] == "não é 0 nem 1"
    told = run_here(("drift", "--local", "--aws-port", stocked.port)).stdout
    assert re.search(r"1 entrega, de \d\d/\d\d/20\d\d \d\d:\d\d:\d\d a ", told)


def test_a_day_is_summed_up_in_ten_lines(look: Callable[..., Any]) -> None:
    """Of a day without deliveries, too."""
    lines = look("summary")["lines"]
    assert len(lines) == len(look("summary", "--day", "2020-01-01")["lines"]) == 10
    assert any("contato.cep" in line for line in lines)


def test_personal_data_of_a_stack_is_shown_for_a_reason_and_leaves_a_trace(stocked: Operator) -> None:
    """Who, when, what, why; a search for a person leaves one, too. A local stack asks for nothing."""
    account = {
        "AWS_ENDPOINT_URL": stocked.served.where["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    stack = ("--stack", STACK, "--region", stocked.served.where["region"], "--json")
    here = rubeus("traces", "--local", "--aws-port", stocked.port)
    assert here.stdout == "Looks at a `rubeus serve` leave no traces.\n"
    refused = rubeus("records", "get", "contato", "635", "--reveal", *stack, **account)
    assert refused.returncode == 2
    shown = rubeus(
        "records", "get", "contato", "635", "--reveal", "--reason", "ticket 812", *stack, **account
    )
    assert json.loads(shown.stdout)["data"]["nome"] == SECRET["nome"]
    for words in (("history", "contato", "635"), ("timeline", "635")):
        told = rubeus("records", *words, "--reveal", "--reason", "the same", *stack, **account)
        assert str(SECRET["nome"]) in told.stdout
    found = rubeus("records", "find", "--cpf", "39053344705", *stack, **account)
    assert len(json.loads(found.stdout)["records"]) == 2
    assert rubeus("records", "why", "--cpf", "39053344705", *stack, **account).returncode == 0
    raw = rubeus(
        "deliveries", "show", json.loads(shown.stdout)["delivery_id"], "--raw", *stack[:-1], **account
    )
    assert raw.returncode == 2
    counts = rubeus("queue", "status", *stack, **account)
    assert len(json.loads(counts.stdout)["queues"]) == 4
    traces = json.loads(rubeus("traces", *stack, **account).stdout)["traces"]
    assert [(each["what"], each["why"]) for each in traces] == [
        ("records get contato 635", "ticket 812"),
        ("records history contato 635", "the same"),
        ("records timeline 635", "the same"),
        ("records find --cpf: 635, 636", ""),
        ("records why --cpf", ""),
    ]
    assert json.loads(rubeus("traces", "--month", "2020-01", *stack, **account).stdout) == {"traces": []}
    assert all(each["who"].startswith("arn:aws:") for each in traces)
    with stocked.records() as table:
        (item, *_) = table.query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": f"trace#{traces[0]['at'][:7]}"},  # the month in UTC
        )["Items"]
    assert 360 < (int(str(item["expires_at"])) - time.time()) / 86_400 < 370


def test_a_terminal_gets_tables_of_80_columns(stocked: Operator) -> None:
    """And a pipe plain lines: held for every command by the other tests."""
    where = ("--local", "--aws-port", stocked.port)
    for words in (("records", "history", "contato", "635"), ("queue", "status"), ("triggers",)):
        lines = in_terminal(*words, *where)
        assert max(map(len, lines)) <= 80

"""The policies of docs/security.md, look and operate, on a stack with outputs as a deployed one has."""

import json
from collections.abc import Iterator, Mapping

import pytest
from tests.e2e.browsing import settled
from tests.e2e.enforcing import ACCOUNT, Need, documented, granted, is_allowed, is_met
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, contato, serving
from tests.e2e.somebody import Somebody, somebody
from tests.payloads import documented as documented_payload

from rubeus.stack.environment import REGION
from rubeus.stack.stores import STACK, local_session

REJECTED = {"codigo": "COD9", "nome": "Zuleica Exemplo", "emails": None}
REASON = ("--reason", "chamado 4471")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a stack with a record, and two versions of it."""
    with serving(tmp_path_factory.mktemp("serve") / "log", "--recovery", "3600", "--no-inspector") as served:
        served.post([contato("341", cpf="529.982.247-25")])
        served.post([contato("341", cpf="529.982.247-25", cidade="Santos")])
        yield served


@pytest.fixture(scope="module")
def looker(stack: Served) -> Iterator[Somebody]:
    """Let somebody look."""
    with somebody(stack, documented(STACK)[0]) as found:
        yield found


@pytest.fixture(scope="module")
def doer(stack: Served) -> Iterator[Somebody]:
    """Let somebody operate."""
    with somebody(stack, documented(STACK)[1]) as found:
        yield found


@pytest.fixture(scope="module")
def rejected(stack: Served) -> str:
    """Post what is rejected; gives its protocolo."""
    return protocolo(stack, REJECTED)


def protocolo(stack: Served, *records: object) -> str:
    """Post records; gives the protocolo."""
    return str(json.loads(stack.post(list(records))[1])["protocolo"])


def evento(*contatos: str) -> dict[str, object]:
    """Make an evento that concerns so many contatos."""
    return {**documented_payload("evento"), "id": "7", "contatosSecundarios": list(contatos)}


# Hardly smaller when it is packed.
NOISE = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(250_000))
PAGES = (
    *("/entregas", "/entregas/novas?depois=", "/entregas/exportar", "/entregas/{id}"),
    *("/entregas/{id}/reprocessar", "/entregas/{id}/reprocessar?como=contato"),
    *("/registros", "/registros/contato/341", "/registros/contato/341?em=2026-01-01"),
    *("/registros/contato/341/versoes", "/pessoas/341", "/por-que", "/fila", "/painel", "/painel/etapas"),
    *("/anotacoes", "/testar", "/entregas/{id}/exemplo", "/pessoas/341/exportar", "/fila/exportar"),
    *("/registros/contato/341/exportar", "/painel/exportar?tabela=gatilhos", "/anotacoes/exportar"),
)
POSTS: Mapping[str, Mapping[str, str]] = {
    "/por-que": {"tipo": "contato", "valor": "341"},
    "/registros": {"por": "CPF", "quem": "529.982.247-25", "motivo": "chamado 4472"},
    "/mostrar": {"o_que": "contato/341", "volta": "/registros/contato/341", "motivo": "chamado 4473"},
    "/registros/exportar": {"tipo": "contato", "mostrar": "sim", "motivo": "chamado 4474"},
    "/cobrir": {"o_que": "contato/341", "volta": "/registros/contato/341"},
}
READING = (
    *(("deliveries", "list"), ("deliveries", "show", "{id}"), ("deliveries", "replay", "{id}", "--dry-run")),
    *(("deliveries", "show", "{id}", "--reveal", *REASON), ("deliveries", "show", "{id}", "--raw", *REASON)),
    *(("records", "get", "contato", "341"), ("records", "get", "contato", "341", "--reveal", *REASON)),
    *(("records", "history", "contato", "341"), ("records", "timeline", "341")),
    *(("records", "find", "--cpf", "529.982.247-25", *REASON), ("records", "why", "contato", "341")),
    *(("records", "export", "--kind", "contato", "--format", "csv", "--out", "-"), ("queue", "status")),
    *(("triggers",), ("drift",), ("summary",), ("traces",)),
)


def test_who_looks_may_write_traces_alone() -> None:
    """Not another item of the table in which they stand."""
    look, _ = documented(STACK)
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-records"
    assert is_allowed(look, Need("dynamodb:PutItem", table, ("trace#2026-11",)))
    assert not is_allowed(look, Need("dynamodb:PutItem", table, ("contato#341",)))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_looked_at(looker: Somebody, rejected: str, path: str) -> None:
    """With the policy of who looks."""
    page = looker.visitor.get(path.format(id=rejected))
    assert page.status == 200, page.text


@pytest.mark.parametrize("path", POSTS)
def test_what_is_asked_by_post_can_be_looked_at(looker: Somebody, path: str) -> None:
    """A search, a reveal, which write a trace."""
    page = looker.visitor.post(path, POSTS[path])
    assert page.status in (200, 303), page.text
    if "motivo" in POSTS[path]:
        assert POSTS[path]["motivo"] in looker.visitor.get("/anotacoes").text


def test_what_is_worked_out_can_be_looked_at(looker: Somebody) -> None:
    """Etapas, and unknown fields: they read in the background."""
    looker.visitor.work_out("/painel/etapas", "/painel/campos")


def test_what_leaves_no_trace_is_not_shown(stack: Served) -> None:
    """Nor found, nor taken along: the trace comes first, and the page says what it lacks."""
    silent = [each for each in documented(STACK)[0] if "dynamodb:PutItem" not in each["Action"]]
    with somebody(stack, silent) as found:
        for path in ("/mostrar", "/registros", "/registros/exportar"):
            refused = found.visitor.post(path, POSTS[path])
            assert refused.status == 403
            assert '"Action": "dynamodb:PutItem"' in refused.text
            assert "529.982" not in refused.text
        assert "529.982" not in found.visitor.get("/registros/contato/341").text


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_every_command_that_reads_can_look(looker: Somebody, rejected: str, command: tuple[str, ...]) -> None:
    """With the policy of who looks; a reveal is in the traces."""
    done = looker.run(*(each.format(id=rejected) for each in command))
    assert done.returncode == 0, done.stderr


OPERATING = {
    ("deliveries", "replay", "{id}", "--as", "contato"): "dynamodb:UpdateItem",
    ("deliveries", "replay", "{id}", "--as-newest"): "dynamodb:PutItem",
    ("deliveries", "dismiss", "{id}", *REASON): "dynamodb:UpdateItem",
    ("queue", "dead-letters"): "sqs:ReceiveMessage",
    ("queue", "redrive"): "sqs:ReceiveMessage",
    ("token", "rotate"): "secretsmanager:GetSecretValue",
    ("token", "retire"): "secretsmanager:GetSecretValue",
    ("url",): "secretsmanager:GetSecretValue",
}
ACTIONS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "/entregas/{id}/reprocessar": ({}, "dynamodb:UpdateItem"),
    "/entregas/{id}/dispensar": ({"porque": "corrigido"}, "dynamodb:UpdateItem"),
    "/fila/devolver": ({"fila": "records"}, "sqs:ReceiveMessage"),
    "/testar": ({"corpo": "[]", "fim": ""}, "secretsmanager:GetSecretValue"),
}


@pytest.mark.parametrize("path", ACTIONS)
def test_who_looks_is_told_which_action_is_missing(looker: Somebody, rejected: str, path: str) -> None:
    """By every page that would change something: the action, on what, in a sentence; nothing has changed."""
    form, action = ACTIONS[path]
    before = Operator(looker.served).stored(rejected)
    page = looker.visitor.post(path.format(id=rejected), form)
    assert page.status == 403, page.text
    assert "Falta uma permissão na AWS" in page.text
    assert f"&#34;Action&#34;: &#34;{action}&#34;".replace("&#34;", '"') in page.text
    assert "Traceback" not in page.text
    assert Operator(looker.served).stored(rejected) == before


@pytest.mark.parametrize(("operation", "form"), [("reprocessar", {}), ("dispensar", {"porque": "corrigido"})])
def test_who_looks_sees_what_a_batch_would_do_and_is_told_what_is_missing(
    looker: Somebody, rejected: str, operation: str, form: Mapping[str, str]
) -> None:
    """The first refusal ends it: the action, in a sentence; nothing has changed."""
    before = Operator(looker.served).stored(rejected)
    path = looker.visitor.post("/entregas/lote", {"quais": "pendentes"}).headers["location"]
    page = settled(looker.visitor, path).text
    assert "Nada mudaria" in page
    assert looker.visitor.post(f"{path}/{operation}", form).headers["location"] == path
    page = settled(looker.visitor, path).text
    assert "Nenhuma entrega foi" in page
    assert '"Action": "dynamodb:UpdateItem"' in page
    assert "Falta uma permissão na AWS" in page
    assert Operator(looker.served).stored(rejected) == before


@pytest.mark.parametrize("command", OPERATING, ids=" ".join)
def test_a_command_that_may_not_says_which_action_is_missing(
    looker: Somebody, rejected: str, command: tuple[str, ...]
) -> None:
    """On standard error, in one line, with exit code 1."""
    done = looker.run(*(each.format(id=rejected) for each in command))
    assert done.returncode == 1, done.stdout
    assert OPERATING[command] in done.stderr
    assert "Traceback" not in done.stderr


def test_who_operates_may_do_all(doer: Somebody) -> None:
    """Every page's action and every command; and each action that the policies give was needed."""
    stack, visitor = doer.served, doer.visitor
    for subject in ("contato/1", "contato/2"):
        Operator(stack).bury(subject)
        assert visitor.post("/fila/devolver", {"fila": "records"}).headers["location"] == "/fila?devolvidas=1"
    sqs = local_session().client("sqs", endpoint_url=stack.where["aws_endpoint"])
    (url,) = (each for each in sqs.list_queues()["QueueUrls"] if "recovery-dead-letter" in each)
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    sqs.close()
    assert visitor.post("/fila/devolver", {"fila": "recovery"}).headers["location"] == "/fila?devolvidas=1"
    answer = visitor.post("/testar", {"corpo": json.dumps([contato("342")]), "fim": ""}).text
    assert "Recebido: 1 registro." in answer, answer
    one, two = (protocolo(stack, {"id": each, "assunto": "Retorno"}) for each in ("71", "72"))
    replayed = visitor.post(f"/entregas/{one}/reprocessar", {"como": "atividade"})
    assert "1 registro mudou" in replayed.text
    assert visitor.post(f"/entregas/{two}/dispensar", {"porque": "corrigido"}).status == 303
    for command in OPERATING:
        fresh = protocolo(stack, {"id": "74", "assunto": "Retorno"})
        done = doer.run(*(each.format(id=fresh) for each in command))
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    for path in PAGES:
        assert visitor.get(path.format(id=one)).status == 200
    # A replay writes whatever the receiver may write: many links, none any more, more than an item takes.
    bodies = [
        evento(*map(str, range(1000, 1250))),
        evento(),
        contato("343", observacao=NOISE),
        contato("343"),
    ]
    for each in [protocolo(stack, body) for body in bodies]:
        replayed_as_newest = doer.run("deliveries", "replay", each, "--as-newest")
        assert replayed_as_newest.returncode == 0, replayed_as_newest.stderr
    assert [each for each in granted(documented(STACK)[1]) if not is_met(each, doer.used)] == []

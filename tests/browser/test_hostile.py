"""What a sender writes is text, wherever it is shown."""

import json

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Seen
from tests.e2e.browsing import Visitor
from tests.e2e.serving import Served

from rubeus.samples import post, read_event

SCRIPT = "<img src=x onerror=\"document.title='executado'\"><script>document.title='executado'</script>"
TIPO = {"id": "1", "codigo": None}


@pytest.fixture(scope="module")
def protocolo(served: Served) -> str:
    """Post a script wherever a sender can write one."""
    evento: dict[str, object] = {
        "id": "666",
        "tipo": {**TIPO, "nome": SCRIPT},
        "descricao": SCRIPT,
        "contato": {"id": "341", "codigo": None},
        "contatosSecundarios": [],
        "dataAgendamento": None,
        SCRIPT: {SCRIPT: SCRIPT},
    }
    entered = {**evento, "id": "667", "tipo": {**TIPO, "nome": f"Entrou na etapa {SCRIPT} - {SCRIPT}"}}
    nobody = {"id": SCRIPT, "codigo": SCRIPT, "nome": SCRIPT, "emails": None, "cpf": SCRIPT}
    sample = read_event("contato")
    token = served.where["url"].rpartition("/")[2]
    event = {
        **sample,
        "rawPath": f"/webhook/{token}",
        "headers": {"content-type": "text/html; charset=<script>document.title='executado'</script>"},
        "body": json.dumps([evento, entered, {**nobody, "id": "341"}, nobody, SCRIPT]),
    }
    status, text = post(event, served.where["url"])
    assert status == 207, text
    return str(json.loads(text)["protocolo"])


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_script_does_nothing(seen: Seen, protocolo: str, *, is_shown: bool) -> None:
    """In a description, a name, a content type, an unknown key, an id; covered and shown."""
    paths = (
        f"/entregas/{protocolo}",
        "/registros/evento/666",
        "/registros/contato/341",
        "/pessoas/341",
        "/entregas?problema=<script>document.title='executado'</script>",
        f"/entregas/{protocolo}/reprocessar",
        "/fila",
        "/painel/campos",
        "/painel/etapas",
        f"/testar?entrega={protocolo}",
    )
    if is_shown:
        for what in paths[:3]:
            page = seen.open(what)
            page.get_by_role("link", name="Mostrar dados pessoais…").click()
            page.get_by_role("button", name="Mostrar por 5 minutos").click()
    Visitor(seen.entrance).work_out("/painel/etapas", "/painel/campos")
    for path in paths:
        page = seen.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.title().endswith("· Inspetor")
        assert page.locator("main img, main script, main iframe").count() == 0
    if is_shown:
        assert "onerror" in seen.open(paths[0]).locator("#corpo").inner_text()

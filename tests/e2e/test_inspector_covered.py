"""Personal data: on no page and in no file until it is asked for; then on the pages of what was asked for."""

import json
import re

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.operating import SECRET, SECRETS
from tests.e2e.serving import Served, contato

PLACES = ("/registros/contato/821", "/registros/contato/821/versoes", "/pessoas/821")
FILES = tuple(f"{each}/exportar" for each in PLACES)


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


@pytest.fixture(scope="module")
def delivery(served: Served) -> str:
    """Post a person in every kind, twice, and what is refused; gives the path of its page."""
    served.post([contato("821", nome="Zuleica Antes", cpf="529.982.247-25", emails=None)])
    named: dict[str, object] = {
        "contato": {"id": "821", "codigo": "C"},
        "descricao": "<p>Ligar para Zuleica Segredo</p>",
    }
    responsavel: dict[str, object] = {"id": "9", **SECRET}
    records: list[object] = [
        {**contato("821"), **SECRET},
        {"id": "822", "tipo": {"id": "1", "nome": "Ligação"}, "contatosSecundarios": [], **named},
        {
            "id": "825",
            "tipo": {"id": "2", "nome": "zuleica@segredo.test"},
            "contatosSecundarios": [],
            **named,
        },
        {"id": "823", "vencimento": None, "duracao": "5", "registroProcesso": None, **named},
        {
            "id": "824",
            "processo": {"id": "1", "nome": "Captação"},
            "contatos": [{"id": "821", "principal": "1", "tipo": "Aluno"}],
            "cursos": [],
            "responsavel": responsavel,
            "status": "Em andamento",
        },
        {**SECRET, "codigo": "C"},
        "Zuleica Segredo",
    ]
    status, text = served.post(records)
    assert status == 207, text
    return f"/entregas/{json.loads(text)['protocolo']}"


def secrets_in(text: str) -> list[str]:
    """Give those that stand in a text; a page names nobody else's."""
    return [each for each in SECRETS if each in text]


def show(visitor: Visitor, what: str) -> None:
    """Ask for what is covered."""
    assert visitor.post("/mostrar", {"o_que": what, "volta": "/entregas"}).status == 303


def test_nothing_is_shown_that_was_not_asked_for(visitor: Visitor, delivery: str) -> None:
    """On no page, in no file, in no address; what is shown of one thing covers all others as before."""
    ids = {"evento": "822", "atividade": "823", "registro_processo": "824"}
    paths = (
        *(delivery, f"{delivery}/reprocessar", f"{delivery}/exemplo", f"/testar?entrega={delivery[10:]}"),
        *(f"/registros/{kind}/{each}{end}" for kind, each in ids.items() for end in ("", "/exportar")),
        *("/entregas", "/entregas/exportar", "/fila", "/fila/exportar", "/painel", "/anotacoes"),
    )
    show(visitor, "contato/999")
    for path in (*paths, *PLACES, *FILES):
        answer = visitor.get(path)
        assert answer.status == 200, path
        assert not secrets_in(answer.text + answer.headers.get("content-disposition", "")), path
    for kind in ("contato", *ids):
        assert not secrets_in(visitor.post("/registros/exportar", {"tipo": kind, "formato": "csv"}).text)
    for asked in ({"tipo": "contato", "valor": "821"}, {"tipo": "cpf", "valor": "39053344705"}):
        assert not secrets_in(visitor.post("/por-que", asked).text)


def test_what_was_asked_for_is_shown_and_covered_again(visitor: Visitor, delivery: str) -> None:
    """The delivery by itself; the contato on its three pages, and in their files."""
    show(visitor, delivery[1:].replace("entregas", "entrega"))
    assert {"Zuleica", "39053344705"} <= {*secrets_in(visitor.get(delivery).text)}
    for path in PLACES:
        assert not secrets_in(visitor.get(path).text)
    show(visitor, "contato/821")
    for path in (*PLACES, *FILES):
        assert "Zuleica" in visitor.get(path).text, path
    story = visitor.get("/pessoas/821").text
    assert "Ligar para Zuleica Segredo" in story
    assert re.search(r"<dt>CPF</dt><dd>39053344705</dd>", story)

    for what in ("contato/821", delivery[1:].replace("entregas", "entrega")):
        visitor.post("/cobrir", {"o_que": what, "volta": "/entregas"})
    for path in (delivery, *PLACES, *FILES):
        assert not secrets_in(visitor.get(path).text)

"""Addresses that nobody should have, and commands and links that a page gives to take along."""

import html
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, contato

from models.clock import BRASILIA, day

LONG = "x" * 3000
FLUXO = {"id": "77", "etapa_atual": "Oportunidade", "nome": "Zuleica Exemplo"}


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


def posted(served: Served, record: object, path: str = "") -> str:
    """Post a record; gives the protocolo."""
    return str(json.loads(served.post(record, path)[1])["protocolo"])


def shell(command: str) -> str:
    """Run a command that a page told, as somebody who pastes it; gives what it says."""
    folder = Path(sys.executable).parent
    path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 (the page's own words, which are what is tested)
        ["bash", "-c", command],  # noqa: S607 (of the system)
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | path,
    )
    return done.stdout + done.stderr


def told(page: str, css_id: str) -> str:
    """Give the text of an element, as it is copied."""
    found = re.search(rf'id="{css_id}">(.*?)</code>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_an_id_that_none_can_have_is_not_found(visitor: Visitor) -> None:
    """Also where it is longer than AWS lets a key be."""
    for path in ("/entregas/{}", "/entregas/{}/exemplo", "/entregas/{}/reprocessar", "/registros/contato/{}"):
        answer = visitor.get(path.format(LONG))
        assert (answer.status, "Não há nada aqui" in answer.text) == (HTTPStatus.NOT_FOUND, True)
    assert visitor.get(f"/testar?entrega={LONG}").status == HTTPStatus.OK


def test_the_address_of_a_form_leads_on(visitor: Visitor) -> None:
    """Opened without the form: in the reader's language, with a way back."""
    for path in ("/mostrar", "/fila/devolver", "/registros/exportar", "/entregas/lote/1/prever"):
        answer = visitor.get(path)
        assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED
        assert "só responde a um formulário" in answer.text
        assert 'href="/entregas"' in answer.text


def test_a_list_that_is_open_at_midnight_is_told_to_reload(served: Served, visitor: Visitor) -> None:
    """It is one of yesterday then; so is one that cannot know what it missed."""
    posted(served, contato("781"))
    found = re.search(r'data-live="([^"]+)"', visitor.get("/entregas").text)
    assert found
    address = html.unescape(found[1])
    assert "data-recarregar" not in visitor.get(address).text
    assert "data-recarregar" in visitor.get(re.sub("dia=[0-9-]+", "dia=2020-01-01", address)).text
    assert "data-recarregar" in visitor.get(re.sub("depois=.*", "depois=00000000-1", address)).text


def test_the_curl_that_is_copied_sends_it_again(served: Served, visitor: Visitor) -> None:
    """In a shell, as it stands: to the same end of the URL, the same body."""
    protocolo = posted(served, FLUXO, "/fluxo")
    answer = shell(told(visitor.get(f"/entregas/{protocolo}").text, "curl"))
    assert "200 OK" in answer
    assert "1: fluxo novo, versão 1" in answer


def test_a_sample_is_sent_by_the_command_beside_it(served: Served, visitor: Visitor, tmp_path: Path) -> None:
    """To the end of the URL that the delivery came to."""
    page = visitor.get(f"/entregas/{posted(served, FLUXO, '/fluxo')}").text
    link = re.search(r'href="(/entregas/[^"]+/exemplo)">Baixar (\S+)</a>', page)
    assert link
    (tmp_path / link[2]).write_text(visitor.get(link[1]).text)
    command = told(page, "enviar").partition("\n")[0]
    assert command.startswith(f"rubeus send {link[2]} --local")
    assert "1: fluxo novo, versão 1" in shell(f"cd {tmp_path} && {command}")
    assert "Zuleica" not in (tmp_path / link[2]).read_text()


def test_a_covered_delivery_is_edited_with_invented_values(served: Served, visitor: Visitor) -> None:
    """Of its own shape, to the same end of the URL; shown, it is the very body."""
    protocolo = posted(served, FLUXO, "/fluxo")
    page = html.unescape(visitor.get(f"/testar?entrega={protocolo}").text)
    assert "com valores inventados" in page
    assert '"etapa_atual":' in page
    assert "Zuleica" not in page
    assert '<option value="fluxo" selected>' in page

    visitor.post("/mostrar", {"o_que": f"entrega/{protocolo}", "volta": "/entregas"})
    page = html.unescape(visitor.get(f"/testar?entrega={protocolo}").text)
    assert "O corpo da entrega, como chegou." in page
    assert '"nome": "Zuleica Exemplo"' in page


def test_an_id_that_is_personal_data_is_in_no_link_of_an_answer(visitor: Visitor) -> None:
    """Only one that may be shown leads to its versions."""
    for identifier, links in (("782", True), ("ana@example.com", False)):
        answer = visitor.post("/testar", {"corpo": json.dumps([contato(identifier)]), "fim": ""}).text
        assert ("compare as versões" in answer) is links
        assert not re.search(r'href="[^"]*ana@', answer)


def test_today_is_not_compared_with_a_whole_day(served: Served, visitor: Visitor) -> None:
    """The panel of a day that is not over says how many came on all of the other."""
    operator = Operator(served)
    *_, head = operator.stored(posted(served, [contato("783")]))
    then = datetime.now(BRASILIA) - timedelta(days=7)
    with operator.table() as table:
        table.put_item(Item={**head, "delivery_id": "01a0f000-0000-7000-8000-000000000001", "day": day(then)})
    text = visitor.get("/painel").text
    assert re.search(r"Chegaram \d+ entregas; na [a-z-]+ anterior, [0-9]+ entregas? no dia inteiro\.", text)


def test_a_person_is_told_with_their_process_and_stage(served: Served, visitor: Visitor) -> None:
    """By the newest of each; both are open."""
    stages: list[dict[str, object]] = [
        {
            "id": f"79{number}",
            "tipo": {"id": "36", "codigo": None, "nome": f"Entrou na etapa {stage} - Captação"},
            "descricao": "",
            "contato": {"id": "784", "codigo": "C"},
            "contatosSecundarios": [],
            "dataAgendamento": None,
        }
        for number, stage in enumerate(("Inscrito", "Convocado"))
    ]
    for record in (contato("784"), *stages):
        posted(served, [record])
    page = " ".join(re.sub(r"<[^>]+>", " ", visitor.get("/pessoas/784").text).split())
    assert "Etapa Convocado - Captação, desde hoje" in page


def test_a_change_leads_to_the_versions_that_it_lies_between(served: Served, visitor: Visitor) -> None:
    """Of three, the last two; the message is the version's own."""
    for city in ("Campinas", "Santos", "Sorocaba"):
        protocolo = posted(served, contato("786", cidade=city, aluno="1" if city == "Sorocaba" else "0"))
    page = visitor.get(f"/entregas/{protocolo}").text
    assert "Publicou a mensagem <code>contato/786/3</code>" in page
    link = re.search(r'href="([^"]+)">Comparar com a versão 2<', page)
    assert link
    for path, between in (
        (html.unescape(link[1]), "<h1>2 campos mudaram entre as versões 2 e 3</h1>"),
        ("/registros/contato/786/versoes", "<h1>2 campos mudaram entre as versões 2 e 3</h1>"),
        ("/registros/contato/786/versoes?de=1&ate=2", "<h1>1 campo mudou entre as versões 1 e 2</h1>"),
    ):
        assert between in visitor.get(path).text
    page = visitor.get(f"/registros/contato/786?em={day(datetime.now(BRASILIA))}").text
    assert "Como estava no fim de" in page
    assert "versão 3, de" in page

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, contato
from tests.payloads import documented

from models.clock import day, timestamp


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


def posted(served: Served, *records: object, path: str = "") -> str:
    """Post records; gives the protocolo."""
    _, text = served.post(list(records), path)
    return str(json.loads(text)["protocolo"])


def said(text: str) -> str:
    """Give what a page says, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_kind_that_does_not_exist_is_told_from_a_broken_body(served: Served, visitor: Visitor) -> None:
    """It is the URL that is wrong."""
    protocolo = posted(served, path="/pessoa")
    page = visitor.get(f"/entregas/{protocolo}").text
    assert "<h1>O fim da URL está errado</h1>" in page
    assert "O corpo não pôde ser lido" not in page


@pytest.mark.parametrize("before", ["", "…"])
def test_the_end_of_a_protocolo_leads_to_its_delivery(served: Served, visitor: Visitor, before: str) -> None:
    """As the list shows it."""
    protocolo = posted(served, contato("79"))
    answer = visitor.get(f"/entregas?problema={quote(before + protocolo[-8:])}")
    assert (answer.status, answer.headers["location"]) == (303, f"/entregas/{protocolo}")


def test_a_protocolo_leads_to_its_delivery_whatever_the_day(served: Served, visitor: Visitor) -> None:
    """However it was copied; where nothing is kept of it, its own time is told."""
    protocolo = posted(served, contato("85"))
    for text in (protocolo, f" Protocolo: {protocolo.upper()}\n"):
        answer = visitor.get(f"/entregas?dia=2020-01-01&problema={quote(text)}")
        assert (answer.status, answer.headers["location"]) == (303, f"/entregas/{protocolo}")
    gone = visitor.get("/entregas/01a2131b-0000-7000-8000-000000000000")
    assert gone.status == 404
    assert "ela teria chegado em 25/11/2026, 11:27:46 : ou já foi apagada" in said(gone.text)
    assert 'href="/entregas?dia=2026-11-25"' in gone.text
    for path in ("/entregas/01a2131b", "/entregas/ffffffff-ffff-7fff-bfff-ffffffffffff"):
        assert "Isto não é um protocolo inteiro" in visitor.get(path).text
    assert "Este lote não está mais aqui" in visitor.get("/entregas/lote/0123456789abcdef").text
    other = visitor.get("/entregas?dia=2020-01-01&problema=0123456789ab")
    assert "O protocolo inteiro acha a entrega, seja de que dia for." in other.text


def test_an_older_page_counts_nothing_and_leads_back(served: Served, visitor: Visitor) -> None:
    """What it shows is not all of the day."""
    protocolo = posted(served, contato("80"))
    page = visitor.get(f"/entregas?tipo=contato&antes={protocolo}").text
    assert "as entregas mais antigas assim." in page
    assert '<a href="/entregas?tipo=contato">Voltar às mais novas</a>' in page


def test_those_with_the_same_cpf_are_one_note(served: Served, visitor: Visitor) -> None:
    """Ten by name, and how many more."""
    posted(served, *({**contato(str(7000 + number)), "cpf": "52998224725"} for number in range(13)))
    page = said(visitor.get("/pessoas/7000").text)
    assert page.count("o mesmo CPF") == 1
    assert "Outros 12 contatos têm o mesmo CPF. São contato " in page
    assert " e mais 2. " in page


def test_a_record_leads_to_the_people_that_it_concerns(served: Served, visitor: Visitor) -> None:
    """On its own page and beside the body; but not by what only stands in an id's place."""
    people = {"contato": {"id": "411", "codigo": "C"}, "contatosSecundarios": ["412", "390.533.447-05"]}
    evento = {"id": "1411", "tipo": {"id": "3", "nome": "x"}, "dataAgendamento": None, **people}
    protocolo = posted(served, evento)
    links = ['<a href="/pessoas/411">contato 411</a>', '<a href="/pessoas/412">contato 412</a>']
    for path in (f"/entregas/{protocolo}", "/registros/evento/1411"):
        page = visitor.get(path).text
        assert re.findall(r'<a href="/pessoas/.*?</a>', page) == links
        assert not re.search(r"390\W*533", page)  # three digits alone may stand in a protocolo
    assert visitor.get("/pessoas/412").status == 200


def test_the_panel_says_the_numbers_of_its_tables(served: Served, visitor: Visitor) -> None:
    """Of refused records the reason is one of records; what is in quarantine is said."""
    for _ in range(3):
        visitor.post("/testar", {"corpo": "[{", "fim": ""})
    posted(served, contato("81"), {**contato("82"), "id": None})
    page = said(visitor.get("/painel").text)
    assert "o motivo mais comum: JSON" not in page
    assert "em quarentena" in page
    assert "Nada ficou para trás" not in page
    assert "aceitos, " in page


def test_triggers_are_looked_for_further_back_when_asked(served: Served, visitor: Visitor) -> None:
    """The panel says how far, and its file goes as far."""
    record = documented("registro_processo")
    posted(served, record)
    key = {"pk": f"registro_processo#{record['id']}", "sk": "current"}
    came = datetime.now(UTC) - timedelta(days=40)
    with Operator(served).records() as table:
        table.update_item(
            Key=key,
            UpdateExpression="SET #day = :day, received_at = :at, first_received_at = :at",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": f"registro_processo#{day(came)}", ":at": timestamp(came)},
        )
    page = visitor.get("/painel").text
    assert "nos últimos 14 dias. Procurar em 90 dias" in said(page)
    assert 'gatilhos=90#gatilhos"' in page
    page = visitor.get("/painel?gatilhos=90").text
    assert "nos últimos 90 dias. Voltar a 14 dias" in said(page)
    found = re.search(r'href="(/painel/exportar[^"]*tabela=gatilhos[^"]*formato=csv)"', page)
    assert found
    for asked, count in ((found[1].replace("&amp;", "&"), "1"), ("/painel/exportar?tabela=gatilhos", "0")):
        assert f"novo registro de processo;{count};" in visitor.get(asked).text


def test_one_of_two_is_a_whole_sentence(served: Served, visitor: Visitor) -> None:
    """In the singular."""
    protocolo = posted(served, contato("83"), {**contato("84"), "id": None})
    page = visitor.get(f"/entregas/{protocolo}").text
    assert "<h1>1 de 2 registros foi recusado</h1>" in page
    assert "O outro foi aceito." in page


def test_a_cut_list_of_what_was_published_says_so(served: Served, visitor: Visitor) -> None:
    """All of it is in the file."""
    posted(served, *(contato(str(7100 + number)) for number in range(21)))
    assert "Só as 20 mais novas." in visitor.get("/fila").text


def test_a_kind_is_chosen_by_its_name(visitor: Visitor) -> None:
    """And asked for by what stands in the address."""
    page = visitor.get("/entregas?tipo=registro_processo").text
    assert '<option value="registro_processo" selected>registro de processo</option>' in page

"""What few people type, and few senders send."""

import json
import re
from http import HTTPStatus

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.serving import Served, contato

PERSONAL = "ana@example.com"


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


def test_a_day_at_the_end_of_the_calendar_is_a_page(served: Served, visitor: Visitor) -> None:
    """A field for dates takes any year."""
    served.post([contato("601")])
    for day in ("0001-01-01", "9999-12-31"):
        for path in (
            "/entregas?dia=",
            "/painel?dia=",
            "/registros/contato/601?em=",
            "/entregas/exportar?dia=",
        ):
            assert visitor.get(path + day).status == HTTPStatus.OK
        form = {"tipo": "contato", "formato": "csv", "desde": day}
        assert visitor.post("/registros/exportar", form).status == HTTPStatus.OK


def test_what_is_no_id_is_told_before_it_is_looked_for(visitor: Visitor) -> None:
    """Also where it is longer than AWS lets a key be."""
    for text in ("9" * 3000, "null", "{{id}}"):
        assert "Isso não é um id." in visitor.post("/por-que", {"tipo": "contato", "valor": text}).text


def test_a_fluxo_is_asked_for_by_its_protocolo(served: Served, visitor: Visitor) -> None:
    """Under which it is stored; the id in its body is not its own."""
    _, text = served.post({"id": "604", "etapa": "Inscrito"}, "/fluxo")
    assert "fluxo, por protocolo</option>" in visitor.get("/por-que").text
    asked = {"tipo": "fluxo", "valor": json.loads(text)["protocolo"]}
    assert "Está aqui: " in visitor.post("/por-que", asked).text


def test_a_name_that_is_personal_data_is_covered_wherever_it_stands(served: Served, visitor: Visitor) -> None:
    """Among the fields, the changes and the remarks; it is marked as unknown all the same."""
    served.post([contato("602")])
    _, text = served.post([contato("602", **{PERSONAL: "x", "novo campo": "y", "outro": "z"})])
    delivery = f"/entregas/{json.loads(text)['protocolo']}"
    paths = (delivery, "/registros/contato/602", "/registros/contato/602/versoes", "/pessoas/602")
    for path in paths:
        assert PERSONAL not in visitor.get(path).text
    page = visitor.get(delivery).text
    assert re.findall('<mark class="unknown">(.*?)</mark>: campo', page) == ["•••", "•••2", "outro"]
    assert re.findall('<mark class="unknown">&#34;(.*?)&#34;</mark>', page) == ["•••", "•••2", "outro"]
    assert "mudou: •••, •••, outro" in visitor.get("/registros/contato/602").text
    assert "Mudou: •••, ••• e outro" in visitor.get("/pessoas/602").text

    visitor.post("/mostrar", {"o_que": delivery[1:].replace("entregas", "entrega"), "volta": delivery})
    assert f'<mark class="unknown">{PERSONAL}</mark>: campo' in visitor.get(delivery).text
    visitor.post("/mostrar", {"o_que": "contato/602", "volta": "/pessoas/602"})
    assert f"mudou: {PERSONAL}" in visitor.get("/registros/contato/602").text


def test_a_cut_list_of_what_concerns_a_contato_says_so(served: Served, visitor: Visitor) -> None:
    """And leads to all of it."""
    evento = {"tipo": {"id": "1", "nome": "Ligação"}, "descricao": "", "contato": {"id": "603"}}
    more: dict[str, object] = {"contatosSecundarios": [], "dataAgendamento": None}
    served.post([contato("603"), *({"id": str(6030 + number), **evento, **more} for number in range(23))])
    assert 'e mais 3, <a href="/pessoas/603">na história</a>' in visitor.get("/registros/contato/603").text


def test_a_cut_list_of_what_needs_somebody_says_so(served: Served, visitor: Visitor) -> None:
    """It does not say that there are as many as it shows."""
    for _ in range(21):
        served.post([{"codigo": "C", "nome": "Ana", "emails": None}])
    page = visitor.get("/entregas").text
    assert "Mais de 20 precisam de você." in page
    assert page.count("Reprocessar…") == 20

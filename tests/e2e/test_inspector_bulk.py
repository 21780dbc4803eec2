import csv
import re
from urllib.parse import quote

import pytest
from tests.e2e.browsing import Page, Visitor, settled
from tests.e2e.operating import Operator

UNTOLD = "não dá para saber o tipo deste registro"


@pytest.fixture(scope="module")
def visitor(operator: Operator) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(operator.served.where["inspector_url"])


def chosen(visitor: Visitor, **filters: str) -> str:
    """Choose what a list has; gives the path of its page."""
    return visitor.post("/entregas/lote", filters).headers["location"]


def said(page: Page) -> str:
    """Give what a page says, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_all_that_a_list_has_is_replayed_after_saying_what_that_would_do(
    operator: Operator, visitor: Visitor
) -> None:
    """By its filters, under another kind; looking writes nothing; the result is a page and a file."""
    ids = [operator.post_records({"id": str(each), "assunto": "Lote"}) for each in (2001, 2002, 2003)]
    operator.post_records({"id": "2004", "codigo": "C", "nome": "Ana", "emails": None})
    path = chosen(visitor, veredito="recusado", problema=UNTOLD)

    page = settled(visitor, path)
    assert "3 entregas escolhidas" in page.text
    assert "quarentena: 3" in said(page)
    assert "Nada mudaria; 3 ficariam como estão." in said(page)
    assert all(each[-8:] in page.text for each in ids)

    assert visitor.post(f"{path}/prever", {"como": "atividade"}).status == 303
    page = settled(visitor, path)
    assert "3 entregas mudariam" in said(page)
    assert "Antes Ficaria Registros recusado novo 3" in said(page)
    assert "Reprocessar 3 entregas como atividade" in said(page)
    assert operator.served.items("atividade#2001") == {}

    assert visitor.post(f"{path}/reprocessar", {}).headers["location"] == path
    page = settled(visitor, path)
    assert "3 entregas reprocessadas" in page.text
    assert "concluída: 3" in said(page)
    assert "current" in operator.served.items("atividade#2003")

    answer = visitor.get(f"{path}/exportar?formato=csv")
    header, *rows = csv.reader(answer.text.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert header == ["protocolo", "antes", "depois", "registros_mudados", "motivo"]
    assert rows == [[each, "quarentena", "concluída", "1", ""] for each in ids]


def test_all_that_a_list_has_is_dismissed_with_a_reason(operator: Operator, visitor: Visitor) -> None:
    """Once, and without those for which it makes no sense; who, when and why are kept with each."""
    quarantined = operator.post_records({"id": "2011", "titulo": "Lote"})
    done = operator.post_records({"id": "2012", "codigo": "C", "nome": "Ana", "emails": None})
    failed = operator.post_records({"id": "2013", "codigo": "C", "nome": "Bia", "emails": None})
    operator.fail(failed)
    path = chosen(visitor)
    page = settled(visitor, path)
    assert "1 que falhou também" in said(page)
    asked = visitor.post(f"{path}/dispensar", {"porque": " ", "falhas": "sim"}).text
    assert "Nada foi dispensado. Diga por quê" in asked
    assert 'name="falhas" value="sim"' in asked
    assert "1 que falhou também" in said(visitor.get(path))

    visitor.post(f"{path}/dispensar", {"porque": "corrigido <na> origem", "falhas": ""})
    page = settled(visitor, path)
    assert "dispensada" in page.text
    assert "corrigido &lt;na&gt; origem" in visitor.get(f"/entregas/{quarantined}").text
    assert [operator.stored(each)[-1]["state"] for each in (done, failed)] == ["done", "failed"]

    path = chosen(visitor, quais="pendentes")
    assert "Tudo o que precisa de alguém" in settled(visitor, path).text
    visitor.post(f"{path}/dispensar", {"porque": "corrigido", "falhas": "sim"})
    settled(visitor, path)
    assert operator.stored(failed)[-1]["state"] == "dismissed"


def test_one_that_cannot_be_replayed_is_told_and_the_others_are_done(
    operator: Operator, visitor: Visitor
) -> None:
    """A body that is damaged; one that somebody dismissed meanwhile."""
    damaged, other, last = (
        operator.post_records({"id": str(each), "lugar": "Sala"}) for each in (2021, 2022, 2023)
    )
    operator.put(damaged, body=b"no gzip")
    path = chosen(visitor, problema=UNTOLD, situacao="quarentena")
    assert "1 entrega não poderia ser reprocessada: O corpo dela" in said(settled(visitor, path))
    visitor.post(f"/entregas/{other}/dispensar", {"porque": "repetida"})

    visitor.post(f"{path}/reprocessar", {})
    page = settled(visitor, path)
    assert "1 entrega reprocessada" in page.text
    assert "2 entregas não puderam ser reprocessadas; veja abaixo por quê." in said(page)
    assert f"…{damaged[-8:]} O corpo dela já foi apagado" in said(page)
    assert f"…{other[-8:]} Alguém mexeu nela enquanto isso: agora está dispensada." in said(page)
    assert operator.stored(other)[-1]["state"] == "dismissed"
    assert f"…{last[-8:]}" not in said(page)


def test_what_makes_no_sense_is_not_offered(operator: Operator, visitor: Visitor) -> None:
    """Neither for what is done, nor for nothing; and an unknown batch is none."""
    operator.post_records({"id": "2031", "codigo": "C", "nome": "Ana", "emails": None})
    page = settled(visitor, chosen(visitor, situacao="concluída"))
    assert "Nenhuma destas precisa" in page.text
    assert "Nenhuma destas pode ser dispensada" in page.text
    assert "/reprocessar" not in page.text
    listed = "Reprocessar ou dispensar estas"
    assert listed in visitor.get("/entregas?situacao=quarentena").text
    assert listed not in visitor.get(f"/entregas?situacao={quote('concluída')}").text

    page = settled(visitor, chosen(visitor, dia="2020-01-01"))
    assert "Nenhuma entrega é assim agora." in page.text
    assert visitor.get("/entregas/lote/nada").status == 404
    assert visitor.post("/entregas/lote/nada/reprocessar", {}).status == 404


def test_a_form_of_another_page_starts_nothing(visitor: Visitor) -> None:
    """The origin counts, on each of its forms."""
    path = chosen(visitor)
    for each in ("/entregas/lote", f"{path}/reprocessar", f"{path}/dispensar", f"{path}/parar"):
        assert visitor.post(each, {"porque": "x"}, Origin="http://127.0.0.1:1").status == 403

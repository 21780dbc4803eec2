import csv
import html
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from http.client import HTTPConnection

import openpyxl
import pytest
from tests.e2e.browsing import Visitor, settled
from tests.e2e.operating import SECRET, SECRETS
from tests.e2e.serving import Served, contato

BOM = "\ufeff"


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


def rows(text: str) -> list[dict[str, str]]:
    """Read a file for the Excel of Brazil."""
    assert text.startswith(BOM)
    header, *lines = csv.reader(io.StringIO(text.removeprefix(BOM)), delimiter=";")
    return [dict(zip(header, line, strict=True)) for line in lines]


def cells(visitor: Visitor, path: str) -> list[tuple[object, ...]]:
    """Download a workbook."""
    with closing(HTTPConnection(visitor.entrance.netloc, timeout=20)) as connection:
        connection.request("GET", path, headers={"Cookie": visitor.cookie})
        answer = connection.getresponse()
        assert str(answer.getheader("content-type")).startswith("application/vnd.openxmlformats")
        book = openpyxl.load_workbook(io.BytesIO(answer.read()))
    return list(book.worksheets[0].iter_rows(values_only=True))


def links(page: str) -> Iterator[str]:
    """Give the paths of all files that a page offers."""
    return (each.replace("&amp;", "&") for each in re.findall(r'href="([^"]*formato=[^"]*)"', page))


def test_every_list_offers_its_file(served: Served, visitor: Visitor) -> None:
    """As csv and as a workbook, each as one to download, by a name without personal data."""
    served.post([contato("901"), {**contato("901"), "cidade": "Santos"}])
    record = "/registros/contato/901"
    for path in ("/entregas", "/pessoas/901", record, f"{record}/versoes", "/fila"):
        offered = list(links(visitor.get(path).text))
        assert [each.rpartition("=")[2] for each in offered] == ["xlsx", "csv"], path
        assert len(cells(visitor, offered[0])) > 1
        answer = visitor.get(offered[1])
        assert rows(answer.text), path
        name = re.fullmatch(
            r'attachment; filename="([a-z0-9-]+\.csv)"', answer.headers["content-disposition"]
        )
        assert name, path


def test_records_are_exported_covered_and_in_full_when_asked(served: Served, visitor: Visitor) -> None:
    """All of a kind, since a day, with all versions; a formula is none."""
    served.post([{"id": "911", "codigo": "COD911", "cidade": "=cmd|x", **SECRET}])
    served.post([{"id": "911", "codigo": "COD911", "cidade": "Santos", **SECRET}])
    form = {"tipo": "contato", "formato": "csv"}
    covered = visitor.post("/registros/exportar", form)
    assert not [each for each in SECRETS if each in covered.text]
    (ana,) = [each for each in rows(covered.text) if each["id"] == "911"]
    assert (ana["versao"], ana["nome"]) == ("2", "•••")

    shown = visitor.post("/registros/exportar", {**form, "mostrar": "sim", "versoes": "sim"})
    told = [(each["versao"], each["cidade"]) for each in rows(shown.text) if each["id"] == "911"]
    assert told == [("1", "'=cmd|x"), ("2", "Santos")]
    assert "Zuleica Segredo" in shown.text
    assert rows(visitor.post("/registros/exportar", {**form, "desde": "2999-01-01"}).text) == []
    assert visitor.post("/registros/exportar", {**form, "tipo": "aluno"}).status == 404


def test_what_a_search_found_is_exported_by_ids(served: Served, visitor: Visitor) -> None:
    """Of two who have the same CPF; it stands in no address, nor in the form of the file."""
    for identifier in ("921", "922"):
        served.post([contato(identifier, cpf="111.444.777-35")])
    page = visitor.post("/registros", {"por": "CPF", "quem": "111.444.777-35"}).text
    hidden = re.search(r'name="ids" value="([^"]*)"', page)
    assert hidden
    ids = hidden[1].replace("&#34;", '"')
    assert json.loads(ids) == ["921", "922"]
    found = visitor.post("/registros/exportar", {"tipo": "contato", "formato": "csv", "ids": ids})
    assert sorted(each["id"] for each in rows(found.text)) == ["921", "922"]
    assert not re.search(r"111\W*444", found.text)


def test_a_story_is_exported_as_it_is_filtered(served: Served, visitor: Visitor) -> None:
    """By kind and order; while data is shown, in full."""
    served.post([contato("931"), contato("931", cidade="Santos")])
    served.post(
        [
            {
                "id": "1931",
                "contato": {"id": "931"},
                "vencimento": None,
                "duracao": "5",
                "descricao": "Ligar para Zuleica",
                "registroProcesso": None,
            }
        ]
    )
    told = rows(visitor.get("/pessoas/931/exportar?tipo=contato&ordem=começo".replace("ç", "%C3%A7")).text)
    assert [(each["tipo"], each["acontecimento"]) for each in told] == [
        ("contato", "novo"),
        ("contato", "atualizado, versão 2"),
    ]
    assert "Zuleica" not in visitor.get("/pessoas/931/exportar").text
    visitor.post("/mostrar", {"o_que": "contato/931", "volta": "/pessoas/931"})
    assert "Ligar para Zuleica" in visitor.get("/pessoas/931/exportar").text
    assert visitor.get("/pessoas/0404/exportar").status == 404


def test_differences_are_exported_as_they_are_chosen(served: Served, visitor: Visitor) -> None:
    """Covered, and in full while data is shown; what was not there is empty, and null is null."""
    path = "/registros/contato/935"
    for more in (
        {"aluno": "0"},
        {"aluno": "1"},
        {"exaluno": None, "anoFormacao": 7.5, "camposPersonalizados": {"a": 7.5}, **SECRET},
    ):
        served.post([{**contato("935"), **more}])
    exported = f"{path}/versoes/exportar"
    told = rows(visitor.get(f"{exported}?de=1&ate=2&formato=csv").text)
    assert told == [{"campo": "aluno", "antes": "0", "depois": "1"}]
    covered = visitor.get(exported)
    after = {each["campo"]: each["depois"] for each in rows(covered.text)}
    assert (after["aluno"], after["exaluno"], after["nome"]) == ("", "null", "•••")
    assert not [each for each in SECRETS if each in covered.text]
    visitor.post("/mostrar", {"o_que": "contato/935", "volta": path})
    told = rows(visitor.get(exported).text)
    assert {"campo": "nome", "antes": "Ana Exemplo", "depois": "Zuleica Segredo"} in told
    after = {each["campo"]: each["depois"] for each in told}
    assert (after["anoFormacao"], after["camposPersonalizados"]) == ("7.5", '{"a": "7.5"}')
    assert visitor.get("/registros/contato/0404/versoes/exportar").status == 404


def test_why_is_exported_without_the_question(served: Served, visitor: Visitor) -> None:
    """The answers alone: whoever was asked for by CPF is named by the id, if at all."""
    served.post([contato("936", cpf="123.456.789-09")])
    page = visitor.post("/por-que", {"tipo": "cpf", "valor": "123.456.789-09"}).text
    hidden = re.search(r'name="respostas" value="([^"]*)"', page)
    assert hidden
    assert "123.456" not in page
    answers = {"respostas": html.unescape(hidden[1]), "formato": "csv"}
    (told,) = rows(visitor.post("/por-que/exportar", answers).text)
    assert (told["caso"], told["registro"], told["o_que_fazer"]) == (
        "está aqui",
        "contato 936",
        "Nada a fazer.",
    )
    assert visitor.post("/por-que/exportar", {"respostas": '[["=1"]]'}).status == 404
    assert "respostas" not in visitor.post("/por-que", {"tipo": "contato", "valor": "0404"}).text


def test_what_was_published_is_exported(served: Served, visitor: Visitor) -> None:
    """All of today's."""
    served.post([contato("941")])
    told = rows(visitor.get("/fila/exportar").text)
    assert [each["o_que_diz"] for each in told if each["mensagem"] == "contato/941/1"] == ["registro novo"]


def test_a_delivery_is_kept_as_a_sample(served: Served, visitor: Visitor) -> None:
    """An event like the others, in which no true value is; posted, it is answered alike."""
    record = {"id": "951", "codigo": "COD951", "dataNascimento": "1999-03-04", **SECRET}
    status, text = served.post([record, "Zuleica", {"assunto": "Segredo"}])
    path = f"/entregas/{json.loads(text)['protocolo']}"
    assert f'href="{path}/exemplo"' in visitor.get(path).text
    answer = visitor.get(f"{path}/exemplo")
    assert answer.headers["content-disposition"] == 'attachment; filename="exemplo-contato.json"'
    assert not [each for each in (*SECRETS, "951", "1999") if each in answer.text]
    event = json.loads(answer.text)
    assert event["rawPath"] == "/webhook/token-local"
    (again, *others) = json.loads(event["body"])
    assert list(again) == list(record)
    assert date.fromisoformat(again["dataNascimento"])
    assert served.post([again, *others])[0] == status == 207


def test_of_a_broken_body_there_is_no_sample(visitor: Visitor) -> None:
    """What is covered can't be told there; a sentence says so."""
    visitor.post("/testar", {"corpo": '[{"nome": "Zuleica"', "fim": ""})
    row = re.search(r'id="e-([^"]+)"', visitor.get("/entregas").text)
    assert row
    answer = visitor.get(f"/entregas/{row[1]}/exemplo")
    assert answer.status == 422
    assert "não dá para fazer um exemplo" in answer.text
    assert "Zuleica" not in answer.text
    assert visitor.get("/entregas/nada/exemplo").status == 404


def test_the_tables_of_the_panel_are_files(served: Served, visitor: Visitor) -> None:
    """Those of a day, and what was worked out last; by the links of their pages."""
    status, _ = served.post([contato("961"), {"id": "962", "assunto": "Retorno"}])
    assert status == 207
    tipo = {"id": "36", "codigo": None, "nome": "Entrou na etapa Inscrito - Captação"}
    evento: dict[str, object] = {"id": "963", "tipo": tipo, "contato": {"id": "961", "codigo": "C"}}
    evento |= {"contatosSecundarios": [], "dataAgendamento": None, "surpresa": "Zuleica"}
    served.post([evento])
    for path in ("/painel/etapas", "/painel/campos"):
        visitor.post(path, {})
        settled(visitor, path)
    tables = {}
    for path in ("/painel", "/painel/etapas", "/painel/campos"):
        for each in links(visitor.get(path).text):
            if each.endswith("csv"):
                tables[re.findall("tabela=([a-z-]+)", each)[0]] = rows(visitor.get(each).text)
    assert set(tables) == {
        *("entregas-por-hora", "tempos-de-resposta", "registros-por-tipo", "gatilhos"),
        *("etapas", "parados", "campos-desconhecidos", "campos-por-dia"),
    }
    assert len(tables["entregas-por-hora"]) == 24
    assert sum(int(each["parte_recusada"]) for each in tables["entregas-por-hora"]) >= 1
    assert ("sem tipo", "0") in {(each["tipo"], each["aceitos"]) for each in tables["registros-por-tipo"]}
    assert tables["etapas"][0] | {"etapa": "Inscrito", "pessoas": "1"} == tables["etapas"][0]
    assert [each["campo"] for each in tables["campos-desconhecidos"]] == ["evento.surpresa"]
    assert len(tables["gatilhos"]) == 6
    assert "Zuleica" not in str(tables)
    assert visitor.get("/painel/exportar?tabela=nada").status == 404

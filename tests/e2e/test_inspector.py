import csv
import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.e2e.browsing import Visitor, arguments, inspecting
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, contato, serving

NOBODY = {"codigo": "COD1", "nome": "Zuleica Exemplo", "emails": None}


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL."""
    return Visitor(served.where["inspector_url"])


def posted(served: Served, *records: object, path: str = "") -> tuple[str, str]:
    """Post records; gives the protocolo and the answer."""
    _, text = served.post(list(records), path)
    return str(json.loads(text)["protocolo"]), text


def said(text: str) -> str:
    """Give what a page says, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("&#34;", '"').split())


@pytest.mark.parametrize(
    "records",
    [
        [],
        [contato("1")],
        [contato("2"), NOBODY, "Ana", {**contato("3"), "cpf": "11122233344", "etapa": "A"}],
        [NOBODY],
        [{"x": 1}],
        [{"teste": "x"}],
    ],
    ids=["empty", "new", "mixed", "rejected", "of no kind", "test"],
)
def test_the_dialog_of_rubeus_is_shown_word_for_word(
    served: Served, visitor: Visitor, records: list[object]
) -> None:
    """The answer is worded again of what is stored, and is the one that the sender got."""
    protocolo, answer = posted(served, *records)
    page = visitor.get(f"/entregas/{protocolo}")
    assert said(answer) in said(page.text)
    assert "palavra por palavra" in page.text


def test_a_body_that_is_not_json_is_explained_too(visitor: Visitor) -> None:
    """Position and all; nothing of it is shown as long as it is covered."""
    visitor.post("/testar", {"corpo": '[{"id": "1", "nome": "Zuleica"', "fim": ""})
    row = re.search(r'id="e-([^"]+)"', visitor.get("/entregas").text)
    assert row
    path, what = f"/entregas/{row[1]}", f"entrega/{row[1]}"
    page = visitor.get(path)
    assert "O corpo não pôde ser lido" in page.text
    assert "(linha 1, coluna" in page.text
    assert "Zuleica" not in page.text
    visitor.post("/mostrar", {"o_que": what, "volta": path})
    assert "Zuleica" in visitor.get(path).text


def test_a_replay_first_says_what_it_would_do(served: Served, visitor: Visitor) -> None:
    """Looking writes nothing; under the kind that somebody names, the record is taken."""
    record = {"id": "77", "assunto": "Retorno"}
    protocolo, _ = posted(served, record)
    path = f"/entregas/{protocolo}/reprocessar"
    assert "Nada mudaria" in visitor.get(path).text
    foretold = visitor.get(f"{path}?como=atividade").text
    assert "1 registro mudaria" in foretold
    assert "Nada foi gravado ainda" in foretold
    assert served.items("atividade#77") == {}
    assert "1 registro mudou" in visitor.post(path, {"como": "atividade"}).text
    assert "current" in served.items("atividade#77")
    after = visitor.get(f"/entregas/{protocolo}").text
    assert "palavra por palavra" not in after
    assert "e agora seria respondida assim. O Rubeus viu outra resposta, de status 422:" in said(after)


def test_a_replay_with_the_same_status_is_said_too(served: Served, visitor: Visitor) -> None:
    """The words may have been others: a record that was new, say, and now is late."""
    protocolo, _ = posted(served, contato("79"))
    visitor.post(f"/entregas/{protocolo}/reprocessar", {})
    page = said(visitor.get(f"/entregas/{protocolo}").text)
    assert "palavra por palavra" not in page
    assert "O que o Rubeus viu, também de status 200, pode ter outras palavras:" in page
    assert "Reprocessada hoje, " in page


def test_a_delivery_is_dismissed_with_a_reason(served: Served, visitor: Visitor) -> None:
    """It then says who did it and why, and no longer asks for anybody."""
    protocolo, _ = posted(served, {"id": "78", "assunto": "Retorno"})
    attention = f'<a href="/entregas/{protocolo}">'
    assert attention in visitor.get("/entregas").text
    asked = visitor.post(f"/entregas/{protocolo}/dispensar", {"porque": "  ", "mesmo_assim": "sim"}).text
    assert "Nada foi dispensado. Diga por quê" in asked
    assert 'name="porque" value="  "' in asked
    assert 'name="mesmo_assim" value="sim"' in asked
    assert attention in visitor.get("/entregas").text
    answer = visitor.post(f"/entregas/{protocolo}/dispensar", {"porque": "corrigido <b>"})
    assert (answer.status, answer.headers["location"]) == (303, f"/entregas/{protocolo}")
    assert "corrigido &lt;b&gt;" in visitor.get(f"/entregas/{protocolo}").text
    assert attention not in visitor.get("/entregas").text


def test_a_list_is_filtered_by_its_address(served: Served, visitor: Visitor) -> None:
    """By state, kind, verdict and problem; what is not understood there filters nothing."""
    new, _ = posted(served, contato("301"))
    rejected, _ = posted(served, NOBODY)
    for query, shown in (
        ("situacao=quarentena", {rejected}),
        ("situacao=concluída&tipo=contato", {new}),
        ("tipo=evento", set()),
        ("veredito=novo", {new}),
        ("veredito=recusado&problema=NÃO VEIO", {rejected}),
        ("dia=2020-01-01", set()),
        ("dia=x&tipo=x&veredito=x", {new, rejected}),
    ):
        rows = set(re.findall(r'id="e-([^"]+)"', visitor.get(f"/entregas?{quote(query, safe='=&')}").text))
        assert rows & {new, rejected} == shown, query
    assert visitor.get(f"/entregas?problema={new}").headers["location"] == f"/entregas/{new}"


def test_a_list_is_exported_as_it_is_filtered(served: Served, visitor: Visitor) -> None:
    """As a file for the Excel of Brazil, by the link on the page; verdicts stand under their names."""
    new, _ = posted(served, contato("311"))
    rejected, _ = posted(served, NOBODY)
    page = visitor.get(f"/entregas?{quote('veredito=recusado', safe='=&')}").text
    link = re.search(r'href="(/entregas/exportar[^"]*formato=csv)"', page)
    assert link
    answer = visitor.get(link[1].replace("&amp;", "&"))
    assert answer.headers["content-disposition"].startswith('attachment; filename="entregas-')
    header, *rows = csv.reader(answer.text.splitlines(), delimiter=";")
    assert header[0] == "\ufeffdia"
    by_id = {row[2]: dict(zip(header, row, strict=True)) for row in rows}
    assert new not in by_id
    assert by_id[rejected] | {"registros": "1", "recusados": "1", "novos": "0"} == by_id[rejected]
    assert "não veio" in by_id[rejected]["problemas"]
    assert "Zuleica" not in answer.text


def test_a_record_is_seen_as_it_stood(served: Served, visitor: Visitor) -> None:
    """Now, on a day before it came, and by its versions; codes and names are covered."""
    posted(served, contato("401", cidade="Recife"))
    posted(served, contato("401", cidade="Santos"))
    page = visitor.get("/registros/contato/401").text
    assert "Versão 2, a atual" in page
    assert "COD401" not in page
    assert "Recife" not in page
    assert "Não estava aqui" in visitor.get("/registros/contato/401?em=2020-01-01").text
    versions = visitor.get("/registros/contato/401/versoes?de=1&ate=2").text
    assert "1 campo mudou entre as versões 1 e 2" in versions
    assert "Santos" not in versions
    visitor.post("/mostrar", {"o_que": "contato/401", "volta": "/registros/contato/401"})
    assert "Santos" in visitor.get("/registros/contato/401/versoes?de=1&ate=2").text


def test_a_record_is_found_by_its_id(served: Served, visitor: Visitor) -> None:
    """What looks like a CPF or an e-mail is no id, and comes into no address."""
    posted(served, contato("402"))
    form = {"tipo": "contato", "id": " 402 ", "em": "2026-11-24"}
    assert visitor.post("/registros", form).headers["location"] == "/registros/contato/402?em=2026-11-24"
    for text in ("529.982.247-25", "ana@example.com", ""):
        answer = visitor.post("/registros", {**form, "id": text})
        assert "Isso não é um id do Rubeus" in answer.text
        assert "location" not in answer.headers


def test_why_a_record_is_not_here_has_an_answer(served: Served, visitor: Visitor) -> None:
    """It is here; it came and was rejected; it never came; what was typed is in no URL."""
    posted(served, contato("501"))
    posted(served, {**NOBODY, "codigo": "COD777"})
    ask = {"tipo": "contato", "valor": "501"}
    assert "Está aqui: contato 501" in visitor.post("/por-que", ask).text
    assert "Motivo: id: não veio" in visitor.post("/por-que", {"tipo": "codigo", "valor": "COD777"}).text
    never = visitor.post("/por-que", {**ask, "valor": "502"}).text
    assert "Nunca chegou" in never
    assert 'name="valor" value="502"' in never
    for each in ({"tipo": "cpf", "valor": "529.982.247-25"}, {**ask, "valor": "529.982.247-25"}):
        assert not re.search(r"529\W*982", visitor.post("/por-que", each).text)
    assert "Isso não é um CPF" in visitor.post("/por-que", {"tipo": "cpf", "valor": "x"}).text
    protocolo, _ = posted(served, contato("503"))
    Operator(served).erase("contato#503")
    erased = visitor.post("/por-que", {**ask, "valor": "503"}).text
    assert "Apagado aqui: contato 503" in erased
    assert f"/entregas/{protocolo}#r1" in erased


def test_looking_at_the_queue_takes_nothing_from_it(served: Served, visitor: Visitor) -> None:
    """The counts are told, what was published is listed, and every message is still there."""
    protocolo, _ = posted(served, contato("601"))
    for _ in range(6):
        page = visitor.get("/fila").text
    assert "contato/601/1" in page
    assert protocolo in page
    (message,) = served.messages("contato/601")
    assert message["id"] == "contato/601/1"


def test_what_is_not_there_says_where_to_go(visitor: Visitor) -> None:
    """A protocolo, a record, a page, a kind that do not exist."""
    for path in ("/entregas/x", "/registros/contato/0404", "/pessoas/0404", "/nada", "/registros/aluno/1"):
        page = visitor.get(path)
        assert page.status == 404
        assert "Não há nada aqui" in page.text
        assert 'href="/entregas"' in page.text


def test_aws_away_is_said_and_its_return_noticed(tmp_path: Path) -> None:
    """A page says it in a sentence, without a trace; once AWS answers again, so do the pages."""
    data = ("--data", str(tmp_path / "data"))
    with serving(tmp_path / "log", *data) as first, inspecting(first) as url:
        visitor = Visitor(url)
        first.post([contato("701")])
        assert "contato 701" in visitor.get("/entregas").text
        first.stop(signal.SIGINT)
        for path in ("/entregas", "/entregas/novas", "/registros/contato/701", "/fila", "/painel"):
            page = visitor.get(path)
            assert page.status == 503
            assert "A AWS não respondeu" in page.text
            assert "Traceback" not in page.text
        aws_port = first.where["aws_endpoint"].rpartition(":")[2]
        with serving(tmp_path / "log2", *data, "--aws-port", aws_port):
            assert "contato 701" in visitor.get("/registros/contato/701").text.lower()


def test_a_taken_port_is_another(served: Served) -> None:
    """The inspector of a serve takes any free port then; that of `inspect` says which option helps."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        answer = inspect(served, "--port", port)
    assert answer.returncode == 1
    assert "--port" in answer.stderr


def test_inspect_shows_a_running_serve(served: Served) -> None:
    """On a port of its own, with a key of its own, as one line of JSON; Ctrl-C ends it."""
    posted(served, contato("801"))
    with inspecting(served) as url:
        assert url != served.where["inspector_url"]
        assert "contato 801" in Visitor(url).get("/entregas").text


def inspect(served: Served, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run `rubeus inspect` to its end."""
    command = [sys.executable, "-m", "rubeus", *arguments(served), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 (our own)

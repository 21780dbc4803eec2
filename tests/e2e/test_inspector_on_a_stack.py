import html
import json
import re
from collections.abc import Iterator

import pytest
from tests.e2e.browsing import Visitor, inspecting_a_stack
from tests.e2e.serving import Served, contato

from rubeus.stack.environment import REGION
from rubeus.stack.stores import STACK

SECRET = "Zuleica Segredo"


@pytest.fixture(scope="module")
def visitor(served: Served) -> Iterator[Visitor]:
    """Look at the stack of a serve as at one in an AWS account, with credentials of the shell."""
    assert served.post([contato("341", nome=SECRET, cpf="529.982.247-25")])[0] == 200
    with inspecting_a_stack(served) as url:
        yield Visitor(url)


def test_the_page_says_which_stack_it_is(visitor: Visitor) -> None:
    """And as whom one looks."""
    page = visitor.get("/entregas").text
    assert '<span class="env prod">Implantado</span>' in page
    assert f"Pilha {STACK}, como " in page


def test_showing_takes_a_reason_and_leaves_a_trace(visitor: Visitor) -> None:
    """Without one nothing is shown; the trace says what, and holds no value."""
    path, what = "/registros/contato/341", "contato/341"
    for because in ("", "abc", " " * 6):
        asked = visitor.post("/mostrar", {"o_que": what, "volta": path, "motivo": because}).text
        assert "Nada foi mostrado. Diga o motivo, em pelo menos 5 caracteres" in asked
        assert f'name="o_que" value="{what}"' in asked
        assert f'name="motivo" value="{because}"' in asked
        assert SECRET not in visitor.get(path).text
    assert visitor.post("/mostrar", {"o_que": what, "volta": path, "motivo": "chamado 4471"}).status == 303
    assert SECRET in visitor.get(path).text
    traces = visitor.get("/anotacoes").text
    assert "chamado 4471" in traces
    assert "inspect show contato/341" in traces
    assert SECRET not in traces


def test_a_search_by_identity_leaves_a_trace_without_it(visitor: Visitor) -> None:
    """By CPF; with the reason."""
    form = {"por": "CPF", "quem": "529.982.247-25", "motivo": "chamado 4472"}
    assert visitor.post("/registros", form).headers["location"] == "/registros/contato/341"
    traces = visitor.get("/anotacoes").text
    assert "chamado 4472" in traces
    assert not re.search(r"529\W*982", traces)


def test_a_search_by_identity_without_a_reason_finds_nothing(visitor: Visitor) -> None:
    """The form asks for one, and a request without it is refused."""
    assert visitor.post("/registros", {"por": "CPF", "quem": "529.982.247-25"}).status == 200
    assert "Diga o motivo" in visitor.post("/registros", {"por": "CPF", "quem": "529.982.247-25"}).text
    assert "Diga o motivo" in visitor.post("/por-que", {"tipo": "cpf", "valor": "529.982.247-25"}).text


def test_an_export_in_full_takes_a_reason_and_leaves_a_trace(visitor: Visitor) -> None:
    """Covered without one; the trace says what, and holds no value."""
    form = {"tipo": "contato", "formato": "csv"}
    assert SECRET not in visitor.post("/registros/exportar", form).text
    refused = visitor.post("/registros/exportar", {**form, "mostrar": "sim", "motivo": "abc"})
    assert "Diga o motivo de exportar" in refused.text
    assert SECRET not in refused.text
    assert (
        SECRET in visitor.post("/registros/exportar", {**form, "mostrar": "sim", "motivo": "ofício 12"}).text
    )
    visitor.post("/mostrar", {"o_que": "contato/341", "volta": "/pessoas/341", "motivo": "chamado 4473"})
    visitor.get("/registros/contato/341/exportar")
    traces = visitor.get("/anotacoes").text
    assert "inspect export records --kind contato" in traces
    assert "ofício 12" in traces
    assert "inspect export contato/341" in traces
    listed = visitor.get("/anotacoes/exportar?formato=csv").text
    assert "ofício 12" in listed
    assert SECRET not in traces + listed


def test_whatever_is_taken_along_leaves_a_trace_of_its_own(visitor: Visitor) -> None:
    """A story, differences, the states of a record: each with the reason for which it is shown."""
    what, paths = "contato/341", ("/pessoas/341", "/registros/contato/341/versoes", "/registros/contato/341")
    visitor.post("/mostrar", {"o_que": what, "volta": paths[0], "motivo": "chamado 4474"})
    for number, path in enumerate(paths, 1):
        assert visitor.get(f"{path}/exportar").status == 200
        lines = visitor.get("/anotacoes/exportar?formato=csv").text.splitlines()
        assert sum(f"inspect export {what};chamado 4474" in each for each in lines) == number


def test_the_curl_that_is_copied_gives_a_reason(served: Served, visitor: Visitor) -> None:
    """Without one, a body of a stack is shown to nobody."""
    protocolo = json.loads(served.post([contato("342")])[1])["protocolo"]
    page = html.unescape(visitor.get(f"/entregas/{protocolo}").text)
    where = f"--stack {STACK} --region {REGION}"
    assert f"show {protocolo} --raw --reason 'reenviar pelo terminal' {where}" in page
    assert f'"$(rubeus url {where})"' in page


def test_why_asked_by_identity_leaves_a_trace_and_keeps_nothing(visitor: Visitor) -> None:
    """The page that answers holds no CPF, nor does the trace."""
    form = {"tipo": "cpf", "valor": "529.982.247-25", "motivo": "chamado 4475"}
    answer = visitor.post("/por-que", form).text
    traces = visitor.get("/anotacoes/exportar?formato=csv").text
    assert "inspect search contato by cpf;chamado 4475" in traces
    assert "982" not in answer + traces

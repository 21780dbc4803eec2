import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Seen
from tests.e2e.serving import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Run an empty local stack for each test."""
    with serving(tmp_path / "log") as running:
        yield running


def test_a_newcomer_finds_the_way(seen: Seen) -> None:
    """By the printed URL: press Testar, see it arrive without a reload, find the person, compare versions."""
    page = seen.page
    expect(page).to_have_url(re.compile(r"/entregas$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Nenhuma entrega hoje")

    waiting = page.context.new_page()
    waiting.goto(page.url)
    page.get_by_role("link", name="Testar").first.click()
    page.get_by_role("button", name="Enviar como o Rubeus").click()
    expect(page.locator(".dlg")).to_contain_text("1: contato novo, versão 1")
    expect(waiting.locator("tbody[data-live] tr")).to_have_count(1)
    expect(waiting.locator("tbody[data-live] tr")).to_contain_text("contato 341 novo, versão 1")

    waiting.locator("tbody[data-live] tr .open").click()
    expect(waiting.get_by_role("heading", level=1)).to_have_text("Contato 341 novo, versão 1")
    expect(waiting.locator(".dlg")).to_contain_text('"mensagem": "Recebido: 1 registro."')
    waiting.get_by_role("link", name="Ver a pessoa").click()
    expect(waiting.get_by_role("heading", level=1)).to_have_text("A história do contato 341")

    body = page.get_by_label("Corpo")
    body.fill(json.dumps([json.loads(body.input_value())[0] | {"cidade": "Santos", "aluno": "1"}]))
    page.get_by_role("button", name="Enviar como o Rubeus").click()
    expect(page.locator(".dlg")).to_contain_text("contato atualizado, versão 2")
    page.get_by_role("link", name="compare as versões").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 campos mudaram entre as versões 1 e 2")
    expect(page.locator(".diff tbody tr").filter(has_text="aluno")).to_contain_text('"1"')
    expect(page.locator(".diff tbody tr").filter(has_text="cidade")).to_contain_text("coberto")


def test_a_first_delivery_that_needs_somebody_is_told_above(seen: Seen, served: Served) -> None:
    """Also on a page that was empty until then."""
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Nenhuma entrega hoje")
    served.post([{"codigo": "C", "nome": "Bruno Exemplo", "emails": None}])
    expect(seen.page.locator(".attn li")).to_have_count(1)
    expect(seen.page.locator("tbody[data-live] tr")).to_have_count(1)

import json
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.e2e.browsing import Visitor, inspecting_a_stack
from tests.e2e.operating import Operator
from tests.e2e.serving import Served

PATHS = (
    *("/entregas", "/entregas?problema=nada", "/registros", "/registros/contato/341", "/nada"),
    *("/registros/registro_processo/148/versoes", "/pessoas/341", "/por-que", "/fila", "/painel"),
    *("/fila?devolvidas=2", "/painel/etapas", "/painel/campos", "/testar", "/anotacoes"),
)


@pytest.fixture(scope="module")
def paths(filled: Served) -> list[str]:
    """Give every page, with a delivery, one that was replayed, and dead letters."""
    Operator(filled).bury("contato/1")
    status, text = filled.post([{"id": "1", "oi": "x"}, {"codigo": "1", "nome": "Ana", "emails": None}])
    assert status == 422
    one = f"/entregas/{json.loads(text)['protocolo']}"
    _, text = filled.post([])
    again = f"/entregas/{json.loads(text)['protocolo']}"
    assert Visitor(filled.where["inspector_url"]).post(f"{again}/reprocessar", {}).status == 200
    return [*PATHS, one, f"{one}/reprocessar", again]


# First as nobody asked for what is worked out, then with the result.
@pytest.mark.parametrize(("scheme", "is_worked_out"), [("light", False), ("dark", True), ("light", True)])
def test_axe_finds_nothing_serious(
    browser: Browser,
    filled: Served,
    paths: list[str],
    scheme: Literal["light", "dark"],
    *,
    is_worked_out: bool,
) -> None:
    """On no page, in neither scheme."""
    if is_worked_out:
        Visitor(filled.where["inspector_url"]).work_out("/painel/etapas", "/painel/campos")
    context = browser.new_context(color_scheme=scheme, locale="pt-BR")
    page = context.new_page()
    page.goto(filled.where["inspector_url"])
    found = []
    for path in paths:
        page.goto(filled.where["inspector_url"].partition("/?")[0] + path)
        found += [(path, *each) for each in serious(page)]
    context.close()
    assert found == []


def serious(page: Page) -> list[tuple[str, str]]:
    """Give what axe finds serious or critical, and where."""
    response = Axe().run(page).response
    assert response["passes"]
    return [
        (each["id"], each["nodes"][0]["html"])
        for each in response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def test_what_a_stack_alone_has_is_for_everybody(browser: Browser, filled: Served) -> None:
    """On a phone: the question for a reason, what is shown, and who saw it."""
    with inspecting_a_stack(filled) as url:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="pt-BR")
        page, base = context.new_page(), url.partition("/?")[0]
        page.goto(url)
        page.goto(f"{base}/registros/contato/341")
        page.get_by_role("link", name="Mostrar dados pessoais…").click()
        page.get_by_label("Motivo").fill(" " * 6)
        page.get_by_role("button", name="Mostrar por 5 minutos").click()
        expect(page.get_by_text("Nada foi mostrado. Diga o motivo")).to_be_visible()
        assert serious(page) == []
        page.get_by_label("Motivo").fill("chamado 4471")
        page.get_by_role("button", name="Continuar").click()
        expect(page.get_by_text("Motivo: chamado 4471.")).to_be_visible()
        assert serious(page) == []
        page.goto(f"{base}/anotacoes")
        expect(page.get_by_text("chamado 4471")).to_be_visible()
        assert serious(page) == []
        context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out(browser: Browser, filled: Served, paths: list[str], width: int) -> None:
    """On a phone and on a desktop, no page scrolls sideways."""
    Visitor(filled.where["inspector_url"]).work_out("/painel/etapas", "/painel/campos")
    context = browser.new_context(viewport={"width": width, "height": 740}, locale="pt-BR")
    page = context.new_page()
    page.goto(filled.where["inspector_url"])
    wide = {}
    for path in paths:
        page.goto(filled.where["inspector_url"].partition("/?")[0] + path)
        if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[path] = found
    context.close()
    assert wide == {}


def test_the_pages_work_without_a_script(browser: Browser, filled: Served) -> None:
    """Filters, dialogs and forms are links and forms."""
    context = browser.new_context(java_script_enabled=False, locale="pt-BR")
    page = context.new_page()
    page.goto(filled.where["inspector_url"])
    page.get_by_label("Situação").select_option("quarentena")
    page.get_by_role("button", name="Filtrar").click()
    page.locator("tbody .open").first.click()
    page.get_by_role("link", name="Mostrar dados pessoais…").click()
    page.get_by_role("button", name="Mostrar por 5 minutos").click()
    assert page.get_by_text("Dados pessoais à mostra até").is_visible()
    page.get_by_role("link", name="Reprocessar…").first.click()
    assert page.get_by_role("button", name="Reprocessar").is_visible()
    context.close()

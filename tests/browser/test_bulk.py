import json
import re
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Seen
from tests.e2e.serving import Served, contato


def unknown(served: Served, *ids: str) -> None:
    """Post what no kind is told of, each in a delivery of its own."""
    for each in ids:
        served.post([{"id": each, "assunto": "Retorno"}])


def test_all_that_is_filtered_is_replayed_after_seeing_what_that_would_do(seen: Seen, served: Served) -> None:
    """From the list by two clicks; under another kind; the result says how many."""
    unknown(served, "71", "72", "73")
    served.post([{**contato("74"), "id": ""}])
    page = seen.open("/entregas?problema=saber")
    page.get_by_role("button", name="Reprocessar ou dispensar estas…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 entregas escolhidas")
    region = page.locator("#reprocessar")
    expect(region).to_contain_text("Nada mudaria; 3 ficariam como estão.")

    page.get_by_label("Tratar os registros como").select_option("atividade")
    page.get_by_role("button", name="Ver o que aconteceria").click()
    expect(region).to_contain_text("3 entregas mudariam.")
    expect(region.get_by_role("row", name="recusado")).to_contain_text("novo")
    page.get_by_role("button", name="Reprocessar 3 entregas como atividade").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 entregas reprocessadas")
    expect(page.get_by_text("concluída: 3")).to_be_visible()
    page.get_by_role("link", name="Voltar à lista").click()
    expect(page).to_have_url(re.compile(r"/entregas\?dia=.*problema=saber"))


def test_all_that_is_filtered_is_dismissed_by_keyboard(seen: Seen, served: Served) -> None:
    """With a reason, without which nothing is sent; a mouse is never needed."""
    unknown(served, "81", "82")
    page = seen.open("/entregas?situacao=quarentena&problema=saber")
    page.get_by_role("button", name="Reprocessar ou dispensar estas…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("escolhidas")
    page.get_by_label("Por quê").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("escolhidas")
    page.keyboard.type("corrigido na origem")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=re.compile("Dispensar"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\d+ entregas dispensadas"))
    page.goto(page.url.partition("/entregas")[0] + "/entregas?situacao=dispensada")
    expect(page.locator("tbody tr").first).to_contain_text("dispensada")


def downloaded(page: Page, name: str, place: Path) -> Path:
    """Click a link, or a button, and keep the file that comes."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first.click()
    file = place / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def test_lists_are_saved_as_files(seen: Seen, served: Served, tmp_path: Path) -> None:
    """By their links: deliveries, a story, what was published, a table of the panel, records."""
    served.post([contato("901", nome="Zuleica Exemplo")])
    for path, name in (
        ("/entregas", "Excel (as entregas da lista)"),
        ("/pessoas/901", "Excel (a história)"),
        ("/registros/contato/901", "Excel (os estados deste registro)"),
        ("/fila", "Excel (o que foi publicado hoje)"),
        ("/painel", "Excel (entregas-por-hora)"),
        ("/painel", "Excel (gatilhos)"),
        ("/registros", "Excel"),
    ):
        file = downloaded(seen.open(path), name, tmp_path)
        assert file.suffix == ".xlsx", path
        rows = list(openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True))
        assert len(rows) > 1, path
        assert "Zuleica Exemplo" not in str(rows)
    file = downloaded(seen.open("/registros"), "CSV", tmp_path)
    assert "•••" in file.read_text("utf-8-sig")
    page = seen.open("/registros")
    page.get_by_label("com os dados pessoais").check()
    assert "Zuleica Exemplo" in downloaded(page, "CSV", tmp_path).read_text("utf-8-sig")


def test_a_delivery_is_saved_as_a_sample(seen: Seen, served: Served, tmp_path: Path) -> None:
    """By the button beside what Rubeus saw; the command that is told there posts it."""
    _, text = served.post([contato("911", nome="Zuleica Exemplo", cpf="529.982.247-25")])
    page = seen.open(f"/entregas/{json.loads(text)['protocolo']}")
    page.get_by_text("Guardar como exemplo").click()
    file = downloaded(page, "Baixar exemplo-contato.json", tmp_path)
    assert file.name == "exemplo-contato.json"
    (record,) = json.loads(json.loads(file.read_text())["body"])
    assert record["nome"] != "Zuleica Exemplo"
    assert not re.search(r"529\W*982", file.read_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_batch_are_for_everybody(browser: Browser, served: Served, scheme: str) -> None:
    """Axe finds nothing serious, 360 px are enough, and no script is needed: choosing, confirming, result."""
    unknown(served, "91", "92")
    served.post([contato("93")])
    found: list[object] = []
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 360, "height": 740},
        locale="pt-BR",
    )
    page = context.new_page()

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found.extend(
            (page.title(), each["id"], each["nodes"][0]["html"])
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
        )

    page.goto(served.where["inspector_url"])
    page.get_by_role("button", name="Reprocessar ou dispensar as do dia…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("escolhidas")
    check()
    page.get_by_role("button", name=re.compile(r"Reprocessar \d+ entregas")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("reprocessadas")
    check()
    for path in ("/registros", "/painel/campos", "/pessoas/93"):
        page.goto(served.where["inspector_url"].partition("/?")[0] + path)
        check()
    context.close()
    assert found == []


def test_a_batch_works_without_a_script(browser: Browser, served: Served) -> None:
    """Its pages come again by themselves until it is done."""
    unknown(served, "95", "96")
    context = browser.new_context(java_script_enabled=False, locale="pt-BR")
    page = context.new_page()
    page.goto(served.where["inspector_url"])
    page.get_by_role("button", name="Reprocessar ou dispensar as do dia…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("escolhidas")
    page.get_by_role("button", name=re.compile(r"Reprocessar \d+ entregas")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("reprocessadas")
    context.close()

"""Fila: what lies in the dead letters goes back after a confirmation, and not before."""

import json

from playwright.sync_api import Browser, expect
from tests.browser.conftest import Seen
from tests.e2e.operating import Operator
from tests.e2e.serving import Served


def bury(served: Served, subject: str) -> None:
    """Put an event about a record into the dead letters of the records queue."""
    Operator(served).bury(json.dumps({"subject": subject}))


def test_dead_letters_go_back_by_keyboard_after_a_confirmation(seen: Seen, served: Served) -> None:
    """Looking and cancelling change nothing; then it is said how many went, and the consumer gets them."""
    bury(served, "contato/1")
    bury(served, "contato/2")
    page = seen.open("/fila")
    for _ in range(6):
        page.reload()
    assert Operator(served).receive_counts() == ["1", "1"]
    expect(page.get_by_text("2 mensagens da fila de registros")).to_be_visible()
    page.get_by_role("link", name="Devolver à fila…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Devolver 2 mensagens à fila de registros")
    expect(dialog).to_contain_text("São recebidas de novo, depois das que já esperam no mesmo grupo.")
    expect(dialog).to_contain_text("voltam para cá depois de 5 tentativas")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert served.messages("contato/1") == []

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Devolver")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("2 mensagens foram devolvidas")
    expect(page.get_by_role("link", name="Devolver à fila…")).to_have_count(0)
    assert served.messages("contato/1")
    assert served.messages("contato/2")


def test_dead_letters_go_back_without_a_script(browser: Browser, served: Served) -> None:
    """The confirmation is a part of the page; where nothing is left, the answer says so."""
    bury(served, "contato/3")
    context = browser.new_context(java_script_enabled=False, locale="pt-BR")
    page, other = context.new_page(), context.new_page()
    for each in (page, other):
        each.goto(served.where["inspector_url"])
        each.goto(served.where["inspector_url"].partition("/?")[0] + "/fila")
        each.get_by_role("link", name="Devolver à fila…").click()
    page.get_by_role("button", name="Devolver").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("1 mensagem foi devolvida")
    other.get_by_role("button", name="Devolver").click()
    expect(other.locator("main").get_by_role("status")).to_contain_text("Não havia mais nenhuma mensagem")
    context.close()

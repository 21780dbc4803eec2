import json
import re

from playwright.sync_api import Route, expect
from tests.browser.conftest import Seen
from tests.e2e.browsing import Visitor
from tests.e2e.serving import Served, contato


def test_a_delivery_shows_itself_within_a_second_and_a_burst_is_whole(seen: Seen, served: Served) -> None:
    """Fifty at once are fifty rows, the newest first, none twice; what is filtered out stays out."""
    page = seen.open("/entregas?tipo=atividade")
    rows = page.locator("tbody[data-live] tr")
    expect(page.locator(".live")).to_have_text("Ao vivo")
    before = rows.count()
    served.post([contato("900")])
    for number in range(50):
        served.post(
            [{"id": str(1000 + number), "vencimento": None, "duracao": "5", "registroProcesso": None}]
        )
    expect(rows).to_have_count(before + 50)
    expect(rows.first).to_contain_text("atividade 1049")
    ids = page.evaluate("[...document.querySelectorAll('tbody[data-live] tr')].map(row => row.id)")
    assert ids == sorted(set(ids), reverse=True)


def test_what_needs_somebody_is_told_on_an_open_page(seen: Seen, served: Served) -> None:
    """Above the list, by itself; and no more once it is done with."""
    served.post([contato("870")])
    page = seen.open("/entregas")
    expect(page.get_by_text("Precisa de você")).to_have_count(0)
    _, text = served.post([{"codigo": "C", "nome": "Bruno Exemplo", "emails": None}])
    expect(page.locator(".attn li")).to_have_count(1)
    expect(page.locator(".lead")).to_contain_text("1 precisa de você.")
    Visitor(seen.entrance).post(f"/entregas/{json.loads(text)['protocolo']}/dispensar", {"porque": "teste"})
    expect(page.locator(".attn")).to_have_count(0)


def test_a_body_without_records_has_nothing_to_open(seen: Seen, served: Served) -> None:
    """Nor does the script look for it."""
    _, text = served.post([])
    page = seen.open(f"/entregas/{json.loads(text)['protocolo']}")
    expect(page.get_by_role("button", name="Copiar como curl")).to_be_visible()
    expect(page.get_by_role("button", name="Abrir tudo")).to_have_count(0)


def test_what_is_older_than_a_full_page_stays_on_the_next(seen: Seen, served: Served) -> None:
    """Also where it came just before the page was opened, and is told to it once more."""
    seen.page.goto("about:blank")  # nobody asks for what is new
    for number in range(55):
        served.post([contato(str(3000 + number))])
    page = seen.open("/entregas?tipo=contato")
    for _ in range(2):  # the second is asked for when the first has been shown
        with page.expect_response(re.compile("/entregas/novas")):
            pass
    expect(page.locator("tbody[data-live] tr")).to_have_count(50)
    page.get_by_role("link", name="Mais antigas").click()
    expect(page.locator("tbody tr").first).to_contain_text("contato 3004")


def test_eight_tabs_stay_live(seen: Seen, served: Served) -> None:
    """No tab starves another: a browser has six connections for a host."""
    tabs = [seen.page, *(seen.page.context.new_page() for _ in range(7))]
    for tab in tabs:
        tab.goto(seen.entrance.partition("/?")[0] + "/entregas?tipo=contato")
    served.post([contato("800")])
    for tab in tabs:
        expect(tab.locator("tbody[data-live]")).to_contain_text("contato 800 novo")


def test_data_is_shown_after_a_click_and_covered_again(seen: Seen, served: Served) -> None:
    """The covered page does not hold it at all; the shown one says until when, and covers with one click."""
    served.post([contato("801", nome="Zuleica Exemplo", cpf="529.982.247-25")])
    page = seen.open("/registros/contato/801")
    assert "Zuleica" not in page.content()
    page.get_by_role("link", name="Mostrar dados pessoais…").click()
    page.get_by_role("button", name="Mostrar por 5 minutos").click()
    expect(page.locator(".fields")).to_contain_text("Zuleica Exemplo")
    expect(page.locator(".note")).to_contain_text("Dados pessoais à mostra até")
    assert "Zuleica" not in page.title() + page.url
    page.get_by_role("button", name="Cobrir agora").click()
    expect(page.get_by_role("link", name="Mostrar dados pessoais…")).to_be_visible()
    assert "Zuleica" not in page.content()


def test_identities_stay_out_of_the_address(seen: Seen, served: Served) -> None:
    """A search by CPF leads to the person by id; the CPF stands in no URL and no title."""
    served.post([contato("802", cpf="111.444.777-35")])
    page = seen.open("/registros")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Valor").fill("111.444.777-35")
    page.get_by_role("button", name="Procurar").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contato 802")
    assert not [url for url in (*asked, page.title()) if re.search(r"111\W*444", url)]


def test_the_list_goes_by_keyboard(seen: Seen, served: Served) -> None:
    """From the top: skip the navigation, walk the rows by j and k, open one by Enter."""
    served.post([contato("803")])
    served.post([contato("804")])
    page = seen.open("/entregas")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir para o conteúdo")).to_be_focused()
    links = page.locator("tbody .open")
    links.first.focus()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Contato 804 novo, versão 1")


def test_a_dialog_goes_by_keyboard(seen: Seen, served: Served) -> None:
    """It opens by Enter, holds the focus, and Escape closes it."""
    served.post([{"id": "1", "oi": "x"}, contato("805")])
    page = seen.open("/entregas?situacao=quarentena")
    page.locator("tbody .open").first.click()
    page.wait_for_load_state()  # before that, the link shows the dialog without the script
    page.get_by_role("link", name="Dispensar…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Por quê")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_list_that_missed_something_reads_itself_anew(seen: Seen, served: Served) -> None:
    """By its own address, filters and all, when the cursor that it has is of an inspector before this one."""
    page = seen.open("/entregas?tipo=contato")
    page.evaluate("document.body.dataset.antes = 'sim'")
    served.post([contato("871")])
    forgotten = re.compile(r"depois=[0-9a-f]+")

    def of_another(route: Route) -> None:
        route.continue_(url=forgotten.sub("depois=00000000", route.request.url))

    page.route("**/entregas/novas?*", of_another, times=1)
    expect(page.locator("body:not([data-antes])")).to_be_visible(timeout=10000)
    expect(page).to_have_url(re.compile(r"/entregas\?tipo=contato$"))
    expect(page.locator("tbody[data-live]")).to_contain_text("contato 871 novo")

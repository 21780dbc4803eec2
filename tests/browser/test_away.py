"""AWS goes away under open pages, and comes back."""

import re
import signal
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect
from tests.e2e.browsing import inspecting
from tests.e2e.serving import contato, serving

from models.clock import BRASILIA

AWAY = "A AWS emulada não responde"
PATHS = (
    *("/entregas", "/registros", "/registros/contato/701/versoes", "/pessoas/701", "/por-que", "/fila"),
    *("/painel", "/painel/etapas", "/painel/campos", "/testar", "/anotacoes", "/entregas/x/reprocessar"),
)
RECORD = "/registros/contato/701"


def test_aws_away_is_said_on_open_pages_and_its_return_noticed(
    context: BrowserContext, tmp_path: Path
) -> None:
    """Without a reload: what happened, since when, the way out; so does every page asked for meanwhile."""
    data = ("--data", str(tmp_path / "data"))
    with serving(tmp_path / "log", *data, "--no-inspector") as first, inspecting(first) as url:
        base = url.partition("/?")[0]
        first.post([contato("701")])
        listing, record = context.new_page(), context.new_page()
        listing.goto(url)
        record.goto(base + RECORD)
        rows = listing.locator("tbody[data-live] tr")
        expect(rows).to_have_count(1)
        expect(listing.locator("#aviso")).to_be_hidden()

        first.stop(signal.SIGINT)
        for page in (listing, record):
            expect(page.get_by_role("alert")).to_contain_text(f"{AWAY} desde ")
            expect(page.get_by_role("alert")).to_contain_text("Rode rubeus serve de novo")
        expect(listing.locator(".live")).to_contain_text("Sem ligação desde ")
        expect(rows).to_have_count(1)
        expect(record.get_by_role("heading", level=1)).to_have_text("Contato 701")
        asked = context.new_page()
        for path in (*PATHS, RECORD):
            asked.goto(base + path)
            expect(asked.get_by_text(AWAY)).to_be_visible()
            assert "Traceback" not in asked.content()

        port = first.where["aws_endpoint"].rpartition(":")[2]
        with serving(tmp_path / "log2", *data, "--aws-port", port, "--no-inspector") as second:
            for page in (listing, record):
                expect(page.get_by_role("alert")).to_be_hidden()
            expect(asked.get_by_role("heading", level=1)).to_have_text("Contato 701")
            expect(listing.locator(".live")).to_have_text("Ao vivo")
            second.post([contato("702")])
            expect(rows.first).to_contain_text("contato 702 novo")
            listing.close()
            record.close()


def test_an_inspector_that_ends_is_said(browser: Browser, tmp_path: Path) -> None:
    """The page that stays open says that nobody serves it any more, and since when in Brasília."""
    with serving(tmp_path / "log", "--no-inspector") as served:
        page = browser.new_page(timezone_id="Asia/Tokyo")
        with inspecting(served) as url:
            page.goto(url)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
        alert, now = page.get_by_role("alert"), datetime.now(BRASILIA)
        hours = "|".join(f"{now + timedelta(minutes=each):%H}" for each in (-1, 1))
        expect(alert).to_contain_text(re.compile(f"O inspetor não responde desde ({hours}):"))
        page.close()

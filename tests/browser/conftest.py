from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.browser.chromium import launch
from tests.browser.synthetic import post_all
from tests.e2e.serving import Served, serving

# A busy machine only takes longer: what never comes fails all the same.
expect.set_options(timeout=20_000)


@dataclass
class Seen:
    """A browser window, and what its console complained about."""

    page: Page
    entrance: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page by its path."""
        self.page.goto(self.entrance.partition("/?")[0] + path)
        return self.page

    def hear(self, message: ConsoleMessage) -> None:
        """Keep a complaint of the console."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests."""
    with sync_playwright() as playwright, launch(playwright) as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run one empty local stack for a file."""
    with serving(tmp_path_factory.mktemp("serve") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def filled(served: Served) -> Served:
    """Give the stack with a day of invented people."""
    post_all(served.where["url"])
    return served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a window without a cookie."""
    opened = browser.new_context(locale="pt-BR", timezone_id="America/Sao_Paulo")
    yield opened
    opened.close()


@pytest.fixture
def seen(served: Served, context: BrowserContext) -> Iterator[Seen]:
    """Come in by the printed URL; at the end, the console must have had nothing to say."""
    window = Seen(context.new_page(), served.where["inspector_url"])
    window.page.on("console", window.hear)
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    window.page.goto(window.entrance)
    yield window
    assert window.complaints == []

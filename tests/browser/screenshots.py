"""`make screenshots`: the main pages, with invented people, for the READMEs."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Page, ViewportSize, sync_playwright
from tests.browser.chromium import launch
from tests.browser.history import tell
from tests.browser.synthetic import post_all
from tests.e2e.serving import serving

PLACE = Path(__file__).parents[2] / "docs" / "screenshots"
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}
MAX_HEIGHT = 1200
SHOTS: dict[str, tuple[str, Literal["light", "dark"], ViewportSize]] = {
    "entregas": ("/entregas", "light", WIDE),
    "entrega": ("/entregas/{mixed}", "light", WIDE),
    "testar": ("/testar?exemplo=contato", "light", WIDE),
    "versoes": ("/registros/registro_processo/148/versoes", "light", WIDE),
    "painel": ("/painel", "light", WIDE),
    "etapas": ("/painel/etapas", "light", WIDE),
    "campos-escuro": ("/painel/campos", "dark", WIDE),
    "pessoa-escuro": ("/pessoas/341", "dark", WIDE),
    "entregas-360-escuro": ("/entregas", "dark", NARROW),
}


def main() -> None:
    """Take them all, or those whose names are the arguments."""
    PLACE.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        serving(Path(folder) / "log") as served,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        tell(int(served.where["aws_endpoint"].rpartition(":")[2]))
        mixed = post_all(served.where["url"])[-2]
        for name, (path, scheme, size) in SHOTS.items():
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                context = browser.new_context(
                    color_scheme=scheme,
                    viewport=size,
                    locale="pt-BR",
                    timezone_id="America/Sao_Paulo",
                    bypass_csp=True,
                )
                page = context.new_page()
                page.goto(served.where["inspector_url"])
                _take(page, path.format(mixed=mixed), PLACE / f"{name}.png")
                context.close()


def _take(page: Page, path: str, file: Path) -> None:
    base = "/".join(page.url.split("/")[:3])
    page.goto(base + path)
    if path.startswith("/testar"):
        page.get_by_role("button", name="Enviar como o Rubeus").click()
    if "/painel/" in path:
        page.get_by_role("button").first.click()
        page.locator("svg[role=img]").first.wait_for()
    # As on most desktops, whose own font is one like it.
    page.add_style_tag(content=":root { --sans: Inter, sans-serif }")
    height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT)
    page.set_viewport_size({"width": page.evaluate("innerWidth"), "height": height})
    page.screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    main()

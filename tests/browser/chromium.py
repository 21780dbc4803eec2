"""Debian's Chromium, or what a machine has in its place, under Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

EXECUTABLE = shutil.which("chromium") or shutil.which("google-chrome")
# As root in a container there is no sandbox; pages are those of this project alone.
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=pt-BR")


@contextmanager
def launch(playwright: Playwright) -> Iterator[Browser]:
    """Run it for as long as the context lasts."""
    # Dates in fields are in the language of the environment.
    browser = playwright.chromium.launch(
        executable_path=EXECUTABLE, args=[*_ARGUMENTS], env={**os.environ, "LANGUAGE": "pt_BR"}
    )
    try:
        yield browser
    finally:
        browser.close()

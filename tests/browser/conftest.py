"""One deployed system with its console for all tests here; a failed message is dead after two tries."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from local.console.server import Console
from local.settings import parse_sources
from local.system import LocalSystem
from tests.browser.client import PATIENCE_SECONDS, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

SOURCES = (
    "shop=stripe:whsec_browser",
    "cards=square:square_browser",
    "adverts=adyen:" + "ab" * 32,
    "rotated=stripe:whsec_rotated",
)

SETTINGS = {"retryDelaysSeconds": [1], "processingConcurrency": 2, "reservedConcurrency": 0}


SWITCHES = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser() -> str | None:
    """Find Chromium: the one that CHROMIUM names, else the system's."""
    installed = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return os.environ.get("CHROMIUM") or next(filter(None, installed), None)


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """A running system; its end fails if anything is left behind."""
    with LocalSystem(parse_sources(SOURCES), environment="browser", settings=SETTINGS) as system:
        yield system


@pytest.fixture(scope="session")
def console(system: LocalSystem) -> Iterator[Console]:
    """Its console."""
    with Console(system) as console:
        yield console


@pytest.fixture(scope="session")
def client(console: Console) -> Client:
    """A client that knows the console's token."""
    return Client(console)


@pytest.fixture(scope="module")  # Playwright's event loop runs until its end, and other tests have their own
def browser(console: Console) -> Iterator[Browser]:
    """Chromium, of the system: Playwright's driver comes without one. The console is up before it."""
    del console
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium here: install it (Debian: apt-get install chromium), or name one by CHROMIUM")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, console: Console) -> Iterator[Callable[..., Page]]:
    """Opens the console; the test fails if the page meets an error, or its policy stops anything."""
    problems: list[str] = []
    contexts = []

    def open_page(
        *, scheme: str = "light", width: int = 1280, view: str = "deliveries", blocked: str = "", state: str = "live"
    ) -> Page:
        size: ViewportSize = {"width": width, "height": 860}
        context = browser.new_context(color_scheme=scheme, viewport=size)  # type: ignore[arg-type]  # one of three words
        contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if "Security Policy" in message.text else None)
        if blocked:
            page.route(blocked, lambda route: route.abort())
        page.goto(f"{console.url}#{view}")
        page.wait_for_selector(f'#link[data-state="{state}"]')
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []

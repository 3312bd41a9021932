"""`python -m tests.browser.pictures`: takes the console's pictures of the README anew, in docs/images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from local.console.server import Console
from local.settings import parse_sources
from local.system import LocalSystem
from local.variants import VARIANTS
from tests.browser.conftest import SWITCHES, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"

SENT = (
    *("razorpay succeeded poison", "stripe succeeded good", "paypal authorized good", "wise payout good"),
    *("shopify refunded good", "mollie succeeded duplicate", "square succeeded forge", "adyen succeeded late"),
    *("paddle succeeded stale", "checkout-com partially_refunded good", "stripe succeeded good"),
)
"""Source, kind and variant of what is sent, in this order."""


def main() -> None:
    """Run a system, send it some of everything, and take the pictures."""
    system = LocalSystem(parse_sources(()), environment="dev")
    with system, Console(system) as console, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.goto(console.url)
        expect(page.locator("#link")).to_have_text("live")
        for each in SENT:
            _send(page, *each.split())
        expect(page.locator("#count-dead")).to_have_text("1", timeout=60_000)
        page.locator("#rows summary").first.click()
        expect(page.locator("#rows pre")).to_have_count(2)
        _take(page, "light")
        page.locator("#rows summary").first.click()
        page.emulate_media(color_scheme="dark")
        _take(page, "dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 800})
        _take(page, "phone")
        browser.close()


def _send(page: Page, source: str, kind: str, variant: str) -> None:
    """Send a sample and wait until it has come to its end."""
    page.locator("#send-source").select_option(source)
    page.locator("#send-kind").select_option(kind)
    before = page.locator("#rows > li").count()
    page.locator("#send-variants button").nth(list(VARIANTS).index(variant)).click()
    expect(page.locator("#rows > li")).to_have_count(
        before + (2 if variant in {"duplicate", "late"} else 1), timeout=60_000
    )
    expect(page.locator('#rows > li[data-kind="now"]')).to_have_count(0, timeout=60_000)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))")
    page.screenshot(path=IMAGES / f"console-{name}.png")


if __name__ == "__main__":
    main()

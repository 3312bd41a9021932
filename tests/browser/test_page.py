"""The console in a real browser: what a person sees and does, by mouse, by keyboard, in the dark and on a phone."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from local.sending import Endpoint, Event, new_event, post, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from local.system import LocalSystem

expect.set_options(timeout=20_000)

TRIES = 4
"""How often a sample is sent until it is seen: a busy emulator writes some lines of a run only with the next one."""


@pytest.fixture
def page(opened: Callable[..., Page]) -> Page:
    """The console on a desk's screen."""
    return opened()


def _send(page: Page, source: str, variant: str) -> None:
    """Send a sample and wait for its rows, so that the newest row is one of it."""
    rows = page.locator("#rows > li")
    last = rows.nth(rows.count() + (1 if variant in {"Duplicate", "Late"} else 0))
    page.get_by_label("Source", exact=True).select_option(source)
    for _ in range(TRIES):
        page.get_by_role("button", name=variant, exact=True).click()
        expect(page.locator("#send-answer")).to_contain_text("answered")
        with suppress(AssertionError):
            expect(last).to_be_attached(timeout=5000)
            return
    raise AssertionError(f"no row of {source}, {variant}")


def _row(page: Page, *texts: str) -> Locator:
    """Find the newest row that holds all these texts."""
    rows = page.locator("#rows > li")
    for text in texts:
        rows = rows.filter(has_text=text)
    return rows.first


def test_a_sent_webhook_is_seen_to_arrive(page: Page) -> None:
    """Its row passes all four stops, each with its time, and opens to the payload and the published event."""
    _send(page, "shop", "Good")
    row = page.locator("#rows > li").first
    expect(row.locator(".verdict")).to_contain_text("published")
    expect(row.locator(".verdict")).to_contain_text("captured")
    expect(row.locator('.track > li[data-state="done"]')).to_have_count(4)
    for time in row.locator(".ms").all_text_contents():
        assert re.fullmatch(r"([\d.]+ m?s)?", time)  # empty where the emulator's log is behind
    row.locator("summary").click()
    expect(row.locator("pre").nth(0)).to_contain_text('"object": "payment_intent"')
    expect(row.locator("pre").nth(1)).to_contain_text('"type": "payment.captured"')


def test_a_forged_webhook_is_seen_refused(page: Page) -> None:
    """Its row stops at the first stop and says why."""
    _send(page, "shop", "Forged")
    row = _row(page, "refused 401")
    expect(row.locator(".verdict")).to_contain_text("wrong secret")
    expect(row.locator(".track > li").first).to_have_attribute("data-state", "stopped")
    expect(row.locator('.track > li[data-state="done"]')).to_have_count(0)
    row.locator("summary").click()
    expect(row).to_contain_text("Nothing of its body was kept")


def test_a_duplicate_is_seen_to_change_nothing(page: Page) -> None:
    """The second of two equal requests ends at the ledger."""
    before = int(page.locator("#count-published").text_content() or 0)
    _send(page, "cards", "Duplicate")
    _send(page, "cards", "Good")
    row = _row(page, "cards", "duplicate")
    expect(row.locator('.track > li[data-state="same"]')).to_have_count(1)
    expect(page.locator("#count-published")).to_have_text(str(before + 2))


def test_an_outage_ends_in_a_dead_letter_and_a_redrive_brings_it_back(page: Page) -> None:
    """While the ledger is away a delivery is tried again, then dies; after it, a redrive records and publishes it."""
    page.get_by_role("button", name="Outage of Ledger").click()
    expect(page.get_by_role("button", name="Outage of Ledger")).to_have_attribute("aria-pressed", "true")
    _send(page, "cards", "Good")
    expect(page.locator("#count-dead")).to_have_text("1")
    page.get_by_role("button", name="Outage of Ledger").click()
    expect(page.get_by_role("button", name="Outage of Ledger")).to_have_attribute("aria-pressed", "false")
    row = _row(page, "dead letter")
    key = row.get_attribute("data-key")
    page.get_by_role("link", name="Dead letters").click()
    letter = page.locator("#dead-list > li").first
    expect(letter).to_contain_text("ledger unavailable")
    expect(letter).to_contain_text("can be read now")
    page.get_by_role("button", name="Redrive all").click()
    expect(page.locator("#dead-answer")).to_have_text("1 sent back")
    expect(page.locator("#count-dead")).to_have_text("0")
    expect(page.locator("#dead-none")).to_be_visible()
    page.get_by_role("link", name="Deliveries").click()
    expect(page.locator(f'[data-key="{key}"] .verdict')).to_contain_text("published")


def test_a_secret_is_rotated_step_by_step(page: Page) -> None:
    """A secret is added, the sender switched, and the old one removed only by force; what is then sent is accepted."""
    page.get_by_role("link", name="Sources").click()
    source = page.locator("#source-list > li").filter(has_text="rotated")
    expect(source).to_contain_text("1 live secret")
    expect(source.get_by_role("button", name="Switch sender")).to_be_disabled()
    source.get_by_role("button", name="Add a secret").click()
    expect(source).to_contain_text("2 live secrets, signs with the oldest")
    source.get_by_role("button", name="Switch sender").click()
    expect(source).to_contain_text("2 live secrets, signs with the newest")
    source.get_by_role("button", name="Remove oldest").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("may still be needed")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(source).to_contain_text("2 live secrets")
    source.get_by_role("button", name="Remove oldest").click()
    dialog.get_by_role("button", name="Remove anyway").click()
    expect(source).to_contain_text("1 live secret")
    page.get_by_role("link", name="Deliveries").click()
    _send(page, "rotated", "Good")
    expect(_row(page, "rotated").locator(".verdict")).to_contain_text("published")


def test_a_payment_is_found_in_the_ledger(page: Page) -> None:
    """An opened delivery leads to its payment: the state, and each event with its payload."""
    _send(page, "shop", "Late")
    row = _row(page, "shop", "published, late")
    row.locator("summary").click()
    row.locator(".ids a").first.click()
    history = page.locator("#ledger-history")
    expect(history).to_contain_text("is captured 20.00 EUR")
    expect(history.locator("summary")).to_have_count(2)
    history.locator("summary").first.click()
    expect(history.locator("pre").first).to_contain_text('"object": "event"')
    transaction = history.locator("h3 code").get_attribute("title") or ""
    page.get_by_label("Find a payment").fill(transaction[-8:])
    expect(page.locator("#ledger-list > li")).to_have_count(1)
    page.get_by_label("Find a payment").fill("no such payment")
    expect(page.locator("#ledger-none")).to_be_visible()


def test_what_looks_like_html_is_shown_as_text(page: Page, system: LocalSystem) -> None:
    """A payload, an event's name and its id that hold tags are text wherever they are shown, and run nothing."""
    evil = "<img src=x onerror=\\\"document.title='owned'\\\"><script>document.title='owned'</script>"
    source = system.sources["shop"]
    endpoint = Endpoint(source=source, url=f"{system.webhook_url}shop", registered_url="")
    good = new_event("stripe", "succeeded", occurred_at=datetime.now(UTC))
    body = good.body.replace(b'"payment_intent.succeeded"', f'"{evil}"'.encode())
    body = body.replace(good.event_id.encode(), f"evt_{evil}".encode())
    event = Event(provider="stripe", kind="evil", event_id="", payment_id=good.payment_id, body=body)
    assert post(endpoint, signed(event, endpoint, now=int(datetime.now(UTC).timestamp()))).status == 200
    row = _row(page, "<img src=x onerror=")
    expect(row.locator(".verdict")).to_contain_text("published")
    row.locator("summary").click()
    expect(row.locator("pre").first).to_contain_text("<script>document.title")
    row.locator(".ids a").first.click()
    expect(page.locator("#ledger-history")).to_contain_text("<img src=x onerror=")
    assert page.locator("main img, main script").count() == 0
    assert page.title() == "Webhook console"


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    """From the top by Tab alone: skip, send, open the delivery; what has the focus is seen to have it."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    good = page.get_by_role("button", name="Good", exact=True)
    for _ in range(12):
        page.keyboard.press("Tab")
        if good.evaluate("button => button === document.activeElement"):
            break
    expect(good).to_be_focused()
    assert good.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    before = page.locator("#rows > li").count()
    page.keyboard.press("Enter")
    expect(page.locator("#rows > li")).to_have_count(before + 1)
    row = page.locator("#rows > li").first
    expect(row.locator(".verdict")).to_contain_text("published")
    expect(page.locator("#said")).to_contain_text("published")
    while not row.locator("summary").evaluate("summary => summary === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row.locator("pre")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(scheme: str, opened: Callable[..., Page]) -> None:
    """Every text has a contrast of 4.5 to 1 at least against what is behind it, in the light and in the dark."""
    page = opened(scheme=scheme)
    _send(page, "cards", "Good")
    _send(page, "cards", "Forged")
    expect(_row(page, "refused 401")).to_be_visible()
    for view in ("deliveries", "ledger", "dead-letters", "sources"):
        page.goto(f"{page.url.partition('#')[0]}#{view}")
        expect(page.locator(f"#view-{view}")).to_be_visible()
        assert page.evaluate(WEAK_TEXTS) == []
    brightness = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
    assert brightness > 200 if scheme == "light" else brightness < 50


@pytest.mark.parametrize("view", ["deliveries", "ledger", "dead-letters", "sources"])
def test_a_phone_needs_no_scrolling_sideways(view: str, opened: Callable[..., Page]) -> None:
    """At 360 pixels nothing is wider than the page, and what is pressed is at least 24 pixels high."""
    page = opened(width=360, view=view)
    expect(page.locator(f"#view-{view}")).to_be_visible()
    if view == "deliveries":
        _send(page, "adverts", "Good")
        row = _row(page, "adverts")
        expect(row.locator(".verdict")).to_contain_text("published")
        row.locator("summary").click()
        expect(row.locator("pre")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(CUT_OFF) == []
    heights = [box["height"] for button in page.locator("button:visible").all() if (box := button.bounding_box())]
    assert min(heights) >= 24


def test_the_page_says_when_the_stream_is_lost_and_comes_back(opened: Callable[..., Page]) -> None:
    """Without a stream the page says so; when it is back, the page is live again by itself."""
    page = opened(blocked="**/events", state="lost")
    expect(page.locator("#link")).to_have_text("not connected, trying again")
    page.unroute("**/events")
    expect(page.locator("#link")).to_have_text("live")


CUT_OFF = """
() => [...document.querySelectorAll("main *")]
  .filter((each) => each.checkVisibility() && !each.closest(".hidden, pre"))
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((each) => `${each.tagName} ${each.className} ${each.textContent.slice(0, 30)}`)
"""

WEAK_TEXTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((each) => each / 255).map((each) =>
      each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
  };
  const hasText = (element) => [...element.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && hasText(each) && !each.closest(":disabled, .hidden, .skip, script"))
    .map((each) => {
      const [one, other] = [parts(getComputedStyle(each).color), behind(each)].map(luminance);
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return contrast < 4.5 ? `${each.textContent.slice(0, 30)} ${contrast.toFixed(2)}` : null;
    })
    .filter(Boolean);
}
"""

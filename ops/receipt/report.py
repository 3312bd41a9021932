"""The whole receipt of a model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ops.receipt import model, text
from ops.receipt.charges import total

if TYPE_CHECKING:
    from ops.receipt.model import Load
    from ops.receipt.prices import Prices
    from ops.receipt.units import Units

WIDTH = 110

NOT_COUNTED = (
    "Not counted: taxes, free tiers, discounts, traffic to the internet, cold starts, refused requests, retries, "
    "keeping logs, flow logs, what subscribers do."
)


def of_model(load: Load, counted: Units, prices: Prices) -> str:
    """Write a model's receipt.

    Args:
        load: What the stack does.
        counted: The units of one batch of its events.
        prices: Of its region.
    """
    charges = model.bill(load, counted, prices)
    company = "each alone in its run" if load.batch == 1 else f"{load.batch} to a run"
    network = f"isolated, zones {load.zones}" if load.zones else "none"
    ingress = "rest-api" if load.rest_api else "function-url"
    of_what = (
        f"A model of {load.events:,} events a month of {load.payload_bytes // 1024} KB, evenly spread, {company}. "
        f"Region {prices.region}, sources {load.sources}, ingress {ingress}, network {network}."
    )
    sums = (
        f"A month: {text.money(total(charges))} USD, and {text.money(model.storage(load, counted, prices))} for each "
        "earlier month whose events are kept."
    )
    assumed = (
        f"Assumed: receiving takes {load.receive_ms} ms, a run {load.run_ms} ms and {load.event_ms} ms for each event, "
        f"at {model.MEMORY_GB} GB."
    )
    parts = (text.variable(charges), text.fixed(charges))
    notes = "".join(filled(note) for note in (sums, assumed, NOT_COUNTED, prices_of(prices)))
    return "\n".join((filled(of_what), *parts, notes))


def prices_of(prices: Prices) -> str:
    """Say which prices a receipt is by."""
    return f"Prices: {', then '.join(prices.files)}: {prices.note} ({prices.as_of}); others by --prices FILE."


def filled(sentence: str) -> str:
    """Break a sentence into lines."""
    return textwrap.fill(sentence, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"

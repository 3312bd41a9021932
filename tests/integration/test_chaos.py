"""A small day of chaos: every provider, faults on every call, outages, killed workers, a clean account; and load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.chaos import chaos
from local.load import load, on_paper, percentiles, plot
from local.scaling import PROCESSING, RETRY_DELAYS, SETTINGS
from local.settings import parse_sources
from local.system import LocalSystem

if TYPE_CHECKING:
    from pathlib import Path


def test_the_account_is_clean_after_chaos() -> None:
    """Whatever fails on the way, what was acknowledged is recorded once and published, or lies whole and comes back."""
    with LocalSystem(parse_sources(()), environment="chaos", settings=SETTINGS) as system:
        outcome = chaos(system, events=60, seed=3)
    assert outcome.account.differences == []
    counts = outcome.account.counts
    assert counts["acknowledged"] + counts["refused"] + counts["given up by the provider"] == counts["webhooks"]
    assert counts["recorded"] >= 60
    assert outcome.trouble.faults["unsent"] > 0
    assert outcome.trouble.killed > 0
    assert outcome.trouble.frozen > 0
    assert outcome.redriven > 0


def test_load_measures_every_webhook_twice(tmp_path: Path) -> None:
    """Each has its time to the 2xx and to the subscriber, though the ledger is away meanwhile; all is accounted for."""
    with LocalSystem(parse_sources(()), environment="load", settings=SETTINGS) as system:
        measured = load(system, seconds=3, concurrency=4, outage_seconds=1, on_progress=lambda _done, _total: None)
    counts = measured.outcome.account.counts
    assert measured.outcome.account.differences == []
    assert len(measured.acknowledging) == counts["acknowledged"] == counts["webhooks"] >= 4
    assert len(measured.end_to_end) >= counts["acknowledged"]
    half, most, nearly_all = percentiles(measured.acknowledging)
    assert 0 < half <= most <= nearly_all < 25
    assert measured.acknowledged_a_second == counts["acknowledged"] / measured.outcome.sent_seconds
    assert measured.outage is not None
    assert measured.outage[1] - measured.outage[0] == 1
    simulated = on_paper(measured, retry_delays=RETRY_DELAYS, processing=PROCESSING)
    assert len(simulated) == round(measured.outcome.sent_seconds)
    plot(measured, tmp_path / "new" / "load.png", simulated)
    assert (tmp_path / "new" / "load.png").read_bytes().startswith(b"\x89PNG")

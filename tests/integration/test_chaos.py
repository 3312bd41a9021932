"""A small day of chaos: every provider, faults on every call, outages, killed workers, and a clean account."""

from __future__ import annotations

from local.chaos import SETTINGS, chaos
from local.settings import parse_sources
from local.system import LocalSystem


def test_the_account_is_clean_after_chaos() -> None:
    """Whatever fails on the way, what was acknowledged is recorded once and published, or lies whole."""
    with LocalSystem(parse_sources(()), environment="chaos", settings=SETTINGS) as system:
        outcome = chaos(system, events=60, seed=3)
    assert outcome.account.differences == []
    counts = outcome.account.counts
    assert counts["acknowledged"] + counts["refused"] + counts["given up by the provider"] == counts["webhooks"]
    assert counts["recorded"] >= 60
    assert outcome.faults["unsent"] > 0
    assert outcome.killed > 0

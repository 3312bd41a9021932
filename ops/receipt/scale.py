"""From one webhook a second to a hundred thousand: what binds, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ops.receipt import model, quotas
from ops.receipt.charges import MILLION, total
from ops.receipt.model import Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.receipt.prices import Prices
    from ops.receipt.quotas import Limit, Setup

RATES = (1, 10, 100, 1_000, 10_000, 100_000)
"""Webhooks a second."""

FULL_BATCH = 10

ROOM = 2
"""How many times the rate the settings of a step should carry."""

LEAST_PROCESSING = 2
"""Of `processingConcurrency`."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rate.

    Attributes:
        rate: Webhooks a second, steadily.
        events: Webhooks a month.
        exceeded: The limits that do not carry it, where runs are shared as far as they can be; the lowest first.
        reserved: Runs to reserve so that twice the rate has room, alone.
        processing: Of these, runs for the queue.
        alone: USD by the million where each event has a run of its own, all costs of the month.
        shared: The same where ten events share a run.
        month: USD a month where they do.
    """

    rate: int
    events: int
    exceeded: Sequence[Limit]
    reserved: int
    processing: int
    alone: Decimal
    shared: Decimal
    month: Decimal


def ceilings(setup: Setup) -> Sequence[tuple[Limit, Limit]]:
    """List each limit for events that come alone, and the same for ten to a run; the lowest of the latter first."""
    alone, shared = (
        {limit.name: limit for limit in quotas.limits(load, model.derive(load), setup)}
        for load in (Load(events=1), Load(events=1, batch=FULL_BATCH))
    )
    return [(alone[name], limit) for name, limit in shared.items()]


def steps(setup: Setup, prices: Prices, rates: Sequence[int] = RATES) -> Sequence[Step]:
    """Say of each rate which limits it exceeds as the stack is set up, and what it costs."""
    counted = {batch: model.derive(Load(events=1, batch=batch)) for batch in (1, FULL_BATCH)}
    found = []
    for rate in rates:
        events = quotas.month_of(Decimal(rate))
        loads = {batch: Load(events=events, batch=batch) for batch in counted}
        month = {batch: total(model.bill(loads[batch], counted[batch], prices)) for batch in counted}
        limits = quotas.limits(loads[FULL_BATCH], counted[FULL_BATCH], setup)
        alone = {limit.name: limit.each * rate for limit in quotas.limits(loads[1], counted[1], setup)}
        runs = max(alone["runs a second"] / quotas.RUNS_A_SECOND, alone["runs at once"])
        found.append(
            Step(
                rate=rate,
                events=events,
                exceeded=[limit for limit in limits if limit.ceiling < rate],
                reserved=math.ceil(ROOM * runs),
                processing=max(LEAST_PROCESSING, math.ceil(ROOM * alone["runs at once for the queue"])),
                alone=month[1] * MILLION / events,
                shared=month[FULL_BATCH] * MILLION / events,
                month=month[FULL_BATCH],
            )
        )
    return found

"""docs/scale.md tells what the model and the simulation say, and both keep to arithmetic."""

from __future__ import annotations

import itertools
import math
import re
from decimal import Decimal

from infra.settings import DEFAULTS
from lambda_src.retries import JITTER
from local import scale_page
from local.simulation import Scenario
from ops.receipt import model, prices, quotas, scale
from ops.receipt.model import Load
from ops.receipt.quotas import IN_FLIGHT, PARTITION_UNITS, Setup

TEXT = scale_page.PAGE.read_text()
PRICES = prices.load("us-east-1")


def test_the_page_is_up_to_date() -> None:
    """Limits, costs and the simulated day are as the code has them; mend with `python -m local.scale_page`."""
    assert scale_page.updated(TEXT) == TEXT


def test_the_model_knows_the_default_settings() -> None:
    """Concurrency, batches and the retry schedule are those of a stack whose owner chose nothing."""
    assert (Setup().reserved, Setup().processing) == (
        DEFAULTS["reservedConcurrency"],
        DEFAULTS["processingConcurrency"],
    )
    assert list(Scenario().retry_delays) == DEFAULTS["retryDelaysSeconds"]
    assert Scenario().batch == scale.FULL_BATCH == DEFAULTS["batchSize"]
    assert (Scenario().reserved, Scenario().processing) == (Setup().reserved, Setup().processing)
    assert (Scenario().run_ms, Scenario().event_ms) == (Load(events=1).run_ms, Load(events=1).event_ms)


def test_a_limit_binds_where_its_events_use_it_up() -> None:
    """The function's rate: a hundred runs reserved are a thousand a second, of which an event alone takes two."""
    limits = {limit.name: limit for limit in quotas.limits(Load(events=1), model.derive(Load(events=1)), Setup())}
    assert limits["runs a second"].ceiling == 500
    assert limits["runs at once for the queue"].ceiling == 1250  # 50 runs of 40 ms
    assert limits["write units of a table"].ceiling == Decimal(40_000) / 3
    assert limits["messages published"].ceiling == 30_000


def test_what_is_set_and_asked_for_moves_the_limits() -> None:
    """More reserved runs, another region, a REST API: each moves its own limit."""
    load, counted = Load(events=1, rest_api=True), model.derive(Load(events=1))
    setup = Setup(region="eu-central-1", reserved=0, requests_per_second=200)
    limits = {limit.name: limit.ceiling for limit in quotas.limits(load, counted, setup)}
    assert limits["runs a second"] == 5_000  # the account's
    assert limits["messages published"] == 3_000
    assert limits["requests of the REST API"] == 200


def test_a_higher_rate_exceeds_no_fewer_limits_and_costs_more() -> None:
    """Steps rise: in limits, and in the month's bill; by the million they fall, for the fixed costs are shared."""
    steps = scale.steps(Setup(), PRICES)
    for low, high in itertools.pairwise(steps):
        assert {each.name for each in low.exceeded} <= {each.name for each in high.exceeded}
        assert low.month < high.month
        assert low.shared > high.shared
        assert high.shared < high.alone
    assert [(step.reserved, step.processing) for step in steps[:4]] == [(1, 2), (4, 2), (40, 8), (400, 80)]


def test_the_figures_in_the_text_follow_from_the_code() -> None:
    """Where an outage fills the messages in flight, a payment its partition, a trigger its runs; a schedule's end."""
    delays = Scenario().retry_delays
    units = model.derive(Load(events=1)).write_units
    trigger = next(
        shared for _, shared in scale.ceilings(Setup()) if shared.name == "runs at once of a queue's trigger"
    )
    for figure, said in {
        math.ceil(IN_FLIGHT / 1800): r"from (\d+) webhooks a second on",
        PARTITION_UNITS // units: r"units a second: (\d+) events a second of one",
        int(sum(delays) * (1 - JITTER)) // 60: r"outage shorter than (\d+) minutes",
        round(trigger.ceiling / 1000): r"From (\d+),000 webhooks a second on",
    }.items():
        assert re.findall(said, TEXT) == [str(figure)]

"""The demonstration notices when something is not as it must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from local.__main__ import main
from local.demo import Outcome, Step, problems_of
from local.sending import Answer, Endpoint, new_event, signed
from local.settings import LocalSource, new_secret

SOURCE = LocalSource(name="shop", provider="stripe", secret=new_secret("stripe"))
ENDPOINT = Endpoint(source=SOURCE, url="http://127.0.0.1:9/", registered_url="https://example.com/shop")
EVENT = new_event("stripe", "succeeded", occurred_at=datetime(2026, 1, 2, tzinfo=UTC))
STEP = Step(endpoint=ENDPOINT, what="succeeded", event=EVENT, webhook=signed(EVENT, ENDPOINT, now=0), state="captured")
GOOD = Outcome(step=STEP, answer=Answer(200, "{}"), recorded=1, published=1, state="captured")


def test_a_good_outcome_has_no_problem() -> None:
    """Answer, ledger, subscriber, state and mark as expected: nothing to report."""
    assert list(problems_of(GOOD, [False])) == []


@pytest.mark.parametrize(
    ("outcome", "late", "problem"),
    [
        (replace(GOOD, answer=Answer(503, "")), [False], "answered 503, must be 200"),
        (replace(GOOD, recorded=2), [False], "recorded 2, must be 1"),
        (replace(GOOD, published=0), [], "published 0, must be 1"),
        (replace(GOOD, state=None), [False], "state None, must be captured"),
        (GOOD, [True], "published as late"),
        (replace(GOOD, step=replace(STEP, late=True)), [False], "published without being marked late"),
    ],
)
def test_each_deviation_is_a_problem(outcome: Outcome, late: list[bool], problem: str) -> None:
    """Whatever is off is named, with what it must be."""
    assert list(problems_of(outcome, late)) == [problem]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["send", "shop", "--url", "https://example.com/shop"], "--url needs --provider and --secret"),
        (["send", "shop", "--url", "ftp://x", "--provider", "stripe", "--secret", SOURCE.secret], "http or https"),
        (["up", "--port", "65536"], "65536"),
        (["up", "--source", "shop=stripe"], "must be NAME=PROVIDER:SECRET"),
    ],
)
def test_bad_usage_ends_with_exit_code_2(arguments: list[str], message: str) -> None:
    """A wrong command line is told in words before anything is started."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert message in result.output

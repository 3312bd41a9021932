"""The benchmark measures what it says: the webhooks, the runtime's stand-in, the goals, the documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import botocore
import pytest

from bench import candidates, figures, server, warm
from bench.goals import results
from bench.markdown import agreement, written
from bench.webhooks import adyen_body, stripe_body
from bench.work import Bench, Work, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.candidates import Candidate

RUNTIME = Path(botocore.__file__).parents[1]
"""Where the tests' own boto3 is."""


@pytest.fixture(scope="module")
def ours() -> Candidate:
    """The function's artifact, unpacked."""
    return candidates.ours()


@pytest.fixture(scope="module")
def bench(ours: Candidate) -> Iterator[Bench]:
    """A stand-in for AWS, called by HTTPS."""
    with server.running(candidates.PARAMETERS, candidates.TABLES, tls=True) as aws:
        yield Bench(aws, RUNTIME, ours)


@pytest.mark.parametrize("size", [4096, 65_536])
def test_a_body_is_as_large_as_it_is_asked_for(size: int) -> None:
    """To the byte, still JSON, and another payment each time."""
    first, second = stripe_body(size), stripe_body(size)
    assert (len(first), len(second)) == (size, size)
    assert json.loads(first)["data"]["object"]["id"] != json.loads(second)["data"]["object"]["id"]


def test_a_request_of_adyens_holds_so_many_payments() -> None:
    """Each item is another payment."""
    items = json.loads(adyen_body(5))["notificationItems"]
    assert len({item["NotificationRequestItem"]["pspReference"] for item in items}) == 5


def test_one_invocation_in_twenty_is_traced() -> None:
    """In every twenty the same one, so that a phase's counts are exact."""
    assert [number for number, event in enumerate(traced([{}] * 40)) if event["_sampled"]] == [10, 30]


@pytest.mark.parametrize("is_traced", [False, True])
def test_a_request_is_taken_in_a_fresh_interpreter_and_counted(bench: Bench, ours: Candidate, is_traced: bool) -> None:  # noqa: FBT001 - a table
    """The artifact runs on its own and on the runtime's boto3; what it calls, loads, prints and traces is known."""
    work = Work(name="receive", candidate=ours)
    event = bench.events(work, 1)[0] | {"_sampled": is_traced}
    bench.aws.reset()
    done = bench.run(work, [[event]])
    assert [answer["statusCode"] for answer in done.answers] == [200]
    counts = bench.aws.counts()
    assert counts["calls"] == {"ssm.GetParameter": 1, "sqs.SendMessage": 1}
    assert counts["refused"] == {}
    assert {"lambda_src.receive", "botocore.client"} <= set(done.modules)
    assert not {"lambda_src.process", "site", "pytest"} & set(done.modules)
    assert (done.log_lines, bool(counts["traces"]["documents"])) == (1, is_traced)
    assert [len(phase["cpu_ns"]) for phase in done.phases] == [1]


def test_what_receive_sends_is_what_process_is_measured_with(bench: Bench, ours: Candidate) -> None:
    """A batch of two real messages is an insertion of both, two updates and one publish."""
    work = Work(name="process", candidate=ours, batch=2)
    events = bench.events(work, 1)
    bench.aws.reset()
    assert bench.run(work, [events]).answers == [{"batchItemFailures": []}]
    assert bench.aws.counts()["calls"] == {
        "dynamodb.BatchExecuteStatement": 1,
        "dynamodb.UpdateItem": 2,
        "sns.PublishBatch": 1,
    }


def test_an_invocation_that_fails_is_no_measurement(bench: Bench, ours: Candidate) -> None:
    """A refused request ends the measurement instead of being told as a fast one."""
    work = Work(name="receive", candidate=ours)
    (event,) = bench.events(work, 1)
    event["body"] += " "
    with pytest.raises(RuntimeError, match=r"answered .*401"):
        bench.run(work, [[event]])


def test_goals_are_judged_by_instructions_where_they_were_counted() -> None:
    """Processor time stands in where there is no callgrind; a ratio equal to the goal meets it."""
    ratios = {
        "cold, receive by A": 0.40,
        "cold, receive by C": 1.26,
        "warm CPU, batch of 10 by A": 0.4,
        "calls, batch of 10 by A": 0.775,
        "write units, batch of 10 by A": 0.5,
        "size, unpacked by A": 0.09,
    }
    assert [each.is_met for each in results(ratios)] == [True, False, True, False, True, True]
    by_instructions = results(ratios | {"warm instructions, batch of 10 by A": 0.51})
    assert [each.is_met for each in by_instructions] == [True, False, False, False, True, True]


def test_figures_are_written_into_their_places_only() -> None:
    """A marked place gets the new text; one without a new text, and all around, stays."""
    text = "a\n<!-- measured: goals -->\nold\n<!-- end -->\nb\n<!-- measured: profile -->\nkept\n<!-- end -->\n"
    expected = text.replace("old", "new")
    assert written(text, {"goals": "new"}) == expected
    assert written(expected, {"goals": "new"}) == expected


def test_runs_that_differ_are_told_with_how_far() -> None:
    """The largest of all runs by the smallest, the farthest apart first; what is exact is only counted."""
    runs = [{"cold": 0.40, "calls": 0.55, "warm": 0.5}, {"cold": 0.38, "calls": 0.55, "warm": 0.6}]
    assert agreement(runs) == (
        "| Ratio | Least | Most | Apart |\n| --- | ---: | ---: | ---: |\n"
        "| warm | 0.500x | 0.600x | 20.0% |\n| cold | 0.380x | 0.400x | 5.3% |\n\n"
        "Of the rest, 1 ratios, every run told the same."
    )


def test_the_stand_in_of_the_runtime_loads_nothing_for_the_handler(bench: Bench, ours: Candidate) -> None:
    """Neither typing nor pathlib nor anything of ours is loaded before the handler's module is."""
    done = bench.run(Work(name="receive", candidate=ours), [bench.events(Work(name="receive", candidate=ours), 1)])
    assert {"typing", "socket", "ssl", "uuid"} <= set(done.modules)


def test_an_event_of_ours_is_receive_and_its_share_of_process(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, ours: Candidate
) -> None:
    """Instructions of both triggers are added before they are held against a peer's; other ratios stay."""
    counted = {
        figures.RECEIVE: warm.Instructions(cold=50, event=4),
        figures.PROCESS: warm.Instructions(cold=60, event=6),
        figures.PROCESS_ONE: warm.Instructions(cold=60, event=16),
        **{peer: warm.Instructions(cold=100, event=20) for peer in "ABC"},
    }
    monkeypatch.setattr(warm, "instructions", lambda *_: counted)
    measured = figures.with_instructions({"ratios": {"kept": 0.3}}, bench, ours, [ours] * 3, say=lambda _: None)
    assert measured["ratios"] == {
        "kept": 0.3,
        **{f"cold instructions, receive by {peer}": 0.5 for peer in "ABC"},
        **{f"warm instructions, batch of 10 by {peer}": 0.5 for peer in "ABC"},
        **{f"warm instructions, batch of 1 by {peer}": 1.0 for peer in "ABC"},
    }

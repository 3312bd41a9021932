"""The steps of traces are measured by their subsegments, wherever X-Ray nests them."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ops.receipt import traces
from ops.receipt.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.stack import Stack


def segment(seconds: float) -> dict[str, Any]:
    """A run's segment: a cold start, our step with an AWS call in it, and what Lambda adds."""
    call = {"name": "sqs.send_message", "namespace": "aws", "start_time": 10.5, "end_time": 10.5 + seconds / 2}
    step = {"name": "receive", "start_time": 10.0, "end_time": 10.0 + seconds, "annotations": {"outcome": "accepted"}}
    started = {"name": "Initialization", "start_time": 8.0, "end_time": 8.25}
    overhead = {"name": "Overhead", "start_time": 11.0, "end_time": 11.1}
    under_way = {"name": "dynamodb.put_item", "namespace": "aws", "start_time": 10.0, "in_progress": True}
    return {"name": "fn", "subsegments": [started, step | {"subsegments": [call, under_way]}, overhead]}


def stack(error: Exception | None = None) -> Stack:
    """A stack with seven traces, or one whose traces cannot be read."""

    def summaries(**given: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - botocore's own
        assert given["FilterExpression"] == 'service("fn")'
        if error:
            raise error
        yield {"TraceSummaries": [{"Id": str(number)} for number in range(7)]}

    def batch(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - same
        assert len(given["TraceIds"]) <= 5
        return {
            "Traces": [{"Segments": [{"Document": json.dumps(segment(int(each) + 1))}]} for each in given["TraceIds"]]
        }

    xray = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=summaries), batch_get_traces=batch)
    return cast("Stack", SimpleNamespace(outputs={"function_name": "fn"}, xray=xray))


def test_each_step_is_measured_over_all_traces() -> None:
    """Ours, AWS calls and cold starts, each by name; what is under way and Lambda's overhead are left out."""
    assert traces.read(stack()) == [
        Stage("a cold start's initialization", 7, timedelta(seconds=0.25), timedelta(seconds=0.25)),
        Stage("step receive", 7, timedelta(seconds=4), timedelta(seconds=7)),
        Stage("step sqs.send_message", 7, timedelta(seconds=2), timedelta(seconds=3.5)),
    ]


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
        ClientError({"Error": {"Code": "UnknownOperationException"}}, "GetTraceSummaries"),
    ],
)
def test_where_there_is_no_xray_there_are_no_steps(error: Exception) -> None:
    """The emulator has none: the rest of the receipt is told all the same."""
    assert traces.read(stack(error)) == []


def test_a_missing_right_is_told() -> None:
    """It is the user's to mend."""
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetTraceSummaries")
    with pytest.raises(ClientError):
        traces.read(stack(denied))

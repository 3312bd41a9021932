"""How long each step of a run takes, by X-Ray: our own subsegments, each AWS call, and cold starts."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.receipt.stages import REACH, Stage, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ops.stack import Stack

MOST_TRACES = 200
"""That are read, the newest first."""

AT_ONCE = 5
"""Of one BatchGetTraces. https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html"""

COLD_START = "Initialization"
"""Lambda's own subsegment of a cold start."""

_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException"})


def read(stack: Stack) -> Sequence[Stage]:
    """Read the steps of the last hour's traces; nothing where there is no X-Ray, as in the emulator.

    Raises:
        ClientError: These credentials may not.
    """
    try:
        return steps(_documents(stack))
    except BotoCoreError:
        return []
    except ClientError as error:
        if error.response["Error"].get("Code") in _NOT_ALLOWED:
            raise
        return []


def steps(documents: Iterable[dict[str, Any]]) -> Sequence[Stage]:
    """Measure the steps of traces' segments, as X-Ray keeps them: ours, AWS calls and cold starts, by name."""
    lengths: defaultdict[str, list[timedelta]] = defaultdict(list)
    for document in documents:
        for step in _subsegments(document):
            if "end_time" in step and _is_told(step):
                lengths[step["name"]].append(timedelta(seconds=step["end_time"] - step["start_time"]))
    return [
        Stage(f"a cold start's {name.lower()}" if name == COLD_START else f"step {name}", len(each), *_shares(each))
        for name, each in sorted(lengths.items())
    ]


def _is_told(step: dict[str, Any]) -> bool:
    """Say whether a subsegment is of our making (`lambda_src.trace` annotates the steps), or a cold start."""
    return step["name"] == COLD_START or step.get("namespace") == "aws" or "outcome" in step.get("annotations", {})


def _shares(lengths: list[timedelta]) -> tuple[timedelta, timedelta]:
    ordered = sorted(lengths)
    return share(ordered, 50), share(ordered, 99)


def _subsegments(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in document.get("subsegments", ()):
        yield step
        yield from _subsegments(step)


def _documents(stack: Stack) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC)
    pages = stack.xray.get_paginator("get_trace_summaries").paginate(
        StartTime=now - REACH,
        EndTime=now,
        FilterExpression=f'service("{stack.outputs["function_name"]}")',
        PaginationConfig={"MaxItems": MOST_TRACES},
    )
    ids = [summary["Id"] for page in pages for summary in page["TraceSummaries"]]
    for first in range(0, len(ids), AT_ONCE):
        for trace in stack.xray.batch_get_traces(TraceIds=ids[first : first + AT_ONCE])["Traces"]:
            for segment in trace["Segments"]:
                yield json.loads(segment["Document"])

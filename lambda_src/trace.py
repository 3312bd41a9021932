"""X-Ray subsegments, at no cost on the invocations that are not sampled.

The SDK is imported on the first sampled invocation only: its import costs more than boto3's. Whatever it does,
an event is never lost to tracing: without it, or when it fails, the function goes on untraced.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_xray_sdk.core import AWSXRayRecorder

TRACE_HEADER = "_X_AMZN_TRACE_ID"


class Span:
    """A subsegment in progress, or nothing where the invocation is not traced."""

    def __init__(self, subsegment: Any = None) -> None:  # noqa: ANN401 - the SDK is untyped
        self._subsegment = subsegment

    def annotate(self, **annotations: str) -> None:
        """Put searchable values on the subsegment: `source`, `provider`, `outcome`; never a body's content."""
        if self._subsegment is None:
            return
        with suppress(Exception):  # a failure of tracing must never fail the event
            for key, value in annotations.items():
                self._subsegment.put_annotation(key, value)


_NOTHING = Span()


def _recorder() -> AWSXRayRecorder | None:
    if "Sampled=1" not in os.environ.get(TRACE_HEADER, ""):
        return None
    try:
        from aws_xray_sdk.core import xray_recorder  # noqa: PLC0415 - its import is what sampling decides
    except Exception:  # noqa: BLE001 - whatever fails in the SDK's import, the event goes on untraced
        return None
    recorder: AWSXRayRecorder = xray_recorder
    return recorder


def _begin(recorder: AWSXRayRecorder, name: str, namespace: str) -> Span:
    try:
        return Span(recorder.begin_subsegment(name, namespace))
    except Exception:  # noqa: BLE001 - a failure of tracing must never fail the event
        return _NOTHING


def _end(recorder: AWSXRayRecorder, *, failed: bool) -> None:
    with suppress(Exception):  # a failure of tracing must never fail the event
        if failed:
            current = recorder.current_subsegment()
            if current is not None:
                current.add_fault_flag()
        recorder.end_subsegment()


@contextmanager
def subsegment(name: str, *, namespace: str = "local") -> Iterator[Span]:
    """Trace the block as a subsegment when the invocation is sampled; else do nothing.

    Args:
        name: The subsegment's name: a step (`receive`) or an AWS call (`dynamodb.put_item`).
        namespace: `aws` for calls to AWS, `local` for our own steps.
    """
    recorder = _recorder()
    if recorder is None:
        yield _NOTHING
        return
    span = _begin(recorder, name, namespace)
    failed = True
    try:
        yield span
        failed = False
    finally:
        if span is not _NOTHING:
            _end(recorder, failed=failed)

"""Faults at botocore's HTTP boundary, in process: what the emulator's front does to requests on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.models import botocore_stubber

from lambda_src import aws_client
from local.faults import REFUSALS, Fault, refusal
from tests.unit.pipe import Killed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.awsrequest import AWSPreparedRequest

KILLED_BEFORE, KILLED_AFTER = "killed before", "killed after"
"""The process dies before a request leaves, or when it has had its effect."""

_SERVICE = re.compile(r"Credential=[^/]+/[0-9]+/[^/]+/(?P<service>[a-z]+)/")


class _Raw:
    """A response's body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


class FaultyHttp:
    """Meets the requests of one invocation with faults, one after the other; then with none.

    Attributes:
        met: How often each fault was met.
    """

    def __init__(self) -> None:
        self._schedule: list[str | None] = []
        self._late: list[AWSPreparedRequest] = []
        self.met: dict[str, int] = {}

    def install(self) -> None:
        """Stand before moto in every client that is made from now on."""
        aws_client.session.cache_clear()
        aws_client.session().get_component("event_emitter").register_first("before-send", self)

    def schedule(self, faults: Sequence[str | None]) -> None:
        """Take the faults of the next invocation; what came too late in the last one has its effect first."""
        while self._late:
            botocore_stubber("before-send", self._late.pop(0))
        self._schedule = list(faults)

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """Answer for moto, break the connection, or let the request pass."""
        fault = self._schedule.pop(0) if self._schedule else None
        if fault is None:
            return None
        self.met[fault] = self.met.get(fault, 0) + 1
        if fault == KILLED_BEFORE:
            raise Killed
        if fault in REFUSALS:
            status, content_type, body = refusal(_service(request), Fault(fault))
            return AWSResponse(request.url, status, {"content-type": content_type}, _Raw(body.encode()))  # type: ignore[arg-type]  # botocore asks no more of them
        if fault == Fault.UNSENT:
            raise ConnectionClosedError(endpoint_url=request.url)
        if fault == Fault.LATE:
            self._late.append(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        botocore_stubber(event_name, request)
        if fault == KILLED_AFTER:
            raise Killed
        raise (ReadTimeoutError if fault == Fault.SLOW else ConnectionClosedError)(endpoint_url=request.url)


def _service(request: AWSPreparedRequest) -> str:
    authorization = request.headers["Authorization"]
    found = _SERVICE.search(authorization.decode() if isinstance(authorization, bytes) else authorization)
    assert found is not None
    return found["service"]

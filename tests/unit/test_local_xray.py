"""The listener in the X-Ray daemon's place."""

from __future__ import annotations

import socket

import pytest

from local.xray import XRayDaemon


def _send(daemon: XRayDaemon, text: str) -> None:
    host, port = daemon.address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), (host, int(port)))


def test_segments_are_kept_in_order() -> None:
    """What comes after the protocol's header line is kept as JSON; what is no JSON is kept as such."""
    with XRayDaemon() as daemon:
        _send(daemon, '{"format":"json","version":1}\n{"name":"one"}')
        _send(daemon, '{"format":"json","version":1}\n{"name":"two"')
        assert daemon.wait_for(lambda segment: segment.get("name") == "one") == [{"name": "one"}]
        daemon.wait_for(lambda segment: "malformed" in segment)
        assert daemon.segments == [{"name": "one"}, {"malformed": '{"name":"two"'}]


def test_waiting_in_vain_ends_at_the_deadline() -> None:
    """A segment that never comes is an error, not a hang."""
    with XRayDaemon() as daemon, pytest.raises(TimeoutError, match="no such segment among 0"):
        daemon.wait_for(lambda _: True, seconds=0.01)


def test_what_was_kept_outlives_the_listener() -> None:
    """After closing, and closing again, the segments can still be read."""
    daemon = XRayDaemon()
    _send(daemon, '{"format":"json","version":1}\n{"name":"one"}')
    daemon.wait_for(lambda _: True)
    daemon.close()
    daemon.close()
    assert daemon.segments == [{"name": "one"}]

"""Options of the test run, and which tests stay together when it is shared among processes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

os.environ.pop("COLUMNS", None)  # what commands print is as wide as in a file, whatever terminal the tests run in

TALK_TO_THE_LATEST_SYSTEM = {"test_readme.py", "test_command_line.py", "test_local_runner.py"}
"""`python -m local send` talks to the system that came up last, so only one of them may start systems at a time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the goldens of the mapping anew."""
    parser.addoption("--write-goldens", action="store_true", help="write tests/conformance/goldens, to be reviewed")


class TogetherByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps the tests of one file in one process: they share the systems that they start."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.rpartition("/")[2] in TALK_TO_THE_LATEST_SYSTEM:
            return "latest system"
        return "browser" if path.startswith("tests/browser/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherByFile:
    """Share the tests among processes by our own groups: marks of `loadgroup` are lost on this pytest."""
    return TogetherByFile(config, log)

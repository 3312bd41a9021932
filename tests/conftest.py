"""Options of the test run, and which tests stay together when it is shared among processes."""

from __future__ import annotations

import os

import pytest

os.environ.pop("COLUMNS", None)  # what commands print is as wide as in a file, whatever terminal the tests run in

TALK_TO_THE_LATEST_SYSTEM = {"test_readme.py", "test_command_line.py", "test_local_runner.py"}
"""`python -m local send` talks to the system that came up last, so only one of them may start systems at a time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the goldens of the mapping anew."""
    parser.addoption("--write-goldens", action="store_true", help="write tests/conformance/goldens, to be reviewed")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one file in one process (`-n N --dist loadgroup`): they share the systems that they start."""
    for item in items:
        group = item.nodeid.partition("::")[0]
        if item.path.name in TALK_TO_THE_LATEST_SYSTEM:
            group = "latest system"
        elif item.path.parent.name == "browser":
            group = "browser"
        item.add_marker(pytest.mark.xdist_group(group))

"""Options of the test run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the goldens of the mapping anew."""
    parser.addoption("--write-goldens", action="store_true", help="write tests/conformance/goldens, to be reviewed")

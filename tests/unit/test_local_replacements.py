"""The table of replacements."""

from __future__ import annotations

from local.replacements import REPLACES
from local.resources import ADAPTERS


def test_every_type_says_what_replaces_it() -> None:
    """A type without an entry would fail in the middle of a plan."""
    assert set(REPLACES) == set(ADAPTERS)

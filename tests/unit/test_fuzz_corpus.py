"""The fuzzing targets hold for their corpus, so that what once was found stays mended where nothing is fuzzed."""

from __future__ import annotations

import pytest

from fuzz.seeds import seeds
from fuzz.targets import TARGETS, Input, read, write


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_of_the_corpus_is_a_finding(target: str) -> None:
    """Each raises what it finds."""
    for seed in seeds(target):
        TARGETS[target](seed)


def test_an_input_is_read_as_it_was_written() -> None:
    """Provider, headers and body survive, whatever bytes the body has."""
    given = Input("stripe", {"stripe-signature": "t=1,v1=é"}, b"\n\n\xff\x00")
    assert read(write(given)) == given

"""The benchmark runs the function as the program deploys it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import candidates
from infra.processor import HANDLER

if TYPE_CHECKING:
    from tests.infra.program import Deployment


def test_the_function_is_measured_with_the_variables_that_are_deployed(deployment: Deployment) -> None:
    """A variable that the program adds must reach the benchmark too, as must another entry point."""
    function = deployment.one("aws:lambda/function:Function").inputs
    measured = candidates.ours()
    assert set(measured.variables) == set(function["environment"]["variables"])
    assert measured.variables["RETRY_DELAYS"] == function["environment"]["variables"]["RETRY_DELAYS"]
    assert measured.handler == HANDLER == function["handler"]

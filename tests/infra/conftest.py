"""One ordinary deployment for all tests that only look at it."""

from __future__ import annotations

import pytest

from tests.infra.program import Deployment, deploy

FOUR_SOURCES = {name: {"provider": name} for name in ("adyen", "square", "standard", "stripe")}


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    """The program, run with four sources of which none has a secret configured."""
    return deploy({"sources": FOUR_SOURCES})

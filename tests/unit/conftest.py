"""What every test of the core starts from: no credentials, no tracing, a provider of our own, an AWS in process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import moto
import pytest
from hypothesis import HealthCheck, settings

from lambda_src import providers
from tests.unit import moto_partiql
from tests.unit.harness import FakeProvider
from tests.unit.pipe import Pipe

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile(
    "project",
    deadline=None,  # the machine's speed is no property of the code
    derandomize=True,  # the same examples everywhere, every time
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a real account, whatever the machine is set up for."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "_X_AMZN_TRACE_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def fake_provider(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """The provider `fakepay`, installed for one test."""
    fake = FakeProvider()
    install(monkeypatch, fake)
    return fake


@pytest.fixture
def broken_provider(monkeypatch: pytest.MonkeyPatch, fake_provider: FakeProvider) -> FakeProvider:
    """The provider `fakepay`, with a bug whose message holds a secret."""
    del fake_provider
    fake = FakeProvider(broken=KeyError("whsec_hidden 4242424242424242"))
    install(monkeypatch, fake)
    return fake


def install(monkeypatch: pytest.MonkeyPatch, fake: FakeProvider) -> None:
    """Make a fake provider one that the function can load."""
    monkeypatch.setattr(providers, "PROVIDERS", (*providers.PROVIDERS, fake.NAME))
    monkeypatch.setitem(sys.modules, f"lambda_src.providers.{fake.NAME}", fake)


@pytest.fixture(scope="module")
def _aws_in_process() -> Iterator[None]:
    """One moto for a module: starting it is what costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        moto_partiql.install(patch)
        with moto.mock_aws():
            yield


@pytest.fixture
def pipe(_aws_in_process: None, fake_provider: FakeProvider) -> Pipe:  # noqa: ARG001 - needed, not looked at
    """A whole pipe of its own: receiver, queue, processor, ledger, topic and a subscriber."""
    return Pipe()

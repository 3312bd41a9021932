"""The policy pack in an interpreter of its own, asked as Pulumi's engine asks it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policy.rules import RULES
from tests.infra.program import ROOT
from tests.policy.test_rules import API, URL, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.resources import Resource

PYTHON = ROOT / "policy" / ".venv" / "bin" / "python"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="the pack's environment is not set up: make policy")


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The running pack."""
    command = [str(PYTHON), "-u", "__main__.py", "127.0.0.1:1"]
    process = subprocess.Popen(command, cwd=ROOT / "policy", stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()


def test_the_pack_offers_every_rule_and_each_stops_a_deployment(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """Every rule is mandatory, under its own name."""
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())
    assert {policy.name for policy in info.policies} == {rule.__name__.replace("_", "-") for rule in RULES}
    assert {policy.enforcementLevel for policy in info.policies} == {analyzer_pb2.MANDATORY}


@pytest.mark.parametrize("config", [URL, API], ids=["function-url", "rest-api"])
def test_the_program_passes(pack: analyzer_pb2_grpc.AnalyzerStub, config: dict[str, Any]) -> None:
    """With what is accepted, there is nothing to report."""
    assert _reported(pack, resources_of(config)) == []


def test_a_broken_property_is_reported_with_its_resource(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """The message names the rule, the resource and what is wrong."""
    resources = resources_of(URL)
    key: Any = next(each for each in resources if each.type == "aws:kms/key:Key").properties
    key["enableKeyRotation"] = False
    assert _reported(pack, resources) == [("kms-cmk-rotation-enabled", "encryption: not rotated")]


def _reported(pack: analyzer_pb2_grpc.AnalyzerStub, resources: list[Resource]) -> list[tuple[str, str]]:
    request = analyzer_pb2.AnalyzeStackRequest()
    for each in resources:
        added = request.resources.add(
            type=each.type, name=each.name, urn=f"urn:pulumi:dev::p::{each.type}::{each.name}"
        )
        json_format.ParseDict(_plain(each.properties), added.properties)
    answer = pack.AnalyzeStack(request)
    return [(each.policyName, each.message.rpartition("\n")[2]) for each in answer.diagnostics]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any input of any resource
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)

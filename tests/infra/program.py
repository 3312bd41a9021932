"""Runs the real program under Pulumi's mocks and shows what it declared, as plain values."""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.mocks import MockMonitor

from infra import settings
from infra.configuration import ConfigurationError
from local.engine import PROJECT_NAME, engine

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "eu-central-1"
URL = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws/"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
PREFIX_LIST = "pl-dynamodb"
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key by which Pulumi marks a wrapped value; a secret's value is under `value`.
https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py"""

MINIMAL = {"sources": {"shop": {"provider": "stripe"}}}
"""The least configuration that is valid."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource, as the engine sees it."""

    type: str
    name: str
    urn: str
    custom: bool
    provider: str
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool
    ignore_changes: list[str]
    replacement_trigger: object
    dependencies: list[str]

    def policy(self, key: str = "policy") -> dict[str, Any]:
        """Return an input that is a JSON document."""
        document: dict[str, Any] = json.loads(self.inputs[key])
        return document


@dataclass(kw_only=True)
class Deployment:
    """All that one run of the program declared."""

    resources: list[Resource] = field(default_factory=list)
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def all(self, type_: str) -> list[Resource]:
        """Return the resources of a type, such as `aws:sqs/queue:Queue`, by name."""
        return sorted((each for each in self.resources if each.type == type_), key=lambda each: each.name)

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the only resource of a type (and name)."""
        (found,) = [each for each in self.all(type_) if name in (None, each.name)]
        return found

    @property
    def of_aws(self) -> list[Resource]:
        """The resources that AWS makes."""
        return [each for each in self.resources if each.type.startswith("aws:")]


def deploy(
    config: Mapping[str, Any] | None = None,
    *,
    stack: str = "dev",
    region: str | None = REGION,
    environment: Mapping[str, str] | None = None,
    into: Deployment | None = None,
    deployed: Mapping[str, Any] | None = None,
) -> Deployment:
    """Run `__main__.py`.

    Args:
        config: The stack's configuration without namespace, as Python values; `MINIMAL` is merged in below it.
        stack: The stack's name.
        region: `aws:region`.
        environment: Environment variables; `ENVIRONMENT_SUFFIX` and `AWS_REGION` are unset otherwise.
        into: Where to note what was declared, for runs that fail.
        deployed: Outputs of the stack as it was deployed before.
    """
    deployment = into if into is not None else Deployment()

    values = {**MINIMAL, **(config or {})}
    with _pulumi(values, stack, region, environment or {}, deployment, deployed=deployed) as loop:
        loop.run_until_complete(_run(ROOT, deployment))
    return deployment


def deploy_example(folder: Path, project: str, config: Mapping[str, Any], *, deployed: Mapping[str, Any]) -> Deployment:
    """Run the program of another project.

    Args:
        folder: Where it lies.
        project: Its name.
        config: Its configuration without namespace, as Python values.
        deployed: Outputs of the stacks that it refers to.
    """
    deployment = Deployment()
    with (
        _pulumi(config, "dev", REGION, {}, deployment, deployed=deployed, project=project) as loop,
        mock.patch.object(sys, "path", [str(folder), *sys.path]),
    ):
        loop.run_until_complete(_run(folder, deployment))
    return deployment


def load(
    config: Mapping[str, Any],
    *,
    stack: str = "dev",
    region: str | None = REGION,
    environment: Mapping[str, str] | None = None,
    encrypted: bool = True,
) -> settings.Settings:
    """Read the settings alone; `MINIMAL` is not merged in."""

    async def run() -> settings.Settings:
        return settings.load()

    with _pulumi(config, stack, region, environment or {}, Deployment(), encrypted=encrypted) as loop:
        return loop.run_until_complete(run())


def problems_of(call: Callable[[], object]) -> tuple[str, ...]:
    """Return the problems that a call reports."""
    try:
        call()
    except ConfigurationError as error:
        return error.problems
    return ()


async def _run(folder: Path, deployment: Deployment) -> None:
    def program() -> None:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

    await runtime_stack.run_pulumi_func(program)
    root = runtime_settings.get_root_resource()
    assert isinstance(root, runtime_stack.Stack)
    deployment.exports.update(await pulumi.Output.from_input(root.outputs).future() or {})


@contextmanager
def _pulumi(
    config: Mapping[str, Any],
    stack: str,
    region: str | None,
    environment: Mapping[str, str],
    deployment: Deployment,
    *,
    encrypted: bool = True,
    deployed: Mapping[str, Any] | None = None,
    project: str = PROJECT_NAME,
) -> Iterator[asyncio.AbstractEventLoop]:
    values = {f"{project}:{key}": _as_config(value) for key, value in config.items()}
    if region is not None:
        values["aws:region"] = region
    mocks = _Aws(deployed or {})
    variables = {"ENVIRONMENT_SUFFIX": "", "AWS_REGION": "", **environment}
    with (
        mock.patch.dict(os.environ, variables),
        engine(
            mocks,
            stack=stack,
            values=values,
            secret_keys=[f"{project}:signingSecrets"] if encrypted else [],
            project=project,
            monitor=_Recorder(mocks, deployment),
        ) as loop,
    ):
        yield loop


def _as_config(value: object) -> str:
    """Return a value as the engine hands it to the program: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


class _Recorder(MockMonitor):
    """Pulumi's mock engine, which also notes what the mocks are not told: options and component outputs."""

    def __init__(self, mocks: pulumi.runtime.Mocks, deployment: Deployment) -> None:
        super().__init__(mocks)
        self._deployment = deployment

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface, untyped
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # so in Pulumi
        self._deployment.resources.append(
            Resource(
                type=request.type,
                name=request.name,
                urn=response.urn,
                custom=request.custom,
                provider=request.provider,
                inputs=rpc.deserialize_properties(request.object),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                delete_before_replace=request.deleteBeforeReplace,
                ignore_changes=list(request.ignoreChanges),
                replacement_trigger=request.replacement_trigger.string_value,
                dependencies=list(request.dependencies),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface, untyped
        self._deployment.component_outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]  # so in Pulumi


class _Aws(pulumi.runtime.Mocks):
    """Answers as AWS would: ARNs of the right form, in one account and region."""

    def __init__(self, deployed: Mapping[str, Any]) -> None:
        super().__init__()
        self._deployed = deployed

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == STACK_REFERENCE:
            return args.name, {**args.inputs, "outputs": dict(self._deployed)}
        name = args.inputs.get("name", args.name)
        computed: dict[str, Any] = {
            "aws:kms/key:Key": {"arn": KEY_ARN, "keyId": KEY_ARN.rpartition("/")[2]},
            "aws:dynamodb/table:Table": {"arn": _arn("dynamodb", f"table/{name}")},
            "aws:sns/topic:Topic": {"arn": _arn("sns", name)},
            "aws:sqs/queue:Queue": {
                "arn": _arn("sqs", name),
                "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
            },
            "aws:ssm/parameter:Parameter": {"arn": _arn("ssm", f"parameter{name}")},
            "aws:cloudwatch/logGroup:LogGroup": {"arn": _arn("logs", f"log-group:{name}")},
            "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
            "aws:lambda/function:Function": {
                "arn": _arn("lambda", f"function:{name}"),
                "invokeArn": f"arn:aws:apigateway:{REGION}:lambda:path/functions/"
                f"{_arn('lambda', f'function:{name}')}/invocations",
            },
            "aws:apigateway/restApi:RestApi": {
                "executionArn": _arn("execute-api", f"{args.name}-id"),
                "rootResourceId": "root",
            },
            "aws:apigateway/stage:Stage": {
                "arn": f"arn:aws:apigateway:{REGION}::/restapis/{args.inputs.get('restApi')}/stages/"
                f"{args.inputs.get('stageName')}",
                "invokeUrl": f"https://{args.inputs.get('restApi')}.execute-api.{REGION}.amazonaws.com/"
                f"{args.inputs.get('stageName')}",
            },
            "aws:wafv2/webAcl:WebAcl": {"arn": _arn("wafv2", f"regional/webacl/{name}/id")},
            "aws:wafv2/ipSet:IpSet": {"arn": _arn("wafv2", f"regional/ipset/{name}/id")},
            "aws:ec2/vpc:Vpc": {"defaultNetworkAclId": "acl-default"},
            "aws:ec2/vpcEndpoint:VpcEndpoint": (
                {"prefixListId": PREFIX_LIST} if args.inputs.get("vpcEndpointType") == "Gateway" else {}
            ),
            "aws:lambda/functionUrl:FunctionUrl": {"functionUrl": URL},
        }.get(args.typ, {})
        return f"{args.name}-id" if args.custom else "", {**args.inputs, **computed}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": [f"{REGION}{zone}" for zone in "abc"]},
            "aws:index/getPartition:getPartition": {"partition": "aws"},
            "aws:index/getRegion:getRegion": {"region": REGION},
        }
        return answers[args.token], []


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"

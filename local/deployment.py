"""Runs the real Pulumi program in this process; every resource that it declares is created in the emulator."""

from __future__ import annotations

import json
import runpy
import sys
import threading
import traceback
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime import stack as pulumi_stack

from cli.problems import Failure
from infra.artifact import build, host_target
from local.aws import PARTITION
from local.emulator import PROJECT
from local.engine import PROJECT_NAME, engine
from local.inputs import Inputs, NotImplementedLocally, plain
from local.inventory import inventory
from local.resources import adapter_of
from local.resources.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws import Clients
    from local.resources.context import Created

    OnResource = Callable[[str, str], None]

PROGRAM = PROJECT / "__main__.py"

_PROVIDER = "pulumi:providers:aws"
_STACK_REFERENCE = "pulumi:pulumi:StackReference"


class DeploymentFailed(Failure):
    """The program or one of its resources could not be deployed; what was created can still be destroyed."""

    def __init__(self, error: Exception) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1:]
        where = "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in place)
        super().__init__(f"not deployed: {type(error).__name__}: {error}{where}")


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """Configuration of a stack, as `pulumi config` would hold it.

    Attributes:
        stack: Name of the stack.
        values: Values by full key (`webhook-processor:sources`); objects are JSON.
        secret_keys: Keys of `values` that are secret.
        project: Name of the program's project.
    """

    stack: str
    values: Mapping[str, str]
    secret_keys: frozenset[str] = frozenset()
    project: str = PROJECT_NAME


@dataclass
class Deployment:
    """The program's resources in one emulator.

    Attributes:
        clients: The emulator's clients.
        others: Outputs of the other stacks that the program may refer to, by their full names.
        outputs: The stack's outputs.
    """

    clients: Clients
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    _created: list[tuple[str, Created]] = field(default_factory=list)
    _found: frozenset[str] = frozenset()

    def up(
        self,
        config: StackConfig,
        *,
        program: Path = PROGRAM,
        on_resource: OnResource = lambda _type, _name: None,
    ) -> None:
        """Run the program and create what it declares.

        Args:
            config: The stack's configuration.
            program: The Pulumi program.
            on_resource: Told the type and name of each resource when it exists.

        Raises:
            DeploymentFailed: With the cause in one line; the exception that it was raised from has the rest.
        """
        self._found = inventory(self.clients)
        path = list(sys.path)
        try:
            mocks = _Engine(self, on_resource)
            with engine(
                mocks,
                stack=config.stack,
                values=config.values,
                secret_keys=config.secret_keys,
                project=config.project,
            ) as loop:
                sys.path.insert(0, str(program.parent))
                self.outputs = loop.run_until_complete(_run(program))
        except Exception as error:  # whatever a program may raise: the command line shows the first cause
            raise DeploymentFailed(error) from error
        finally:
            sys.path[:] = path

    def destroy(self) -> frozenset[str]:
        """Delete what was created, newest first.

        Returns:
            What is left and was not there before: nothing, but for keys that AWS keeps pending deletion.
        """
        while self._created:
            _, created = self._created.pop()
            created.delete()
        return inventory(self.clients) - self._found

    @property
    def resources(self) -> list[str]:
        """Types of the created resources, oldest first."""
        return [type_ for type_, _ in self._created]

    @property
    def names(self) -> list[str]:
        """Ids and ARNs of the created resources: by one of them, whoever looks at the emulator knows one of ours."""
        both = [(created.id, created.outputs.get("arn")) for _, created in self._created]
        return [name for pair in both for name in pair if name]

    def add(self, type_: str, created: Created) -> None:
        """Remember a resource for `destroy`."""
        self._created.append((type_, created))


async def _run(program: Path) -> dict[str, Any]:
    def as_script() -> None:
        # As pulumi's own host runs it, with the project's directory on the path.
        runpy.run_path(str(program), run_name="__main__")

    await pulumi_stack.run_pulumi_func(as_script)
    root = pulumi_settings.get_root_resource()
    outputs = root.outputs if isinstance(root, pulumi_stack.Stack) else {}
    return dict(await pulumi.Output.from_input(outputs).future() or {})


class _Engine(pulumi.runtime.Mocks):
    """Takes the engine's place: asks the adapters where the engine would ask the AWS provider."""

    def __init__(self, deployment: Deployment, on_resource: OnResource) -> None:
        self._deployment = deployment
        self._on_resource = on_resource
        self._tags_of_provider: dict[str, dict[str, str]] = {}
        # Pulumi registers from several threads; one resource at a time keeps the order of creation plain.
        self._one_at_a_time = threading.Lock()

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Create one resource; components have nothing to create."""
        with self._one_at_a_time:
            if args.typ == _PROVIDER:
                return self._provider(args)
            if args.typ == _STACK_REFERENCE:
                # Of itself a program finds nothing: each run has an emulator of its own.
                outputs = self._deployment.others.get(args.inputs["name"], {})
                return args.name, {**args.inputs, "outputs": dict(outputs)}
            if not args.custom:
                return "", dict(args.inputs)
            inputs = Inputs(args.typ, args.inputs)
            context = Context(
                clients=self._deployment.clients,
                default_tags=self._tags_of_provider.get(_urn(args.provider), {}),
                artifact=host_artifact,
            )
            created = adapter_of(args.typ)(context, inputs)
            self._deployment.add(args.typ, created)
            inputs.check_all_taken()
            self._on_resource(args.typ, args.name)
            return created.id, {**args.inputs, **created.outputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answer one invoke (a data source)."""
        return invoke(self._deployment.clients, args.token, args.args), []

    def _provider(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = Inputs(_PROVIDER, {name: _decoded(value) for name, value in plain(args.inputs).items()})
        region = inputs.text("region")
        tags = inputs.nested("defaultTags")
        self._tags_of_provider[args.name] = tags.mapping("tags") if tags else {}
        for name in ("skipCredentialsValidation", "skipRegionValidation"):
            inputs.left_out(name)
        inputs.check_all_taken()
        if region != self._deployment.clients.region:
            raise NotImplementedLocally(f"{_PROVIDER}: the local system is in {self._deployment.clients.region} only")
        return args.name, dict(args.inputs)


def invoke(clients: Clients, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a data source.

    Raises:
        NotImplementedLocally: It is none that the runner knows.
    """
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            identity = clients.sts.get_caller_identity()
            account = identity["Account"]
            return {"accountId": account, "arn": identity["Arn"], "userId": identity["UserId"], "id": account}
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            zones = clients.ec2.describe_availability_zones()["AvailabilityZones"]
            excluded = arguments.get("excludeZoneIds", [])
            names = [zone["ZoneName"] for zone in zones if zone["ZoneId"] not in excluded]
            return {"names": names, "id": clients.region}
        case "aws:index/getPartition:getPartition":
            answer = {"partition": PARTITION, "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}
            return {**answer, "id": PARTITION}
        case "aws:index/getRegion:getRegion":
            return {"name": clients.region, "region": clients.region, "id": clients.region}
        case _:
            raise NotImplementedLocally(f"{token}: this invoke is not implemented by the local runner")


@cache
def host_artifact() -> tuple[Path, str]:
    """Build the function for this machine; return its path and base64 SHA-256."""
    artifact = build(host_target())
    return artifact.path, artifact.sha256_base64


def _urn(provider: str | None) -> str:
    """Return the name of the provider that a reference (`urn:...::name::id`) means."""
    parts = (provider or "").split("::")
    return parts[-2] if len(parts) > 1 else ""


def _decoded(value: Any) -> Any:  # noqa: ANN401 - a provider's properties come as JSON in strings
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value

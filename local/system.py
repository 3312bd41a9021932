"""The whole local system: emulator, X-Ray listener and deployment, up together and down together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from cli.problems import Failure
from local.aws import Clients
from local.deployment import Deployment
from local.emulator import HOST, Emulator
from local.inventory import PENDING_DELETION
from local.metric_feed import MetricFeed
from local.observer import end_listeners
from local.settings import LocalSource, stack_config
from local.xray import XRayDaemon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType


class LeftBehind(Failure):
    """Resources survived their destruction."""


class LocalSystem:
    """A deployed system on this machine; as a context manager it is torn down at its end.

    Attributes:
        environment: Environment suffix and stack name.
        sources: Its sources by name.
        xray: What the function sent to X-Ray.
        emulator: The AWS it runs on.
        deployment: The program's resources.
        metrics: What brings the metrics of the function's log to CloudWatch.
    """

    def __init__(
        self,
        sources: list[LocalSource],
        *,
        environment: str = "dev",
        port: int = 0,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Prepare a system.

        Args:
            sources: Its sources.
            environment: Environment suffix and stack name.
            port: TCP port on loopback; 0: any free one.
            settings: Settings of the stack that differ from their defaults.
        """
        self.environment = environment
        self.sources = {source.name: source for source in sources}
        self._settings = settings
        self.xray = XRayDaemon()
        self.emulator = Emulator(port=port, xray_address=self.xray.address)
        self.deployment: Deployment
        self.metrics: MetricFeed

    def start(self, on_resource: Callable[[str, str], None] = lambda _type, _name: None) -> None:
        """Start the emulator and deploy; when that fails, nothing keeps running.

        Args:
            on_resource: Told the type and name of each resource when it exists.

        Raises:
            Problem: The port is taken.
            DeploymentFailed: The program does not deploy.
        """
        try:
            self.emulator.start()
            self.deployment = Deployment(clients=Clients(self.emulator.endpoint_url))
            config = stack_config(self.environment, list(self.sources.values()), self._settings)
            self.deployment.up(config, on_resource=on_resource)
            self.metrics = MetricFeed(self.clients, self.outputs["log_group_name"])
            self.metrics.start()
        except BaseException:
            self._close()
            raise

    def stop(self) -> None:
        """Destroy the resources, end the emulator.

        Raises:
            LeftBehind: A resource outlived its destruction (a key pending deletion may).
        """
        self.metrics.stop()
        try:
            left = self._destroyed() if self.emulator.is_alive else frozenset()
        finally:
            self._close()
        if survivors := sorted(each for each in left if not each.startswith(PENDING_DELETION)):
            raise LeftBehind(f"left behind: {', '.join(survivors)}")

    def _destroyed(self) -> frozenset[str]:
        """Destroy; return what is left.

        The emulator itself writes the last lines of a run that was cut off, and makes the function's log group again
        for them. On AWS the function's role writes them, and may not create a group.
        """
        began = int(time.time() * 1000)
        end_listeners(self.clients)
        left = self.deployment.destroy()
        name = str(self.outputs.get("log_group_name"))
        again = {
            f"log group: {group['logGroupName']}"
            for group in self.clients.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            # One that is older was never deleted, and is left behind.
            if group["logGroupName"] == name and group["creationTime"] >= began
        }
        return left - again

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _close(self) -> None:
        self.emulator.stop()
        self.xray.close()

    @property
    def clients(self) -> Clients:
        """The operator's AWS clients."""
        return self.deployment.clients

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, as `pulumi stack output` would show them."""
        return self.deployment.outputs

    @property
    def webhook_url(self) -> str:
        """The ingress on loopback, plain HTTP, ending with a slash: `{webhook_url}{source}` takes a POST."""
        host, _, path = self.outputs["webhook_url"].removeprefix("https://").partition("/")
        ingress_id, kind = host.split(".")[:2]
        return f"http://{HOST}:{self.emulator.port}/_aws/{kind}/{ingress_id}/{path}"

    @property
    def report(self) -> dict[str, Any]:
        """The outputs as a client on this machine needs them: the loopback URL, and the emulator's own."""
        return {**self.outputs, "webhook_url": self.webhook_url, "endpoint_url": self.emulator.endpoint_url}

"""The AWS provider's stand-in for Pulumi's real engine: the same adapters as the in-process run, over gRPC.

It creates and deletes, and refuses to change anything: what the engine plans is its own, what would be done in an
update is not implemented. What it created it can delete as long as it lives.
"""

from __future__ import annotations

import json
import threading
from concurrent import futures
from typing import TYPE_CHECKING, Any, Self

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.deployment import host_artifact, invoke
from local.inputs import Inputs, plain
from local.resources import ADAPTERS, adapter_of
from local.resources.context import Context, Created

if TYPE_CHECKING:
    from types import TracebackType

    from local.aws import Clients

VERSION = "0.0.0"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one stack, as `PULUMI_DEBUG_PROVIDERS=aws:PORT`.

    Args:
        clients: The emulator's clients.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._created: dict[str, Created] = {}
        self._default_tags: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor())
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, self._server)
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(None)

    @property
    def alive(self) -> list[str]:
        """Resources that were created and not deleted, by type and id."""
        return sorted(self._created)

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface, untyped
        """Say which version we are."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Handshake(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Say that we are there."""
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Be attached to an engine."""
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """End nothing: each call is short."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Take the provider's own configuration as it is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Never replace the provider: what it created would go."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Take the default tags."""
        arguments = json_format.MessageToDict(request.args)
        default = arguments.get("defaultTags") or "{}"
        self._default_tags = (json.loads(default) if isinstance(default, str) else default).get("tags", {})
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Invoke(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Answer a data source."""
        answer = invoke(self._clients, request.tok, json_format.MessageToDict(request.args))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Refuse a type that there is no adapter for, before anything is created."""
        type_ = _type_of(request.urn)
        failures = (
            [] if type_ in ADAPTERS else [provider_pb2.CheckFailure(reason=f"{type_} is not implemented locally")]
        )
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Compare inputs, property by property."""
        before, now = (plain(json_format.MessageToDict(each)) for each in (request.old_inputs, request.news))
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE, diffs=changed)

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Create a resource by its adapter; in a preview, leave what AWS would give unknown."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        type_, given = _type_of(request.urn), json_format.MessageToDict(request.properties)
        inputs = Inputs(type_, given)
        context = Context(clients=self._clients, default_tags=self._default_tags, artifact=host_artifact)
        with self._one_at_a_time:
            created = adapter_of(type_)(context, inputs)
            self._created[f"{type_} {created.id}"] = created
        inputs.check_all_taken()
        return provider_pb2.CreateResponse(id=created.id, properties=_struct({**given, **created.outputs}))

    def Read(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Tell what the engine knows already: drift is not looked for."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Refuse."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.urn}: updates are not implemented locally")

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Delete what this process created."""
        with self._one_at_a_time:
            created = self._created.pop(f"{_type_of(request.urn)} {request.id}", None)
            if created is None:
                context.abort(grpc.StatusCode.NOT_FOUND, f"{request.urn}: not created by this process")
            else:
                created.delete()
        return empty_pb2.Empty()


def _type_of(urn: str) -> str:
    """Return the type in `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""
    return urn.split("::")[2].rpartition("$")[2]


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(plain(values), struct_pb2.Struct())

"""The AWS provider's stand-in for Pulumi's real engine: the same adapters as the in-process run, over gRPC.

What it created it can read, change and delete as long as it lives. What a changed property does, an update or a
replacement, is what AWS's provider would do (local/replacements.py).
"""

from __future__ import annotations

import json
import threading
from concurrent import futures
from typing import TYPE_CHECKING, Any, Self

import grpc
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.deployment import host_artifact, invoke
from local.inputs import Inputs, plain
from local.replacements import REPLACES, name_is_taken
from local.resources import ADAPTERS, adapter_of
from local.resources.context import Context, Created, Gone
from local.resources.tags import retag

if TYPE_CHECKING:
    from types import TracebackType

    from local.aws import Clients
    from local.resources.context import Adapter

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

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Take other settings, and never replace the provider: what it created would go."""
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if request.old_inputs == request.news else kinds.DIFF_SOME)

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
        """Compare inputs, property by property, and the tags that the provider adds."""
        type_ = _type_of(request.urn)
        before, now = (plain(json_format.MessageToDict(each)) for each in (request.old_inputs, request.news))
        changed = {name for name in {*before, *now} - {*request.ignoreChanges} if before.get(name) != now.get(name)}
        tags = plain(json_format.MessageToDict(request.olds)).get("tagsAll")
        if tags is not None and tags != {**self._default_tags, **now.get("tags", {})}:
            changed.add("tagsAll")
        replacing = changed & REPLACES[type_]
        kinds = provider_pb2.DiffResponse
        return kinds(
            changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE,
            diffs=sorted(changed),
            replaces=sorted(replacing),
            deleteBeforeReplace=bool(replacing) and name_is_taken(before, now),
        )

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Create a resource by its adapter; in a preview, leave what AWS would give unknown."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        type_ = _type_of(request.urn)
        created, properties = self._apply(type_, request.properties, adapter_of(type_))
        return provider_pb2.CreateResponse(id=created.id, properties=properties)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Tell what the emulator has now, of the properties that the program sets."""
        created = self._find(request, context)
        inputs, properties = (plain(json_format.MessageToDict(each)) for each in (request.inputs, request.properties))
        try:
            found = created.read() if created.read else {}
        except Gone:
            return provider_pb2.ReadResponse()
        except ClientError as error:
            if not _is_missing(error):
                raise
            return provider_pb2.ReadResponse()
        # What the program leaves to AWS is no drift, unless the adapter says what AWS makes of it.
        known = {**created.outputs, **inputs}
        drifted = {name: value for name, value in found.items() if name in known and not _same(value, known[name])}
        return provider_pb2.ReadResponse(
            id=request.id, properties=_struct({**properties, **drifted}), inputs=_struct({**inputs, **drifted})
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Change a resource by its adapter."""
        type_ = _type_of(request.urn)
        before, now = (plain(json_format.MessageToDict(each)) for each in (request.old_inputs, request.news))
        if request.preview:
            # What AWS gave it stays known, or all that depends on it would look changed.
            properties = _struct({**json_format.MessageToDict(request.olds), **now})
            return provider_pb2.UpdateResponse(properties=properties)
        changed = {name for name in {*before, *now} if before.get(name) != now.get(name)} - {"tags"}
        created = self._find(request, context)
        if created.update is None and changed:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"{request.urn}: {', '.join(sorted(changed))}: not changed locally"
            )
        _, properties = self._apply(type_, request.news, created.update or _unchanged(created))
        return provider_pb2.UpdateResponse(properties=properties)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Delete what this process created, also when someone did so by hand."""
        created = self._find(request, context)
        with self._one_at_a_time:
            try:
                created.delete()
            except ClientError as error:
                if not _is_missing(error):
                    raise
            del self._created[_key(_type_of(request.urn), request.id)]
        return empty_pb2.Empty()

    def _apply(self, type_: str, properties: Any, adapter: Adapter) -> tuple[Created, Any]:  # noqa: ANN401 - a message
        """Create or change a resource; return it and its properties."""
        given = json_format.MessageToDict(properties)
        inputs = Inputs(type_, given)
        context = Context(clients=self._clients, default_tags=self._default_tags, artifact=host_artifact)
        with self._one_at_a_time:
            created = adapter(context, inputs)
            known = self._created.get(_key(type_, created.id))
            self._created[_key(type_, created.id)] = created
            outputs = dict(created.outputs)
            if "tagsAll" in outputs:
                outputs["tagsAll"] = context.tags(inputs)
                if known:
                    retag(self._clients, type_, created, outputs["tagsAll"])
        inputs.check_all_taken()
        return created, _struct({**given, **outputs})

    def _find(self, request: Any, context: Any) -> Created:  # noqa: ANN401 - any request that names a resource
        """Look up what this process created; end the call when it did not."""
        try:
            return self._created[_key(_type_of(request.urn), request.id)]
        except KeyError:
            context.abort(grpc.StatusCode.NOT_FOUND, f"{request.urn}: not created by this process")
            raise


def _key(type_: str, id_: str) -> str:
    return f"{type_} {id_}"


def _unchanged(created: Created) -> Adapter:
    """Change nothing but tags."""

    def adapter(_context: Context, inputs: Inputs) -> Created:
        inputs.take_all()
        return created

    return adapter


def _is_missing(error: ClientError) -> bool:
    """Tell whether AWS says that there is no such resource, in whichever words."""
    code = error.response["Error"]["Code"]
    return any(word in code for word in ("NotFound", "NonExistent", "NoSuch"))


def _same(found: Any, declared: Any) -> bool:  # noqa: ANN401 - any property
    """Compare a property as AWS tells it with what the program wrote: policies as JSON, numbers also as texts."""
    if isinstance(found, dict) and isinstance(declared, dict):
        return found.keys() == declared.keys() and all(_same(found[name], declared[name]) for name in found)
    if isinstance(found, bool) or isinstance(declared, bool) or found is None:
        return bool(found) == bool(declared)
    try:
        return bool(json.loads(str(found)) == json.loads(str(declared)))
    except ValueError:
        return bool(found == declared)


def _type_of(urn: str) -> str:
    """Return the type in `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""
    return urn.split("::")[2].rpartition("$")[2]


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(plain(values), struct_pb2.Struct())

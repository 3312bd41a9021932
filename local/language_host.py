"""What Pulumi's CLI asks to run Python: the part of its language host that our program and policy pack need.

For tests on a machine where the CLI was built from source, since its own host cannot be fetched as a module. Pulumi's
own, where it is installed, is used instead. Protocol: https://pulumi-developer-docs.readthedocs.io (language.proto)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

BAILED = 32
"""Exit code of a program that has told its error to the engine already."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs and policy packs; everything else that the engine might ask for is refused by gRPC itself.

    Args:
        executor: Pulumi's script that runs a program.
        engine: Address of the engine.
    """

    def __init__(self, executor: Path, engine: str) -> None:
        self._executor = executor
        self._engine = engine
        self._programs: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End what still runs."""
        for program in self._programs:
            program.kill()

    def Handshake(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface, untyped
        """Say that we are there."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Say which version we are: none of Pulumi's."""
        return plugin_pb2.PluginInfo(version="0.0.0")

    def GetRequiredPlugins(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Ask for no plugin: the one that is needed is attached."""
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Ask for no package: the one that is needed is attached."""
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Run the program."""
        command = [
            *(sys.executable, str(self._executor)),
            *("--monitor", request.monitor_address, "--engine", self._engine),
            *("--project", request.project, "--stack", request.stack, "--organization", request.organization),
            *("--pwd", request.pwd, "--dry_run", str(request.dryRun).lower(), "--parallel", str(request.parallel)),
            request.info.program_directory,
        ]
        configuration = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        # The engine shows what we write to our own output as the program's.
        with subprocess.Popen(command, cwd=request.pwd, env={**os.environ, **configuration}) as program:
            self._programs.append(program)
        if program.returncode == BAILED:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"exit code {program.returncode}" if program.returncode else "")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ANN401, N802 - as above
        """Run a policy pack in the environment beside it, and hand on what it prints."""
        directory = request.info.program_directory
        command = [f"{directory}/.venv/bin/python", "-u", directory, *request.args]
        environment = {**os.environ, **dict(pair.split("=", 1) for pair in request.env)}
        with subprocess.Popen(command, cwd=request.pwd, env=environment, stdout=subprocess.PIPE) as pack:
            context.add_callback(pack.kill)
            for line in pack.stdout or ():
                yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=pack.returncode)


def main() -> None:
    """Serve the engine that started us, until it ends us: `language_host EXECUTOR ... ENGINE`."""
    started_by = os.getppid()
    server = grpc.server(futures.ThreadPoolExecutor())
    host = LanguageHost(Path(sys.argv[1]), sys.argv[-1])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    try:
        # An engine that was killed does not end us.
        while os.getppid() == started_by:
            server.wait_for_termination(timeout=1)
    except KeyboardInterrupt:
        pass  # the engine's way to end us
    finally:
        host.close()
        server.stop(None)


if __name__ == "__main__":
    main()

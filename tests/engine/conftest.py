"""Pulumi's real engine, with the AWS provider's stand-in in front of the emulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import REGION, Clients
from local.emulator import PROJECT, Emulator
from local.provider import Provider
from local.xray import XRayDaemon

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSPHRASE = "correct horse battery staple"
STRIPE_SECRET = "whsec_" + "e" * 32


def find_cli() -> Path | None:
    """Return the Pulumi CLI: the installed one, else the one that `make engine` built."""
    installed = shutil.which("pulumi")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "webhook-processor"
    built = sorted(cache.glob("pulumi-*/pulumi"))
    return Path(installed) if installed else built[-1] if built else None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A stack of its own: its state, its emulator, and the CLI.

    Attributes:
        cli: The Pulumi CLI.
        directory: Where the state lies.
        provider: What stands in for AWS's provider.
        clients: The emulator's clients.
        emulator: The emulator.
    """

    cli: Path
    directory: Path
    provider: Provider
    clients: Clients
    emulator: Emulator

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI in the project."""
        environment = {
            "HOME": os.environ["HOME"],
            "PATH": f"{self.directory / 'bin'}:{self.cli.parent}:{os.environ['PATH']}",
            "PULUMI_HOME": str(self.directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider.port}",
            "AWS_REGION": REGION,
        }
        command = [str(self.cli), "--non-interactive", "--color", "never", "--cwd", str(self.project), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - ours
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def project(self) -> Path:
        """The project: the tree itself by links, so that the stack's configuration is not written into it."""
        return self.directory / "project"

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json").stdout)
        return found


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A stack with one source, initialised and not deployed."""
    cli = find_cli()
    if cli is None:
        pytest.skip("no Pulumi CLI: install it, or run `make engine`")
    directory = tmp_path_factory.mktemp("engine")
    (directory / "state").mkdir()
    (directory / "bin").mkdir()
    (directory / "project").mkdir()
    for name in ("Pulumi.yaml", "__main__.py", "infra", "lambda_src", "local", "policy"):
        (directory / "project" / name).symlink_to(PROJECT / name)
    (directory / "project" / ".venv").symlink_to(sys.prefix)
    if not (cli.parent / "pulumi-language-python").exists():
        host = directory / "bin" / "pulumi-language-python"
        executor = cli.parent / "pulumi-language-python-exec"
        host.write_text(
            f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m local.language_host "{executor}" "$@"\n'
        )
        host.chmod(0o755)
    xray = XRayDaemon()
    emulator = Emulator(xray_address=xray.address)
    emulator.start()
    try:
        clients = Clients(emulator.endpoint_url)
        with Provider(clients) as provider:
            made = Engine(cli=cli, directory=directory, provider=provider, clients=clients, emulator=emulator)
            made.run("stack", "init", "engine", "--secrets-provider", "passphrase")
            made.run("config", "set", "--path", "sources.shop.provider", "stripe")
            made.run("config", "set", "reservedConcurrency", "0")
            made.run("config", "set", "--secret", "--path", "signingSecrets.shop[0]", STRIPE_SECRET)
            yield made
    finally:
        emulator.stop()
        xray.close()

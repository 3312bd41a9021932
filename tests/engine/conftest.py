"""Pulumi's real engine, with the AWS provider's stand-in in front of the emulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import REGION, Clients
from local.emulator import HOST, PROJECT, Emulator
from local.provider import Provider
from local.sending import Endpoint, post, signed
from local.settings import LocalSource
from local.xray import XRayDaemon
from tests.integration.conftest import event

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSPHRASE = "correct horse battery staple"
STRIPE_SECRET = "whsec_" + "e" * 32
PARTS_OF_PROGRAM = ("Pulumi.yaml", "__main__.py", "infra", "lambda_src", "local", "policy")
PACK = PROJECT / "policy" / ".venv" / ".ready"

needs_pack = pytest.mark.skipif(not PACK.exists(), reason="the pack's environment is not set up: make policy")


def find_cli() -> Path | None:
    """Return the Pulumi CLI: the installed one, else the one that `make engine` built."""
    installed = shutil.which("pulumi")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "webhook-processor"
    built = sorted(cache.glob("pulumi-*/pulumi"))
    return Path(installed) if installed else built[-1] if built else None


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The CLI, where the states of its stacks lie, and the emulator.

    Attributes:
        cli: The Pulumi CLI.
        directory: Holds states, settings and the language host.
        clients: The emulator's clients.
        emulator: The emulator.
    """

    cli: Path
    directory: Path
    clients: Clients
    emulator: Emulator

    @contextmanager
    def stack(self, name: str, *, provider: type[Provider] = Provider, program: Path = PROJECT) -> Iterator[Stack]:
        """Make a stack, not deployed: of its two sources only one has a secret in the configuration.

        Args:
            name: The stack's name.
            provider: What stands in for AWS's provider.
            program: Where the program lies.
        """
        project = self.directory / name
        project.mkdir()
        link(project, program)
        with provider(self.clients) as serving:
            made = Stack(backend=self, name=name, project=project, provider=serving)
            made.run("stack", "init", name, "--secrets-provider", "passphrase")
            made.run("config", "set", "--path", "sources.shop.provider", "stripe")
            made.run("config", "set", "--path", "sources.by-hand.provider", "adyen")
            made.run("config", "set", "reservedConcurrency", "0")
            made.run("config", "set", "--secret", "--path", "signingSecrets.shop[0]", STRIPE_SECRET)
            yield made


def link(project: Path, program: Path) -> None:
    """Fill a folder with links to a program, so that the stack's configuration is not written beside the program."""
    for name in PARTS_OF_PROGRAM:
        (project / name).unlink(missing_ok=True)
        (project / name).symlink_to(program / name)
    if not (project / ".venv").exists():
        (project / ".venv").symlink_to(sys.prefix)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack.

    Attributes:
        backend: Where its state lies.
        name: Its name.
        project: Where its program and settings lie.
        provider: What stands in for AWS's provider.
    """

    backend: Backend
    name: str
    project: Path
    provider: Provider

    def beside(self, name: str, project: Path) -> Stack:
        """Return another program's stack on the same backend."""
        return replace(self, name=name, project=project)

    @property
    def command(self) -> list[str]:
        """The CLI, to which a command is added."""
        return [str(self.backend.cli), "--non-interactive", "--color", "never", "--cwd", str(self.project)]

    @property
    def environment(self) -> dict[str, str]:
        """What the CLI is told by environment variables."""
        directory, cli = self.backend.directory, self.backend.cli
        return {
            "HOME": os.environ["HOME"],
            "PATH": f"{directory / 'bin'}:{cli.parent}:{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_STACK": self.name,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider.port}",
            "AWS_REGION": REGION,
            **{name: value for name, value in os.environ.items() if name == "ENVIRONMENT_SUFFIX"},
        }

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI on this stack."""
        done = subprocess.run(  # noqa: S603 - ours
            [*self.command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def up(self, *arguments: str) -> str:
        """Deploy; return what the CLI says."""
        return self.run("up", "--yes", "--skip-preview", *arguments).stdout

    def plan(self, *arguments: str) -> dict[str, str]:
        """Return what a preview would do, `create`, `update`, `replace` or `delete`, by `TYPE NAME`; nothing else."""
        steps = json.loads(self.run("preview", "--json", *arguments).stdout)["steps"]
        planned: dict[str, str] = {}
        for step in steps:
            *_, type_, name = step["urn"].split("::")
            type_ = type_.rpartition("$")[2].rpartition(":")[2]
            if step["op"] not in ("same", "refresh") and type_ not in ("Stack", "StackReference"):
                kind = step["op"]
                planned[f"{type_} {name}"] = "replace" if "replace" in kind else kind
        return planned

    @contextmanager
    def settings(self, *changes: tuple[str, ...]) -> Iterator[None]:
        """Change settings, each by the arguments of `pulumi config set`; put them back afterwards."""
        file = self.project / f"Pulumi.{self.name}.yaml"
        before = file.read_text()
        try:
            for change in changes:
                self.run("config", "set", *change)
            yield
        finally:
            file.write_text(before)

    @contextmanager
    def edited(self, path: str, old: str, new: str) -> Iterator[None]:
        """Change one place of the program, as someone who works on it would; put it back afterwards."""
        program = (self.project / "__main__.py").resolve().parent
        with tempfile.TemporaryDirectory(dir=self.backend.directory) as folder:
            copy = Path(folder)
            for part in PARTS_OF_PROGRAM:
                whole = program / part
                # The pack stays where its environment is.
                (shutil.copytree if whole.is_dir() and part != "policy" else os.symlink)(whole, copy / part)
            file = copy / path
            text = file.read_text()
            assert text.count(old) == 1, f"{path} does not hold this once: {old}"
            file.unlink()
            file.write_text(text.replace(old, new))
            link(self.project, copy)
            try:
                yield
            finally:
                link(self.project, program)

    def written(self) -> int:
        """Return how many resources of AWS the state file holds, whatever command is under way."""
        file = self.backend.directory / "state/.pulumi/stacks/webhook-processor" / f"{self.name}.json"
        resources = json.loads(file.read_text())["checkpoint"]["latest"].get("resources", [])
        return len([each for each in resources if each["type"].startswith("aws:") and "id" in each])

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json").stdout)
        return found

    def send(self) -> int:
        """Send a signed webhook to the deployed function; return the answer's status."""
        outputs = self.outputs()
        url_id = outputs["webhook_url"].removeprefix("https://").partition(".")[0]
        target = Endpoint(
            source=LocalSource(name="shop", provider="stripe", secret=STRIPE_SECRET),
            url=f"http://{HOST}:{self.backend.emulator.port}/_aws/lambda-url/{url_id}/shop",
            registered_url=outputs["source_urls"]["shop"],
        )
        return post(target, signed(event("stripe"), target, now=int(time.time()))).status


@pytest.fixture(scope="package")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """An emulator, and a folder for states."""
    cli = find_cli()
    if cli is None:
        pytest.skip("no Pulumi CLI: install it, or run `make engine`")
    directory = tmp_path_factory.mktemp("engine")
    (directory / "state").mkdir()
    (directory / "bin").mkdir()
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
        yield Backend(cli=cli, directory=directory, clients=Clients(emulator.endpoint_url), emulator=emulator)
    finally:
        emulator.stop()
        xray.close()


@pytest.fixture(scope="package")
def deployed(backend: Backend) -> Iterator[Stack]:
    """A stack, deployed once; whoever changes it puts it back."""
    with backend.stack("deployed") as stack:
        stack.up()
        yield stack

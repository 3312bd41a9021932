"""The function's artifact: one zip, the same to the byte wherever and whenever it is built."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
"""The project's directory."""

PACKAGE = "lambda_src"
"""The function's package, and its place in the zip."""

DATA = Path(PACKAGE) / "aws_data"
"""What of the package is no module: AWS's service models, cut down, with their licence; relative to the project."""

REQUIREMENTS = Path(PACKAGE) / "requirements.txt"
"""The locked, hashed dependencies, relative to the project."""

TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: the earliest that a zip can hold."""

FILE_MODE = 0o100644
"""Type and mode of every entry: a regular file that Lambda's user may read."""

DROPPED_DIRECTORIES = ("__pycache__", "aws_xray_sdk/ext", "tests", "test")
"""Directories that the function never imports. `aws_xray_sdk/ext` patches other libraries: we record by hand."""

DROPPED_SUFFIXES = (".pyc", ".pyi", ".c", ".h", "py.typed")
"""Endings of files that the function never opens."""

LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")
"""Beginnings of names of files in `*.dist-info` that are kept: whoever passes a library on passes its licence on."""


class ArtifactError(pulumi.RunError):
    """The artifact cannot be built; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Python that the artifact's native modules must fit."""

    name: str
    """Part of file names below `.build/`."""

    pip_options: tuple[str, ...] = ()
    """What makes pip choose wheels for that Python; none: the running one."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A built artifact."""

    path: Path
    """The zip."""

    sha256_base64: str
    """SHA-256 of the zip in base64, as Lambda reports `CodeSha256`."""


AWS_TARGET = Target(
    name="cp313-aarch64",
    pip_options=(
        *("--platform", "manylinux2014_aarch64"),
        *("--python-version", "3.13"),
        *("--implementation", "cp"),
        *("--abi", "cp313"),
    ),
)
"""Lambda's `python3.13` on `arm64`."""


def host_target() -> Target:
    """Return the Python that is running, for an emulator that runs the function on this machine."""
    version = "".join(str(part) for part in sys.version_info[:2])
    return Target(name=f"host-{sys.implementation.name}{version}-{sys.platform}-{os.uname().machine}")


def build(target: Target) -> Artifact:
    """Build the artifact, or take it from `.build/` when nothing that goes into it has changed.

    Any number of processes may build at once: each works in a directory of its own and moves the result into place.

    Args:
        target: The Python to build for.

    Raises:
        ArtifactError: pip is missing, or cannot fetch or verify a dependency.
    """
    dependencies = _dependencies(target)
    members = dict(_members(dependencies, ROOT))
    builder = Path(__file__).read_bytes()
    digest = _digest(target.name, builder, *(part for name in sorted(members) for part in (name, members[name])))
    path = ROOT / ".build" / "artifact" / f"{target.name}-{digest}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            fresh = Path(scratch) / path.name
            _write_zip(fresh, members)
            fresh.replace(path)
    sha256 = hashlib.sha256(path.read_bytes()).digest()
    return Artifact(path=path, sha256_base64=base64.b64encode(sha256).decode())


def _dependencies(target: Target) -> Path:
    """Return the directory of the target's installed dependencies, installing them if need be."""
    lock = (ROOT / REQUIREMENTS).read_bytes()
    digest = _digest(target.name, *target.pip_options, lock)
    path = ROOT / ".build" / "dependencies" / f"{target.name}-{digest}"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        fresh = Path(scratch) / "site-packages"
        _pip_install(fresh, target)
        try:
            fresh.rename(path)
        except OSError:
            # Another process was faster; what it made is the same.
            if not path.exists():
                raise
    return path


def _pip_install(into: Path, target: Target) -> None:
    command = [
        *(sys.executable, "-m", "pip", "install"),
        *("--quiet", "--disable-pip-version-check", "--no-input"),
        *("--target", str(into)),
        *target.pip_options,
        *("--only-binary=:all:", "--require-hashes", "--no-deps", "--no-compile"),
        *("-r", str(ROOT / REQUIREMENTS)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ArtifactError(
            f"The dependencies of the function could not be installed for {target.name}.\n"
            f"Command: {' '.join(command)}\n"
            f"Got exit status {done.returncode}:\n{(done.stderr or done.stdout).strip()}\n"
            "If pip is missing, run `python -m ensurepip`; if the package index cannot be reached, check the network, "
            f"or fill {into.parent.parent} on a machine that can reach it."
        )


def _members(dependencies: Path, root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of everything that belongs into the zip."""
    for path in sorted((root / PACKAGE).rglob("*")):
        if path.suffix == ".py" or (root / DATA in path.parents and path.is_file()):
            yield path.relative_to(root).as_posix(), path.read_bytes()
    for path in sorted(dependencies.rglob("*")):
        name = path.relative_to(dependencies).as_posix()
        if path.is_file() and _is_needed(name):
            yield name, path.read_bytes()


def _is_needed(name: str) -> bool:
    """Say whether a file of a dependency, by its path in the zip, belongs into the artifact."""
    directory, _, base = f"/{name}".rpartition("/")
    if any(f"/{dropped}/" in f"{directory}/" for dropped in DROPPED_DIRECTORIES):
        return False
    if ".dist-info/" in name:
        return base.startswith(LICENCE_NAMES)
    return not name.startswith("bin/") and not name.endswith(DROPPED_SUFFIXES)


def _write_zip(path: Path, members: dict[str, bytes]) -> None:
    # Stored, not deflated: different builds of zlib compress the same bytes differently.
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=TIMESTAMP)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = FILE_MODE << 16
            archive.writestr(entry, members[name])


def _digest(*parts: str | bytes) -> str:
    """Return a name for what the parts are, safe against parts that run into each other."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:16]

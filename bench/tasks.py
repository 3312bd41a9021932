"""Directories as Lambda would have them: what its runtime brings, and each artifact unpacked."""

from __future__ import annotations

import compileall
import hashlib
import io
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.artifact import ROOT, build, host_target

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import Distribution

BUILD = ROOT / ".build" / "bench"
RUNTIME_BRINGS = ("boto3",)
"""What Lambda's Python runtime has beside the standard library, with what that needs."""

PEERS = {
    "powertools": ("aws-lambda-powertools[tracer]", "stripe"),
    "fastapi": ("fastapi", "mangum", "pydantic", "stripe"),
    "minimal": (),
}
"""What each peer needs, by the directory of its code."""


def runtime() -> Path:
    """The directory of what Lambda's runtime brings, with its bytecode, as in Lambda."""
    return _copy("runtime", _closure(RUNTIME_BRINGS, without=()))


def authorities(runtime: Path, authority: Path) -> Path:
    """A file of the authorities that AWS's SDK trusts, as many as ever, and the stand-in's one."""
    path = authority.with_name("authorities.pem")
    path.write_bytes((runtime / "botocore" / "cacert.pem").read_bytes() + authority.read_bytes())
    return path


def unpacked_artifact() -> Path:
    """The function's own artifact as it is shipped, built for this machine's Python and unpacked as Lambda does."""
    artifact = build(host_target()).path
    task = BUILD / "tasks" / artifact.stem
    if not task.exists():
        task.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=task.parent) as scratch:
            fresh = Path(scratch) / task.name
            with zipfile.ZipFile(artifact) as archive:
                archive.extractall(fresh)
            fresh.rename(task)
    return task


def peer(name: str) -> Path:
    """The directory of a peer's artifact: its code and what that needs beside what Lambda's runtime brings.

    With bytecode, as `pip install --target` leaves it, which spares each cold start the compilation; other usual
    packagings leave it out. So the peers are measured at their best.
    """
    runtime_brings = [each.name for each in _closure(RUNTIME_BRINGS, without=())]
    return _copy(name, _closure(PEERS[name], without=runtime_brings), ROOT / "bench" / "peers" / name / "app.py")


def without_bytecode(task: Path) -> Path:
    """A copy of a peer's artifact as packagings leave it that drop bytecode: each cold start compiles what it loads."""
    target = task.with_name(f"{task.name}-source")
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=task.parent) as scratch:
            fresh = Path(scratch) / target.name
            shutil.copytree(task, fresh, ignore=shutil.ignore_patterns("__pycache__"))
            fresh.rename(target)
    return target


@dataclass(frozen=True, kw_only=True)
class Size:
    """Size of an artifact.

    Attributes:
        unpacked_bytes: Of its files; of a peer without bytecode, and of every candidate without `.dist-info`.
        zipped_bytes: Of the same files in a zip, deflated: what is uploaded.
    """

    unpacked_bytes: int
    zipped_bytes: int


def size(task: Path, *, with_bytecode: bool) -> Size:
    """Measure an unpacked artifact."""
    files = [
        path
        for path in sorted(task.rglob("*"))
        if path.is_file() and ".dist-info/" not in str(path) and (with_bytecode or path.suffix != ".pyc")
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(task))
    return Size(unpacked_bytes=sum(path.stat().st_size for path in files), zipped_bytes=buffer.tell())


def _installed() -> dict[str, Distribution]:
    (site,) = (BUILD / "env" / "lib").glob("python*/site-packages")
    return {canonicalize_name(each.name): each for each in distributions(path=[str(site)])}


def _closure(names: Iterable[str], without: Iterable[str]) -> list[Distribution]:
    """The named distributions and all that they need, but for some; a name may ask for extras."""
    installed, left_out = _installed(), {canonicalize_name(name) for name in without}
    found: dict[str, Distribution] = {}
    asked = [Requirement(name) for name in names]
    seen: set[str] = set()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        if str(requirement) in seen or name in left_out:
            continue
        seen.add(str(requirement))
        found[name] = installed[name]
        for line in installed[name].requires or ():
            needed = Requirement(line)
            extras = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(each) for each in extras):
                asked.append(needed)
    return [found[name] for name in sorted(found)]


def _copy(name: str, packages: Iterable[Distribution], app: Path | None = None) -> Path:
    """A directory of installed distributions, with their bytecode, and of an artifact's own code; made once."""
    digest = hashlib.sha256((ROOT / "bench" / "requirements.txt").read_bytes())
    digest.update(app.read_bytes() if app else b"")
    target = BUILD / "tasks" / f"{name}-{digest.hexdigest()[:12]}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        fresh = Path(scratch) / name
        fresh.mkdir()
        for package in packages:
            for file in package.files or ():
                if file.parts[0] != "..":  # scripts are no part of an artifact
                    path = fresh / file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(str(file.locate()), path)
        if app:
            shutil.copy2(app, fresh)
            compileall.compile_file(fresh / app.name, quiet=1)
        fresh.rename(target)
    return target

"""The artifact: the same to the byte, complete, and nothing in it that the function does not need."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra import artifact
from infra.artifact import AWS_TARGET, ArtifactError, build, host_target

ROOT = Path(__file__).resolve().parents[2]
SIZE_BUDGET_BYTES = 2_500_000
"""What a cold start may have to fetch. Two native modules take half of it."""

IMPORT_ALL = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
import lambda_src.handler, msgspec, aws_xray_sdk.core, wrapt
from lambda_src.providers import PROVIDERS, load
for name in PROVIDERS:
    load(name)
recorder = aws_xray_sdk.core.AWSXRayRecorder()
recorder.configure(sampling=False, context_missing="LOG_ERROR")
with recorder.in_segment("check"), recorder.in_subsegment("call"):
    pass
for module in (lambda_src, msgspec, msgspec._core, aws_xray_sdk, wrapt):
    print(pathlib.Path(module.__file__).relative_to(sys.argv[1]).as_posix())
"""


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    """What the artifact for AWS holds."""
    with zipfile.ZipFile(build(AWS_TARGET).path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_two_builds_in_different_places_are_the_same_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout elsewhere, with other modification times and nothing cached, gives the same zip."""
    here = build(AWS_TARGET)
    copy = tmp_path / "another" / "checkout"
    shutil.copytree(ROOT / "lambda_src", copy / "lambda_src", ignore=shutil.ignore_patterns("__pycache__"))
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)
    monkeypatch.setattr(artifact, "ROOT", copy)
    there = build(AWS_TARGET)
    assert copy in there.path.parents
    assert there.path.read_bytes() == here.path.read_bytes()
    assert there.sha256_base64 == here.sha256_base64


def test_the_hash_is_the_one_that_lambda_reports() -> None:
    """`CodeSha256` of the deployed function can be compared with the build."""
    built = build(AWS_TARGET)
    with_hashlib = base64.b64encode(hashlib.sha256(built.path.read_bytes()).digest()).decode()
    assert built.sha256_base64 == with_hashlib


def test_entries_carry_no_trace_of_when_and_where_they_were_made() -> None:
    """Order, times, modes and compression do not depend on the machine."""
    with zipfile.ZipFile(build(AWS_TARGET).path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.create_system for entry in entries} == {3}


def test_the_whole_package_is_in_it_and_nothing_else_of_ours(members: dict[str, bytes]) -> None:
    """Every module of the function and AWS's data are shipped as they are, without our requirement files."""
    ours = {name: content for name, content in members.items() if name.startswith("lambda_src/")}
    package = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "lambda_src").rglob("*.py")}
    data = {path for path in (ROOT / "lambda_src" / "aws_data").rglob("*") if path.is_file()}
    package |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in data}
    assert ours == package


def test_the_zips_root_holds_packages_that_shadow_nothing(members: dict[str, bytes]) -> None:
    """A `queue.py` or `http` at the root would take the standard library's place."""
    roots = {name.partition("/")[0] for name in members}
    assert {root for root in roots if not root.endswith(".dist-info")} == {
        "aws_xray_sdk",
        "lambda_src",
        "msgspec",
        "wrapt",
    }
    assert {root.removesuffix(".py") for root in roots} & sys.stdlib_module_names == set()


def test_what_the_function_never_opens_is_left_out(members: dict[str, bytes]) -> None:
    """No caches, stubs, sources of native modules, tests or patches for other libraries."""
    unneeded = ("__pycache__", ".pyc", ".pyi", ".c", "/tests/", "aws_xray_sdk/ext/", "RECORD", "botocore", "boto3")
    assert [name for name in members if any(part in name for part in unneeded if part != ".c")] == []
    assert [name for name in members if name.endswith(".c")] == []
    assert sum(map(len, members.values())) < SIZE_BUDGET_BYTES


def test_every_library_travels_with_its_licence(members: dict[str, bytes]) -> None:
    """Passing a library on means passing its licence on."""
    kept = sorted(name.rpartition(".dist-info/")[0].partition("-")[0] for name in members if ".dist-info/" in name)
    assert sorted(set(kept)) == ["aws_xray_sdk", "msgspec", "wrapt"]


def test_the_native_modules_for_aws_are_lambdas(members: dict[str, bytes]) -> None:
    """Wheels of another processor or Python would fail at the first import, in production."""
    native = [name for name in members if name.endswith(".so")]
    assert [name.rpartition(".cpython-")[2] for name in native] == ["313-aarch64-linux-gnu.so"] * 2
    elf_machine_aarch64 = (0xB7).to_bytes(2, "little")
    assert {members[name][18:20] for name in native} == {elf_machine_aarch64}


def test_the_function_and_its_libraries_import_from_the_host_artifact_alone(tmp_path: Path) -> None:
    """What was left out is not missed: the entry, each provider and a traced call work from the zip."""
    with zipfile.ZipFile(build(host_target()).path) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(  # noqa: S603 - this Python, with a constant program
        [sys.executable, "-I", "-c", IMPORT_ALL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={"AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "lambda_src/__init__.py"
    assert lines[1] == "msgspec/__init__.py"
    assert lines[2].startswith("msgspec/_core.")
    assert lines[3:] == ["aws_xray_sdk/__init__.py", "wrapt/__init__.py"]


def test_an_unchanged_build_is_taken_from_the_cache() -> None:
    """The second build neither installs nor writes anything."""
    first = build(AWS_TARGET)
    written = first.path.stat().st_mtime_ns
    assert build(AWS_TARGET) == first
    assert first.path.stat().st_mtime_ns == written


def test_a_changed_source_changes_the_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache never hands out yesterday's code."""
    _small_project(tmp_path, monkeypatch)
    first = build(AWS_TARGET)
    (tmp_path / "lambda_src" / "handler.py").write_text("handler = 2\n")
    second = build(AWS_TARGET)
    assert first.path != second.path
    assert first.sha256_base64 != second.sha256_base64


def test_builds_at_the_same_time_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each works in a directory of its own and moves a finished file into place."""
    _small_project(tmp_path, monkeypatch)
    with ThreadPoolExecutor(max_workers=4) as pool:
        built = list(pool.map(build, [AWS_TARGET] * 4))
    assert len(set(built)) == 1
    assert zipfile.ZipFile(built[0].path).testzip() is None
    assert sorted(path.name for path in (tmp_path / ".build" / "artifact").iterdir()) == [built[0].path.name]
    assert len(list((tmp_path / ".build" / "dependencies").iterdir())) == 1


def test_a_dependency_that_cannot_be_verified_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel with another hash than the locked one is not shipped, and the error says what pip said."""
    _small_project(tmp_path, monkeypatch)
    lock = tmp_path / "lambda_src" / "requirements.txt"
    lock.write_text(f"wrapt==2.5.2 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ArtifactError, match=r"could not be installed for cp313-aarch64") as caught:
        build(AWS_TARGET)
    assert "Got exit status 1" in str(caught.value)
    assert list((tmp_path / ".build").rglob("*.zip")) == []


def test_a_python_without_pip_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a missing pip names the command that brings it."""
    _small_project(tmp_path, monkeypatch)
    without_pip = tmp_path / "python"
    without_pip.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    without_pip.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(without_pip))
    with pytest.raises(ArtifactError, match="No module named pip") as caught:
        build(AWS_TARGET)
    assert "python -m ensurepip" in str(caught.value)


def _small_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project of one module and one locked dependency, and build there."""
    (root / "lambda_src").mkdir()
    (root / "lambda_src" / "handler.py").write_text("handler = 1\n")
    lock = (ROOT / "lambda_src" / "requirements.txt").read_text()
    (root / "lambda_src" / "requirements.txt").write_text(lock[lock.index("wrapt==") :])
    monkeypatch.setattr(artifact, "ROOT", root)

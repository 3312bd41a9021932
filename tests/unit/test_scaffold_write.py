"""What is written for a new provider is written as a whole or not at all."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from cli.problems import Problem
from local.scaffold import ROOT, Scaffold, scaffold

NAME = "acme_pay"
CHANGED = [
    "lambda_src/providers/__init__.py",
    "infra/provider_retries.py",
    "infra/signature_headers.py",
    "tests/vectors/vectors.jsonl",
]


def test_an_error_changes_nothing(tmp_path: Path) -> None:
    """When a file cannot be written, those before it are as they were, and no new folder is left."""
    (tmp_path / "known.txt").write_text("old")
    (tmp_path / "taken").mkdir()
    made = Scaffold(created={"fresh/new.txt": "a", "taken": "b"}, changed={"known.txt": "new"})
    with pytest.raises(Problem, match=r"taken cannot be written: Is a directory; nothing was changed"):
        made.write(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["known.txt", "taken"]
    assert (tmp_path / "known.txt").read_text() == "old"


class Disk:
    """Writes that fail by plan: from which write on, for which names and with what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: dict[str, BaseException]) -> None:
        self.failing = failing
        self.asked: list[str] = []
        self._write = Path.write_text

        def write_text(path: Path, text: str) -> int:
            return self.write(path, text)

        monkeypatch.setattr(Path, "write_text", write_text)

    def write(self, path: Path, text: str) -> int:
        """Write half of it and fail, or nothing if it is not allowed, or all."""
        self.asked.append(path.name)
        error = self.failing.get(path.name)
        if error is None:
            return self._write(path, text)
        if not isinstance(error, PermissionError):
            self._write(path, text[: len(text) // 2])
            del self.failing[path.name]
        raise error


def _begun(root: Path) -> Scaffold:
    """A repository with two files, and what is to be written into it."""
    (root / "first.txt").write_text("one")
    (root / "second.txt").write_text("two")
    return Scaffold(created={"fresh/new.txt": "new"}, changed={"first.txt": "one, more", "second.txt": "two, more"})


def _texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() if path.is_file() else "" for path in root.rglob("*")}


@pytest.mark.parametrize("name", ["new.txt", "first.txt", "second.txt"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied; nothing was changed"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device; nothing was changed"),
        (KeyboardInterrupt(), None),
    ],
)
def test_wherever_it_stops_nothing_is_left(
    name: str, error: BaseException, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that refuses, a full disk or Ctrl-C leaves all as it was; what refuses is named, not asked again."""
    made = _begun(tmp_path)
    disk = Disk(monkeypatch, {name: error})
    with pytest.raises(Problem if said else KeyboardInterrupt) as caught:
        made.write(tmp_path)
    assert _texts(tmp_path) == {"first.txt": "one", "second.txt": "two"}
    if isinstance(caught.value, Problem):
        path = "fresh/new.txt" if name == "new.txt" else name
        assert caught.value.message == f"{path} cannot be written: {said}"
    if isinstance(error, PermissionError):
        assert disk.asked.count(name) == 1


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "Permission denied"), KeyboardInterrupt()])
def test_what_cannot_be_taken_back_is_named(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file that cannot be put right does not keep the others from it, and is named."""
    made = _begun(tmp_path)
    disk = Disk(monkeypatch, {"second.txt": error})

    def write(path: Path, text: str) -> int:
        if text == "one":
            raise PermissionError(errno.EACCES, "Permission denied")
        return disk.write(path, text)

    monkeypatch.setattr(Path, "write_text", write)
    with pytest.raises(Problem, match=r"; still changed, put it right by hand: first\.txt$"):
        made.write(tmp_path)
    assert _texts(tmp_path) == {"first.txt": "one, more", "second.txt": "two"}


@pytest.mark.parametrize("gone", CHANGED)
def test_a_file_that_cannot_be_read_is_named(gone: str, tmp_path: Path) -> None:
    """Without one of the files that name all providers nothing is begun, and it is said which it is."""
    for path in CHANGED:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    made = scaffold(NAME, tmp_path)
    (tmp_path / gone).unlink()
    for begin in (lambda: scaffold(NAME, tmp_path), lambda: made.write(tmp_path)):
        with pytest.raises(Problem, match=f"^{gone} cannot be read: No such file or directory; nothing was changed"):
            begin()
    (tmp_path / gone).write_bytes(b"\xff")
    with pytest.raises(Problem, match="it is no text"):
        scaffold(NAME, tmp_path)

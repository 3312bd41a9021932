"""Archives of single files, as a program hands them to Pulumi and as its engine hands them on."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pytest

from local.archives import zipped
from local.inputs import NotImplementedLocally

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def handler(tmp_path: Path) -> str:
    """A file of a function."""
    path = tmp_path / "written.py"
    path.write_text("handler = None\n")
    return str(path)


def test_files_are_zipped_under_the_names_that_the_program_gives_them(handler: str) -> None:
    """The mocks' form and the engine's form of an archive become the same zip."""
    archive = pulumi.AssetArchive({"handler.py": pulumi.FileAsset(handler)})
    content = zipped(archive)
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        assert {name: read.read(name) for name in read.namelist()} == {"handler.py": b"handler = None\n"}
    assert zipped({"assets": {"handler.py": {"path": handler}}}) == content


def test_an_archive_that_is_a_zip_already_is_left_alone(handler: str) -> None:
    """What was built for AWS is not zipped."""
    assert zipped(pulumi.FileArchive(handler)) is None
    assert zipped({"path": handler}) is None


def test_what_is_no_file_is_refused_by_name() -> None:
    """Nothing of an archive is left out in silence."""
    with pytest.raises(NotImplementedLocally, match=r"^note\.txt: only files"):
        zipped(pulumi.AssetArchive({"note.txt": pulumi.StringAsset("hello")}))
    with pytest.raises(NotImplementedLocally, match=r"^note\.txt: only files"):
        zipped({"assets": {"note.txt": {"text": "hello"}}})

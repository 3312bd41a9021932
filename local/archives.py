"""Archives of single files, as a program hands a function's code to Pulumi (`AssetArchive` of `FileAsset`s)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pulumi

from local.inputs import NotImplementedLocally


def zipped(archive: Any) -> bytes | None:  # noqa: ANN401 - as pulumi's mocks give it, or as its engine does
    """Zip the files that an archive names one by one; None: it is a file or folder, `FileArchive`."""
    if isinstance(archive, pulumi.AssetArchive):
        files = {name: asset.path for name, asset in archive.assets.items() if isinstance(asset, pulumi.FileAsset)}
        named = set(archive.assets)
    elif isinstance(archive, dict) and "assets" in archive:
        files = {name: asset["path"] for name, asset in archive["assets"].items() if "path" in asset}
        named = set(archive["assets"])
    else:
        return None
    if others := sorted(named - set(files)):
        raise NotImplementedLocally(f"{', '.join(others)}: only files are zipped by the local runner")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, path in sorted(files.items()):
            # A fixed time: the same files are the same zip.
            target.writestr(zipfile.ZipInfo(name), Path(path).read_bytes())
    return content.getvalue()

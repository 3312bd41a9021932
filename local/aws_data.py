"""Writes `lambda_src/aws_data`: the pinned botocore's data, cut down to the calls that the function makes."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = {
    "dynamodb": ("BatchExecuteStatement", "PutItem", "UpdateItem"),
    "sns": ("PublishBatch",),
    "sqs": ("ChangeMessageVisibility", "SendMessage"),
    "ssm": ("GetParameter",),
}
"""What the function calls, by botocore's name of the service."""

DATA = Path(__file__).parents[1] / "lambda_src" / "aws_data"

_NOTICE = """Botocore {version}
Copyright 2012-2022 Amazon.com, Inc. or its affiliates. All Rights Reserved.

The JSON files beside this one are botocore's, changed: cut down to the services and operations that the function
calls, without their documentation.
"""


def files() -> dict[str, str]:
    """Make the content of every file by its name below `aws_data`."""
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    botocore = distribution("botocore")
    made = {
        "LICENSE.txt": botocore.read_text("LICENSE.txt") or "",
        "NOTICE": _NOTICE.format(version=botocore.version),
        "endpoints.json": _json(_endpoints(loader.load_data("endpoints"))),
    }
    for service, operations in OPERATIONS.items():
        version = loader.determine_latest_version(service, "service-2")
        model = loader.load_service_model(service, "service-2")
        made[f"{service}/{version}/service-2.json"] = _json(_model(model, operations))
    return made


def _endpoints(every: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Every partition with its regions, and of its services ours."""
    partitions = [
        {
            **partition,
            "services": {name: value for name, value in partition["services"].items() if name in OPERATIONS},
        }
        for partition in every["partitions"]
    ]
    return {**every, "partitions": partitions}


def _model(whole: Any, operations: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The operations, and every shape that they lead to."""
    model = _undocumented(whole)
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    ahead = list(_shapes_in(kept))
    while ahead:
        name = ahead.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            ahead += _shapes_in(shapes[name])
    return {**model, "operations": kept, "shapes": {name: shapes[name] for name in sorted(shapes)}}


def _shapes_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "shape" and isinstance(member, str):
                yield member
            else:
                yield from _shapes_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from _shapes_in(member)


def _undocumented(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {
            name: _undocumented(member)
            for name, member in value.items()
            if name != "documentation" or not isinstance(member, str)
        }
    return [_undocumented(member) for member in value] if isinstance(value, list) else value


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


if __name__ == "__main__":
    shutil.rmtree(DATA, ignore_errors=True)
    for name, content in files().items():
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

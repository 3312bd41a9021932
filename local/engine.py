"""Pulumi's engine, played by mocks: each run of the program starts as in a process of its own."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import settings as pulumi_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi.runtime.mocks import MockMonitor

PROJECT_NAME = "webhook-processor"


@contextmanager
def engine(
    mocks: pulumi.runtime.Mocks,
    *,
    stack: str,
    values: Mapping[str, str],
    secret_keys: Iterable[str],
    project: str = PROJECT_NAME,
    monitor: MockMonitor | None = None,
) -> Iterator[asyncio.AbstractEventLoop]:
    """Make an event loop in which the program can run; nothing of a run is left for the next one.

    Pulumi keeps its root stack and the tasks that it waits for in the process; those of an earlier run belong to an
    event loop that is closed.

    Args:
        mocks: What answers in the AWS provider's place.
        stack: The stack's name.
        values: The configuration by full key.
        secret_keys: Keys of `values` that are secret.
        project: The project's name, as its Pulumi.yaml has it.
        monitor: What takes registrations; None: Pulumi's own, for `mocks`.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi_settings.set_root_resource(None)  # type: ignore[arg-type]  # as Pulumi itself starts
        pulumi.runtime.set_mocks(mocks, project=project, stack=stack, preview=False, monitor=monitor)
        pulumi_settings.SETTINGS.rpc_manager.clear()
        pulumi_settings.SETTINGS.outputs.clear()
        pulumi_config.set_all_config(dict(values), list(secret_keys))
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()

"""Lambda's Python runtime, as far as it costs: runs one handler in a fresh interpreter and measures each invocation.

Started by path, with one argument, a file of JSON, and imports nothing of ours:
    task, runtime   directories of the artifact and of what Lambda's runtime brings (boto3), in that order on the path
    handler         `module.function`
    phases          [[{event, sampled}, ...], ...]: invocations, in phases that are told apart
    result          file for what was measured
    profile         optional: beginning of the names of cProfile's two files, of the start and of the last phase

Bytecode is never written, as in Lambda, whose code directory is read-only. What the function prints is left to standard
output, unbuffered as Lambda has it. Between phases it calls `getpriority`, where callgrind may be told to dump.
"""

from __future__ import annotations

# What Lambda's runtime client has loaded before the handler's module, so that no handler pays for it:
# https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py
import datetime as dt  # noqa: F401
import decimal  # noqa: F401
import importlib
import json
import logging  # noqa: F401
import math  # noqa: F401
import os
import sys
import time
import traceback  # noqa: F401

TYPE_CHECKING = False  # typing itself is not imported: a handler pays for it
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

TRACE_ID = "Root=1-6752c2a0-{:024x};Parent=53995c3f42cd8ad8;Sampled={}"


class _Unbuffered:
    """Standard output as Lambda gives it: every write is sent at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Context:
    """Lambda's context of one invocation."""

    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = "$LATEST"
    memory_limit_in_mb = "1024"
    invoked_function_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function_name}"
    log_group_name = f"/aws/lambda/{function_name}"
    log_stream_name = "2026/11/29/[$LATEST]0123456789abcdef"
    identity = None
    client_context = None

    def __init__(self, number: int) -> None:
        self.aws_request_id = f"0b0f5a52-6f0e-4a57-9f0c-{number:012x}"
        self._ends_at = time.monotonic() + 60

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._ends_at - time.monotonic()))


def _profile(given: dict[str, str]) -> Callable[[str | None], None]:
    """What begins a profile of that name, and ends (None) the one that was begun; nothing, unless it is asked for."""
    if "profile" not in given:
        return lambda name: None  # noqa: ARG005 - as below
    import cProfile  # noqa: PLC0415 - only for those who ask

    begun: list[tuple[str, cProfile.Profile]] = []

    def switch(name: str | None) -> None:
        if begun:
            ended, profiler = begun.pop()
            profiler.disable()
            profiler.dump_stats(f"{given['profile']}.{ended}")
        if name:
            begun.append((name, cProfile.Profile(time.process_time)))
            begun[0][1].enable()

    return switch


def _peak_kb() -> int:
    """This program's peak memory; what `getrusage` tells begins with that of whoever started it."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - as below
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def _main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be a gift to the handlers
        given = json.load(file)
    sys.path[:0] = [given["task"], given["runtime"]]
    sys.stdout = _Unbuffered(sys.stdout)
    module, _, function = given["handler"].rpartition(".")
    before = set(sys.modules)
    profile = _profile(given)
    number = 0
    answers, phases, modules, started = [], [], [], {}
    os.getpriority(os.PRIO_PROCESS, 0)
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    first = given["phases"][0][0]
    profile("cold")
    # Lambda initialises in the trace of the request that it starts for.
    os.environ["_X_AMZN_TRACE_ID"] = TRACE_ID.format(number, int(first["sampled"]))
    handler = getattr(importlib.import_module(module), function)
    started = {"init_cpu_ns": time.process_time_ns() - cpu, "init_wall_ns": time.perf_counter_ns() - wall}
    for phase, invocations in enumerate(given["phases"]):
        if phase and phase == len(given["phases"]) - 1:
            profile("warm")
        cpus, walls = [], []
        for invocation in invocations:
            os.environ["_X_AMZN_TRACE_ID"] = TRACE_ID.format(number, int(invocation["sampled"]))
            context = _Context(number)
            cpu, wall = time.process_time_ns(), time.perf_counter_ns()
            answer = handler(invocation["event"], context)
            cpus.append(time.process_time_ns() - cpu)
            walls.append(time.perf_counter_ns() - wall)
            answers.append(answer)
            if not number:
                modules = sorted(set(sys.modules) - before)
                started["peak_kb"] = _peak_kb()
            number += 1
        profile(None)
        phases.append({"cpu_ns": cpus, "wall_ns": walls})
        os.getpriority(os.PRIO_PROCESS, 0)
    with open(given["result"], "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump({"started": started, "modules": modules, "phases": phases, "answers": answers}, file)


if __name__ == "__main__":
    _main()

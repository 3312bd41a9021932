"""The runbook, followed on a system in trouble: each command as it is written there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from lambda_src.log import Line
from local.faults import FaultPlan
from local.observer import Observer, wait_until
from local.settings import parse_sources
from local.system import LocalSystem
from tests.integration.conftest import endpoint, event, send
from tests.integration.operations.operating import (
    SETTINGS,
    Ops,
    commands_on,
    die,
    let_older_code_have_recorded,
    send_unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


RUNBOOK = (Path(__file__).parents[3] / "runbook.md").read_text()
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
COMMANDS = {
    section: re.findall(r"`python -m ops ([^`]+)`", " ".join(text.split())) for section, text in SECTIONS.items()
}
QUERIES = [
    (section, query)
    for section, text in SECTIONS.items()
    for query in re.findall(r"`((?:fields|filter) [^`]+)`", " ".join(text.split()))
]

SHOWN = {
    "status": ["dead-letter queue  3", "20 wrong_secret", "newest, moments ago"],
    "dlq list": ["ledger_unavailable", "topic_unavailable", "unparsable", "0 of 1"],
    "dlq redrive --cause ledger_unavailable --canary": ["1 of 1 messages sent back"],
    "dlq redrive --cause topic_unavailable --canary": ["1 of 1 messages sent back"],
    "dlq inspect ID": ['"cause": "unparsable"', "no event"],
    "rotate SOURCE": ["shop: 1 live", "the newest secret was last used: moments ago"],
    "rotate SOURCE --add": ["shop has 2 live secrets now"],
    "replay --since 2h --dry-run": ["- status: unknown", "+ status: captured", "nothing was published"],
}
"""What each of the commands must say on the system below."""


@pytest.fixture(scope="module")
def troubled() -> Iterator[LocalSystem]:
    """A system with a dead letter of each cause, refused requests, and an event of a type that was once unknown."""
    with (
        LocalSystem(parse_sources(("shop=stripe:whsec_runbook",)), environment="runbook", settings=SETTINGS) as system,
        Observer(system) as observer,
    ):
        die(system, observer, 1)
        die(system, observer, 1, without="sns")
        send_unreadable(system, observer)
        target, what = endpoint(system, "shop"), event("stripe")
        assert {send(target, what, secret="whsec_forger").status for _ in range(20)} == {401}
        assert send(target, what).status == 200
        assert wait_until(lambda: observer.events(what.payment_id))
        let_older_code_have_recorded(system, observer, what, status="unknown")
        system.metrics.feed()
        yield system


@pytest.fixture(scope="module")
def ops(troubled: LocalSystem, tmp_path_factory: pytest.TempPathFactory) -> Ops:
    """Run one command on the system."""
    return commands_on(troubled, tmp_path_factory.mktemp("ops"))


@pytest.fixture(scope="module")
def unreadable(ops: Ops) -> str:
    """The id of the dead letter that can never be read."""
    (row,) = (line for line in ops("dlq", "list").output.splitlines() if "unparsable" in line)
    return row.split()[-1]


def test_what_the_commands_must_say_is_known_of_each() -> None:
    """A command that is added to the runbook needs its line here, one that goes leaves none behind."""
    assert all(COMMANDS.values())
    assert {command for commands in COMMANDS.values() for command in commands} == set(SHOWN)


@pytest.mark.parametrize("command", dict.fromkeys(command for commands in COMMANDS.values() for command in commands))
def test_each_command_does_what_the_runbook_needs_of_it(command: str, ops: Ops, unreadable: str) -> None:
    """It ends with 0 and shows what its sections are about."""
    words = [{"ID": unreadable, "SOURCE": "shop"}.get(word, word) for word in shlex.split(command)]
    told = ops(*words, given="whsec_runbook_new\n" if "--add" in words else None)
    assert told.exit_code == 0, told.output
    for text in SHOWN[command]:
        assert text in told.output


@pytest.mark.parametrize(("section", "query"), QUERIES)
def test_each_log_query_names_fields_that_the_log_has(section: str, query: str) -> None:
    """What is filtered, shown and counted by is a field of the log's lines, or one of CloudWatch's own."""
    del section  # names the test
    fields = {each.encode_name for each in msgspec.structs.fields(Line)}
    words = {"fields", "filter", "stats", "count", "by", "sort", "desc", "like"}
    bare = re.sub(r'"[^"]*"|/[^/]*/', "", query)
    named = set(re.findall(r"@?[a-z_]+", bare)) - words
    assert named
    assert named <= fields | {"@timestamp", "@message"}


def test_without_a_secret_the_commands_say_so(troubled: LocalSystem, ops: Ops) -> None:
    """The countdown's case: a source that answers 503 is told by its number of live secrets."""
    troubled.emulator.fail(FaultPlan())
    name = f"{troubled.outputs['secrets_path']}/shop/signing-secrets"
    troubled.clients.ssm.put_parameter(Name=name, Value="[]", Type="SecureString", Overwrite=True)
    assert "shop: 0 live" in ops("rotate", "shop").output

"""`python -m ops` against a deployed system over HTTP: each command, what it changes, and how it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from local.aws import REGION
from local.iam import translate
from local.observer import Observer, wait_until
from ops.__main__ import main
from tests.integration.conftest import endpoint, event, send
from tests.integration.operations.operating import (
    Ops,
    die,
    let_older_code_have_recorded,
)

if TYPE_CHECKING:
    from pathlib import Path

    from local.system import LocalSystem


def test_status_tells_what_came_and_what_was_refused(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """Depths, the last event and the counts of each source, refusals by reason; a source that is idle is told."""
    good = event("square")
    assert send(endpoint(operated, "cards"), good).status == 200
    assert send(endpoint(operated, "cards"), good, secret="square_forger").status == 401
    assert wait_until(lambda: subscriber.published_of(good.payment_id))
    operated.metrics.feed()
    told = ops("status")
    assert told.exit_code == 0
    lines = {line.split()[0]: line for line in told.output.splitlines() if line.strip()}
    assert "0 waiting, 0 under way" in lines["queue"]
    assert lines["cards"].split()[1:6] == ["moments", "ago", "1", "0", "1"]
    assert "1 wrong_secret" in lines["cards"]
    assert lines["idle"].split()[1:4] == ["never", "0", "0"]


def test_show_tells_a_payments_state_and_history(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """The state with its amount in major units, and each event; as JSON the items themselves."""
    paid = event("stripe")
    send(endpoint(operated, "shop"), paid)
    assert wait_until(lambda: subscriber.state(paid.payment_id))
    told = ops("show", f"stripe:{paid.payment_id}")
    assert told.exit_code == 0
    assert f"stripe:{paid.payment_id} is captured 20.00 EUR" in told.output
    assert "payment_intent.succeeded" in told.output
    items = json.loads(ops("show", f"stripe:{paid.payment_id}", "--json").output)
    assert [item["record"].partition("#")[0] for item in items] == ["event", "state"]
    assert json.loads(items[0]["payload"])["id"] == paid.event_id
    let_older_code_have_recorded(operated, subscriber, paid, event_type="[/x]")
    assert " [/x] " in ops("show", f"stripe:{paid.payment_id}").output
    missing = ops("show", "stripe:pi_nobody")
    assert (missing.exit_code, missing.output.count("\n")) == (2, 1)
    assert "nothing is recorded of 'stripe:pi_nobody'" in missing.output


def test_the_receipt_tells_what_came_how_long_it_took_and_what_stands(
    operated: LocalSystem, subscriber: Observer, ops: Ops
) -> None:
    """Counts by our own metrics, times by the log, limits by the settings; what the emulator does not tell is named."""
    paid = event("square")
    assert send(endpoint(operated, "cards"), paid).status == 200
    assert wait_until(lambda: subscriber.published_of(paid.payment_id))
    operated.metrics.feed()
    told = ops("receipt", "--days", "1")
    assert told.exit_code == 0, told.output
    lines = {line.split("  ")[0]: line.split() for line in told.output.splitlines()}
    first = told.output.split()
    assert int(first[0]) >= 1
    assert "webhooks accepted of" in told.output
    assert int(lines["acknowledged to published"][3]) >= 1
    assert lines["runs at once for the queue"][8] == "2"  # processingConcurrency of this stack
    assert "3 endpoints in 2 zones" in told.output
    assert "tells nothing of empty receives" in told.output


def test_a_replay_shows_and_publishes_what_changed(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """An event recorded by an older mapping is shown as a difference and corrected by an event of its own, once."""
    paid = event("stripe")
    send(endpoint(operated, "shop"), paid)
    assert wait_until(lambda: subscriber.published_of(paid.payment_id))
    let_older_code_have_recorded(operated, subscriber, paid, status="pending", amount=20)
    dry = ops("replay", "--since", "1h", "--source", "shop", "--dry-run")
    assert dry.exit_code == 0
    assert paid.event_id in dry.output
    for line in ("- status: pending", "+ status: captured", "- amount: 20", "+ amount: 2000", "nothing was published"):
        assert line in dry.output
    assert len(subscriber.published_of(paid.payment_id)) == 1
    for _ in range(2):
        assert "1 corrections published" in ops("replay", "--since", "1h", "--source", "shop", "--rate", "100").output
    assert wait_until(lambda: len(subscriber.published_of(paid.payment_id)) == 3)
    original, *corrections = subscriber.published_of(paid.payment_id)
    assert {each.event["id"] for each in corrections} == {corrections[0].event["id"]}
    assert corrections[0].event["id"].startswith(f"stripe:{paid.event_id}:replay:")
    assert corrections[0].event["data"]["replay_of"] == original.event["id"]
    assert (corrections[0].event["data"]["status"], corrections[0].event["data"]["amount"]) == ("captured", 2000)
    assert corrections[0].attributes["replay"] == "true"
    assert "0 read" not in ops("replay", "--since", "1h", "--until", "1s", "--dry-run").output
    assert "nothing was published" in ops("replay", "--since", "2d", "--until", "1d").output


def test_a_replay_wants_a_time_and_a_source_that_exist(ops: Ops) -> None:
    """A time that is none, a naive one, one before all time, and an unknown source are refused."""
    for time in ("yesterday", "2026-11-23T09:00:00", "999999d", "0001-01-01T00:00:00+14:00"):
        refused = ops("replay", "--since", time)
        assert (refused.exit_code, "is neither a time such as" in refused.output) == (2, True)
    assert ops("replay").exit_code == 2
    unknown = ops("replay", "--since", "1h", "--source", "nobody")
    assert (unknown.exit_code, "there is no source 'nobody'" in unknown.output) == (2, True)


def test_a_secret_is_rotated_without_losing_a_webhook(operated: LocalSystem, ops: Ops) -> None:
    """Old and new are accepted side by side; the old one goes only when it is not needed, or by force."""
    target = endpoint(operated, "idle")
    assert send(target, event("stripe")).status == 200
    assert ops("rotate", "idle", "--remove-old").exit_code == 2
    added = ops("rotate", "idle", "--add", given="whsec_brandnew\n")
    assert (added.exit_code, "idle has 2 live secrets now" in added.output) == (0, True)
    assert "whsec" not in added.output
    assert send(target, event("stripe"), secret="whsec_idle").status == 200
    assert wait_until(lambda: send(target, event("stripe"), secret="whsec_brandnew").status == 200, seconds=60)
    assert send(target, event("stripe"), secret="whsec_idle").status == 200
    operated.metrics.feed()
    told = ops("rotate", "idle").output
    assert "idle: 2 live, changed moments ago" in told
    assert "an older secret was last used:   moments ago" in told
    refused = ops("rotate", "idle", "--remove-old")
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert "may still be needed" in refused.output
    forced = ops("rotate", "idle", "--remove-old", "--force")
    assert (forced.exit_code, "idle has 1 live secret left" in forced.output) == (0, True)
    parameter = operated.clients.ssm.get_parameter(
        Name=f"{operated.outputs['secrets_path']}/idle/signing-secrets", WithDecryption=True
    )["Parameter"]
    assert json.loads(parameter["Value"]) == ["whsec_brandnew"]


def test_a_secret_that_is_none_changes_nothing(operated: LocalSystem, ops: Ops) -> None:
    """The wrong form, nothing at all, what is there already, an unknown source, both actions at once: exit code 2."""
    name = f"{operated.outputs['secrets_path']}/shop/signing-secrets"
    before = operated.clients.ssm.get_parameter(Name=name)["Parameter"]["Version"]
    for words, given in [
        (["shop", "--add"], "not_a_signing_secret"),
        (["shop", "--add"], " \n"),
        (["shop", "--add"], "whsec_operations"),
        (["nobody", "--add"], "whsec_x"),
        (["shop", "--add", "--remove-old"], "whsec_x"),
    ]:
        refused = ops("rotate", *words, given=given)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert given.strip() not in refused.output or not given.strip()
    assert operated.clients.ssm.get_parameter(Name=name)["Parameter"]["Version"] == before


def test_a_wrong_stack_is_told_in_one_line(tmp_path: Path, operated: LocalSystem) -> None:
    """No stack, no file, no outputs, another program's outputs, no Pulumi CLI: exit code 2."""
    foreign, broken = tmp_path / "foreign.json", tmp_path / "broken.json"
    foreign.write_text('{"bucket": "b"}')
    broken.write_text("not JSON")
    env = {"PATH": str(tmp_path), "PULUMI_STACK": ""}
    for words, said in {
        ("--outputs", str(tmp_path / "none.json")): "No such file",
        ("--outputs", str(broken)): "not the JSON object",
        ("--outputs", str(foreign)): "is not a deployed webhook-processor: it lacks the outputs function_name",
        ("--stack", "dev"): "--stack needs the Pulumi CLI",
        ("--stack", "dev", "--local"): "give one of --stack, --outputs and --local",
    }.items():
        refused = CliRunner().invoke(main, [*words, "status"], env=env)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert said in refused.output
    del operated


def client_environment(
    system: LocalSystem, tmp_path: Path, key: str, secret: str
) -> tuple[list[str], dict[str, str | None]]:
    """Words and environment for a command that finds the emulator as it would find AWS: by the standard variables."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({name: value for name, value in system.outputs.items() if name != "endpoint_url"}))
    return ["--outputs", str(file)], {
        "AWS_ENDPOINT_URL": system.emulator.endpoint_url,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": None,
        "AWS_PROFILE": None,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_wrong_and_missing_credentials_are_told_in_one_line(operated: LocalSystem, tmp_path: Path) -> None:
    """Nobody's key, no key, and nobody who answers: exit code 2."""
    words, env = client_environment(operated, tmp_path, "nobody", "nobody")
    refused = CliRunner().invoke(main, [*words, "status"], env=env)
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert refused.output.startswith("Error: AWS refuses")
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": "/dev/null"}
    missing = CliRunner().invoke(
        main, [*words, "status"], env=env | nobody | {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    )
    assert (missing.exit_code, missing.output.count("\n")) == (2, 1)
    assert "credentials are missing" in missing.output
    deaf = CliRunner().invoke(main, [*words, "status"], env=env | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert (deaf.exit_code, deaf.output.count("\n")) == (2, 1)
    assert "nobody answers" in deaf.output


@pytest.mark.usefixtures("empty_dead_letter_queue")
def test_the_operators_policy_is_enough_and_the_readers_one_changes_nothing(
    operated: LocalSystem, subscriber: Observer, ops: Ops, tmp_path: Path
) -> None:
    """With exactly the printed policy every command works; with the read-only one those that change are refused."""
    iam = operated.clients.iam
    environments = {}
    for name, words in {"operator": [], "reader": ["--read-only"]}.items():
        document = json.loads(ops("policy", *words).output)
        assert all(
            REGION in resource or resource == "*" for each in document["Statement"] for resource in each["Resource"]
        )
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="ops", PolicyDocument=translate(json.dumps(document)))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        environments[name] = client_environment(operated, tmp_path, key["AccessKeyId"], key["SecretAccessKey"])
    try:
        (paid,) = die(operated, subscriber, 1)

        def run(who: str, *command: str, given: str | None = None) -> Result:
            words, env = environments[who]
            return CliRunner().invoke(main, [*words, *command], env=env, input=given)

        for who in environments:
            for command in (["status"], ["receipt"], ["dlq", "list"], ["replay", "--since", "1h", "--dry-run"]):
                assert run(who, *command).exit_code == 0, run(who, *command).output
        denied = run("reader", "dlq", "redrive", "--all")
        assert denied.exit_code == 2
        assert denied.output.splitlines()[-1] == (
            "Error: AWS refuses SendMessage (AccessDenied): these credentials lack rights that "
            "`python -m ops policy` lists"
        )
        assert run("reader", "rotate", "shop").exit_code == 2
        assert run("operator", "dlq", "redrive", "--all", "--canary").exit_code == 0
        assert wait_until(lambda: subscriber.published_of(paid.payment_id))
        assert run("operator", "show", f"stripe:{paid.payment_id}").exit_code == 0
        assert run("operator", "rotate", "shop", "--add", given="whsec_operators").exit_code == 0
        assert run("operator", "rotate", "shop", "--remove-old", "--force").exit_code == 0
    finally:
        for name in environments:
            for key_id in [each["AccessKeyId"] for each in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]:
                iam.delete_access_key(UserName=name, AccessKeyId=key_id)
            iam.delete_user_policy(UserName=name, PolicyName="ops")
            iam.delete_user(UserName=name)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["status"],
        ["show"],
        ["dlq"],
        ["dlq", "list"],
        ["dlq", "inspect"],
        ["dlq", "redrive"],
        ["replay"],
        ["rotate"],
        ["receipt"],
        ["policy"],
    ],
)
def test_help_needs_no_stack(words: list[str]) -> None:
    """Every command explains itself without a stack and without credentials."""
    told = CliRunner().invoke(main, [*words, "--help"], env={"PULUMI_STACK": "", "PATH": ""})
    assert told.exit_code == 0
    assert told.output.startswith("Usage: ")
    assert len(told.output) > 150

"""The translation of the function's policy for the emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.iam import Untranslatable, translate


def _translated(**statement: object) -> dict[str, Any]:
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "It", "Effect": "Allow", **statement}]}
    document = json.loads(translate(json.dumps(policy)))
    assert document["Version"] == "2012-10-17"
    (only,) = document["Statement"]
    return dict(only)


def test_statement_without_emulator_trouble_stays_as_it_is() -> None:
    """What the emulator understands reaches it unchanged."""
    statement = _translated(
        Action=["dynamodb:PutItem"],
        Resource=["arn:aws:dynamodb:us-east-1:000000000000:table/ledger"],
        Condition={"StringEquals": {"aws:ResourceAccount": ["000000000000"]}},
    )
    assert statement == {
        "Sid": "It",
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem"],
        "Resource": ["arn:aws:dynamodb:us-east-1:000000000000:table/ledger"],
        "Condition": {"StringEquals": {"aws:ResourceAccount": ["000000000000"]}},
    }


@pytest.mark.parametrize(
    "key",
    ["kms:ViaService", "KMS:viaservice", "lambda:SourceFunctionArn", "kms:EncryptionContext:aws:lambda:FunctionArn"],
)
def test_unresolved_condition_keys_are_dropped_from_an_allow(key: str) -> None:
    """A key that the emulator has no value for is dropped; the others of its operator stay."""
    both = _translated(
        Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {key: "x", "aws:ResourceAccount": "1"}}
    )
    alone = _translated(Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {key: "x"}})
    assert both["Condition"] == {"StringEquals": {"aws:ResourceAccount": "1"}}
    assert "Condition" not in alone


def test_a_deny_under_an_unresolved_key_is_refused() -> None:
    """Dropping the condition of a Deny would turn its meaning round, so it is refused by its name."""
    with pytest.raises(Untranslatable, match=r"statement It: .*Deny"):
        _translated(
            Effect="Deny", Action="s3:*", Resource="*", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
        )


def test_a_deny_to_the_functions_code_holds_for_every_call() -> None:
    """Only the function's code acts as the role here, so a Deny that asks for that needs no condition."""
    statement = _translated(
        Effect="Deny",
        Action=["ec2:CreateNetworkInterface"],
        Resource=["*"],
        Condition={"ArnEquals": {"lambda:SourceFunctionArn": ["arn:aws:lambda:us-east-1:000000000000:function:f"]}},
    )
    assert statement == {"Sid": "It", "Effect": "Deny", "Action": ["ec2:CreateNetworkInterface"], "Resource": ["*"]}


def test_a_deny_to_the_code_under_a_further_unresolved_key_is_refused() -> None:
    """The exception is for the one condition alone, not for what stands beside it."""
    source = {"lambda:SourceFunctionArn": ["arn"]}
    for condition in (
        {"ArnEquals": {**source, "kms:ViaService": ["x"]}},
        {"ArnEquals": source, "StringEquals": {"kms:ViaService": ["x"]}},
        {"ArnNotEquals": source},
    ):
        with pytest.raises(Untranslatable):
            _translated(Effect="Deny", Action="s3:*", Resource="*", Condition=condition)


@pytest.mark.parametrize("missing", ["Action", "Resource"])
def test_statements_by_exclusion_are_refused(missing: str) -> None:
    """NotAction and NotResource are not translated by guessing."""
    statement = {"Action": "sns:Publish", "Resource": "*"}
    statement[f"Not{missing}"] = statement.pop(missing)
    with pytest.raises(Untranslatable, match="only Action and Resource"):
        _translated(**statement)


@pytest.mark.parametrize(
    ("action", "batch"),
    [
        ("sns:Publish", "sns:PublishBatch"),
        ("sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibilityBatch"),
    ],
)
def test_an_action_brings_its_batch_on_the_same_resource_only(action: str, batch: str) -> None:
    """The emulator's own name of a batch action is granted exactly where the action is."""
    statement = _translated(Action=[action], Resource=["arn:aws:sns:us-east-1:000000000000:events"])
    assert statement["Action"] == [action, batch]
    assert statement["Resource"] == ["arn:aws:sns:us-east-1:000000000000:events"]


@pytest.mark.parametrize(
    ("real", "local"),
    [
        ("arn:aws:logs:us-east-1:0:log-group:/aws/lambda/f:*", "arn:aws:logs:us-east-1:0:log-group:/aws/lambda/f"),
        (
            "arn:aws:logs:us-east-1:0:log-group:/aws/lambda/f:log-stream:*",
            "arn:aws:logs:us-east-1:0:log-group:/aws/lambda/f",
        ),
        ("arn:aws:sqs:us-east-1:0:queue:*", "arn:aws:sqs:us-east-1:0:queue:*"),
        ("*", "*"),
    ],
)
def test_streams_of_a_log_group_become_the_group(real: str, local: str) -> None:
    """The emulator matches bare log groups; no other resource is touched."""
    assert _translated(Action="logs:PutLogEvents", Resource=real)["Resource"] == [local]


def test_an_action_that_is_asked_for_without_a_resource_is_a_statement_more() -> None:
    """The emulator does not look for the table of a PartiQL statement; what AWS grants stays as narrow as it was."""
    table = "arn:aws:dynamodb:us-east-1:0:table/ledger"
    statement = {"Sid": "It", "Effect": "Allow", "Action": ["dynamodb:PartiQLInsert"], "Resource": [table]}
    document = json.loads(translate(json.dumps({"Statement": [statement]})))
    other = {"Sid": "ItOfNoResource", "Action": ["dynamodb:BatchExecuteStatement"], "Resource": "*"}
    assert document["Statement"] == [statement, statement | other]

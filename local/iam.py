"""The function's real policy, translated into what the emulator evaluates.

The program's policy stays the source: the runner puts this translation of it, and nothing else, on the local role.

    condition keys that the emulator cannot resolve     dropped from Allow statements (there they would never match)
    the streams of a log group (`:*`, `:log-stream:*`)  the bare group (which the emulator matches)
    an action that the emulator asks for by another     and that name (`OTHER_NAMES`): AWS authorises `PublishBatch` as
    name                                                sns:Publish
    the same, of a call whose resource it does not      and that name on every resource (`OF_NO_RESOURCE`): the table of
    look for                                            a PartiQL statement is known to AWS alone
    `lambda:SourceFunctionArn` of a Deny                dropped: here only the function's code acts as the role, so it
                                                        holds for every call

A Deny under another condition that cannot be resolved has no true translation (dropped, it forbids what it should
allow or allows what it should forbid), so it is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

UNRESOLVED_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "cloudwatch:namespace",
        "kms:encryptioncontextkeys",
        "kms:viaservice",
        "lambda:invokedviafunctionurl",
        "lambda:sourcefunctionarn",
    }
)
"""Condition keys (lower case, as IAM compares them) that `ministack.core.iam_evaluator` never has a value for."""

UNRESOLVED_PREFIXES = ("kms:encryptioncontext:",)

_SOURCE = "lambda:sourcefunctionarn"

OTHER_NAMES = {
    "sns:Publish": "sns:PublishBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "lambda:GetFunctionConcurrency": "lambda:PutFunctionConcurrency",
}
"""Actions that the emulator asks for by another name: a batch's own, or of a reading the writing's."""

OF_NO_RESOURCE = {"dynamodb:PartiQLInsert": "dynamodb:BatchExecuteStatement"}
"""Actions that the emulator asks for by another name and without a resource."""

_LOG_STREAMS = re.compile(r"(?P<group>arn:[^:]+:logs:[^:]*:[^:]*:log-group:[^:]+):(?:log-stream:)?\*")


class Untranslatable(Exception):
    """A statement means something that the emulator cannot be told."""

    def __init__(self, statement: dict[str, Any], problem: str) -> None:
        super().__init__(f"statement {statement.get('Sid', '(no Sid)')}: {problem}")


def translate(policy: str) -> str:
    """Translate an identity policy.

    Args:
        policy: The policy document as the program writes it, JSON.

    Returns:
        The policy document for the emulator, JSON.

    Raises:
        Untranslatable: A Deny depends on a key that the emulator cannot resolve, or a statement names what it does
            not mean (NotAction, NotResource).
    """
    document = json.loads(policy)
    statements = [_statement(each) for each in _listed(document["Statement"])]
    statements += [
        {**each, "Sid": f"{each['Sid']}OfNoResource", "Action": unnamed, "Resource": "*"}
        for each in statements
        if (unnamed := [OF_NO_RESOURCE[action] for action in each["Action"] if action in OF_NO_RESOURCE])
    ]
    return json.dumps({**document, "Statement": statements})


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    if "Action" not in statement or "Resource" not in statement:
        raise Untranslatable(statement, "only Action and Resource are translated")
    translated = dict(statement)
    if "Condition" in statement:
        translated.pop("Condition")
        resolved = {
            operator: kept
            for operator, keys in statement["Condition"].items()
            if (kept := {key: value for key, value in keys.items() if _resolves(key)})
        }
        if statement["Effect"] == "Deny" and resolved != _without_source(statement["Condition"]):
            raise Untranslatable(statement, "the emulator cannot resolve the condition of this Deny")
        if resolved:
            translated["Condition"] = resolved
    actions = _listed(statement["Action"])
    translated["Action"] = actions + [OTHER_NAMES[action] for action in actions if action in OTHER_NAMES]
    translated["Resource"] = [_resource(resource) for resource in _listed(statement["Resource"])]
    return translated


def _without_source(condition: dict[str, Any]) -> dict[str, Any]:
    """Return a condition without the one on the function that a call comes from."""
    return {
        operator: keys
        for operator, keys in condition.items()
        if (operator, {*map(str.lower, keys)}) != ("ArnEquals", {_SOURCE})
    }


def _resource(arn: str) -> str:
    streams = _LOG_STREAMS.fullmatch(arn)
    return streams["group"] if streams else arn


def _resolves(key: str) -> bool:
    return key.lower() not in UNRESOLVED_KEYS and not key.lower().startswith(UNRESOLVED_PREFIXES)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - IAM writes one item or a list of them
    return list(value) if isinstance(value, list) else [value]

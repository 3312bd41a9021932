"""What operators may do: the rights that `python -m ops` needs, separate from the function's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.stack import Stack


def policy(stack: Stack, *, read_only: bool) -> dict[str, Any]:
    """Write the IAM policy for operators of one stack.

    Args:
        stack: The stack.
        read_only: Only what `status`, `show`, `receipt`, `dlq list`, `dlq inspect` and `replay --dry-run` need.
    """
    statements = _reading(stack) + ([] if read_only else _acting(stack))
    return {"Version": "2012-10-17", "Statement": statements}


def _reading(stack: Stack) -> list[dict[str, Any]]:
    outputs = stack.outputs
    partition, account = outputs["table_arn"].split(":")[1], outputs["table_arn"].split(":")[4]
    function = f"arn:{partition}:lambda:{stack.region}:{account}:function:{outputs['function_name']}"
    log_group = f"arn:{partition}:logs:{stack.region}:{account}:log-group:{outputs['log_group_name']}"
    return [
        _allow("ReadLedger", ["dynamodb:Query", "dynamodb:Scan"], outputs["table_arn"]),
        _allow("ReadDepths", ["sqs:GetQueueAttributes"], outputs["queue_arn"], outputs["dlq_arn"]),
        # Reading a queue means holding its messages for a while, and letting them go.
        _allow("ReadDeadLetters", ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"], outputs["dlq_arn"]),
        _allow("ReadTable", ["dynamodb:DescribeTable"], outputs["table_arn"]),
        _allow("ReadFunction", ["lambda:GetFunctionConfiguration", "lambda:GetFunctionConcurrency"], function),
        # IAM knows a log group by both.
        _allow("SearchLog", ["logs:StartQuery"], log_group, f"{log_group}:*"),
        # These know no resources.
        _allow("ReadAnswers", ["logs:GetQueryResults", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], "*"),
        _allow("ReadAccount", ["lambda:GetAccountSettings", "lambda:ListEventSourceMappings"], "*"),
        _allow("ReadTraces", ["xray:GetTraceSummaries", "xray:BatchGetTraces"], "*"),
        _through(stack, "Decrypt", ["kms:Decrypt"], "sqs", "dynamodb"),
    ]


def _acting(stack: Stack) -> list[dict[str, Any]]:
    outputs = stack.outputs
    partition, account = outputs["table_arn"].split(":")[1], outputs["table_arn"].split(":")[4]
    secrets = f"arn:{partition}:ssm:{stack.region}:{account}:parameter{outputs['secrets_path']}/*"
    return [
        _allow("Redrive", ["sqs:SendMessage"], outputs["queue_arn"]),
        _allow("TakeDeadLetters", ["sqs:DeleteMessage"], outputs["dlq_arn"]),
        _allow("PublishCorrections", ["sns:Publish"], outputs["topic_arn"]),
        _allow("RotateSecrets", ["ssm:GetParameter", "ssm:PutParameter"], secrets),
        _through(
            stack, "EncryptAndDecrypt", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], "sqs", "sns", "ssm"
        ),
    ]


def _allow(sid: str, actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}


def _through(stack: Stack, sid: str, actions: list[str], *services: str) -> dict[str, Any]:
    hosts = [f"{service}.{stack.region}.amazonaws.com" for service in services]
    statement = _allow(sid, actions, stack.outputs["kms_key_arn"])
    return statement | {"Condition": {"StringEquals": {"kms:ViaService": hosts}}}

"""The AWS calls of the function, as IAM names them; the tests of grants and of the handler both hold to this list."""

from __future__ import annotations

CODE_ACTIONS = frozenset(
    {
        "dynamodb:PartiQLInsert",  # of BatchExecuteStatement
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sns:Publish",  # of PublishBatch, too
        "sqs:ChangeMessageVisibility",
        "sqs:SendMessage",
        "ssm:GetParameter",
    }
)
"""What the handler's own code calls."""

SERVICE_ACTIONS = frozenset(
    {
        # Lambda's poller
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        # DynamoDB, SNS, SQS, SSM and Lambda, for the function
        "kms:Decrypt",
        "kms:GenerateDataKey",
        # Lambda's logging and X-Ray's daemon
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
"""What AWS services call in the function's name."""

INTERFACE_ACTIONS = frozenset(
    {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    }
)
"""What Lambda does to place the function in a network."""

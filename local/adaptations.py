"""Everything that differs between the program and its local deployment: one table, shown in docs/emulator.md.

A resource's adapter may leave a property out or change it only through an entry here; anything else that the program
sets is either sent to the emulator or an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What becomes of the property."""

    CHANGED = "changed"
    """The runner sends something else."""

    NOT_SENT = "not sent"
    """The emulator has no such property, or it is for Pulumi alone."""

    NO_EFFECT = "no effect"
    """The runner sends it, the emulator stores it and does nothing with it."""


@dataclass(frozen=True)
class Adaptation:
    """One difference.

    Attributes:
        type: Pulumi type of the resource.
        property: Name of the property, with dots into nested ones.
        kind: What becomes of it.
        reason: Why, and what happens instead.
    """

    type: str
    property: str
    kind: Kind
    reason: str


ADAPTATIONS = (
    Adaptation(
        "pulumi:providers:aws",
        "skipCredentialsValidation",
        Kind.NOT_SENT,
        "there are no real credentials to check",
    ),
    Adaptation(
        "pulumi:providers:aws",
        "skipRegionValidation",
        Kind.NOT_SENT,
        "any other region than us-east-1 is refused",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "code",
        Kind.CHANGED,
        "what was built for AWS is built again for this machine, whose Python the emulator runs it in; an archive of "
        "single files is deployed as it is",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "sourceCodeHash",
        Kind.CHANGED,
        "the hash of the artifact that is deployed instead",
    ),
    Adaptation(
        "aws:iam/rolePolicy:RolePolicy",
        "policy",
        Kind.CHANGED,
        "translated statement by statement into what the emulator evaluates (local/iam.py); nothing else is granted",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "architectures",
        Kind.NO_EFFECT,
        "the function runs on this machine's architecture",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "runtime",
        Kind.NO_EFFECT,
        "the function runs in the Python that runs the emulator",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "vpcConfig",
        Kind.NO_EFFECT,
        "a local process has this machine's network; the emulator keeps networks as records",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "replaceSecurityGroupsOnDestroy",
        Kind.NOT_SENT,
        "an instruction to the provider for real network interfaces",
    ),
    Adaptation(
        "aws:lambda/function:Function",
        "replacementSecurityGroupIds",
        Kind.NOT_SENT,
        "an instruction to the provider for real network interfaces",
    ),
    Adaptation(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "policy",
        Kind.NO_EFFECT,
        "no traffic passes through an endpoint here, so its policy is never asked",
    ),
    Adaptation(
        "aws:ec2/networkAcl:NetworkAcl",
        "subnetIds",
        Kind.NOT_SENT,
        "the emulator forgets which subnet an ACL is moved to",
    ),
    Adaptation(
        "aws:apigateway/restApi:RestApi", "securityPolicy", Kind.NOT_SENT, "the emulator is called by plain HTTP"
    ),
    Adaptation(
        "aws:apigateway/restApi:RestApi", "endpointAccessMode", Kind.NOT_SENT, "the emulator is called by plain HTTP"
    ),
    Adaptation(
        "aws:apigateway/deployment:Deployment",
        "triggers",
        Kind.NOT_SENT,
        "an instruction to Pulumi: when to deploy again",
    ),
    Adaptation(
        "aws:apigateway/account:Account",
        "cloudwatchRoleArn",
        Kind.NOT_SENT,
        "the emulator's API Gateway writes no logs",
    ),
    Adaptation("aws:wafv2/webAcl:WebAcl", "rules", Kind.NO_EFFECT, "rules are kept and never asked about a request"),
    *(
        Adaptation(
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            name,
            Kind.NOT_SENT,
            "the emulator has no such call; where nothing is stopped, there is nothing to log",
        )
        for name in ("logDestinationConfigs", "redactedFields", "loggingFilter")
    ),
    Adaptation("aws:ec2/flowLog:FlowLog", "logDestination", Kind.NO_EFFECT, "there is no traffic to log"),
    Adaptation("aws:lambda/function:Function", "memorySize", Kind.NO_EFFECT, "nothing limits a local process"),
    Adaptation("aws:lambda/function:Function", "kmsKeyArn", Kind.NO_EFFECT, "environment variables are not encrypted"),
    Adaptation(
        "aws:lambda/function:Function",
        "loggingConfig.logFormat",
        Kind.NO_EFFECT,
        "lines are logged as they are printed, the platform's own ones as text",
    ),
    Adaptation("aws:dynamodb/table:Table", "serverSideEncryption", Kind.NO_EFFECT, "items are kept in memory, plain"),
    Adaptation("aws:dynamodb/table:Table", "pointInTimeRecovery", Kind.NO_EFFECT, "a restore copies the items of now"),
    Adaptation(
        "aws:sns/topicSubscription:TopicSubscription",
        "redrivePolicy",
        Kind.NO_EFFECT,
        "a message that cannot be delivered is dropped; in memory there is nothing to fail",
    ),
    Adaptation("aws:sns/topic:Topic", "kmsMasterKeyId", Kind.NO_EFFECT, "messages are kept in memory, plain"),
    Adaptation("aws:sqs/queue:Queue", "kmsMasterKeyId", Kind.NO_EFFECT, "messages are kept in memory, plain"),
    Adaptation("aws:sqs/queue:Queue", "kmsDataKeyReusePeriodSeconds", Kind.NO_EFFECT, "no data keys are made"),
    Adaptation(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "redriveAllowPolicy",
        Kind.NO_EFFECT,
        "any queue may move messages to any dead-letter queue",
    ),
    Adaptation(
        "aws:ssm/parameter:Parameter", "keyId", Kind.NO_EFFECT, "secure strings are kept in memory, KMS is not asked"
    ),
    Adaptation("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", Kind.NO_EFFECT, "log lines are kept in memory, plain"),
    Adaptation(
        "aws:cloudwatch/logGroup:LogGroup",
        "retentionInDays",
        Kind.NO_EFFECT,
        "lines stay until the emulator ends",
    ),
    Adaptation(
        "aws:cloudwatch/logGroup:LogGroup",
        "skipDestroy",
        Kind.NOT_SENT,
        "an instruction to Pulumi; true is refused, since destroy must leave nothing",
    ),
    Adaptation(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "metricQueries",
        Kind.NO_EFFECT,
        "alarms on a calculation are never evaluated",
    ),
    Adaptation(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "dimensions",
        Kind.NO_EFFECT,
        "an alarm looks at its metric under all dimensions together",
    ),
    Adaptation(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "treatMissingData",
        Kind.NO_EFFECT,
        "where there is no data an alarm keeps its state",
    ),
)

_BY_PROPERTY = {(entry.type, entry.property): entry for entry in ADAPTATIONS}


def adaptation(type_: str, property_: str) -> Adaptation:
    """Look up the entry that allows a difference.

    Raises:
        KeyError: There is none: the adapter deviates without saying so.
    """
    return _BY_PROPERTY[type_, property_]

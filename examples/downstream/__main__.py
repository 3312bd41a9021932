"""A downstream team's deployment: its own queue behind the payments topic, and a function that keeps a table.

Nothing of the other program is imported; its stack's outputs and docs/events.md are all that one needs to know of it.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.desk import TIMEOUT_SECONDS, Desk, DeskArgs
from components.encryption import Encryption, EncryptionArgs
from components.inbox import Inbox, InboxArgs

config = pulumi.Config()
topic_arn = pulumi.StackReference(config.require("paymentsStack")).require_output("topic_arn")
name = f"{pulumi.get_project()}-{pulumi.get_stack()}"
log_group_name = f"/aws/lambda/{name}"

account = aws.get_caller_identity().account_id
partition = aws.get_partition().partition
region = aws.get_region().region

encryption = Encryption(
    "encryption",
    EncryptionArgs(
        name=name,
        topic_arn=topic_arn,
        root_arn=f"arn:{partition}:iam::{account}:root",
        log_group_arn=f"arn:{partition}:logs:{region}:{account}:log-group:{log_group_name}",
        logs_service=f"logs.{region}.amazonaws.com",
    ),
)
inbox = Inbox(
    "inbox",
    InboxArgs(
        name=name,
        topic_arn=topic_arn,
        statuses=config.require_object("statuses"),
        key_arn=encryption.key_arn,
        visibility_timeout_seconds=6 * TIMEOUT_SECONDS,
    ),
)
desk = Desk(
    "desk",
    DeskArgs(
        name=name,
        log_group_name=log_group_name,
        queue_url=inbox.queue_url,
        queue_arn=inbox.queue_arn,
        key_arn=encryption.key_arn,
    ),
)

pulumi.export("table_name", desk.table_name)
pulumi.export("function_name", desk.function_name)
pulumi.export("queue_url", inbox.queue_url)
pulumi.export("dead_letters_url", inbox.dead_letters_url)
pulumi.export("undelivered_url", inbox.undelivered_url)

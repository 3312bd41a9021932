"""A downstream team's deployment: its own queue behind the payments topic, and a function that keeps a table.

Nothing of the other program is imported; its stack's outputs and docs/events.md are all that one needs to know of it.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, AlarmsArgs
from components.desk import TIMEOUT_SECONDS, Desk, DeskArgs
from components.encryption import Encryption, EncryptionArgs
from components.inbox import Inbox, InboxArgs
from components.place import Place

config = pulumi.Config()
topic_arn = pulumi.StackReference(config.require("paymentsStack")).require_output("topic_arn")
place = Place(
    name=f"{pulumi.get_project()}-{pulumi.get_stack()}",
    partition=aws.get_partition().partition,
    region=aws.get_region().region,
    account=aws.get_caller_identity().account_id,
)

encryption = Encryption("encryption", EncryptionArgs(place=place, topic_arn=topic_arn))
inbox = Inbox(
    "inbox",
    InboxArgs(
        name=place.name,
        topic_arn=topic_arn,
        statuses=config.require_object("statuses"),
        key_arn=encryption.key_arn,
        visibility_timeout_seconds=6 * TIMEOUT_SECONDS,
    ),
)
desk = Desk(
    "desk",
    DeskArgs(
        place=place,
        queue_url=inbox.queue_url,
        queue_arn=inbox.queue_arn,
        key_arn=encryption.key_arn,
    ),
)
Alarms(
    "alarms",
    AlarmsArgs(
        name=place.name,
        queue_name=inbox.queue_name,
        dead_letters_name=inbox.dead_letters_name,
        undelivered_name=inbox.undelivered_name,
        actions=config.require_object("alarmActions"),
    ),
)

pulumi.export("table_name", desk.table_name)
pulumi.export("function_name", desk.function_name)
pulumi.export("queue_url", inbox.queue_url)
pulumi.export("dead_letters_url", inbox.dead_letters_url)
pulumi.export("undelivered_url", inbox.undelivered_url)

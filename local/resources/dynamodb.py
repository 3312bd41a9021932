"""Tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def table(context: Context, inputs: Inputs) -> Created:
    """aws:dynamodb/table:Table."""
    dynamodb = context.clients.dynamodb
    name, tags = inputs.required("name"), context.tags(inputs)
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": inputs.required("billingMode"),
        "AttributeDefinitions": [
            {"AttributeName": attribute.required("name"), "AttributeType": attribute.required("type")}
            for attribute in inputs.each("attributes")
        ],
        "KeySchema": [{"AttributeName": inputs.required("hashKey"), "KeyType": "HASH"}],
        "DeletionProtectionEnabled": inputs.flag("deletionProtectionEnabled"),
        "Tags": tag_list(tags),
    }
    if range_key := inputs.text("rangeKey"):
        request["KeySchema"].append({"AttributeName": range_key, "KeyType": "RANGE"})
    if encryption := inputs.nested("serverSideEncryption"):
        request["SSESpecification"] = {"Enabled": encryption.flag("enabled"), "SSEType": "KMS"}
        if key_arn := encryption.text("kmsKeyArn"):
            request["SSESpecification"]["KMSMasterKeyId"] = key_arn
    arn = dynamodb.create_table(**request)["TableDescription"]["TableArn"]
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    if expiry := inputs.nested("ttl"):
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={
                "AttributeName": expiry.required("attributeName"),
                "Enabled": expiry.flag("enabled"),
            },
        )
    if recovery := inputs.nested("pointInTimeRecovery"):
        specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": recovery.flag("enabled")}
        if days := recovery.number("recoveryPeriodInDays"):
            specification["RecoveryPeriodInDays"] = days
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)  # type: ignore[arg-type]  # a plain dict, checked by the emulator

    def delete() -> None:
        # Whoever ends the local system means it: on AWS, `protect` is set to false and deployed first.
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=name)

    return Created(id=name, outputs={"arn": arn, "tagsAll": tags}, delete=delete)

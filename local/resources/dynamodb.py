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
    request = _request(context, inputs)
    arn = dynamodb.create_table(**request)["TableDescription"]["TableArn"]
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    _expire_and_back_up(context, inputs)

    def delete() -> None:
        # Whoever ends the local system means it: on AWS, `protect` is set to false and deployed first.
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=name)

    def update(context: Context, inputs: Inputs) -> Created:
        request = _request(context, inputs)
        dynamodb.update_table(
            TableName=name,
            BillingMode=request["BillingMode"],
            DeletionProtectionEnabled=request["DeletionProtectionEnabled"],
        )
        _expire_and_back_up(context, inputs)
        return created

    def read() -> dict[str, Any]:
        found: Any = dynamodb.describe_table(TableName=name)["Table"]
        backups: Any = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]
        properties = {
            "deletionProtectionEnabled": found.get("DeletionProtectionEnabled", False),
            "pointInTimeRecovery": {"enabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED"},
        }
        if days := recovery.get("RecoveryPeriodInDays"):
            properties["pointInTimeRecovery"]["recoveryPeriodInDays"] = days
        return properties

    created = Created(id=name, outputs={"arn": arn, "tagsAll": tags}, delete=delete, update=update, read=read)
    return created


def _request(context: Context, inputs: Inputs) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": inputs.required("name"),
        "BillingMode": inputs.required("billingMode"),
        "AttributeDefinitions": [
            {"AttributeName": attribute.required("name"), "AttributeType": attribute.required("type")}
            for attribute in inputs.each("attributes")
        ],
        "KeySchema": [{"AttributeName": inputs.required("hashKey"), "KeyType": "HASH"}],
        "DeletionProtectionEnabled": inputs.flag("deletionProtectionEnabled"),
        "Tags": tag_list(context.tags(inputs)),
    }
    if range_key := inputs.text("rangeKey"):
        request["KeySchema"].append({"AttributeName": range_key, "KeyType": "RANGE"})
    if encryption := inputs.nested("serverSideEncryption"):
        request["SSESpecification"] = {"Enabled": encryption.flag("enabled"), "SSEType": "KMS"}
        if key_arn := encryption.text("kmsKeyArn"):
            request["SSESpecification"]["KMSMasterKeyId"] = key_arn
    return request


def _expire_and_back_up(context: Context, inputs: Inputs) -> None:
    dynamodb, name = context.clients.dynamodb, inputs.required("name")
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

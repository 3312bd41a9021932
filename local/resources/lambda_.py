"""Functions, their triggers and their public addresses."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from local.archives import zipped
from local.resources.context import Context, Created, Gone

if TYPE_CHECKING:
    from local.inputs import Inputs


def function(context: Context, inputs: Inputs) -> Created:
    """aws:lambda/function:Function, with the artifact of this machine."""
    functions = context.clients.functions
    name, tags = inputs.required("name"), context.tags(inputs)
    code, sha256 = _code(context, inputs)
    arn = functions.create_function(
        **_configuration(inputs),
        Code={"ZipFile": code},
        Architectures=inputs.strings("architectures") or ["x86_64"],  # type: ignore[arg-type]  # texts, checked by the emulator
        Publish=inputs.flag("publish"),
        Tags=tags,
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    _reserve(context, inputs)
    region = context.clients.region

    def update(context: Context, inputs: Inputs) -> Created:
        inputs.strings("architectures")
        inputs.flag("publish")
        # What is not said stays as it is, the network too.
        out_of_network: Any = {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}
        functions.update_function_configuration(**{**out_of_network, **_configuration(inputs)})
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        functions.update_function_code(FunctionName=name, ZipFile=_code(context, inputs)[0])
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        _reserve(context, inputs)
        return created

    def read() -> dict[str, Any]:
        found = functions.get_function(FunctionName=name)
        configuration: Any = found["Configuration"]
        return {
            "environment": {"variables": configuration.get("Environment", {}).get("Variables", {})},
            "memorySize": configuration["MemorySize"],
            "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "timeout": configuration["Timeout"],
        }

    created = Created(
        id=name,
        outputs={
            "arn": arn,
            "codeSha256": sha256,
            "invokeArn": f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "qualifiedArn": f"{arn}:$LATEST",
            "sourceCodeHash": sha256,
            "tagsAll": tags,
            "version": "$LATEST",
        },
        delete=lambda: functions.delete_function(FunctionName=name),
        update=update,
        read=read,
    )
    return created


def _code(context: Context, inputs: Inputs) -> tuple[bytes, str]:
    """Return the function's zip and its base64 SHA-256; one that was built for AWS's machines, built for this one."""
    inputs.replaced("sourceCodeHash")
    if (files := zipped(inputs.replaced("code"))) is not None:
        return files, base64.b64encode(hashlib.sha256(files).digest()).decode()
    path, sha256 = context.artifact()
    return path.read_bytes(), sha256


def _configuration(inputs: Inputs) -> Any:  # noqa: ANN401 - keyword arguments of two calls
    request: dict[str, Any] = {
        "FunctionName": inputs.required("name"),
        "Role": inputs.required("role"),
        "Handler": inputs.required("handler"),
        "Runtime": inputs.required("runtime"),
        "Description": inputs.text("description") or "",
        "MemorySize": inputs.number("memorySize") or 128,
        "Timeout": inputs.number("timeout") or 3,
    }
    if environment := inputs.nested("environment"):
        request["Environment"] = {"Variables": environment.mapping("variables")}
    if key_arn := inputs.text("kmsKeyArn"):
        request["KMSKeyArn"] = key_arn
    if network := inputs.nested("vpcConfig"):
        request["VpcConfig"] = {
            "SubnetIds": network.strings("subnetIds"),
            "SecurityGroupIds": network.strings("securityGroupIds"),
        }
    for name_of_instruction in ("replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds"):
        inputs.left_out(name_of_instruction)
    if tracing := inputs.nested("tracingConfig"):
        request["TracingConfig"] = {"Mode": tracing.required("mode")}
    if logging := inputs.nested("loggingConfig"):
        request["LoggingConfig"] = _logging_config(logging)
    if storage := inputs.nested("ephemeralStorage"):
        request["EphemeralStorage"] = {"Size": storage.number("size")}
    return request


def _reserve(context: Context, inputs: Inputs) -> None:
    functions, name = context.clients.functions, inputs.required("name")
    reserved = inputs.number("reservedConcurrentExecutions")
    if reserved is not None and reserved >= 0:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    else:
        functions.delete_function_concurrency(FunctionName=name)


def _logging_config(inputs: Inputs) -> dict[str, str]:
    names = {
        "applicationLogLevel": "ApplicationLogLevel",
        "logFormat": "LogFormat",
        "logGroup": "LogGroup",
        "systemLogLevel": "SystemLogLevel",
    }
    return {theirs: value for ours, theirs in names.items() if (value := inputs.text(ours)) is not None}


def event_source_mapping(context: Context, inputs: Inputs) -> Created:
    """aws:lambda/eventSourceMapping:EventSourceMapping."""
    functions = context.clients.functions
    tags = context.tags(inputs)
    created = functions.create_event_source_mapping(
        **_mapping(inputs), EventSourceArn=inputs.required("eventSourceArn"), Tags=tags
    )
    uuid = created["UUID"]

    def update(_context: Context, inputs: Inputs) -> Created:
        inputs.required("eventSourceArn")
        functions.update_event_source_mapping(UUID=uuid, **_mapping(inputs))
        return made

    def read() -> dict[str, Any]:
        found: Any = functions.get_event_source_mapping(UUID=uuid)
        return {
            "batchSize": found.get("BatchSize"),
            "maximumBatchingWindowInSeconds": found.get("MaximumBatchingWindowInSeconds"),
            "enabled": found.get("State") != "Disabled",
            "scalingConfig": {"maximumConcurrency": found.get("ScalingConfig", {}).get("MaximumConcurrency")},
        }

    made = Created(
        id=uuid,
        outputs={
            "arn": created.get("EventSourceMappingArn", ""),
            "enabled": True,
            "functionArn": created["FunctionArn"],
            "state": created["State"],
            "tagsAll": tags,
            "uuid": uuid,
        },
        delete=lambda: functions.delete_event_source_mapping(UUID=uuid),
        update=update,
        read=read,
    )
    return made


def _mapping(inputs: Inputs) -> Any:  # noqa: ANN401 - keyword arguments of two calls
    request: dict[str, Any] = {
        "FunctionName": inputs.required("functionName"),
        "Enabled": inputs.flag("enabled", default=True),
        "FunctionResponseTypes": inputs.strings("functionResponseTypes"),
    }
    if (size := inputs.number("batchSize")) is not None:
        request["BatchSize"] = size
    if (seconds := inputs.number("maximumBatchingWindowInSeconds")) is not None:
        request["MaximumBatchingWindowInSeconds"] = seconds
    if scaling := inputs.nested("scalingConfig"):
        request["ScalingConfig"] = {"MaximumConcurrency": scaling.number("maximumConcurrency")}
    return request


def function_url(context: Context, inputs: Inputs) -> Created:
    """aws:lambda/functionUrl:FunctionUrl; with NONE also the two permissions that the AWS provider adds by itself."""
    functions = context.clients.functions
    name, auth = inputs.required("functionName"), inputs.required("authorizationType")
    created = functions.create_function_url_config(
        FunctionName=name,
        AuthType=auth,  # type: ignore[arg-type]  # a text from the program, checked by the emulator
        InvokeMode=inputs.text("invokeMode") or "BUFFERED",  # type: ignore[arg-type]  # a text from the program, checked by the emulator
    )
    if auth == "NONE":
        functions.add_permission(
            FunctionName=name,
            StatementId="FunctionURLAllowPublicAccess",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
        functions.add_permission(
            FunctionName=name,
            StatementId="FunctionURLAllowInvokeAction",
            Action="lambda:InvokeFunction",
            Principal="*",
            InvokedViaFunctionUrl=True,
        )
    url = created["FunctionUrl"]
    return Created(
        id=name,
        outputs={
            "functionArn": created["FunctionArn"],
            "functionUrl": url,
            "urlId": url.removeprefix("https://").partition(".")[0],
        },
        delete=lambda: functions.delete_function_url_config(FunctionName=name),
        read=lambda: {"authorizationType": functions.get_function_url_config(FunctionName=name)["AuthType"]},
    )


def permission(context: Context, inputs: Inputs) -> Created:
    """aws:lambda/permission:Permission."""
    functions = context.clients.functions
    name, statement_id = inputs.required("function"), inputs.required("statementId")
    functions.add_permission(
        FunctionName=name,
        StatementId=statement_id,
        Action=inputs.required("action"),
        Principal=inputs.required("principal"),
        SourceAccount=inputs.required("sourceAccount"),
        SourceArn=inputs.required("sourceArn"),
    )

    def read() -> dict[str, Any]:
        # With no statement left there is no policy: the call itself raises what a missing resource raises.
        statements = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
        if statement_id not in (each["Sid"] for each in statements):
            raise Gone(statement_id)
        return {}

    return Created(
        id=statement_id,
        outputs={},
        delete=lambda: functions.remove_permission(FunctionName=name, StatementId=statement_id),
        read=read,
    )

"""Functions, their triggers and their public addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs


def function(context: Context, inputs: Inputs) -> Created:
    """aws:lambda/function:Function, with the artifact of this machine."""
    functions = context.clients.functions
    name, tags = inputs.required("name"), context.tags(inputs)
    inputs.replaced("code")
    inputs.replaced("sourceCodeHash")
    path, sha256 = context.artifact()
    request: dict[str, Any] = {
        "FunctionName": name,
        "Role": inputs.required("role"),
        "Handler": inputs.required("handler"),
        "Runtime": inputs.required("runtime"),
        "Code": {"ZipFile": path.read_bytes()},
        "Description": inputs.text("description") or "",
        "Architectures": inputs.strings("architectures") or ["x86_64"],
        "MemorySize": inputs.number("memorySize") or 128,
        "Timeout": inputs.number("timeout") or 3,
        "Publish": inputs.flag("publish"),
        "Tags": tags,
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
    arn = functions.create_function(**request)["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    reserved = inputs.number("reservedConcurrentExecutions")
    if reserved is not None and reserved >= 0:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    region = context.clients.region
    return Created(
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
    )


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
    request: dict[str, Any] = {
        "EventSourceArn": inputs.required("eventSourceArn"),
        "FunctionName": inputs.required("functionName"),
        "Enabled": inputs.flag("enabled", default=True),
        "FunctionResponseTypes": inputs.strings("functionResponseTypes"),
        "Tags": tags,
    }
    if (size := inputs.number("batchSize")) is not None:
        request["BatchSize"] = size
    if (seconds := inputs.number("maximumBatchingWindowInSeconds")) is not None:
        request["MaximumBatchingWindowInSeconds"] = seconds
    if scaling := inputs.nested("scalingConfig"):
        request["ScalingConfig"] = {"MaximumConcurrency": scaling.number("maximumConcurrency")}
    created = functions.create_event_source_mapping(**request)
    uuid = created["UUID"]
    return Created(
        id=uuid,
        outputs={
            "arn": created.get("EventSourceMappingArn", ""),
            "functionArn": created["FunctionArn"],
            "state": created["State"],
            "tagsAll": tags,
            "uuid": uuid,
        },
        delete=lambda: functions.delete_event_source_mapping(UUID=uuid),
    )


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
    return Created(
        id=statement_id,
        outputs={},
        delete=lambda: functions.remove_permission(FunctionName=name, StatementId=statement_id),
    )

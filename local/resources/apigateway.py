"""REST APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs


def rest_api(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/restApi:RestApi."""
    apis, tags = context.clients.apigateway, context.tags(inputs)
    for name in ("securityPolicy", "endpointAccessMode"):
        inputs.left_out(name)
    created = apis.create_rest_api(
        name=inputs.required("name"),
        description=inputs.text("description") or "",
        binaryMediaTypes=inputs.strings("binaryMediaTypes"),
        endpointConfiguration=_endpoints(inputs),
        disableExecuteApiEndpoint=inputs.flag("disableExecuteApiEndpoint"),
        tags=tags,
    )
    api_id = created["id"]
    (root,) = apis.get_resources(restApiId=api_id)["items"]
    here = f"{context.clients.region}:{context.clients.account_id}"
    return Created(
        id=api_id,
        outputs={
            "arn": f"arn:aws:apigateway:{context.clients.region}::/restapis/{api_id}",
            "executionArn": f"arn:aws:execute-api:{here}:{api_id}",
            "rootResourceId": root["id"],
            "tagsAll": tags,
        },
        delete=lambda: apis.delete_rest_api(restApiId=api_id),
    )


def resource(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/resource:Resource."""
    apis, api_id, part = context.clients.apigateway, inputs.required("restApi"), inputs.required("pathPart")
    created = apis.create_resource(restApiId=api_id, parentId=inputs.required("parentId"), pathPart=part)
    return Created(
        id=created["id"],
        outputs={"path": created["path"]},
        delete=lambda: apis.delete_resource(restApiId=api_id, resourceId=created["id"]),
    )


def method(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/method:Method."""
    apis, where = context.clients.apigateway, _method(inputs)
    apis.put_method(**where, authorizationType=inputs.required("authorization"))
    return Created(id=_joined(where), outputs={}, delete=lambda: apis.delete_method(**where))


def integration(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/integration:Integration."""
    apis, where = context.clients.apigateway, _method(inputs)
    apis.put_integration(
        **where,
        type=inputs.required("type"),  # type: ignore[arg-type]  # a text, checked by the emulator
        integrationHttpMethod=inputs.required("integrationHttpMethod"),
        uri=inputs.required("uri"),
        timeoutInMillis=inputs.number("timeoutMilliseconds") or 29_000,
    )
    return Created(id=_joined(where), outputs={}, delete=lambda: apis.delete_integration(**where))


def deployment(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/deployment:Deployment."""
    apis, api_id = context.clients.apigateway, inputs.required("restApi")
    inputs.left_out("triggers")
    deployment_id = apis.create_deployment(restApiId=api_id)["id"]
    return Created(
        id=deployment_id,
        outputs={},
        delete=lambda: apis.delete_deployment(restApiId=api_id, deploymentId=deployment_id),
    )


def stage(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/stage:Stage."""
    apis, tags = context.clients.apigateway, context.tags(inputs)
    api_id, name = inputs.required("restApi"), inputs.required("stageName")
    apis.create_stage(
        restApiId=api_id,
        stageName=name,
        deploymentId=inputs.required("deployment"),
        tracingEnabled=inputs.flag("xrayTracingEnabled"),
        tags=tags,
    )
    _log_access(context, inputs)
    region = context.clients.region

    def update(context: Context, inputs: Inputs) -> Created:
        deployed = {
            "/deploymentId": inputs.required("deployment"),
            "/tracingEnabled": str(inputs.flag("xrayTracingEnabled")).lower(),
        }
        _patch_stage(context, api_id, name, deployed)
        _log_access(context, inputs)
        return created

    created = Created(
        id=f"ags-{api_id}-{name}",
        outputs={
            "arn": f"arn:aws:apigateway:{region}::/restapis/{api_id}/stages/{name}",
            "invokeUrl": f"https://{api_id}.execute-api.{region}.amazonaws.com/{name}",
            "tagsAll": tags,
        },
        delete=lambda: apis.delete_stage(restApiId=api_id, stageName=name),
        update=update,
    )
    return created


def _log_access(context: Context, inputs: Inputs) -> None:
    api_id, name = inputs.required("restApi"), inputs.required("stageName")
    if logs := inputs.nested("accessLogSettings"):
        patches = {
            "/accessLogSettings/destinationArn": logs.required("destinationArn"),
            "/accessLogSettings/format": logs.required("format"),
        }
        _patch_stage(context, api_id, name, patches)


_METHOD_SETTINGS = {
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
}
"""Pulumi's property, the path of the API's patch."""


def method_settings(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/methodSettings:MethodSettings; they go with the stage."""
    api_id, name, path = inputs.required("restApi"), inputs.required("stageName"), inputs.required("methodPath")
    if settings := inputs.nested("settings"):
        chosen = {theirs: settings.text(ours) for ours, theirs in _METHOD_SETTINGS.items()}
        patches = {f"/{path}/{theirs}": value for theirs, value in chosen.items() if value is not None}
        _patch_stage(context, api_id, name, patches)
    return Created(id=f"{api_id}-{name}-{path}", outputs={}, delete=lambda: None, update=method_settings)


def account(_context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/account:Account."""
    inputs.left_out("cloudwatchRoleArn")
    return Created(id="api-gateway-account", outputs={}, delete=lambda: None)


def domain_name(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/domainName:DomainName."""
    apis, tags, name = context.clients.apigateway, context.tags(inputs), inputs.required("domainName")
    apis.create_domain_name(
        domainName=name,
        regionalCertificateArn=inputs.required("regionalCertificateArn"),
        endpointConfiguration=_endpoints(inputs),
        securityPolicy=inputs.required("securityPolicy"),  # type: ignore[arg-type]  # a text, checked by the emulator
        tags=tags,
    )
    return Created(id=name, outputs={"tagsAll": tags}, delete=lambda: apis.delete_domain_name(domainName=name))


def base_path_mapping(context: Context, inputs: Inputs) -> Created:
    """aws:apigateway/basePathMapping:BasePathMapping."""
    apis, name = context.clients.apigateway, inputs.required("domainName")
    apis.create_base_path_mapping(
        domainName=name, restApiId=inputs.required("restApi"), stage=inputs.required("stageName")
    )
    return Created(
        id=f"{name}/", outputs={}, delete=lambda: apis.delete_base_path_mapping(domainName=name, basePath="(none)")
    )


def _method(inputs: Inputs) -> Any:  # noqa: ANN401 - keyword arguments of several calls
    return {
        "restApiId": inputs.required("restApi"),
        "resourceId": inputs.required("resourceId"),
        "httpMethod": inputs.required("httpMethod"),
    }


def _endpoints(inputs: Inputs) -> Any:  # noqa: ANN401 - the same for an API and for a domain, whose types differ
    endpoints = inputs.nested("endpointConfiguration")
    return {"types": [endpoints.required("types")] if endpoints else ["EDGE"]}


def _joined(where: dict[str, str]) -> str:
    return "-".join(["agm", *where.values()])


def _patch_stage(context: Context, api_id: str, name: str, patches: dict[str, str]) -> None:
    operations: Any = [{"op": "replace", "path": path, "value": value} for path, value in patches.items()]
    context.clients.apigateway.update_stage(restApiId=api_id, stageName=name, patchOperations=operations)

"""Where webhooks come in when a firewall must stand in front: a REST API that hands on raw bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.firewall import Firewall, FirewallArgs
from infra.policy import Statement, document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.ingress_settings import RestApiSettings
    from infra.names import Names

TLS_POLICY = "SecurityPolicy_TLS13_1_2_2021_06"
"""TLS 1.2 at least, with the ciphers of ordinary clients: some providers do not speak 1.3.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html"""

DOMAIN_TLS_POLICY = "TLS_1_2"

TIMEOUT_MILLISECONDS = 29_000
"""How long the API waits for the function: the most that AWS gives without asking."""

ACCESS_LOG_FORMAT: Mapping[str, str] = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "source_ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "integration_error": "$context.integrationErrorMessage",
    "firewall_status": "$context.waf.status",
    "tls_version": "$context.tlsVersion",
}
"""Fields of an access log line: who, when, what and how it ended; no header, query or body.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html"""


@dataclass(frozen=True, kw_only=True)
class RestApiIngressArgs:
    """Arguments of `RestApiIngress`."""

    names: Names
    """Names and ARNs of this environment."""

    settings: RestApiSettings
    """What the stack chose."""

    function_name: pulumi.Input[str]
    """Name of the function to invoke."""

    function_invoke_arn: pulumi.Input[str]
    """ARN by which the API invokes it."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts logs."""

    log_retention_days: int
    """How long logs are kept."""

    redacted_headers: Sequence[str]
    """Request headers that no log may hold, lower case."""


class RestApiIngress(pulumi.ComponentResource):
    """A regional REST API behind a firewall: POST to `/{source}` invokes the function, nothing else does anything."""

    url: pulumi.Output[str]
    """The address, ending with a slash."""

    def __init__(self, name: str, args: RestApiIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:RestApiIngress", name, None, opts)
        names, settings = args.names, args.settings
        child = pulumi.ResourceOptions(parent=self)
        api = aws.apigateway.RestApi(
            name,
            name=names.processor,
            description="Receives payment webhooks",
            # Every body arrives as base64 of its bytes: as text, the API would replace bytes that are none.
            binary_media_types=["*/*"],
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            security_policy=TLS_POLICY,
            endpoint_access_mode="STRICT",
            disable_execute_api_endpoint=bool(settings.custom_domain),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        resource = aws.apigateway.Resource(
            name, rest_api=api.id, parent_id=api.root_resource_id, path_part="{source}", opts=child
        )
        method = aws.apigateway.Method(
            name,
            rest_api=api.id,
            resource_id=resource.id,
            http_method="POST",
            # Providers cannot sign AWS requests, and an authorizer never sees the body that the signature covers.
            authorization="NONE",
            opts=child,
        )
        integration = aws.apigateway.Integration(
            name,
            rest_api=api.id,
            resource_id=resource.id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=args.function_invoke_arn,
            timeout_milliseconds=TIMEOUT_MILLISECONDS,
            opts=child,
        )
        aws.lambda_.Permission(
            name,
            function=args.function_name,
            statement_id="RestApi",
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            source_account=names.account,
            source_arn=pulumi.Output.concat(api.execution_arn, f"/{names.stage}/POST/*"),
            opts=child,
        )
        deployment = aws.apigateway.Deployment(
            name,
            rest_api=api.id,
            # A stage serves what was deployed, so each change of the above must be a deployment of its own.
            triggers={
                "definition": pulumi.Output.json_dumps(
                    [resource.path_part, method.http_method, method.authorization, integration.uri]
                )
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[integration]),
        )
        stage = self._stage(name, api, deployment, args)
        Firewall(
            f"{name}-firewall",
            FirewallArgs(
                names=names,
                stage_arn=stage.arn,
                allowed_addresses=settings.allowed_addresses,
                requests_per_address=settings.requests_per_address,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                redacted_headers=args.redacted_headers,
            ),
            child,
        )
        if settings.custom_domain:
            self._domain(name, api, stage, settings)
            self.url = pulumi.Output.from_input(f"https://{settings.custom_domain}/")
        else:
            self.url = pulumi.Output.concat(stage.invoke_url, "/")
        self.register_outputs({"url": self.url})

    def _stage(
        self, name: str, api: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment, args: RestApiIngressArgs
    ) -> aws.apigateway.Stage:
        names = args.names
        child = pulumi.ResourceOptions(parent=self)
        access_log = self._log_group(f"{name}-access", names.api_access_log_group, args)
        # API Gateway would otherwise make it by itself: unencrypted, for ever, and left behind.
        execution_log = self._log_group(
            f"{name}-execution", pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, f"/{names.stage}"), args
        )
        needed: list[pulumi.Resource] = [execution_log]
        if args.settings.owns_account_role:
            needed.append(self._account(name, names))
        stage = aws.apigateway.Stage(
            name,
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=names.stage,
            xray_tracing_enabled=True,
            access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
                destination_arn=access_log.arn, format=json.dumps(ACCESS_LOG_FORMAT)
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed),
        )
        aws.apigateway.MethodSettings(
            name,
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                logging_level="ERROR",
                # It would log bodies and headers.
                data_trace_enabled=False,
                metrics_enabled=True,
                caching_enabled=False,
                throttling_rate_limit=args.settings.requests_per_second,
                throttling_burst_limit=2 * args.settings.requests_per_second,
            ),
            opts=child,
        )
        return stage

    def _log_group(self, name: str, log_group: pulumi.Input[str], args: RestApiIngressArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            name,
            name=log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _account(self, name: str, names: Names) -> aws.apigateway.Account:
        """Set the role by which API Gateway writes logs: a setting of account and region, shared by all their APIs."""
        opts = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        role = aws.iam.Role(
            f"{name}-logs",
            name=names.api_log_role,
            description="Writes the logs of API Gateway",
            assume_role_policy=document(
                [
                    Statement(
                        sid="ApiGatewayOfThisAccount",
                        principal={"Service": ["apigateway.amazonaws.com"]},
                        actions=["sts:AssumeRole"],
                        conditions={"StringEquals": {"aws:SourceAccount": [names.account]}},
                    )
                ]
            ),
            opts=opts,
        )
        policy = aws.iam.RolePolicyAttachment(
            f"{name}-logs",
            role=role.name,
            # API Gateway refuses a role with less; it is AWS's own list, for the logs of every API of the account.
            policy_arn=f"arn:{names.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.apigateway.Account(
            name,
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _domain(
        self, name: str, api: aws.apigateway.RestApi, stage: aws.apigateway.Stage, settings: RestApiSettings
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        domain = aws.apigateway.DomainName(
            name,
            domain_name=settings.custom_domain,
            regional_certificate_arn=settings.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            security_policy=DOMAIN_TLS_POLICY,
            opts=child,
        )
        aws.apigateway.BasePathMapping(
            name, rest_api=api.id, stage_name=stage.stage_name, domain_name=domain.domain_name, opts=child
        )

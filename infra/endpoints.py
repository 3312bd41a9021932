"""The only ways out of the network: private endpoints of the AWS services that the function's code calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.names import Names

GATEWAY_SERVICES = frozenset({"dynamodb"})
"""Services reached through the route table, free of charge, in place of interfaces billed by the hour."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Arguments of `Endpoints`."""

    names: Names
    """Names and ARNs of this environment."""

    vpc_id: pulumi.Input[str]
    """The network."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Where interfaces are placed."""

    route_table_id: pulumi.Input[str]
    """The subnets' routes."""

    security_group_id: pulumi.Input[str]
    """What guards the interfaces."""

    grants_to_code: Sequence[Statement]
    """What the function's code may call: each service in it gets an endpoint, open for exactly these calls."""


class Endpoints(pulumi.ComponentResource):
    """One endpoint a service, with a policy that lets the function's role do what it may do anyway, and nothing else.

    Credentials of another account, carried into the function, reach nothing: an endpoint takes our role only.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    prefix_list_ids: Mapping[str, pulumi.Output[str]]
    """Public addresses behind each gateway endpoint, by service, for security groups."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Endpoints", name, None, opts)
        prefix_lists = {}
        for service, grants in _by_service(args.grants_to_code).items():
            endpoint = self._endpoint(f"{name}-{service}", service, grants, args)
            if service in GATEWAY_SERVICES:
                prefix_lists[service] = endpoint.prefix_list_id
        self.prefix_list_ids = prefix_lists
        self.register_outputs({"prefix_list_ids": self.prefix_list_ids})

    def _endpoint(
        self, name: str, service: str, grants: Sequence[Statement], args: EndpointsArgs
    ) -> aws.ec2.VpcEndpoint:
        opts = pulumi.ResourceOptions(parent=self)
        policy = document([_for_role(grant, args.names) for grant in grants])
        service_name = f"com.amazonaws.{args.names.region}.{service}"
        if service in GATEWAY_SERVICES:
            return aws.ec2.VpcEndpoint(
                name,
                vpc_id=args.vpc_id,
                service_name=service_name,
                vpc_endpoint_type="Gateway",
                route_table_ids=[args.route_table_id],
                policy=policy,
                tags={"Name": f"{args.names.processor}-{service}"},
                opts=opts,
            )
        return aws.ec2.VpcEndpoint(
            name,
            vpc_id=args.vpc_id,
            service_name=service_name,
            vpc_endpoint_type="Interface",
            subnet_ids=args.subnet_ids,
            security_group_ids=[args.security_group_id],
            # The SDK then finds the endpoint under the service's ordinary name.
            private_dns_enabled=True,
            policy=policy,
            tags={"Name": f"{args.names.processor}-{service}"},
            opts=opts,
        )


def services_called(grants: Sequence[Statement]) -> list[str]:
    """Return the services that statements allow calls to, such as `sqs`, each once, in alphabetical order."""
    return sorted({action.partition(":")[0] for grant in grants for action in grant.actions})


def _by_service(grants: Sequence[Statement]) -> dict[str, list[Statement]]:
    return {
        service: [grant for grant in grants if grant.actions[0].startswith(f"{service}:")]
        for service in services_called(grants)
    }


def _for_role(grant: Statement, names: Names) -> Statement:
    """Return a grant as an endpoint spells it.

    The principal is everyone, limited by conditions: a gateway endpoint takes a role in no other way.
    """
    return replace(
        grant,
        principal="*",
        conditions={
            **grant.conditions,
            "ArnEquals": {"aws:PrincipalArn": [names.role_arn]},
            "StringEquals": {"aws:PrincipalAccount": [names.account]},
        },
    )

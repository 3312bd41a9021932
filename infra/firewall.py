"""The firewall in front of the REST API, tuned so that real webhooks pass it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.names import Names

COUNTED_RULES: Mapping[str, Sequence[str]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",  # 8 KB, less than many a webhook
        "EC2MetaDataSSRF_BODY",  # a body is never fetched from, and a signature stands before whatever reads it
        "GenericLFI_BODY",
        "GenericRFI_BODY",  # webhooks are full of URLs
        "CrossSiteScripting_BODY",  # and of their customers' texts
        "NoUserAgent_HEADER",  # some providers send none
    ),
}
"""AWS's rule groups, each with those of its rules that only count here, since real webhooks match them.
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""

TOO_LARGE_CONTENT_LENGTH = (
    "^0*([1-9][0-9]{7,}|[2-9][0-9]{6}|1[1-9][0-9]{5}|10[5-9][0-9]{4}"
    "|1049[0-9]{3}|1048[6-9][0-9]{2}|10485[89][0-9]|104857[7-9])$"
)
"""Matches a length above 1,048,576 bytes, the largest SQS message and so the most that the function takes."""

RATE_WINDOW_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """Arguments of `Firewall`."""

    names: Names
    """Names and ARNs of this environment."""

    stage_arn: pulumi.Input[str]
    """ARN of the API's stage."""

    allowed_addresses: Sequence[str]
    """Blocks of addresses that may call; none: all may."""

    requests_per_address: int
    """Requests of one address in five minutes; more are blocked."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts logs."""

    log_retention_days: int
    """How long logs are kept."""

    redacted_headers: Sequence[str]
    """Request headers that no log may hold, lower case."""


class Firewall(pulumi.ComponentResource):
    """A web ACL: addresses, size, rate, and AWS's rules against known attacks; what it stops is logged."""

    web_acl_arn: pulumi.Output[str]
    """ARN of the web ACL."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Firewall", name, None, opts)
        names = args.names
        child = pulumi.ResourceOptions(parent=self)
        rules = [_too_large(), _too_many(args.requests_per_address), *map(_managed, COUNTED_RULES)]
        if args.allowed_addresses:
            addresses = aws.wafv2.IpSet(
                name,
                name=names.processor,
                description="Who may send webhooks",
                scope="REGIONAL",
                ip_address_version=f"IPV{ipaddress.ip_network(args.allowed_addresses[0]).version}",
                addresses=args.allowed_addresses,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            rules.insert(0, _others_than(addresses))
        acl = aws.wafv2.WebAcl(
            name,
            name=names.processor,
            description="In front of payment webhooks",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                aws.wafv2.WebAclRuleArgs(priority=priority, visibility_config=_visible(rule["name"]), **rule)
                for priority, rule in enumerate(rules)
            ],
            visibility_config=_visible("all"),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        aws.wafv2.WebAclAssociation(name, resource_arn=args.stage_arn, web_acl_arn=acl.arn, opts=child)
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=names.firewall_log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[_header(header) for header in args.redacted_headers],
            # What was let through is in the access log.
            logging_filter=aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
                default_behavior="DROP",
                filters=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                        behavior="KEEP",
                        requirement="MEETS_ANY",
                        conditions=[_action("BLOCK"), _action("COUNT"), _action("EXCLUDED_AS_COUNT")],
                    )
                ],
            ),
            opts=child,
        )
        self.web_acl_arn = acl.arn
        self.register_outputs({"web_acl_arn": self.web_acl_arn})


def _others_than(addresses: aws.wafv2.IpSet) -> dict[str, Any]:
    # Typed: Pulumi does not translate the names of a plain object within `not`.
    allowed = aws.wafv2.WebAclRuleStatementArgs(
        ip_set_reference_statement=aws.wafv2.WebAclRuleStatementIpSetReferenceStatementArgs(arn=addresses.arn)
    )
    return {
        "name": "OthersThanAllowed",
        "action": _BLOCK,
        "statement": {"not_statement": {"statements": [allowed]}},
    }


def _too_large() -> dict[str, Any]:
    """Block what says that it is larger than the function takes; the function looks at what says nothing."""
    return {
        "name": "TooLarge",
        "action": _BLOCK,
        "statement": {
            "regex_match_statement": {
                "regex_string": TOO_LARGE_CONTENT_LENGTH,
                "field_to_match": {"single_header": {"name": "content-length"}},
                "text_transformations": [{"priority": 0, "type": "NONE"}],
            }
        },
    }


def _too_many(requests: int) -> dict[str, Any]:
    return {
        "name": "TooManyFromOneAddress",
        "action": _BLOCK,
        "statement": {
            "rate_based_statement": {
                "limit": requests,
                "aggregate_key_type": "IP",
                "evaluation_window_sec": RATE_WINDOW_SECONDS,
            }
        },
    }


def _managed(group: str) -> dict[str, Any]:
    return {
        "name": group,
        "override_action": {"none": {}},
        "statement": {
            "managed_rule_group_statement": {
                "vendor_name": "AWS",
                "name": group,
                "rule_action_overrides": [
                    {"name": rule, "action_to_use": {"count": {}}} for rule in COUNTED_RULES[group]
                ],
            }
        },
    }


_BLOCK: dict[str, Any] = {"block": {}}


def _visible(name: str) -> Any:  # noqa: ANN401 - the same for the ACL and for a rule, whose types differ
    """Count a rule's requests as a metric, and keep no samples: a sample holds headers, signatures among them."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": False}


def _header(name: str) -> aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs:
    return aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
        single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=name)
    )


def _action(action: str) -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs:
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
        action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
            action=action
        )
    )

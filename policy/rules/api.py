"""The REST API and its firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.resources import Resource, Violation, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
METHOD = "aws:apigateway/method:Method"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
WAF_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"


def apigateway_restapi_logging_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Requests and errors are logged. Prowler: the same; Security Hub: APIGateway.1; checkov: CKV_AWS_76."""
    levels = [each.properties["settings"].get("loggingLevel") for each in of_type(resources, METHOD_SETTINGS)]
    return unless(
        of_type(resources, STAGE),
        lambda each: each.properties.get("accessLogSettings") and levels and "OFF" not in levels and None not in levels,
        "no access or no execution log",
    )


def apigateway_restapi_no_data_trace(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Logs hold no bodies. Checkov: CKV_AWS_276; PCI 3.3, 3.4."""
    settings = of_type(resources, METHOD_SETTINGS)
    return unless(settings, lambda each: each.properties["settings"].get("dataTraceEnabled") is False, "logs bodies")


def apigateway_restapi_cache_disabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No request is kept by the API. Prowler: apigateway_restapi_cache_encrypted; checkov: CKV_AWS_308."""
    settings = of_type(resources, METHOD_SETTINGS)
    return unless(settings, lambda each: not each.properties["settings"].get("cachingEnabled"), "keeps requests")


def apigateway_restapi_throttled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A flood has a ceiling. Cdk-nag: AwsSolutions-APIG-throttling; no PCI check."""
    settings = of_type(resources, METHOD_SETTINGS)
    return unless(settings, lambda each: each.properties["settings"].get("throttlingRateLimit"), "no ceiling")


def apigateway_restapi_tracing_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """X-Ray is active. Prowler: the same; Security Hub: APIGateway.3; checkov: CKV_AWS_73."""
    return unless(of_type(resources, STAGE), lambda each: each.properties.get("xrayTracingEnabled"), "not traced")


def apigateway_restapi_waf_acl_attached(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A firewall stands in front. Prowler: the same; Security Hub: APIGateway.4; checkov: CKV2_AWS_29; PCI 6.4.2."""
    associated = of_type(resources, ASSOCIATION)
    return unless(of_type(resources, STAGE), lambda _: associated, "no firewall")


def apigateway_restapi_authorizers_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Callers are authorized by AWS. Prowler: the same; checkov: CKV_AWS_59."""
    return unless(of_type(resources, METHOD), lambda each: each.properties["authorization"] != "NONE", "no authorizer")


def apigateway_restapi_tls_policy(resources: Sequence[Resource]) -> Iterator[Violation]:
    """AWS's address speaks TLS 1.2 or later. Prowler: apigateway_domain_name_pqc_tls_enabled; PCI 4.2.1."""
    return unless(
        of_type(resources, REST_API),
        lambda each: str(each.properties.get("securityPolicy")).startswith(("TLS_1_2", "SecurityPolicy_TLS13_1_")),
        "takes old versions of TLS",
    )


def apigateway_domain_name_tls_policy(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A domain speaks TLS 1.2 or later. Checkov: CKV_AWS_206; cfn-nag: W62; PCI 4.2.1."""
    domains = of_type(resources, DOMAIN_NAME)
    return unless(domains, lambda each: each.properties.get("securityPolicy") == "TLS_1_2", "takes old versions of TLS")


def wafv2_webacl_with_rules(resources: Sequence[Resource]) -> Iterator[Violation]:
    """The firewall has rules, AWS's against known attacks among them. Prowler: the same; checkov: CKV_AWS_192."""

    def blocks(acl: Resource) -> bool:
        groups = [
            (rule["statement"].get("managedRuleGroupStatement") or {}) for rule in acl.properties.get("rules", [])
        ]
        return any(group.get("name") == KNOWN_BAD_INPUTS and not group["ruleActionOverrides"] for group in groups)

    return unless(of_type(resources, WEB_ACL), blocks, "does not block known attacks")


def wafv2_webacl_limits_rate(resources: Sequence[Resource]) -> Iterator[Violation]:
    """An address that sends too much is blocked. PCI 6.4.2; no public check."""

    def limits(acl: Resource) -> bool:
        rated = [rule for rule in acl.properties.get("rules", []) if rule["statement"].get("rateBasedStatement")]
        return any("block" in rule["action"] for rule in rated)

    return unless(of_type(resources, WEB_ACL), limits, "does not limit an address")


def wafv2_webacl_logging_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """What the firewall stops is logged. Prowler: the same; Security Hub: WAF.11; checkov: CKV2_AWS_31."""
    logging = of_type(resources, WAF_LOGGING)
    return unless(of_type(resources, WEB_ACL), lambda _: logging, "not logged")


def wafv2_webacl_logging_redacted(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No log of the firewall holds a signature. PCI 8.3.2, 10.3; no public check."""
    logging = of_type(resources, WAF_LOGGING)
    return unless(logging, lambda each: each.properties.get("redactedFields"), "logs every header")


def wafv2_webacl_rule_logging_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Every rule is counted. Prowler: the same; Security Hub: WAF.12."""

    def is_counted(acl: Resource) -> bool:
        rules = [acl.properties, *acl.properties.get("rules", [])]
        return all(rule["visibilityConfig"]["cloudwatchMetricsEnabled"] for rule in rules)

    return unless(of_type(resources, WEB_ACL), is_counted, "a rule is not counted")


RULES = (
    apigateway_restapi_logging_enabled,
    apigateway_restapi_no_data_trace,
    apigateway_restapi_cache_disabled,
    apigateway_restapi_throttled,
    apigateway_restapi_tracing_enabled,
    apigateway_restapi_waf_acl_attached,
    apigateway_restapi_authorizers_enabled,
    apigateway_restapi_tls_policy,
    apigateway_domain_name_tls_policy,
    wafv2_webacl_with_rules,
    wafv2_webacl_limits_rate,
    wafv2_webacl_logging_enabled,
    wafv2_webacl_logging_redacted,
    wafv2_webacl_rule_logging_enabled,
)

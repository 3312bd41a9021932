"""The second ingress: a REST API that hands on raw bytes, behind a firewall that real webhooks pass."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.firewall import COUNTED_RULES, TOO_LARGE_CONTENT_LENGTH
from infra.signature_headers import OF_PROVIDERS
from lambda_src.providers import PROVIDERS
from lambda_src.queue import MESSAGE_LIMIT_BYTES
from local import senders
from local.samples import KINDS, sample
from local.signing import sign
from tests.infra.program import ACCOUNT, KEY_ARN, REGION, URL, Deployment, deploy, load, problems_of

if TYPE_CHECKING:
    from local.senders import SignedSample

REST_API: dict[str, Any] = {"ingress": "rest-api"}
DOMAIN = {
    "customDomain": "hooks.example.com",
    "certificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000",
}
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def api() -> Deployment:
    """The program with a REST API."""
    return deploy(REST_API)


def test_every_body_arrives_as_its_bytes(api: Deployment) -> None:
    """As text the API would replace bytes that are none, and the signature would not hold."""
    assert api.one("aws:apigateway/restApi:RestApi").inputs == {
        "name": "webhook-processor-dev",
        "description": "Receives payment webhooks",
        "binaryMediaTypes": ["*/*"],
        "endpointConfiguration": {"types": "REGIONAL"},
        "securityPolicy": "SecurityPolicy_TLS13_1_2_2021_06",
        "endpointAccessMode": "STRICT",
        "disableExecuteApiEndpoint": False,
    }


def test_only_a_post_to_a_source_invokes_the_function(api: Deployment) -> None:
    """One resource, one method, handed to the function whole."""
    assert api.one("aws:apigateway/resource:Resource").inputs["pathPart"] == "{source}"
    method = api.one("aws:apigateway/method:Method").inputs
    assert (method["httpMethod"], method["authorization"]) == ("POST", "NONE")
    integration = api.one("aws:apigateway/integration:Integration").inputs
    assert (integration["type"], integration["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
    assert integration["uri"].endswith("function:webhook-processor-dev/invocations")
    assert integration["timeoutMilliseconds"] == 29_000


def test_the_api_alone_may_invoke_the_function(api: Deployment) -> None:
    """The permission names the API, its stage and method, and the account; there is no public address beside it."""
    permission = dict(api.one("aws:lambda/permission:Permission").inputs)
    assert permission == {
        "function": "webhook-processor-dev",
        "statementId": "RestApi",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "sourceAccount": ACCOUNT,
        "sourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:ingress-id/dev/POST/*",
    }
    assert api.all("aws:lambda/functionUrl:FunctionUrl") == []


def test_another_ingress_replaces_the_function(api: Deployment, deployment: Deployment) -> None:
    """The statements that a public address leaves on the function go with the function only."""
    triggers = [
        each.one("aws:lambda/function:Function").replacement_trigger for each in (deployment, api, deploy(REST_API))
    ]
    assert triggers == ["public", "private", "private"]
    assert api.one("aws:lambda/function:Function").delete_before_replace


def test_requests_are_logged_without_what_they_carry(api: Deployment) -> None:
    """Who, when, what and the outcome; neither headers, query nor body, in access and execution log alike."""
    settings = api.one("aws:apigateway/stage:Stage").inputs["accessLogSettings"]
    logged = json.loads(settings["format"]).values()
    assert settings["destinationArn"].endswith(":log-group:/aws/apigateway/webhook-processor-dev")
    assert not [field for field in logged if re.search(r"input|body|header|query|authorizer|params", field)]
    assert {"$context.identity.sourceIp", "$context.status", "$context.requestTime"} <= set(logged)
    assert api.one("aws:apigateway/methodSettings:MethodSettings").inputs["settings"] == {
        "loggingLevel": "ERROR",
        "dataTraceEnabled": False,
        "metricsEnabled": True,
        "cachingEnabled": False,
        "throttlingRateLimit": 1000,
        "throttlingBurstLimit": 2000,
    }


def test_every_log_group_is_ours_encrypted_and_kept(api: Deployment) -> None:
    """The execution log is made before the stage: API Gateway's own would be unencrypted and stay for ever."""
    own = api.one("aws:cloudwatch/logGroup:LogGroup", "processor").inputs
    groups = {each.name: each.inputs for each in api.all("aws:cloudwatch/logGroup:LogGroup")}
    assert {name: inputs["name"] for name, inputs in groups.items()} == {
        "ingress-access": "/aws/apigateway/webhook-processor-dev",
        "ingress-execution": "API-Gateway-Execution-Logs_ingress-id/dev",
        "ingress-firewall": "aws-waf-logs-webhook-processor-dev",
        "network-flow-logs": "/aws/vpc/webhook-processor-dev",
        "processor": "/aws/lambda/webhook-processor-dev",
    }
    assert all({**inputs, "name": ""} == {**own, "name": ""} for inputs in groups.values())
    assert own["kmsKeyId"] == KEY_ARN
    stage = api.one("aws:apigateway/stage:Stage")
    assert api.one("aws:cloudwatch/logGroup:LogGroup", "ingress-execution").urn in stage.dependencies
    assert api.one("aws:apigateway/account:Account").urn in stage.dependencies


def test_the_account_wide_role_is_left_to_whoever_owns_it() -> None:
    """Where another stack set it, this one neither changes it nor takes it away at its end."""
    deployment = deploy({**REST_API, "apiGatewayAccount": "external"})
    assert deployment.all("aws:apigateway/account:Account") == []
    assert [each.name for each in deployment.all("aws:iam/role:Role")] == ["network-flow-logs", "processor"]


def test_the_firewall_stands_in_front_of_the_stage(api: Deployment) -> None:
    """Size, rate and AWS's rules in this order; each is counted, and none keeps samples of requests."""
    acl = api.one("aws:wafv2/webAcl:WebAcl").inputs
    assert acl["scope"] == "REGIONAL"
    assert acl["defaultAction"] == {"allow": {}}
    assert [(rule["priority"], rule["name"]) for rule in acl["rules"]] == [
        (0, "TooLarge"),
        (1, "TooManyFromOneAddress"),
        (2, "AWSManagedRulesAmazonIpReputationList"),
        (3, "AWSManagedRulesKnownBadInputsRuleSet"),
        (4, "AWSManagedRulesCommonRuleSet"),
    ]
    for rule in [*acl["rules"], {**acl, "name": "all"}]:
        assert rule["visibilityConfig"] == {
            "cloudwatchMetricsEnabled": True,
            "metricName": rule["name"],
            "sampledRequestsEnabled": False,
        }
    assert [rule.get("action") for rule in acl["rules"]] == [{"block": {}}, {"block": {}}, None, None, None]
    assert acl["rules"][1]["statement"]["rateBasedStatement"] == {
        "limit": 30_000,
        "aggregateKeyType": "IP",
        "evaluationWindowSec": 300,
    }
    for rule in acl["rules"][2:]:
        group = rule["statement"]["managedRuleGroupStatement"]
        assert (rule["overrideAction"], group["vendorName"], group["name"]) == ({"none": {}}, "AWS", rule["name"])
        counted = [each["name"] for each in group["ruleActionOverrides"]]
        assert counted == list(COUNTED_RULES[rule["name"]])
        assert all(each["actionToUse"] == {"count": {}} for each in group["ruleActionOverrides"])
    association = api.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs
    assert association["webAclArn"] == f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/webhook-processor-dev/id"
    assert association["resourceArn"] == f"arn:aws:apigateway:{REGION}::/restapis/ingress-id/stages/dev"


@given(st.one_of(st.integers(0, 10**12), st.integers(MESSAGE_LIMIT_BYTES - 2000, MESSAGE_LIMIT_BYTES + 2000)))
def test_the_firewall_blocks_exactly_the_lengths_that_the_function_refuses(length: int) -> None:
    """The regular expression is arithmetic: above the largest SQS message, whatever zeros stand in front."""
    for text in (str(length), f"000{length}"):
        assert bool(re.search(TOO_LARGE_CONTENT_LENGTH, text)) is (length > MESSAGE_LIMIT_BYTES)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_providers_largest_sample_passes_the_rules_that_block(provider: str) -> None:
    """Held against the limits that AWS documents, with as many events as the provider may send in one request."""
    samples = [_signed(provider, sample(provider, kind, occurred_at=NOW)) for kind in KINDS[provider]]
    largest = max(samples, key=lambda each: len(each.body))
    broken = _rules_broken(f"/dev/{provider}", largest.headers, b"x" * max(len(largest.body), 100_000))
    assert broken == {"SizeRestrictions_BODY", "NoUserAgent_HEADER"}
    assert broken <= set(COUNTED_RULES["AWSManagedRulesCommonRuleSet"])


def test_no_log_of_the_firewall_holds_a_signature(api: Deployment) -> None:
    """Every header that a provider signs in is redacted, and only what was stopped or counted is logged."""
    logging = api.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    redacted = {field["singleHeader"]["name"] for field in logging["redactedFields"]}
    assert {"authorization", "cookie", *OF_PROVIDERS} == redacted
    assert logging["logDestinationConfigs"] == [
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:aws-waf-logs-webhook-processor-dev"
    ]
    (kept,) = logging["loggingFilter"]["filters"]
    assert (logging["loggingFilter"]["defaultBehavior"], kept["behavior"]) == ("DROP", "KEEP")


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "generic"])
def test_every_header_that_a_sender_signs_in_is_redacted(provider: str) -> None:
    """A header that changes with the secret carries the signature, or the secret itself."""
    body = sample(provider, KINDS[provider][0], occurred_at=NOW)
    one, other = (_signed(provider, body).headers for _ in range(2))
    telling = {name for name in one if one[name] != other[name]}
    assert telling - {"paypal-transmission-id"} <= set(OF_PROVIDERS)


def test_the_header_of_a_generic_source_is_redacted() -> None:
    """A source that says in which header it signs has that one redacted, too."""
    scheme = senders.settings_of("generic")
    deployment = deploy({**REST_API, "sources": {"own": {"provider": "generic", **scheme}}})
    logging = deployment.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    assert {"singleHeader": {"name": "x-vendor-signature"}} in logging["redactedFields"]


def test_addresses_that_may_send_are_a_setting() -> None:
    """With a list, everyone else is blocked before any other rule looks."""
    deployment = deploy({**REST_API, "allowedAddresses": ["203.0.113.0/24", "198.51.100.7/32"]})
    addresses = deployment.one("aws:wafv2/ipSet:IpSet").inputs
    assert (addresses["ipAddressVersion"], addresses["scope"]) == ("IPV4", "REGIONAL")
    assert addresses["addresses"] == ["203.0.113.0/24", "198.51.100.7/32"]
    first = deployment.one("aws:wafv2/webAcl:WebAcl").inputs["rules"][0]
    assert (first["priority"], first["name"], first["action"]) == (0, "OthersThanAllowed", {"block": {}})
    (inner,) = first["statement"]["notStatement"]["statements"]
    assert inner["ipSetReferenceStatement"]["arn"].endswith("ipset/webhook-processor-dev/id")


def test_every_property_has_a_name_that_the_engine_knows() -> None:
    """A Python name that Pulumi did not translate, deep in a rule, would be ignored or refused on AWS only."""

    def names(value: object) -> set[str]:
        if isinstance(value, dict):
            return {*value, *(name for each in value.values() for name in names(each))}
        return {name for each in value for name in names(each)} if isinstance(value, list) else set()

    deployment = deploy({**REST_API, **DOMAIN, "allowedAddresses": ["203.0.113.0/24"]})
    untranslated = {
        name for each in deployment.of_aws for name in names(each.inputs) if re.search(r"[a-z]_[a-z]", name)
    }
    assert untranslated == set()


def test_a_domain_of_ones_own_closes_awss() -> None:
    """Webhooks then come in at one name, with TLS 1.2 at least."""
    deployment = deploy({**REST_API, **DOMAIN})
    assert deployment.exports["webhook_url"] == "https://hooks.example.com/"
    assert deployment.one("aws:apigateway/restApi:RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert deployment.one("aws:apigateway/domainName:DomainName").inputs == {
        "domainName": "hooks.example.com",
        "regionalCertificateArn": DOMAIN["certificateArn"],
        "endpointConfiguration": {"types": "REGIONAL"},
        "securityPolicy": "TLS_1_2",
    }
    assert deployment.one("aws:apigateway/basePathMapping:BasePathMapping").inputs["stageName"] == "dev"


def test_without_a_domain_the_address_is_the_stages(api: Deployment, deployment: Deployment) -> None:
    """Both ingresses export the same outputs."""
    assert api.exports["webhook_url"] == f"https://ingress-id.execute-api.{REGION}.amazonaws.com/dev/"
    assert deployment.exports["webhook_url"] == URL
    assert set(api.exports) == set(deployment.exports)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"ingress": "alb"}, "ingress must be function-url or rest-api; got 'alb'"),
        (
            {"allowedAddresses": ["203.0.113.0/24"]},
            "allowedAddresses must be left out: it has no effect with `ingress: function-url`",
        ),
        (
            {**REST_API, "allowedAddresses": ["203.0.113.1/24"]},
            "allowedAddresses must hold blocks such as 203.0.113.0/24, without host bits; got '203.0.113.1/24'",
        ),
        (
            {**REST_API, "allowedAddresses": ["0.0.0.0/0"]},
            "allowedAddresses must hold blocks such as 203.0.113.0/24, without host bits; got '0.0.0.0/0'",
        ),
        (
            {**REST_API, "allowedAddresses": ["203.0.113.0/24", "2001:db8::/32"]},
            "allowedAddresses must be all IPv4 or all IPv6: a REST API is called by one of them",
        ),
        (
            {**REST_API, "customDomain": "hooks.example.com"},
            "customDomain and certificateArn must be set together",
        ),
        (
            {**REST_API, **DOMAIN, "customDomain": "https://hooks.example.com"},
            "customDomain must be a domain name in lower case, or empty; got 'https://hooks.example.com'",
        ),
        (
            {**REST_API, **DOMAIN, "certificateArn": "arn"},
            "certificateArn must be the ARN of a certificate in ACM; got 'arn'",
        ),
        ({**REST_API, "requestsPerSecond": 0}, "requestsPerSecond must be between 1 and 10000; got 0"),
        ({**REST_API, "requestsPerAddress": 9}, "requestsPerAddress must be between 10 and 2000000000; got 9"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings: dict[str, Any], problem: str) -> None:
    """Nothing of the ingress is ignored in silence, least of all a list of who may send."""
    run = partial(load, {"sources": {"shop": {"provider": "stripe"}}, **settings})
    assert problems_of(run) == (problem,)


def _signed(provider: str, body: bytes) -> SignedSample:
    secret = senders.load(provider).new_secret()
    return sign(provider, body, secret, url="https://hooks.example.com/x", now=int(NOW.timestamp()), event_id="evt_1")


def _rules_broken(path: str, headers: dict[str, str], body: bytes) -> set[str]:
    """Return the rules of AWS's core rule set whose documented limits a request breaks.

    https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    """
    broken = {
        "NoUserAgent_HEADER": "user-agent" not in headers,
        "SizeRestrictions_QUERYSTRING": len(path.partition("?")[2]) > 2_048,
        "SizeRestrictions_Cookie_HEADER": len(headers.get("cookie", "")) > 10_240,
        "SizeRestrictions_BODY": len(body) > 8_192,
        "SizeRestrictions_URIPATH": len(path) > 1_024,
    }
    return {rule for rule, is_broken in broken.items() if is_broken}

"""What must hold for every valid configuration, and for everything that is none."""

from __future__ import annotations

import string
from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from infra.names import LONGEST_SUFFIX
from infra.settings import LOG_RETENTION_DAYS
from infra.source_settings import ENVIRONMENT_BYTES
from lambda_src.providers import PROVIDERS
from lambda_src.providers import load as load_provider
from local import senders
from tests.infra.program import MINIMAL, deploy, load, problems_of

ROLE_POLICY_CHARACTERS = 10_240
"""All inline policies of a role together, without white space.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

PROVIDER_SECRETS = {name: senders.configured(name, senders.load(name).new_secret()) for name in PROVIDERS}
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True)
SUFFIXES = st.from_regex(rf"[a-z0-9]([a-z0-9-]{{0,{LONGEST_SUFFIX - 2}}}[a-z0-9])?", fullmatch=True)
ACCOUNTS = st.text(string.digits, min_size=12, max_size=12)


@st.composite
def _sources(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    def source() -> dict[str, Any]:
        provider = draw(st.sampled_from(PROVIDERS))
        extra: dict[str, st.SearchStrategy[Any]] = {
            "toleranceSeconds": st.integers(30, 3600),
            "notificationUrl": st.just("https://pay.example.com/hook"),
            "merchantAccounts": st.lists(st.sampled_from(["ShopECOM", "ShopPOS"]), unique=True),
        }
        allowed = [field for field in extra if field in load_provider(provider).SETTINGS]
        needed = senders.settings_of(provider)
        return {
            "provider": provider,
            **needed,
            **{field: draw(extra[field]) for field in allowed if draw(st.booleans())},
        }

    return {name: source() for name in draw(st.lists(NAMES, min_size=1, max_size=12, unique=True))}


@st.composite
def _configurations(draw: st.DrawFn) -> dict[str, Any]:
    sources = draw(_sources())
    processing = draw(st.integers(2, 999))
    return {
        "environmentSuffix": draw(SUFFIXES),
        "sources": sources,
        "signingSecrets": {
            name: [PROVIDER_SECRETS[fields["provider"]]] for name, fields in sources.items() if draw(st.booleans())
        },
        "logRetentionDays": draw(st.sampled_from(LOG_RETENTION_DAYS)),
        "reservedConcurrency": draw(st.one_of(st.just(0), st.integers(processing + 1, 1000))),
        "processingConcurrency": processing,
        "batchSize": draw(st.integers(1, 10)),
        "batchWindowSeconds": draw(st.integers(0, 60)),
        "eventRetentionDays": draw(st.integers(0, 36_500)),
        "subscriberAccounts": draw(st.lists(ACCOUNTS, max_size=3, unique=True)),
        "network": draw(st.sampled_from(["isolated", "none"])),
        "availabilityZones": draw(st.integers(1, 3)),
        "protect": draw(st.booleans()),
    }


# A failure is shown as it was found: a deployment takes half a second, and shrinking tries hundreds.
@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(_configurations())
def test_every_valid_configuration_deploys_within_awss_limits(config: dict[str, Any]) -> None:
    """Names, environment, policy and concurrency stay within what AWS accepts, whatever is chosen."""
    deployment = deploy(config)
    function = deployment.one("aws:lambda/function:Function").inputs
    variables = function["environment"]["variables"]
    assert sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) <= ENVIRONMENT_BYTES
    assert len(deployment.one("aws:iam/rolePolicy:RolePolicy", "processor").inputs["policy"]) <= ROLE_POLICY_CHARACTERS
    limits = {
        "aws:lambda/function:Function": 64,
        "aws:iam/role:Role": 64,
        "aws:iam/rolePolicy:RolePolicy": 128,
        "aws:sqs/queue:Queue": 80,
        "aws:dynamodb/table:Table": 255,
        "aws:sns/topic:Topic": 256,
        "aws:kms/alias:Alias": 256,
        "aws:cloudwatch/logGroup:LogGroup": 512,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
        "aws:ssm/parameter:Parameter": 1011,
        **({"aws:ec2/securityGroup:SecurityGroup": 255} if config["network"] == "isolated" else {}),
    }
    named = [each for each in deployment.of_aws if "name" in each.inputs]
    assert {each.type for each in named} == set(limits)
    assert [each.inputs["name"] for each in named if len(each.inputs["name"]) > limits[each.type]] == []
    reserved = function.get("reservedConcurrentExecutions")
    mapping = deployment.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert reserved is None or mapping["scalingConfig"]["maximumConcurrency"] < reserved
    secret_free = {name for name in config["sources"] if name not in config["signingSecrets"]}
    parameters = deployment.all("aws:ssm/parameter:Parameter")
    assert {each.name.removeprefix("signing-secrets-") for each in parameters if each.ignore_changes} == secret_free
    assert sorted(deployment.exports["source_urls"]) == sorted(config["sources"])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(
        [
            "environmentSuffix",
            "logRetentionDays",
            "reservedConcurrency",
            "processingConcurrency",
            "batchSize",
            "batchWindowSeconds",
            "eventRetentionDays",
            "subscriberAccounts",
            "retryDelaysSeconds",
            "alarmEmail",
            "alarmThresholds",
            "silenceAlarmHours",
            "protect",
            "owner",
            "dataClassification",
            "sources",
            "signingSecrets",
        ]
    ),
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.none(),
        st.lists(st.integers(), min_size=1),
        st.dictionaries(st.text(string.ascii_letters, min_size=1), st.integers(), min_size=1),
    ),
)
def test_whatever_is_configured_is_taken_or_named_in_a_problem(key: str, value: object) -> None:
    """No value of any shape ends in another error than the list of problems, and each problem names its key."""
    found = problems_of(partial(load, {**MINIMAL, key: value}))
    assert [problem for problem in found if key not in problem and "not a field" not in problem] == []

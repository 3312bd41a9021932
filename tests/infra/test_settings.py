"""The settings: their defaults, what is refused, and how that is said."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from infra.configuration import ConfigurationError
from infra.network_settings import NetworkSettings
from lambda_src.providers import PROVIDERS
from lambda_src.providers import load as load_provider
from lambda_src.sources import Source
from tests.infra.program import MINIMAL, ROOT, Deployment, deploy, load, problems_of

STRIPE = "whsec_" + "s" * 32


def test_what_is_not_configured_has_its_default() -> None:
    """A stack needs to name its sources and nothing else."""
    chosen = load(MINIMAL)
    assert chosen.sources == {"shop": Source(provider="stripe")}
    assert chosen.suffix == "dev"
    assert chosen.region == "eu-central-1"
    assert chosen.signing_secrets == {}
    assert chosen.log_retention_days == 30
    assert (chosen.reserved_concurrency, chosen.processing_concurrency) == (100, 50)
    assert (chosen.batch_size, chosen.batch_window_seconds) == (10, 0)
    assert chosen.retry_delays_seconds == (30, 120, 480, 1800)
    assert chosen.event_retention_days == 0
    assert chosen.subscriber_accounts == ()
    assert (chosen.alarm_email, chosen.alarm_thresholds, chosen.silence_alarm_hours) == ("", {}, {})
    assert chosen.rest_api is None
    assert chosen.network == NetworkSettings(block="10.64.0.0/24", zones=2, excluded_zone_ids=())
    assert chosen.protect is False
    assert (chosen.owner, chosen.data_classification) == ("unassigned", "confidential")


def test_every_field_of_a_source_is_read() -> None:
    """The fields of a source reach the function under its own names."""
    chosen = load(
        {
            "sources": {
                "a": {"provider": "adyen", "merchantAccounts": ["ShopECOM", "ShopPOS"]},
                "b": {"provider": "square", "notificationUrl": "https://pay.example.com/b?x=1"},
                "c": {"provider": "standard", "toleranceSeconds": 120},
            }
        }
    )
    assert chosen.sources == {
        "a": Source(provider="adyen", merchant_accounts=("ShopECOM", "ShopPOS")),
        "b": Source(provider="square", notification_url="https://pay.example.com/b?x=1"),
        "c": Source(provider="standard", tolerance_seconds=120),
    }


@pytest.mark.parametrize(
    ("configured", "exported", "suffix"),
    [("", "", "teststack"), ("", "qa", "qa"), ("qa", "", "qa"), ("qa", "qa", "qa")],
)
def test_the_suffix_is_configured_or_exported_or_the_stacks_name(configured: str, exported: str, suffix: str) -> None:
    """The configuration comes first, then ENVIRONMENT_SUFFIX, then the stack's name."""
    config = {**MINIMAL, "environmentSuffix": configured}
    assert load(config, stack="teststack", environment={"ENVIRONMENT_SUFFIX": exported}).suffix == suffix


def test_a_disagreeing_suffix_stops_the_program_before_any_resource() -> None:
    """A wrong variable would rename, hence replace, the ledger, so nothing is registered at all."""
    seen = Deployment()
    run = partial(deploy, {"environmentSuffix": "prod"}, environment={"ENVIRONMENT_SUFFIX": "dev"}, into=seen)
    assert problems_of(run) == (
        (
            "ENVIRONMENT_SUFFIX must be unset or equal to the stack's environmentSuffix, since another suffix would "
            "rename, hence replace, the ledger; got 'dev', and 'prod' in the stack's configuration"
        ),
    )
    assert [each.type for each in seen.resources if each.type != "pulumi:pulumi:Stack"] == []


@pytest.mark.parametrize(
    ("configured", "exported", "region"),
    [("us-west-2", "eu-west-1", "us-west-2"), (None, "eu-west-1", "eu-west-1"), ("us-gov-west-1", "", "us-gov-west-1")],
)
def test_the_region_is_configured_or_exported(configured: str | None, exported: str, region: str) -> None:
    """`aws:region` comes first, then AWS_REGION."""
    assert load(MINIMAL, region=configured, environment={"AWS_REGION": exported}).region == region


def test_all_problems_are_reported_at_once() -> None:
    """Whoever mends a configuration wants the whole list, each with what is allowed and what was found."""
    config: dict[str, Any] = {
        "batchsize": 5,
        "batchSize": 11,
        "batchWindowSeconds": 61,
        "environmentSuffix": "Prod_1",
        "logRetentionDays": 31,
        "reservedConcurrency": 10,
        "processingConcurrency": 10,
        "eventRetentionDays": -1,
        "subscriberAccounts": [123456789012, "12345678901", "210987654321", "210987654321"],
        "network": "isolatd",
        "networkBlock": "10.64.0.1/24",
        "availabilityZones": 5,
        "excludedZoneIds": ["us-east-1a"],
        "protect": "maybe",
        "owner": "",
        "sources": {
            "Shop": {"provider": "stripe"},
            "shop": {"provider": "paypall"},
            "eu": {"provider": "stripe", "tolerance": 10},
            "us": {"provider": "square", "toleranceSeconds": 60},
            "url": {"provider": "square", "notificationUrl": "http://pay.example.com/url"},
            "slow": {"provider": "stripe", "toleranceSeconds": 0},
            "odd": "stripe",
        },
    }
    assert problems_of(partial(load, config, region=None)) == (
        (
            "batchsize is not a setting; the settings are alarmEmail, alarmThresholds, allowedAddresses, "
            "apiGatewayAccount, availabilityZones, batchSize, batchWindowSeconds, certificateArn, customDomain, "
            "dataClassification, environmentSuffix, eventRetentionDays, excludedZoneIds, ingress, logRetentionDays, "
            "network, networkBlock, owner, processingConcurrency, protect, requestsPerAddress, requestsPerSecond, "
            "reservedConcurrency, retryDelaysSeconds, signingSecrets, silenceAlarmHours, sources, subscriberAccounts"
        ),
        (
            "environmentSuffix (else ENVIRONMENT_SUFFIX, else the stack's name) must be lower-case letters, digits and "
            "hyphens inside, 1 to 46 characters; got 'Prod_1'"
        ),
        "sources must have names of lower-case letters, digits and hyphens inside, 1 to 64 characters; got 'Shop'",
        f"sources.shop.provider must be one of {', '.join(PROVIDERS)}; got 'paypall'",
        (
            "sources.eu.tolerance is not a field; the fields are provider, toleranceSeconds, notificationUrl, "
            "merchantAccounts, scheme"
        ),
        "sources.us.toleranceSeconds must be left out, since it has no effect for square; what has: notificationUrl",
        (
            "sources.url.notificationUrl must be the https URL registered at the provider, at most 2048 characters; "
            "got 'http://pay.example.com/url'"
        ),
        "sources.slow.toleranceSeconds must be a whole number from 30 to 3600; got 0",
        "sources.odd must be an object with a provider; got 'stripe'",
        (
            "processingConcurrency must be smaller than reservedConcurrency, so that the queue leaves room for "
            "incoming requests (or reservedConcurrency 0 to reserve nothing); got 10 of 10"
        ),
        "aws:region, else AWS_REGION, must be a region's name such as us-east-1; got ''",
        (
            "logRetentionDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653; got 31"
        ),
        "batchSize must be between 1 and 10; got 11",
        "batchWindowSeconds must be between 0 and 60; got 61",
        "eventRetentionDays must be between 0 and 36500; got -1",
        "subscriberAccounts must hold texts of 12 digits (in quotes); got 123456789012",
        "subscriberAccounts must hold texts of 12 digits (in quotes); got '12345678901'",
        (
            "subscriberAccounts must not name an account twice; got [123456789012, '12345678901', '210987654321', "
            "'210987654321']"
        ),
        "networkBlock must be an IPv4 block such as 10.64.0.0/24, without host bits; got '10.64.0.1/24'",
        "excludedZoneIds must hold zone ids such as use1-az3 (not names); got 'us-east-1a'",
        "availabilityZones must be between 1 and 4; got 5",
        "network must be isolated or none; got 'isolatd'",
        "protect must be true or false; got 'maybe'",
        "owner must be 1 to 256 letters, digits, spaces or any of . : / = + @ _ -; got ''",
    )


def test_the_error_reads_as_a_list() -> None:
    """Pulumi prints a RunError's text and no stack trace, so the text must say it all."""
    with pytest.raises(ConfigurationError) as caught:
        load({"sources": {}, "batchSize": 0})
    assert str(caught.value) == (
        "2 problem(s) in the configuration, nothing has been deployed:"
        "\n  - sources must name at least one source, {name: {provider: ...}}; got none"
        "\n  - batchSize must be between 1 and 10; got 0"
    )


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("reservedConcurrency", "many", "reservedConcurrency must be a whole number; got 'many'"),
        ("reservedConcurrency", 1.5, "reservedConcurrency must be a whole number; got 1.5"),
        ("reservedConcurrency", True, "reservedConcurrency must be a whole number; got True"),
        ("protect", 1, "protect must be true or false; got 1"),
        ("subscriberAccounts", "123456789012", "subscriberAccounts must be a list; got 123456789012"),
        ("sources", ["stripe"], "sources must be an object; got ['stripe']"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(key: str, value: object, problem: str) -> None:
    """What looks like a number, a list or a truth value but is none never falls back to a default in silence."""
    assert problem in problems_of(partial(load, {**MINIMAL, key: value}))


def test_configured_secrets_become_secret_outputs_by_source() -> None:
    """Secrets leave the settings as outputs that Pulumi treats as secret, newest first."""
    chosen = load({**MINIMAL, "signingSecrets": {"shop": [STRIPE, STRIPE + "old"]}})
    assert list(chosen.signing_secrets) == ["shop"]
    assert STRIPE not in repr(chosen)


@pytest.mark.parametrize(
    ("secrets", "problem"),
    [
        (
            {"shop": ["sk_canary_leaked"]},
            "signingSecrets.shop[0] is no signing secret of stripe: a Stripe signing secret",
        ),
        ({"shop": [STRIPE, "sk_canary_leaked"]}, "signingSecrets.shop[1] is no signing secret of stripe: "),
        ({"shop": [STRIPE, STRIPE]}, "signingSecrets.shop must hold each secret once; got 2, 1 different"),
        ({"shop": []}, "signingSecrets.shop must be a list of secrets, newest first: "),
        ({"shop": STRIPE}, "signingSecrets.shop must be a list of secrets, newest first: "),
        ({"shop": [7]}, "signingSecrets.shop must be a list of secrets, newest first: "),
        ({"shpo": [STRIPE]}, "signingSecrets.shpo must belong to one of the sources shop"),
        ({"shop": ["whsec_" + "x" * 4096]}, "signingSecrets.shop must fit a parameter, 4096 bytes as JSON; got 4106"),
        ([STRIPE], "signingSecrets must be an object; got something else"),
        (STRIPE, "signingSecrets must be an object; got something else"),
    ],
)
def test_a_bad_secret_is_refused_and_never_shown(secrets: object, problem: str) -> None:
    """The message names the source and what is wrong, and holds nothing of the secret."""
    (found,) = problems_of(partial(load, {**MINIMAL, "signingSecrets": secrets}))
    assert found.startswith(problem)
    assert STRIPE not in found
    assert "leaked" not in found


def test_secrets_in_plain_text_are_refused() -> None:
    """A secret set without `--secret` lies readable in a file that is committed."""
    (found,) = problems_of(partial(load, {**MINIMAL, "signingSecrets": {"shop": [STRIPE]}}, encrypted=False))
    assert found.startswith("signingSecrets must be encrypted: `pulumi config set --secret --path ")
    assert STRIPE not in found


def test_sources_that_do_not_fit_the_functions_environment_are_refused() -> None:
    """Lambda would refuse them halfway through a deployment."""
    accounts = [f"Account{number:04}" for number in range(300)]
    (found,) = problems_of(partial(load, {"sources": {"a": {"provider": "adyen", "merchantAccounts": accounts}}}))
    assert found == (
        "sources must fit the function's environment, 3072 bytes as JSON; got 4255 (deploy a second stack for some "
        "of them)"
    )


def test_sources_that_do_not_fit_the_roles_policy_are_refused() -> None:
    """IAM would refuse them halfway through a deployment."""
    sources = {f"s{number}": {"provider": "stripe"} for number in range(60)}
    (found,) = problems_of(partial(load, {"sources": sources}))
    assert found == (
        "sources must be few enough for the role's policy, 6000 characters of parameter ARNs; got 6950 in 60 sources "
        "(deploy a second stack for some of them)"
    )


def test_a_field_is_allowed_exactly_where_a_provider_heeds_it() -> None:
    """A setting that a provider ignores would be a check that nobody makes."""
    read_as = {
        "toleranceSeconds": "source.tolerance_seconds",
        "merchantAccounts": "source.merchant_accounts",
        "notificationUrl": "request.url",
        "scheme": "source.scheme",
    }
    for name in PROVIDERS:
        read = {field for field, text in read_as.items() if text in _code_of(name)}
        assert read == set(load_provider(name).SETTINGS), name


def test_the_secrets_of_a_parameter_are_a_json_array() -> None:
    """The function reads a JSON array, newest first."""
    deployment = deploy({"signingSecrets": {"shop": [STRIPE, STRIPE + "old"]}})
    value = deployment.one("aws:ssm/parameter:Parameter").inputs["value"]["value"]
    assert json.loads(value) == [STRIPE, STRIPE + "old"]


def _code_of(provider: str) -> str:
    code = (ROOT / "lambda_src" / "providers" / f"{provider}.py").read_text()
    return code + (ROOT / "lambda_src" / "signed_time.py").read_text() if "signed_time" in code else code


@pytest.mark.parametrize("delays", [[], [0], [36_001], ["30"], [30.5], [True], [1] * 10])
def test_a_retry_schedule_that_sqs_cannot_keep_is_refused(delays: list[object]) -> None:
    """Pauses are whole seconds from 1 to 10 hours, one to nine of them."""
    assert problems_of(partial(load, {**MINIMAL, "retryDelaysSeconds": delays})) == (
        f"retryDelaysSeconds must be 1 to 9 whole numbers between 1 and 36000; got {delays!r}",
    )


def test_alarms_are_configured_by_names_that_exist() -> None:
    """A threshold of no alarm, hours of no source, numbers out of bounds and an address that is none are refused."""
    config = {
        **MINIMAL,
        "alarmEmail": "on-call",
        "alarmThresholds": {"rejected": 0, "latency": 5},
        "silenceAlarmHours": {"shop": 169, "other": 1},
    }
    names = (
        "dead-letters, duration, function-errors, last-try, publish-failures, queue-age, rejected, throttles, "
        "unknown-types"
    )
    assert problems_of(partial(load, config)) == (
        "alarmEmail must be an e-mail address, or empty; got 'on-call'",
        "alarmThresholds.rejected must be a whole number between 1 and 1000000; got 0",
        f"alarmThresholds.latency is not one of {names}",
        "silenceAlarmHours.shop must be a whole number between 1 and 168; got 169",
        "silenceAlarmHours.other is not one of shop",
    )

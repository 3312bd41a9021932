"""The deployment: reads the settings, puts the components together, exports what others need.

Run by `pulumi up`, and by the local runner against an emulator; it knows no difference.
"""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from infra import artifact, settings
from infra.continuity import unless_renamed
from infra.encryption import Encryption, EncryptionArgs
from infra.events import EVENT_SCHEMA, Events, EventsArgs
from infra.function_url import FunctionUrlIngress, FunctionUrlIngressArgs
from infra.ledger import Ledger, LedgerArgs
from infra.names import Names, ledger_name
from infra.network import ZONES_WITHOUT_LAMBDA, Network, NetworkArgs
from infra.observability import Observability, ObservabilityArgs
from infra.processor import TIMEOUT_SECONDS, Processor, ProcessorArgs
from infra.queues import Queues, QueuesArgs
from infra.rest_api import RestApiIngress, RestApiIngressArgs
from infra.retries import RetrySchedule
from infra.secrets import SigningSecrets, SigningSecretsArgs
from infra.signature_headers import signature_headers
from lambda_src.sources import encode_sources

chosen = settings.load()
code = artifact.build(artifact.AWS_TARGET)

provider = aws.Provider(
    "aws",
    # Every resource waits for its provider, and the provider for this.
    region=unless_renamed(ledger_name(chosen.suffix), chosen.region),
    default_tags=aws.ProviderDefaultTagsArgs(
        tags={
            "project": pulumi.get_project(),
            "environment": chosen.suffix,
            "owner": chosen.owner,
            "data-classification": chosen.data_classification,
        }
    ),
)
with_provider = pulumi.InvokeOptions(provider=provider)
names = Names(
    suffix=chosen.suffix,
    partition=aws.get_partition(opts=with_provider).partition,
    region=chosen.region,
    account=aws.get_caller_identity(opts=with_provider).account_id,
)


def on_aws() -> pulumi.ResourceOptions:
    """Return the options of every component: the one provider, for all that is inside."""
    return pulumi.ResourceOptions(providers=[provider])


encryption = Encryption("encryption", EncryptionArgs(names=names, protect=chosen.protect), on_aws())
ledger = Ledger(
    "ledger",
    LedgerArgs(table_name=names.ledger, key_arn=encryption.key_arn, protect=chosen.protect),
    on_aws(),
)
events = Events(
    "events",
    EventsArgs(
        names=names,
        key_arn=encryption.key_arn,
        subscriber_accounts=chosen.subscriber_accounts,
        protect=chosen.protect,
    ),
    on_aws(),
)
retries = RetrySchedule(
    delays=chosen.retry_delays_seconds,
    function_timeout=TIMEOUT_SECONDS,
    batch_window=chosen.batch_window_seconds,
)
queues = Queues(
    "queues",
    QueuesArgs(
        queue_name=names.queue,
        dead_letter_queue_name=names.dead_letter_queue,
        account=names.account,
        key_arn=encryption.key_arn,
        retries=retries,
        protect=chosen.protect,
    ),
    on_aws(),
)
secrets = SigningSecrets(
    "signing-secrets",
    SigningSecretsArgs(
        names=names,
        sources=sorted(chosen.sources),
        configured=chosen.signing_secrets,
        key_arn=encryption.key_arn,
    ),
    on_aws(),
)
environment: dict[str, pulumi.Input[str]] = {
    "SOURCES": encode_sources(chosen.sources),
    "SECRETS_PATH": secrets.path,
    "QUEUE_URL": queues.queue_url,
    "TABLE_NAME": ledger.table_name,
    "TOPIC_ARN": events.topic_arn,
    "RETRY_DELAYS": ",".join(map(str, chosen.retry_delays_seconds)),
}
if chosen.event_retention_days:
    environment["EVENT_RETENTION_DAYS"] = str(chosen.event_retention_days)
grants_to_code = [
    *secrets.grants_to_read(),
    *queues.grants_to_code(),
    *ledger.grants_to_record(),
    *events.grants_to_publish(),
]
network = None
if chosen.network:
    zones = aws.get_availability_zones(
        state="available",
        # Neither local nor wavelength zones.
        filters=[aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])],
        exclude_zone_ids=[*ZONES_WITHOUT_LAMBDA, *chosen.network.excluded_zone_ids],
        opts=with_provider,
    ).names
    network = Network(
        "network",
        NetworkArgs(
            names=names,
            block=chosen.network.block,
            zones=chosen.network.choose_zones(zones),
            grants_to_code=grants_to_code,
            key_arn=encryption.key_arn,
            log_retention_days=chosen.log_retention_days,
        ),
        on_aws(),
    )
processor = Processor(
    "processor",
    ProcessorArgs(
        names=names,
        artifact=code,
        environment=environment,
        grants_to_code=[*grants_to_code, *(network.denied_to_code() if network else [])],
        grants_to_services=[
            *queues.grants_to_poller(),
            *encryption.grants_to_function(),
            *(network.grants_to_lambda() if network else []),
        ],
        network=network,
        is_public=chosen.rest_api is None,
        queue_arn=queues.queue_arn,
        key_arn=encryption.key_arn,
        log_retention_days=chosen.log_retention_days,
        reserved_concurrency=chosen.reserved_concurrency,
        processing_concurrency=chosen.processing_concurrency,
        batch_size=chosen.batch_size,
        batch_window_seconds=chosen.batch_window_seconds,
    ),
    on_aws(),
)
ingress: FunctionUrlIngress | RestApiIngress
if chosen.rest_api:
    ingress = RestApiIngress(
        "ingress",
        RestApiIngressArgs(
            names=names,
            settings=chosen.rest_api,
            function_name=processor.function_name,
            function_invoke_arn=processor.function_invoke_arn,
            key_arn=encryption.key_arn,
            log_retention_days=chosen.log_retention_days,
            redacted_headers=signature_headers(chosen.sources),
        ),
        on_aws(),
    )
else:
    ingress = FunctionUrlIngress("ingress", FunctionUrlIngressArgs(function_name=processor.function_name), on_aws())
observability = Observability(
    "observability",
    ObservabilityArgs(
        names=names,
        key_arn=encryption.key_arn,
        providers={name: source.provider for name, source in chosen.sources.items()},
        retries=retries,
        thresholds=chosen.alarm_thresholds,
        silence_hours=chosen.silence_alarm_hours,
        email=chosen.alarm_email,
    ),
    on_aws(),
)

pulumi.export("webhook_url", ingress.url)
pulumi.export("source_urls", {source: pulumi.Output.concat(ingress.url, source) for source in sorted(chosen.sources)})
pulumi.export("sources", json.loads(encode_sources(chosen.sources)))
pulumi.export("function_name", processor.function_name)
pulumi.export("function_arn", processor.function_arn)
pulumi.export("table_name", ledger.table_name)
pulumi.export("table_arn", ledger.table_arn)
pulumi.export("topic_arn", events.topic_arn)
pulumi.export("queue_url", queues.queue_url)
pulumi.export("queue_arn", queues.queue_arn)
pulumi.export("dlq_url", queues.dlq_url)
pulumi.export("dlq_arn", queues.dlq_arn)
pulumi.export("kms_key_arn", encryption.key_arn)
pulumi.export("kms_alias", encryption.alias)
pulumi.export("log_group_name", processor.log_group_name)
pulumi.export("secrets_path", secrets.path)
pulumi.export("alarm_topic_arn", observability.alarm_topic_arn)
pulumi.export("dashboard_name", observability.dashboard_name)
pulumi.export("event_schema", EVENT_SCHEMA)

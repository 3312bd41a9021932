"""The Lambda function's entry point: one function, two triggers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from lambda_src import environment
from lambda_src.aws import Aws
from lambda_src.queue import Queue

if TYPE_CHECKING:
    from lambda_src.environment import Environment
    from lambda_src.process import Processor
    from lambda_src.receive import Receiver


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context has no type
    """Answer one invocation: an SQS batch (`Records`) or an HTTP request."""
    _aws().begin_invocation(lambda: context.get_remaining_time_in_millis() / 1000)
    if "Records" in event:
        return _processor().process(event["Records"])
    return _receiver().receive(event)


@cache
def _environment() -> Environment:
    return environment.read()


@cache
def _aws() -> Aws:
    return Aws()


# A cold start imports only what its trigger needs.


@cache
def _receiver() -> Receiver:
    from lambda_src.receive import Receiver  # noqa: PLC0415 - see above
    from lambda_src.signing_secrets import SigningSecrets  # noqa: PLC0415 - see above

    settings = _environment()
    return Receiver(
        sources=settings.sources,
        secrets=SigningSecrets(settings.secrets_path, _aws()),
        queue=Queue(settings.queue_url, _aws()),
        namespace=settings.function_name,
    )


@cache
def _processor() -> Processor:
    from lambda_src.ledger import Ledger  # noqa: PLC0415 - see above
    from lambda_src.process import Processor  # noqa: PLC0415 - see above
    from lambda_src.topic import Topic  # noqa: PLC0415 - see above

    settings = _environment()
    return Processor(
        ledger=Ledger(settings.table_name, _aws(), settings.event_retention_days),
        topic=Topic(settings.topic_arn, settings.function_name, _aws()),
        queue=Queue(settings.queue_url, _aws()),
        retry_delays=settings.retry_delays,
        sources=settings.sources,
        namespace=settings.function_name,
    )

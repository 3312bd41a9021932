"""Peer A: Powertools for AWS Lambda and Stripe's SDK, as their documentation recommends.

Idempotency on a table of its own, one event id once; structured logs; metrics by embedded metric format; traces of the
handler, of its steps and of AWS calls; the secret by Parameters, cached. Clients are made in the init phase and shared.
https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
https://docs.stripe.com/webhooks?lang=python
"""

import json
import os
from datetime import UTC, datetime

import boto3
import stripe
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response, content_types
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

STATUS = {
    "payment_intent.succeeded": "captured",
    "payment_intent.payment_failed": "failed",
    "charge.refunded": "refunded",
    "charge.dispute.created": "disputed",
}

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = LambdaFunctionUrlResolver()
dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"], boto3_client=dynamodb)
idempotency = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=7 * 86_400)


@app.post("/stripe")
@tracer.capture_method
def webhook():
    body = app.current_event.decoded_body
    secrets = parameters.get_parameter(
        f"{os.environ['SECRETS_PATH']}/stripe/signing-secrets", decrypt=True, transform="json", max_age=300
    )
    try:
        stripe.Webhook.construct_event(body, app.current_event.headers["stripe-signature"], secrets[0])
    except (KeyError, ValueError, stripe.SignatureVerificationError):
        logger.warning("refused")
        metrics.add_metric(name="rejected", unit=MetricUnit.Count, value=1)
        return Response(status_code=401, content_type=content_types.APPLICATION_JSON, body={"error": "not_authentic"})
    event = json.loads(body)
    record(event=event, body=body)
    logger.info("recorded", extra={"event_id": event["id"], "event_type": event["type"]})
    metrics.add_metric(name="recorded", unit=MetricUnit.Count, value=1)
    return {"received": True}


@idempotent_function(data_keyword_argument="event", persistence_store=persistence, config=idempotency)
@tracer.capture_method(capture_response=False)
def record(event, body):
    payment = event["data"]["object"]
    status = STATUS.get(event["type"], "unknown")
    occurred_at = datetime.fromtimestamp(event["created"], UTC).isoformat(timespec="milliseconds")
    received_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    amount, currency = payment["amount"], payment["currency"].upper()
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "transaction_id": {"S": f"stripe:{payment['id']}"},
            "record": {"S": f"event#{occurred_at}#{event['id']}"},
            "provider": {"S": "stripe"},
            "event_id": {"S": event["id"]},
            "event_type": {"S": event["type"]},
            "status": {"S": status},
            "amount": {"N": str(amount)},
            "currency": {"S": currency},
            "occurred_at": {"S": occurred_at},
            "received_at": {"S": received_at},
            "payload": {"S": body},
        },
    )
    message = {
        "id": event["id"],
        "type": event["type"],
        "transaction_id": f"stripe:{payment['id']}",
        "status": status,
        "amount": amount,
        "currency": currency,
        "occurred_at": occurred_at,
        "payload": event,
    }
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Message=json.dumps(message),
        MessageAttributes={
            "provider": {"DataType": "String", "StringValue": "stripe"},
            "status": {"DataType": "String", "StringValue": status},
            "currency": {"DataType": "String", "StringValue": currency},
        },
    )
    return {"event_id": event["id"]}


@logger.inject_lambda_context(correlation_id_path=correlation_paths.LAMBDA_FUNCTION_URL)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    idempotency.register_lambda_context(context)
    return app.resolve(event, context)

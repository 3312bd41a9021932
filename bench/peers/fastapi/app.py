"""Peer B: FastAPI behind Mangum, with pydantic and Stripe's SDK, as their documentation recommends.

A synchronous endpoint, which the framework runs in a thread, since boto3 blocks; the body read by an asynchronous
dependency. A conditional put makes an event id count once. No traces.
https://fastapi.tiangolo.com/async/ and https://mangum.fastapiexpert.com/
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import boto3
import stripe
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from mangum import Mangum
from pydantic import BaseModel, ConfigDict

STATUS = {
    "payment_intent.succeeded": "captured",
    "payment_intent.payment_failed": "failed",
    "charge.refunded": "refunded",
    "charge.dispute.created": "disputed",
}

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger("webhooks")
logger.addHandler(logging.StreamHandler(sys.stdout))
dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")
ssm = boto3.client("ssm")
SECRETS = json.loads(
    ssm.get_parameter(Name=f"{os.environ['SECRETS_PATH']}/stripe/signing-secrets", WithDecryption=True)["Parameter"][
        "Value"
    ]
)
app = FastAPI(openapi_url=None)


class Payment(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: str
    amount: int
    currency: str


class Data(BaseModel):
    object: Payment


class Event(BaseModel):
    id: str
    type: str
    created: datetime
    data: Data


class Received(BaseModel):
    received: bool = True


class Message(BaseModel):
    id: str
    type: str
    transaction_id: str
    status: str
    amount: int
    currency: str
    occurred_at: datetime
    payload: dict


async def raw_body(request: Request) -> bytes:
    return await request.body()


@app.post("/stripe")
def webhook(
    body: Annotated[bytes, Depends(raw_body)], stripe_signature: Annotated[str | None, Header()] = None
) -> Received:
    try:
        stripe.Webhook.construct_event(body, stripe_signature, SECRETS[0])
    except (ValueError, stripe.SignatureVerificationError):
        logger.warning("refused")
        raise HTTPException(status_code=401, detail="not_authentic") from None
    event = Event.model_validate_json(body)
    record(event, body)
    logger.info(json.dumps({"message": "recorded", "event_id": event.id, "event_type": event.type}))
    return Received()


def record(event: Event, body: bytes) -> None:
    payment, status = event.data.object, STATUS.get(event.type, "unknown")
    occurred_at = event.created.isoformat(timespec="milliseconds")
    currency = payment.currency.upper()
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE_NAME"],
            Item={
                "transaction_id": {"S": f"stripe:{payment.id}"},
                "record": {"S": f"event#{occurred_at}#{event.id}"},
                "provider": {"S": "stripe"},
                "event_id": {"S": event.id},
                "event_type": {"S": event.type},
                "status": {"S": status},
                "amount": {"N": str(payment.amount)},
                "currency": {"S": currency},
                "occurred_at": {"S": occurred_at},
                "received_at": {"S": datetime.now(UTC).isoformat(timespec="milliseconds")},
                "payload": {"S": body.decode()},
            },
            ConditionExpression="attribute_not_exists(transaction_id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return
    message = Message(
        id=event.id,
        type=event.type,
        transaction_id=f"stripe:{payment.id}",
        status=status,
        amount=payment.amount,
        currency=currency,
        occurred_at=event.created,
        payload=json.loads(body),
    )
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Message=message.model_dump_json(),
        MessageAttributes={
            "provider": {"DataType": "String", "StringValue": "stripe"},
            "status": {"DataType": "String", "StringValue": status},
            "currency": {"DataType": "String", "StringValue": currency},
        },
    )


handler = Mangum(app, lifespan="off")

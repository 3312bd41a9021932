"""Peer C: the least that takes a webhook: boto3, hmac, json. No idempotency, no metrics, no traces.

It is here as the floor to compare against.
"""

import hashlib
import hmac
import json
import os
import time

import boto3

STATUS = {
    "payment_intent.succeeded": "captured",
    "payment_intent.payment_failed": "failed",
    "charge.refunded": "refunded",
    "charge.dispute.created": "disputed",
}

dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")
SECRET = json.loads(
    boto3.client("ssm").get_parameter(Name=f"{os.environ['SECRETS_PATH']}/stripe/signing-secrets", WithDecryption=True)[
        "Parameter"
    ]["Value"]
)[0]


def is_authentic(body, header):
    items = [item.split("=", 1) for item in header.split(",") if "=" in item]
    times = [value for name, value in items if name == "t"]
    if not times or not times[0].isdigit() or abs(time.time() - int(times[0])) > 300:
        return False
    expected = hmac.new(SECRET.encode(), f"{times[0]}.{body}".encode(), hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, value) for name, value in items if name == "v1" and value.isascii())


def handler(request, context):
    body = request["body"]
    if not is_authentic(body, request["headers"].get("stripe-signature", "")):
        return {"statusCode": 401, "body": "{}"}
    event = json.loads(body)
    payment = event["data"]["object"]
    status = STATUS.get(event["type"], "unknown")
    occurred_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["created"]))
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "transaction_id": {"S": f"stripe:{payment['id']}"},
            "record": {"S": f"event#{occurred_at}#{event['id']}"},
            "provider": {"S": "stripe"},
            "event_id": {"S": event["id"]},
            "event_type": {"S": event["type"]},
            "status": {"S": status},
            "amount": {"N": str(payment["amount"])},
            "currency": {"S": payment["currency"].upper()},
            "occurred_at": {"S": occurred_at},
            "received_at": {"S": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())},
            "payload": {"S": body},
        },
    )
    message = {
        "id": event["id"],
        "type": event["type"],
        "transaction_id": f"stripe:{payment['id']}",
        "status": status,
        "amount": payment["amount"],
        "currency": payment["currency"].upper(),
        "occurred_at": occurred_at,
        "payload": event,
    }
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Message=json.dumps(message),
        MessageAttributes={
            "provider": {"DataType": "String", "StringValue": "stripe"},
            "status": {"DataType": "String", "StringValue": status},
            "currency": {"DataType": "String", "StringValue": payment["currency"].upper()},
        },
    )
    print(json.dumps({"message": "recorded", "event_id": event["id"]}))
    return {"statusCode": 200, "body": '{"received":true}'}

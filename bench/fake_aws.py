"""A stand-in for AWS that answers at once: what remains of an invocation is the handler's own work.

SSM, SQS, DynamoDB, SNS and the X-Ray daemon, in the protocols that boto3 speaks. It refuses what they refuse, as far as
the handlers that are measured could notice, and counts calls, bytes and billed units.
It checks neither signatures of requests nor rights: those are the business of the tests with the emulator.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import Counter, deque
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from bench.fake_dynamodb import DynamoDB, Table
from bench.refusals import Refused
from bench.units import request_units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SQS_LIMIT_BYTES = 1_048_576
SNS_LIMIT_BYTES = 262_144
BATCH_LIMIT = 10
VISIBILITY_LIMIT_SECONDS = 43_200

_SERVICES = {"AmazonSSM": "ssm", "AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb"}
_REFUSED_CHARACTERS = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What SQS and SNS take in a message: https://www.w3.org/TR/REC-xml/#charsets"""

_LIST_KEY = re.compile(r"(?P<list>.+?)\.(?:member|entry)\.(?P<number>[0-9]+)(?:\.(?P<rest>.+))?")


class FakeAws:
    """The services, without their server.

    Args:
        parameters: SSM's parameters by name.
        tables: DynamoDB's tables by name.

    Attributes:
        sent: Bodies of the messages that SQS took and nobody has fetched, oldest first.
    """

    def __init__(self, parameters: Mapping[str, str], tables: Mapping[str, Table]) -> None:
        self._parameters = parameters
        self._dynamodb = DynamoDB(tables)
        self.sent: deque[str] = deque()
        self.reset()

    def reset(self) -> None:
        """Count from nothing; what is stored stays."""
        self._calls: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._units: Counter[str] = Counter()
        self._traces = {"documents": 0, "bytes": 0}
        self._dynamodb.write_units, self._dynamodb.read_units = 0, 0.0

    def counts(self) -> dict[str, Any]:
        """What was counted since the last reset.

        Returns:
            `calls` and `request_bytes` (headers included) by operation (`dynamodb.PutItem`), `refused` by operation and
            error code, `units` by what is billed, `traces` (X-Ray documents and their bytes).
        """
        return {
            "calls": dict(self._calls),
            "refused": dict(self._refused),
            "request_bytes": dict(self._bytes),
            "units": {
                "dynamodb.write": self._dynamodb.write_units,
                "dynamodb.read": self._dynamodb.read_units,
                "sqs.requests": self._units["sqs"],
                "sns.requests": self._units["sns"],
                "ssm.requests": self._units["ssm"],
            },
            "traces": dict(self._traces),
        }

    def trace(self, datagram: bytes) -> None:
        """Take what a tracing library sends to the X-Ray daemon: a header line and a document."""
        self._traces["documents"] += 1
        self._traces["bytes"] += len(datagram.partition(b"\n")[2])

    def answer(self, headers: Mapping[str, str], body: bytes, size: int) -> tuple[int, str, bytes]:
        """Answer one request.

        Args:
            headers: By lower-case name.
            body: As it was sent.
            size: Bytes of the whole request.

        Returns:
            Status, content type and body.
        """
        target = headers.get("x-amz-target")
        if target is None:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            service, operation, parameters = "sns", form.pop("Action", ""), nested(form)
        else:
            prefix, _, operation = target.partition(".")
            service, parameters = _SERVICES.get(prefix, prefix), json.loads(body)
        name = f"{service}.{operation}"
        self._calls[name] += 1
        self._bytes[name] += size
        try:
            content = self._call(service, operation, parameters, is_signed="authorization" in headers)
        except Refused as refusal:
            self._refused[f"{name}: {refusal.code}"] += 1
            return _refusal(service, refusal)
        if service == "sns":
            return 200, "text/xml", _xml(operation, content)
        return 200, headers.get("content-type", ""), json.dumps(content).encode()

    def _call(self, service: str, operation: str, parameters: dict[str, Any], *, is_signed: bool) -> Any:  # noqa: ANN401 - each service answers in a shape of its own
        """Return JSON's content, or XML's as text."""
        if not is_signed:
            raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
        if service == "dynamodb":
            return self._dynamodb.call(operation, parameters)
        operations: dict[str, Callable[[dict[str, Any]], Any]] = {
            "ssm.GetParameter": self._get_parameter,
            "ssm.GetParameters": self._get_parameters,
            "sqs.SendMessage": self._send_message,
            "sqs.ChangeMessageVisibility": self._change_message_visibility,
            "sqs.DeleteMessage": self._delete_message,
            "sns.Publish": self._publish,
            "sns.PublishBatch": self._publish_batch,
        }
        function = operations.get(f"{service}.{operation}")
        if function is None:
            raise Refused("UnknownOperationException", f"{service}.{operation} is not known to this stand-in")
        return function(parameters)

    # SSM

    def _get_parameter(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._units["ssm"] += 1
        found = self._parameter(parameters["Name"], decrypted=parameters.get("WithDecryption", False))
        if found is None:
            raise Refused("ParameterNotFound", f"Parameter {parameters['Name']} not found.")
        return {"Parameter": found}

    def _get_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._units["ssm"] += 1
        names = parameters["Names"]
        if not 1 <= len(names) <= BATCH_LIMIT:
            raise Refused("ValidationException", f"Member must have length between 1 and {BATCH_LIMIT}")
        found = {name: self._parameter(name, decrypted=parameters.get("WithDecryption", False)) for name in names}
        return {
            "Parameters": [each for each in found.values() if each],
            "InvalidParameters": [name for name, each in found.items() if not each],
        }

    def _parameter(self, name: str, *, decrypted: bool) -> dict[str, Any] | None:
        if name not in self._parameters:
            return None
        value = self._parameters[name] if decrypted else "AQICAHh (encrypted)"
        arn = f"arn:aws:ssm:us-east-1:000000000000:parameter{name}"
        return {
            "Name": name,
            "Type": "SecureString",
            "Value": value,
            "Version": 1,
            "ARN": arn,
            "DataType": "text",
            "LastModifiedDate": 1_790_000_000.0,
        }

    # SQS

    def _send_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        body = parameters.get("MessageBody") or ""
        if not body:
            raise Refused("MissingParameter", "The request must contain the parameter MessageBody.")
        if _REFUSED_CHARACTERS.search(body):
            raise Refused("InvalidMessageContents", "Invalid characters found.")
        size = len(body.encode()) + _attribute_bytes(parameters.get("MessageAttributes"))
        if size > SQS_LIMIT_BYTES:
            raise Refused("InvalidParameterValue", f"Message must be shorter than {SQS_LIMIT_BYTES} bytes.")
        self._units["sqs"] += request_units(size)
        self.sent.append(body)
        md5 = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": md5}

    def _change_message_visibility(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._units["sqs"] += 1
        if not 0 <= parameters["VisibilityTimeout"] <= VISIBILITY_LIMIT_SECONDS:
            raise Refused("InvalidParameterValue", f"VisibilityTimeout must be at most {VISIBILITY_LIMIT_SECONDS}.")
        return self._delete_message(parameters, billed=False)

    def _delete_message(self, parameters: dict[str, Any], *, billed: bool = True) -> dict[str, Any]:
        self._units["sqs"] += billed
        if not parameters.get("ReceiptHandle"):
            raise Refused("MissingParameter", "The request must contain the parameter ReceiptHandle.")
        return {}

    # SNS

    def _publish(self, parameters: dict[str, Any]) -> str:
        size = self._check_messages([parameters])
        self._units["sns"] += request_units(size)
        return f"<MessageId>{uuid.uuid4()}</MessageId>"

    def _publish_batch(self, parameters: dict[str, Any]) -> str:
        entries = parameters.get("PublishBatchRequestEntries", [])
        if not entries:
            raise Refused("EmptyBatchRequest", "The batch request doesn't contain any entries.")
        if len(entries) > BATCH_LIMIT:
            raise Refused("TooManyEntriesInBatchRequest", f"The batch request contains more than {BATCH_LIMIT}.")
        if len({entry["Id"] for entry in entries}) < len(entries):
            raise Refused("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        size = self._check_messages(entries, code="BatchRequestTooLong")
        self._units["sns"] += request_units(size)
        members = "".join(
            f"<member><Id>{escape(entry['Id'])}</Id><MessageId>{uuid.uuid4()}</MessageId></member>" for entry in entries
        )
        return f"<Successful>{members}</Successful><Failed/>"

    @staticmethod
    def _check_messages(entries: list[dict[str, Any]], code: str = "InvalidParameter") -> int:
        """Check messages and return their size, attributes included, bytes."""
        for entry in entries:
            if not entry.get("Message"):
                raise Refused("InvalidParameter", "Invalid parameter: Empty message")
            if _REFUSED_CHARACTERS.search(entry["Message"]):
                raise Refused("InvalidParameter", "Invalid parameter: Message")
        size = sum(
            len(entry["Message"].encode())
            + _attribute_bytes({each["Name"]: each["Value"] for each in entry.get("MessageAttributes", [])})
            for entry in entries
        )
        if size > SNS_LIMIT_BYTES:
            raise Refused(code, f"Message too long: {size} bytes")
        return size


def nested(form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of AWS's query protocol as they were before they were written out."""
    result: dict[str, Any] = {}
    lists: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in form.items():
        found = _LIST_KEY.fullmatch(key)
        if found:
            member = lists.setdefault(found["list"], {}).setdefault(int(found["number"]), {})
            member[found["rest"] or ""] = value
            continue
        *path, last = key.split(".")
        place = result
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    for name, members in lists.items():
        result[name] = [nested(members[number]) for number in sorted(members)]
    return result


def _attribute_bytes(attributes: Mapping[str, Any] | None) -> int:
    """Message attributes count with their names and types."""
    return sum(
        len(name.encode()) + len(value["DataType"]) + len(value.get("StringValue", "").encode())
        for name, value in (attributes or {}).items()
    )


def _refusal(service: str, refusal: Refused) -> tuple[int, str, bytes]:
    if service == "sns":
        error = f"<Type>Sender</Type><Code>{refusal.code}</Code><Message>{escape(refusal.text)}</Message>"
        text = f"<ErrorResponse><Error>{error}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        return 400, "text/xml", text.encode()
    content = {"__type": f"com.amazonaws.{service}#{refusal.code}", "message": refusal.text, **refusal.fields}
    return 400, "application/x-amz-json-1.0", json.dumps(content).encode()


def _xml(operation: str, content: str) -> bytes:
    return (
        f'<{operation}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
        f"<{operation}Result>{content}</{operation}Result>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()

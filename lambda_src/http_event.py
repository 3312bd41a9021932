"""The HTTP request in Lambda's event: of a Function URL (payload format 2.0) or of a REST API (1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class HttpEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, as far as this function looks at it.

    Attributes:
        method: The HTTP method, upper case.
        path: The path below the ingress, such as `/stripe`.
        headers: Header values by lower-case name; several of one name are joined by a comma.
        body: The body as text, base64 where `is_base64` says so.
        is_base64: Whether `body` is base64.
        url: The URL that was called, from what AWS says of it, never from a header.
        request_id: AWS's id of the request.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: str
    is_base64: bool
    url: str
    request_id: str | None


def read(event: Mapping[str, Any]) -> HttpEvent:
    """Read Lambda's event, whichever of the two formats it has.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    context = event["requestContext"]
    if "http" in context:
        method, path, called = context["http"]["method"], event["rawPath"], event["rawPath"]
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    else:
        # The path that was called has the stage in front, or a custom domain's base path.
        method, path, called = context["httpMethod"], event["path"], context["path"]
        headers = _joined((event.get("multiValueHeaders") or {}).items())
    return HttpEvent(
        method=method,
        path=path,
        headers=headers,
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        url=f"https://{context.get('domainName', '')}{called}",
        request_id=context.get("requestId"),
    )


def _joined(headers: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """Return headers as a Function URL would: names may come in any case, and more than once."""
    values: dict[str, list[str]] = {}
    for name, several in headers:
        values.setdefault(name.lower(), []).extend(several)
    return {name: ",".join(several) for name, several in values.items()}

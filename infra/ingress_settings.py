"""The part of the settings that is about where webhooks come in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.configuration import Reader

INGRESSES = ("function-url", "rest-api")
"""Values of `ingress`."""

REQUESTS_PER_SECOND = (1, 10_000)
"""Least and most that a stage may let through: the most is a region's quota for all its APIs.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

REQUESTS_PER_ADDRESS = (10, 2_000_000_000)
"""Least and most requests of an address in five minutes that WAF counts.
https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html"""

MOST_ALLOWED_ADDRESSES = 10_000
"""Blocks in one IP set."""

DOMAIN_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE_ARN = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}")

_OF_REST_API = ("requestsPerSecond", "requestsPerAddress", "allowedAddresses", "customDomain", "certificateArn")


@dataclass(frozen=True, kw_only=True)
class RestApiSettings:
    """What a stack may choose about its REST API."""

    requests_per_second: int
    """Requests a second that the API lets through, and twice as many in a burst."""

    requests_per_address: int
    """Requests of one address in five minutes; more are blocked."""

    allowed_addresses: tuple[str, ...]
    """Blocks of addresses that may call, of one IP version; none: all may."""

    custom_domain: str
    """Domain name of the API; empty: AWS's own."""

    certificate_arn: str
    """Certificate of the domain, in ACM and in this region."""

    owns_account_role: bool
    """Whether this stack sets the role by which API Gateway writes logs, one for all APIs of account and region."""


def read_rest_api(reader: Reader) -> RestApiSettings | None:
    """Check the ingress's settings and note their problems.

    Returns:
        The REST API's settings; None when webhooks come in through a Function URL.
    """
    domain, certificate = reader.get("customDomain", str, ""), reader.get("certificateArn", str, "")
    if domain and not DOMAIN_NAME.fullmatch(domain):
        reader.problems.append(f"customDomain must be a domain name in lower case, or empty; got {domain!r}")
    if certificate and not CERTIFICATE_ARN.fullmatch(certificate):
        reader.problems.append(f"certificateArn must be the ARN of a certificate in ACM; got {certificate!r}")
    if bool(domain) != bool(certificate):
        reader.problems.append("customDomain and certificateArn must be set together")
    settings = RestApiSettings(
        requests_per_second=reader.number("requestsPerSecond", *REQUESTS_PER_SECOND),
        requests_per_address=reader.number("requestsPerAddress", *REQUESTS_PER_ADDRESS),
        allowed_addresses=_addresses(reader),
        custom_domain=domain,
        certificate_arn=certificate,
        owns_account_role=reader.one_of("apiGatewayAccount", ("managed", "external")) == "managed",
    )
    if reader.one_of("ingress", INGRESSES) == "rest-api":
        return settings
    for key in _OF_REST_API:
        # Someone who lists the addresses that may call must not find out later that all could.
        if reader.is_set(key):
            reader.problems.append(f"{key} must be left out: it has no effect with `ingress: function-url`")
    return None


def _addresses(reader: Reader) -> tuple[str, ...]:
    blocks: list[Any] = reader.get("allowedAddresses", list, [])
    versions = set()
    for block in blocks:
        try:
            network = ipaddress.ip_network(block) if isinstance(block, str) else None
        except ValueError:
            network = None
        if network is None or network.prefixlen == 0:
            reader.problems.append(
                f"allowedAddresses must hold blocks such as 203.0.113.0/24, without host bits; got {block!r}"
            )
        else:
            versions.add(network.version)
    if len(versions) > 1:
        reader.problems.append("allowedAddresses must be all IPv4 or all IPv6: a REST API is called by one of them")
    if len(blocks) > MOST_ALLOWED_ADDRESSES:
        reader.problems.append(f"allowedAddresses must be at most {MOST_ALLOWED_ADDRESSES} blocks; got {len(blocks)}")
    return tuple(map(str, blocks))

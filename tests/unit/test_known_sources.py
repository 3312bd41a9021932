"""What is known of a running system's sources: the live secrets, and those that were live once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from lambda_src.sources import Source
from local.known_sources import known_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.state import State

NAME = "/webhook-processor/dev/sources/shop/signing-secrets"


class History:
    """Parameter Store with the versions of one parameter."""

    def __init__(self, *values: str) -> None:
        self._values = values

    def get_paginator(self, operation: str) -> History:
        """Stand in for the client's paginator."""
        assert operation == "get_parameter_history"
        return self

    def paginate(self, **options: object) -> Iterator[dict[str, Any]]:
        """Give the versions on two pages, the newest first; as boto3 does, only when they are asked for."""
        assert options == {"Name": NAME, "WithDecryption": True}
        if not self._values:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameterHistory")
        versions = [{"Version": number, "Value": value} for number, value in enumerate(self._values, 1)]
        yield from ({"Parameters": page} for page in (versions[:0:-1], versions[:1]))


def _system(history: History, **settings: object) -> State:
    outputs = {
        "secrets_path": "/webhook-processor/dev/sources",
        "sources": {"shop": {"provider": "square", **settings}},
    }
    clients = SimpleNamespace(ssm=history)
    return cast("State", SimpleNamespace(clients=clients, outputs=outputs, source_urls={"shop": "https://a/shop"}))


@pytest.mark.parametrize(
    ("versions", "live", "retired"),
    [
        (('["a"]',), ("a",), ()),
        (('["a"]', '["b", "a"]', '["b"]'), ("b",), ("a",)),
        (("a", '["b", "a"]', '["c", "b"]'), ("c", "b"), ("a",)),
        (('["a"]', '["a"', '["b"]'), ("b",), ("a",)),
        (("unset", "[]"), (), ("unset",)),
        ((), (), ()),
    ],
)
def test_secrets_are_live_by_the_last_version(
    versions: tuple[str, ...], live: tuple[str, ...], retired: tuple[str, ...]
) -> None:
    """The last version has the live secrets; what only earlier ones have was rotated out; a malformed one is passed."""
    shop = known_sources(_system(History(*versions)))["shop"]
    assert (shop.secrets, shop.retired) == (live, retired)


def test_the_registered_url_is_the_sources_own() -> None:
    """A source's notification URL is what its provider signs, else the one that the stack gives it."""
    assert known_sources(_system(History("a")))["shop"].url == "https://a/shop"
    shop = known_sources(_system(History("a"), notification_url="https://b/hook"))["shop"]
    assert (shop.url, shop.source) == ("https://b/hook", Source(provider="square", notification_url="https://b/hook"))

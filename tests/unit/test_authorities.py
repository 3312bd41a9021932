"""TLS with a shared context: verified as strictly as with one for each client, and the authorities read once."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from bench import certificates, server
from bench.candidates import PARAMETERS, TABLE, TABLES
from lambda_src import aws_client
from lambda_src.authorities import Authorities
from lambda_src.aws import Aws, AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.server import Control

PARAMETER = next(iter(PARAMETERS))
KEY = {"transaction_id": {"S": "a"}, "record": {"S": "state"}}


@pytest.fixture(scope="module")
def https() -> Iterator[Control]:
    """AWS's stand-in behind HTTPS."""
    with server.running(PARAMETERS, TABLES, tls=True) as running:
        yield running


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files of authorities, each time that one is read."""
    read: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(self: ssl.SSLContext, cafile: str, *others: Any) -> None:  # noqa: ANN401 - handed on
        read.append(str(cafile))
        load(self, cafile, *others)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return read


def door(monkeypatch: pytest.MonkeyPatch, url: str, authority: Path) -> Aws:
    """A door to AWS as a new process has it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
    monkeypatch.setattr(aws_client, "_AUTHORITIES", Authorities())
    aws_client.session.cache_clear()
    return Aws()


def call_two_services(aws: Aws) -> None:
    """Make a connection to each of two services."""
    assert aws("ssm", "get_parameter", Name=PARAMETER, WithDecryption=True)["Parameter"]["Name"] == PARAMETER
    aws("dynamodb", "put_item", TableName=TABLE, Item=KEY)


@pytest.fixture(autouse=True)
def _own_session() -> Iterator[None]:
    yield
    aws_client.session.cache_clear()


def test_authorities_are_read_once(https: Control, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of several clients are all verified, against authorities that were read for the first."""
    assert https.authority is not None
    call_two_services(door(monkeypatch, https.url, https.authority))
    assert reads == [str(https.authority)]


def test_another_authority_is_refused(
    https: Control, tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that the known authorities did not sign ends every call, the first and those after it."""
    _, stranger = certificates.write(tmp_path, "127.0.0.1")
    aws = door(monkeypatch, https.url, stranger)
    for _ in range(2):
        aws.begin_invocation(lambda: 60)
        with pytest.raises(AwsError, match="SSLError"):
            aws("ssm", "get_parameter", Name=PARAMETER)
        with pytest.raises(AwsError, match="SSLError"):
            aws("dynamodb", "put_item", TableName=TABLE, Item=KEY)
    assert set(reads) == {str(stranger)}


def test_another_host_is_refused(https: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good certificate of another host is none, also after the context has verified the right one."""
    assert https.authority is not None
    aws = door(monkeypatch, https.url, https.authority)
    call_two_services(aws)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", https.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(AwsError, match="SSLError"):
        aws("sns", "publish_batch", TopicArn="arn:aws:sns:us-east-1:000000000000:t", PublishBatchRequestEntries=[])


def test_authorities_that_cannot_be_read_are_not_trusted(
    https: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing ends every call; it is not passed over as read."""
    aws = door(monkeypatch, https.url, tmp_path / "missing.pem")
    for _ in range(2):
        aws.begin_invocation(lambda: 60)
        with pytest.raises(AwsError, match="Unreachable"):
            aws("ssm", "get_parameter", Name=PARAMETER)


@pytest.mark.parametrize("client", [object(), type("Client", (), {"_endpoint": None})()])
def test_a_botocore_that_is_built_otherwise_keeps_its_own_contexts(client: object) -> None:
    """Where there is no such way in, nothing is shared and nothing fails."""
    Authorities().share_with(client)


def _client(*, verify: bool | str) -> Any:  # noqa: ANN401 - botocore's clients have no type of their own
    return botocore.session.get_session().create_client("ssm", region_name="us-east-1", verify=verify)


def _context(client: Any) -> ssl.SSLContext:  # noqa: ANN401 - as above
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    return context


def test_what_one_client_trusts_is_no_other_ones_to_trust(https: Control) -> None:
    """A context is shared by clients of the same authorities only, and never with one that verifies nothing."""
    authorities = Authorities()
    first, same, other, trusting = (_client(verify=verify) for verify in (True, True, str(https.authority), False))
    for client in (trusting, first, same, other):
        authorities.share_with(client)
    assert _context(first) is _context(same)
    assert len({id(_context(each)) for each in (first, other, trusting)}) == 3

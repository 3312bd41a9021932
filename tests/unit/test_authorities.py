"""TLS with a shared context: verified as strictly as with a client's own; authorities are read once, Amazon's first."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from bench import certificates, server
from bench.candidates import PARAMETERS, TABLE, TABLES
from lambda_src import authorities, aws_client
from lambda_src.authorities import Authorities
from lambda_src.aws import Aws, AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.server import Control

PARAMETER = next(iter(PARAMETERS))
KEY = {"transaction_id": {"S": "a"}, "record": {"S": "state"}}
AMAZONS = "Amazon's"
"""What is read when a file is not read as a whole."""


@pytest.fixture(scope="module")
def https() -> Iterator[Control]:
    """AWS's stand-in behind HTTPS."""
    with server.running(PARAMETERS, TABLES, tls=True) as running:
        yield running


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files of authorities, each time that one is read as a whole, and `AMAZONS` each time that one is not."""
    read: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(
        self: ssl.SSLContext, cafile: str | None = None, capath: str | None = None, cadata: bytes | None = None
    ) -> None:
        read.append(AMAZONS if cadata else str(cafile))
        load(self, cafile, capath, cadata)

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
    """Connections of several clients are all verified, against Amazon's authorities, read for the first of them."""
    assert https.authority is not None
    call_two_services(door(monkeypatch, https.url, https.authority))
    assert reads == [AMAZONS]


def test_the_other_authorities_are_read_where_amazons_do_not_do(
    https: Control, tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS may take another authority's certificates one day: then a process's first call needs a try more, no other."""
    assert https.authority is not None
    monkeypatch.setattr(authorities, "_OF_AMAZON", (b"Once Amazon's",))
    _, former = certificates.write(tmp_path, "127.0.0.1", organization="Once Amazon's")
    both = tmp_path / "both.pem"
    both.write_bytes(former.read_bytes() + https.authority.read_bytes())
    call_two_services(door(monkeypatch, https.url, both))
    assert reads == [AMAZONS, str(both)]


def test_a_file_without_amazons_authorities_is_read_at_once(
    https: Control, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle of a company's own authority costs no try."""
    assert https.authority is not None
    monkeypatch.setattr(authorities, "_OF_AMAZON", (b"somebody else",))
    call_two_services(door(monkeypatch, https.url, https.authority))
    assert reads == [str(https.authority)]


def test_china_has_all_authorities_read_at_once(
    https: Control, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is not known whose certificates the endpoints have, no try is spent on finding out."""
    assert https.authority is not None
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    call_two_services(door(monkeypatch, https.url, https.authority))
    assert reads == [str(https.authority)]


def test_amazons_authorities_are_found_in_botocores_file() -> None:
    """All five of https://www.amazontrust.com/repository/, and no other company's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authorities._amazons(str(Path(botocore.__file__).with_name("cacert.pem"))))
    found = [str(each["subject"]) for each in context.get_ca_certs()]
    names = [
        *(f"Amazon Root CA {number}" for number in (1, 2, 3, 4)),
        "Starfield Services Root Certificate Authority - G2",
    ]
    assert [sum(f"'{name}'" in subject for subject in found) for name in names] == [1] * len(found)


def _commented(certificate: str) -> str:
    return "".join(f"# {line}\n" for line in certificate.splitlines())


FILES: dict[str, Callable[[str, str], str]] = {
    "good": lambda good, _: good,
    "two": lambda good, other: good + other,
    "among words": lambda good, other: f"# Label\n{good}\nwords\n\n{other}\n",
    "from Windows": lambda good, other: (good + other).replace("\n", "\r\n"),
    "one is commented out": lambda good, other: good + _commented(other),
    "all are commented out": lambda good, other: _commented(good) + _commented(other),
    "one is commented out and cut off": lambda good, other: good + _commented(other[: len(other) // 2]),
    "one is indented": lambda good, other: good + other.replace("-----BEGIN", "  -----BEGIN"),
    "one has no end": lambda good, other: good + other.partition("-----END")[0],
    "one is cut off": lambda good, other: good + other[: len(other) // 2],
    "one is no certificate": lambda good, _: good + good.replace(good[200:260], "A" * 60),
    "one is of another kind": lambda good, other: good + other.replace(" CERTIFICATE", " TRUSTED CERTIFICATE"),
    "not text": lambda good, _: good[:100] + "\x00" + good[100:],
    "empty": lambda *_: "",
    "nothing": lambda *_: "nothing",
}
"""Files of authorities by what is special about them, of two certificates."""


def _trusted(context: ssl.SSLContext, cafile: Path) -> list[bytes] | None:
    """The certificates that a context takes out of a file; None: it refuses the file."""
    try:
        context.load_verify_locations(str(cafile))
    except ssl.SSLError:
        return None
    return sorted(context.get_ca_certs(binary_form=True))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two authorities that are called Amazon's."""
    first, second = (certificates.write(tmp_path_factory.mktemp("made"), "127.0.0.1")[1] for _ in range(2))
    return first.read_text(), second.read_text()


@pytest.mark.parametrize("name", FILES)
def test_of_any_file_the_same_is_trusted_as_by_openssl(name: str, two: tuple[str, str], tmp_path: Path) -> None:
    """Of a file of Amazon's authorities, however it is written, as much is taken as when it is read as a whole."""
    cafile = tmp_path / "authorities.pem"
    cafile.write_bytes(FILES[name](*two).encode())
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authorities._read_once(ours, begin_with_amazons=True)
    assert _trusted(ours, cafile) == _trusted(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), cafile)


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
    assert reads == [AMAZONS, str(stranger)]


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

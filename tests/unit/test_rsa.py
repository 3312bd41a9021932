"""Public keys and certificates as PEM, and signatures by them, against the cryptography library."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.errors import Reason, Rejected
from lambda_src.rsa import is_signed, public_key, signature_of

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BEGIN, END = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2060, 1, 2, 3, 4, 5, tzinfo=UTC)


def pem_of(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    """The PEM of a public key."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def certificate() -> str:
    """A certificate of KEY, valid from BEGIN to END; the latter is written with four digits of the year."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "messageverificationcerts.example")])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1000, BEGIN, END)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_a_public_key_is_read_exactly() -> None:
    """Modulus and exponent are those of the key, and a bare key is valid at any time."""
    key = public_key(pem_of(KEY.public_key()))
    assert key
    assert (key.modulus, key.exponent) == (KEY.public_key().public_numbers().n, 65537)
    assert key.is_valid_at(0)


def test_a_certificate_is_valid_between_its_times() -> None:
    """The certificate's key is read, and it is valid from its first to its last second."""
    key = public_key(certificate())
    assert key
    assert (key.modulus, key.not_before, key.not_after) == (KEY.public_key().public_numbers().n, BEGIN, END)
    edges = [BEGIN - timedelta(seconds=1), BEGIN, END, END + timedelta(seconds=1)]
    assert [key.is_valid_at(int(at.timestamp())) for at in edges] == [False, True, True, False]


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "key",
        pem_of(ec.generate_private_key(ec.SECP256R1()).public_key()),
        pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()),  # noqa: S505 - refused
        pem_of(KEY.public_key()).replace("PUBLIC", "PRIVATE"),
        pem_of(KEY.public_key()) + pem_of(KEY.public_key()),
        "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----",
    ],
    ids=["empty", "text", "elliptic", "short", "private", "two", "no DER"],
)
def test_what_is_no_safe_rsa_key_is_none(pem: str) -> None:
    """Anything but one RSA key of at least 2,048 bits is no key."""
    assert public_key(pem) is None


@given(st.binary(max_size=400))
def test_arbitrary_der_is_no_key_and_never_raises(der: bytes) -> None:
    """Garbage in a PEM frame is no key."""
    for label in ("PUBLIC KEY", "CERTIFICATE"):
        assert public_key(f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----") is None


@given(at=st.integers(0, 293), byte=st.integers(0, 255))
def test_a_changed_key_never_raises(at: int, byte: int) -> None:
    """A key with one byte changed is another key or none."""
    der = bytearray(
        KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    der[at] = byte
    key = public_key(f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----")
    assert key is None or key.modulus.bit_length() >= 2048


@given(st.binary(max_size=100))
def test_the_library_signs_and_we_accept(message: bytes) -> None:
    """A signature of the message is accepted; of another message, by another hash or padding, it is refused."""
    key = public_key(pem_of(KEY.public_key()))
    assert key
    signature = KEY.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert is_signed(key, message, signature)
    assert not is_signed(key, message + b"x", signature)
    assert not is_signed(key, message, KEY.sign(message, padding.PKCS1v15(), hashes.SHA512()))
    assert not is_signed(
        key, message, KEY.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    )
    assert not is_signed(key, message, b"\x00" + signature)
    assert not is_signed(key, message, (int.from_bytes(signature) + key.modulus).to_bytes(257)[-256:])


def test_trivial_signatures_are_refused() -> None:
    """0, 1 and the modulus less one are no signatures, nor is an empty one."""
    key = public_key(pem_of(KEY.public_key()))
    assert key
    trivial = [value.to_bytes(256) for value in (0, 1, key.modulus - 1)]
    assert [is_signed(key, b"", value) for value in (*trivial, b"")] == [False] * 4


def test_a_signature_has_one_text() -> None:
    """Base64 whose unused bits are set, without padding or with white space is refused although it decodes."""
    text = base64.b64encode(KEY.sign(b"", padding.PKCS1v15(), hashes.SHA256())).decode()
    assert len(signature_of(text, "x")) == 256
    following = chr(ord(text[-3]) + 1)
    for other in (text[:-3] + following + "==", text[:-2], text + "\n", "", "é"):
        with pytest.raises(Rejected) as caught:
            signature_of(other, "x")
        assert caught.value.reason is Reason.MALFORMED_SIGNATURE

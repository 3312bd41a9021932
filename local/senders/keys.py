"""RSA keys of the senders that sign with one."""

from __future__ import annotations

from functools import cache
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_BEGIN_PRIVATE = "-----BEGIN PRIVATE KEY-----"


def new_private_key() -> str:
    """Make a private key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@cache
def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Read a private key.

    Raises:
        ValueError: It is none: who has the public key alone cannot sign.
    """
    return cast("rsa.RSAPrivateKey", serialization.load_pem_private_key(pem.encode(), password=None))


def public_of(pem: str) -> str:
    """Give the PEM public key of a private one; what is no private key is given back as it is."""
    if not pem.startswith(_BEGIN_PRIVATE):
        return pem
    public = private_key(pem).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

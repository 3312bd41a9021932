"""A certificate for the loopback address, and the authority that vouches for it: AWS is never called in clear."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

VALID_FOR = timedelta(days=1)


def write(directory: Path, address: str, organization: str = "Amazon") -> tuple[Path, Path]:
    """Make a key with its certificate and the authority's certificate; RSA of 2048 bits, as AWS's endpoints have.

    Args:
        directory: Where the files are put.
        address: The server's IP address.
        organization: Whose the authority is: Amazon's, as of AWS's endpoints, since the function begins with those.

    Returns:
        File of key and certificate, file of the authority.
    """
    authority_key, key = (rsa.generate_private_key(public_exponent=65_537, key_size=2048) for _ in range(2))
    authority_name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, "benchmark's authority"),
        ]
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)

    def certificate(subject: x509.Name, public_key: rsa.RSAPublicKey, *, is_authority: bool) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + VALID_FOR)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        )
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain, authority = directory / "key-and-certificate.pem", directory / "authority.pem"
    chain.write_bytes(private + certificate(name, key.public_key(), is_authority=False))
    chain.chmod(0o600)
    authority.write_bytes(certificate(authority_name, authority_key.public_key(), is_authority=True))
    return chain, authority

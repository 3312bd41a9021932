"""The commonest scheme: one header that holds an HMAC of the raw body."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lambda_src import schemes

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from lambda_src.request import SignedRequest


class Encoding(NamedTuple):
    """How a signature is written: its form, and how a digest is brought into it."""

    form: re.Pattern[str]
    encode: Callable[[bytes], bytes]


HEX = Encoding(schemes.HEX_SHA256, schemes.hexadecimal)
HEX_SHA512 = Encoding(schemes.HEX_SHA512, schemes.hexadecimal)
BASE64 = Encoding(schemes.BASE64_SHA256, schemes.base64_text)


def verify(
    request: SignedRequest,
    secrets: Sequence[str],
    header: str,
    encoding: Encoding = HEX,
    *,
    digest: str = "sha256",
    key_of: Callable[[str], bytes | None] = schemes.text_key,
    key_form: str = schemes.TEXT_KEY_FORM,
    prefix: str = "",
) -> int:
    """Check the HMAC of the raw body; see `lambda_src.providers.Provider.verify`.

    Args:
        request: The request.
        secrets: The live secrets, newest first.
        header: Lower-case name of the header that holds the signature. A header that came twice arrives joined by a
            comma; each part is tried.
        encoding: How the signature is written.
        digest: Name of the hash function.
        key_of: Decodes a secret to its key.
        key_form: What a secret is, for the message about one that is not.
        prefix: What stands before the signature, and is required.
    """
    live = schemes.keys(secrets, key_of, key_form)
    parts = [part.strip(" ") for part in schemes.header(request.headers, header).split(",")]
    candidates = [part.removeprefix(prefix) for part in parts if part.startswith(prefix)]
    signatures = schemes.well_formed(candidates, encoding.form, header)
    return schemes.match(live, request.body, signatures, encoding.encode, digest)

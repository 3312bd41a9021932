"""No comparison tells a forger by its time how much of a signature was right."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CODE = Path(__file__).parents[2] / "lambda_src"
SECRET_WORDS = re.compile(r"signature|expected|\bmac\b|digest|shown|secret")

HARMLESS = {
    "schemes.py: secret != secret.strip()": "whether a configured secret has spaces around it",
    "rsa.py: base64.b64encode(signature) != encoded": "whether a signature is written in the one canonical way",
    "rsa.py: len(signature) != length": "the length of a key, which is public",
    "signing_secrets.py: fresh.secrets == cached.secrets": "two sets of ours, after a refusal",
    "signed_time.py: key == layout.signature": "the name of a part of a header",
    "adyen_account.py: len(secret) == KEY_DIGITS": "the form of a configured secret",
    "worldpay.py: len(entry) == len(('key id', 'hash', 'signature'))": "the parts of a header",
}
"""Ordinary comparisons that mention what is secret, each with what it compares."""


def test_signatures_are_compared_in_constant_time_only() -> None:
    """Python's own comparison stops at the first difference; `hmac.compare_digest` does not."""
    found = {
        f"{path.name}: {ast.unparse(node)}"
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for operator in node.ops)
        and SECRET_WORDS.search(ast.unparse(node))
    }
    assert found == set(HARMLESS)

"""What a new provider is begun with: a module that works, and everything that the conformance suite holds it against.

What only the vendor's documents can tell stands as a question mark, and the suite names each that is left.
"""

from __future__ import annotations

import hmac
import json
import keyword
import re
import string
from dataclasses import dataclass
from pathlib import Path

from cli.problems import Problem
from lambda_src.providers import PROVIDERS

ROOT = Path(__file__).parents[2]

_TEMPLATES = Path(__file__).parent / "templates"

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_NAME = 32
"""Characters: a name is part of every key of the ledger."""

_VECTORS = "tests/vectors/vectors.jsonl"

_NEW = {
    "module.py.txt": "lambda_src/providers/{name}.py",
    "sender.py.txt": "local/senders/{name}.py",
    "row.py.txt": "tests/conformance/rows/{name}.py",
    "event_types.yaml.txt": "tests/conformance/event_types/{name}.yaml",
}
"""Where each template goes."""

_SAMPLES = {
    "succeeded.json.txt": "local/samples/{name}/succeeded.json",
    "partially_refunded.json.txt": "local/samples/{name}/partially_refunded.json",
}
"""The same for samples, whose placeholders are their own and stay."""


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """All that is written for a new provider.

    Attributes:
        created: Text of each new file, by its path from the root.
        changed: Text of each file that names all providers, with the new one among them.
    """

    created: dict[str, str]
    changed: dict[str, str]

    def write(self, root: Path = ROOT) -> None:
        """Write all files, or none.

        Raises:
            Problem: A file cannot be written; what had been written is taken back.
        """
        before = {path: (root / path).read_text() for path in self.changed}
        folders = {(root / path).parent for path in self.created if not (root / path).parent.exists()}
        begun: list[Path] = []
        try:
            for path, text in (self.created | self.changed).items():
                file = root / path
                begun.append(file)
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
        except OSError as error:
            for file in begun:
                known = before.get(str(file.relative_to(root)))
                if known is not None:
                    file.write_text(known)
                elif file.is_file():
                    file.unlink()
            for folder in folders:
                if folder.exists():
                    folder.rmdir()
            raise Problem(f"{error.filename} cannot be written: {error.strerror}; nothing was changed") from None


def scaffold(name: str, root: Path = ROOT) -> Scaffold:
    """Make a new provider's files.

    Args:
        name: The provider's name, as sources will be configured with it.
        root: The repository.

    Raises:
        Problem: The name is malformed or taken.
    """
    _check(name, root)
    values = {"name": name, "title": name.replace("_", " ").title(), "header": f"x-{name.replace('_', '-')}-signature"}
    created = {
        place.format(name=name): string.Template((_TEMPLATES / template).read_text()).substitute(values)
        for template, place in _NEW.items()
    }
    created |= {place.format(name=name): (_TEMPLATES / template).read_text() for template, place in _SAMPLES.items()}
    changed = {
        path: _inserted(root, path, opening, line.format(**values))
        for path, opening, line in (
            ("lambda_src/providers/__init__.py", "PROVIDERS = (\n", '    "{name}",\n'),
            ("infra/provider_retries.py", "PROVIDER_RETRIES = {\n", '    "{name}": _UNKNOWN,\n'),
            ("infra/signature_headers.py", "OF_PROVIDERS = (\n", '    "{header}",\n'),
        )
    }
    changed[_VECTORS] = (root / _VECTORS).read_text() + _vectors(**values)
    return Scaffold(created=created, changed=changed)


def _check(name: str, root: Path) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or keyword.iskeyword(name):
        raise Problem(
            f"a provider's name is a lower-case letter, then letters, digits and single underscores within, at most "
            f"{_LONGEST_NAME} in all, such as lemon_squeezy; got {name!r}"
        )
    if name in PROVIDERS:
        raise Problem(f"there is a provider {name!r} already: lambda_src/providers/{name}.py")
    taken = [path.format(name=name) for path in (*_NEW.values(), *_SAMPLES.values())]
    if there := [path for path in taken if (root / path).exists()]:
        raise Problem(f"{', '.join(there)} is there already: a provider needs a name of its own")


def _inserted(root: Path, path: str, opening: str, line: str) -> str:
    """Put a line into a list of names, before the first one that is greater."""
    text = (root / path).read_text()
    begin = text.find(opening) + len(opening)
    if begin < len(opening):
        raise Problem(f"{path} has no line {opening.strip()!r} to put the provider below")
    at = begin
    for entry in re.finditer(r"^(?:    (\"[^\"]+\")|([)}])).*\n", text[begin:], re.MULTILINE):
        if entry[2] or entry[1] > line.split(":", maxsplit=1)[0].strip(" ,\n"):
            at = begin + entry.start()
            break
    return text[:at] + line + text[at:]


def _vectors(*, name: str, title: str, header: str) -> str:
    """Write two vectors by the scheme that the template assumes: one that is right and one that was changed."""
    body = json.dumps({"id": "evt_1", "type": "payment.succeeded", "data": {"payment_id": "pay_1"}})
    secret = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a vector that is to be replaced
    mac = hmac.digest(secret.encode(), body.encode(), "sha256").hex()
    return "".join(
        json.dumps(
            {
                "id": f"{name}-{number}",
                "provider": name,
                "source": "?",
                "secret": secret,
                "headers": {header.title(): mac, "Content-Type": "application/json"},
                "url": None,
                "body": text,
                "valid": valid,
                "note": f"{title}: made by the scaffold",
                "confirmed_by": [],
            }
        )
        + "\n"
        for number, text, valid in (("01", body, True), ("02", body.replace("pay_1", "pay_2"), False))
    )

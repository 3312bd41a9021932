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
            Problem: A file cannot be read or written; what had been written is taken back, as at an interruption.
        """
        before = {path: None if path in self.created else _read(root, path) for path in self.created | self.changed}
        taken = {path for path in self.created if (root / path).exists()}
        folders = {(root / path).parent for path in self.created if not (root / path).parent.exists()}
        path = ""
        try:
            for path, text in (self.created | self.changed).items():
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).write_text(text)
        except BaseException as error:
            ours = {path: text for path, text in before.items() if path not in taken}
            left = _take_back(root, ours, folders)
            done = f"still changed, put it right by hand: {', '.join(left)}" if left else "nothing was changed"
            if isinstance(error, OSError):
                raise Problem(f"{path} cannot be written: {error.strerror}; {done}") from None
            if left:
                raise Problem(f"interrupted; {done}") from error
            raise


def _take_back(root: Path, before: dict[str, str | None], folders: set[Path]) -> list[str]:
    """Undo what was written, new files first: a full disk then has room for the old texts.

    Args:
        root: The repository.
        before: Each file's text; None: there was none.
        folders: What was not there either.

    Returns:
        The paths that could not be taken back.
    """
    left = []
    for path, text in before.items():
        file = root / path
        try:
            if text is None:
                file.unlink(missing_ok=True)
            elif file.read_text() != text:  # the one that refused is not asked again
                file.write_text(text)
        except OSError:
            left.append(path)
    for folder in folders:
        try:
            if folder.exists():
                folder.rmdir()
        except OSError:
            left.append(str(folder.relative_to(root)))
    return left


def _read(root: Path, path: str) -> str:
    try:
        return (root / path).read_text()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}; nothing was changed") from None
    except UnicodeDecodeError:
        raise Problem(f"{path} cannot be read: it is no text; nothing was changed") from None


def scaffold(name: str, root: Path = ROOT) -> Scaffold:
    """Make a new provider's files.

    Args:
        name: The provider's name, as sources will be configured with it.
        root: The repository.

    Raises:
        Problem: The name is malformed or taken, or a file that names all providers cannot be read.
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
    changed[_VECTORS] = _read(root, _VECTORS) + _vectors(**values)
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
    text = _read(root, path)
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

"""A provider is begun by one command, told what it lacks, and complete when that is filled in."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cli.problems import Problem
from local.__main__ import main
from local.scaffold import ROOT, scaffold

if TYPE_CHECKING:
    from pathlib import Path

NAME = "acme_pay"
NEW = [
    f"lambda_src/providers/{NAME}.py",
    f"local/senders/{NAME}.py",
    f"tests/conformance/rows/{NAME}.py",
    f"tests/conformance/event_types/{NAME}.yaml",
    f"local/samples/{NAME}/succeeded.json",
    f"local/samples/{NAME}/partially_refunded.json",
]
CHANGED = [
    "lambda_src/providers/__init__.py",
    "infra/provider_retries.py",
    "infra/signature_headers.py",
    "tests/vectors/vectors.jsonl",
]


class Suite(NamedTuple):
    """What a run of the conformance suite said: how many tests there were, and each failure's message by test."""

    tests: int
    failed: dict[str, str]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, without what git ignores."""
    ignored = [line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()]
    target = tmp_path_factory.mktemp("copy") / "repository"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".git", *ignored))
    return target


def _run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - fixed commands
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _conformance(copy: Path, *options: str) -> Suite:
    """Run the suite on the new provider alone."""
    report = copy / "report.xml"
    words = ("pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "tests/conformance", "-k", NAME)
    done = _run(copy, *words, *options)
    assert report.exists(), done.stdout + done.stderr
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - pytest's own
    failed = {
        case.attrib["name"].partition("[")[0]: failure.attrib["message"]
        for case in cases
        for failure in (case.find("failure"), case.find("error"))
        if failure is not None
    }
    return Suite(len(cases), failed)


def _replace(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in pairs:
        assert old in text, f"{file.name}: {old}"
        text = text.replace(old, new)
    file.write_text(text)


@pytest.fixture(scope="module")
def begun(copy: Path) -> Path:
    """The copy, in which the command was given."""
    before = {path: (copy / path).read_text() for path in CHANGED}
    done = _run(copy, "local", "new-provider", NAME)
    assert done.returncode == 0, done.stderr
    assert [
        line.split()[1] for line in done.stdout.splitlines() if line.startswith(("new", "changed"))
    ] == NEW + CHANGED
    for path in CHANGED:
        added = [line for line in (copy / path).read_text().splitlines() if line not in before[path].splitlines()]
        assert added
        assert all(NAME in line.replace("-", "_") for line in added)
    return copy


@pytest.fixture(scope="module")
def said(begun: Path) -> Suite:
    """What the suite says of what the command made."""
    return _conformance(begun)


def test_the_suite_says_what_is_missing(said: Suite) -> None:
    """All that a vendor's documents must tell is asked for, each with its file and what to do; all else passes."""
    module, vectors = f"lambda_src/providers/{NAME}.py", "tests/vectors/vectors.jsonl"
    golden = f"tests/conformance/goldens/{NAME}.json is missing: write it by"
    asked = {
        "test_the_module_says_every_fact": f"{module}: confirm by the vendor's document, then take the question mark "
        "away: Document, Header, Signed, Signature, Key, Replay, Retries, Acknowledgement, Not protected, "
        "what the payment is and what was not verified",
        "test_a_bad_secret_is_told_where_the_right_one_is": f"{module}: say in secret_problem",
        "test_the_vectors_are_somebody_elses": f"{vectors}: {NAME}-01, {NAME}-02 come from the scaffold",
        "test_somebody_judged_the_verification": f"tests/conformance/rows/{NAME}.py: let the official SDK accept",
        "test_the_event_types_are_the_vendors": f"tests/conformance/event_types/{NAME}.yaml: list every type",
        "test_a_sample_becomes_its_golden": golden,
        "test_the_goldens_are_those_of_the_samples": golden,
    }
    assert said.failed.keys() == asked.keys()
    assert [name for name, text in asked.items() if text not in said.failed[name]] == []
    assert said.tests > 50


def test_what_is_written_is_in_the_projects_style(begun: Path) -> None:
    """The linter and the formatter have nothing to say against the new files, nor against the changed ones."""
    files = [path for path in NEW + CHANGED if path.endswith(".py")]
    assert _run(begun, "ruff", "check", "--no-cache", *files).stdout.strip() == "All checks passed!"
    assert _run(begun, "ruff", "format", "--no-cache", "--check", *files).returncode == 0


def test_filled_in_it_conforms(begun: Path, said: Suite) -> None:
    """With the answers in the places that were asked for, the whole suite passes, and docs/providers.md takes it up."""
    module = begun / f"lambda_src/providers/{NAME}.py"
    _replace(
        module,
        ("Document        ?", "Document        https://docs.acme.example/webhooks"),
        ("Retries         ?", "Retries         8 over 4 h"),
        (
            "? What the payment's id is, which types are `unknown` on purpose, and what of all this was not verified.",
            "x",
        ),
        ('$title", "?"'.replace("$title", "Acme Pay"), 'Acme Pay", "the dashboard"'),
        (" ? ", " "),
    )
    _replace(begun / f"tests/conformance/rows/{NAME}.py", ('sdk="?"', 'sdk="none: judged by a test"'))
    _replace(begun / f"tests/conformance/event_types/{NAME}.yaml", ("# ?", "#"))
    _replace(begun / "tests/vectors/vectors.jsonl", ('"source": "?"', '"source": "a test"'))
    suite = _conformance(begun, "--write-goldens")
    assert suite == Suite(said.tests, {})
    assert _run(begun, "local.readme").returncode == 0
    assert "| `acme_pay` | `x-acme-pay-signature` | the raw body |" in (begun / "docs/providers.md").read_text()


def test_the_page_names_commands_that_exist() -> None:
    """Each command of the page is one that these tests run, or that the command line understands."""
    page = (ROOT / "docs/adding-a-provider.md").read_text()
    blocks = "".join(re.findall(r"<!-- run: new-provider -->\n```bash\n(.*?)```", page, re.DOTALL))
    lines = [line.partition("#")[0].strip(" &") for line in blocks.splitlines()]
    commands = [shlex.split(line)[2:] for line in lines if line.startswith("python -m ")]
    assert len(commands) == len(lines) > 0
    for module, *words in commands:
        if module == "local":
            command = main.commands[words[0]]
            assert command.make_context(words[0], words[1:], resilient_parsing=False).params
        else:
            assert module in {"pytest", "local.readme"}
            assert [word for word in words if "/" in word and not (ROOT / word).exists()] == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("stripe", "there is a provider 'stripe' already"),
        ("stripe_events", "lambda_src/providers/stripe_events.py is there already"),
        ("Acme", "a lower-case letter, then letters, digits and single underscores"),
        ("acme-pay", "got 'acme-pay'"),
        ("acme__pay", "got 'acme__pay'"),
        ("../acme", "got '../acme'"),
        ("1acme", "got '1acme'"),
        ("class", "got 'class'"),
        ("a" * 33, "at most 32 in all"),
        ("", "got ''"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, problem: str) -> None:
    """A name that is taken or malformed is refused before anything is written."""
    with pytest.raises(Problem) as caught:
        scaffold(name)
    assert problem in caught.value.message

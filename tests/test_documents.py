"""Every document tells the truth: its links lead somewhere, its commands exist, and what can be run is run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest
import yaml

import local.__main__
import ops.__main__
from tests.unit.test_architecture import ROOT, ignored

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = [
    path.relative_to(ROOT).as_posix()
    for path in sorted(ROOT.rglob("*.md"))
    if not ignored() & set(path.relative_to(ROOT).parts)
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

RUN_BY = {
    ("README.md", "make"): "tests/test_commands.py",
    ("README.md", "local"): "tests/test_readme.py",
    ("README.md", "own"): "tests/test_readme.py",
    ("README.md", "poison"): "tests/test_readme.py",
    ("CONTRIBUTING.md", "make"): "tests/test_commands.py",
    ("docs/adding-a-provider.md", "new-provider"): "tests/unit/test_scaffold.py",
}
"""Which test runs a block of commands that is marked `<!-- run: NAME -->`, by document and name."""

COMMAND_LINES = {"local": local.__main__.main, "ops": ops.__main__.main}


def _text(document: str) -> str:
    return (ROOT / document).read_text()


def _fenced(document: str) -> Iterator[tuple[str, str, str]]:
    """Yield of each fenced block the line before it, its language and its lines."""
    pattern = re.compile(r"(?:^([^\n]*)\n)?^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    yield from ((found[1] or "", found[2], found[3]) for found in pattern.finditer(_text(document)))


def _commands(document: str) -> Iterator[str]:
    """Yield what a reader would type: the lines of shell blocks, and what stands in backticks."""
    text = _text(document)
    for _, language, lines in _fenced(document):
        if language == "bash":
            yield from (line.partition(" #")[0].strip() for line in lines.replace("\\\n", " ").splitlines())
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (" ".join(each.split()) for each in re.findall(r"`([^`]+)`", prose))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_of_commands_says_who_runs_it(document: str) -> None:
    """A test, or a reader with an account: `<!-- run: NAME -->` or `<!-- needs: AWS -->` stands above it."""
    for before, language, lines in _fenced(document):
        assert language, f"a block without a language: {lines[:60]}"
        if language in ("bash", "sh", "shell", "console"):
            assert language == "bash", lines
            assert re.fullmatch(r" *<!-- (run: [a-z-]+|needs: (AWS|GitHub|Go)) -->", before), lines


def test_what_is_said_to_be_run_is_run() -> None:
    """Each marker has its test, which reads the block by that marker, and no test waits for a block that is gone."""
    marked = {
        (document, name) for document in DOCUMENTS for name in re.findall(r"<!-- run: (.+?) -->", _text(document))
    }
    assert marked == set(RUN_BY)
    for (_, name), test in RUN_BY.items():
        assert f"run: {name}" in (ROOT / test).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    """Each file is there, and each section that a link names."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _text(document)):
        path, _, anchor = target.partition("#")
        if not re.match(r"https?:|mailto:", target):
            file = (ROOT / document).parent / path if path else ROOT / document
            assert file.exists(), target
            if anchor:
                titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
                assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document: str) -> None:
    """A path in backticks, from the root of the repository, is there; of braces and stars, the folder before them."""
    parts = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ignored())
    for path in re.findall(rf"`((?:{parts})/[\w/.{{}}*-]*)`", _text(document)):
        assert (ROOT / re.split(r"[{*]", path)[0]).exists() or NAME_OF_AN_EXAMPLE in path, path


NAME_OF_AN_EXAMPLE = "acme_pay"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_exists(document: str) -> None:
    """Targets of make, tests, modules, commands and their options, settings: what is named is there."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    for command in _commands(document):
        try:
            words = shlex.split(command)
        except ValueError:
            continue  # a lone quote: no command
        match words:
            case ["make", *rest]:
                assert {word for word in rest if "=" not in word and word not in ("...", "X")} <= targets, command
            case ["pytest", *rest] | ["python", "-m", "pytest", *rest]:
                assert [word for word in rest if "/" in word and not (ROOT / word).exists()] == [], command
            case ["python", "-m", module, *rest] if module in COMMAND_LINES:
                _check(COMMAND_LINES[module], rest, command)
            case ["python", "-m", module, *_] if module not in ("venv", "pip"):
                file = ROOT / module.replace(".", "/")
                assert file.with_suffix(".py").exists() or (file / "__main__.py").exists(), command
            case ["pulumi", "config", "set", *rest]:
                key = next((word for word in rest if not word.startswith("-")), "KEY")
                if document.startswith("examples/") or key == "KEY" or ":" in key:
                    continue
                assert re.split(r"[.\[]", key)[0] in settings, command
            case _:
                pass


def _check(program: click.Command, words: list[str], shown: str) -> None:
    """Hold that a command's names and options are the program's; what is in capitals stands for something."""
    options = {"--help"}
    for word in words:
        options |= {name for each in program.params for name in (*each.opts, *each.secondary_opts)}
        if isinstance(program, click.Group) and word in program.commands:
            program = program.commands[word]
        elif word.startswith("-"):
            assert word.partition("=")[0].rstrip(",") in options, shown
        elif isinstance(program, click.Group) and word.islower() and word.isalpha():
            assert word in {"dev", "prod", "staging"}, f"no such command {word!r}: {shown}"


def test_every_decision_is_in_the_index_and_tells_what_was_turned_down() -> None:
    """A record has its line, and its four parts."""
    index = _text("docs/decisions/README.md")
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for number, path in enumerate(DECISIONS, 1):
        title, *parts = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
        assert f"| {number} | [{title.partition('. ')[2]}]({path.name}) |" in index
        assert parts == ["Asked", "Turned down", "Decided", "What follows"]
        assert re.search(r"^## Turned down\n\n- \*\*", path.read_text(), re.MULTILINE), path.name


def test_the_changelog_ends_with_the_version_that_the_project_has() -> None:
    """Its newest release is the one of pyproject.toml, under what is not released yet."""
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    first, second, *_ = re.findall(r"^## (\S+)", _text("CHANGELOG.md"), re.MULTILINE)
    assert (first, second) == ("Unreleased", version[1])

"""The structure reads as a house: who may import whom, no cycles, no long files, each folder named in the README."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]

LAW = {
    "lambda_src": set(),
    "cli": set(),
    "policy": set(),
    "infra": {"lambda_src"},
    "__main__": {"infra", "lambda_src"},
    "ops": {"cli", "infra", "lambda_src"},
    "local": {"cli", "infra", "lambda_src", "ops", "policy"},
    "bench": {"cli", "infra", "local"},
    "compliance": {"cli", "local", "policy"},
    "fuzz": {"lambda_src", "local"},
    "schemas": set(),
    "examples": set(),
}
"""What each part may import, besides itself: only what stands above it. Tests may import all, nothing imports tests.

The function is shipped alone, the program is shipped with the function, and whoever operates needs no local runner.
Consumers copy the schema's model alone, and the examples stand for programs that know nothing of this one.
"""

LONGEST = 300
"""Lines of a Python file: a longer one is asking to be two."""

LONGER = {
    "local/resources/ec2.py": "the network's resources one after another, a few lines each",
    "tests/infra/test_policies.py": "every policy of the program, written out statement by statement",
    "tests/infra/test_program.py": "every resource of the program, written out property by property",
    "tests/infra/test_rest_api.py": "the second ingress from the API to what is refused of its settings",
    "tests/infra/test_settings.py": "half of it is a table of bad values and what is said of each",
    "tests/integration/test_least_privilege.py": "each right taken away, each wrong tried, on one system",
    "tests/policy/test_rules.py": "most of it is the table of the changes that break each rule",
    "tests/unit/test_bench_fake_aws.py": "one service after the other",
    "tests/unit/test_ledger.py": "the ledger's laws, all on one table",
    "tests/unit/test_masking.py": "most of it is tables of what is a card number and what is none",
    "tests/unit/test_process.py": "the queue's trigger, case by case",
    "tests/unit/test_receive.py": "the HTTP trigger, case by case",
}
"""Files that may be longer, with the reason."""


def ignored() -> set[str]:
    """Return the names of files and folders that are no part of the repository."""
    names = (line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines())
    return {name for name in names if name} | {".git"}


def _folders() -> list[str]:
    """Return the names of the folders at the top of the repository."""
    return sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ignored())


@cache
def _files() -> dict[str, Path]:
    """Return every Python file of ours by the name of its module."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not ignored() & set(parts):
            found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield what is imported anywhere in a file, inside functions too, but not what only the type checker reads."""
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from _imports(node.orelse)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _imports(ast.iter_child_nodes(node))


@cache
def _graph() -> dict[str, set[str]]:
    """Return the modules of ours that each module imports."""
    files = _files()
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        graph[module] = set()
        for name in _imports([ast.parse(path.read_text())]):
            target = name
            while target and target not in files:
                target = target.rpartition(".")[0]
            graph[module] |= {target} - {"", module}
    return graph


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one cycle in their order, none when there is no cycle."""
    done: set[str] = set()

    def follow(path: list[str]) -> list[str]:
        for target in sorted(graph[path[-1]] - done):
            if target in path:
                return [*path[path.index(target) :], target]
            if found := follow([*path, target]):
                return found
        done.add(path[-1])
        return []

    return next((found for module in sorted(graph) if (found := follow([module]))), [])


def test_no_module_imports_itself_in_a_roundabout_way() -> None:
    """There is no cycle of imports, those inside functions included."""
    assert _cycle(_graph()) == []


def test_a_cycle_would_be_found() -> None:
    """The search above follows any way round."""
    assert _cycle({"a": {"b", "d"}, "b": {"c"}, "c": {"d", "b"}, "d": set()}) == ["b", "c", "b"]


def test_every_part_has_its_law() -> None:
    """A new folder of modules says on what it stands."""
    parts = {module.partition(".")[0] for module in _files()} - {"tests"}
    assert parts == set(LAW)


@pytest.mark.parametrize("part", LAW)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    """Nothing reaches up: the function knows nothing of the program, operators' tools nothing of the local runner."""
    broken = [
        f"{module} imports {target}"
        for module, targets in _graph().items()
        for target in sorted(targets)
        if module.partition(".")[0] == part and target.partition(".")[0] not in LAW[part] | {part}
    ]
    assert broken == []


@pytest.mark.parametrize("part", LAW)
def test_the_law_allows_nothing_that_nobody_needs(part: str) -> None:
    """A permission that went out of use goes."""
    used = {
        target.partition(".")[0]
        for module, targets in _graph().items()
        for target in targets
        if module.partition(".")[0] == part
    }
    assert LAW[part] - used == set()


def test_files_are_short_or_say_why_not() -> None:
    """A file over the limit has a reason in the list, and the list holds no file that has become short or is gone."""
    long = {str(path.relative_to(ROOT)) for path in _files().values() if len(path.read_text().splitlines()) > LONGEST}
    assert long == set(LONGER)


def test_every_folder_has_one_line_in_the_readme() -> None:
    """The table of directories names each folder at the top once, and none that is not there."""
    table = re.search(r"^\| Directory \|.*?\n\n", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert table
    named = re.findall(r"^\| `([\w./-]+)/` \|", table[0], re.MULTILINE)
    assert sorted(name for name in named if "/" not in name) == _folders()
    assert [name for name in named if not (ROOT / name).is_dir()] == []

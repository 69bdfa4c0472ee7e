"""Imports flow one way, and only some rooms know the heavy things. Change the lists on purpose, never by accident."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import xlbackprop

PACKAGE = Path(xlbackprop.__file__).parent

# Each layer may import only from the layers above it. Modules of one line may import each other only where named.
LAYERS = (
    ("errors", "quantities", "document", "library"),
    ("expression", "toml_reader", "limits"),
    ("activations", "losses", "optimizers"),
    ("lesson",),
    ("columns", "training"),
    ("trace",),
    ("layout",),
    ("sheets.book", "sheets.canvas"),
    ("sheets.network_diagram", "sheets.workings", "sheets.inputs", "sheets.lesson_text"),
    ("sheets.runs", "sheets.loss_curves", "sheets.rule_matrix"),
    ("sheets.checks",),
    ("sheets.summary",),
    ("sheets",),
    ("compiler",),
    ("xlsx",),
    ("engines",),
    ("surroundings_check",),
    ("comparison",),
    ("verification",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
# A visible tuple or a shared piece of drawing, within one layer.
NEIGHBOURS = {("expression", "document"), ("sheets.summary", "sheets.inputs")}

MAY_IMPORT = {
    "openpyxl": {"xlsx"},
    "subprocess": {"engines"},
    "formualizer": {"engines"},
    "ironcalc": {"engines"},
    "zipfile": {"xlsx"},
}


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] in ("xlsx", "engines"):
        return parts[0]
    return ".".join(part for part in parts if part != "__init__")


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module in ("xlbackprop", "xlbackprop.sheets"):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}


@pytest.mark.parametrize("path", MODULES, ids=_room)
def test_imports_flow_one_way(path: Path) -> None:
    room = _room(path)
    assert room in RANK, f"{room} has no layer yet; give it one"
    for name in _imports(path):
        if not name.startswith("xlbackprop."):
            continue
        other = name.removeprefix("xlbackprop.")
        other = other if other in RANK else other.rpartition(".")[0] or other
        other = other.split(".")[0] if other.split(".")[0] in ("xlsx", "engines") else other
        if other not in RANK or other == room:
            continue
        if other == "sheets" and room.startswith("sheets."):
            continue  # `from xlbackprop.sheets import workings` names the module itself
        assert RANK[other] < RANK[room] or (room, other) in NEIGHBOURS, f"{room} may not import {other}"


def test_the_taught_chain_rule_and_the_numpy_run_never_meet() -> None:
    assert not any("training" in name for name in _imports(PACKAGE / "columns.py"))
    assert not any("columns" in name or "expression" in name for name in _imports(PACKAGE / "training.py"))


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_only_its_room_knows_a_library(library: str) -> None:
    for path in MODULES:
        if any(name.split(".")[0] == library for name in _imports(path)):
            assert _room(path) in MAY_IMPORT[library], f"{_room(path)} may not import {library}"


def test_no_file_grows_beyond_what_one_reads_in_a_sitting() -> None:
    longest = {str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in longest.items() if lines > 400} == {}

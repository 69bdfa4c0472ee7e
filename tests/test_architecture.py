"""Imports flow one way, and only some rooms know the heavy things. Change the lists on purpose, never by accident."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import xlbackprop

PACKAGE = Path(xlbackprop.__file__).parent

# Each layer may import only from the layers above it. Modules of one line may import each other only where named.
LAYERS = (
    ("errors", "quantities", "library", "whole_file", "looks", "streams", "file_names", "open_elsewhere"),
    ("image_file",),
    ("figures",),
    ("document", "beside", "toml_text"),
    ("expression", "toml_reader", "recipe"),
    ("readings", "activations", "losses", "optimizers"),
    ("schedules",),
    ("limits", "data_file", "credits"),
    ("starting_weights", "training_table"),
    ("lesson", "backward", "training", "network_table"),
    ("runs_table", "columns", "row_numbers"),
    ("lesson_file",),
    ("trace",),
    ("layout",),
    ("checks_layout", "step_layout"),
    ("sheets.book", "sheets.canvas", "sheets.closeness"),
    ("sheets.rule_text",),
    ("sheets.network_diagram", "sheets.passes", "sheets.inputs", "sheets.lesson_text", "sheets.summary_page"),
    ("sheets.header_notes", "sheets.path_curves", "sheets.estimates", "sheets.shipped_numbers"),
    ("sheets.workings", "sheets.data", "sheets.runs", "sheets.loss_curves"),
    ("sheets.rule_matrix", "sheets.summary_update", "sheets.steps", "sheets.steps.words"),
    ("sheets.steps.row",),
    ("sheets.steps.lines", "sheets.steps.paths", "sheets.steps.drawing", "sheets.steps.network"),
    ("sheets.steps.library", "sheets.steps.right_half"),
    ("sheets.steps.path_lines",),
    ("sheets.steps.choice",),
    ("sheets.steps.update",),
    ("sheets.step_by_step",),
    ("sheets.checks", "sheets.summary_left", "sheets.summary_right"),
    ("sheets.summary",),
    ("sheets",),
    ("compiler",),
    ("xlsx",),
    ("engines",),
    ("handout", "validators"),
    ("surroundings_check",),
    ("comparison",),
    ("verification", "validation"),
    ("commands.manners", "commands.keeping"),
    ("commands.proof",),
    ("commands.generate", "commands.verify", "commands.lists", "commands.show", "commands.new", "commands.validate"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
# None: where two of a layer need each other's work, one of them has a layer of its own.
NEIGHBOURS: set[tuple[str, str]] = set()

ROOMS = ("xlsx", "engines", "validators")  # a folder that is one room, whatever is in it

MAY_IMPORT = {
    "openpyxl": {"xlsx"},
    "subprocess": {"engines"},
    "formualizer": {"engines", "validators"},
    "ironcalc": {"engines"},
    "cellrune": {"engines"},
    "betteroffice_xlsx": {"engines"},
    "zipfile": {"xlsx"},
    "python_calamine": {"validators"},
}


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] in ROOMS:
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
        other = other.split(".")[0] if other.split(".")[0] in ROOMS else other
        if other not in RANK or other == room:
            continue
        if other == "sheets" and room.startswith("sheets."):
            continue  # `from xlbackprop.sheets import workings` names the module itself
        assert RANK[other] < RANK[room] or (room, other) in NEIGHBOURS, f"{room} may not import {other}"


FORMULA_SIDE = {"columns", "backward", "readings"}
NUMPY_SIDE = {"training", "row_numbers", "trace"}


def _rooms_behind(room: str) -> set[str]:
    """Return every room that a room imports, and those that these import."""
    found: set[str] = set()
    waiting = {room}
    while waiting:
        path = PACKAGE / f"{waiting.pop().replace('.', '/')}.py"
        names = {name.removeprefix("xlbackprop.") for name in _imports(path)} if path.exists() else set()
        waiting |= (names & RANK.keys()) - found
        found |= names & RANK.keys()
    return found


def test_the_taught_chain_rule_and_the_numpy_run_never_meet() -> None:
    """Not by way of a third room either; `expression` the NumPy side may only meet in what both are told."""
    for room in FORMULA_SIDE:
        assert not _rooms_behind(room) & NUMPY_SIDE, room
    for room in NUMPY_SIDE:
        assert not _rooms_behind(room) & FORMULA_SIDE, room
        assert "xlbackprop.expression" not in _imports(PACKAGE / f"{room}.py"), room
    assert {"backward", "expression"} <= _rooms_behind("columns")
    assert {"training", "recipe"} <= _rooms_behind("trace")


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_only_its_room_knows_a_library(library: str) -> None:
    for path in MODULES:
        if any(name.split(".")[0] == library for name in _imports(path)):
            assert _room(path) in MAY_IMPORT[library], f"{_room(path)} may not import {library}"


def test_no_file_grows_beyond_what_one_reads_in_a_sitting() -> None:
    longest = {str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in longest.items() if lines > 400} == {}

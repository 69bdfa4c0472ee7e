"""The rooms of the house: imports run down, and what one room needs of another comes through that one's front.

A room is a folder or a file of the package; its front is its `__init__`. Change the tables on purpose, never by
accident.
"""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import xlbackprop

PACKAGE = Path(xlbackprop.__file__).parent

# From the ground up: a room may import rooms of lower floors.
FLOORS = (
    ("_version", "arithmetic", "errors", "lesson_library", "streams"),
    ("network",),
    ("taught", "workbook"),
    ("lesson", "xlsx.read", "xlsx.write"),
    ("numpy_run", "machine"),
    ("engines", "models", "sheets", "twin", "xlsx.annotate"),
    ("proof",),
    ("classroom",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Their likeness is the proof: neither may reach the other, by way of whatever room.
FORMULA_SIDE, NUMPY_SIDE = "taught", "numpy_run"

# Which rooms may import a library that is heavy, or that a browser lacks.
MAY_IMPORT = {
    "openpyxl": {"xlsx.write"},
    # a class's work comes and goes as a zip; so does a wheel
    "zipfile": {"xlsx.write", "xlsx.read", "xlsx.annotate", "machine", "classroom"},
    "subprocess": {"machine"},
    "formualizer": {"engines"},
    "ironcalc": {"engines"},
    "cellrune": {"engines"},
    "betteroffice_xlsx": {"engines"},
}


def room_of(module: str) -> str:
    """Return the room of a module, both without the package's name: "xlsx.read" of "xlsx.read.reader"."""
    return next((room for room in FLOOR_OF if module == room or module.startswith(f"{room}.")), module)


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return what a file imports, as dotted names; `from a import b` is "a.b" where that is a module, else "a"."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in MODULES.values() else node.module for name in names]
    return tuple(dict.fromkeys(found))


def _dotted(path: Path) -> str:
    return ".".join(part for part in path.relative_to(PACKAGE.parent).with_suffix("").parts if part != "__init__")


MODULES = {path: _dotted(path) for path in sorted(PACKAGE.rglob("*.py"))}
ROOM = {path: room_of(name.removeprefix("xlbackprop.")) for path, name in MODULES.items() if name != "xlbackprop"}


def _ours(path: Path) -> list[str]:
    """Return the modules of the package that a file imports, without the package's name."""
    return [name.removeprefix("xlbackprop.") for name in imports(path) if name.startswith("xlbackprop.")]


def test_every_module_is_in_a_room() -> None:
    folders = {"xlsx"}  # that hold rooms and nothing else
    assert {room for room in ROOM.values() if room not in FLOOR_OF} == folders


def test_imports_run_down() -> None:
    ups = {
        f"{MODULES[path]} imports {other}"
        for path, room in ROOM.items()
        for other in map(room_of, _ours(path))
        if other != room and FLOOR_OF[other] >= FLOOR_OF[room]
    }
    assert ups == set()


def test_what_a_room_needs_of_another_comes_through_its_front() -> None:
    behind_the_front = {
        f"{MODULES[path]} imports {module}"
        for path, room in ROOM.items()
        for module in _ours(path)
        if room_of(module) != room and module != room_of(module)
    }
    assert behind_the_front == set()


def test_no_modules_import_each_other() -> None:
    """Not by way of others either, inside a room or out of it; what is imported for its types counts."""
    names = {name: path for path, name in MODULES.items()}
    TopologicalSorter({name: [n for n in imports(path) if n in names] for name, path in names.items()}).prepare()


def _rooms_behind(room: str) -> set[str]:
    """Return every room that a room imports, and those that these import."""
    found: set[str] = set()
    waiting = {room}
    while waiting:
        here = waiting.pop()
        found.add(here)
        waiting |= {room_of(name) for path in ROOM if ROOM[path] == here for name in _ours(path)} - found
    return found - {room}


def test_the_taught_chain_rule_and_the_numpy_run_never_meet() -> None:
    assert NUMPY_SIDE not in _rooms_behind(FORMULA_SIDE)
    assert FORMULA_SIDE not in _rooms_behind(NUMPY_SIDE)
    assert NUMPY_SIDE not in _rooms_behind("twin")  # which is compared with it, too
    assert "network" in _rooms_behind(FORMULA_SIDE) & _rooms_behind(NUMPY_SIDE)  # the search does find something


def test_only_some_rooms_know_a_heavy_library() -> None:
    known = {
        (library, ROOM[path])
        for path in ROOM
        for library in {name.split(".")[0] for name in imports(path)} & MAY_IMPORT.keys()
    }
    assert known == {(library, room) for library, rooms in MAY_IMPORT.items() for room in rooms}

"""What a platform that runs a program on each submission shows of the marks: a test for each part of the exercise.

Gradescope docs, Autograder Specifications: results.json has a score in points; a test that is "hidden" is shown to
instructors alone. PrairieLearn docs, External Grading: the score goes from 0 to 1, and what is not "gradable" costs no
attempt. All texts are read by students: they say what is wrong, never what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from xlbackprop.classroom.marking import Mark
from xlbackprop.classroom.strangers import SUFFIXES
from xlbackprop.errors import InputError, Problem, printable
from xlbackprop.lesson import FORWARD, HIDDEN, LOSS, OUTPUT, UPDATES

Data: TypeAlias = Mapping[str, Any]

_TITLES = {
    FORWARD: "Forward pass",
    LOSS: "Losses",
    OUTPUT: "Gradients of the output layer",
    HIDDEN: "Gradients of the hidden layers",
    UPDATES: "Updates",
}
_NO_FAULT = (Mark.RIGHT, Mark.FOLLOWS)
_MOST_NAMED = 8  # cells, or files, of a list; of the rest it says how many they are
_WHAT_TO_SUBMIT = "Submit the workbook that you were given, filled in, as one .xlsx file."


def submitted_workbook(place: Path) -> Path:
    """Return the one workbook in the folder of a submission; a path that is no folder is returned as it is.

    Raises InputError where the folder has none, or several.
    """
    if not place.is_dir():
        return place
    inside = (path for path in sorted(place.rglob("*")) if path.is_file())
    files = [path for path in inside if not any(map(_is_of_a_system, path.relative_to(place).parts))]
    books = [path for path in files if path.suffix.lower() in SUFFIXES]
    if len(books) == 1:
        return books[0]
    names = _listed([path.relative_to(place).as_posix() for path in books or files])
    if books:
        what = f"it has {len(books)} workbooks: {names}."
    else:
        what = f"it has no .xlsx or .ods file, but {names}." if files else "it is empty."
    raise InputError("The submission", [Problem("", what)])


def _is_of_a_system(name: str) -> bool:
    """Return whether this is the name of what an operating system or a spreadsheet program leaves beside files."""
    return name.startswith((".", "~$", "__MACOSX"))


def marks_of_nothing(error: InputError) -> Data:
    """Return the data of a submission that cannot be marked, in the place of `marks_as_data`.

    Its hints are left out: they name commands of the teacher's.
    """
    told = (f"{printable(error.source)}: {problem._replace(hint='')}" for problem in error.problems)
    return {"error": "\n".join([*told, _WHAT_TO_SUBMIT])}


def gradescope_results(data: Data) -> dict[str, Any]:
    """Return the results.json of Gradescope for what `marks_as_data` or `marks_of_nothing` has returned."""
    if "error" in data:
        return {"score": 0.0, "output": data["error"], "stdout_visibility": "hidden", "tests": []}
    tests: list[dict[str, Any]] = [
        {
            "name": part.name,
            "score": part.points,
            "max_score": part.worth,
            "status": "passed" if part.is_full else "failed",
            "output": part.output,
            "visibility": "visible",
        }
        for part in _parts(data)
    ]
    if "code" in data:
        whose = f"{data['code']} was made for {data['name'] or 'the student'} ({data['id']})."
        tests.append({"name": "Whose variant it is", "output": whose, "visibility": "hidden"})
    return {"score": data["points"], "output": _total(data), "stdout_visibility": "hidden", "tests": tests}


def prairielearn_results(data: Data) -> dict[str, Any]:
    """Return the results.json of PrairieLearn for what `marks_as_data` or `marks_of_nothing` has returned."""
    if "error" in data:
        return {"gradable": False, "format_errors": data["error"].split("\n")}
    tests = [
        {"name": part.name, "points": part.points, "max_points": part.worth, "output": part.output}
        for part in _parts(data)
    ]
    return {"gradable": True, "score": data["points"] / data["of"], "message": _total(data), "tests": tests}


PLATFORM_RESULTS: Mapping[str, Callable[[Data], dict[str, Any]]] = {
    "gradescope": gradescope_results,
    "prairielearn": prairielearn_results,
}


# ---------------------------------------------------------------------------------------------------------- the parts


class _Part(NamedTuple):
    """A part of the exercise: its name, its points, how many it is worth, and what is said of its answers.

    The points are rounded to hundredths; `is_full` tells whether no answer lacks any.
    """

    name: str
    points: float
    worth: float
    is_full: bool
    output: str


def _parts(data: Data) -> Iterator[_Part]:
    for part, title in _TITLES.items():
        cells = {place: cell for place, cell in data["cells"].items() if cell["part"] == part}
        if cells:
            points, worth = (round(sum(cell[key] for cell in cells.values()), 2) for key in ("points", "worth"))
            is_full = all(map(_is_full, cells.values()))
            yield _Part(title, points, worth, is_full, "\n".join(_remarks(cells, data["mistakes"])))


def _is_full(cell: Data) -> bool:
    """Return whether an answer has all its points; of one for which there are none, whether it is right."""
    return bool(cell["points"] == cell["worth"] if cell["worth"] else Mark(cell["mark"]) in _NO_FAULT)


def _remarks(cells: Mapping[str, Data], mistakes: Sequence[Data]) -> Iterator[str]:
    """Yield how many answers of a part are right, the mistakes in it with their cells, and what else is not right."""
    by_mark: dict[Mark, list[str]] = {}
    for place, cell in cells.items():
        by_mark.setdefault(Mark(cell["mark"]), []).append(place)
    yield f"{sum(len(by_mark.get(mark, ())) for mark in _NO_FAULT)} of {len(cells)} answers are right."
    for mistake in mistakes:
        if own := [place for place in mistake["cells"] if place in cells]:
            yield f"{_listed(own)}: {mistake['sentence']}"
    for mark, places in by_mark.items():
        if mark not in (*_NO_FAULT, Mark.MISTAKE):
            yield f"{_listed(places)}: {mark}."


def _listed(names: Sequence[str]) -> str:
    """Return names as "K8, K9, K10"; of many the first, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _total(data: Data) -> str:
    return f"{data['points']:g} of {data['of']} points."

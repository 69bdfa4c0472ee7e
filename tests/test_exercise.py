"""Exercises: what their checks say of right and wrong answers, in programs that calculate; and that none tells one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.every_engine import EVERY_ENGINE
from tests.slow import slow
from tests.test_lesson import GOOD
from xlbackprop import load_lesson, write_workbook
from xlbackprop.classroom import Exercise, Spot, leaks, make_exercise, mistakes_in
from xlbackprop.classroom.digests import digest_of
from xlbackprop.classroom.exercise import EXERCISE, NOT_YET, RIGHT, SCRATCH, TYPED, WAITS, WRONG
from xlbackprop.cli import main
from xlbackprop.engines import BlindCopy
from xlbackprop.errors import InputError
from xlbackprop.lesson import LEVELS
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.quantities import Output
from xlbackprop.workbook import Cell, Document, ErrorValue, Flag, Validation, Value, excel, fill_text
from xlbackprop.workbook.extents import range_of

LESSONS = ("walkthrough", "two-biases", "softmax-3-classes", "vanishing", "xor", "trained-biases")
ENGINES = [
    pytest.param("formualizer", marks=pytest.mark.engine("formualizer")),
    slow("ironcalc", engine="ironcalc"),
    slow("libreoffice", engine="libreoffice"),
]
PLAYED = [
    *(pytest.param(name, "formualizer", marks=pytest.mark.engine("formualizer")) for name in LESSONS),
    *(slow(name, engine, engine=engine) for name in LESSONS[::2] for engine in ("ironcalc", "libreoffice")),
]


@cache
def exercise(lesson: str, level: str = "all") -> Exercise:
    return make_exercise(load_lesson(lesson), level)


def written(of: Exercise, typed: Mapping[Spot, str | float], path: Path) -> Path:
    """Write an exercise into which a student has typed: a formula without "=", or a number."""
    document = of.document()
    sheet = document[EXERCISE]
    cells = dict(sheet.cells)
    for spot, what in typed.items():
        area = range_of(of.place(spot))
        place = area.top, area.left
        told = Cell(0.0, cells[place].style, what) if isinstance(what, str) else Cell(what, cells[place].style)
        cells[place] = told
    sheets = tuple(replace(each, cells=cells) if each is sheet else each for each in document.sheets)
    write_workbook(replace(document, sheets=sheets), path)
    return path


def states(
    of: Exercise, engine: str, sessions: Sequence[Mapping[Spot, str | float]], folder: Path
) -> Iterator[dict[Spot, Value]]:
    """Yield the state of each answer in each session, as an engine finds it."""
    paths = [written(of, typed, folder / f"{number}.xlsx") for number, typed in enumerate(sessions)]
    for found in EVERY_ENGINE[engine].recalculate([BlindCopy.of(path) for path in paths]):
        values = found[EXERCISE]
        places = {spot: range_of(of.check_place(spot)) for spot in of.table.answers}
        yield {spot: values[place.top, place.left] for spot, place in places.items()}


def right(of: Exercise) -> dict[Spot, str | float]:
    return {spot: of.formula(spot) for spot in of.table.answers}


def wrong_formula(of: Exercise, spot: Spot, formula: object) -> str:
    return fill_text(excel(formula, of.run.here), of.run.first_row + spot.row)  # type: ignore[arg-type]


def orders(of: Exercise) -> Iterator[list[Spot]]:
    """Yield forward, backward, and three orders at random."""
    answers = [*of.table.answers]
    yield answers
    yield answers[::-1]
    draw = random.Random(3)
    for _ in range(3):
        yield draw.sample(answers, len(answers))


@pytest.mark.parametrize(("lesson", "engine"), PLAYED)
def test_no_right_answer_is_called_wrong_in_whatever_order(lesson: str, engine: str, tmp_path: Path) -> None:
    for level in LEVELS:
        try:
            of = exercise(lesson, level)
        except InputError:
            assert level == "hidden"
            continue
        formulas = right(of)
        sessions = [
            {spot: formulas[spot] for spot in order[: len(order) * part // 6]}
            for order in orders(of)
            for part in (2, 4)
        ] + [{}, formulas]
        for typed, found in zip(sessions, states(of, engine, sessions, tmp_path), strict=True):
            for spot, state in found.items():
                needs_all = all(other in typed for other in of.table.needs(spot))
                assert state == (NOT_YET if spot not in typed else RIGHT if needs_all else state), (level, spot)
                assert state in (RIGHT, WAITS, NOT_YET), (level, spot, state)


@pytest.mark.parametrize(("lesson", "engine"), PLAYED)
def test_every_mistake_of_the_catalogue_is_called_wrong_and_what_follows_waits(
    lesson: str, engine: str, tmp_path: Path
) -> None:
    of, formulas = exercise(lesson), right(exercise(lesson))
    unseen = {(spot, mistake.sentence) for spot, mistake in of.wrong_numbers.unseen()}
    sessions, planted = [], []
    for group in _groups(of):
        listed = {
            spot: [each for each in of.wrong_numbers.of(spot) if (spot, each.mistake.sentence) not in unseen]
            for spot in group
        }
        for number in range(max(map(len, listed.values()))):
            here = {spot: wrong[number].mistake for spot, wrong in listed.items() if number < len(wrong)}
            if number % 10 == 0:
                sessions.append(formulas | {spot: wrong_formula(of, spot, each.formula) for spot, each in here.items()})
                planted.append(here)
    for here, found in zip(planted, states(of, engine, sessions, tmp_path), strict=True):
        for spot, mistake in here.items():
            assert found[spot] == WRONG, mistake.sentence
        assert {found[spot] for spot in found if spot not in here} <= {RIGHT, WAITS}


def _groups(of: Exercise) -> Iterator[list[Spot]]:
    """Yield the answers of the first rows in groups of which none follows from another of the same group."""
    left = [spot for spot in of.table.answers if spot.row <= 1]
    while left:
        group: list[Spot] = []
        for spot in left:
            if not any(other in of.table.needs(spot) or spot in of.table.needs(other) for other in group):
                group.append(spot)
        yield group
        left = [spot for spot in left if spot not in group]


@pytest.mark.parametrize("engine", [pytest.param("libreoffice", marks=pytest.mark.engine("libreoffice"))])
def test_a_typed_number_is_no_formula(engine: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    first, *_, last = of.table.answers
    (found,) = states(of, engine, [right(of) | {first: of.table.value(first), last: of.table.value(last)}], tmp_path)
    assert found[first] == found[last] == TYPED


OTHER_FORMS = {
    "h1": ["SUMPRODUCT(F8:G8,D8:E8)", "E8*G8+D8*F8", "(F8*D8)+(G8*E8)", "0.3*D8+0.5*E8", "SUM(F8*D8,G8*E8)"],
    "out_h1": ["1/(1+EXP(-J8))", "EXP(J8)/(EXP(J8)+1)", "(1+EXP(-J8))^-1", "1/(1+EXP(-0.065))", "0.5*(1+TANH(J8/2))"],
    "E1": ["0.5*(B8-S8)^2", "(S8-B8)^2/2", "1/2*(B8-S8)*(B8-S8)", "POWER(B8-S8,2)*0.5", "(B8*B8-2*B8*S8+S8*S8)/2"],
    "∂E/∂w5": ["(S8-B8)*S8*(1-S8)*K8", "-(B8-S8)*S8*(1-S8)*K8", "(S8-B8)*(S8-S8^2)*K8", "K8*S8*(S8-1)*(B8-S8)"],
    "∂E/∂w1": [
        "((S8-B8)*S8*(1-S8)*N8+(U8-C8)*U8*(1-U8)*P8)*K8*(1-K8)*D8",
        "(S8-B8)*S8*(1-S8)*N8*K8*(1-K8)*D8+(U8-C8)*U8*(1-U8)*P8*K8*(1-K8)*D8",
        "(AC8/K8*N8+AE8/K8*P8)*K8*(1-K8)*D8",  # by way of the deltas
    ],
    "w1": ["F8-$D$3*Y8", "F8-0.1*Y8", "-(Y8*$D$3)+F8"],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_formula_is_right_in_any_form(engine: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    named = {of.run.of.naming.name(spot.quantity): spot for spot in reversed(of.table.answers)}
    sessions = [
        right(of) | {named[name]: formulas[number % len(formulas)] for name, formulas in OTHER_FORMS.items()}
        for number in range(max(map(len, OTHER_FORMS.values())))
    ]
    for found in states(of, engine, sessions, tmp_path):
        assert {*found.values()} == {RIGHT}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_exercise_shows_no_error(engine: str, tmp_path: Path) -> None:
    paths = {}
    for lesson in LESSONS:
        for level in LEVELS:
            with suppress(InputError):
                of = exercise(lesson, level)
                paths[lesson, level] = written(of, {}, tmp_path / f"{lesson} {level}.xlsx")
    found = EVERY_ENGINE[engine].recalculate([BlindCopy.of(path) for path in paths.values()])
    for what, values in zip(paths, found, strict=True):
        for sheet in values.values():
            assert not [value for _, value in sheet.items() if isinstance(value, ErrorValue)], what


# ------------------------------------------------------------------------------------------------------------ leaks


@pytest.mark.parametrize("lesson", [*LESSONS, "regression", "optimizers", "slow-start", "class-values"])
def test_no_part_of_an_exercise_holds_an_answer(lesson: str, tmp_path: Path) -> None:
    for level in LEVELS:
        try:
            of = exercise(lesson, level)
        except InputError:
            continue
        assert [*leaks(written(of, {}, tmp_path / "exercise.xlsx"), of)] == []


SPOT = Spot(0, Output(1, 0))  # out_h1 of the walkthrough
OUT_H1 = 0.5162442810620724


def _with_sheet(document: Document, name: str, **changes: Any) -> Document:
    sheets = (replace(each, **changes) if each.name == name else each for each in document.sheets)
    return replace(document, sheets=tuple(sheets))


def _with_cell(document: Document, told: Cell) -> Document:
    cells = {**document[SCRATCH].cells, (3, 1): told}
    return _with_sheet(document, SCRATCH, cells=cells)


def _with_points(document: Document) -> Document:
    (chart,) = document[EXERCISE].charts
    told = replace(chart.series[0], y_values=np.full(6, OUT_H1))
    return _with_sheet(document, EXERCISE, charts=(replace(chart, series=(told,)),))


PLANTED: dict[str, Callable[[Document], Document]] = {
    "a stored number": lambda of: _with_cell(of, Cell(OUT_H1)),
    "a number of five digits": lambda of: _with_cell(of, Cell(0.51624)),
    "digits in a text": lambda of: _with_cell(of, Cell("psst: 0.516244")),
    "the value of a formula": lambda of: _with_cell(of, Cell(OUT_H1, formula="1-C40")),
    "a formula for another row": lambda of: _with_cell(of, Cell("", formula="1/(1+EXP(-J90))")),
    "a formula from another sheet": lambda of: _with_cell(of, Cell("", formula=f"1 / (1+EXP(-'{EXERCISE}'!$J$8))")),
    "a defined name": lambda of: replace(of, names={"help": "0.5162443"}),
    "a property": lambda of: replace(of, description="out_h1 is 0.516244"),
    "what may be typed": lambda of: _with_sheet(
        of, EXERCISE, validations=(Validation("K8", "decimal", 0.516244, 0.516245, "", ""),)
    ),
    "the condition of a colour": lambda of: _with_sheet(
        of, EXERCISE, flags=(Flag("K8:K8", "ABS(K8-0.51624428)<0.001", "good"),)
    ),
    "a point of the chart": _with_points,
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_leak_is_found(leak: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    path = tmp_path / "leaks.xlsx"
    write_workbook(PLANTED[leak](of.document()), path)
    assert SPOT.quantity in {found.spot.quantity for found in leaks(path, of)}


# --------------------------------------------------------------------------------------------------------- the command


def test_the_command_makes_an_exercise_and_its_solution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty, solved = tmp_path / "week3.xlsx", tmp_path / "solved.xlsx"
    assert main(["exercise", "-o", str(empty), "--level", "forward", "--rows", "3"]) == 0
    said = "answers   33, in 3 rows of LR=0.1\n  search    no part of the file holds an answer"
    assert said in capsys.readouterr().out
    assert main(["exercise", "-o", str(solved), "--solution"]) == 0
    book = openpyxl.load_workbook(solved)
    assert book[EXERCISE]["K8"].value == "=1/(1+EXP(-J8))"
    assert book[EXERCISE].protection.sheet
    assert not book[EXERCISE]["K8"].protection.locked
    assert openpyxl.load_workbook(empty)[EXERCISE]["K8"].value is None


def test_what_a_student_has_filled_in_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "week3.xlsx"
    assert main(["exercise", "-o", str(path)]) == 0
    book = openpyxl.load_workbook(path)
    book[EXERCISE]["K8"] = "=1/(1+EXP(-J8))"
    book.save(path)
    before = path.read_bytes()
    assert main(["exercise", "-o", str(path)]) == 2
    assert path.read_bytes() == before
    assert main(["exercise", "-o", str(path), "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--level", "hiden"], 'there is no level "hiden". Did you mean "hidden"?'),
        (["softmax-3-classes", "--level", "hidden"], "there is nothing to fill in at the level hidden."),
        (["digits"], "its table has 812 columns; 250 are the most for one that is filled in."),
        (["--rows", "0"], 'a whole number from 1 on is needed, but this is "0".'),
        (["--rows", "61"], "it is 61; 60 are the most."),
    ],
)
def test_what_cannot_be_is_told(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exercise", *words, "-o", str(tmp_path / "a.xlsx")]) == 2
    assert said in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_lesson_says_what_is_filled_in() -> None:
    text = GOOD + '\n[exercise]\nlevel = "hidden"\nrows = 3\n'
    of = make_exercise(read_lesson(text, "good.toml"))
    assert (of.table.level, of.table.rows) == ("hidden", 3)
    assert make_exercise(read_lesson(text, "good.toml"), "forward", 2).table.level == "forward"
    with pytest.raises(InputError) as fault:
        read_lesson(text.replace("hidden", "hiden"), "good.toml")
    assert 'exercise.level: there is no level "hiden". Did you mean "hidden"?' in str(fault.value)


def test_a_digest_is_of_one_size_and_of_no_mistake() -> None:
    for number in (0.5162442810620724, -0.18, 1.0, 9.9999999, 1e-7, -123456.789, 0.0):
        wrong = [number * factor for factor in (-1.0, 2.0, 0.5, 1.0001)] + [0.25]
        digest = digest_of(number, wrong)
        assert digest.fits(number)
        assert digest.fits(number * (1 + 1e-14))
        assert not [other for other in wrong if other != number and digest.fits(other)]
        # a number with the same rest, made for the check, but of another size
        assert not digest.fits((digest.rest - 10**9 % digest.prime) % digest.prime / digest.scale) or number == 0.0


def test_a_right_number_that_is_typed_does_not_hide_a_mistake_that_is_made_of_it(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    named = {of.run.of.naming.name(spot.quantity): spot for spot in reversed(of.table.answers)}
    typed = right(of) | {named["h1"]: of.table.value(named["h1"]), named["out_h1"]: "1/(1+EXP(J8))"}
    (found,) = states(of, "formualizer", [typed], tmp_path)
    assert found[named["out_h1"]] == WRONG


def test_the_documents_say_how_many_mistakes_are_known_of_an_answer() -> None:
    table = make_exercise(load_lesson("walkthrough")).table
    counts = [len([*mistakes_in(table.recipe, spot.quantity)]) for spot in table.answers]
    assert (min(counts), max(counts), round(sum(counts) / len(counts))) == (10, 110, 36)
    said = "ten to a hundred and ten for each answer of the 2-2-2 network, 36 on the average"
    assert said in (Path(__file__).parents[1] / "docs" / "exercises.md").read_text(encoding="utf-8")

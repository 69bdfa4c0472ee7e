"""Marking: what is right is right in any form, a mistake costs once and has its name, what follows from it is right."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.slow import slow
from tests.test_class_exercises import KEY, ROSTER
from tests.test_exercise import OTHER_FORMS, exercise, right, written, wrong_formula
from tests.test_lesson import GOOD
from xlbackprop import load_lesson, write_workbook
from xlbackprop.classroom import Exercise, Mark, Spot, Variants, make_exercise, mark
from xlbackprop.classroom.exercise import EXERCISE
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.lesson import read_lesson
from xlbackprop.network import NetInput, Output
from xlbackprop.workbook import Cell, fill_text

LESSONS = ["walkthrough", "xor", "vanishing", "trained-biases", "softmax-3-classes", "two-biases"]
NOT_DRAWN = ("another row", "constant pasted", "rate not anchored")


def submission(of: Exercise, draw: random.Random) -> tuple[dict[Spot, str | float], dict[Spot, tuple[Mark, str]]]:
    """Return what a student typed, drawn at random, and the mark of each answer that is not right by itself.

    Mistakes are made in whole columns, as they are by filling down; some numbers are typed, some cells stay blank.
    """
    typed: dict[Spot, str | float] = dict(right(of))
    planted: dict[Spot, tuple[Mark, str]] = {}
    quantities = list(dict.fromkeys(spot.quantity for spot in of.table.answers))
    for quantity in draw.sample(quantities, 2):
        spots = [spot for spot in of.table.answers if spot.quantity == quantity]
        possible = [wrong.mistake for wrong in of.wrong_numbers.of(spots[-1]) if wrong.mistake.kind not in NOT_DRAWN]
        if possible:
            mistake = draw.choice(possible)
            planted |= dict.fromkeys(spots, (Mark.MISTAKE, mistake.sentence))
            typed |= {spot: wrong_formula(of, spot, mistake.formula) for spot in spots}
    for spot in draw.sample(list(of.table.answers), 5):
        if spot not in planted:
            planted[spot] = (Mark.TYPED, "") if draw.random() < 0.6 else (Mark.BLANK, "")
            del typed[spot]
            if planted[spot][0] is Mark.TYPED:
                typed[spot] = of.table.value(spot)
    return typed, planted


@pytest.mark.parametrize("lesson", [*LESSONS[:3], *map(slow, LESSONS[3:])])
def test_marks_are_what_was_planted(lesson: str, tmp_path: Path) -> None:
    of, draw = exercise(lesson), random.Random(11)
    named = asked = 0
    for number in range(6):
        typed, planted = submission(of, draw)
        for answer in mark(written(of, typed, tmp_path / f"{number}.xlsx"), of).answers:
            wanted, sentence = planted.get(answer.spot, (Mark.RIGHT, ""))
            if wanted is Mark.RIGHT:
                assert answer.mark in (Mark.RIGHT, Mark.FOLLOWS), answer
            elif wanted is Mark.MISTAKE:
                if answer.mark not in (Mark.RIGHT, Mark.FOLLOWS):  # it shows in this row
                    asked, named = asked + 1, named + (answer.sentence in _alike(of, answer.spot, sentence))
            else:
                assert answer.mark is wanted, answer
    assert named >= 0.99 * asked > 0, f"{named} of {asked}"


def _alike(of: Exercise, spot: Spot, sentence: str) -> set[str]:
    """Return the mistakes that make the same number as this one, the lesson's numbers being what they are."""
    numbers = {wrong.mistake.sentence: wrong.number for wrong in of.wrong_numbers.of(spot)}
    return {
        sentence,
        *(one for one, number in numbers.items() if number == pytest.approx(numbers.get(sentence), rel=1e-6)),
    }


@pytest.mark.parametrize("level", ["forward", "output", "hidden", "all"])
def test_all_right_is_all_points_and_nothing_is_none(level: str, tmp_path: Path) -> None:
    of = exercise("walkthrough", level)
    assert mark(written(of, right(of), tmp_path / "right.xlsx"), of).points == 100.0
    empty = mark(written(of, {}, tmp_path / "empty.xlsx"), of)
    assert empty.points == 0.0
    assert {answer.mark for answer in empty.answers} == {Mark.BLANK}


@pytest.mark.parametrize("number", range(4))
def test_any_form_of_a_formula_is_right(number: int, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    named = {of.run.of.naming.name(spot.quantity): spot for spot in reversed(of.table.answers)}
    forms = {named[name]: formulas[number % len(formulas)] for name, formulas in OTHER_FORMS.items()}
    assert mark(written(of, right(of) | forms, tmp_path / "forms.xlsx"), of).points == 100.0


def test_one_mistake_costs_its_own_cell_alone(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    first = next(spot for spot in of.table.answers if of.run.of.naming.name(spot.quantity) == "out_h1")
    marking = mark(written(of, right(of) | {first: "1/(1+EXP(J8))"}, tmp_path / "one.xlsx"), of)
    assert marking.points == round(100 * 153 / 154, 1)
    told = {sentence: [answer.cell for answer in answers] for sentence, answers in marking.mistakes.items()}
    assert told == {"out_h1 leaves out the minus of −h1.": ["K8"]}
    assert sum(answer.mark is Mark.FOLLOWS for answer in marking.answers) > 100


def test_another_exercise_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(exercise("class-values"), {}, tmp_path / "other.xlsx")
    assert main(["mark", str(path), "--lesson", "walkthrough"]) == 2
    assert "it is another one. Are lesson, level," in json.loads(capsys.readouterr().out)["error"]
    openpyxl.Workbook().save(path)
    assert main(["mark", str(path), "--lesson", "walkthrough"]) == 2
    assert "it is no exercise" in json.loads(capsys.readouterr().out)["error"]


def test_the_command_marks_a_class_by_its_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    words = ["--roster", str(roster), "--key", KEY]
    assert main(["exercise", "vanishing", *words, "-o", str(tmp_path / "class")]) == 0
    assert main(["exercise", "vanishing", *words, "-o", str(tmp_path / "solved"), "--solution"]) == 0
    capsys.readouterr()
    files = sorted(map(str, tmp_path.glob("*/*.xlsx")))
    manifest = str(tmp_path / "class" / "manifest.csv")
    assert main(["mark", *files, "--lesson", "vanishing", "--manifest", manifest]) == 0
    told = json.loads(capsys.readouterr().out)
    students = ("1001", "=1+2", "1003", "../../etc")
    assert {(one["id"], one["points"]) for one in told} == {(id_, points) for id_ in students for points in (0, 100)}
    assert main(["mark", files[0], "--lesson", "vanishing"]) == 2
    assert "no manifest says whose" in json.loads(capsys.readouterr().out)["error"]


def test_a_workbook_that_another_program_saved_is_marked(tmp_path: Path) -> None:
    of = Variants(load_lesson("vanishing"), KEY).of("1001").exercise
    path = written(of, right(of), tmp_path / "saved.xlsx")
    openpyxl.load_workbook(path).save(path)
    assert mark(path, of).points == 100.0


def _answer(of: Exercise, name: str, row: int = 0) -> Spot:
    return next(spot for spot in of.table.answers if of.run.of.naming.name(spot.quantity) == name and spot.row == row)


def _marks(of: Exercise, typed: dict[Spot, str | float], path: Path) -> dict[Spot, Mark]:
    return {answer.spot: answer.mark for answer in mark(written(of, typed, path), of).answers}


@pytest.mark.parametrize("instead", ["", "a word", "1/0", "NA()", "0*F8"])
def test_what_is_right_is_right_behind_a_blank_an_error_and_a_zero(instead: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    first = _answer(of, "out_h1")
    typed = right(of) | {first: instead if instead != "a word" else '"a word"'}
    if not instead:
        del typed[first]
    path = written(of, typed, tmp_path / "behind.xlsx")
    openpyxl.load_workbook(path).save(path)  # now no formula has a stored value
    marks = {answer.spot: answer.mark for answer in mark(path, of).answers}
    assert marks.pop(first) is (Mark.WRONG if instead else Mark.BLANK)
    assert {*marks.values()} == {Mark.RIGHT, Mark.FOLLOWS}


def test_a_mistake_behind_a_blank_has_its_name(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    typed = right(of) | {_answer(of, "o1"): "N8*K8-O8*M8"}
    del typed[_answer(of, "out_h1")]
    told = mark(written(of, typed, tmp_path / "behind.xlsx"), of).mistakes
    assert [*told] == ["o1 subtracts w6·out_h2 where it is added."]


def test_a_number_that_makes_all_the_same_is_no_way_to_points(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    wrong = {_answer(of, "out_h1"): "0*F8", _answer(of, "∂E/∂w5"): "0*K8", _answer(of, "∂E/∂w7"): "K8"}
    marks = _marks(of, right(of) | wrong, tmp_path / "zero.xlsx")
    assert not {marks[spot] for spot in wrong} & {Mark.RIGHT, Mark.FOLLOWS}
    assert {mark for spot, mark in marks.items() if spot not in wrong} == {Mark.RIGHT, Mark.FOLLOWS}


@pytest.mark.parametrize(
    ("formula", "elsewhere", "wanted"),
    [
        ("Scratch!B5", "Exercise!F8*Exercise!D8+Exercise!G8*Exercise!E8", Mark.RIGHT),
        ("Scratch!B5", 0.065, Mark.TYPED),
        ("Scratch!B5+0", 0.065, Mark.TYPED),
        ("SUM(Scratch!B5:B9)", 0.065, Mark.TYPED),
        ('IF({check}="✓",0.065,0.065)', None, Mark.LINKED),
        ("Scratch!B5", 'IF(Exercise!{check}="",0.065,0.065)', Mark.LINKED),
        ("F8*Scratch!B5+G8*E8", 0.05, Mark.RIGHT),
    ],
)
def test_a_number_by_a_detour_is_a_number(
    formula: str, elsewhere: str | float | None, wanted: Mark, tmp_path: Path
) -> None:
    of = exercise("walkthrough")
    other = _answer(of, "h2")
    typed = formula.format(check=of.check_place(other))
    path = written(of, right(of) | {_answer(of, "h1"): typed}, tmp_path / "detour.xlsx")
    book = openpyxl.load_workbook(path)
    is_text = isinstance(elsewhere, str)
    book["Scratch"]["B5"] = f"={elsewhere.format(check=of.check_place(other))}" if is_text else elsewhere
    book.save(path)
    answers = mark(path, of).answers
    assert answers[0].mark is wanted
    assert {answer.mark for answer in answers[1:]} == {Mark.RIGHT}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [(0.065, Mark.TYPED), (0.0651, Mark.TYPED_WRONG), (0.07, Mark.TYPED_WRONG)],
)
def test_a_typed_number_is_right_or_wrong(typed: float, wanted: Mark, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    assert _marks(of, {_answer(of, "h1"): typed}, tmp_path / "typed.xlsx")[_answer(of, "h1")] is wanted


@pytest.mark.parametrize("typed", [0.5162, 0.51624, 0.516244281])
def test_a_typed_number_may_be_rounded(typed: float, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    assert _marks(of, {_answer(of, "out_h1"): typed}, tmp_path / "typed.xlsx")[_answer(of, "out_h1")] is Mark.TYPED


def test_a_lesson_says_how_many_points_a_part_gets(tmp_path: Path) -> None:
    rubric = "\n[exercise]\ntyped = 0.5\n[exercise.points]\nforward = 30\nhidden = 10\n"
    of = make_exercise(read_lesson(GOOD + rubric, "good.toml"))
    forward = [spot for spot in of.table.answers if isinstance(spot.quantity, NetInput | Output)]
    path = written(of, {spot: of.formula(spot) for spot in forward}, tmp_path / "forward.xlsx")
    assert mark(path, of).points == 75.0
    path = written(of, {spot: of.table.value(spot) for spot in forward}, tmp_path / "typed.xlsx")
    assert mark(path, of).points == 37.5
    assert mark(written(of, right(of), tmp_path / "right.xlsx"), of).points == 100.0


@pytest.mark.parametrize(
    ("rubric", "said"),
    [
        ("[exercise.points]\nforwards = 3", "forwards"),
        ("[exercise.points]\nforward = -3", "a number from 0 to 1,000 is needed"),
        ("[exercise.points]\nforward = 0", "no part of the exercise gets any points"),
        ("[exercise]\ntyped = 2", "a number from 0 to 1 is needed"),
    ],
)
def test_a_rubric_that_cannot_be_is_told(rubric: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_lesson(f"{GOOD}\n{rubric}\n", "good.toml")


@pytest.mark.parametrize("formula", ["0.065", "-(-0.065)", "6.5%", "13/200", "+0.065"])
def test_a_number_with_an_equals_sign_is_no_formula(formula: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    first = of.table.answers[0]
    answers = mark(written(of, right(of) | {first: formula}, tmp_path / "typed.xlsx"), of).answers
    assert answers[0].mark is Mark.TYPED
    assert {answer.mark for answer in answers[1:]} == {Mark.RIGHT}


def test_what_was_built_for_a_check_is_no_answer(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    built = {}
    for spot in of.table.answers:
        digest = of.wrong_numbers.digest(spot)
        first = digest.least * 2 - (digest.least * 2 + 10**9) % digest.prime + digest.rest
        built[spot] = f"{first}*1/{digest.scale:.0f}"
    assert mark(written(of, built, tmp_path / "built.xlsx"), of).points == 0.0


def test_what_is_no_manifest_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(exercise("vanishing"), {}, tmp_path / "a.xlsx")
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    assert main(["mark", str(path), "--lesson", "vanishing", "--manifest", str(roster)]) == 2
    assert "it is no manifest: its header begins with code, id, name, …" in capsys.readouterr().err
    assert main(["mark", str(path), "--lesson", "vanishing", "--manifest", str(tmp_path / "none.csv")]) == 2


def test_a_stored_number_is_not_believed(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    first = of.table.answers[0]
    document = of.document()
    sheet = document[EXERCISE]
    cells = {**sheet.cells, of.at(first): Cell(of.table.value(first), formula="EXP(1000)")}
    path = tmp_path / "forged.xlsx"
    sheets = tuple(replace(each, cells=cells) if each is sheet else each for each in document.sheets)
    write_workbook(replace(document, sheets=sheets), path)
    assert mark(path, of).answers[0].mark is Mark.UNCLEAR
    assert mark(path, of).points == 0.0


@pytest.mark.parametrize("words", [["--level", "forward"], ["--level", "hidden"], ["--rows", "3"], ["--rows", "10"]])
def test_another_level_or_number_of_rows_is_told(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of = exercise("walkthrough")
    path = written(of, right(of), tmp_path / "all.xlsx")
    assert main(["mark", str(path), "--lesson", "walkthrough", *words]) == 2
    assert "another" in json.loads(capsys.readouterr().out)["error"]


def test_what_is_wrong_without_a_name_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = exercise("walkthrough")
    first = of.table.answers[0]
    path = written(of, right(of) | {first: "1.37*(F8*D8+G8*E8)"}, tmp_path / "odd.xlsx")
    assert main(["mark", str(path), "--lesson", "walkthrough"]) == 0
    assert json.loads(capsys.readouterr().out)["wrong, not named"] == {"J8": "=1.37*(F8*D8+G8*E8)"}


def test_what_bypasses_a_wrong_number_is_right(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    inlined = {_answer(of, "w1", row): fill_text(("F", -1, "-$D$3*(", *_GRADIENT, ")"), 8 + row) for row in (1, 2, 3)}
    wrong = {
        spot: f"2*{formula}"
        for spot, formula in right(of).items()
        if spot in {_answer(of, "∂E/∂w1", row) for row in range(3)}
    }
    marks = _marks(of, right(of) | inlined | wrong, tmp_path / "inlined.xlsx")
    assert {marks[spot] for spot in inlined} <= {Mark.RIGHT, Mark.FOLLOWS}


_GRADIENT = ("((S", -1, "-B", -1, ")*S", -1, "*(1-S", -1, ")*N", -1, "+(U", -1, "-C", -1, ")*U", -1, "*(1-U", -1, ")*P", -1, ")*K", -1, "*(1-K", -1, ")*D", -1)  # fmt: skip


def test_a_gradient_by_way_of_a_wrong_one_beside_it_is_right(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    typed = {_answer(of, "∂E/∂w5"): "(S8-B8)*S8*(1-S8)*M8", _answer(of, "∂E/∂w6"): "AC8/K8*M8"}
    marking = mark(written(of, right(of) | typed, tmp_path / "beside.xlsx"), of)
    marks = {answer.spot: answer.mark for answer in marking.answers}
    assert [answer.cell for answers in marking.mistakes.values() for answer in answers] == ["AC8"]
    assert marks[_answer(of, "∂E/∂w6")] is Mark.FOLLOWS


@pytest.mark.parametrize("ring", [{"h1": "J8"}, {"h1": "LN(K8/(1-K8))"}])
def test_what_needs_itself_is_no_answer(ring: dict[str, str], tmp_path: Path) -> None:
    of = exercise("walkthrough")
    marks = _marks(
        of, right(of) | {_answer(of, name): formula for name, formula in ring.items()}, tmp_path / "ring.xlsx"
    )
    assert marks[_answer(of, "h1")] is Mark.WRONG
    assert marks[_answer(of, "h2")] is Mark.RIGHT


def test_a_learning_rate_that_moves_down_has_its_name(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    moved = {_answer(of, "w5", row): f"N{7 + row}-D{2 + row}*AC{7 + row}" for row in range(1, 6)}
    answers = mark(written(of, right(of) | moved, tmp_path / "moved.xlsx"), of).answers
    told = {answer.spot: (answer.mark, answer.kind) for answer in answers}
    assert [told[spot] for spot in moved][1:] == [(Mark.MISTAKE, "rate not anchored")] * 4
    assert {mark for spot, (mark, _) in told.items() if spot not in moved} == {Mark.RIGHT, Mark.FOLLOWS}


def test_what_is_filled_down_is_one_mistake_also_where_it_leads_out_of_the_table(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    above = {_answer(of, "o1", row): f"N{7 + row}*K{8 + row}+O{8 + row}*M{8 + row}" for row in range(6)}
    path = written(of, right(of) | above, tmp_path / "above.xlsx")
    openpyxl.load_workbook(path).save(path)
    told = mark(path, of).mistakes
    assert {sentence: len(answers) for sentence, answers in told.items()} == {
        "o1 takes w5 from the row above, not from its own row.": 6
    }


def test_a_workbook_that_reaches_out_is_not_marked(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    path = written(of, right(of) | {_answer(of, "h1"): 'WEBSERVICE("http://127.0.0.1:9")'}, tmp_path / "out.xlsx")
    with pytest.raises(InputError, match="links to other files or programs"):
        mark(path, of)


def test_a_line_tells_what_was_written_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = exercise("walkthrough")
    first = next(spot for spot in of.table.answers if of.run.of.naming.name(spot.quantity) == "out_h1")
    path = written(of, right(of) | {first: "1/(1+EXP(J8))"}, tmp_path / "one.xlsx")
    assert main(["mark", str(path), "--lesson", "walkthrough", "-o", str(tmp_path / "marks.json")]) == 0
    assert capsys.readouterr().out == f"{path}: 99.4 of 100. out_h1 leaves out the minus of −h1.\n"

"""Names from outside, of columns, classes and textbooks: where they come from, and that they stand beside ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.slow import slow
from tests.test_checks import Recalculated
from tests.test_data_file import DIGITS, LESSON, POINTS
from tests.test_lesson import GOOD, RUNS
from tests.test_summary import XOR
from xlbackprop import InputError, compile_document, verify, write_workbook
from xlbackprop.cli import main
from xlbackprop.lesson.cautions import lesson_warnings
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson.own_names import LONGEST_NAME, with_own
from xlbackprop.network.quantities import Bias, Datum, Given, Gradient, Input, NetInput, Output, Target, Weight
from xlbackprop.sheets.canvas import lines_of
from xlbackprop.sheets.derivation.own_names import beside, list_of_names
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.workbook.document import Document, Sheet

pytestmark = pytest.mark.installed

NAMED = f"{GOOD}[names]\nw1 = 'w13'\nout_h1 = 'a3'\nE_Total = 'J'\n"
LONG = "sepal length in centimetres, measured along the outer edge"
CLASSES = (
    LESSON.replace('target_columns = ["y2", "y1"]', 'class_column = "digit"')
    .replace('"half squared error"', '"categorical cross-entropy"')
    .replace(
        'activation = "sigmoid"\nweights = [[0.3, 0.5], [-0.2, 0.7]]',
        'activation = "softmax"\nweights = [[0.3], [-0.2]]',
    )
)
EXAMPLES = XOR.replace("[data]\n", f'[data]\ninput_names = ["left", "{LONG}"]\nclass_names = ["even", "odd"]\n')
EXAMPLES += "learning_rates = [0.5]\n[names]\nh1 = 'z3'\n"


def of(lesson: Lesson, *names: str) -> list[str | None]:
    return [dict(lesson.own_names).get(name) for name in names]


def texts(sheet: Sheet) -> list[str]:
    return [str(cell.value) for _, cell in sorted(sheet.cells.items()) if isinstance(cell.value, str)]


# ------------------------------------------------------------------------------------------------ where they come from


def test_a_file_names_inputs_and_targets_by_its_header() -> None:
    lesson = read_lesson(LESSON, "good.toml", data=POINTS)
    assert of(lesson, "i1", "i2", "t1", "o1", "out_o1", "t2") == ["x1", "x2", "y2", "y2", "y2", "y1"]


def test_a_class_that_is_a_text_is_its_own_name_and_a_number_has_that_of_its_column() -> None:
    lesson = read_lesson(CLASSES, "good.toml", data=DIGITS)
    assert of(lesson, "t1", "o2", "out_o2") == ["digit 9", "digit 10", "digit 10"]
    lesson = read_lesson(CLASSES, "good.toml", data=DIGITS.replace("10", "setosa").replace("9", "virginica"))
    assert of(lesson, "t1", "o2", "out_o2") == ["setosa", "virginica", "virginica"]


def test_a_header_that_is_our_name_tells_nothing() -> None:
    names = dict(read_lesson(LESSON.replace("y1", "t2"), "x.toml", data=POINTS.replace("y1", "t2")).own_names)
    assert "t2" not in names
    assert names["o2"] == "t2"


def test_typed_names_take_the_place_of_those_in_the_file() -> None:
    typed = LESSON.replace("[data]", '[data]\ninput_names = ["length", "width"]\ntarget_names = ["price", "age"]')
    assert of(read_lesson(typed, "x.toml", data=POINTS), "i2", "t1", "out_o2") == ["width", "price", "age"]
    numbered = CLASSES.replace("[data]", '[data]\nclass_names = ["nine", "ten"]')
    assert of(read_lesson(numbered, "x.toml", data=DIGITS), "i1", "t1", "t2") == ["x", "nine", "ten"]


def test_names_of_a_textbook_take_the_place_of_headers_and_of_those_that_outputs_have_from_their_targets() -> None:
    named = f"{LESSON}[names]\ni1 = 'x'\nt1 = 'y'\n"
    assert of(read_lesson(named, "x.toml", data=POINTS), "i1", "i2", "t1", "o1", "o2") == ["x", "x2", "y", "y", "y1"]
    typed = GOOD.replace("[data]", "[data]\ntarget_names = ['price']") + "[names]\no1 = 'z3'\nout_o1 = 'a3'\n"
    assert of(read_lesson(typed, "x.toml"), "t1", "o1", "out_o1") == ["price", "z3", "a3"]


def test_what_was_written_as_a_threshold_is_told_as_one() -> None:
    several = GOOD.replace("weights", "thresholds = [0.8, -0.1]\nweights", 1)
    assert dict(read_lesson(several, "good.toml").own_names) == {"b1": "−θ1", "b2": "−θ2"}
    shared = several.replace("[0.8, -0.1]", '0.8\nbias = "layer"') + '[names]\nw1 = "w13"\n'
    assert dict(read_lesson(shared, "good.toml").own_names) == {"b1": "−θ", "w1": "w13"}
    typed = several + '[names]\nb1 = "bias of A"\n'
    assert dict(read_lesson(typed, "good.toml").own_names) == {"b1": "bias of A", "b2": "−θ2"}


def test_a_text_may_speak_of_the_weights_by_their_own_names() -> None:
    text = NAMED.replace('"Small"', '"Small"\nintroduction = "Look at w13 and at w14."')
    (warning,) = lesson_warnings(read_lesson(text, "x.toml"))
    assert warning == "line 3, introduction: it names w14, which this lesson does not have."


def test_a_long_header_is_cut() -> None:
    header = "x" * 200
    (name,) = of(read_lesson(LESSON, "x.toml", data=POINTS.replace("x1", header)), "i1")
    assert name == f"{'x' * (LONGEST_NAME - 1)}…"


def test_classes_that_are_texts_have_their_names_already() -> None:
    text = CLASSES.replace("[data]", '[data]\nclass_names = ["nine", "ten"]')
    with pytest.raises(InputError) as caught:
        read_lesson(text, "x.toml", data=DIGITS.replace("10", "setosa").replace("9", "virginica"))
    told = 'line 10, data.class_names: the classes have names in the file already: "setosa", … Leave class_names out.'
    assert [str(problem) for problem in caught.value.problems] == [told]


def test_one_output_of_two_classes_has_both_names() -> None:
    assert of(read_lesson(EXAMPLES, "x.toml"), "t1", "out_o1") == ["0: even, 1: odd"] * 2


def test_one_function_tells_the_own_name_of_any_number() -> None:
    lesson = read_lesson(f"{NAMED}o1 = 'z4'\nt1 = 'y'\n", "x.toml")
    told = [
        lesson.own_name(quantity)
        for quantity in (Weight(1, 0, 0), Weight(1, 0, 1), Gradient(Weight(1, 0, 0)), Output(1, 0), NetInput(2, 0))
    ]
    assert told == ["w13", "", "∂E/∂w13", "a3", "z4"]
    assert lesson.own_name(Given(Datum(Target(0), 3))) == "y"
    assert lesson.own_name(Input(0)) == ""


def test_what_lies_inside_another_network_has_not_the_names_of_this() -> None:
    deeper = "[[runs.layers]]\nunits = 1\nactivation = 'sigmoid'\nbias = 'unit'\nweights = 'Xavier'\n"
    text = RUNS.replace("[data]", "[data]\ninput_names = ['left', 'right']")
    text = f"{text}[[runs]]\nname = 'flat'\nlearning_rate = 1\nseed = 1\n{deeper}[names]\nw1 = 'w13'\n"
    lesson = read_lesson(text, "x.toml")
    last = len(lesson.runs) - 1
    assert lesson.own_name(Weight(1, 0, 0), 0) == "w13"
    assert lesson.own_name(Weight(1, 0, 0), last) == ""
    assert lesson.own_name(Bias(1, 0), last) == ""
    assert lesson.own_name(Input(1), last) == "right"


# ------------------------------------------------------------------------------------------------- where they stand


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(read_lesson(EXAMPLES + "w2 = 'w14'\n", "x.toml"))


def test_data_has_them_above_the_symbols_in_a_row_that_holds_them(document: Document) -> None:
    data = document["Data"]
    places = InputsLayout(read_lesson(EXAMPLES, "x.toml"))
    row = places.data_names_row
    assert row == places.data_header_row - 1
    assert [data.cells[row, column].value for column in (3, 4, 5)] == ["left", LONG, "0: even, 1: odd"]
    assert [data.cells[row + 1, column].value for column in (3, 4, 5)] == ["i1", "i2", "t1"]
    assert data.cells[row, 4].style.wrap
    assert data.heights[row] >= 5 * 15
    assert compile_document(read_lesson(XOR + "learning_rates = [0.5]\n", "x.toml"))["Data"].cells[5, 3].value == "i1"


def test_summary_has_them_before_the_rule_and_in_a_list(document: Document) -> None:
    found = texts(document["Summary"])
    assert "(z3) = w1·i1 + w2·i2 + b1" in found
    assert "(left) given" in found
    assert any(text.startswith("(∂E/∂w14) = ") for text in found)
    assert any(text.startswith("Names: i1: left; i2: ") for text in found)


def test_step_by_step_has_them_before_the_rule_and_in_the_heading_of_the_chosen_weight() -> None:
    lesson = read_lesson(EXAMPLES + "w2 = 'w14'\n", "x.toml")
    steps = compile_document(lesson)["Step by step"]
    assert any(text.startswith("(z3) = w1·i1") for text in texts(steps))
    assert "(0: even, 1: odd)" in texts(steps)
    assert any(text.endswith("The chain rule for w1") for text in texts(steps))
    chosen = compile_document(lesson, {"parameter of Step by step": 1.0})["Step by step"]
    assert any(text.endswith("The chain rule for w2 (w14)") for text in texts(chosen))


def test_inputs_and_the_notes_of_headers_have_them(document: Document) -> None:
    assert "weight from i2 to h1 (w14)" in texts(document["Inputs"])
    notes = [column.note for column in document["LR=0.5"].tables[0].columns]
    assert any(note.startswith("i1 (left), input: ") for note in notes)
    assert any(note.startswith("w2 (w14): the weight from i2 to h1.") for note in notes)


def test_a_single_example_has_them_on_inputs_in_a_row_that_holds_them() -> None:
    text = GOOD.replace("[data]", f'[data]\ninput_names = ["{LONG}", "b"]')
    inputs = compile_document(read_lesson(text, "x.toml"))["Inputs"]
    row = next(row for (row, column), cell in inputs.cells.items() if column == 3 and LONG in str(cell.value))
    assert inputs.cells[row, 3].style.wrap
    assert inputs.heights[row] > 30


def test_summary_says_the_class_of_an_example_by_its_name(tmp_path: Path) -> None:
    lesson = read_lesson(CLASSES, "x.toml", data=DIGITS.replace("10", "~a*?").replace("9", "b"))
    summary = compile_document(lesson)["Summary"]
    (header,) = (place for place, cell in summary.cells.items() if cell.value == "class")
    below = [summary.cells[header[0] + row, header[1]] for row in (1, 2, 3)]
    assert [cell.value for cell in below] == ["~a*?", "b", "~a*?"]
    assert all(cell.formula and "'Data'!$D$5:$E$5" in cell.formula for cell in below)
    write_workbook(compile_document(lesson), tmp_path / "x.xlsx")
    assert verify(tmp_path / "x.xlsx").equal
    opened = Recalculated(tmp_path / "x.xlsx", lesson)
    assert opened.verdict().startswith("PASS")
    for wrong in ('="b"', '="c"', "=1/0"):
        opened.plant("Summary", header[0] + 1, header[1], wrong)
        opened.workbook.evaluate_all()
        assert opened.verdict().startswith("FAIL"), wrong


def test_a_name_that_is_too_long_for_the_row_of_a_rule_has_its_own() -> None:
    assert beside("", ["= a", "+ b"], 20) == ["= a", "+ b"]
    assert beside("z3", ["= a", "+ b"], 20) == ["(z3) = a", "+ b"]
    assert beside("sepal length", ["= a + b", "+ c"], 20) == ["(sepal length)", "= a + b", "+ c"]
    assert with_own("w1", "") == "w1"


def test_the_list_keeps_each_name_in_one_line_and_ends() -> None:
    names = ", ".join(f'"feature number {number}"' for number in range(60))
    text = GOOD.replace("[0.05, 0.10]", f"{[0.1] * 60}\ninput_names = [{names}]")
    text = text.replace("[[0.3, 0.5], [-0.2, 0.7]]", '"Xavier"').replace(
        '"half squared error"', '"half squared error"\nseed = 1'
    )
    lines = list_of_names(read_lesson(text, "x.toml"), 0, 70)
    assert max(map(len, lines)) <= 70
    assert len(lines) == 6
    assert lines[-1] == "… and more, on Inputs and Data."
    assert all(line.endswith(";") for line in lines[:-1])
    assert list_of_names(read_lesson(GOOD, "x.toml"), 0, 70) == []


def test_a_name_that_cannot_be_broken_has_a_row_that_holds_it() -> None:
    assert [lines_of(text, 12) for text in ("x" * 12, "x" * 13, "a " + "x" * 25, "x" * 25 + " a", "")] == [
        1,
        2,
        4,
        3,
        1,
    ]
    document = compile_document(read_lesson(EXAMPLES.replace(LONG, "x" * LONGEST_NAME), "x.toml"))
    row = InputsLayout(read_lesson(EXAMPLES, "x.toml")).data_names_row
    assert row is not None
    assert document["Data"].heights[row] >= 5 * 15


@pytest.mark.parametrize("engine", [slow(one, engine=one) for one in ("ironcalc", "libreoffice", "gnumeric")])
def test_programs_find_the_names(tmp_path: Path, engine: str) -> None:
    """A class by its name, and the heading of the chosen weight."""
    text = f"{CLASSES}[names]\nw1 = 'w13'\nw2 = '=w14'\n"
    write_workbook(compile_document(read_lesson(text, "x.toml", data=DIGITS)), tmp_path / "x.xlsx")
    report = verify(tmp_path / "x.xlsx", engine)
    assert report.equal, "\n".join(report.lines())


# ------------------------------------------------------------------------------------------------------ in the terminal


def test_show_has_them_and_takes_an_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.toml").write_text(EXAMPLES, encoding="utf-8")
    assert main(["show", str(tmp_path / "x.toml"), "--example", "2"]) == 0
    out = capsys.readouterr().out
    assert "epoch 0, example 2" in out
    assert re.search(r" example +2\.0 +=", out)
    assert " i1 (left) " in out
    assert " h1 (z3) " in out

"""`new`: lessons to begin with, and what `generate` warns of when they are edited."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.test_cli import run
from tests.test_lesson import GOOD, RUNS
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.lesson import as_a_beginning, drawn_lesson, lesson_warnings
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network import ACTIVATIONS
from xlbackprop.sheets import load_lesson, read_lesson

pytestmark = pytest.mark.installed

IRIS = "Id,length,width,kind\n1,5.1,3.5,setosa\n2,7.0,3.2,versicolor\n51,6.3,3.3,virginica\n52,4.9,3.0,setosa\n"
HOUSES = "Größe;Nr;Preis;Lage\n1,5;1;10,25;A\n2,5;2;11;B\n3;3;12,5;A\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", built_in_lessons())
def test_what_speaks_of_the_numbers_of_a_built_in_lesson_becomes_remarks(name: str) -> None:
    text = built_in_lessons()[name].read_text(encoding="utf-8")
    whole, begun = tomllib.loads(text), tomllib.loads(as_a_beginning(text, name))
    assert begun == {key: value for key, value in whole.items() if key not in ("introduction", "try", "corrections")}
    assert "try" in whole
    uncommented = as_a_beginning(text, name).replace("# [[try]]\n# ", "[[try]]\n", 1)
    assert len(tomllib.loads(uncommented)["try"]) == 1
    assert all(line in as_a_beginning(text, name) for line in text.splitlines())


# ------------------------------------------------------------------------------------------ networks of given sizes


def test_without_a_hidden_layer_the_activation_is_that_of_the_outputs() -> None:
    lesson = read_lesson(drawn_lesson("2,1", "step", None), "drawn.toml")
    assert [layer.activation for layer in lesson.runs[0].recipe.layers] == ["step"]


@pytest.mark.parametrize("activation", [None, *ACTIVATIONS])
def test_layers_become_a_lesson_whose_weights_are_drawn(activation: str | None) -> None:
    lesson = read_lesson(drawn_lesson("3,4,2", activation, None), "drawn.toml")
    recipe = lesson.runs[0].recipe
    assert recipe.sizes == (3, 4, 2)
    assert [layer.activation for layer in recipe.layers] == [activation or "tanh", "sigmoid"]
    assert len({*lesson.runs[0].parameters}) > 18
    assert [*lesson_warnings(lesson)] == []


def test_the_default_sizes_and_a_network_without_a_hidden_layer() -> None:
    assert read_lesson(drawn_lesson(None, None, None), "drawn.toml").runs[0].recipe.sizes == (2, 3, 1)
    assert read_lesson(drawn_lesson("2, 1", None, None), "drawn.toml").runs[0].recipe.sizes == (2, 1)


def test_classes_of_a_file_make_a_softmax_and_its_numbering_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data").mkdir()
    Path("data/iris.csv").write_text(IRIS, encoding="utf-8")
    code, out, _ = run(capsys, "new", "mine.toml", "--data", "data/iris.csv")
    assert (code, out.splitlines()[:2]) == (0, ["mine.toml", "iris.csv"])
    lesson = load_lesson("mine.toml")
    assert lesson.input_names == ("length", "width")
    assert lesson.targets == ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
    assert (lesson.runs[0].recipe.sizes, lesson.runs[0].recipe.layers[-1].activation) == ((2, 3, 3), "softmax")
    assert run(capsys, "generate", "mine.toml", "--epochs", "2")[0] == 0


def test_a_file_of_a_german_excel_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("haus.csv").write_bytes(HOUSES.replace(";Lage", "").replace(";A", "").replace(";B", "").encode("cp1252"))
    assert run(capsys, "new", "mine.toml", "--data", "haus.csv", "--layers", "1,2,1")[0] == 0
    lesson = load_lesson("mine.toml")
    assert (lesson.input_names, lesson.inputs) == (("Größe",), ((1.5,), (2.5,), (3.0,)))
    assert lesson.targets == ((10.25,), (11.0,), (12.5,))
    assert lesson.runs[0].recipe.layers[-1].activation == "identity"
    Path("haus.csv").write_bytes(HOUSES.encode("cp1252"))
    lesson = read_lesson(drawn_lesson(None, None, Path("haus.csv")), "drawn.toml", data=HOUSES)
    assert lesson.input_names == ("Größe", "Preis")  # the last column is one of classes
    assert len(lesson.targets[0]) == 2


def test_targets_of_0_and_1_have_a_sigmoid_and_several_last_columns_may_be_targets() -> None:
    Path("p.csv").write_text("a,b,x,y\n0.5,2,0,1\n1,3,1,0\n2,5,1,1\n", encoding="utf-8")
    text = drawn_lesson("2,3,2", "ReLU", Path("p.csv"))
    assert tomllib.loads(text)["data"]["target_columns"] == ["x", "y"]
    assert tomllib.loads(text)["network"]["loss"] == "binary cross-entropy"
    assert tomllib.loads(text)["network"]["layers"][0]["weights"] == "He"


def test_the_only_input_may_count() -> None:
    Path("p.csv").write_text("x,y\n1,0.5\n2,1\n3,1.25\n", encoding="utf-8")
    assert "leave_out" not in tomllib.loads(drawn_lesson(None, None, Path("p.csv")))["data"]


def test_names_of_columns_may_have_quotes() -> None:
    Path("p.csv").write_text('"say ""a""",b\\\\,y\n0.5,x,1\n1,y,1.5\n', encoding="utf-8")
    assert tomllib.loads(drawn_lesson(None, None, Path("p.csv")))["data"]["leave_out"] == ["b\\\\"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--layers", "3,x,2"), '--layers\n  whole numbers from 1 to 16,384 are needed, inputs first and outputs last, not "3,x,2". For instance: --layers 3,4,2'),
        (("--layers", "3"), '--layers\n  whole numbers from 1 to 16,384 are needed, inputs first and outputs last, not "3". For instance: --layers 3,4,2'),
        (("--activation", "logistic"), '--activation\n  there is no activation "logistic" for hidden layers. Did you mean "sigmoid"?'),
        (("--like", "xor", "--layers", "2,2"), "--like\n  a built-in lesson has layers and data of its own. Leave out --like, or --layers, --activation and --data."),
        (("--data", "none.csv"), '--data\n  there is no file "none.csv". Is the path right?'),
        (("--data", "notes.txt"), "--data\n  the name of a CSV file is needed, one that ends in .csv. For instance: --data examples.csv"),
        (("--data", "iris.csv", "--layers", "4,3"), "--layers\n  iris.csv has 2 inputs (length, width) and 3 classes, but these are 4 inputs and 3 outputs. Write --layers 2,3."),
        (("--data", "short.csv"), "short.csv\n  line 3: 3 cells are expected, as in the header, but there are 2."),
        (("--data", "empty.csv"), 'empty.csv\n  line 2, column "b": this cell is empty; a number is needed. Fill it in, or leave the row out.'),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_is_told(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str) -> None:
    Path("iris.csv").write_text(IRIS, encoding="utf-8")
    Path("short.csv").write_text("a,b,c\n1,2,3\n1,2\n", encoding="utf-8")
    Path("empty.csv").write_text("a,b,c\n1,,3\n1,2,3.5\n", encoding="utf-8")
    code, out, err = run(capsys, "new", "mine.toml", *words)
    assert (code, out, err.rstrip("\n")) == (2, "", told)
    assert not Path("mine.toml").exists()


def test_data_that_would_overwrite_another_file_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data").mkdir()
    Path("data/iris.csv").write_text(IRIS, encoding="utf-8")
    Path("iris.csv").write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, "new", "mine.toml", "--data", "data/iris.csv")
    assert code == 2
    assert "iris.csv: there is a file of this name; it is left as it is." in err
    assert not Path("mine.toml").exists()


# --------------------------------------------------------------------------------------------------------- warnings


@pytest.mark.parametrize("name", built_in_lessons())
def test_nothing_is_to_be_warned_of_in_a_built_in_lesson(name: str) -> None:
    assert [*lesson_warnings(load_lesson(name))] == []
    if load_lesson(name).by_rate:
        assert [*lesson_warnings(load_lesson(name, epochs=1, learning_rates=[0.123]))] == []


def test_a_column_that_only_numbers_the_examples_is_named_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    Path("iris.csv").write_text(IRIS, encoding="utf-8")
    assert main(["new", "mine.toml", "--data", "iris.csv"]) == 0
    text = Path("mine.toml").read_text(encoding="utf-8")
    Path("mine.toml").write_text(text.replace("leave_out", "# leave_out"), encoding="utf-8")
    capsys.readouterr()
    code, out, _ = run(capsys, "generate", "mine.toml", "--epochs", "1", "--no-verify")
    assert code == 0
    assert '  warning   iris.csv, column "Id": it seems to number the examples, 1, 2, 51 …, and the network learns from it as i1. To leave it out, write leave_out = ["Id"] in [data].' in out.splitlines()  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cells", "is_told"),
    [("x", "123", True), ("x", "012", True), ("x", "124", False), ("PassengerId", "384", True), ("grid", "384", False), ("No.", "384", True), ("id", "118", False), ("x", "12", False)],
)  # fmt: skip
def test_what_only_numbers_the_examples(header: str, cells: str, is_told: bool) -> None:
    rows = "".join(f"{cell},{index % 2},{index / 7}\n" for index, cell in enumerate(cells))
    text = GOOD.replace("inputs = [0.05, 0.10]\ntargets = [0.01]", 'file = "p.csv"\ntarget_columns = ["t"]')
    lesson = read_lesson(text, "good.toml", data=f"{header},t,z\n{rows}")
    assert bool([*lesson_warnings(lesson)]) == is_told


def test_a_single_input_may_count() -> None:
    text = GOOD.replace("inputs = [0.05, 0.10]\ntargets = [0.01]", 'file = "p.csv"\ntarget_columns = ["t"]')
    text = text.replace("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3], [-0.2]]")
    assert [*lesson_warnings(read_lesson(text, "good.toml", data="x,t\n1,0\n2,1\n3,1\n"))] == []


TRY = '[[try]]\nquestion = "Why?"\nprediction = "So."\nknob = "{}"\n'


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Set w1 to 0, w6 = w5 and look at ∂E/∂w4, out_h2, o1, t1.", ""),
        ("Set w7 to 0 and look at w8.", "w7 and w8"),
        ("Look at out_h3, ∂E/∂w9 and h1_2.", "h3 and w9 and h1_2"),
        ("Look at LR=0.1, LR=2 and LR=2.0.", ""),
        ("Look at LR=0.5.", "LR=0.5"),
        ("b1 is not there.", "b1"),
        ("Run 1 is, run 2 is, run 3 is not.", "run 3"),
        ("Its s_w7 and beta1 are columns, x1 and i2c are nothing.", ""),
    ],
)
def test_a_text_that_names_what_the_lesson_has_not_is_told(text: str, strange: str) -> None:
    told = [*lesson_warnings(read_lesson(GOOD + TRY.format(text), "good.toml"))]
    assert told == ([f"line 23, try 1, knob: it names {strange}, which this lesson does not have."] if strange else [])


def test_texts_may_name_what_any_run_has() -> None:
    lesson = read_lesson(RUNS + TRY.format("w6, b1, h2, run 4, and w7 of run 5"), "runs.toml")
    assert [*lesson_warnings(lesson)] == [
        "line 57, try 1, knob: it names w7 and run 5, which this lesson does not have."
    ]
    lesson = read_lesson(RUNS.replace("[network]", 'introduction = "w7"\n[network]', 1), "runs.toml")
    assert [*lesson_warnings(lesson)] == ["line 3, introduction: it names w7, which this lesson does not have."]


def test_nothing_is_read_that_is_no_csv() -> None:
    Path("p.csv").write_bytes(b"PK\3\4\xff")
    with pytest.raises(InputError, match="this is not UTF-8 text"):
        drawn_lesson(None, None, Path("p.csv"))

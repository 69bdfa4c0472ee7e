"""A lesson's twin, one Python file, finds every number of every row that NumPy finds, and cannot be made to do else."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawn_lessons import lesson_texts
from tests.lessons import sample_lesson
from tests.slow import slow_but
from tests.twins import CLOSE, apart, computed, opened, parts_at, printed, run_twin, wrong_rows
from xlbackprop import load_lesson, train
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.lesson import Lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Binary,
    Call,
    Condition,
    Expression,
    Function,
    If,
    Input,
    Negative,
    NetInput,
    Number,
    Ref,
    Step,
    children,
    if_else,
)
from xlbackprop.sheets import read_lesson
from xlbackprop.twin import is_untouched, notation, passes, twin
from xlbackprop.twin.names import Names, is_wide

HERE = Path(__file__).parent
SAMPLES = sorted(path.stem for path in (HERE / "sample_lessons").glob("*.toml"))
OTHERS = sorted(
    path
    for folder in ("regression_lessons", "published_lessons", "parting_lessons")
    for path in (HERE / folder).glob("*.toml")
)
QUICK = (
    "squares_that_overflow",
    "estimates_that_overflow",
    "gradients_overflow_from_which_nothing_is_learnt",
    "overflow_in_the_step_that_is_not_taken",
    "optimizers_that_keep_other_numbers",
    "quotation_marks_in_the_name_of_a_run",
    "no_epsilon_and_no_gradient",
    "relu_sigmoid_softmax",
    "nnfs_softmax",
    "and_neuron",
)

# Lessons in which two sound programs part by more than CLOSE: a number near 0 of far larger ones, or near saturation,
# where an optimizer makes a whole step of the last digit of a gradient. They are judged row by row.
PARTING = {
    "slow-start",
    "eleven_lines",
    "a_first_step_as_long_for_a_tiny_gradient",
    "a_saturated_unit_that_is_moved",
    "rounding_decides_at_a_kink",
    "rounding_decides_in_flowers",
    "slopes_of_a_saturated_sigmoid",
    "slopes_of_a_saturated_tanh",
    "squares_of_gradients_that_are_hardly_there",
    "inputs_that_were_not_scaled",
}


def short(name: str) -> Lesson:
    """Return a built-in lesson with a few epochs."""
    return load_lesson(name, epochs=1 if name == "digits" else 4)


@pytest.mark.parametrize("name", list(built_in_lessons()))
def test_every_number_of_a_built_in_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    lesson = short(name)
    assert apart(train(lesson), printed(lesson, tmp_path)) <= CLOSE


@pytest.mark.parametrize("name", SAMPLES)
def test_every_number_of_a_sample_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    lesson = sample_lesson(name)
    assert apart(train(lesson), printed(lesson, tmp_path)) <= CLOSE


def assert_it_agrees(name: str, lesson: Lesson, folder: Path) -> None:
    trace, found = train(lesson), printed(lesson, folder)
    if name not in PARTING:
        assert apart(trace, found) <= CLOSE
        return
    assert parts_at(trace, found)  # else it need not be named there
    assert wrong_rows(lesson, found) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", list(built_in_lessons()))
def test_every_number_of_a_whole_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    assert_it_agrees(name, load_lesson(name), tmp_path)


@pytest.mark.parametrize("name", slow_but([path.stem for path in OTHERS], QUICK))
def test_every_number_of_a_lesson_that_is_kept_is_numpys(name: str, tmp_path: Path) -> None:
    (path,) = (path for path in OTHERS if path.stem == name)
    try:
        lesson = load_lesson(path)
    except InputError:
        pytest.skip("it is kept because it is refused")
    assert_it_agrees(name, lesson, tmp_path)


@given(text=lesson_texts())
def test_any_lesson_has_a_twin_whose_rows_follow_from_each_other(text: str) -> None:
    try:
        lesson = read_lesson(text, "drawn.toml")
    except InputError:
        return
    if lesson.cells > 20_000:
        return
    assert wrong_rows(lesson, computed(lesson)) == []


ENTRY = """
title = "one entry"
[network]
loss = "{loss}"
[[network.layers]]
units = 3
activation = "{activation}"
bias = "unit"
weights = [[0.3, -0.5], [0.2, 0.7], [-0.4, 0.1]]
[[network.layers]]
units = {outputs}
activation = "{last}"
weights = {weights}
bias = "layer"
[data]
inputs = [[0.5, -1.0], [1.5, 0.25], [-0.75, 0.5]]
targets = {targets}
[training]
optimizer = "{optimizer}"
learning_rates = [0.05]
epochs = 4
batch = 2
schedule = "{schedule}"
{more}
"""


def entry(more: str = "", **words: str) -> Lesson:
    """Return a small lesson with some entries of the tables of activations, losses, optimizers and schedules."""
    loss = words.get("loss", "half squared error")
    last = {"sigmoid": "sigmoid", "softmax": "softmax"}.get(LOSSES[loss].pairs_with, "identity")
    last = "sigmoid" if "sigmoid" in LOSSES[loss].activations else last
    sign = "[[1, -1], [-1, 1], [1, 1]]" if loss == "hinge" else "[[1, 0], [0, 1], [1, 0]]"
    fill = {"activation": "tanh", "loss": loss, "last": last, "optimizer": "gradient descent", "schedule": "constant"}
    fill |= {"outputs": "2", "weights": "[[0.2, -0.3, 0.4], [0.1, 0.6, -0.2]]", "targets": sign, "more": more}
    return read_lesson(ENTRY.format(**{**fill, **words}), "entry.toml")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_read(name: str) -> None:
    lesson = entry(activation=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_read(name: str) -> None:
    lesson = entry(loss=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if "without bias correction" not in name])
@pytest.mark.parametrize("more", ["", "weight_decay = 0.1", "weight_decay = 0.1\nweight_decay_in_loss = true"])
def test_every_optimizer_is_read(name: str, more: str) -> None:
    lesson = entry(more, optimizer=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_read(name: str) -> None:
    lesson = entry("drop_at = [2, 3]" if name == "step" else "", schedule=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


WIDE_AND_FROZEN = """
title = "one frozen weight among many"
[network]
loss = "binary cross-entropy"
seed = 1
[[network.layers]]
units = 9
activation = "leaky ReLU"
weights = "Xavier"
bias = "unit"
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[-0.002, 0.131, 0.0, -0.002, 0.0, 0.0, 0.0, -1.2, -0.855]]
[data]
inputs = [[0.002, 0.001], [-1.0, 0.5]]
targets = [[1.0], [0.0]]
[training]
optimizer = "Adam from the averages before"
weight_decay = 0.1
epochs = 3
batch = "all"
learning_rates = [0.5]
frozen = ["w1", "w24", "b3"]
"""


def test_one_frozen_weight_in_a_list_stays(tmp_path: Path) -> None:
    lesson = read_lesson(WIDE_AND_FROZEN, "frozen.toml")
    assert apart(train(lesson), printed(lesson, tmp_path)) <= CLOSE
    assert run_twin(tmp_path / "lesson_twin.py", "--epoch", "2").stderr == ""


# ----------------------------------------------------------------------------------------------------- planted mistakes


def _without_parentheses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notation, "_needs", lambda _: (False, False))


def _products_before_sums_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._BINDING, "+", 3)
    monkeypatch.setitem(notation._BINDING, "-", 3)


def _minus_for_plus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._SIGNS, "-", " + ")


def _power_for_product(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._SIGNS, "^", " * ")


def _the_number_of_the_update_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def row_above(names: Names, ref: Any) -> str:
        return "step" if isinstance(ref.quantity, Step) else names.in_row(ref)

    monkeypatch.setattr(Names, "in_update", row_above)


def _kept_numbers_of_the_row_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "_uses_old", lambda _: True)


def _the_other_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notation, "_COMPARISONS", {sign: pair[::-1] for sign, pair in notation._COMPARISONS.items()})


def _a_sum_that_begins_with_the_first_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    right = notation.generalised
    monkeypatch.setattr(
        notation,
        "generalised",
        lambda texts, index: (right(texts, index) or "").replace(f"[{index}]", "[0]", 1) or None,
    )


@pytest.mark.parametrize(
    ("plant", "lesson"),
    [
        (_without_parentheses, lambda: short("walkthrough")),
        (_products_before_sums_forgotten, lambda: short("two-biases")),
        (_minus_for_plus, lambda: short("walkthrough")),
        (_power_for_product, lambda: short("walkthrough")),
        (_the_number_of_the_update_before, lambda: sample_lesson("adam_in_mini_batches")),
        (_kept_numbers_of_the_row_above, lambda: sample_lesson("one_example")),
        (_the_other_branch, lambda: sample_lesson("many_paths")),
        (_a_sum_that_begins_with_the_first_twice, lambda: short("digits")),
    ],
)
def test_a_mistake_in_the_reading_is_seen(
    plant: Callable[[pytest.MonkeyPatch], None], lesson: Callable[[], Lesson], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = lesson()
    assert apart(train(of), computed(of)) <= CLOSE
    plant(monkeypatch)
    try:
        found = computed(of)
    except (ArithmeticError, NameError, SyntaxError, UnboundLocalError):
        return
    assert apart(train(of), found) > 1e-6


# -------------------------------------------------------------------------------------------------------- the file itself


@pytest.mark.parametrize("name", [*built_in_lessons(), *SAMPLES])
def test_it_is_python_3_8_and_imports_nothing_but_its_library(name: str) -> None:
    tree = ast.parse(twin(sample_lesson(name) if name in SAMPLES else short(name)), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "open", "__import__", "compile"}


def test_the_line_of_each_gradient_stands_beside_its_sign_and_its_paths() -> None:
    text = twin(short("walkthrough"))
    assert re.search(
        r"# ∂E/∂w1: .*\n +#   w1 → h1 → out_h1 → o1 → out_o1 → E1\n +#   w1 → h1 → out_h1 → o2 → out_o2 → E2\n +dE_dw1 = \(\n"
        r" +\(out_o1 - t1\) \* out_o1 \* \(1 - out_o1\) \* w5\n",
        text,
    )
    assert "w1 = w1 - learning_rate * dE_dw1  # the update: w(n+1) = w(n) − η·∂E/∂w(n)" in text


def equations(text: str) -> list[list[str]]:
    """Return the equations that a twin has printed, each cut at its "=": name, rule, rule with numbers, number."""
    whole = re.sub(r"\n {3,}(?==)", " ", text)  # an equation on several lines
    whole = re.sub(r"\n {8,}", " ", whole)
    return [line.strip().split(" = ") for line in whole.splitlines() if line.startswith("  ") and " = " in line]


@pytest.mark.parametrize("name", ["walkthrough", "xor", "optimizers", "two-biases", "regression", "slow-start"])
def test_a_rule_with_numbers_is_the_number_that_it_claims(name: str, tmp_path: Path) -> None:
    lesson = short(name)
    path = tmp_path / "twin.py"
    path.write_text(twin(lesson), encoding="utf-8")
    program = opened(path.read_text(encoding="utf-8"))
    held, shown = 0, {}
    for run in lesson.runs:
        done = run_twin(path, "--run", run.name, "--epoch", "3")
        assert done.stderr == ""
        for called, *steps in equations(done.stdout):
            shown[called] = steps[-1]
            for step in steps[1 if len(steps) > 1 else 0 : -1]:
                assert eval(step, dict(program)) == float(steps[-1]), (called, step)
                held += 1
        columns = [Names(run.naming, wide=False).flat(of) for of in train(lesson).places(0)]
        assert not {*columns} - {*shown} - {"epoch", "step", "example", "in_this_step"}  # all numbers of the row
    assert held > 4


def test_the_first_row_reads_as_one_does_it_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "walkthrough_twin.py"
    path.write_text(twin(short("walkthrough")), encoding="utf-8")
    shown = run_twin(path, "--epoch", "0", "--run", "LR=0.5").stdout
    assert "h1 = w1 * i1 + w2 * i2 = 0.3 * 0.05 + 0.5 * 0.1 = 0.065" in shown
    assert "dE_dw8 = (out_o2 - t2) * out_o2 * (1 - out_o2) * out_h2" in shown


@pytest.mark.parametrize(
    "words", [["--epoch", "9"], ["--epoch", "x"], ["--run", "none"], ["--epoch", "1", "--example", "2"]]
)
def test_wrong_words_get_an_answer_and_no_traceback(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "twin.py"
    path.write_text(twin(short("walkthrough")), encoding="utf-8")
    done = run_twin(path, *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# ------------------------------------------------------------------------------------------------------------------ errors


def test_a_run_that_diverges_says_so_and_goes_on_with_errors(tmp_path: Path) -> None:
    lesson = load_lesson(HERE / "regression_lessons" / "squares_that_overflow.toml")
    path = tmp_path / "twin.py"
    path.write_text(twin(lesson), encoding="utf-8")
    trace = train(lesson)
    epochs = [trace.diverged_at(run) for run in range(len(lesson.runs))]
    told = re.findall(
        r"The run diverged: numbers are too large for a spreadsheet from epoch (\d+) on\.", run_twin(path).stdout
    )
    assert [int(epoch) for epoch in told] == [row // lesson.examples for row in epochs if row is not None]
    assert told
    assert "#NUM!" in run_twin(path, "--csv").stdout


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("walkthrough", "learning_rate=2.0", "learning_rate=1e308"),
        ("walkthrough", "w5=0.1", "w5=1e308"),
        ("regression", "learning_rate=", "learning_rate=1e200 + "),
        ("optimizers", "epsilon=1e-06", "epsilon=0.0"),
        ("xor", "w1=0.8", "w1=float('nan')"),
    ],
)
@pytest.mark.parametrize("words", [[], ["--csv"], ["--epoch", "2"]])
def test_wild_numbers_make_errors_and_no_traceback(
    name: str, old: str, new: str, words: list[str], tmp_path: Path
) -> None:
    text = twin(short(name))
    assert old in text
    path = tmp_path / "twin.py"
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = run_twin(path, *words)
    assert (done.returncode, done.stderr) == (0, "")


# -------------------------------------------------------------------------------------------------------- persons' texts


HOSTILE = (
    '"""\nimport os; os.abort()\n"""',
    "\\",
    "x\r\nimport os",
    "'''; raise SystemExit #",
    "{weight} %s {0} %",
    "\u202eabc\u2066\u2028z\x0c",
    '"',
    '""""""',
)


def skeleton(text: str) -> list[str]:
    """Return the code of a program without its docstrings and without the names of its runs."""
    found = []
    for node in ast.parse(text).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_runs = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RUNS"
        if is_runs:
            assert isinstance(node, ast.Assign)
            assert isinstance(node.value, ast.Dict)
            assert all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.value.keys)
            found += [ast.unparse(value) for value in node.value.values]
        elif not is_text:
            if isinstance(node, ast.FunctionDef):
                node.body = node.body[1:] if ast.get_docstring(node) else node.body
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("nasty", HOSTILE)
def test_no_text_of_a_lesson_becomes_code(nasty: str, tmp_path: Path) -> None:
    from dataclasses import replace

    tame = short("xor")
    runs = tuple(replace(run, name=f"{nasty}{index}") for index, run in enumerate(tame.runs))
    own = (("i1", nasty), ("t1", nasty), ("w1", nasty))
    lesson = replace(tame, title=nasty, introduction=nasty, runs=runs, own_names=own)
    text = twin(lesson, f"{nasty}.py")
    assert skeleton(text) == skeleton(twin(tame))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x0c\u2028]", text)
    path = tmp_path / "twin.py"
    path.write_text(text, encoding="utf-8", newline="")
    assert run_twin(path).stderr == ""
    assert list(opened(text)["RUNS"]) == [run.name for run in runs]


# ------------------------------------------------------------------------------------------------------------ the command


def test_the_command_writes_it_and_never_over_what_a_person_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    assert main(["twin", "walkthrough", "-o", str(path)]) == 0
    assert is_untouched(path)
    assert path.read_text(encoding="utf-8") == twin(load_lesson(), "mine.py")
    assert main(["twin", "xor", "-o", str(path)]) == 0  # nobody has changed it
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))  # what git does on Windows is no change
    assert main(["twin", "walkthrough", "-o", str(path)]) == 0
    changed = path.read_text(encoding="utf-8").replace("w1=0.3", "w1=0.4")
    path.write_text(changed, encoding="utf-8")
    capsys.readouterr()
    assert main(["twin", "walkthrough", "-o", str(path)]) == 2
    assert "it was changed since it was made" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == changed
    assert main(["twin", "walkthrough", "-o", str(path), "--force"]) == 0
    assert is_untouched(path)


@pytest.mark.parametrize("name", ["twin.txt", " ", "twin"])
def test_a_name_that_is_none_of_python_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["twin", "-o", name]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_xlbackprop_did_not_make_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "theirs.py"
    path.write_text("print(1)\n", encoding="utf-8")
    assert main(["twin", "-o", str(path)]) == 2
    assert path.read_text(encoding="utf-8") == "print(1)\n"


def test_a_lesson_makes_the_same_file_each_time() -> None:
    assert twin(short("digits"), "a.py") == twin(short("digits"), "a.py")


# ------------------------------------------------------------------------------------------------------------- the layout


@pytest.mark.parametrize("name", [*built_in_lessons(), *SAMPLES, *QUICK, "two-term log loss", "GELU"])
def test_a_long_formula_on_many_lines_is_the_same_formula(name: str) -> None:
    if name in LOSSES:
        lesson = entry(loss=name)
    elif name in ACTIVATIONS:
        lesson = entry(activation=name)
    else:
        known = {path.stem: path for path in (*(HERE / "sample_lessons").glob("*.toml"), *OTHERS)}
        lesson = load_lesson(known.get(name, name))
    for run in lesson.runs:
        names = Names(run.naming, wide=is_wide(run.recipe))
        for made in (passes.forward, passes.backward, passes.update):
            function = made(run.recipe, names)
            (tree,) = ast.parse("\n".join(function.text("f"))).body
            assert isinstance(tree, ast.FunctionDef)
            *lines, last = tree.body[1:]
            assert isinstance(last, ast.Return)
            assert [ast.unparse(line) for line in lines] == [
                ast.unparse(ast.parse(f"{line.target} = {line.rule}")) for line in function.lines
            ]


# ------------------------------------------------------------------------------------------------------------ the reading

A, B, C = Ref(Input(0)), Ref(Input(1)), Ref(NetInput(1, 0))
NAMES = {A: "a", B: "b", C: "c"}
CALLS = {"exp": Function.EXP, "ln": Function.LN, "sqrt": Function.SQRT, "tanh": Function.TANH, "cos": Function.COS}
OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def tree_of(node: ast.AST) -> Expression:
    """Return the formula that Python reads in a text; the choice of a conditional is taken as it is written."""
    match node:
        case ast.Expression(body):
            return tree_of(body)
        case ast.Name(name):
            return next(ref for ref, called in NAMES.items() if called == name)
        case ast.Constant(value):
            return Number(float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), ast.Constant(value)):
            return Number(-float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), of):
            return Negative(tree_of(of))
        case ast.BinOp(left, operator, right):
            return Binary(OPERATORS[type(operator)], tree_of(left), tree_of(right))  # type: ignore[arg-type]
        case ast.IfExp(ast.Compare(left, [ast.Gt()], [right]), yes, no):
            return If(tree_of(left), ">", *map(tree_of, (right, yes, no)))
        case ast.Call(ast.Name(name), [argument]):
            return Call(CALLS[name], tree_of(argument))
        case _:
            raise AssertionError(ast.dump(node))


def formulas(larger: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/^"), larger, larger),
        st.builds(Negative, larger.filter(lambda of: not isinstance(of, Number))),
        st.builds(Call, st.sampled_from([*CALLS.values()]), larger),
        st.builds(If, st.sampled_from([A, B]), st.just(">"), larger, larger, larger),
    )


LEAVES = st.sampled_from([A, B, C, Number(1.0), Number(0.5), Number(-1e-9), Number(1e300), Number(-2.0)])


@given(st.recursive(LEAVES, formulas, max_leaves=15))
@settings(max_examples=200)
def test_python_reads_what_the_tree_means(formula: Expression) -> None:
    conditions = [part.right for part in walk(formula) if isinstance(part, If)]
    if any(ref == C for condition in conditions for ref in notation.refs(condition)):
        return  # a choice that an error decides may be written the other way round, or as a call
    text = notation.python(formula, lambda ref: NAMES[ref])
    assert tree_of(ast.parse(text, mode="eval")) == formula, text


def walk(formula: Expression) -> list[Expression]:
    return [formula, *(inner for part in children(formula) for inner in walk(part))]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (-(A**2.0), "-(a ** 2)"),
        ((-A) ** 2.0, "(-a) ** 2"),
        ((A**B) ** A, "(a ** b) ** a"),
        (A ** (B**A), "a ** (b ** a)"),
        (A - (B - A), "a - (b - a)"),
        (A + (B + A), "a + (b + a)"),
        (A / (B * A), "a / (b * a)"),
        (A * -B, "a * (-b)"),
        (Number(-1.0) ** A, "(-1) ** a"),
        (if_else(Condition(C, ">", 0.0), C, 0.0), "0 if c <= 0 else c"),  # an error must come out of it
        (if_else(Condition(C, ">", 0.0), 1.0, C), "1 if c > 0 else c"),
        (if_else(Condition(C, ">", 0.0), 1.0, 0.5), "if_above(c, 0, then=1, otherwise=0.5)"),
        (A * if_else(Condition(C, ">", 0.0), 1.0, 0.5), "a * if_above(c, 0, then=1, otherwise=0.5)"),
        (A + if_else(Condition(B, ">", 0.0), 1.0, 0.5), "a + (1 if b > 0 else 0.5)"),  # what is typed is no error
    ],
)
def test_a_formula_is_written_so(formula: Expression, text: str) -> None:
    assert notation.python(formula, lambda ref: NAMES[ref]) == text


def test_what_counts_from_0_is_written_once() -> None:
    assert notation.generalised(["w[0][3] * x[0]", "w[1][3] * x[1]"], "k") == "w[k][3] * x[k]"
    assert notation.generalised(["w[0] * x[0]", "w[1] + x[1]"], "k") is None
    assert notation.generalised(["w[0]", "w[2]"], "k") is None
    assert notation.generalised(["w[0]", "w[0]"], "k") is None

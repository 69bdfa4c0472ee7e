"""The file of a twin: what it imports, prints and answers, whatever stands in its lesson, and when it is overwritten."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lessons import sample_lesson
from tests.twins import HERE, SAMPLES, opened, run_twin, short
from xlbackprop import load_lesson, train
from xlbackprop.cli import main
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.twin import is_untouched, twin
from xlbackprop.twin.names import Names

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
        r"# ∂E/∂w1: w1 → h1 → out_h1 → o1 → out_o1 → E1\n +#  +w1 → h1 → out_h1 → o2 → out_o2 → E2\n +dE_dw1 = \(\n"
        r" +\(out_o1 - t1\) \* out_o1 \* \(1 - out_o1\) \* w5\n",
        text,
    )
    assert "w1 = w1 - learning_rate * dE_dw1  # the update: w(n+1) = w(n) − η·∂E/∂w(n)" in text


@pytest.mark.parametrize("name", [*built_in_lessons(), *SAMPLES])
def test_it_has_no_part_that_its_lesson_does_not_need(name: str) -> None:
    lesson = sample_lesson(name) if name in SAMPLES else short(name)
    text = twin(lesson)
    assert "#?" not in text
    assert ("--example" in text) == ("sum_E_Total" in text) == (not lesson.single)
    assert ("schedule" in text) == any(run.recipe.schedule != "constant" for run in lesson.runs)
    assert ("b1 a bias" in text) == any(any(run.naming.biases) for run in lesson.runs)
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert not [of.name for of in functions if not re.search(rf"\b(?<!def ){of.name}\b", text)]


def test_a_reason_is_told_once_in_a_function() -> None:
    text = twin(short("walkthrough"))
    for reason in ("the weighted sum of what the unit receives", "the update: w(n+1)"):
        assert text.count(f"# {reason}") == 1


def test_one_path_is_taken_apart_arrow_by_arrow_and_the_steps_are_told_by_kind() -> None:
    told = opened(twin(short("walkthrough")))["backward"].__doc__
    kinds = ("from a weight to a sum:", "* from a sum to what", "from there to a sum", "* to the loss:")
    assert [told.index(kind) for kind in kinds] == sorted(told.index(kind) for kind in kinds)
    assert "o1 → out_o1   out_o1 * (1 - out_o1)" in told
    assert "its slope is 1" in told


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
        for name_told, *steps in equations(done.stdout):
            called = name_told.replace(" (new)", "")
            shown[called] = steps[-1]
            for step in steps[1 if len(steps) > 1 else 0 : -1]:
                assert eval(step, dict(program)) == float(steps[-1]), (called, step)
                held += 1
        columns = [Names(run.naming, wide=False).flat(of) for of in train(lesson).places(0)]
        assert not {*columns} - {*shown} - {"epoch", "step", "example", "in_this_step"}  # all numbers of the row
    assert held > 4


def test_it_runs_without_docstrings_too_and_for_a_reader_who_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "twin.py"
    path.write_text(twin(short("walkthrough")), encoding="utf-8")
    for words in ([], ["--epoch", "1"]):
        command = [sys.executable, "-OO", "-I", str(path), *words]
        assert subprocess.run(command, capture_output=True, check=True, env={"PYTHONIOENCODING": "ascii"}).stderr == b""
    with subprocess.Popen(
        [sys.executable, "-I", str(path), "--csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


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

"""The command line: what it says, where it writes, how it ends."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import openpyxl
import pytest

from tests.tampering import edit_part, set_cell
from tests.test_extremes import CHAOS
from tests.test_lesson import RUNS
from xlbackprop import engines
from xlbackprop.cli import main
from xlbackprop.commands import generate, verify
from xlbackprop.engines.base import EngineFailed, EngineMissing
from xlbackprop.errors import printable
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.xlsx.read import package

pytestmark = pytest.mark.installed

SHORT = ("--epochs", "4", "--rates", "0.5")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_generate_makes_the_walkthrough_and_proves_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "generate")
    assert code == 0
    assert Path("output/walkthrough.xlsx").is_file()
    assert "6 (LR=0.1, LR=0.2, LR=0.5, LR=0.8, LR=1.0, LR=2.0), epochs 0 to 282" in out
    assert "PASS: all checks of 6 runs" in out
    assert "formualizer" in out
    assert "Every formula and every value is as it should be" in out
    code, out, _ = run(capsys, "verify", "output/walkthrough.xlsx")
    assert code == 0


def test_options_shape_the_workbook(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = run(capsys, "generate", "--epochs", "9", "--rates", "0.5,1,3", "-o", "short.xlsx", "--no-verify")
    assert code == 0
    book = openpyxl.load_workbook("short.xlsx")
    assert book.sheetnames == [
        "Summary",
        "Inputs",
        "Step by step",
        "LR=0.5",
        "LR=1.0",
        "LR=3.0",
        "Loss curves",
        "Checks",
        "Lesson",
    ]
    assert book["LR=0.5"].max_row == 7 + 10
    assert run(capsys, "verify", "short.xlsx")[0] == 0


def test_what_is_too_large_to_prove_here_is_made_and_said_to_be_unproved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "MOST_PROVED", 100)
    monkeypatch.setattr(generate, "MEMORY_A_FORMULA", 10**6)
    code, out, _ = run(capsys, "generate", *SHORT, "-o", "large.xlsx")
    assert code == 0
    assert re.search(r"proof +not recalculated \(that takes about \d GB of memory; where there is so much: ", out)
    assert "xlbackprop verify large.xlsx" in out
    assert run(capsys, "verify", "large.xlsx")[0] == 0


def test_what_verify_cannot_read_is_said_before_the_proof(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "MOST_PROVED", 100)
    monkeypatch.setattr(package, "MAX_TOTAL", 100_000)
    code, out, _ = run(capsys, "generate", *SHORT, "-o", "large.xlsx")
    assert code == 0
    assert re.search(
        r"proof +not recalculated \(verify takes no such workbook: its parts are together larger than 100,000 bytes; "
        r"open it, and its Checks prove it\)\n",
        out,
    )


def test_a_workbook_of_ours_is_made_anew_but_an_edited_one_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    assert run(capsys, *words)[0] == 0
    assert run(capsys, *words)[0] == 0
    set_cell(Path("mine.xlsx"), "Inputs", "B6", "<v>0.07</v>")
    edited = Path("mine.xlsx").read_bytes()
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "it was changed since it was made" in err
    assert "--force" in err
    assert Path("mine.xlsx").read_bytes() == edited
    assert run(capsys, *words, "--force")[0] == 0
    assert Path("mine.xlsx").read_bytes() != edited


def test_a_file_that_is_not_ours_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.xlsx").write_text("my notes", encoding="utf-8")
    code, _, err = run(capsys, "generate", *SHORT, "-o", "notes.xlsx")
    assert code == 2
    assert "xlbackprop did not make it" in err
    assert Path("notes.xlsx").read_text(encoding="utf-8") == "my notes"


def test_verify_says_where_a_workbook_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    set_cell(Path("mine.xlsx"), "LR=0.5", "X9", "<v>0.1</v>")
    code, out, _ = run(capsys, "verify", "mine.xlsx")
    assert code == 1
    assert "'LR=0.5'!X9: constant typed over a formula: expected =V9+W9, found 0.1" in out
    assert "'Checks'!B3" in out


def test_verify_says_what_was_edited(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    set_cell(Path("mine.xlsx"), "Inputs", "B14", "<v>0.35</v>")
    code, out, _ = run(capsys, "verify", "mine.xlsx")
    assert code == 1  # no program has recalculated it since, so the stored values are old
    assert re.search(r"\d+ stored values differ: open and save it in a spreadsheet program", out)
    assert "Edited since it was made: w1 = 0.35" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("generate", "none.toml"), "none.toml\n  there is no such file. Is the path right?"),
        (("generate", "walkthrogh"), 'Did you mean "walkthrough"?'),
        (("generate", "--epochs", "many"), '--epochs: a whole number from 0 to 1,000,000 is needed, not "many".'),
        (("generate", "--rates", "fast"), '--rates: "fast" is not a finite number.'),
        (("generate", "--rates", "0.1", "--epochs", "-3"), "--epochs: a whole number"),
        (("generate", "-o", "walkthrough.xls"), "a workbook's name ends in .xlsx. For instance: walkthrough.xlsx"),
        (("verify", "none.xlsx"), "none.xlsx"),
        (("verify", "none.xlsx", "--engine", "excel"), 'there is no engine "excel".'),
        (
            ("show", "--rate", "0.3"),
            '--rate: the lesson has no learning rate "0.3". It has 0.1, 0.2, 0.5, 0.8, 1.0, 2.0.',
        ),
        (("show", "--epoch", "283"), '--epoch: an epoch from 0 to 282 is needed, not "283".'),
        (
            ("new", "no/such/folder/lesson.toml"),
            "it cannot be written: No such file or directory. Make its folder first.",
        ),
        (("generate", "--epochs", "9" * 5000), "--epochs: a whole number from 0 to 1,000,000 is needed"),
        (("generate", "-o", "x" * 300 + ".xlsx"), "Choose a shorter name."),
        (("generate", "--rates", "0.5,-1"), "--rates, number 2: a learning rate is positive, but this is -1.0."),
        (
            ("generate", "--epochs", "999999"),
            "6 sheets of 1,000,000 rows and 32 columns are 192,000,000 cells; 100,000,000 are allowed",
        ),
        (("generat",), "there is no command 'generat'. Did you mean \"generate\"?"),
        ((), "COMMAND"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_a_cure(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    code, out, err = run(capsys, *words)
    assert code == 2
    assert told in err
    assert out == ""
    assert not Path("output").exists()


def test_every_problem_of_a_lesson_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "mine.toml")
    text = Path("mine.toml").read_text(encoding="utf-8").replace('"sigmoid"', '"sigmiod"').replace("1.0, 2.0]", "-1.0]")
    Path("mine.toml").write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "generate", "mine.toml")
    assert code == 2
    assert err.startswith("mine.toml\n")
    assert err.count("sigmiod") == 2
    assert "training.learning_rates, number 5: a learning rate is positive, but this is -1.0." in err


def test_new_writes_a_lesson_that_generates_and_keeps_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "new", "mine.toml")[0] == 0
    assert run(capsys, "generate", "mine.toml", *SHORT)[0] == 0
    assert Path("output/mine.xlsx").is_file()
    code, _, err = run(capsys, "new", "mine.toml")
    assert code == 2
    assert "there is a file of this name; it is left as it is." in err


def test_show_prints_the_numbers_of_one_step(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "show")
    assert code == 0
    assert re.search(r"out_h1        0\.5162442810620724  = 1/\(1 \+ exp\(−h1\)\)", out)
    assert "t2                      0.99" in out
    assert "∂E/∂w5" in out
    assert "= (out_o1 − t1)·out_o1·(1 − out_o1)·out_h1" in out
    _, out, _ = run(capsys, "show", "walkthrough", "--rate", "2", "--epoch", "282")
    assert "E_Total     0.00134370" in out


def test_lessons_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lessons")
    assert code == 0
    listed = {line.split()[0]: line for line in out.splitlines()}
    assert [*listed] == [*built_in_lessons()]
    assert all(load_lesson(name).title == line[20:] for name, line in listed.items())
    assert listed["walkthrough"] == "walkthrough         Backpropagation by hand: a 2-2-2 network"


def test_a_run_that_diverges_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "generate", "--epochs", "5", "--rates", "0.5,1e6")
    assert code == 0
    assert "LR=1000000.0: The run diverged: numbers are too large for a spreadsheet from epoch 1 on." in out
    assert "OVERFLOW in 1 of 2 runs; the others pass" in out


def test_a_run_in_which_rounding_decides_gets_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    Path("wild.toml").write_text(CHAOS, encoding="utf-8")
    _, out, _ = run(capsys, "generate", "wild.toml", "--no-verify")
    assert "warning   In LR=1.9 rounding decides from epoch" in out
    _, out, _ = run(capsys, "generate", *SHORT, "--no-verify")
    assert "warning" not in out


def test_a_missing_engine_is_told_with_its_cure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")

    def missing() -> str:
        raise EngineMissing('IronCalc is not installed: pip install "ironcalc"')

    monkeypatch.setattr(engines.ENGINES["ironcalc"], "version", missing)
    code, _, err = run(capsys, "verify", "mine.xlsx", "--engine", "ironcalc")
    assert code == 2
    assert 'pip install "ironcalc"' in err


def test_the_engines_are_listed_with_how_to_get_those_that_are_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise EngineMissing("IronCalc is not installed: do this")

    def broken() -> str:
        raise EngineFailed("it does not start")

    monkeypatch.setattr(engines.ENGINES["ironcalc"], "version", missing)
    monkeypatch.setattr(engines.ENGINES["libreoffice"], "version", broken)
    code, out, _ = run(capsys, "engines")
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(engines.ENGINES)
    assert any(re.fullmatch(r"formualizer +0\.13\.\d+", line) for line in lines)
    assert "ironcalc      not here. IronCalc is not installed: do this" in lines
    assert "libreoffice   out of order. it does not start" in lines


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these engines be the only ones."""
    monkeypatch.setattr(engines, "ENGINES", {name: engines.ENGINES[name] for name in names})


@pytest.mark.engine("ironcalc")
def test_all_engines_are_asked_and_told_in_one_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    only(monkeypatch, "formualizer", "ironcalc")
    code, out, _ = run(capsys, "verify", "mine.xlsx", "--engine", "all")
    assert code == 0
    head, *rows = out.splitlines()[1:]
    assert head.split() == [
        "engine",
        "version",
        "formulas",
        "not",
        "asked",
        "bit-equal",
        "relative",
        "ulp",
        "seconds",
        "verdict",
    ]
    assert [(row.split()[0], row.split()[-1]) for row in rows] == [("formualizer", "equal"), ("ironcalc", "equal")]

    set_cell(Path("mine.xlsx"), "LR=0.5", "J10", "<f>G10*D10</f><v>0</v>")
    code, out, _ = run(capsys, "verify", "mine.xlsx", "--engine", "all")
    assert code == 1
    assert out.count("different\n") == 2
    assert out.count("'LR=0.5'!J10: formula changed") == 2


@pytest.mark.engine("ironcalc")
def test_an_engine_that_breaks_down_does_not_keep_the_others_from_answering(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(_: object) -> NoReturn:
        raise EngineFailed("it broke down")

    run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    only(monkeypatch, "formualizer", "ironcalc")
    monkeypatch.setattr(engines.ENGINES["ironcalc"], "recalculate", breaking)
    code, out, err = run(capsys, "verify", "mine.xlsx", "--engine", "all")
    assert code == 2
    assert "formualizer" in out
    assert "equal" in out
    assert "--engine ironcalc: it broke down" in err


def without_signs_of_life(err: str) -> str:
    return re.sub("^….*\n", "", err, flags=re.MULTILINE)


def three_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Make a sound workbook, one that differs in a formula, its values and a chart, and one whose lesson is broken."""
    for name in ("sound.xlsx", "wrong.xlsx", "broken.xlsx"):
        run(capsys, "generate", *SHORT, "--no-verify", "-o", name)
    set_cell(Path("wrong.xlsx"), "LR=0.5", "X9", "<v>0.1</v>")
    edit_part(
        Path("wrong.xlsx"), "xl/workbook.xml", lambda text: text.replace("<calcPr ", '<calcPr fullPrecision="0" ')
    )
    edit_part(
        Path("broken.xlsx"),
        "xl/sharedStrings.xml",
        lambda text: text.replace("optimizer = ", "optimiser = ").replace(">epochs = ", ">epoch = "),
    )


def test_of_several_files_each_gets_a_line_and_the_worst_decides(capsys: pytest.CaptureFixture[str]) -> None:
    three_files(capsys)
    assert run(capsys, "verify", "sound.xlsx", "./sound.xlsx")[:2] == (
        0,
        "sound.xlsx    equal\n./sound.xlsx  equal\n",
    )
    code, out, _ = run(capsys, "verify", "sound.xlsx", "wrong.xlsx")
    assert code == 1
    assert re.fullmatch(r"sound\.xlsx  equal\nwrong\.xlsx  different: \d+ differences, 1 shown otherwise\n", out)
    Path("folder").mkdir()
    code, out, err = run(capsys, "verify", "none.xlsx", "./folder", "", "broken.xlsx", "wrong.xlsx", "sound.xlsx")
    assert (code, without_signs_of_life(err)) == (2, "")
    lines = out.splitlines()
    assert lines[:3] == [
        "none.xlsx    not usable: there is no such file.",
        "./folder     not usable: this is a folder, not a workbook.",
        "             not usable: the name is empty. Name a workbook that xlbackprop has made (.xlsx).",
    ]
    assert re.fullmatch(
        r"broken\.xlsx  not usable: sheet Lesson: line 51, training\.optimi.+ \(and \d+ more\)", lines[3]
    )
    assert lines[4].startswith("wrong.xlsx   different: ")
    assert lines[5:] == ["sound.xlsx   equal"]


@pytest.mark.slow
def test_of_several_files_each_is_forgotten_before_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    """The process of a command collects no rings by itself (`__main__`); a class of students would fill the memory."""
    run(capsys, "generate", *SHORT, "--no-verify", "-o", "sound.xlsx")
    run(capsys, "verify", "sound.xlsx", "sound.xlsx")
    kept = []
    gc.collect()
    gc.disable()
    try:
        for number in (2, 4):
            assert run(capsys, "verify", *["sound.xlsx"] * number)[0] == 0
            kept.append(len(gc.get_objects()))
    finally:
        gc.enable()
    assert kept[1] - kept[0] < 1000


@pytest.mark.engine("ironcalc")
def test_of_several_files_every_engine_gets_a_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(_: object) -> NoReturn:
        raise EngineFailed("it broke down")

    def missing() -> NoReturn:
        raise EngineMissing("CellRune is not installed: do this")

    three_files(capsys)
    only(monkeypatch, "formualizer", "ironcalc", "cellrune")
    monkeypatch.setattr(engines.ENGINES["cellrune"], "version", missing)
    code, out, _ = run(capsys, "verify", "sound.xlsx", "wrong.xlsx", "none.xlsx", "--engine", "all")
    assert code == 2
    lines = [re.sub(r"\d+ diff", "N diff", line) for line in out.splitlines()]
    assert lines == [
        "sound.xlsx  formualizer  equal",
        "sound.xlsx  ironcalc     equal",
        "wrong.xlsx  formualizer  different: N differences, 1 shown otherwise",
        "wrong.xlsx  ironcalc     different: N differences, 1 shown otherwise",
        "none.xlsx                not usable: there is no such file.",
        "",
        "  not here: CellRune is not installed: do this",
    ]
    monkeypatch.setattr(engines.ENGINES["ironcalc"], "recalculate", breaking)
    code, out, err = run(capsys, "verify", "sound.xlsx", "sound.xlsx", "--engine", "all")
    assert (code, without_signs_of_life(err)) == (2, "")
    assert out.splitlines()[:2] == [
        "sound.xlsx  formualizer  equal",
        "sound.xlsx  ironcalc     not usable: it broke down",
    ]
    code, out, err = run(capsys, "verify", "sound.xlsx", "sound.xlsx", "--engine", "cellrune")
    assert (code, out) == (2, "")
    assert without_signs_of_life(err) == "--engine cellrune\n  CellRune is not installed: do this\n"


def test_on_windows_a_pattern_means_the_files_that_it_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    three_files(capsys)
    Path("sound.xlsx").rename("[1] sound.xlsx")
    monkeypatch.setattr(verify, "ON_WINDOWS", True)
    code, out, _ = run(capsys, "verify", "[1] s*.xlsx", "wro?g.xlsx", "none*.xlsx")
    assert [line.split("  ")[0] for line in out.splitlines()] == ["[1] sound.xlsx", "wrong.xlsx", "none*.xlsx"]
    assert code == 2


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_a_name_with_a_space_that_does_not_break_is_told_as_it_is(
    space: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"mit{space}Adam"
    Path("mine.toml").write_text(RUNS.replace('"as it stands"', f'"{name}"'), encoding="utf-8")
    assert f"({name}, " in run(capsys, "generate", "mine.toml", "--no-verify", "-o", f"{name}.xlsx")[1]
    set_cell(Path(f"{name}.xlsx"), name, "A9", "<v>7</v>")
    code, out, _ = run(capsys, "verify", f"{name}.xlsx")
    assert code == 1
    assert out.startswith(f"{name}.xlsx\n")
    assert f"'{name}'!A9: text changed" in out
    err = run(capsys, "show", "mine.toml", "--run", f"{name}s")[2]
    assert err == f'Several\n  --run: the lesson has no run "{name}s". Did you mean "{name}"?\n'


@pytest.mark.parametrize("sign", ["\x1b", "\n", "\t", "\x1f", "\x85", "\u2028", "\u2029", "\u202e", "\u200b", "\ufeff"])
def test_a_sign_that_commands_the_terminal_is_not_printed(sign: str) -> None:
    assert printable(f"a{sign}b") == "a�b"


def test_a_folder_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("", encoding="utf-8")
    code, _, err = run(capsys, "generate", *SHORT, "-o", "file/mine.xlsx")
    assert code == 2
    assert "it cannot be written" in err


def test_help_answers_without_the_heavy_libraries() -> None:
    code = "import sys; from xlbackprop.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'numpy', 'openpyxl', 'formualizer', 'tomllib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert "examples:" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "xlbackprop", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("xlbackprop 0.1.0")

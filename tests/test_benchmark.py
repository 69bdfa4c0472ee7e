"""The benchmark compares like with like: every contestant writes the same work, and a file that differs is found."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import openpyxl
import pytest

from tests.benchmark import report
from tests.benchmark.contestants import LIMIT, OURS, Contestant, contestants
from tests.benchmark.measuring import Command, Measurement, Refusal, measure
from tests.benchmark.plan import speller
from tests.benchmark.race import Race, Raced, Result
from tests.benchmark.same_work import REWRITTEN, differences, restored
from tests.benchmark.work import Work, walkthrough, wide_lesson
from tests.slow import slow, slow_but

pytestmark = [
    pytest.mark.checkout,
    pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="this system does not tell what a process has cost"),
]

NAMES = [contestant.name for contestant in contestants(Path("nowhere"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("benchmark")


@pytest.fixture(scope="module")
def everyone(folder: Path) -> dict[str, Contestant]:
    return {contestant.name: contestant for contestant in contestants(folder)}


@pytest.fixture(scope="module")
def work(folder: Path, everyone: dict[str, Contestant]) -> Work:
    """Twenty rows, prepared, with our file for the others to be compared with."""
    work = walkthrough(20, folder)
    assert work.prepare() == ""
    assert isinstance(measure(everyone[OURS].command(work), work.output), Measurement)
    work.output.rename(work.ours)
    work.unpack()
    return work


@pytest.mark.parametrize("name", slow_but(NAMES, ()))
def test_every_contestant_does_the_same_work(name: str, work: Work, everyone: dict[str, Contestant]) -> None:
    contestant = everyone[name]
    if contestant.missing:
        pytest.skip(f"{name}: {contestant.missing}")
    measured = measure(contestant.command(work), work.output)
    assert isinstance(measured, Measurement), measured
    assert measured.cpu > 0
    assert measured.size == work.output.stat().st_size > 1000
    if contestant.makes_a_workbook:
        assert list(differences(work.ours, work.output, contestant.excused)) == []


@pytest.mark.parametrize(
    ("place", "wrong", "said"),
    [
        slow("J27", "=F27*D27", "LR=0.5!J27 is '=F27*D27', not '=F27*D27+G27*E27'"),
        slow("F7", "w", "LR=0.5!F7 is not the header w1"),
        slow("A28", 21, "LR=0.5 has 28 rows and 32 columns, not 27 and 32"),
    ],
)
def test_a_file_that_is_not_the_same_work_is_found(
    place: str, wrong: object, said: str, work: Work, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(work.ours)
    book["LR=0.5"][place] = wrong
    book.save(tmp_path / "wrong.xlsx")
    assert said in list(differences(work.ours, tmp_path / "wrong.xlsx"))


@pytest.mark.slow
def test_missing_values_looks_sheets_and_charts_are_found(work: Work, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(work.ours)
    book["LR=0.5"]["J27"].number_format = "0.00"
    for sheet in book.worksheets:
        sheet._charts.clear()
    book.save(tmp_path / "bare.xlsx")
    found = list(differences(work.ours, tmp_path / "bare.xlsx"))
    assert "it has no chart" in found
    assert "LR=0.5!J27 has the number format 0.00, not 0.00000" in found
    assert any(sentence.startswith("LR=0.5!J27 stores None, not ") for sentence in found)
    del book["LR=0.5"]
    book.save(tmp_path / "less.xlsx")
    (sentence,) = differences(work.ours, tmp_path / "less.xlsx", (REWRITTEN,))
    assert sentence.startswith("its sheets are ['LR=0.1', 'LR=0.2', 'LR=0.8'")


def test_a_formula_in_other_words_is_read_back() -> None:
    rule = "=IF({row}={first},$F$6,INDEX(F:F,{row}-1)-$D$3*INDEX(Y:Y,{row}-1))"
    assert restored(rule.format(row=8, first=8)) == "=$F$6"
    assert restored(rule.format(row=10, first=8)) == "=F9-$D$3*Y9"


def test_a_template_takes_its_own_row_and_the_row_above() -> None:
    assert speller("F\x02-$D$3*Y\x02")("10", "9") == "F9-$D$3*Y9"
    assert speller("0.5*(B\x01-S\x01)^2")("10", "9") == "0.5*(B10-S10)^2"
    assert speller("F\x02+G\x01")("10", "9") == "F9+G10"
    assert speller("$B$6")("10", "9") == "$B$6"


def test_a_small_program_looks_small_from_a_large_parent() -> None:
    ballast = bytearray(os.urandom(1 << 20) * 100)
    measured = measure(Command(["true"]))
    assert isinstance(measured, Measurement)
    assert measured.memory < 30e6 < len(ballast)


def test_who_fails_is_told_and_the_race_goes_on(folder: Path) -> None:
    told: list[str] = []
    failing = Contestant("failing", "", lambda _: ["sh", "-c", "echo no wide nets >&2; exit 3"], "yes", "")
    absent = Contestant("absent", "", lambda _: [], "yes", "", missing="not installed")
    writing = Contestant("writing", "", lambda work: ["cp", str(work.templates), str(work.output)], "yes", "")
    race = Race(repeat=2, slow=False, check=False, say=told.append)
    raced = race.run(walkthrough(3, folder), [failing, absent, writing])
    assert [result.trouble for result in raced.results] == ["refused: no wide nets", "not installed", ""]
    assert [len(result.runs) for result in raced.results] == [0, 0, 2]
    assert raced.shape == (6, 3, 32)
    assert "| failing | – | refused: no wide nets |" in "\n".join(report.table(raced))
    assert measure(Command(["no-such-program"])) == Refusal(
        "FileNotFoundError: [Errno 2] No such file or directory: 'no-such-program'"
    )


def _raced(rows: int, **cpu: float) -> Raced:
    ours, limit = (Contestant(name, "", lambda _: [], "yes", "") for name in (OURS, LIMIT))
    results = [
        Result(ours, [Measurement(cpu["ours"], 1.0, 10**8, 10**6)]),
        Result(limit, [Measurement(cpu["limit"], 1.0, 10**7, 10**6)]),
    ]
    return Raced(f"{rows:,} rows", (6, rows, 32), rows, grows=True, results=results)


def test_the_report_tells_ratios_and_growth() -> None:
    races = [_raced(283, ours=1.0, limit=0.5), _raced(1000, ours=2.0, limit=1.0)]
    races += [_raced(10_000, ours=11.0, limit=10.0), _raced(100_000, ours=110.0, limit=100.0)]
    lines = list(report.table(races[2]))
    assert lines[2] == "6 sheets × 10,000 rows × 32 columns = 1,920,000 cells."
    assert lines[-2] == f"| {OURS} | 1 | 11.00 | 1.00 | 100 | 1.00 | 174,545 | 1.00 | 1.10 | yes |"
    grown = list(report.growth(races))
    assert grown[2].startswith("| contestant | exponent 1,000 → 100,000 | ms a row 1,000 → 10,000 |")
    assert grown[-2] == f"| {OURS} | 0.870 | 1.000 | 1.091 | +9.1 % |"
    assert grown[-1] == f"| {LIMIT} | 1.000 | 1.000 | 1.000 | +0.0 % |"
    assert list(report.growth(races[:2])) == []


def test_the_wide_lesson_is_a_lesson_file() -> None:
    lesson = tomllib.loads(wide_lesson(99))
    assert wide_lesson(99) == wide_lesson(99)
    assert [(len(layer["weights"]), len(layer["weights"][0])) for layer in lesson["network"]["layers"]] == [
        (32, 64),
        (10, 32),
    ]
    assert (len(lesson["data"]["inputs"]), len(lesson["data"]["targets"])) == (64, 10)

"""Find the mistake: the numbers follow from it, nothing names it, and the answer says what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from tests.every_engine import EVERY_ENGINE
from tests.slow import slow
from xlbackprop import load_lesson, write_workbook
from xlbackprop.classroom import FAMOUS, KINDS, plant_mistake
from xlbackprop.classroom.planted_mistake import TO_FIND, consequences, curve_apart
from xlbackprop.cli import main
from xlbackprop.engines import BlindCopy
from xlbackprop.errors import InputError
from xlbackprop.numpy_run import train
from xlbackprop.workbook import contents

LESSONS = ["walkthrough", "xor", "trained-biases", "regression"]


def test_without_a_mistake_the_numbers_are_those_of_the_lesson() -> None:
    for name in LESSONS:
        lesson = load_lesson(name, epochs=12)
        trace = train(lesson)
        for run in range(len(lesson.runs)):
            np.testing.assert_allclose(
                consequences(trace, run, {}), trace.rows(run, 0, lesson.rows), rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize(
    ("lesson", "engine"),
    [
        *(pytest.param(name, "formualizer", marks=pytest.mark.engine("formualizer")) for name in LESSONS),
        *(slow(name, engine, engine=engine) for name in LESSONS[:2] for engine in ("libreoffice", "ironcalc")),
    ],
)
def test_a_program_finds_the_numbers_that_follow_from_it(lesson: str, engine: str, tmp_path: Path) -> None:
    document = plant_mistake(load_lesson(lesson), seed=1).document()
    path = tmp_path / "bug.xlsx"
    write_workbook(document, path)
    (found,) = EVERY_ENGINE[engine].recalculate([BlindCopy.of(path)])
    for sheet in document.sheets:
        for row, column, formula, value in contents(sheet):
            if formula is not None and isinstance(value, float):
                assert found[sheet.name][row, column] == pytest.approx(value, rel=1e-6, abs=1e-10), (
                    sheet.name,
                    row,
                    column,
                )


@pytest.mark.parametrize("name", FAMOUS)
def test_the_famous_ones_are_those_that_the_table_says(name: str) -> None:
    planted = plant_mistake(load_lesson(), name)
    assert {mistake.sentence for mistake in planted.mistakes} == {*FAMOUS[name]}
    assert all(sentence in planted.answer() for sentence in FAMOUS[name])


def test_nothing_in_the_workbook_names_the_mistake() -> None:
    planted = plant_mistake(load_lesson(), "class workbook")
    document = planted.document()
    names = [sheet.name for sheet in document.sheets]
    assert names[0] == TO_FIND
    assert not {"Checks", "Summary", "Step by step", "Lesson"} & {*names}
    gone = ("'Checks'!", "'Summary'!", "'Step by step'!", "'Lesson'!")
    for sheet in document.sheets:
        texts = [*(flag.formula for flag in sheet.flags), *(str(formula) for _, _, formula, _ in contents(sheet))]
        texts += [str(cell.link) for cell in sheet.cells.values()]
        assert not [text for text in texts if any(name in text for name in gone)]
        if sheet.name.startswith("LR="):
            assert sheet.flags == ()
    told = [str(cell.value) for sheet in document.sheets for cell in sheet.cells.values()]
    assert not [text for text in told if planted.mistakes[0].sentence.rstrip(".") in text]
    assert not [place for place in document.names.values() if place.startswith(gone)]


def test_another_seed_plants_another_mistake_that_shows_in_numbers_and_hardly_in_the_curve() -> None:
    lesson = load_lesson(epochs=60)
    found = set()
    for seed in range(6):
        planted = plant_mistake(lesson, seed=seed)
        (mistake,) = planted.mistakes
        found.add(mistake.sentence)
        right, wrong = (trace.column(0, mistake.quantity)[:] for trace in (planted.trace, planted.wrong))
        assert np.max(np.abs(right - wrong)) > 0.01 * np.max(np.abs(right))
        assert curve_apart(planted.trace, planted.wrong) < 0.05
    assert len(found) > 3
    assert plant_mistake(lesson, seed=3).answer() == plant_mistake(lesson, seed=3).answer()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("rate not anchored", "another row", "mean or sum")]
)
def test_a_kind_may_be_asked_for(kind: str) -> None:
    (mistake,) = plant_mistake(load_lesson(epochs=40), kind).mistakes
    assert mistake.kind == kind


def test_the_command_writes_the_workbook_and_its_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "week4.xlsx"
    assert main(["generate", "--plant-bug", "class workbook", "--epochs", "20", "-o", str(path)]) == 0
    assert "answer" in capsys.readouterr().out
    answer = (tmp_path / "week4-answer.txt").read_text(encoding="utf-8")
    assert "∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs." in answer
    sheet = openpyxl.load_workbook(path)["LR=0.5"]
    wrong = "=((S8-B8)*S8*(1-S8)*O8+(U8-C8)*U8*(1-U8)*Q8)*K8*(1-K8)*D8"
    assert sheet["AA8"].value == wrong
    assert f"={wrong[1:].replace('8', '9')}" in answer


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plant-bug", "class workbok"], 'there is no mistake "class workbok". Did you mean "class workbook"?'),
        (["xor", "--plant-bug", "class workbook"], "is one of the 2-2-2 network, which this lesson is not."),
        (["digits", "--plant-bug"], "150,000 are the most for a mistake and all that follows."),
        (["--plant-bug", "--seed", "x"], 'a whole number is needed, but this is "x".'),
        (["--seed", "3"], "it chooses a mistake. Add --plant-bug"),
    ],
)
def test_what_cannot_be_planted_is_told(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", *words, "-o", str(tmp_path / "a.xlsx")]) == 2
    assert said in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_lesson_without_such_a_mistake_is_told() -> None:
    with pytest.raises(InputError, match="no such mistake shows"):
        plant_mistake(load_lesson("slow-start", epochs=5), "weights of another unit")

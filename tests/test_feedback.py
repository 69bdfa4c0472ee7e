"""Feedback: what a student reads is what the marking says, each thing once, and a right formula only where it may be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.slow import slow
from tests.surroundings import surroundings
from tests.test_exercise import exercise, right, written, wrong_formula
from xlbackprop.classroom import Exercise, Mark, Marking, Spot, mark, write_feedback
from xlbackprop.classroom.exercise import EXERCISE
from xlbackprop.classroom.feedback import WORDS
from xlbackprop.engines import as_ods
from xlbackprop.workbook import address
from xlbackprop.xlsx.read import read_workbook


def named(of: Exercise, name: str) -> list[Spot]:
    return [spot for spot in of.table.answers if of.run.of.naming.name(spot.quantity) == name]


def handed_in(of: Exercise) -> dict[Spot, str | float]:
    """Return the formulas of a student with a mistake filled down, one of no name, typed numbers, and empty cells."""
    typed = dict(right(of))
    for spot in named(of, "∂E/∂w3")[:5]:
        mistake = next(one.mistake for one in of.wrong_numbers.of(spot) if "out_h1·(1" in one.mistake.sentence)
        typed[spot] = wrong_formula(of, spot, mistake.formula)
    typed[named(of, "E1")[1]] = of.table.value(named(of, "E1")[1])
    typed[named(of, "E2")[1]] = "1.37*T9+1"
    for name in ("∂E/∂w7", "∂E/∂w8"):
        for spot in named(of, name)[3:]:
            del typed[spot]
    return typed


def told(
    of: Exercise, typed: Mapping[Spot, str | float], folder: Path, **more: object
) -> tuple[Marking, list[list[str]]]:
    """Return the marks, and the rows of the sheet in front as texts."""
    path, target = written(of, typed, folder / "in.xlsx"), folder / "out.xlsx"
    marking = mark(path, of)
    write_feedback(path, target, marking, of, **more)  # type: ignore[arg-type]
    sheet = openpyxl.load_workbook(target)["Feedback"]
    return marking, [[cell for cell in row if cell] for row in sheet.iter_rows(values_only=True)]


def notes(path: Path) -> dict[str, str]:
    seen = surroundings(path).sheets[EXERCISE].notes
    return {address(area.first_row, area.first_column): text for area, text in seen.items()}


def test_each_mark_has_its_words() -> None:
    assert {*WORDS} == {*Mark}
    assert all(words.said or mark is Mark.RIGHT for mark, words in WORDS.items())
    assert all("{n}" in words.counted for words in WORDS.values())


def test_a_mistake_is_told_once_with_its_cells_and_the_first_place_to_look(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    marking, rows = told(of, handed_in(of), tmp_path)
    assert rows[1] == [f"{marking.points:g} of 100 points"]
    sentence = "∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs."
    assert ["AA8:AA12", sentence, "=((S8-B8)*S8*(1-S8)*O8+(U8-C8)*U8*(1-U8)*Q8)*K8*(1-K8)*D8"] in rows
    assert sum(sentence in row for row in rows) == 1
    assert [f"Look first at AA8, ∂E/∂w3 in epoch 0: {sentence}"] in rows
    table = rows[rows.index(["cell", "what is said", "your formula"]) + 1 :]
    assert [row[0] for row in table] == ["AA8:AA12", "W9", "V9", "AE11:AF13", table[-1][0]]
    assert "full points" in table[-1][1]
    assert not any("right formula" in text for row in rows for text in row)


def test_cells_are_told_together_only_where_they_touch_and_say_the_same(tmp_path: Path) -> None:
    of, typed = exercise("walkthrough"), dict(right(exercise("walkthrough")))
    spots = named(of, "∂E/∂w3")
    for row, part in ((0, "out_h1·(1"), (1, "out_h1·(1"), (3, "out_h1·(1"), (4, "wrong sign")):
        wrong = [one.mistake for one in of.wrong_numbers.of(spots[row])]
        mistake = next(one for one in wrong if (part in one.sentence) or (part == "wrong sign" and "sign" in one.kind))
        typed[spots[row]] = wrong_formula(of, spots[row], mistake.formula)
    del typed[named(of, "out_h1")[0]]
    marking, rows = told(of, typed, tmp_path)
    table = rows[rows.index(["cell", "what is said", "your formula"]) + 1 :]
    assert [row[0] for row in table][:4] == ["AA8:AA9", "AA11", "AA12", "K8"]
    assert table[0][1] == table[1][1] != table[2][1]
    assert [row[0] for row in rows if row and row[0].startswith("Look first at AA8, ")]  # not at the empty K8
    assert {answer.mark for answer in marking.answers} >= {Mark.BLANK, Mark.FOLLOWS, Mark.MISTAKE}


def test_each_answer_that_is_not_right_has_its_frame_and_what_is_wrong_its_note(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    marking, _ = told(of, handed_in(of), tmp_path)
    there = notes(tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")[EXERCISE]
    frames = {answer.mark: sheet[answer.cell].border.left.style for answer in marking.answers}
    assert all(sheet[answer.cell].border.left.style == frames[answer.mark] for answer in marking.answers)
    assert frames[Mark.MISTAKE] == "thick"
    assert frames[Mark.RIGHT] == "thin"
    for answer in marking.answers:
        if answer.mark in (Mark.MISTAKE, Mark.WRONG, Mark.TYPED):
            assert answer.cell in there
        elif answer.mark is Mark.RIGHT:
            assert answer.cell not in there
    assert there["AA9"] == "The same as in AA8."


def test_a_right_formula_is_told_only_where_it_may_be(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    marking, rows = told(of, handed_in(of), tmp_path, show_right=True)
    first = next(answer for answer in marking.answers if answer.mark is Mark.MISTAKE)
    assert any(row[:1] == ["AA8:AA12"] and row[-1] == f"={of.formula(first.spot)}" for row in rows)
    there = notes(tmp_path / "out.xlsx")
    asked = [one for one in marking.answers if one.mark not in (Mark.RIGHT, Mark.FOLLOWS)]
    assert all(f"={of.formula(answer.spot)}" in there[answer.cell] for answer in asked)
    done = [answer for answer in marking.answers if answer.mark is Mark.FOLLOWS]
    assert done
    assert not any("right formula" in there.get(answer.cell, "") for answer in done)
    assert all(len(row) == 2 for row in rows if row[1:] and "full points" in row[1])
    (tmp_path / "b").mkdir()
    told(of, handed_in(of), tmp_path / "b")
    hidden = notes(tmp_path / "b" / "out.xlsx")
    assert not any("=" in text.replace("beginning with =", "") for text in hidden.values())


def test_all_right_is_praised_and_nothing_is_listed(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    _, rows = told(of, right(of), tmp_path)
    assert rows[1:3] == [["100 of 100 points"], ["All 154 answers are right. Well done."]]
    assert not [row for row in rows if row[:1] == ["cell"]]
    assert notes(tmp_path / "out.xlsx") == {}


def test_nothing_filled_in_is_told_in_one_row(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    _, rows = told(of, {}, tmp_path, remarks=["Handed in late."], points=3.5)
    assert rows[1] == ["3.5 of 100 points"]
    assert ["Of 154 answers: 154 still empty."] in rows
    assert ["Handed in late."] in rows
    table = rows[rows.index(["cell", "what is said", "your formula"]) + 1 :]
    assert len(table) == 1
    assert table[0][1].startswith("Still empty")


def test_numbers_and_formulas_stay_and_it_is_marked_as_before(tmp_path: Path) -> None:
    of = exercise("vanishing")
    marking, _ = told(of, right(of), tmp_path)
    old, new = (read_workbook(tmp_path / name)[EXERCISE] for name in ("in.xlsx", "out.xlsx"))
    assert {place: cell[:2] for place, cell in old.items()} == {place: cell[:2] for place, cell in new.items()}
    assert mark(tmp_path / "out.xlsx", of) == marking


@pytest.mark.parametrize("kind", [slow("ods", engine="libreoffice")])
def test_who_hands_in_ods_gets_ods_back(kind: str, tmp_path: Path) -> None:
    of = exercise("walkthrough")
    path, handed, back = written(of, handed_in(of), tmp_path / "a.xlsx"), tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
    as_ods(path, handed)
    marking = mark(handed, of)
    assert marking.points == mark(path, of).points
    write_feedback(handed, back, marking, of)
    as_xlsx = tmp_path / "c.xlsx"
    from xlbackprop.engines import LibreOffice

    LibreOffice().convert(back, as_xlsx)
    assert openpyxl.load_workbook(as_xlsx).sheetnames[0] == "Feedback"
    assert "out_h1" in notes(as_xlsx)["AA8"]

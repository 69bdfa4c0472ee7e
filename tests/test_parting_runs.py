"""A run that parts from NumPy's own is judged row by row, and what other sheets show of it by the run as it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np
import pytest

from tests.mutants.opened import core_of
from tests.reading import sheet_of
from xlbackprop import compile_document, load_lesson, train
from xlbackprop.network.quantities import Quantity, TotalLoss, Weight
from xlbackprop.numpy_run import Agreement
from xlbackprop.numpy_run.trace import Trace
from xlbackprop.proof import values as room
from xlbackprop.proof.comparison import compare
from xlbackprop.proof.differences import Kind, Tolerance
from xlbackprop.proof.formulas import compare_formulas
from xlbackprop.proof.runs import Runs, _FoundRuns, compare_runs, parting_notes
from xlbackprop.proof.surroundings import Surrounding
from xlbackprop.proof.values import ValueComparison
from xlbackprop.workbook import Document, Place, SheetValues, Value, Verdict, address
from xlbackprop.workbook.document import RunOutcome, contents, stored
from xlbackprop.xlsx.read import ReadCell, ReadSheet

EPOCHS = 60
LESSON = load_lesson(epochs=EPOCHS, learning_rates=[0.5, 2.0])
FIRST, SECOND = (run.name for run in LESSON.runs)
ROUGH = Tolerance(absolute=3e-5)  # a row may stray so far from the row above; after 60 rows it is much more
W1 = Weight(1, 0, 0)
Changes = Mapping[tuple[str, Place], Value | None]
NOTHING: Changes = MappingProxyType({})


@cache
def own() -> Trace:
    return train(LESSON)


@cache
def parted() -> Trace:
    """Return the runs of which the first was trained at a rate that is a little higher, and so parts from NumPy's."""
    other = train(load_lesson(epochs=EPOCHS, learning_rates=[0.50002]))
    return own().with_numbers(lambda run, start, stop: (own() if run else other).rows(run, start, stop))


def made_of(trace: Trace) -> Document:
    return core_of(compile_document(LESSON, trace=trace), LESSON)


@cache
def document(*, of_parted: bool = False) -> Document:
    return made_of(parted() if of_parted else own())


RUNS = Runs(own(), made_of)


@cache
def file() -> Mapping[str, ReadSheet]:
    """Return the sheets as they are read, with the numbers of NumPy stored in them."""
    return {
        sheet.name: sheet_of({(row, column): ReadCell(of, stored(value)) for row, column, of, value in contents(sheet)})
        for sheet in document().sheets
    }


def values_in(document: Document, changes: Changes = NOTHING) -> dict[str, SheetValues]:
    """Return the values of a workbook, but for some."""
    found = {
        sheet.name: {(row, column): stored(value) for row, column, _, value in contents(sheet)}
        for sheet in document.sheets
    }
    for (name, place), value in changes.items():
        if value is None:
            del found[name][place]
        else:
            found[name][place] = value
    return {name: SheetValues.of(cells) for name, cells in found.items()}


def values_of(changes: Changes, *, of_parted: bool) -> dict[str, SheetValues]:
    """Return the values of NumPy's own runs, or of those that part from them, but for some."""
    return values_in(document(of_parted=of_parted), changes)


def judged(
    changes: Changes = NOTHING, *, of_parted: bool = True, formulas_differ: bool = False, are_stored: bool = False
) -> tuple[ValueComparison, Document, list[Agreement]]:
    calculated = compare_formulas(document(), file()).calculated
    values = values_of(changes, of_parted=of_parted)
    return compare_runs(
        document(), RUNS, calculated, values, ROUGH, are_stored=are_stored, formulas_differ=formulas_differ
    )


def place_of(quantity: Quantity, epoch: int) -> Place:
    """Return where a number of the first run stands."""
    table = document()[FIRST].tables[0]
    return table.first_row + epoch, table.first_column + own().places(0)[quantity]


def shifted(quantity: Quantity, epoch: int, by: float = 0.01, *, of_parted: bool = True) -> Changes:
    trace = parted() if of_parted else own()
    return {(FIRST, place_of(quantity, epoch)): trace.number(quantity, 0, epoch) + by}


def places_in(result: ValueComparison) -> set[tuple[str, str]]:
    return {(one.sheet, one.cell) for one in result.differences}


# ------------------------------------------------------------------------------------------------------- sound numbers


def test_numpys_own_runs_are_equal_and_agree() -> None:
    result, following, agreements = judged(of_parted=False)
    assert not result.kinds
    assert following is document()
    assert [(one.largest, one.parts_at) for one in agreements] == [(0.0, None)] * 2
    assert result.exact == result.numbers


def test_a_sound_run_that_parts_is_equal_and_the_other_sheets_follow_from_it() -> None:
    result, following, agreements = judged()
    assert not result.kinds
    assert following[FIRST].tables[0].columns[5].values[EPOCHS:].tolist() == [
        parted().rows(0, EPOCHS, EPOCHS + 1)[0, 5]
    ]
    assert agreements[0].largest > 1e-3
    assert (agreements[0].parts_at, agreements[1].parts_at) == (1, None)


def test_so_does_the_last_digit_where_no_row_is_called_parted() -> None:
    """A loss that strays by less than is allowed is no difference, but what another sheet makes of it may be one."""
    by = 2e-12
    strayed = shifted(TotalLoss(), 30, by, of_parted=False)
    values = values_of(strayed, of_parted=False)
    trace = own().with_numbers(
        lambda run, start, stop: values[LESSON.runs[run].name].numbers(
            range(document()[FIRST].tables[0].first_row + start, document()[FIRST].tables[0].first_row + stop),
            range(1, 1 + len(own().places(0))),
        )
    )
    assert trace.number(TotalLoss(), 0, 30) == own().number(TotalLoss(), 0, 30) + by
    result, following, agreements = judged(strayed, of_parted=False)
    assert not result.kinds
    assert following is document()  # nothing was different, so that nothing was asked
    assert 0 < agreements[0].largest < 1e-9
    assert agreements[0].parts_at is None


# -------------------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("epoch", [0, 1, 20, 21, EPOCHS])
@pytest.mark.parametrize("rows", [1, 20, 1_000])
@pytest.mark.parametrize("of_parted", [False, True])
def test_a_wrong_weight_is_told_in_its_row_and_the_next_wherever_a_block_ends(
    epoch: int, rows: int, of_parted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        room, "blocks", lambda count, _: ((start, min(start + rows, count)) for start in range(0, count, rows))
    )
    wrong = shifted(W1, epoch, of_parted=of_parted)
    result, _, _ = judged(wrong, of_parted=of_parted, formulas_differ=True)
    found = {place for sheet, place in places_in(result) if sheet == FIRST}
    in_column = {address(*place_of(W1, row)) for row in (epoch, epoch + 1) if row <= EPOCHS}
    assert in_column <= found
    named = {int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for place in found}
    assert named <= {place_of(W1, row)[0] for row in (epoch, epoch + 1)}
    assert SECOND not in {sheet for sheet, _ in places_in(result)}


def test_beside_a_wrong_number_of_a_run_the_other_sheets_are_held_against_numpys_own() -> None:
    result, following, _ = judged(shifted(TotalLoss(), 30))
    assert following is document()
    assert (FIRST, address(*place_of(TotalLoss(), 30))) in places_in(result)
    assert places_in(judged()[0]) == set()
    assert any(sheet not in {FIRST, SECOND} for sheet, _ in places_in(result))


def test_what_follows_from_a_wrong_number_of_a_run_is_a_difference_too() -> None:
    place, by = place_of(TotalLoss(), 30), 0.01

    def wrong(run: int, start: int, stop: int) -> np.ndarray:
        rows = parted().rows(run, start, stop).copy()
        if run == 0 and start <= 30 < stop:
            rows[30 - start, place[1] - 1] += by
        return rows

    calculated = compare_formulas(document(), file()).calculated
    values = values_in(made_of(own().with_numbers(wrong)))
    result, following, _ = compare_runs(
        document(), RUNS, calculated, values, ROUGH, are_stored=False, formulas_differ=False
    )
    assert following is document()
    assert places_in(result) > {(FIRST, address(*place))}


def test_where_formulas_differ_nothing_follows_from_the_run_as_found() -> None:
    result, following, agreements = judged(formulas_differ=True)
    assert following is document()
    assert result.kinds[Kind.VALUE] > 30
    assert agreements[0].parts_at == 1


@pytest.mark.parametrize(("are_stored", "kind"), [(False, Kind.VALUE), (True, Kind.STORED)])
def test_a_wrong_value_elsewhere_is_told_alone_beside_a_run_that_parts(are_stored: bool, kind: Kind) -> None:
    place = next(place for place, cell in document()["Checks"].cells.items() if cell.formula)
    result, following, _ = judged({("Checks", place): "something"}, are_stored=are_stored)
    assert following is not document()
    (difference,) = result.differences
    assert (difference.sheet, difference.cell, difference.kind) == ("Checks", address(*place), kind)


def test_where_no_more_follows_from_the_run_as_found_it_is_held_against_numpys_own() -> None:
    place = next(place for place, cell in document()["Checks"].cells.items() if cell.formula)
    wrong = shifted(TotalLoss(), 30, 2e-12, of_parted=False)
    result, following, _ = judged({**wrong, ("Checks", place): "something"}, of_parted=False)
    assert following is document()
    assert result.kinds == {Kind.VALUE: 1}


def test_a_number_that_is_missing_is_none() -> None:
    place = FIRST, place_of(W1, 30)
    result, _, agreements = judged({place: None}, are_stored=True)
    assert result.kinds[Kind.STORED_MISSING] == 1
    assert agreements[0].largest == np.inf


def test_a_sheet_without_values_has_no_number_of_its_run() -> None:
    values = values_of({}, of_parted=True)
    del values[FIRST]
    found = _FoundRuns(document(), own(), values)
    assert np.isnan(found.rows(0, 0, 3)).all()
    assert found.rows(0, 2, 5).shape == (3, len(own().places(0)))
    assert found.rows(1, 4, 7).tolist() == own().rows(1, 4, 7).tolist()


# --------------------------------------------------------------------------------------------------------------- notes


def test_a_run_that_parts_and_a_check_that_fails_for_it_are_told() -> None:
    _, _, agreements = judged()
    (note,) = parting_notes(RUNS, agreements, says_fail=False)
    assert note.startswith(f"{FIRST} parts from NumPy's own run at epoch 1, ")
    assert len([*parting_notes(RUNS, agreements, says_fail=True)]) == 2
    assert [*parting_notes(RUNS, judged(of_parted=False)[2], says_fail=False)] == []


@pytest.mark.parametrize("of_parted", [False, True])
def test_a_report_has_the_notes_and_how_far_the_runs_part(of_parted: bool) -> None:
    values = values_of({}, of_parted=of_parted)
    around: list[Document] = []

    def gathered(document: Document) -> Iterator[Surrounding]:
        around.append(document)
        yield from ()

    report = compare(document(), file(), values, "engine", tolerance=ROUGH, runs=RUNS, around=gathered)
    assert (len(report.notes), report.drift) == ((2, judged()[2][0].largest) if of_parted else (0, 0.0))
    assert report.recalculates
    assert around == [document()]  # the file itself stores the numbers of NumPy


def test_what_fails_in_numpys_own_run_too_is_no_note() -> None:
    failing = replace(document(), outcomes=(RunOutcome(FIRST, Verdict.FAIL),))
    values = values_of({}, of_parted=False)
    assert compare(failing, file(), values, "engine", tolerance=ROUGH, runs=RUNS).notes == ()

"""The sentences of workbooks and commands about runs, made from data. Nothing is decided from these words.

`Checks` and the sheets of the runs hold such a sentence twice: as a formula, and as the text that the formula gives. In
a template {number} stands for the number that the formula computes.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.workbook import Flag, Live, Verdict

SOUND = "PASS"  # the beginning of every verdict that is shown in green
OF_A_RUN = {
    Verdict.PASS: SOUND,
    Verdict.PASS_EDITED: f"{SOUND}, inputs edited",
    Verdict.OVERFLOW: "OVERFLOW, see the sheet",
    Verdict.UNPROVED: "UNPROVED: too many estimates are left out",
}
OF_ALL_RUNS = {
    Verdict.PASS: SOUND + ": all checks of {runs}",
    Verdict.PASS_EDITED: SOUND + ": live checks of {runs}; inputs edited",
    Verdict.OVERFLOW: "OVERFLOW in {number} of {runs}; the others pass",
    Verdict.UNPROVED: "UNPROVED: too many estimates are left out in {number} of {runs}",
    Verdict.FAIL: "FAIL: {number} of {runs}",
}
# Why a verdict is FAIL.
NO_NUMBER = "FAIL: an input is not a number"
NAMED_NO_NUMBER = "FAIL: {number} is not a number, see Inputs"
LOST = "FAIL: {number} losses are not numbers"
BROKEN = "FAIL: see the counts that are not 0"
UNLIKE_NUMPY = "FAIL: losses differ from NumPy"
TOLERANCE_CHANGED = "FAIL: a tolerance was changed"
SHARED = "FAIL: see the line “all runs”"
SHOWN = "FAIL: see the line “numbers shown”"

EDITED = "inputs edited"  # in the place of a count that speaks only of the shipped numbers
PARTING = "From epoch {number} on rounding decides where this run goes: programs part there."
DIVERGED = "The run diverged: numbers are too large for a spreadsheet from epoch {number} on."


def with_number(template: str, number: Live) -> Live:
    """Return a template's sentence with a live number: "FAIL: "&(283-COUNT(X8:X290))&" losses are not numbers"."""
    before, after = template.split("{number}")
    return before & number & after if after else before & number


def of_all_runs(verdict: Verdict, runs: int) -> str:
    """Return the template for the verdict of a workbook with so many runs: "FAIL: {number} of 6 runs"."""
    return OF_ALL_RUNS[verdict].replace("{runs}", f"{runs} {'run' if runs == 1 else 'runs'}")


def verdict_words(verdicts: Sequence[Verdict]) -> str:
    """Return the verdict of a workbook, from those of its runs: "PASS: all checks of 6 runs"."""
    worst = max(verdicts)
    return of_all_runs(worst, len(verdicts)).replace("{number}", str(verdicts.count(worst)))


def diverged_words(epoch: int) -> str:
    """Return the sentence about a run whose numbers are errors from this epoch on."""
    return DIVERGED.replace("{number}", str(epoch))


def verdict_flags(cells: str, cell: str) -> tuple[Flag, Flag]:
    """Return the colours of cells with a verdict: green for PASS, else red; `cell` is the first of them, "$B17"."""
    begins = f"LEFT({cell},{len(SOUND)})"
    return Flag(cells, f'{begins}="{SOUND}"', "good"), Flag(cells, f'{begins}<>"{SOUND}"', "bad")


def diverged_flag(cell: str) -> Flag:
    """Return the colour of the cell ("$D$4") that says what happened in a run: red where the run diverged."""
    begins = DIVERGED.partition("{number}")[0].partition(":")[0]
    return Flag(cell.replace("$", ""), f'LEFT({cell},{len(begins)})="{begins}"', "bad")

"""Faults planted on purpose are noticed: a few of each kind here; all of them with `python -m tests.mutants`."""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.code_sites import Mutant, mutants, mutated
from tests.mutants.opened import Opened
from tests.mutants.report import SURVIVORS, Outcome, reasons, summary
from tests.mutants.workbook import CHECKS, VERIFY, noticed, planned
from xlbackprop import load_lesson

fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="each mutant is judged in a fork")

if hasattr(os, "fork"):
    from tests.mutants.code import HERE, MODULES, all_mutants

# Of each the first change of that kind in that function.
PLANTED = [
    ("taught.updates", "_update", "operator"),
    ("taught.chain_rule", "_blame", "operator"),
    ("network.losses", "HALF_SQUARED_ERROR", "sides swapped"),
    ("network.optimizers", "ADAM", "operator"),
    ("network.schedules", "COSINE", "operator"),
    ("numpy_run.training", "Learner._gradient", "constant"),
    ("numpy_run.row_numbers", "Counters.__init__", "operator"),
    ("network.expression", "_evaluate", "sign removed"),
    ("sheets.checks.counts", "Judgement._counts", "text of a formula"),
]


@fork
def test_every_module_that_decides_numbers_has_places_to_change() -> None:
    found = all_mutants()
    assert len({mutant.key for mutant in found}) == len(found)
    counts = {module: sum(mutant.module == module for mutant in found) for module in MODULES}
    assert min(counts.values()) >= 20, counts
    for mutant in random.Random(1).sample(found, 40):
        text = (HERE / "xlbackprop" / f"{mutant.module.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert ast.dump(ast.parse(mutated(text, mutant))) != ast.dump(ast.parse(text)), mutant.key


def test_a_change_is_told_without_its_line() -> None:
    text = '"""Words."""\n\ndef half(x):\n    """More - words."""\n    return 0.5 * x if x > 0 else -x\n'
    found = mutants("sample", text)
    assert {mutant.kind for mutant in found} == {"operator", "constant", "branches swapped", "sign removed"}
    assert "sample.half: return 0.5 * x if x > 0 else -x → return 0.5 / x if x > 0 else -x" in {of.key for of in found}
    assert {of.key for of in mutants("sample", "\n" + text)} == {of.key for of in found}


@fork
@pytest.mark.slow
def test_mutants_of_the_code_are_noticed_and_the_sound_package_is_not_accused(tmp_path: Path) -> None:
    found = all_mutants(sorted({module for module, _, _ in PLANTED}))
    chosen: list[Mutant] = [
        next(mutant for mutant in found if (mutant.module, mutant.function, mutant.kind) == wanted)
        for wanted in PLANTED
    ]
    keys = [word for mutant in chosen for word in ("--key", mutant.key)]
    command = [sys.executable, "-m", "tests.mutants", "--kind", "code", "--fast", "--counts", str(tmp_path / "counts")]
    ended = subprocess.run([*command, *keys], cwd=HERE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr  # also 1 where the sound package is accused
    counts = json.loads((tmp_path / "counts").read_text(encoding="utf-8"))["code"]
    assert counts["planted"] == counts["caught"] >= len(PLANTED), ended.stdout


def test_faults_in_a_workbook_are_noticed_by_verify_and_by_its_checks() -> None:
    book = Opened(load_lesson(epochs=4, learning_rates=[0.5]))
    assert not book.differences()
    for run, kind, where, changes in random.Random(2).sample(list(planned(book)), 60):
        by = noticed(book, run, changes)
        assert by[VERIFY], f"{where}: {kind}"
        assert by[CHECKS], f"{where}: {kind}"
        assert book.verdict() == "PASS: all checks of 1 run"


def test_survivors_are_counted_apart_with_their_reasons() -> None:
    outcomes = [
        Outcome("code", "a", "one", "a judge"),
        Outcome("code", "a", "two", ""),
        Outcome("code", "b", "three", ""),
    ]
    counted = summary(outcomes, {"two": "it means the same"})
    assert (counted["planted"], counted["caught"], counted["explained"]) == (3, 1, 1)
    assert counted["survivors"] == {"two": "it means the same", "three": ""}


@fork
def test_every_reason_speaks_of_a_mutant_that_there_is() -> None:
    assert SURVIVORS.is_file()
    assert reasons("code").keys() <= {mutant.key for mutant in all_mutants()}

"""Plant the mutants of the code, each in a copy of the package, and ask the judges in processes of their own.

The heavy libraries are imported once; each mutant is judged in a fork of that process, so that it costs little more
than what it computes. A fork that hangs is ended: that, too, is noticed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import resource
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutants.code_sites import Mutant, mutants, mutated

HERE = Path(__file__).parent.parent.parent
TIMEOUT, BREAKS_DOWN = "hangs", "does not run"
_MEMORY = 6 << 30

# Which tests speak of a module: asked of what the fast proof does not notice. The quick ones first.
_NUMBERS = ("test_golden", "test_training", "test_trace", "test_extremes", "test_row_judge")
_FORMULAS = ("test_golden", "test_expression", "test_training", "test_header_notes")
_CHECKS = (
    "test_golden",
    "test_checks_of_any_network",
    "test_checks_that_are_fooled",
    "test_checks::test_estimates_that_overflow_are_left_out_and_no_more",
    "test_checks::test_gradients_that_overflow_where_nothing_is_learnt_from_them_are_an_overflow",
    "test_any_network::test_a_lesson_that_once_failed_holds",
    "test_edits",
    "test_xlsx_looks::test_a_format_of_numbers_puts_no_digit_of_its_own_into_a_number",
)
_PATHS = (
    "test_step_by_step::test_so_they_do_in_any_network",
    "test_step_by_step::test_the_walkthrough_shows_the_ten_factors_of_the_source",
    "test_wide::test_an_engine_computes_the_table_as_it_is_meant",
)
SUITE: dict[str, tuple[str, ...]] = {
    "network.layers.dense": ("test_layers", *_FORMULAS, "test_rules_of_columns", *_PATHS),
    "network.row_order": ("test_layers", *_FORMULAS, "test_wide", "test_lesson"),
    "taught.counters": (*_FORMULAS, "test_rules_of_columns"),
    "taught.forward": (*_FORMULAS, "test_rules_of_columns"),
    "taught.loss": (*_FORMULAS, "test_rules_of_columns"),
    "taught.updates": (*_FORMULAS, "test_rules_of_columns", "test_lesson"),
    "taught.chain_rule": (*_FORMULAS, "test_rules_of_columns", *_PATHS),
    "network.activations": _NUMBERS,
    "network.losses": _NUMBERS,
    "network.optimizers": ("test_settings", *_NUMBERS, "test_lesson"),
    "network.schedules": ("test_schedules", "test_settings", "test_lesson"),
    "numpy_run.kernels": _NUMBERS,
    "numpy_run.forward_backward": _NUMBERS,
    "numpy_run.training": _NUMBERS,
    "numpy_run.row_numbers": _NUMBERS,
    "numpy_run.row_judge": ("test_row_judge",),
    "numpy_run.agreement": ("test_agreement", "test_row_judge"),
    "network.expression": ("test_expression", *_NUMBERS),
    "workbook.formula_notation": _FORMULAS,
    "proof.comparison": ("test_comparison", "test_parting_runs"),
    "proof.differences": ("test_comparison",),
    "proof.formulas": ("test_comparison",),
    "proof.values": ("test_compare_values", "test_comparison", "test_parting_runs"),
    "proof.runs": ("test_parting_runs",),
    "proof.stored_curves": ("test_stored_curves",),
    "workbook.sheet_values": ("test_sheet_values",),
    "workbook.live_cells": ("test_live_cells",),
    "sheets.checks.sheet": (*_CHECKS, "test_typed_over"),
    "sheets.checks.counts": (*_CHECKS, "test_typed_over"),
    "sheets.checks.broken_rows": _CHECKS,
    "sheets.checks.other_sheets": (*_CHECKS, "test_typed_over"),
    "sheets.checks.tolerance": ("test_closeness",),
    "sheets.checks.forward_again": _CHECKS,
    "sheets.checks.estimates": _CHECKS,
    "sheets.checks.workings": (*_CHECKS, "test_typed_over"),
}
MODULES = tuple(SUITE)

# Which judges the fast proof asks: only what writes `Checks` is tried with faults planted in workbooks, and what only
# NumPy's side computes shows in the small lessons as well as in the large ones.
_WITH_FAULTS = {
    "workbook.formula_notation",
    "sheets.checks.sheet",
    "sheets.checks.counts",
    "sheets.checks.broken_rows",
    "sheets.checks.other_sheets",
    "sheets.checks.tolerance",
    "sheets.checks.forward_again",
    "sheets.checks.estimates",
    "sheets.checks.workings",
}
_IN_SMALL = {
    "numpy_run.kernels",
    "numpy_run.forward_backward",
    "numpy_run.training",
    "numpy_run.row_numbers",
    "numpy_run.row_judge",
    "numpy_run.agreement",
    "network.activations",
    "network.losses",
    "network.optimizers",
    "network.schedules",
}

# What compares and reads is not asked in the fast proof: it writes no number of a workbook, and its tests are quick.
_BY_TESTS_ALONE = {
    "proof.comparison",
    "proof.differences",
    "proof.formulas",
    "proof.values",
    "proof.runs",
    "proof.stored_curves",
    "workbook.sheet_values",
    "workbook.live_cells",
}


class Judged(NamedTuple):
    """A mutant and who noticed it first; an empty name where nobody did."""

    mutant: Mutant
    by: str
    seconds: float


def all_mutants(modules: Sequence[str] = MODULES) -> list[Mutant]:
    """Return every mutant of these modules."""
    return [mutant for module in modules for mutant in mutants(module, _source(HERE, module).read_text("utf-8"))]


def sample(found: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """Return so many of the mutants, drawn at random; all where `size` is 0 or more than there are."""
    return found if not 0 < size < len(found) else random.Random(seed).sample(found, size)


def _source(folder: Path, module: str) -> Path:
    return folder / "xlbackprop" / f"{module.replace('.', '/')}.py"


# ------------------------------------------------------------------------------------------------------ in the child


def _fast_proof(module: str, sound: str) -> str:
    if module in _BY_TESTS_ALONE:
        return ""
    from tests.mutants.proof import first_to_notice

    opened = ("plain", "by itself", "layers") if module in _IN_SMALL else ()
    return first_to_notice(opened=opened, planted=module in _WITH_FAULTS, sound=sound)


def _suite(module: str, _sound: str) -> str:
    """Return the first test that fails."""
    import pytest

    class First:
        failed = ""

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed and not self.failed:
                self.failed = report.nodeid.partition("/")[2].partition("[")[0]

    first, folder = First(), Path.cwd()
    names = [name.partition("::") for name in SUITE[module]]
    files = [f"{folder / 'tests' / name}.py{colons}{test}" for name, colons, test in names]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0", "-m", "not checkout", "-k", "not libreoffice"]
    outcome = pytest.main([*options, *files], plugins=[first])
    return f"suite: {first.failed or 'cannot be collected'}" if outcome else ""


def _fingerprint(_module: str, _sound: str) -> str:
    from tests.mutants.proof import fingerprint

    return fingerprint()


STAGES: tuple[Callable[[str, str], str], ...] = (_fast_proof, _suite, _fingerprint)
PROOF, TESTS, FINGERPRINT = range(3)


def _judge_in_child(folder: Path, module: str, stage: int, sound: str, answer: int) -> None:
    """Judge the package in `folder` and write who noticed; never returns."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.chdir(folder)
        for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "xlbackprop"}]:
            del sys.modules[name]
        sys.path[:] = [str(folder), *(path for path in sys.path if path and Path(path) != HERE)]
        sys.dont_write_bytecode = True
        importlib.invalidate_caches()
        by = STAGES[stage](module, sound)
        import xlbackprop

        if not str(xlbackprop.__file__).startswith(str(folder)):
            by = "the copy was not asked"
    except BaseException:
        by = BREAKS_DOWN
    os.write(answer, by.encode() or b"-")
    os._exit(0)


# ----------------------------------------------------------------------------------------------------- in the parent


class _Running(NamedTuple):
    mutant: Mutant
    process: int
    answer: int
    began: float


class Planter:
    """Judges mutants side by side, each job with a copy of the package of its own in `room`."""

    def __init__(self, room: Path, jobs: int, limit: float) -> None:
        """`limit` is how many seconds a judge may take."""
        self.limit = limit
        self._fingerprint = ""
        self._sound = {module: _source(HERE, module).read_text("utf-8") for module in MODULES}
        self._folders = [room / str(job) for job in range(jobs)]
        for folder in self._folders:
            for name in ("xlbackprop", "templates", "tests"):
                shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copy(HERE / "pyproject.toml", folder)
        for library in ("numpy", "openpyxl", "formualizer", "pytest", "autograd.numpy", "orjson", "isal.isal_zlib"):
            try:
                importlib.import_module(library)
            except ImportError:
                continue
        self._warm()

    def _warm(self) -> None:
        """Compile the copies once; in them a changed module has no compiled form."""
        import compileall

        for folder in self._folders:
            compileall.compile_dir(folder, quiet=2)

    def accusation(self) -> str:
        """Return who finds fault with the sound package: then no outcome means anything. Must be asked first."""
        (sound,) = self.judge([None], PROOF)
        (told,) = self.judge([None], FINGERPRINT)
        self._fingerprint = told.by
        return sound.by

    def judge(self, planted: Sequence[Mutant | None], stage: int) -> Iterator[Judged]:
        """Yield what became of each; None stands for the sound package, as the module `taught.forward`."""
        waiting, running = list(reversed(planted)), dict[Path, _Running]()
        while waiting or running:
            for folder in self._folders:
                if folder not in running and waiting:
                    running[folder] = self._begin(folder, waiting.pop(), stage)
            yield from self._finished(running)

    def _begin(self, folder: Path, mutant: Mutant | None, stage: int) -> _Running:
        if mutant is not None:
            source = _source(folder, mutant.module)
            source.write_text(mutated(self._sound[mutant.module], mutant), "utf-8")
            for compiled in source.parent.glob(f"__pycache__/{source.stem}.*"):
                compiled.unlink()
        else:
            mutant = Mutant("taught.forward", "", "nothing", "no change", -1, 0)
        mine, theirs = os.pipe()
        process = os.fork()
        if not process:
            os.setsid()
            os.close(mine)
            _judge_in_child(folder, mutant.module, stage, self._fingerprint, theirs)
        os.close(theirs)
        return _Running(mutant, process, mine, time.monotonic())

    def _finished(self, running: dict[Path, _Running]) -> Iterator[Judged]:
        ready, _, _ = select.select([one.answer for one in running.values()], [], [], 0.5)
        for folder, one in list(running.items()):
            seconds = time.monotonic() - one.began
            if one.answer in ready:
                by = os.read(one.answer, 4096).decode() or BREAKS_DOWN  # a child that died wrote nothing
            elif seconds > self.limit:
                by = TIMEOUT
            else:
                continue
            os.close(one.answer)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.process, signal.SIGKILL)
            os.waitpid(one.process, 0)
            del running[folder]
            if one.mutant.index >= 0:
                _source(folder, one.mutant.module).write_text(self._sound[one.mutant.module], "utf-8")
            yield Judged(one.mutant, by.strip("-"), seconds)

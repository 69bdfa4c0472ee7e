"""What each command of the command line does, and how it says what went wrong."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from xlbackprop.errors import InputError, Problem
from xlbackprop.library import DEFAULT_LESSON, built_in_lessons

if TYPE_CHECKING:
    from xlbackprop.document import Document
    from xlbackprop.lesson import Lesson
    from xlbackprop.verification import Report

PROVING_ENGINE = "formualizer"
# Proving holds every cell in memory several times over. Beyond this it is left to a person who has the memory for it.
MOST_PROVED = 3_000_000
MEMORY_A_FORMULA = 1_350  # bytes, measured with two million formulas


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was read from the command line; return the exit code."""
    try:
        return _COMMANDS[arguments.command](arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader went away (`xlbackprop show … | head`): nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        print(f"{error.filename or 'xlbackprop'}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was half-written.", file=sys.stderr)
        return 130


# ---------------------------------------------------------------------------------------------------------- generate


def _generate(arguments: argparse.Namespace) -> int:
    from xlbackprop.compiler import compile_document  # noqa: PLC0415
    from xlbackprop.lesson import load_lesson  # noqa: PLC0415
    from xlbackprop.trace import chaos, train  # noqa: PLC0415
    from xlbackprop.xlsx import write_workbook  # noqa: PLC0415

    rates = None if arguments.rates is None else arguments.rates.split(",")
    lesson = load_lesson(arguments.lesson, epochs=arguments.epochs, learning_rates=rates)
    output = None if arguments.output is None else Path(arguments.output)
    with _file_trouble(output or Path("output")):
        path = _target(output, arguments.lesson)
        _refuse_to_lose(path, force=arguments.force)
    with _patience(f"computing {lesson.runs} runs of {lesson.rows:,} rows"):
        trace = train(lesson)
        document = compile_document(lesson, trace=trace)
    with _patience(f"writing {path}"), _file_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(document, path)
    _say_what_was_made(path, lesson, document)
    for sentence in chaos(trace):
        print(f"  warning   {sentence}")
    if (reason := _why_not_proved(arguments, document, path)) is not None:
        print(f"  proof     not recalculated ({reason})")
        return 0
    report = _recalculated(path, PROVING_ENGINE)
    print("  proof     " + "\n            ".join(report.lines()))
    verdict = _verdict(lesson, document)
    print(f"  checks    {verdict if report.equal else 'not as they should be'}")
    return 0 if report.equal and not verdict.startswith("FAIL") else 1


def _why_not_proved(arguments: argparse.Namespace, document: Document, path: Path) -> str | None:
    if arguments.no_verify:
        return "--no-verify"
    if document.formulas > MOST_PROVED:
        need = document.formulas * MEMORY_A_FORMULA / 1e9
        return f"that takes about {need:,.0f} GB of memory; where there is so much: xlbackprop verify {path}"
    return None


def _target(output: Path | None, lesson: str) -> Path:
    name = f"{Path(lesson).stem}.xlsx"
    path = Path("output") / name if output is None else output
    if path.is_dir():
        path = path / name
    if path.suffix.lower() != ".xlsx":
        problem = Problem("--output", "a workbook's name ends in .xlsx.", f"For instance: {path.with_suffix('.xlsx')}")
        raise InputError(str(path), [problem])
    return path


def _refuse_to_lose(path: Path, *, force: bool) -> None:
    """Raise InputError where the file was changed since we wrote it, or is not ours."""
    from xlbackprop.xlsx import is_untouched  # noqa: PLC0415

    if force or not path.exists() or is_untouched(path):
        return
    what = "it was changed since it was made, or xlbackprop did not make it; it is left as it is."
    hint = "Write elsewhere with -o FILE, or overwrite it with --force."
    raise InputError(str(path), [Problem("", what, hint)])


def _say_what_was_made(path: Path, lesson: Lesson, document: Document) -> None:
    from xlbackprop.lesson import run_name  # noqa: PLC0415

    size = path.stat().st_size / 1e6
    runs = ", ".join(run_name(rate) for rate in lesson.learning_rates[:8]) + (" …" if lesson.runs > 8 else "")
    print(f"{path}  ({size:.1f} MB)")
    print(f"  lesson    {lesson.title}")
    print(f"  runs      {lesson.runs} ({runs}), epochs 0 to {lesson.epochs}")
    print(f"  formulas  {document.formulas:,}, each with its value")


def _verdict(lesson: Lesson, document: Document) -> str:
    """Return what the workbook's own checks say."""
    from xlbackprop.layout import CHECKS, ChecksLayout  # noqa: PLC0415

    return str(document[CHECKS].cells[ChecksLayout(lesson).verdict_row, 2].value)


def _recalculated(path: Path, engine: str) -> Report:
    from xlbackprop.engines import EngineFailed, EngineMissing  # noqa: PLC0415
    from xlbackprop.verification import verify  # noqa: PLC0415

    try:
        with _patience(f"recalculating every formula in {engine}"):
            return verify(path, engine)
    except (EngineMissing, EngineFailed) as error:
        raise InputError(f"--engine {engine}", [Problem("", str(error))]) from None


# ---------------------------------------------------------------------------------------------------- other commands


def _verify(arguments: argparse.Namespace) -> int:
    report = _recalculated(Path(arguments.file), arguments.engine)
    print(arguments.file)
    for line in report.lines():
        print(f"  {line}")
    return 0 if report.equal else 1


def _lessons(_: argparse.Namespace) -> int:
    import tomllib  # noqa: PLC0415

    for name, file in built_in_lessons().items():
        print(f"{name:14}  {tomllib.loads(file.read_text(encoding='utf-8'))['title']}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from xlbackprop.columns import columns  # noqa: PLC0415
    from xlbackprop.expression import math_text  # noqa: PLC0415
    from xlbackprop.lesson import load_lesson, run_name  # noqa: PLC0415
    from xlbackprop.trace import train  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson)
    run, epoch = _chosen(lesson, arguments.rate, arguments.epoch)
    trace = train(lesson)
    print(f"{lesson.title}\n{run_name(lesson.learning_rates[run])}, epoch {epoch}\n")
    for column in columns(lesson):
        name = lesson.naming.name(column.quantity)
        value = trace.number(column.quantity, run, epoch)
        rule = column.rule(epoch)
        mathematics = math_text(rule, lesson.naming.name)
        shown = repr(value) if isfinite(value) else "#NUM!"
        print(f"{name:>10}  {shown:>24}  " + ("" if mathematics == name else f"= {mathematics}"))
    return 0


def _chosen(lesson: Lesson, rate: str | None, epoch: str | None) -> tuple[int, int]:
    """Return the run and the epoch that the words name."""
    from xlbackprop.lesson import rate_text  # noqa: PLC0415

    problems = []
    run, row = 0, 0
    if rate is not None:
        matches = [index for index, known in enumerate(lesson.learning_rates) if _number(rate) == known]
        known = ", ".join(rate_text(known) for known in lesson.learning_rates)
        if not matches:
            problems.append(Problem("--rate", f"the lesson has no learning rate {rate}.", f"It has {known}."))
        run = matches[0] if matches else 0
    if epoch is not None:
        row = int(epoch) if epoch.isdecimal() and len(epoch) < 10 else -1
        if not 0 <= row <= lesson.epochs:
            problems.append(Problem("--epoch", f"an epoch from 0 to {lesson.epochs:,} is needed, not {epoch[:20]}."))
    if problems:
        raise InputError(lesson.title, problems)
    return run, row


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _new(arguments: argparse.Namespace) -> int:
    path = Path(arguments.file)
    text = built_in_lessons()[DEFAULT_LESSON].read_text(encoding="utf-8")
    with _file_trouble(path):
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            problem = Problem("", "there is a file of this name; it is left as it is.", "Choose another name.")
            raise InputError(str(path), [problem]) from None
    print(f"{path}\n  edit it, then: xlbackprop generate {path}")
    return 0


# ----------------------------------------------------------------------------------------------------------- manners


@contextmanager
def _patience(what: str) -> Iterator[None]:
    """Say on the error stream what takes more than a second."""
    timer = Timer(1.0, lambda: print(f"… {what}", file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _file_trouble(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a problem with a cure."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = getattr(error, "strerror", None) or str(error)
        hint = _FILE_HINTS.get(getattr(error, "errno", 0), "Choose another place or name.")
        raise InputError(str(path), [Problem("", f"it cannot be written: {reason}.", hint)]) from None


_FILE_HINTS = {
    errno.ENOENT: "Make its folder first.",
    errno.EACCES: "Is it open in another program, or the folder read-only?",
    errno.EPERM: "Is it open in another program, or the folder read-only?",
    errno.EROFS: "The folder is read-only; choose another.",
    errno.ENOTDIR: "A file stands where a folder should be.",
    errno.EEXIST: "A file stands where a folder should be.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOSPC: "The disk is full; nothing was half-written.",
}

_COMMANDS = {"generate": _generate, "verify": _verify, "lessons": _lessons, "show": _show, "new": _new}

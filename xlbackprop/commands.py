"""What each command of the command line does, and how it says what went wrong."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.library import built_in_lessons

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
    from xlbackprop.lesson_file import load_lesson  # noqa: PLC0415
    from xlbackprop.trace import chaos, train  # noqa: PLC0415

    rates = None if arguments.rates is None else arguments.rates.split(",")
    lesson = load_lesson(arguments.lesson, epochs=arguments.epochs, learning_rates=rates)
    path, paper = _targets(arguments)
    with _patience(f"computing {len(lesson.runs)} runs of {lesson.rows:,} rows"):
        trace = train(lesson)
        document = compile_document(lesson, trace=trace)
    _write(document, path, paper)
    _say_what_was_made(path, lesson, document)
    if paper is not None:
        _say_what_is_on_paper(paper, document)
    for sentence in chaos(trace):
        print(f"  warning   {sentence}")
    return _prove(arguments, lesson, document, path)


def _write(document: Document, path: Path, paper: Path | None) -> None:
    """Write the workbook, and its hand-out where one is wanted.

    The pages are drawn before anything is written: where that fails, no new workbook stands beside an old hand-out.
    """
    from xlbackprop.xlsx import write_workbook  # noqa: PLC0415

    pdf = None if paper is None else _pages(document)
    with _patience(f"writing {path}"), _file_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(document, path)
    if paper is not None and pdf is not None:
        from xlbackprop.handout import write_handout  # noqa: PLC0415

        with _file_trouble(paper):
            write_handout(pdf, paper)


def _pages(document: Document) -> bytes:
    from xlbackprop.handout import handout_pdf  # noqa: PLC0415

    hint = "Nothing was written; without --pdf the workbook alone is made."
    with _patience("drawing the pages of the hand-out in LibreOffice"), _engine_trouble("--pdf", hint):
        return handout_pdf(document)


def _prove(arguments: argparse.Namespace, lesson: Lesson, document: Document, path: Path) -> int:
    """Recalculate what was written, say what came out, and return the exit code."""
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


def _targets(arguments: argparse.Namespace) -> tuple[Path, Path | None]:
    """Return where the workbook goes, and its hand-out where one is wanted.

    Raises InputError where one of them cannot be made, before the work begins.
    """
    output = None if arguments.output is None else Path(arguments.output)
    with _file_trouble(output or Path("output")):
        path = _target(output, arguments.lesson)
        paper = path.with_suffix(".pdf") if arguments.pdf else None
        problems = [] if arguments.force else [*_what_would_be_lost(path, paper)]
    if paper is not None:
        problems += _missing_printer()
    if problems:
        raise InputError(str(path), problems)
    return path, paper


def _what_would_be_lost(path: Path, paper: Path | None) -> Iterator[Problem]:
    """Yield each file that was changed since we wrote it, or is not ours."""
    from xlbackprop.xlsx import is_untouched  # noqa: PLC0415

    what = "it was changed since it was made, or xlbackprop did not make it; it is left as it is."
    hint = "Write elsewhere with -o FILE, or overwrite it with --force."
    if path.exists() and not is_untouched(path):
        yield Problem("", what, hint)
    if paper is not None and paper.exists():
        from xlbackprop import handout  # noqa: PLC0415

        if not handout.is_untouched(paper):
            yield Problem(str(paper), what, hint)


def _missing_printer() -> list[Problem]:
    from xlbackprop.engines import EngineMissing  # noqa: PLC0415
    from xlbackprop.handout import require_printer  # noqa: PLC0415

    try:
        require_printer()
    except EngineMissing as error:
        return [Problem("--pdf", str(error), "(without --pdf the workbook alone is made).")]
    return []


def _say_what_was_made(path: Path, lesson: Lesson, document: Document) -> None:
    size = path.stat().st_size / 1e6
    print(f"{path}  ({size:.1f} MB)")
    print(f"  lesson    {lesson.title}")
    print(f"  runs      {len(lesson.runs)} ({_listed([run.name for run in lesson.runs])}), epochs 0 to {lesson.epochs}")
    if not lesson.single:
        held = f", {lesson.held_back} more held back" if lesson.held_back else ""
        print(f"  examples  {lesson.examples}{held}; {lesson.rows:,} rows a run, an example each")
    print(f"  formulas  {document.formulas:,}, each with its value")


def _say_what_is_on_paper(paper: Path, document: Document) -> None:
    from xlbackprop.handout import sheets_on_paper  # noqa: PLC0415

    print(f"  hand-out  {paper} ({_listed(sheets_on_paper(document))})")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _verdict(lesson: Lesson, document: Document) -> str:
    """Return what the workbook's own checks say."""
    from xlbackprop.checks_layout import ChecksLayout  # noqa: PLC0415
    from xlbackprop.layout import CHECKS  # noqa: PLC0415

    return str(document[CHECKS].cells[ChecksLayout(lesson).verdict_row, 2].value)


def _recalculated(path: Path, engine: str) -> Report:
    from xlbackprop.verification import verify  # noqa: PLC0415

    with _patience(f"recalculating every formula in {engine}"), _engine_trouble(f"--engine {engine}"):
        return verify(path, engine)


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
        print(f"{name:18}  {tomllib.loads(file.read_text(encoding='utf-8'))['title']}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from xlbackprop.layout import RunLayout  # noqa: PLC0415
    from xlbackprop.lesson_file import load_lesson  # noqa: PLC0415
    from xlbackprop.readings import math_text  # noqa: PLC0415
    from xlbackprop.trace import train  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson)
    index, epoch = _chosen(lesson, arguments)
    trace = train(lesson)
    run = RunLayout(lesson, index)
    example = "" if lesson.single else ", example 1"
    print(f"{lesson.title}\n{run.name}, epoch {epoch}{example}\n")
    name, row = run.of.naming.name, run.recipe.row_of(epoch)
    width = max(len(name(column.quantity)) for column in run.columns)
    for column in run.columns[1:]:
        called = name(column.quantity)
        value = trace.number(column.quantity, index, row)
        mathematics = math_text(column.rule(row), name)
        shown = repr(value) if isfinite(value) else "#NUM!"
        print(f"{called:>{width}}  {shown:>24}  " + ("" if mathematics == called else f"= {mathematics}"))
    return 0


def _chosen(lesson: Lesson, arguments: argparse.Namespace) -> tuple[int, int]:
    """Return the run and the epoch that the words name."""
    problems: list[Problem] = []
    run = _chosen_run(lesson, arguments, problems)
    row, epoch = 0, arguments.epoch
    if epoch is not None:
        row = int(epoch) if epoch.isdecimal() and len(epoch) < 10 else -1
        if not 0 <= row <= lesson.epochs:
            problems.append(Problem("--epoch", f"an epoch from 0 to {lesson.epochs:,} is needed, not {epoch[:20]}."))
    if problems:
        raise InputError(lesson.title, problems)
    return run, row


def _chosen_run(lesson: Lesson, arguments: argparse.Namespace, problems: list[Problem]) -> int:
    from xlbackprop.lesson import rate_text  # noqa: PLC0415

    matches = list(range(len(lesson.runs)))
    if arguments.rate is not None:
        matches = [index for index in matches if _number(arguments.rate) == lesson.runs[index].learning_rate]
        if not matches:
            known = ", ".join(dict.fromkeys(rate_text(run.learning_rate) for run in lesson.runs))
            problems.append(Problem("--rate", f"the lesson has no learning rate {arguments.rate}.", f"It has {known}."))
    if arguments.run is not None:
        named = [index for index, run in enumerate(lesson.runs) if run.name == arguments.run]
        if not named:
            known = ", ".join(run.name for run in lesson.runs)
            problems.append(Problem("--run", f"the lesson has no run {arguments.run}.", f"It has {known}."))
        matches = [index for index in matches if index in named]
    return matches[0] if matches else 0


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _new(arguments: argparse.Namespace) -> int:
    import tomllib  # noqa: PLC0415

    known = built_in_lessons()
    if arguments.like not in known:
        hint = did_you_mean(arguments.like, list(known))
        raise InputError("--like", [Problem("", f"there is no built-in lesson {arguments.like}.", hint)])
    path, source = Path(arguments.file), known[arguments.like]
    files = {path: source.read_bytes()}
    lesson = tomllib.loads(files[path].decode())
    for name in filter(None, (lesson.get("data", {}).get("file"), lesson.get("logo"))):
        files[path.with_name(name)] = source.with_name(name).read_bytes()
    taken = [place for place in files if place.exists()]
    if taken:
        what = "there is a file of this name; it is left as it is."
        raise InputError(str(path), [Problem("" if p == path else str(p), what, "Choose another name.") for p in taken])
    for place, content in files.items():
        with _file_trouble(place), place.open("xb") as file:
            file.write(content)
        print(place)
    print(f"  edit it, then: xlbackprop generate {path}")
    return 0


def _parts(_: argparse.Namespace) -> int:
    """List what a lesson can be made of, from the registries themselves."""
    from xlbackprop.activations import ACTIVATIONS, SOFTMAX, SOFTMAX_RULE  # noqa: PLC0415
    from xlbackprop.losses import LOSSES  # noqa: PLC0415
    from xlbackprop.optimizers import OPTIMIZERS  # noqa: PLC0415
    from xlbackprop.schedules import SCHEDULES  # noqa: PLC0415

    _list("activations", [*((entry.name, entry.rule) for entry in ACTIVATIONS.values()), (SOFTMAX, SOFTMAX_RULE)])
    pairs = {entry.name: f" (with {entry.pairs_with} outputs)" if entry.pairs_with else "" for entry in LOSSES.values()}
    _list("losses", [(entry.name, entry.rule + pairs[entry.name]) for entry in LOSSES.values()])
    for title, entries in (("optimizers", OPTIMIZERS), ("schedules", SCHEDULES)):
        rows = []
        for entry in entries.values():
            settings = [f"{setting.name.replace(' ', '_')} = {setting.default:g}" for setting in entry.settings]
            settings += ["drop_at = [epoch, …]"] * getattr(entry, "drops", False)
            settings += ["epsilon_inside_root = false"] * getattr(entry, "has_root", False)
            rows.append((entry.name, entry.rule))
            rows += [("", ", ".join(settings))] if settings else []
        _list(title, rows)
    return 0


def _list(title: str, rows: list[tuple[str, str]]) -> None:
    print(title)
    for name, what in rows:
        print(f"  {name:26}{what}".rstrip())
    print()


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
def _engine_trouble(place: str, hint: str = "") -> Iterator[None]:
    """Turn what a spreadsheet program could not do into a problem with a cure."""
    from xlbackprop.engines import EngineFailed, EngineMissing  # noqa: PLC0415

    try:
        yield
    except (EngineMissing, EngineFailed) as error:
        raise InputError(place, [Problem("", str(error), hint)]) from None


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

_COMMANDS = {
    "generate": _generate,
    "verify": _verify,
    "lessons": _lessons,
    "parts": _parts,
    "show": _show,
    "new": _new,
}

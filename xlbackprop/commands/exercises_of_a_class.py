"""`exercise --roster`: an exercise with other numbers for each student of a class, and a list of whose is which."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import file_trouble, patience, scratch_trouble
from xlbackprop.commands.many import Progress, jobs_of, shard_of
from xlbackprop.commands.writing import refuse_losses
from xlbackprop.errors import InputError, Problem, printable

if TYPE_CHECKING:
    from xlbackprop.classroom import ManifestRow, Student, Variants


@dataclass(frozen=True)
class _Class:
    """Where the workbooks of a class go, and what they are made from."""

    variants: Variants
    folder: Path
    stem: str
    solved: bool
    with_names: bool
    force: bool

    def file(self, code: str) -> str:
        """Return the name of a student's workbook: it tells no name and no id."""
        return f"{self.stem}-{code}{'-solution' if self.solved else ''}.xlsx"

    def make(self, student: Student, taken: frozenset[tuple[float, ...]] = frozenset()) -> ManifestRow:
        """Write the workbook of a student.

        Raises ValueError where no draw is good, InputError where somebody has changed the file that is there, OSError
        where it cannot be written.
        """
        from xlbackprop.classroom import ManifestRow, leaks  # noqa: PLC0415
        from xlbackprop.machine import write_workbook  # noqa: PLC0415

        variant = self.variants.of(student.id, taken)
        name = student.name or student.id
        made = replace(variant.exercise, solved=self.solved, code=variant.code, student=name if self.with_names else "")
        path = self.folder / self.file(variant.code)
        if path.exists():
            refuse_losses(path, None, force=self.force)
        write_workbook(made.document(), path)
        numbers = self.variants.numbers(variant.exercise)
        if not self.solved and any(True for _ in leaks(path, made)):  # some other number has the digits of an answer
            path.unlink()
            return self.make(student, taken | {(*numbers.values(),)})
        return ManifestRow(variant.code, student, path.name, variant.draws, numbers)


def run(arguments: argparse.Namespace, rows: int | None) -> int:
    """Make the exercises of a class; return the exit code, 1 where one could not be made."""
    from xlbackprop.classroom import Variants, read_roster  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    jobs, (shard, shards) = jobs_of(arguments.jobs), shard_of(arguments.shard)
    with file_trouble(Path(arguments.roster)):
        students = read_roster(Path(arguments.roster))[shard - 1 :: shards]
    lesson = load_lesson(arguments.lesson)
    variants = Variants(lesson, arguments.key or "", arguments.level, rows, not arguments.no_hints)
    stem = Path(arguments.lesson).stem
    folder = _folder(arguments.output, stem)
    of_class = _Class(variants, folder, stem, arguments.solution, arguments.names, arguments.force)
    parts = ("manifest", "solution" if arguments.solution else "", "" if shards == 1 else f"{shard}of{shards}")
    manifest = folder / f"{'-'.join(filter(None, parts))}.csv"
    with file_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with patience("finding out which mistakes show"), scratch_trouble(), file_trouble(folder):
        try:
            variants.shown  # noqa: B018 -- once here, not in every process
        except ValueError as error:
            raise InputError(str(arguments.lesson), [Problem("", str(error), "Choose another lesson.")]) from None
        made, failed = _make_all(of_class, students, manifest, jobs)
    print(f"{folder}  ({len(made):,} workbooks, {manifest.name})")
    hidden = sorted({which.sentence for which in variants.shown.hidden})
    if hidden:
        print(
            f"  mistakes  {len(hidden)} of the catalogue give the right number here, whatever is drawn: {hidden[0]} …"
        )
    if arguments.key is None:
        print("  key       none: who knows an id can draw the numbers again; --key WORD keeps them to yourself")
    for student, why in failed[:20]:
        print(f"  failed    {printable(student.id)}: {' '.join(str(why).split())}")
    if len(failed) > 20:
        print(f"  failed    … and {len(failed) - 20:,} more")
    return 1 if failed else 0


def _make_all(
    of_class: _Class, students: Sequence[Student], manifest: Path, jobs: int
) -> tuple[dict[str, ManifestRow], list[tuple[Student, Exception]]]:
    """Make what is missing; return what there is by the students' ids, and what failed."""
    from xlbackprop.classroom import manifest_line, manifest_lines  # noqa: PLC0415
    from xlbackprop.machine import in_processes, whole_file  # noqa: PLC0415

    names = of_class.variants.names
    told = _told(manifest, names)
    codes = {student: of_class.variants.code(student.id) for student in students}
    made = {
        student.id: told[code]._replace(student=student)
        for student, code in codes.items()
        if code in told and told[code].file == of_class.file(code) and (of_class.folder / told[code].file).exists()
    }
    # made with another key, or for somebody who has left: handed out they may be all the same
    others = [row for code, row in told.items() if code not in codes.values()]
    missing = [student for student in students if student.id not in made]
    failed: list[tuple[Student, Exception]] = []
    progress = Progress(len(missing))
    # written line by line: what is there when the command is ended is not made again
    with manifest.open("w", encoding="utf-8", newline="") as journal:
        journal.write(manifest_lines(names, [*others, *made.values()]))
        for student, result in in_processes(of_class.make, missing, jobs):
            if isinstance(result, Exception):
                failed.append((student, result))
            else:
                made[student.id] = result
                journal.write(manifest_line(result))
                journal.flush()
            progress.say(len(made), len(failed))
    progress.end()
    failed += _told_apart(of_class, students, made)
    with whole_file(manifest) as stream:
        rows = [made[student.id] for student in students if student.id in made]
        stream.write(manifest_lines(names, [*rows, *others]).encode())
    order = {student.id: place for place, student in enumerate(students)}
    return made, sorted(failed, key=lambda one: order[one[0].id])


def _told_apart(
    of_class: _Class, students: Sequence[Student], made: dict[str, ManifestRow]
) -> Iterator[tuple[Student, Exception]]:
    """Make again what is alike: of two students with the same numbers the later one gets others."""
    taken: set[tuple[float, ...]] = set()
    for student in students:
        if student.id in made:
            if (*made[student.id].numbers.values(),) in taken:
                try:
                    made[student.id] = of_class.make(student, frozenset(taken))
                except ValueError as error:
                    yield student, error
                    del made[student.id]
                    continue
            taken.add((*made[student.id].numbers.values(),))


def _told(manifest: Path, names: Sequence[str]) -> dict[str, ManifestRow]:
    """Return what the manifest has of earlier runs, by its code. Raises InputError where it is of another exercise."""
    from xlbackprop.classroom import read_manifest  # noqa: PLC0415

    told = read_manifest(manifest) if manifest.exists() else {}
    if any((*row.numbers,) != (*names,) for row in told.values()):
        what = "there is the manifest of another exercise, whose numbers have other names."
        raise InputError(str(manifest), [Problem("", what, "Choose another folder, with -o.")])
    return told


def _folder(output: str | None, stem: str) -> Path:
    path = Path("output") / f"{stem}-exercises" if output is None else Path(output)
    if path.suffix.lower() == ".xlsx" or (path.exists() and not path.is_dir()) or not str(output or stem).strip():
        what = "the workbooks of a class go into a folder, and this is none."
        raise InputError(
            str(path), [Problem("--output", what, f"For instance: -o {path.with_suffix('').name or stem}")]
        )
    return path

"""`grade`: the submissions of a class, as a learning platform gives them out, marked, and its gradebook filled in."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xlbackprop.commands.error_reporting import file_trouble, patience, reading_trouble, scratch_trouble
from xlbackprop.commands.exercise import level_of, rows_of
from xlbackprop.commands.grade_report import GradedClass, People, report
from xlbackprop.commands.many import Progress, jobs_of, limits, shard_of
from xlbackprop.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from xlbackprop.classroom import (
        ClassMark,
        Graded,
        Grader,
        GradingJournal,
        HandedIn,
        ManifestRow,
        Student,
        Submission,
        Submissions,
    )

FEEDBACK = "feedback"  # the folder of the workbooks with feedback, in that of the marks


def run(arguments: argparse.Namespace) -> int:
    """Grade the submissions of a class; return the exit code, 1 where something is left for a teacher to look at."""
    from xlbackprop.classroom import Grader, GradingJournal, Variants, digest_of, with_remarks  # noqa: PLC0415
    from xlbackprop.machine import temporary_folder  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    shard, shards = shard_of(arguments.shard)
    jobs = jobs_of(arguments.jobs)
    lesson = load_lesson(arguments.lesson)
    grader = Grader(
        Variants(lesson, "", level_of(arguments.level), rows_of(arguments.rows)), with_right=arguments.show_right
    )
    people = _people(arguments)
    folder = Path(arguments.output or Path("output") / f"{Path(arguments.lesson).stem}-marks")
    with scratch_trouble(), temporary_folder() as room, file_trouble(folder):
        _refuse_foreign(folder)
        with patience("reading the submissions"):
            submissions = _submissions(Path(arguments.source), room, arguments.platform)
        taken = [*enumerate(submissions.taken, start=1)][shard - 1 :: shards]
        (folder / FEEDBACK).mkdir(parents=True, exist_ok=True)
        journal = GradingJournal(folder, "journal.jsonl" if shards == 1 else f"journal-{shard}of{shards}.jsonl")
        with patience("finding out whose they are"):
            tasks = [*_tasks(taken, people, grader, jobs, with_names=not arguments.no_names)]
        marks = _graded(tasks, grader, journal, folder, jobs, arguments)
        if shards == 1:
            _refuse_if_none(marks, arguments.source)
            contents = {task.mark.number: digest_of(task.handed_in.content) for task in tasks}
            marks = [*with_remarks(marks, contents, grader), *_unread(submissions, people)]
            graded = GradedClass(submissions, people, marks, folder, lesson.title)
            code, told = report(graded, journal, arguments)
        else:
            count = f"{len(marks):,} of {len(submissions.taken):,} workbooks, part {shard} of {shards}"
            code, told = 0, f"{folder}  ({count})\n  next       all parts: the same command without --shard"
    print(told)
    return code


# ------------------------------------------------------------------------------------------------------ what is read


def _people(arguments: argparse.Namespace) -> People:
    """Read the files that the command names. Raises InputError."""
    from xlbackprop.classroom import read_gradebook, read_manifest, read_roster  # noqa: PLC0415

    manifest: dict[str, ManifestRow] = {}
    for name in arguments.manifest or ():
        with reading_trouble(Path(name)):
            manifest |= read_manifest(Path(name))
    students: Sequence[Student] = [*dict.fromkeys(row.student for row in manifest.values())]
    if arguments.roster is not None:
        with reading_trouble(Path(arguments.roster)):
            students = read_roster(Path(arguments.roster))
    gradebook = None
    if arguments.marks is not None:
        with reading_trouble(Path(arguments.marks)):
            gradebook = read_gradebook(Path(arguments.marks), arguments.column)
    elif arguments.column is not None:
        raise InputError("--column", [Problem("", "it names a column of a gradebook.", "Add --marks FILE.csv")])
    return People(manifest, students, gradebook)


def _submissions(source: Path, room: Path, platform: str | None) -> Submissions:
    """Read the download; `platform` is "moodle", …, None where its names tell. Raises InputError."""
    from xlbackprop.classroom import Platform, read_submissions  # noqa: PLC0415

    known = {"folder" if one is Platform.FLAT else one.name.lower(): one for one in Platform}
    if platform is not None and platform not in known:
        what = f'there is no platform "{platform[:40]}".'
        raise InputError("--platform", [Problem("", what, did_you_mean(platform[:40], (*known,)))])
    submissions = read_submissions(source, room, known[platform] if platform else None)
    if not submissions.taken:
        what = "there is no workbook in it."
        raise InputError(str(source), [Problem("", what, "Name the zip or the folder that the platform gave you.")])
    return submissions


def _unread(submissions: Submissions, people: People) -> Iterator[ClassMark]:
    """Yield what students have handed in that is no workbook."""
    from xlbackprop.classroom import ClassMark, Graded, pair  # noqa: PLC0415

    found = pair([one for one, _ in submissions.unread], people.students).found if people.students else {}
    for number, (one, kind) in enumerate(submissions.unread, start=len(submissions.taken) + 1):
        suffix = Path(one.original).suffix  # the name may have the student's in it
        problem = f"what was handed in is {kind.value}{f' ({suffix})' if suffix else ''}."
        yield ClassMark(number, one, Graded(None, None, problem), student=found.get(one.original))


def _refuse_if_none(marks: Sequence[ClassMark], source: str) -> None:
    """Raise InputError where not one workbook could be marked: an option is wrong, and nothing is to be written."""
    if all(one.graded.marks is None for one in marks):
        reasons = Counter(one.graded.problem for one in marks)
        what = [f"of {len(marks):,} workbooks {count:,}: {reason}" for reason, count in reasons.most_common(5)]
        of_exercise = "lesson, level, rows and manifest (--manifest week3/manifest.csv)"
        cure = f"Are {of_exercise} those of the exercise? Nothing was written."
        raise InputError(source, [*(Problem("", text) for text in what[:-1]), Problem("", what[-1], cure)])


def _refuse_foreign(folder: Path) -> None:
    """Raise InputError where a folder holds something that is not of an earlier grading."""
    from xlbackprop.classroom import GradingJournal  # noqa: PLC0415

    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not GradingJournal.is_in(folder))):
        what = "marks go into a folder of their own, and there is something else."
        raise InputError(str(folder), [Problem("--output", what, "Choose a new folder: -o week3-marks")])


# ------------------------------------------------------------------------------------------------------------ grading


class _Task(NamedTuple):
    """A submission to be graded: what is sent to a process, its mark so far, the digest of all that the mark is of."""

    handed_in: HandedIn
    mark: ClassMark
    of: str


def _tasks(
    taken: Sequence[tuple[int, Submission]], people: People, grader: Grader, jobs: int, *, with_names: bool
) -> Iterator[_Task]:
    """Yield the submissions with their students and variants; of one that is no variant here its problem is known."""
    from xlbackprop._version import __version__  # noqa: PLC0415
    from xlbackprop.classroom import (  # noqa: PLC0415
        ClassMark,
        Graded,
        HandedIn,
        Platform,
        Remark,
        Remarked,
        Unpaired,
        VariantFinder,
        digest_of,
        pair,
    )
    from xlbackprop.machine import in_watched_processes  # noqa: PLC0415

    paths, finder = [submission.path for _, submission in taken], VariantFinder(grader, people.manifest)
    variants = dict(in_watched_processes(finder.of, paths, jobs, limits()))  # a file may have to be read for it
    paired = pair([submission for _, submission in taken], people.students)
    settings = repr((__version__, grader.variants.lesson.text, grader.variants.level, grader.variants.rows))
    for number, submission in taken:
        found = variants[submission.path]
        variant, problem = (None, f"it could not be read: {found}") if isinstance(found, Exception) else found
        numbers = None if variant is None else dict(variant.numbers)
        handed_in = HandedIn(number, submission.path.suffix.lower(), submission.path.read_bytes(), numbers)
        student = paired.found.get(submission.original)
        # the files of a class as they were handed out tell their codes alone
        is_unnamed = submission.platform is Platform.FLAT and paired.left.get(submission.original) is Unpaired.UNKNOWN
        if variant is not None and is_unnamed:
            student = variant.student
        stem = _plain("-".join(Path(submission.original).with_suffix("").parts[-2:])) if with_names else "submission"
        feedback = f"{FEEDBACK}/{number:04d}-{stem}{handed_in.suffix}"
        remarks = (Remarked(Remark.NOBODY),) if people.students and student is None else ()
        mark = ClassMark(number, submission, Graded(None, None, problem), variant, student, feedback, remarks)
        told = repr((settings, grader.with_right, numbers, feedback)).encode()
        yield _Task(handed_in, mark, digest_of(handed_in.content, told))


def _plain(name: str) -> str:
    """Return a name that every system can have, and every page can link to."""
    return re.sub(r"[^\w.-]+", "_", name)[:80]


def _graded(
    tasks: Sequence[_Task],
    grader: Grader,
    journal: GradingJournal,
    folder: Path,
    jobs: int,
    arguments: argparse.Namespace,
) -> list[ClassMark]:
    """Return the marks; what is done already is not done again.

    Raises InputError where somebody has changed the feedback that would be written anew.
    """
    from xlbackprop.machine import whole_file  # noqa: PLC0415

    graded = {task.mark.number: task.mark.graded for task in tasks if task.mark.graded.problem}
    for task in tasks:
        if (known := journal.known(task.of, task.mark.feedback)) is not None:
            graded.setdefault(task.mark.number, known)
    waiting = {task.mark.number: task for task in tasks if task.mark.number not in graded}
    changed = [task.mark.feedback for task in waiting.values() if journal.is_changed(task.mark.feedback)]
    if changed and not arguments.force:
        what = "somebody has changed it since it was written."
        raise InputError(
            str(folder), [Problem(name, what, "Choose another folder with -o, or --force.") for name in changed]
        )
    progress = Progress(len(waiting))
    for number, outcome in _outcomes(grader, [*waiting.values()], jobs, arguments.cluster):
        task = waiting[number]
        journal.add(task.of, task.mark.feedback, outcome)
        if outcome.feedback is not None:
            with whole_file(folder / task.mark.feedback) as stream:
                stream.write(outcome.feedback)
        graded[number] = outcome._replace(feedback=None)
        progress.say(len(graded), 0)
    progress.end()
    marks = [replace(task.mark, graded=graded[task.mark.number]) for task in tasks]
    return [one if one.graded.marks is not None else replace(one, feedback="") for one in marks]


def _outcomes(grader: Grader, tasks: Sequence[_Task], jobs: int, cluster: str | None) -> Iterator[tuple[int, Graded]]:
    """Yield what came of each workbook, by its number, as they come.

    A cluster gets a workbook without the names that are in it; from what has to be looked at here, it gets nothing.
    """
    from xlbackprop.classroom import Graded, HandedIn, unnamed  # noqa: PLC0415
    from xlbackprop.machine import in_cluster, in_watched_processes  # noqa: PLC0415

    here, elsewhere = list[HandedIn](), list[HandedIn]()
    for task in tasks:
        student = task.mark.student
        names = (student.name, student.mail) if student else ()
        content = unnamed(task.handed_in.content, names) if cluster else None
        if content is None:
            here.append(task.handed_in)
        else:
            elsewhere.append(task.handed_in._replace(content=content))
    found = in_watched_processes(grader.grade, here, jobs, limits())
    if cluster:
        found = chain(in_cluster(grader.grade, elsewhere, cluster, limits()), found)
    for one, outcome in found:
        if isinstance(outcome, Exception):
            yield one.number, Graded(None, None, f"it could not be graded: {outcome}")
        else:
            yield one.number, outcome

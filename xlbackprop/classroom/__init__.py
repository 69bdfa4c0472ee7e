"""What a class does with a workbook: exercises that check themselves, and the mistakes that people make in them."""

from __future__ import annotations

from xlbackprop.classroom.anonymity import unnamed
from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.audit import (
    Audit,
    ChartFault,
    ChartKind,
    Finding,
    JudgedTable,
    Kind,
    Rate,
    Verdict,
    as_data,
    audit_file,
    audit_files,
    first_line,
    lines,
    write_annotated,
)
from xlbackprop.classroom.autograder import autograder_zip, is_untouched_autograder
from xlbackprop.classroom.autograder_results import (
    PLATFORM_RESULTS,
    gradescope_results,
    marks_of_nothing,
    prairielearn_results,
    submitted_workbook,
)
from xlbackprop.classroom.class_marks import ClassMark, Remark, Remarked, marks_csv, marks_data, with_remarks
from xlbackprop.classroom.exercise import Exercise, make_exercise
from xlbackprop.classroom.feedback import write_feedback
from xlbackprop.classroom.grading import Graded, Grader, HandedIn, sentence_of
from xlbackprop.classroom.grading_journal import GradingJournal, digest_of
from xlbackprop.classroom.leak_search import Leak, leaks
from xlbackprop.classroom.manifest import ManifestRow, manifest_line, manifest_lines, read_manifest
from xlbackprop.classroom.marking import Mark, Marking, code_of, mark
from xlbackprop.classroom.mistakes import KINDS, PASTED, Mistake, mistakes_in, pasted
from xlbackprop.classroom.plain_data import marks_as_data
from xlbackprop.classroom.planted_mistake import FAMOUS, PlantedMistake, plant_mistake
from xlbackprop.classroom.platforms import (
    Certainty,
    Filled,
    Gradebook,
    GradebookKind,
    Left,
    Notice,
    NoticeKind,
    Pairing,
    Person,
    Platform,
    Submission,
    Submissions,
    Unfilled,
    Unpaired,
    feedback_zip,
    find_person,
    pair,
    read_gradebook,
    read_submissions,
)
from xlbackprop.classroom.roster import Student, read_roster
from xlbackprop.classroom.teachers_page import ClassRow, MadeMistake, class_page
from xlbackprop.classroom.variants import Variant, Variants
from xlbackprop.classroom.whose import VariantFinder

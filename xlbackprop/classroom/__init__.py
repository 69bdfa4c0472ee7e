"""What a class does with a workbook: exercises that check themselves, and the mistakes that people make in them."""

from __future__ import annotations

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
)
from xlbackprop.classroom.exercise import Exercise, make_exercise
from xlbackprop.classroom.leak_search import Leak, leaks
from xlbackprop.classroom.manifest import ManifestRow, manifest_line, manifest_lines, read_manifest
from xlbackprop.classroom.marking import Mark, Marking, code_of, mark
from xlbackprop.classroom.mistakes import KINDS, PASTED, Mistake, mistakes_in, pasted
from xlbackprop.classroom.planted_mistake import FAMOUS, PlantedMistake, plant_mistake
from xlbackprop.classroom.roster import Student, read_roster
from xlbackprop.classroom.variants import Variant, Variants

"""The marks of a workbook as plain data, for JSON: what `mark` and `grade` print, and other programs read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xlbackprop.classroom.answer_table import part_of
from xlbackprop.classroom.exercise import Exercise
from xlbackprop.classroom.marking import Mark, Marking
from xlbackprop.classroom.rubric import FULL_MARKS


def marks_as_data(marking: Marking, exercise: Exercise) -> dict[str, Any]:
    """Return the marks of a workbook: points, how many answers have which mark, the mistakes by name, every cell."""
    naming = exercise.run.of.naming
    return {
        "title": marking.title,
        "points": marking.points,
        "of": int(FULL_MARKS),
        "answers": dict(Counter(answer.mark.value for answer in marking.answers)),
        "mistakes": [
            {
                "sentence": sentence,
                "kind": answers[0].kind,
                "cells": [answer.cell for answer in answers],
                "formula": f"={answers[0].formula}",
                "right": f"={exercise.formula(answers[0].spot)}",
            }
            for sentence, answers in marking.mistakes.items()
        ],
        "wrong, not named": {
            answer.cell: answer.formula and f"={answer.formula}"
            for answer in marking.answers
            if answer.mark in (Mark.WRONG, Mark.UNCLEAR)
        },
        "cells": {
            answer.cell: {
                "of": naming.name(answer.spot.quantity),
                "row": answer.spot.row,
                "part": part_of(answer.spot.quantity, naming.depth),
                "mark": answer.mark.value,
                "points": round(answer.points, 4),
                "worth": round(answer.worth, 4),
                "number": answer.number,
            }
            for answer in marking.answers
        },
    }

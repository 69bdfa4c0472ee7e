"""The sheets `Step by step`: one row of a run with the arithmetic written out; and their layouts."""

from __future__ import annotations

from xlbackprop.sheets.steps.places import StepLayout, step_sheets

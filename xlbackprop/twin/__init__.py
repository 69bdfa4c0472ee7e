"""Lesson → one Python file that computes the same numbers and needs nothing but Python: a third reading of formulas."""

from __future__ import annotations

from xlbackprop.twin.program import twin
from xlbackprop.twin.seal import is_untouched

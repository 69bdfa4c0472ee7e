"""What a class does with a workbook: the mistakes that people make in it."""

from __future__ import annotations

from xlbackprop.classroom.mistakes import KINDS, Mistake, mistakes_in

__all__ = ["KINDS", "Mistake", "mistakes_in"]

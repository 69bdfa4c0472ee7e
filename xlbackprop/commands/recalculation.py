"""Recalculating a workbook, for the commands that prove one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import engine_trouble, patience, scratch_trouble

if TYPE_CHECKING:
    from xlbackprop.proof import Made, Report


def recalculated(path: Path, engine: str, made: Made | None = None) -> Report:
    """Return the report of `verify` with the engine of this name; its errors become InputError, with a hint."""
    from xlbackprop.proof import verify  # noqa: PLC0415

    saying = patience(f"recalculating every formula in {engine}")
    with saying, scratch_trouble(), engine_trouble(f"--engine {engine}"):
        return verify(path, engine, made)

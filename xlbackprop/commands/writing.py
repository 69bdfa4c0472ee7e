"""Where a command writes a workbook, and how: all files or none, and nothing that a person has changed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import engine_trouble, file_trouble, patience, scratch_trouble
from xlbackprop.commands.overwriting import what_would_be_lost
from xlbackprop.errors import InputError, Problem

if TYPE_CHECKING:
    from xlbackprop.workbook import Document


def target_of(output: str | None, stem: str) -> Path:
    """Return the path of the workbook that the option --output names; without it, that of `stem` in output/.

    Raises InputError where a workbook cannot have this name.
    """
    if output is not None and not output.strip():
        raise InputError("--output", [Problem("", "the name is empty.", "For instance: -o week3.xlsx")])
    name = f"{stem}.xlsx"
    path = Path("output") / name if output is None else Path(output)
    if path.is_dir():
        path = path / name
    if path.suffix.lower() != ".xlsx":
        own = Path(path.name.rstrip(". ")).stem
        known = path.with_name(f"{own}.xlsx" if own and not own.startswith(".") else name)
        problem = Problem("--output", "a workbook's name ends in .xlsx.", f"For instance: {known}")
        raise InputError(str(path), [problem])
    return path


def refuse_losses(path: Path, paper: Path | None, *, force: bool, others: Sequence[Problem] = ()) -> None:
    """Raise InputError with `others` and a problem for each file that must not be overwritten, if there are any."""
    if problems := [*what_would_be_lost(path, paper, force=force), *others]:
        raise InputError(str(path), problems)


def write(document: Document, path: Path, paper: Path | None, *, force: bool) -> None:
    """Write the workbook, and its hand-out where `paper` names one.

    The pages are drawn before anything is written, and both files take their places together: where something fails,
    there is never a new workbook beside an old hand-out. An old workbook that says the same stays.
    """
    from xlbackprop.machine import whole_files  # noqa: PLC0415
    from xlbackprop.xlsx.write import has_same_parts, write_package  # noqa: PLC0415

    pdf = None if paper is None else _pages(document)
    with patience(f"writing {path}"), file_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files, last_look = filter(None, (path, paper)), partial(refuse_losses, path, paper, force=force)
        with whole_files(*files, last_look=last_look, is_same=has_same_parts) as (workbook, *pages):
            write_package(document, workbook)
            for stream in pages:
                stream.write(pdf or b"")


def _pages(document: Document) -> bytes:
    from xlbackprop.engines import handout_pdf  # noqa: PLC0415

    hint = "Nothing was written; without --pdf the workbook alone is made."
    saying = patience("drawing the pages of the hand-out in LibreOffice")
    with saying, scratch_trouble(), engine_trouble("--pdf", hint):
        return handout_pdf(document)

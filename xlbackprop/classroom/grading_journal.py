"""The journal of a grading: what is done is not done again, and what a person has changed since is not overwritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlbackprop.classroom.grading import Graded

_PATTERN = "journal*.jsonl"


class GradingJournal:
    """The journals of a folder: one for each part of a class that was graded by itself.

    A line is a workbook that was graded, under the digest of all that its marks follow from.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Read the journals of a folder; what is added goes into that of this name. Raises OSError."""
        self._folder, self._path = folder, folder / name
        self._known: dict[str, Mapping[str, Any]] = {}
        self._written: dict[str, str] = {}  # digests of the feedback by the names of its files
        for path in sorted(folder.glob(_PATTERN)):
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    told = json.loads(line)
                    self._known[told["of"]] = told
                    self._written[told["file"]] = told["feedback"]
                except (ValueError, KeyError, TypeError):  # a line that was cut off as the command was ended
                    continue

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Return whether a folder has a journal: so what is in it was written by us."""
        return any(folder.glob(_PATTERN))

    def known(self, of: str, file: str) -> Graded | None:
        """Return what came of a workbook before; None where it is to be graded, or the file of its feedback is gone."""
        told = self._known.get(of)
        if told is None or told["file"] != file or (told["feedback"] and not (self._folder / file).exists()):
            return None
        return Graded(told["marks"], None, told["problem"])

    def is_changed(self, file: str) -> bool:
        """Return whether a person has changed a file of feedback since it was written."""
        path = self._folder / file
        return path.exists() and digest_of(path.read_bytes()) != self._written.get(file)

    def add_file(self, name: str, content: bytes) -> None:
        """Note what was written beside the feedback."""
        self._append({"of": "", "file": name, "feedback": digest_of(content)})

    def add(self, of: str, file: str, graded: Graded) -> None:
        """Note what came of a workbook, and the file of its feedback."""
        told = {
            "of": of,
            "file": file,
            "marks": graded.marks,
            "problem": graded.problem,
            "feedback": "" if graded.feedback is None else digest_of(graded.feedback),
        }
        self._append(told)

    def _append(self, told: Mapping[str, Any]) -> None:
        self._written[told["file"]] = told["feedback"]
        with self._path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(told, ensure_ascii=False) + "\n")


def digest_of(*pieces: bytes) -> str:
    """Return a digest of some bytes."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    return digest.hexdigest()

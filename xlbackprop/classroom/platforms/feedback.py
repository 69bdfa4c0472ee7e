"""The zip by which workbooks with feedback go back, each under the name that the platform gave the submission.

Moodle finds the participant by the first part of a path that has the form of its download, and ignores what equals the
submission (mod/assign/feedback/file/importziplib.php). Canvas finds user and file by the first two numbers between _
(Assignment#infer_comment_context_from_filename). Brightspace's rule is not published; names stay as downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from xlbackprop.classroom.platforms.download_names import name_to_return
from xlbackprop.classroom.platforms.submissions import Submission
from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import whole_file

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell: the same files make the same bytes
_READABLE_FILE = 0o100644 << 16
_UNIX = 3


def feedback_zip(target: Path, submissions: Iterable[Submission], files: Mapping[str, Path]) -> tuple[str, ...]:
    """Write the zip that the platform takes; `files` has workbooks with feedback by the submissions' original names.

    Return the original names of those that equal the submission: they are in the zip, but Moodle passes them over.
    Raises ValueError where a name is of no submission, InputError where two would have one name in the zip, OSError
    where a file cannot be read or written.
    """
    given = {submission.original: submission for submission in submissions}
    if strange := [name for name in files if name not in given]:
        raise ValueError(f"no submission is called {strange[0]!r}")
    returned = {name_to_return(given[name].platform, name): name for name in sorted(files)}
    if len(returned) < len(files):
        cure = "Name the folder or zip as the platform made it."
        raise InputError(str(target), [Problem("", "two submissions would have one name in the zip.", cure)])
    same = []
    with whole_file(target) as stream, ZipFile(stream, "w", ZIP_STORED) as archive:
        for inside, name in sorted(returned.items()):
            content = files[name].read_bytes()
            if content == given[name].path.read_bytes():
                same.append(name)
            entry = ZipInfo(_writable(inside, target), _TIME)
            entry.create_system, entry.external_attr = _UNIX, _READABLE_FILE
            archive.writestr(entry, content)
    return tuple(same)


def _writable(name: str, target: Path) -> str:
    """Return a name; raises InputError where it came from another system, in an encoding that is not known."""
    try:
        name.encode()
    except UnicodeEncodeError:
        cure = "Name the zip as the platform made it instead of the folder it was unpacked to."
        raise InputError(str(target), [Problem(f'"{name}"', "this name cannot be written into a zip.", cure)]) from None
    return name

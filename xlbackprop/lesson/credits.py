"""Author, institution, licence and logo of a lesson, from the top level of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xlbackprop.errors import InputError
from xlbackprop.lesson.companion_files import is_bare_name
from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.workbook import Image

LONGEST_CREDIT = 120
LOGO_ENDINGS = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Credits:
    """Author, institution, licence and logo of a lesson; empty where its file does not name them.

    `logo_file` names the logo, `logo_text` describes it. `logo` is None where the file is not at hand: a workbook
    carries its lesson without it. Whatever a sheet's cells depend on follows from the other fields.
    """

    author: str = ""
    institution: str = ""
    licence: str = ""
    logo_file: str = ""
    logo_text: str = ""
    logo: Image | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.line or self.logo_file)

    @property
    def line(self) -> str:
        """Author, institution and licence in one line: Ada Lovelace, University of London · CC BY 4.0."""
        whose = ", ".join(filter(None, (self.author, self.institution)))
        return " · ".join(filter(None, (whose, self.licence)))


def read_credits(root: TableReader, image: Callable[[str], Image | None]) -> Credits:
    """Return the credits in a lesson file; `image` returns a picture by its name, or raises InputError."""
    author, institution, licence = (
        root.line(key, LONGEST_CREDIT, default="") for key in ("author", "institution", "licence")
    )
    text = root.line("logo_text", LONGEST_CREDIT, default="")
    if text and not root.has("logo"):
        root.complain("logo_text", "it describes a logo, but there is none.", 'For instance: logo = "school.png"')
    text = text or (f"Logo of {institution}" if institution else "Logo")
    name, logo = _read_logo(root, image)
    return Credits(author, institution, licence, name, text if name else "", logo)


def _read_logo(root: TableReader, image: Callable[[str], Image | None]) -> tuple[str, Image | None]:
    """Return the name of the logo's file, and the picture; an empty name where there is none or it is wrong."""
    before = root.problem_count
    name = root.line("logo", longest=100, default="")
    if not name or root.problem_count > before:
        return "", None
    if not is_bare_name(name, *LOGO_ENDINGS):
        what = (
            f"the name of a file beside the lesson is needed, without folders, with one of {', '.join(LOGO_ENDINGS)}."
        )
        root.complain("logo", what, 'For instance: logo = "school.png"')
        return "", None
    try:
        return name, image(name)
    except InputError as error:
        for _, what, hint in error.problems:
            root.complain("logo", what, hint)
        return "", None

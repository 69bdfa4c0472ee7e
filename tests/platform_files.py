"""Downloads and gradebooks as learning platforms make them, imitated from their published forms."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

WORKBOOK = b"PK\3\4 as good as a workbook: nothing here opens it"


def zip_of(path: Path, files: Mapping[str, bytes] | Sequence[str]) -> Path:
    """Write a zip with these files; those without content are as good as workbooks."""
    contents = files if isinstance(files, Mapping) else dict.fromkeys(files, WORKBOOK)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def folder_of(path: Path, names: Sequence[str]) -> Path:
    """Make a folder with files of these names, as when the zip has been unpacked."""
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(WORKBOOK)
    return path


# -------------------------------------------------------------------------------------------------- Moodle's worksheet


class Language(NamedTuple):
    """What a worksheet has in a language: headers, the word for a participant, yes, no, and how a time is written.

    The words follow Moodle's language packs (recordid, maxgrade, gradecanbechanged, lastmodifiedgrade, hiddenuser …).
    """

    participant: str
    header: tuple[str, ...]
    yes: str
    no: str
    time: str
    comma: bool = False


LANGUAGES = {
    "en": Language(
        "Participant ",
        (
            "Identifier",
            "Full name",
            "Email address",
            "Status",
            "Grade",
            "Maximum Grade",
            "Grade can be changed",
            "Last modified (submission)",
            "Last modified (grade)",
            "Feedback comments",
        ),
        "Yes",
        "No",
        "Tuesday, 24 November 2026, 10:15 PM",
    ),
    "de": Language(
        "Teilnehmer/in",
        (
            "ID",
            "Vollständiger Name",
            "E-Mail-Adresse",
            "Status",
            "Bewertung",
            "Bestwertung",
            "Bewertung kann geändert werden",
            "Zuletzt geändert (Abgabe)",
            "Zuletzt geändert (Bewertung)",
            "Feedback als Kommentar",
        ),
        "Ja",
        "Nein",
        "Dienstag, 24. November 2026, 22:15",
        comma=True,
    ),
    "fr": Language(
        "Participant",
        (
            "Identifiant",
            "Nom complet",
            "Adresse de courriel",
            "Statut",
            "Note",
            "Note maximale",
            "La note peut être modifiée",
            "Dernière modification (travail remis)",
            "Dernière modification (note)",
            "Feedback par commentaires",
        ),
        "Oui",
        "Non",
        "mardi 24 novembre 2026, 22:15",
        comma=True,
    ),
    "es": Language(
        "Participante",
        (
            "Identificador",
            "Nombre completo",
            "Dirección de correo",
            "Estatus",
            "Calificación",
            "Calificación máxima",
            "La calificación puede ser cambiada",
            "Última modificación (entrega)",
            "Última modificación (calificación)",
            "Comentarios de retroalimentación",
        ),
        "Sí",
        "No",
        "martes, 24 de noviembre de 2026, 22:15",
        comma=True,
    ),
    "ja": Language(
        "参加者",
        (
            "ID",
            "フルネーム",
            "メールアドレス",
            "ステータス",
            "評点",
            "最大評点",
            "評点変更可",
            "最終更新日時 (提出)",
            "最終更新日時 (評定)",
            "フィードバックコメント",
        ),
        "はい",
        "いいえ",
        "2026年 11月 24日(火曜日) 22:15",
    ),
    "zh": Language(
        "参与者",
        ("编号", "全名", "Email", "状态", "成绩", "最高分", "允许更改成绩", "最后修改(作业)", "最后修改(成绩)", "评语"),
        "是",
        "否",
        "2026年11月24日 星期二 22:15",
    ),
}
PEOPLE = (
    ("12345", "Ada Lovelace", "ada@x.org"),
    ("12346", "Alan Turing", "alan@x.org"),
    ("12347", "Émilie du Châtelet", ""),
)


def worksheet(language: str = "en", locked: Sequence[str] = (), maximum: str = "", **others: str) -> list[list[str]]:
    """Return the rows of a grading worksheet; `others` gives grades by "g12345" and comments by "c12345"."""
    words = LANGUAGES[language]
    rows = [[*words.header]]
    for number, name, mail in PEOPLE:
        rows.append(
            [
                f"{words.participant}{number}",
                name,
                mail,
                'Submitted for grading\n"late", 2 days',
                others.get(f"g{number}", ""),
                maximum or ("50,00" if words.comma else "50.00"),
                words.no if number in locked else words.yes,
                words.time,
                "-",
                others.get(f"c{number}", ""),
            ]
        )
    return rows


def csv_bytes(
    rows: Sequence[Sequence[str]],
    separator: str = ",",
    end: str = "\n",
    encoding: str = "utf-8",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:
    """Return a table as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding)


def read_rows(content: bytes, separator: str = ",", encoding: str = "utf-8-sig") -> list[list[str]]:
    """Return the cells of a CSV file as Python's own reader has them."""
    return [*csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=separator)]


def moodle_takes(content: bytes, language: str, separator: str = ",") -> dict[int, tuple[float | None, str]]:
    """Return grade and comment of each participant by the rules of Moodle's importer (importgradeslib.php).

    Columns are those of the language's headers, the number is what follows the language's word for a participant, and
    a decimal comma counts as a point where the language has commas.
    """
    words = LANGUAGES[language]
    header, *rows = read_rows(content, separator)
    at_id, at_grade, at_comment = (header.index(words.header[place]) for place in (0, 4, 9))
    taken = {}
    for row in rows:
        grade = row[at_grade].replace(",", ".") if words.comma else row[at_grade]
        taken[int(row[at_id][len(words.participant) :])] = (float(grade) if grade else None, row[at_comment])
    return taken


# --------------------------------------------------------------------------------------------------------------- Canvas

CANVAS = [
    [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Notes",
        "Quiz (11)",
        "Backprop (3) (12)",
        "Final Score",
    ],
    ["", "", "", "", "", "", "", "Manual Posting", ""],
    ["    Points Possible", "", "", "", "", "", "10.00", "20.00", "(read only)"],
    ["Lovelace, Ada", "501", "s1", "ada@x.org", "One", "=1+1", "9.50", "", "95.00"],
    ["Turing, Alan", "502", "s2", "alan", "One", "", "", "17.00", ""],
    ["du Châtelet, Émilie", "503", "s3", "emilie", "One, two", "", "", "N/A", ""],
    ["Student, Test", "504", "", "0c1f", "One", "", "", "EX", ""],
]


def canvas_takes(content: bytes, assignment: int) -> dict[int, str]:
    """Return the score of each user by the rules of Canvas's importer (lib/gradebook_importer.rb).

    The separator is ; where it gives more cells in the first three lines, and of a number with several signs the last
    part is the decimals; a column of another number would become a new assignment.
    """
    text = content.decode("utf-8-sig")
    first = text.splitlines()[:3]
    counts = {sign: {len(next(csv.reader([line], delimiter=sign))) for line in first} for sign in ";,"}
    separator = ";" if len(counts[";"]) == 1 and max(counts[";"]) > 1 else ","
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    (column,) = [at for at, cell in enumerate(rows[0]) if re.search(rf"\({assignment}\)$", cell)]
    assert "Section" in rows[0]
    taken = {}
    for row in rows[1:]:
        if "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
            continue
        score = row[column].strip()
        if re.fullmatch(r"-?[0-9.,]+%?", score):
            *whole, last = re.split("[,.]", score)
            score = f"{''.join(whole)}.{last}" if whole else last
        taken[int(row[1])] = score
    return taken


# ---------------------------------------------------------------------------------------------------------- Brightspace

BRIGHTSPACE = [
    [
        "OrgDefinedId",
        "Username",
        "Last Name",
        "First Name",
        "Quiz Points Grade <Numeric MaxPoints:5 Weight:10>",
        "Backprop Points Grade <Numeric MaxPoints:40 Weight:50 Category:Work CategoryWeight:15>",
        "Calculated Final Grade Numerator",
        "End-of-Line Indicator",
    ],
    ["#1001", "#ada.l", "Lovelace", "Ada", "4", "", "", "#"],
    ["#1002", "#alan.t", "Turing", "Alan", "", "31.5", "", "#"],
]

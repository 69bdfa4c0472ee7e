"""The command line: reads its words, runs the command that they name, and returns the exit code.

0: done (and, where something was compared, equal). 1: compared and different. 2: the words, the lesson or the file
cannot be used. argparse reads the words because it is quick to import; the modules of a command are imported when it
runs, so that `--help`, `--version` and errors in the words answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache

from xlbackprop import streams
from xlbackprop.lesson_library import DEFAULT_LESSON

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than the whole command line
if TYPE_CHECKING:
    from typing import Any, NoReturn

DEFAULT_ENGINE = "formualizer"

_EXAMPLES = """\
examples:
  xlbackprop generate                               the 2-2-2 walkthrough, into output/walkthrough.xlsx
  xlbackprop generate --epochs 50 --rates 0.5,1     the same with 51 rows a sheet and two learning rates
  xlbackprop lessons                                the built-in lessons; generate xor makes one of them
  xlbackprop new my-lesson.toml                     a commented lesson to edit; --like xor begins with another
  xlbackprop new my.toml --layers 3,4,2             the same with a network of your own; --data my.csv with its examples
  xlbackprop generate my-lesson.toml -o week3.xlsx  your own workbook
  xlbackprop generate xor --pdf                     and a hand-out for paper, output/xor.pdf
  xlbackprop verify week3.xlsx                      is it still right? recalculates every formula
  xlbackprop verify handed-in/*.xlsx                of many workbooks, a line each
  xlbackprop verify week3.xlsx --engine all         the same in every spreadsheet program that is here
  xlbackprop exercise xor --level forward           to be filled in; --solution is what the teacher keeps
  xlbackprop generate --plant-bug                   a workbook with a mistake to be found; the answer beside it
  xlbackprop mark week3.xlsx --lesson walkthrough   what it is worth, and the mistakes by name, as JSON
  xlbackprop audit by-hand/*.xlsx                   workbooks made by hand: what is wrong, at its root, by name
  xlbackprop twin walkthrough                       the same numbers from one Python file, to be read
  xlbackprop show walkthrough --rate 0.5 --epoch 3  every number of one step, in the terminal
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command of these words, by default those of the command line; return the exit code.

    Raises OSError where the help cannot be printed, and SystemExit after it or after wrong words.
    """
    streams.replace_missing_signs()
    arguments = _parser().parse_args(words)
    from xlbackprop import commands  # noqa: PLC0415

    return commands.run(arguments)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """A help formatter that finds the terminal's width itself: argparse would import shutil with all its archives."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


class _Parser(argparse.ArgumentParser):
    """A parser with that formatter and clearer errors; the parsers of the commands are of this class too."""

    def __init__(self, **words: Any) -> None:
        super().__init__(formatter_class=_Formatter, **words)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print the help or an error message. argparse itself would pass over an OSError in silence."""
        print(message, end="", file=file or sys.stderr)

    def error(self, message: str) -> NoReturn:
        """Print the error in the words, with a suggestion for an unknown command, and exit with 2."""
        from xlbackprop.errors import did_you_mean, printable  # noqa: PLC0415

        before, wrong, known = message.partition("invalid choice: ")
        if wrong and before == "argument COMMAND: ":
            word, _, names = known.partition(" (choose from ")
            commands = names.strip(")").replace("'", "").split(", ")
            hint = did_you_mean(word.strip("'"), commands)
            message = f"there is no command {word}. {hint}"
        super().error(printable(message))


@cache
def _terminal_width() -> int:
    try:
        return int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns or 80
    except (ValueError, OSError):
        return 80


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="xlbackprop",
        description="Make, prove and hand out workbooks that teach backpropagation by hand.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(title="commands", prog=parser.prog, metavar="COMMAND", required=True)
    _generate_words(commands)
    _verify_words(commands)
    command = commands.add_parser("lessons", help="list the built-in lessons")
    command.set_defaults(command="lessons")
    command = commands.add_parser("parts", help="list what a lesson can be made of: activations, losses, optimizers")
    command.set_defaults(command="parts")
    _show_words(commands)
    _exercise_words(commands)
    _mark_words(commands)
    _audit_words(commands)
    _grade_words(commands)
    _autograder_words(commands)
    _twin_words(commands)
    command = commands.add_parser("new", help="write a commented lesson to edit")
    command.add_argument("file", metavar="FILE", help="where to write it (.toml)")
    like = f"the built-in lesson to begin with (default: {DEFAULT_LESSON})"
    command.add_argument("--like", metavar="LESSON", help=like)
    command.add_argument("--layers", metavar="N,N", help="a network of your own: inputs, hidden units, outputs")
    command.add_argument("--activation", metavar="NAME", help="that of its hidden layers (default: tanh)")
    command.add_argument("--data", metavar="FILE", help="a CSV file with its examples; the last column is the target")
    command.set_defaults(command="new")
    return parser


_Commands = argparse._SubParsersAction  # the only name that argparse has for it


def _generate_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("generate", help="make the workbook of a lesson, and prove it")
    _lesson_word(command)
    command.add_argument("-o", "--output", metavar="FILE", help="the workbook (default: output/LESSON.xlsx)")
    command.add_argument("--epochs", metavar="N", help="the last epoch: N updates, N + 1 rows a sheet")
    command.add_argument("--rates", metavar="RATE,RATE", help="learning rates, one sheet each: --rates 0.1,0.5")
    command.add_argument("--pdf", action="store_true", help="make a hand-out beside it, for paper (needs LibreOffice)")
    command.add_argument("--force", action="store_true", help="overwrite what somebody has changed")
    command.add_argument("--no-verify", action="store_true", help="do not recalculate what was written")
    bug = "a workbook with a mistake to be found, of a kind or of any; which, a file beside it says"
    command.add_argument("--plant-bug", nargs="?", const="", metavar="KIND", help=bug)
    command.add_argument("--seed", metavar="N", help="another number plants another mistake (default: 0)")
    command.set_defaults(command="generate")


def _verify_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("verify", help="recalculate workbooks and compare them with NumPy")
    command.add_argument(
        "files", metavar="FILE", nargs="+", help="a workbook that xlbackprop has made; of several, a line each"
    )
    what = f"the spreadsheet program, of those that `engines` lists, or all of them (default: {DEFAULT_ENGINE})"
    command.add_argument("--engine", default=DEFAULT_ENGINE, metavar="NAME", help=what)
    lost = "what a program lost when it saved the file (a drawing, notes, a menu) counts as a difference, too"
    command.add_argument("--strict", action="store_true", help=lost)
    command.set_defaults(command="verify")
    command = commands.add_parser(
        "engines", help="list the spreadsheet programs that can recalculate, and what is here"
    )
    command.set_defaults(command="engines")


def _show_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("show", help="print every number of one step")
    _lesson_word(command)
    command.add_argument("--run", metavar="NAME", help="the run, by the name of its sheet (default: the first)")
    command.add_argument("--rate", metavar="RATE", help="the run of this learning rate")
    command.add_argument("--epoch", metavar="N", help="the epoch (default: 0)")
    command.add_argument("--example", metavar="N", help="which of several examples (default: 1)")
    command.set_defaults(command="show")


def _exercise_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser(
        "exercise", help="make a workbook to fill in, which checks itself and holds no answer"
    )
    _lesson_word(command)
    command.add_argument("-o", "--output", metavar="FILE", help="the workbook (default: output/LESSON-exercise.xlsx)")
    levels = "what is filled in: forward, output (its gradients), hidden (theirs), or all (default: as the lesson says)"
    command.add_argument("--level", metavar="LEVEL", help=levels)
    command.add_argument("--rows", metavar="N", help="how many rows the table has (default: as it says, or a few)")
    command.add_argument("--no-hints", action="store_true", help="leave out the rules on the sheet for paper")
    command.add_argument("--solution", action="store_true", help="the teacher's edition, with all answers")
    command.add_argument("--force", action="store_true", help="overwrite what somebody has changed")
    roster = "a CSV file of students: a workbook with other numbers for each, into the folder that -o names"
    command.add_argument("--roster", metavar="FILE", help=roster)
    command.add_argument("--key", metavar="WORD", help="a word that only you know; another gives other numbers")
    command.add_argument("--names", action="store_true", help="the students' names stand on their sheets")
    command.add_argument("--jobs", metavar="N", help="so many processes at once (default: 1)")
    command.add_argument("--shard", metavar="I/N", help="only this part of the roster, as of several machines: 2/5")
    command.set_defaults(command="exercise")


def _mark_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("mark", help="mark exercises that were filled in: points, and the mistakes by name")
    command.add_argument("files", metavar="FILE", nargs="+", help="a filled-in exercise; of several, a list is printed")
    command.add_argument("--lesson", required=True, metavar="LESSON", help="its lesson")
    command.add_argument("--level", metavar="LEVEL", help="its level, if it was made with one")
    command.add_argument("--rows", metavar="N", help="its rows, if it was made with --rows")
    command.add_argument("--manifest", metavar="FILE", help="of variants: the manifest of their class")
    formats = "json (default), or what a platform reads of one submission, a file or a folder: gradescope, prairielearn"
    command.add_argument("--format", default="json", metavar="NAME", help=formats)
    command.add_argument("-o", "--output", metavar="FILE", help="write it there (.json), not to the terminal")
    command.set_defaults(command="mark")


def _audit_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("audit", help="judge workbooks made by hand: what is wrong, at its root, by name")
    command.add_argument("files", metavar="FILE", nargs="+", help="a workbook, .xlsx or .ods, with the table of a run")
    lesson = f"the lesson whose network it is, and whose numbers it starts from (default: that of {DEFAULT_LESSON})"
    command.add_argument("--lesson", metavar="LESSON", help=lesson)
    command.add_argument("--json", action="store_true", help="print data: tables, mistakes, charts")
    out = "write a copy with notes of what was found; of several files into this folder"
    command.add_argument("--annotate", metavar="OUT", help=out)
    command.set_defaults(command="audit")


def _grade_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("grade", help="mark a class's submissions, and fill in the platform's gradebook")
    source = "the submissions, as Moodle, Canvas or Brightspace gives them out: a zip or a folder"
    command.add_argument("source", metavar="FOLDER|ZIP", help=source)
    command.add_argument("--lesson", required=True, metavar="LESSON", help="the lesson of the exercise")
    command.add_argument("--level", metavar="LEVEL", help="its level, if it was made with one")
    command.add_argument("--rows", metavar="N", help="its rows, if it was made with --rows")
    command.add_argument("--manifest", metavar="FILE", action="append", help="of variants: the manifest of their class")
    command.add_argument("--roster", metavar="FILE", help="the students, a CSV file: tells who is absent")
    command.add_argument("--marks", metavar="FILE", help="the gradebook that the platform exported, to be filled in")
    command.add_argument("--platform", metavar="NAME", help="moodle, canvas, brightspace or folder (default: as named)")
    command.add_argument("--column", metavar="HEADER", help="its column of grades, where there are several")
    command.add_argument("--overwrite-grades", action="store_true", help="fill in where another grade is already")
    command.add_argument("--show-right", action="store_true", help="the feedback tells a right formula, too")
    command.add_argument("-o", "--output", metavar="FOLDER", help="where all goes (default: output/LESSON-marks)")
    command.add_argument("--no-names", action="store_true", help="names and ids are left out of all that is written")
    command.add_argument("--json", action="store_true", help="print the marks as JSON")
    command.add_argument("--jobs", metavar="N", help="so many processes at once (default: 1)")
    command.add_argument("--shard", metavar="I/N", help="only this part of the submissions: 2/5")
    command.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler that hands the work to its workers")
    command.add_argument("--force", action="store_true", help="write feedback anew that somebody has changed")
    command.set_defaults(command="grade")


def _autograder_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("autograder", help="make the zip by which Gradescope marks an exercise")
    _lesson_word(command)
    command.add_argument("-o", "--output", metavar="FILE", help="the zip (default: output/LESSON-autograder.zip)")
    command.add_argument("--level", metavar="LEVEL", help="that of the exercise, if it was made with one")
    command.add_argument("--rows", metavar="N", help="its rows, if it was made with --rows")
    command.add_argument("--manifest", metavar="FILE", help="of variants: the manifest of their class")
    ods = "install LibreOffice there, too, which .ods files need; without it they are asked for as .xlsx"
    command.add_argument("--ods", action="store_true", help=ods)
    command.add_argument("--force", action="store_true", help="overwrite what somebody has changed")
    command.set_defaults(command="autograder")


def _twin_words(commands: _Commands[_Parser]) -> None:
    command = commands.add_parser("twin", help="write a lesson as one Python file that computes the same numbers")
    _lesson_word(command)
    command.add_argument("-o", "--output", metavar="FILE", help="the file (default: output/LESSON_twin.py)")
    command.add_argument("--force", action="store_true", help="overwrite what somebody has changed")
    command.set_defaults(command="twin")


def _lesson_word(command: _Parser) -> None:
    command.add_argument(
        "lesson", nargs="?", default=DEFAULT_LESSON, metavar="LESSON", help="a built-in lesson or a TOML file"
    )


class _Version(argparse.Action):
    """The option --version; it imports the version only when used."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from xlbackprop._version import __version__  # noqa: PLC0415

        print(f"xlbackprop {__version__}")
        parser.exit()

"""The commands of the command line, and how errors become messages and exit codes.

A command's module is imported when the command runs, and the modules that it needs when it needs them. To add one,
write a module with a function that takes the parsed arguments and returns the exit code, name it in `_COMMANDS`, and
declare its arguments in `cli`.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from xlbackprop import streams
from xlbackprop.errors import InputError

# the module and its function
_COMMANDS = {
    "generate": ("generate", "run"),
    "verify": ("verify", "run"),
    "engines": ("verify", "engines"),
    "lessons": ("lists", "lessons"),
    "parts": ("lists", "parts"),
    "show": ("show", "run"),
    "new": ("new", "run"),
    "exercise": ("exercise", "run"),
    "mark": ("mark", "run"),
    "audit": ("audit", "run"),
    "autograder": ("autograder", "run"),
    "grade": ("grade", "run"),
    "twin": ("twin", "run"),
}


def run(arguments: argparse.Namespace) -> int:
    """Run the command of the parsed arguments; return the exit code.

    0 done, 1 different, 2 unusable input.
    """
    try:
        module, function = _COMMANDS[arguments.command]
        return streams.flushed(getattr(import_module(f"xlbackprop.commands.{module}"), function)(arguments))
    except InputError as error:
        streams.say(error)
        return 2
    except OSError as error:
        if error.filename is None:  # errors with a file name are turned into messages where they happen
            return streams.report_lost_output(error)
        streams.say(f"{error.filename}: {error.strerror or error}")
        return 2

"""What each command of the command line does, one module a command, and how it says what went wrong.

A command's module is imported when the command runs, and what that needs when it needs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from xlbackprop.errors import InputError

# the module and its function
_COMMANDS = {
    "generate": ("generate", "run"),
    "verify": ("verify", "run"),
    "validate": ("validate", "run"),
    "lessons": ("lists", "lessons"),
    "parts": ("lists", "parts"),
    "show": ("show", "run"),
    "new": ("new", "run"),
}


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was read from the command line; return the exit code."""
    try:
        module, function = _COMMANDS[arguments.command]
        code: int = getattr(import_module(f"xlbackprop.commands.{module}"), function)(arguments)
        return code
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader went away (`xlbackprop show … | head`): nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        print(f"{error.filename or 'xlbackprop'}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was half-written.", file=sys.stderr)
        return 130

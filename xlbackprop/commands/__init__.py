"""What each command of the command line does, one module a command, and how it says what went wrong.

A command's module is imported when the command runs, and what that needs when it needs it.
"""

from __future__ import annotations

import argparse
import signal
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
}


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was read from the command line; return the exit code."""
    try:
        module, function = _COMMANDS[arguments.command]
        return streams.flushed(getattr(import_module(f"xlbackprop.commands.{module}"), function)(arguments))
    except InputError as error:
        streams.say(error)
        return 2
    except OSError as error:
        if error.filename is None:  # whatever has a name or a place is told where it happens
            return streams.report_lost_output(error)
        streams.say(f"{error.filename}: {error.strerror or error}")
        return 2
    except KeyboardInterrupt as stopped:
        streams.say("stopped; nothing was half-written.")
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)

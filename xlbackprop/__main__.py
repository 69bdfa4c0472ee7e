"""The process of a command: `python -m xlbackprop`, and what the installed `xlbackprop` starts."""

from __future__ import annotations

import gc
import sys

from xlbackprop import cli


def main() -> int:
    """Run the command line as a process of its own; return the exit code.

    A command makes no rings of objects worth looking for, and the search would take a fifth of a short one's time, at
    the end once more for all that was imported.
    """
    gc.disable()
    code = cli.main()
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())

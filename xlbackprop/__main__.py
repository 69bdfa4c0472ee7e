"""The process of a command: `python -m xlbackprop`, and what the installed `xlbackprop` starts."""

from __future__ import annotations

import gc
import signal
import sys

from xlbackprop import cli, streams

# To be ended (a time limit, a shutdown) and to lose one's terminal are told like Ctrl-C, so that drafts are removed.
_ENDINGS = ("SIGTERM", "SIGHUP")


def main() -> int:
    """Run the command line as a process of its own; return the exit code.

    A command makes no rings of objects worth looking for, and the search would take a fifth of a short one's time, at
    the end once more for all that was imported.
    """
    streams.open_standard_streams()
    _stop_when_told_to_end()
    gc.disable()
    try:
        code = cli.main()
    except SystemExit as end:  # the help was wanted, or the words were wrong
        code = int(end.code or 0)
    except OSError as error:
        code = streams.report_lost_output(error)
    gc.freeze()
    return streams.flushed(code)


def _stop_when_told_to_end() -> None:
    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    for name in _ENDINGS:
        ending = getattr(signal, name, None)
        if ending is not None and signal.getsignal(ending) == signal.SIG_DFL:  # `nohup` has it ignored
            signal.signal(ending, stop)


if __name__ == "__main__":
    sys.exit(main())

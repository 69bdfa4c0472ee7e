"""The process of a command: `python -m xlbackprop`, and what the installed `xlbackprop` starts.

Little is imported here before `main` has taken the signals that end a process, so that who stops it in its first
moments sees no traceback.
"""

from __future__ import annotations

import signal
import sys

# To be ended (a time limit, a shutdown) and to lose one's terminal are told like Ctrl-C, so that drafts are removed.
_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")


def main() -> int:
    """Run the command line as a process of its own; return the exit code, 128 + the signal where it was stopped."""
    told = _stop_when_told_to_end()
    try:
        return _run()
    except BaseException:  # a library may turn the interrupt of its own import into another error
        if not told:
            raise
    finally:
        _be_told_no_more()
    from xlbackprop import streams  # noqa: PLC0415

    streams.say("stopped; nothing was half-written.")
    return 128 + told[0]


def _run() -> int:
    """Run the command line; return the exit code.

    A command makes no rings of objects worth looking for, and the search would take a fifth of a short one's time, at
    the end once more for all that was imported.
    """
    import gc  # noqa: PLC0415

    from xlbackprop import cli, streams  # noqa: PLC0415

    streams.open_standard_streams()
    gc.disable()
    try:
        code = cli.main()
    except SystemExit as end:  # the help was wanted, or the words were wrong
        code = int(end.code or 0)
    except OSError as error:
        code = streams.report_lost_output(error)
    gc.freeze()
    return streams.flushed(code)


def _stop_when_told_to_end() -> list[int]:
    """Let each of the signals raise KeyboardInterrupt; return the list to which those that came are appended."""
    told: list[int] = []

    def stop(number: int, _: object) -> None:
        told.append(number)
        raise KeyboardInterrupt(number)

    for ending in _endings():
        if signal.getsignal(ending) in (signal.SIG_DFL, signal.default_int_handler):  # `nohup` has it ignored
            signal.signal(ending, stop)
    return told


def _be_told_no_more() -> None:
    """Ignore the signals from now on: the work is over, and Python would print a traceback while it ends."""
    for ending in _endings():
        signal.signal(ending, signal.SIG_IGN)


def _endings() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]  # Windows has not all of them


if __name__ == "__main__":
    sys.exit(main())

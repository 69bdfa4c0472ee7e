"""Run one command and write down what it cost: REPORT COMMAND…

This is a process of its own, started without site-packages, because a new process begins its count of peak memory with
what its parent holds: measured from a large parent, every small program would look as large as the parent.
"""

import os
import sys
import time


def main() -> int:
    """Write CPU and wall seconds, peak memory in the unit of the system, and the exit code; return 0."""
    report, *command = sys.argv[1:]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would triple this process
        print(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, os.waitstatus_to_exitcode(status), file=file)
    return 0


if __name__ == "__main__":
    sys.exit(main())

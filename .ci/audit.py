"""Ask pip-audit for known vulnerabilities: `python .ci/audit.py PYTHON` looks at all that is installed beside PYTHON.

A vulnerability fails: exit code 1. Where the service cannot be reached, or does not know a package, nothing was found
because nothing was asked: that is said in capital letters, and does not fail. Any other trouble fails.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

AUDIT = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
NOT_ASKED_FOR = {"xlbackprop", "pip", "setuptools"}  # on no index; and what Python puts into every environment
UNREACHABLE = ("ConnectionError", "Could not connect", "Max retries exceeded", "ReadTimeout")


def installed(python: str) -> list[str]:
    """Return what is installed there, as "name==version"."""
    command = [python, "-m", "pip", "list", "--format=freeze", "--exclude-editable"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [line for line in lines if plain_name(line) not in NOT_ASKED_FOR]


def plain_name(package: str) -> str:
    """Return a package's name as indexes spell it: "et_xmlfile==2.0" is et-xmlfile."""
    return re.sub("[-_.]+", "-", package.partition("==")[0]).lower()


def audited(packages: list[str]) -> tuple[int, str]:
    """Return the exit code and what is to be said."""
    with TemporaryDirectory() as room:
        listed = Path(room) / "installed.txt"
        listed.write_text("\n".join(packages), encoding="utf-8")
        done = subprocess.run([*AUDIT, "-r", str(listed)], capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        if any(sign in done.stderr for sign in UNREACHABLE):
            return 0, "NOT AUDITED: THE SERVICE THAT KNOWS THE VULNERABILITIES CANNOT BE REACHED."
        return 1, f"pip-audit failed:\n{done.stderr}"
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for one in found
        for fault in one.get("vulns", ())
    ]
    asked = [one for one in found if "skip_reason" not in one]
    lines = [*faults, f"{len(asked)} of {len(packages)} packages audited, {len(faults)} known vulnerabilities."]
    if len(asked) < len(packages):
        unknown = {plain_name(line) for line in packages} - {plain_name(one["name"]) for one in asked}
        lines.append(f"NOT AUDITED, FOR THE SERVICE DID NOT ANSWER FOR THEM: {', '.join(sorted(unknown))}")
    return int(bool(faults)), "\n".join(lines)


code, words = audited(installed(sys.argv[1]))
print(words)
sys.exit(code)

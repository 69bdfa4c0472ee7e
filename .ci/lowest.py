"""Print the oldest versions that pyproject.toml allows, one a line, as constraints for pip.

Only what a user installs: the dependencies, and the extras but for `dev`. A requirement without a lower bound, or
without an upper one, is a fault: exit code 1.
"""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = [one for name, group in project["optional-dependencies"].items() if name != "dev" for one in group]
faults = []
for requirement in sorted({*project["dependencies"], *extras}):
    bounds = re.match(r"([\w.-]+)>=([\d.]+),<[\d.]+(;|$)", requirement)
    if bounds is None:
        faults.append(f"pyproject.toml: {requirement!r} does not say from which version on and up to which.")
    else:
        print(f"{bounds[1]}=={bounds[2]}")
sys.exit("\n".join(faults) or 0)

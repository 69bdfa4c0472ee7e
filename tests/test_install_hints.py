"""What is said of a missing engine can be copied into the terminal, wherever xlbackprop came from."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import NoReturn

import pytest

from tests.command_line import require
from xlbackprop.engines import ENGINES, EngineMissing
from xlbackprop.engines.python_packages import PythonPackage

TOP = Path(__file__).parent.parent
PACKAGES = {name: program for name, program in ENGINES.items() if isinstance(program, PythonPackage)}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The command that each engine names where its package is missing, in words."""

    def missing(name: str) -> NoReturn:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    commands = {}
    for name, program in PACKAGES.items():
        with pytest.raises(EngineMissing) as said:
            program.version()
        commands[name] = shlex.split(str(said.value).partition(" is not installed: ")[2])
    return commands


@pytest.mark.checkout
def test_it_names_the_package_as_the_project_asks_for_it(told: dict[str, list[str]]) -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = {re.split("[<>=]", words)[0]: words for words in (*project["dependencies"], *extras["engines"])}
    assert {name: words[-1] for name, words in told.items()} == {
        name: asked[program.package] for name, program in PACKAGES.items()
    }
    assert extras["ironcalc"] == [asked["ironcalc"]]


def test_it_runs_the_pip_of_this_python(told: dict[str, list[str]]) -> None:
    assert {tuple(words[:-1]) for words in told.values()} == {(sys.executable, "-m", "pip", "install")}


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_pip_accepts_it_in_a_new_environment(name: str, told: dict[str, list[str]], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    python = tmp_path / "new" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    command = [str(python), *told[name][1:], "--dry-run", "--no-deps", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    require("No matching distribution" not in done.stderr, "there is no index of packages within reach")
    assert done.returncode == 0, done.stderr


@pytest.mark.checkout
def test_nobody_is_sent_to_an_index_that_may_not_have_xlbackprop() -> None:
    files = [*(TOP / "xlbackprop").rglob("*.py"), *(TOP / "docs").glob("*.md"), TOP / "README.md"]
    assert [path.name for path in files if "xlbackprop[" in path.read_text(encoding="utf-8")] == []

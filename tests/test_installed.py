"""Whatever was installed, from a checkout or a wheel: it brings every lesson, writes it and proves it."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from tests.lessons import covering_lessons
from xlbackprop import __version__, load_lesson
from xlbackprop.cli import main
from xlbackprop.lesson_library import built_in_lessons

pytestmark = pytest.mark.installed


@pytest.mark.parametrize("name", covering_lessons())
def test_a_lesson_that_comes_along_is_written_and_proved(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    epochs = 1 if name == "digits" else min(5, load_lesson(name).epochs)
    assert main(["generate", name, "--epochs", str(epochs)]) == 0
    assert "Every formula and every value is as it should be" in capsys.readouterr().out


@pytest.mark.parametrize("name", built_in_lessons())
def test_every_lesson_comes_along(name: str) -> None:
    assert load_lesson(name).title


def test_its_metadata_tell_what_it_is() -> None:
    told = metadata.metadata("xlbackprop")
    assert told["Version"] == __version__
    assert told["License-Expression"] == "MIT"
    assert told.get_all("License-File") == ["LICENSE"]
    (command,) = metadata.entry_points(group="console_scripts", name="xlbackprop")
    assert command.load() is main or command.load().__module__ == "xlbackprop.__main__"

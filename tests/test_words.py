"""Nothing is decided from a sentence: in other words the same workbook has the same verdict, exit code and notes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from xlbackprop import compile_document, load_lesson, sheets, verify
from xlbackprop.cli import main
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.checks.places import ChecksLayout
from xlbackprop.workbook import Verdict

SOUND, DIVERGING = ("--epochs", "4", "--rates", "0.5"), ("--epochs", "4", "--rates", "0.5,1e6")
# A run that overflows after an edit, which NumPy's run of the shipped numbers cannot excuse.
FAILING = {"learning rate 1": 1e6}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["our words", "other words"])
def said(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return how a sound, a diverging and a failing workbook are told of: in the package's words, or in others."""
    if request.param == "our words":
        return {"sound": "PASS: all checks", "diverged": "The run diverged", "failed": "FAIL: 1 of 1 run"}
    monkeypatch.setattr(wording, "SOUND", "Alles gut")
    for verdict, text in ((Verdict.PASS, "Alles gut"), (Verdict.PASS_EDITED, "Alles gut, geändert")):
        monkeypatch.setitem(wording.OF_A_RUN, verdict, text)
        monkeypatch.setitem(wording.OF_ALL_RUNS, verdict, f"{text}: {{runs}}")
    monkeypatch.setitem(wording.OF_A_RUN, Verdict.OVERFLOW, "zu groß")
    monkeypatch.setitem(wording.OF_ALL_RUNS, Verdict.OVERFLOW, "zu groß: {number} von {runs}")
    monkeypatch.setitem(wording.OF_ALL_RUNS, Verdict.FAIL, "Falsch: {number} von {runs}")
    for name in ("NO_NUMBER", "BROKEN", "UNLIKE_NUMPY", "TOLERANCE_CHANGED"):
        monkeypatch.setattr(wording, name, f"Falsch: {name}")
    monkeypatch.setattr(wording, "LOST", "Falsch: {number} fehlen")
    monkeypatch.setattr(wording, "EDITED", "geändert")
    monkeypatch.setattr(wording, "DIVERGED", "Zu groß: ab Epoche {number}")
    return {"sound": "Alles gut: 1 run", "diverged": "Zu groß: ab Epoche 1", "failed": "Falsch: 1 von 1 run"}


def test_a_sound_workbook_ends_with_0(said: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", *SOUND]) == 0
    assert said["sound"] in capsys.readouterr().out


def test_a_run_that_diverged_is_noted_and_no_failure(said: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", *DIVERGING]) == 0
    assert f"LR=1000000.0: {said['diverged']}" in capsys.readouterr().out


def test_a_workbook_whose_checks_fail_ends_with_1(
    said: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = partial(compile_document, changed=FAILING)
    monkeypatch.setattr(sheets, "compile_document", failing)
    assert main(["generate", *SOUND]) == 1
    assert said["failed"] in capsys.readouterr().out
    assert verify(Path("output/walkthrough.xlsx")).equal  # so it is the verdict that decided


def test_the_document_carries_what_became_of_each_run(said: dict[str, str]) -> None:
    lesson = load_lesson(epochs=4, learning_rates=[0.5, 1e6])
    document = compile_document(lesson)
    assert document.outcomes == (("LR=0.5", Verdict.PASS, None), ("LR=1000000.0", Verdict.OVERFLOW, 1))
    assert document.verdict is Verdict.OVERFLOW
    shown = document["Checks"].cells[ChecksLayout(lesson).verdict_row, 2].value
    assert shown == wording.verdict_words([outcome.verdict for outcome in document.outcomes])
    edited = compile_document(lesson, {"w1": 0.25})
    assert [outcome.verdict for outcome in edited.outcomes] == [Verdict.PASS_EDITED, Verdict.FAIL]
    assert said["sound"].partition(":")[0] in str(edited["Checks"].cells[ChecksLayout(lesson).run_row(0), 2].value)

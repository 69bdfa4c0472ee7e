"""Each planted fault is seen by exactly those validators of which the table says so, and every rule of ours sees one.

The Open XML SDK takes a second a file; of it the table is checked as a whole with XLBACKPROP_LONG=1, and otherwise
where it alone sees a fault.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from tests.faults import FAULTS, SDK, Fault, Parts, plant, sound_document
from tests.lint import RULES, broken_rules, read_facts
from tests.planting import validator_is_here
from tests.validators import VALIDATORS, OwnLint
from xlbackprop import write_workbook
from xlbackprop.errors import InputError

LONG = os.environ.get("XLBACKPROP_LONG") == "1"
KNOWN_GAPS = {
    "a formula with a wrong value",  # a sound file that says something false: `verify` sees it
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "sound.xlsx"
    write_workbook(sound_document(), path)
    return path


def test_without_a_fault_nobody_finds_one(sound: Path) -> None:
    facts = read_facts(sound)
    for validator in VALIDATORS:
        if validator_is_here(validator):
            assert validator.judge(sound, facts).findings == (), validator.name


@pytest.mark.filterwarnings("ignore:Duplicate name")  # one of the faults is a part that is there twice
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_seen_by_those_who_should(sound: Path, tmp_path: Path, fault: Fault) -> None:
    path = tmp_path / "faulty.xlsx"
    plant(sound, fault, path)
    facts = read_facts(path)
    rules = broken_rules(facts)
    assert (fault.rule in rules) if fault.rule else not rules, rules
    wanted, seen = set(fault.others), set()
    for validator in VALIDATORS:
        asked = validator.name != SDK or LONG or (fault.others == {SDK} and not fault.rule)
        if isinstance(validator, OwnLint):
            continue
        if not (asked and validator_is_here(validator)):
            wanted.discard(validator.name)
        elif validator.judge(path, facts).findings:
            seen.add(validator.name)
    assert seen == wanted


def test_every_fault_is_seen_by_somebody_but_for_the_known_gaps() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names) > 100
    assert {fault.name for fault in FAULTS if not fault.rule and not fault.others} == KNOWN_GAPS


JUNK = ("", "x", "-1", "1e999", "9" * 5000, "²", "A0", "#REF!", "ZZZZ1", "[1]x!A1", "&quot;", "(", "1_0")


@pytest.mark.parametrize("seed", range(30))
def test_no_rule_breaks_down_over_junk(sound: Path, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)

    def change(parts: Parts) -> Parts:
        number = draw.randrange(len(parts))
        name, content = parts[number]
        text = content.decode()
        places = [*re.finditer('(?<==")[^"]+(?=")|(?<=>)[^<>]+(?=<)', text)]
        for match in sorted(draw.sample(places, min(len(places), 4)), key=re.Match.start, reverse=True):
            text = text[: match.start()] + draw.choice(JUNK) + text[match.end() :]
        return [*parts[:number], (name, text.encode()), *parts[number + 1 :]]

    plant(sound, Fault("junk", change, "", frozenset()), tmp_path / "junk.xlsx")
    try:
        broken_rules(read_facts(tmp_path / "junk.xlsx"))
    except InputError as fault:
        assert "junk.xlsx" in str(fault)  # noqa: PT017 -- a file in which no workbook can be found any more


def test_every_rule_of_ours_sees_a_planted_fault() -> None:
    assert {fault.rule for fault in FAULTS} - {""} == {rule.__name__ for rule in RULES}

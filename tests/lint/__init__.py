"""What other validators miss in a workbook, and what makes Excel say "We found a problem with some content".

A rule is a function that looks at the facts of a file and yields what is wrong. To add one, write it into the module of
its subject and name it in RULES; the tests ask for a planted fault that it sees. Lists (in Excel: tables), pivot tables
and other things that we do not write are looked at by no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeAlias

from tests.lint import book_rules, drawing_rules, formula_rules, package_rules, sheet_rules
from tests.lint.facts import Facts, read_facts
from xlbackprop.errors import Problem

__all__ = ["RULES", "Facts", "broken_rules", "lint", "read_facts"]

MOST_A_RULE = 20  # findings of one rule that are told; a fault in every cell is one fault

Rule: TypeAlias = Callable[[Facts], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    package_rules.parts_can_be_read,
    package_rules.parts_are_there_once,
    package_rules.parts_have_types,
    package_rules.types_fit_the_links,
    package_rules.links_lead_to_parts,
    package_rules.ids_have_links,
    package_rules.links_are_used,
    package_rules.parts_are_reached,
    package_rules.nothing_runs_or_reaches_out,
    book_rules.sheet_names_are_legal,
    book_rules.sheets_are_told_apart,
    book_rules.defined_names_are_legal,
    book_rules.counts_are_true,
    book_rules.styles_refer_to_what_is_there,
    book_rules.number_formats_are_legal,
    book_rules.cell_styles_are_there,
    book_rules.conditional_styles_are_there,
    book_rules.shared_texts_are_there,
    sheet_rules.cells_stand_in_order,
    sheet_rules.values_are_of_their_kind,
    sheet_rules.formulas_have_values,
    sheet_rules.the_dimension_covers_the_cells,
    sheet_rules.ranges_are_on_the_sheet,
    sheet_rules.merged_cells_do_not_overlap,
    sheet_rules.columns_are_told_once,
    sheet_rules.menus_and_messages_are_short,
    sheet_rules.conditions_are_told_apart,
    sheet_rules.jumps_lead_somewhere,
    sheet_rules.headers_and_footers_are_short,
    formula_rules.formulas_are_written_without_a_sign,
    formula_rules.formulas_are_not_too_long,
    formula_rules.functions_have_their_arguments,
    formula_rules.formulas_close_what_they_open,
    formula_rules.references_lead_to_sheets,
    formula_rules.newer_functions_have_their_prefix,
    formula_rules.shared_formulas_are_whole,
    formula_rules.shared_formulas_stay_on_their_sheet,
    drawing_rules.drawings_lie_on_the_sheet,
    drawing_rules.drawn_things_have_their_own_number,
    drawing_rules.charts_keep_what_they_count,
    drawing_rules.chart_axes_meet,
    drawing_rules.notes_have_their_boxes,
)


def lint(facts: Facts) -> list[Problem]:
    """Return what the rules find in a file, in their order."""
    return [problem for problems in broken_rules(facts).values() for problem in problems]


def broken_rules(facts: Facts) -> dict[str, list[Problem]]:
    """Return the findings of each rule that has any, by its name."""
    found = {rule.__name__: [*islice(rule(facts), MOST_A_RULE)] for rule in RULES}
    return {name: problems for name, problems in found.items() if problems}

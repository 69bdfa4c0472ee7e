"""The kinds of layers: their terms, asked from three sides; the numbers of a row, and that they are counted truly."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from tests.drawn_lessons import lesson_texts
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.band import Part
from xlbackprop.network.layers import LONGEST_SUM, Dense, Kind, Softmax, Term, kind_of
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import Bias, Epoch, Input, NetInput, Output, Weight
from xlbackprop.network.row_order import row_bands, row_quantities
from xlbackprop.taught import columns, epoch_column

LAYERS = [
    kind(number, sources, units, biases)
    for kind in (Dense, Softmax)
    for number, sources, units in ((1, 2, 3), (2, 3, 1), (2, 1, LONGEST_SUM), (1, 4, LONGEST_SUM + 1))
    for biases in sorted({0, 1, units})
]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_units_parameters_and_sources_tell_the_same_terms(layer: Kind) -> None:
    of_units = [term for unit in range(layer.units) for term in layer.terms(unit)]
    parameters = (*layer.weights(), *layer.biases())
    assert Counter(term for of in parameters for term in layer.terms_with(of)) == Counter(of_units)
    of_sources = [term for source in range(layer.sources) for term in layer.terms_from(source)]
    assert Counter(of_sources) == Counter(term for term in of_units if term.source is not None)
    assert len(set(of_units)) == len(of_units) == layer.weight_count + layer.units * bool(layer.bias_count)
    for parameter in parameters:
        assert {term.parameter for term in layer.terms_with(parameter)} == {parameter}
    for source in range(layer.sources):
        fed = layer.terms_from(source)
        assert [term.net.unit for term in fed] == list(range(layer.units))
        assert len(fed) == layer.fan_out
        assert {term.source for term in fed} == {Output(1, source) if layer.number == 2 else Input(source)}


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_layer_counts_what_it_lists(layer: Kind) -> None:
    assert [layer.place(weight) for weight in layer.weights()] == list(range(layer.weight_count))
    assert len([*layer.biases()]) == layer.bias_count
    assert len([*layer.between()]) == layer.between_count
    assert all(len([*band.quantities]) == band.count for band in layer.bands())


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_outputs_stand_beside_their_net_inputs_where_they_are_few_and_each_unit_answers_by_itself(layer: Kind) -> None:
    listed = [quantity for band in layer.bands() for quantity in band.quantities]
    nets, outputs = [*layer.nets()], [*layer.outputs()]
    assert layer.is_interleaved == (type(layer) is Dense and layer.units <= LONGEST_SUM)
    if layer.is_interleaved:
        assert (listed[::2], listed[1::2]) == (nets, outputs)
    else:
        assert listed == [*nets, *layer.between(), *outputs]


def test_the_terms_of_the_walkthrough() -> None:
    h1, o2 = NetInput(1, 0), NetInput(2, 1)
    naming = Naming((2, 2, 2), (1, 2))
    assert naming.layer(1).terms(0) == (
        Term(h1, Weight(1, 0, 0), Input(0)),
        Term(h1, Weight(1, 0, 1), Input(1)),
        Term(h1, Bias(1, 0), None),
    )
    assert naming.layer(2).terms(1)[1:] == (Term(o2, Weight(2, 1, 1), Output(1, 1)), Term(o2, Bias(2, 1), None))
    assert naming.fed_by(Bias(1, 0)) == (0, 1)
    assert naming.fed_by(Bias(2, 1)) == naming.fed_by(Weight(2, 1, 0)) == (1,)
    assert [naming.name(of) for of in naming.weights()] == [f"w{number}" for number in range(1, 9)]
    assert [naming.parameter_number(of) for of in naming.parameters()] == list(range(1, 12))


def test_the_activation_tells_the_kind() -> None:
    assert (kind_of("tanh"), kind_of("softmax")) == (Dense, Softmax)


@given(text=lesson_texts(tame=True, one_file=True))
def test_a_row_is_counted_truly_and_its_numbers_are_the_columns_of_the_table(text: str) -> None:
    for run in read_lesson(text, "a lesson").runs:
        recipe, quantities = run.recipe, [*row_quantities(run.recipe)]
        assert quantities == [column.quantity for column in (epoch_column(recipe), *columns(recipe))]
        assert quantities[0] == Epoch()
        assert len(set(quantities)) == len(quantities) == sum(band.count for band in row_bands(recipe))
        assert all(len([*band.quantities]) == band.count for band in row_bands(recipe))
        counts = [
            [band.count for band in row_bands(recipe) if band.part is part] for part in (Part.GRADIENT, Part.STATE)
        ]
        assert counts[0] == [len(recipe.with_gradient)] == [recipe.gradient_count]
        assert set(counts[1]) <= {len(recipe.trained)} == {recipe.trained_count}

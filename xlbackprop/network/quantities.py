"""The quantities: identities of all numbers of a run.

A quantity is an identity, not a rule: `Weight(2, 0, 1)` is the weight into unit 0 of layer 2 from unit 1 of layer 1.
Its rule is defined twice, in `taught` and in `numpy_run`; the identity is all that the two share.

Layers count from 0 (the inputs) to the depth of the network (the outputs); units count from 0 in code and from 1 in
names.

With several training examples, a row of a run's table belongs to one example; a *step* is one update of the
parameters, an *epoch* one pass over all examples.

To add a quantity, write its class, name it in `Quantity` and give it a name in `Naming.name`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch, from 0: the number of passes made over all examples; with a single one, the number of updates made."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step, from 0: the number of updates made so far."""


@dataclass(frozen=True, slots=True)
class ExampleNumber:
    """The number of the row's example, counted from 1."""


@dataclass(frozen=True, slots=True)
class InBatch:
    """The position of the row's example in its step, counted from 1."""


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The learning rate η: of a run, or, under a schedule, of the row's epoch."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the training example: i1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Target:
    """The target of an output unit: t1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight into `unit` of `layer` from `source`, a unit of the layer before: w6."""

    layer: int
    unit: int
    source: int


@dataclass(frozen=True, slots=True)
class Bias:
    """A bias of `layer`: b1.

    Where each unit has its own, `index` is the unit; where the units share one, it is 0.
    """

    layer: int
    index: int


Parameter: TypeAlias = Weight | Bias


@dataclass(frozen=True, slots=True)
class NetInput:
    """The net input of a unit, the weighted sum before its activation function: h1, o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Output:
    """The output of a unit, after its activation function: out_h1, out_o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Highest:
    """The largest net input of a softmax layer; softmax is computed from the distances to it: max_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class Exponential:
    """The exponential of a softmax unit, exp(net input − largest net input of the layer): exp_o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class ExponentialSum:
    """The sum of a softmax layer's exponentials: sum_exp_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class UnitLoss:
    """The share of one output unit in the loss: E1."""

    unit: int


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """The loss of the row's example, the sum over the output units: E_Total."""


@dataclass(frozen=True, slots=True)
class EpochLoss:
    """The sum of the losses over the examples of this epoch up to this row: ΣE_Total."""


@dataclass(frozen=True, slots=True)
class Correct:
    """1 where the network predicts the class of the example, else 0."""


@dataclass(frozen=True, slots=True)
class Gradient:
    """The derivative of the loss of the row's example with respect to the quantity `of`.

    Of parameters: ∂E/∂w6, ∂E/∂b1; of other numbers: ∂E/∂h1, ∂E/∂out_h1, ∂E/∂i1.
    """

    of: Weight | Bias | NetInput | Output | Input


@dataclass(frozen=True, slots=True)
class BatchGradient:
    """The sum of a parameter's gradients over the examples of this step up to this row: Σ∂E/∂w6."""

    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class State:
    """A number that the optimizer keeps for a parameter from step to step: v_w6, whose `kind` is "v"."""

    kind: str
    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class Constant:
    """A hyperparameter of the optimizer or of the learning-rate schedule, by its name: "momentum"."""

    name: str


@dataclass(frozen=True, slots=True)
class Datum:
    """An input or a target of one of several examples; `example` counts from 0: 2 for i1 of example 3."""

    of: Input | Target
    example: int


@dataclass(frozen=True, slots=True)
class Given:
    """A number as it is typed on the sheet `Inputs` or `Data`, before any training, e.g. a weight's starting value."""

    of: Input | Target | Datum | Weight | Bias | LearningRate | Constant


Quantity: TypeAlias = (
    Epoch
    | Step
    | ExampleNumber
    | InBatch
    | LearningRate
    | Input
    | Target
    | Weight
    | Bias
    | NetInput
    | Highest
    | Exponential
    | ExponentialSum
    | Output
    | UnitLoss
    | TotalLoss
    | EpochLoss
    | Correct
    | Gradient
    | BatchGradient
    | State
    | Constant
    | Datum
    | Given
)

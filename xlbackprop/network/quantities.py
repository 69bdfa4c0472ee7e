"""The identities of all numbers of a run.

A quantity is an identity, not a rule: `Weight(2, 0, 1)` is the weight into unit 0 of layer 2 from unit 1 of layer 1.
How it is computed is told twice, in `taught` and in `numpy_run`; the identity is all that the two share.

Layers count from 0 (the inputs) to the depth of the network (the outputs); units count from 0 in code and from 1 in
names.

Where there are several training examples, a row of a run's table is one example looked at; a *step* is one update of
the parameters, an *epoch* one pass over all examples.

To add a quantity, write its class, name it in `Quantity` and give it a name in `Naming.name`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch, from 0: how often all examples were gone through; with a single one, how many updates were made."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step, from 0: how many updates have been made."""


@dataclass(frozen=True, slots=True)
class ExampleNumber:
    """The number of the example that the row looks at, counted from 1."""


@dataclass(frozen=True, slots=True)
class InBatch:
    """The place of the row's example in its step: how many have been looked at, this one among them."""


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The learning rate of a run."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the training example: i1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Target:
    """The number that an output unit should answer: t1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight into `unit` of `layer` from `source`, a unit of the layer before: w6."""

    layer: int
    unit: int
    source: int


@dataclass(frozen=True, slots=True)
class Bias:
    """A bias of `layer`, number `index` of those that the layer has: b1.

    With a bias for each unit, `index` is the unit; with one for the whole layer it is 0.
    """

    layer: int
    index: int


Parameter: TypeAlias = Weight | Bias


@dataclass(frozen=True, slots=True)
class NetInput:
    """The sum that a unit receives, before its activation function: h1, o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Output:
    """The number that a unit passes on, after its activation function: out_h1, out_o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Highest:
    """The largest net input of a softmax layer; softmax is computed from the distances to it: max_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class Exponential:
    """e to the power of a net input's distance to the largest of its layer: exp_o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class ExponentialSum:
    """The sum of a layer's exponentials: sum_exp_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class UnitLoss:
    """The share of one output unit in the loss: E1."""

    unit: int


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """The loss: E_Total."""


@dataclass(frozen=True, slots=True)
class EpochLoss:
    """The sum of the losses of the training examples looked at so far in this epoch: ΣE_Total."""


@dataclass(frozen=True, slots=True)
class Correct:
    """1 where the network names the class of the example, else 0."""


@dataclass(frozen=True, slots=True)
class Gradient:
    """The slope of the loss of the row's example along a parameter, or on the way there along another number.

    ∂E/∂w6, ∂E/∂b1; ∂E/∂h1, ∂E/∂out_h1, ∂E/∂i1.
    """

    of: Weight | Bias | NetInput | Output | Input


@dataclass(frozen=True, slots=True)
class BatchGradient:
    """The sum of the gradients of the examples looked at so far in this step: Σ∂E/∂w6."""

    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class State:
    """A number that the optimizer keeps for a parameter, by the optimizer's own letter for it: v_w6."""

    kind: str
    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the optimizer or of the learning-rate schedule, by its name: momentum."""

    name: str


@dataclass(frozen=True, slots=True)
class Datum:
    """An input or a target of one of several examples, counted from 0: i1 of example 3."""

    of: Input | Target
    example: int


@dataclass(frozen=True, slots=True)
class Given:
    """A number as it is typed on `Inputs` or `Data`, before any training: the starting value of a weight, say."""

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

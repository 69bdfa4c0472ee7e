"""A network's parts: quantities and their names, kinds of layers, formula trees, activations, losses, optimizers."""

from __future__ import annotations

from xlbackprop.network.activations import ACTIVATIONS, Activation, activation_of, activation_words, instead_of_slopes
from xlbackprop.network.band import Band, Part
from xlbackprop.network.expression import (
    NEXT_TO_0,
    Binary,
    Call,
    Condition,
    Expression,
    Function,
    If,
    Largest,
    Negative,
    Number,
    Pick,
    Ref,
    SumProduct,
    call,
    children,
    evaluate,
    if_else,
    product,
    total,
    with_children,
)
from xlbackprop.network.layers import JOINT_ACTIVATIONS, LONGEST_SUM, Dense, Kind, Softmax, Term
from xlbackprop.network.losses import LOSSES, Answer, Loss, Targets, loss_of, loss_words, mixes_outputs
from xlbackprop.network.naming import Naming
from xlbackprop.network.optimizers import (
    EPSILON,
    GRADIENT_CLIP,
    OPTIMIZERS,
    WEIGHT_DECAY,
    Hyperparameter,
    UpdateArrays,
    UpdateTrees,
    without_correction,
)
from xlbackprop.network.quantities import (
    BatchGradient,
    Bias,
    Constant,
    Correct,
    Datum,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    InBatch,
    Input,
    LearningRate,
    NetInput,
    Output,
    Parameter,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.network.recipe import BIAS_A_LAYER, BIAS_A_UNIT, BIASES, NO_BIAS, Layer, Recipe
from xlbackprop.network.row_order import backward_quantities, row_bands, row_quantities
from xlbackprop.network.schedules import SCHEDULES, drop_name

"""What a twin says to its reader, who knows Python and no mathematics. Line breaks do not count; {…} is filled in."""

from __future__ import annotations

ABOUT = """
This file computes every number of the lesson's workbook again, in plain Python, by the same rules and under the same
names. It needs nothing but Python 3.8 or newer. Read it from top to bottom: forward() finds what the network answers
and how wrong that is (the loss); backward() finds for each weight how the loss moves with it (its slope); update()
changes the weights a little. All this is repeated; one round{examples} is an epoch."""

NAMES = """
Names: i1 is an input, t1 a target (what should come out), w1 a weight{biases}. h1 is the sum that a hidden unit
receives, out_h1 what it makes of it and hands on; o1 and out_o1 are the same of an output. E1 is the loss of one
output, E_Total that of all, or E for short. dE_dw1 is ∂E/∂w1, the slope of the loss in w1."""

LISTS = """
The network is wide, so the numbers of a layer stand in lists, counted from 0: h[0] is h1 of the sheet, w_h[2][5] the
weight into the third hidden unit from the sixth input, dE_dw_h[2][5] its slope. In formulas u counts the units of a
layer, s what these receive from, and k what is added up."""

ROWS = """
Every function takes the numbers that it needs from a row, a dictionary of all numbers by their names (**others are the
ones that it does not need), and returns those that it finds. Helpers, such as calculate(), stand at the end."""

SEVERAL = """
A row looks at one example. sum_E_Total (in the sheet ΣE_Total) adds up the losses of an epoch's examples,
sum_dE_dw1 (Σ∂E/∂w1) the slopes of a step's examples."""

DIGITS = "Numbers may differ from those of the workbook in the last of their 16 digits."

FORWARD = "Forward pass: what does the network answer, and how wrong is that?"

UNITS = """
Each unit adds up what it receives, each number times the weight of its connection. What its activation function makes
of this sum it hands on (out_…). In the end the loss says how far the answers are from the targets."""

BACKWARD = "Backward pass: how does the loss move if one number is moved a little, and all others stay?"

SLOPE = """
For the weight {weight} this slope of the loss is written ∂E/∂{weight}, here {here}. Add 0.001 to {weight} in START, and
E_Total in epoch 0 (--epoch 0) grows by about 0.001 times its ∂E/∂{weight}; where that is below 0, it falls."""

CHAIN_RULE = """
{weight} is not in the formula of the loss. But it moves the sum of the unit that it feeds, that moves what this unit
hands on, and so on to the loss. Along such a path the slopes of all steps are multiplied: if a moves b twice as much,
and b moves c three times as much, then a moves c six times as much. Where several paths lead to the loss, their
products are added. That is all; its name is the chain rule."""

PATHS = """
Above each slope stand its paths, with an arrow for each step. The formula goes back from the loss, so read it from the
right: it multiplies the slopes of all arrows{ones}, adds the paths, and what these have in common stands once, behind
the parentheses. All numbers are of one row, so of the same weights.{whole}"""
ONES = " (a 1 is left out)"
WHOLE = " One arrow more, from E1 to E_Total, is not drawn; its slope is 1, as E_Total adds up the losses."
PENALTY = " In the end the slope of the penalty is added."
ARROWS = "Arrow by arrow, {which} of {weight}:"

LAST_FIRST = """
The weights into the output layer come first: their paths are shorter, and what stands there for the way from the sum of
an output to the loss comes again in the longer ones."""

STEP_BY_STEP = """
The function goes back from the loss, a step a line: for each unit ∂E/∂out, the slope of the loss in what the unit hands
on, and from it the slope in the sum that the unit receives, which is called its blame. A line uses what the lines
before it have found, so no path is gone twice."""

STEPS = """
These are the slopes of all steps; ∂b/∂a says by how much b moves for each unit that a moves. {net} is a sum in which
{weight} is multiplied with {source}, so {net} moves {source} times as much as {weight}: ∂{net}/∂{weight} = {source}.
Those marked with * are facts of calculus."""

OR_BIAS = " or a bias"
KINDS = {  # of steps, in the order of a path
    "parameter": "from a weight{biases} to a sum",
    "activation": "* from a sum to what the unit hands on",
    "weight": "from there to a sum of the next layer",
    "loss": "* to the loss",
}

UPDATE = "Update: what does the network learn from that?"

AGAINST = """
Every weight moves a little against its slope, so that the loss falls. All slopes are of the old weights.
A name means the old number up to the line that gives it the new one{plainly}."""
PLAINLY = ": new = old − rate · slope"

BATCH = "A step learns from several examples: it takes the {gathered} of their slopes."

DECAY = "To the slope of a weight weight_decay times the weight is added, which pulls all weights towards 0."

CLIP = "A slope above gradient_clip, or below −gradient_clip, counts as just that."

SIGNS = {  # in the rules of optimizers
    "η": "the learning rate",
    "g": "the slope ∂E/∂w",
    "n": "the number of the update",
    "μ": "momentum",
    "γ": "decay",
    "β1": "beta1",
    "β2": "beta2",
    "ε": "epsilon",
}

SCHEDULE = "Schedule: which learning rate does an epoch have?"

HEADINGS = {  # of the functions, in the order of the file
    "forward": "Forward: from the inputs to the loss",
    "backward": "Backward: from the loss to the slope of every weight",
    "update": "Update: from the slopes to better weights",
    "schedule": "The learning rate, epoch by epoch",
}
RUN_HEADING = "A run: forward, backward, update, again and again"
REST_HEADING = "The rest is no part of the lesson: how a sheet calculates, and how numbers are printed"

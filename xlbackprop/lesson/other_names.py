"""What the field calls things that have one name here, and what it has that is not here.

A word that a lesson file cannot use is looked up by its meaning first: `logistic` is the sigmoid, whatever its letters
resemble, and `AdamW` is none of the optimizers here. Only a word that is nowhere below is taken for a misspelling. To
add one, write it into the line of its meaning; case, spaces, hyphens and underscores do not count.
"""

from __future__ import annotations

from collections.abc import Mapping

# For each kind of choice: other names → the names here that mean it, of which there may be none, one, or two that the
# context decides between; and a remark on them. Where no name can mean it, the remark says so.
_Meanings = tuple[tuple[str, tuple[str, ...], str], ...]
_LOSSES: _Meanings = (
    (
        "cross-entropy, cross-entropy loss, cross-entropy error, CE, xent, log loss, logarithmic loss, logistic loss,"
        " log-likelihood, negative log-likelihood, negative log-likelihood loss, NLL, NLLLoss, deviance, multinomial "
        "logistic loss",
        ("categorical cross-entropy", "binary cross-entropy"),
        "The first goes with softmax outputs, the second with sigmoid outputs.",
    ),
    (
        "BCE, BCELoss, BCEWithLogitsLoss, binary crossentropy loss, binary log loss, sigmoid cross-entropy, Bernoulli"
        " loss",
        ("binary cross-entropy",),
        "",
    ),
    (
        "categorical crossentropy loss, CCE, sparse categorical cross-entropy, softmax loss, softmax cross-entropy, "
        "softmax with cross-entropy, multiclass cross-entropy, multi-class log loss",
        ("categorical cross-entropy",),
        "",
    ),
    (
        "MSE, MSELoss, mean square error, mean squared, mean squares, mean of squares, L2, L2 loss, quadratic mean, "
        "regression",
        ("mean squared error",),
        "",
    ),
    (
        "half MSE, half SSE, half sum of squares, half sum of squared errors, squared error, square error, squared "
        "loss, quadratic, quadratic loss, quadratic cost, quadratic error, least squares, LMS, ½ squared error, 1/2 "
        "squared error",
        ("half squared error",),
        "It is ½·(t − out)², summed over the outputs.",
    ),
    (
        "SSE, RSS, sum of squares, sum of squared errors, sum squared error, sum of squared error, residual sum of "
        "squares, total squared error",
        ("sum of squared errors", "squared error", "sum of squares", "summed squared error"),
        "It is (t − out)², summed over the outputs.",
    ),
    (
        "RMSE, root mean squared error, root mean square error",
        (),
        'A root is not here; it has its minimum where "mean squared error" has it.',
    ),
    (
        "MAE, L1, L1 loss, absolute error, mean absolute error, absolute deviation, least absolute deviations",
        ("absolute error", "mean absolute error"),
        "It is |t − out|, summed over the outputs.",
    ),
    (
        "Huber, Huber loss, smooth L1, smooth L1 loss, pseudo-Huber",
        ("Huber", "Huber loss"),
        "",
    ),
    ("hinge, hinge loss, SVM loss, max-margin", ("hinge", "hinge loss"), ""),
    (
        "squared hinge, multi-class hinge, log-cosh, MAPE, mean absolute percentage error, MSLE, Poisson, "
        "focal loss, focal, Dice loss, triplet loss, contrastive loss, CTC, cosine similarity, quantile loss, pinball"
        " loss",
        (),
        "It is none of the losses here.",
    ),
    (
        "KL, KL divergence, Kullback-Leibler, Kullback-Leibler divergence, KLD, relative entropy",
        (),
        'It is not here; with fixed targets "categorical cross-entropy" has the same gradients.',
    ),
)
_ACTIVATIONS: _Meanings = (
    (
        "logistic, logistic function, logistic sigmoid, sigma, sig, sigm, logsig, expit, standard logistic, unipolar "
        "sigmoid, S-curve",
        ("sigmoid",),
        "",
    ),
    ("linear, none, no activation, lin, id, purelin, pass-through, f(x)=x", ("identity",), ""),
    ("hyperbolic tangent, tansig, tan-h, tanhyp, tanh activation, th", ("tanh",), ""),
    (
        "rectifier, rectified linear, rectified linear unit, rect, ramp, positive part, poslin, max(0 x), hinge",
        ("ReLU",),
        "",
    ),
    ("LReLU, leaky, leaky rectifier", ("leaky ReLU",), ""),
    (
        "PReLU, parametric ReLU, RReLU, randomized ReLU",
        (),
        'A slope that is learnt is not here; that of "leaky ReLU" is fixed.',
    ),
    (
        "ReLU6, hard tanh, hard sigmoid, hard swish, SELU, CELU, mish, softsign, maxout, GLU, "
        "SwiGLU, Gaussian, RBF, sine, sin, cosine, arctan, atan, bent identity, log-sigmoid, softmin, sparsemax, "
        "gumbel softmax, log softmax, square, quadratic, cube, exponential, exp",
        (),
        "It is none of the activations here.",
    ),
    ("ELU, exponential linear unit", ("ELU",), ""),
    ("SiLU, swish, sigmoid linear unit", ("SiLU", "swish"), ""),
    ("GELU, Gaussian error linear unit", ("GELU",), ""),
    ("smooth ReLU, soft-plus", ("softplus",), ""),
    (
        "bipolar, bipolar sigmoid, bipolar logistic, symmetric sigmoid, symmetrical sigmoid",
        ("bipolar sigmoid",),
        "",
    ),
    (
        "step, step function, heaviside, unit step, binary step, threshold, hard limit, hardlim, perceptron",
        ("step", "step function", "threshold"),
        "",
    ),
    ("sign, signum, sgn, hardlims, bipolar step", ("step",), "Its lower value is -1 there."),
    (
        "soft max, normalized exponential, normalised exponential, softargmax, multinomial logistic, Boltzmann",
        ("softmax",),
        "",
    ),
)
_OPTIMIZERS: _Meanings = (
    (
        "SGD, GD, stochastic gradient descent, batch gradient descent, full-batch gradient descent, mini-batch "
        "gradient descent, minibatch SGD, vanilla, vanilla gradient descent, vanilla SGD, plain, plain gradient "
        "descent, steepest descent, gradient, backprop, backpropagation, delta rule, online, none",
        ("gradient descent",),
        "batch says how many examples make a step; with 1 it is stochastic.",
    ),
    (
        "SGD with momentum, SGDM, gradient descent with momentum, heavy ball, Polyak, Polyak momentum",
        ("momentum",),
        "",
    ),
    (
        "NAG, Nesterov, Nesterov accelerated gradient, Nesterov's accelerated gradient, SGD with Nesterov momentum, "
        "accelerated gradient",
        ("Nesterov momentum",),
        "",
    ),
    ("adaptive gradient", ("AdaGrad",), ""),
    ("root mean square propagation, RMS", ("RMSProp",), ""),
    ("adaptive moment estimation", ("Adam",), ""),
    (
        "AdamW, Adam with decoupled weight decay",
        (),
        'It is not here: weight_decay beside "Adam" adds λ·w to the gradient, and AdamW does not.',
    ),
    (
        "AdaDelta, AdaMax, NAdam, RAdam, AMSGrad, Adafactor, LAMB, LARS, Lion, Shampoo, Muon, AdaBelief, Yogi, FTRL, "
        "Lookahead, ASGD, SAM, signSGD",
        (),
        "It is none of the optimizers here.",
    ),
    (
        "Rprop, iRprop, resilient, resilient backpropagation, resilient propagation, Quickprop",
        (),
        "It is not here: its steps take the sign of a gradient alone.",
    ),
    (
        "L-BFGS, BFGS, Newton, Newton's method, Newton-Raphson, Gauss-Newton, Levenberg-Marquardt, LM, "
        "conjugate gradient, CG, SCG, trust region, line search, natural gradient",
        (),
        "Methods of second order or with a line search are not here.",
    ),
    (
        "genetic algorithm, simulated annealing, random search, evolution, particle swarm, PSO, Hebb, Hebbian, "
        "perceptron rule",
        (),
        "Only methods that follow the gradient are here.",
    ),
)
_SCHEDULES: _Meanings = (
    ("none, fixed, no schedule, off", ("constant",), ""),
    ("step decay, StepLR, MultiStepLR, multi-step, piecewise constant, drop, staircase", ("step",), ""),
    ("cosine annealing, cosine decay, CosineAnnealingLR, half cosine", ("cosine",), ""),
    (
        "exponential decay, exponential, ExponentialLR, exp",
        ("exponential", "exponential decay"),
        "",
    ),
    (
        "inverse time, inverse time decay, 1/t, 1/t decay, time decay, time-based decay, hyperbolic",
        ("1/t", "inverse time", "inverse time decay", "1/t decay"),
        "",
    ),
    (
        "linear, linear decay, polynomial, polynomial decay, warm-up, cyclic, cyclical, one cycle, "
        "OneCycleLR, warm restarts, SGDR, ReduceLROnPlateau, plateau, adaptive, invscaling, inverse square root, noam",
        (),
        "It is none of the schedules here.",
    ),
)
_DRAWS: _Meanings = (
    ("Glorot, Glorot uniform, Xavier uniform, normalized initialization", ("Xavier",), ""),
    ("Kaiming, Kaiming normal, He normal, MSRA, MSRA fill", ("He",), ""),
    (
        "Glorot normal, Xavier normal",
        (),
        '"Xavier" here is the uniform one; the normal one is { draw = "normal", mean = 0, deviation = … } with '
        "√(2/(sources + units)).",
    ),
    (
        "He uniform, Kaiming uniform",
        (),
        '"He" here is the normal one; the uniform one is { draw = "uniform", low = …, high = … } with ±√(6/sources).',
    ),
    ("LeCun, LeCun normal", (), 'It is { draw = "normal", mean = 0, deviation = … } with √(1/sources).'),
    (
        "random, rand, random uniform, uniform distribution",
        ("uniform",),
        'It needs its bounds: { draw = "uniform", low = -0.5, high = 0.5 }.',
    ),
    (
        "randn, random normal, Gaussian, normal distribution, truncated normal",
        ("normal",),
        'It needs both: { draw = "normal", mean = 0, deviation = 0.5 }.',
    ),
    (
        "zeros, zero, ones, one, constant, identity, orthogonal, eye",
        (),
        "Such weights are typed, a row of numbers for each unit.",
    ),
)
_BIASES: _Meanings = (
    ("true, yes, on, units, each, each unit, per unit, individual, own, separate, one each", ("unit",), ""),
    ("shared, common, single, one, per layer", ("layer",), ""),
    ("false, no, off, zero, 0", ("none",), ""),
)
_JOINS: _Meanings = (
    ("average, avg, averaged", ("mean",), ""),
    ("add, added, total, summed", ("sum",), ""),
)
_PASSES: _Meanings = (
    ("full, in full, explicit, long, unrolled, written out", ("expanded",), ""),
    ("chain rule, delta, deltas, short, vectorized", ("chain",), ""),
)
_ROWS: _Meanings = (
    ("unit, neuron, neurons, outputs, output, targets, destination", ("units",), ""),
    ("source, inputs, input, from", ("sources",), ""),
)
_SCALES: _Meanings = (
    ("z-score, standardize, standardise, StandardScaler, standardization, z", ("standard",), ""),
    ("min-max, MinMaxScaler, 0-1, unit, range", ("0 to 1",), ""),
    ("normalize, normalise, normalization, true, yes", ("standard", "0 to 1"), ""),
    ("robust, quantile, log, l2", (), 'There are two ways, "standard" and "0 to 1"; others are done in the file.'),
)
MEANINGS: Mapping[str, _Meanings] = {
    "loss": _LOSSES,
    "activation": _ACTIVATIONS,
    "optimizer": _OPTIMIZERS,
    "schedule": _SCHEDULES,
    "draw": _DRAWS,
    "kind of bias": _BIASES,
    "way to join gradients": _JOINS,
    "backward pass": _PASSES,
    "kind of row": _ROWS,
    "way to scale": _SCALES,
}

# Other names of keys → the key here, and where that stands ("" is the beginning of the file).
_LAYER, _DATA, _TRAINING, _NETWORK = "[[network.layers]]", "[data]", "[training]", "[network]"
KEYS: tuple[tuple[str, str, str], ...] = (
    ("name, heading, lesson", "title", ""),
    ("description, intro, summary, abstract, text, about", "introduction", ""),
    ("school, university, organization, organisation, company, affiliation", "institution", ""),
    ("license, copyright, rights", "licence", ""),
    ("writer, authors, teacher, by", "author", ""),
    ("cost, cost function, loss function, criterion, error, error function, objective", "loss", _NETWORK),
    ("random state, random seed, rng, seeds", "seed", _NETWORK),
    (
        "neurons, nodes, size, hidden units, num units, n units, number of units, width, hidden",
        "units",
        _LAYER,
    ),
    (
        "function, transfer function, activation function, act, f, nonlinearity, squashing",
        "activation",
        _LAYER,
    ),
    (
        "w, weight matrix, kernel, kernel initializer, init, initializer, weight init, initial weights, coefficients,"
        " theta",
        "weights",
        _LAYER,
    ),
    ("b, bias weights, bias values, intercept, intercepts, offset, thresholds", "biases", _LAYER),
    ("use bias, has bias, with bias", "bias", _LAYER),
    ("x, features, examples, samples, data, patterns, input, X train", "inputs", _DATA),
    ("y, t, target, labels, outputs, desired, expected, answers, y train, d", "targets", _DATA),
    ("csv, csv file, data file, path, filename, source", "file", _DATA),
    ("target column, y column, output columns, label columns, target cols", "target_columns", _DATA),
    ("label, class, label column, class col, classes, species, category", "class_column", _DATA),
    ("feature names, inputs names, labels of inputs, variable names, column names", "input_names", _DATA),
    ("output names, outputs names", "target_names", _DATA),
    ("label names, class labels", "class_names", _DATA),
    ("normalize, standardize, scaling, preprocessing, standardise, normalise, scaler, feature scaling", "scale", _DATA),
    ("ignore, drop, skip, exclude, index column, id column, without", "leave_out", _DATA),
    (
        "validation split, test size, test split, hold out, validation, test, held out, n test",
        "held_back",
        _DATA,
    ),
    ("lr, eta, alpha, rate, rates, learning rate, learn rate, step size, η", "learning_rates", _TRAINING),
    (
        "iterations, max iter, num epochs, n epochs, number of epochs, epoch, steps, updates, max epochs, nb epoch",
        "epochs",
        _TRAINING,
    ),
    ("batch size, minibatch, minibatch size", "batch", _TRAINING),
    ("method, algorithm, solver, optimiser, trainer, rule", "optimizer", _TRAINING),
    ("lr schedule, learning rate schedule, scheduler, lr scheduler, decay schedule", "schedule", _TRAINING),
    (
        "l2, lambda, regularization, regularisation, l2 penalty, penalty, ridge, weight penalty, λ",
        "weight_decay",
        _TRAINING,
    ),
    ("reduction, gradient", "gradients", _TRAINING),
    ("mu, μ, beta, momentum term, momentum coefficient", "momentum", _TRAINING),
    ("rho, γ, gamma, smoothing", "decay", _TRAINING),
    ("eps, ε", "epsilon", _TRAINING),
    ("task, ask, why", "question", "[[try]]"),
    ("expectation, guess, hypothesis", "prediction", "[[try]]"),
    ("change, turn, action, do, answer", "knob", "[[try]]"),
)
KEYS_NOT_HERE: tuple[tuple[str, str], ...] = (
    (
        "shuffle, shuffled, random order",
        "Examples are taken in the order in which they stand; write them in another order.",
    ),
    (
        "names, weight names, unit names, symbols, notation",
        'Names of your own stand in a table of the file: [names], below it w1 = "w13".',
    ),
    ("l1, lasso, elastic net", "Only weight_decay, λ·w in the gradient, is here."),
    (
        "dropout, dropout rate, batch norm, batch normalization, layer norm, normalization, residual, skip connection",
        "Every unit takes part in every step here.",
    ),
    (
        "early stopping, patience, tolerance, tol, min loss, stop",
        "A run ends after its epochs; Loss curves tells when it comes below a loss.",
    ),
    ("clip, clipnorm, clip value, gradient clipping, max norm", "Gradients are used as they are."),
    (
        "metrics, accuracy, metric",
        "Where targets are classes, the column right and the accuracy are there without being asked for.",
    ),
    (
        "separator, delimiter, sep, header, encoding, decimal, quotechar",
        "The header row tells how a CSV file is written.",
    ),
    ("version, subject, course, language, level, keywords", "Leave it out, or put # before it."),
    ("verbose, device, workers, gpu, dtype, precision", "Leave it out."),
)

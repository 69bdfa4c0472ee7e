"""What the field calls things that have one name here, and what it has that is not here.

A word that a lesson file cannot use is looked up by its meaning first: `logistic` is the sigmoid, whatever its letters
resemble, and `AdamW` is none of the optimizers here. Only a word that is nowhere below is taken for a misspelling. To
add one, write it into the line of its meaning; case, spaces, hyphens and underscores do not count.
"""

from __future__ import annotations

from collections.abc import Mapping

# For each kind of choice: the name here (two, where the rest of the lesson decides; none, where nothing here means it),
# other names, and a remark, which must not be missing where there is no name here.
MEANINGS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "loss": (
        ("categorical cross-entropy, binary cross-entropy",
         "cross-entropy, cross-entropy loss, cross-entropy error, CE, xent, log loss, logarithmic loss, logistic loss, "
         "log-likelihood, negative log-likelihood, negative log-likelihood loss, NLL, NLLLoss, deviance",
         "The first goes with softmax outputs, the second with sigmoid outputs."),
        ("binary cross-entropy",
         "BCE, BCELoss, BCEWithLogitsLoss, binary log loss, sigmoid cross-entropy, Bernoulli loss", ""),
        ("categorical cross-entropy",
         "CCE, sparse categorical cross-entropy, softmax loss, softmax cross-entropy, softmax with cross-entropy, "
         "multinomial logistic loss, multiclass cross-entropy, multi-class log loss", ""),
        ("mean squared error",
         "MSE, MSELoss, mean square error, mean squared, mean squares, mean of squares, L2, L2 loss", ""),
        ("half squared error",
         "half MSE, half SSE, half sum of squares, half sum of squared errors, squared error, square error, "
         "squared loss, quadratic, quadratic loss, quadratic cost, quadratic error, least squares, LMS, "
         "½ squared error, 1/2 squared error", "It is ½·(t − out)², summed over the outputs."),
        ("squared error",
         "SSE, RSS, sum of squares, sum of squared errors, sum squared error, sum of squared error, "
         "residual sum of squares, total squared error", "It is (t − out)², summed over the outputs."),
        ("absolute error",
         "MAE, L1, L1 loss, mean absolute error, absolute deviation, least absolute deviations",
         "It is |t − out|, summed over the outputs."),
        ("Huber", "Huber loss, smooth L1, smooth L1 loss, pseudo-Huber", ""),
        ("hinge", "hinge loss, SVM loss, max-margin", ""),
        ("", "RMSE, root mean squared error, root mean square error",
         'A root is not here; it has its minimum where "mean squared error" has it.'),
        ("", "KL, KL divergence, Kullback-Leibler, Kullback-Leibler divergence, KLD, relative entropy",
         'It is not here; with fixed targets "categorical cross-entropy" has the same gradients.'),
        ("",
         "squared hinge, multi-class hinge, log-cosh, MAPE, mean absolute percentage error, MSLE, Poisson, focal, "
         "focal loss, Dice loss, triplet loss, contrastive loss, CTC, cosine similarity, quantile loss, pinball loss",
         "It is none of the losses here."),
    ),
    "activation": (
        ("sigmoid",
         "logistic, logistic function, logistic sigmoid, sigma, sig, sigm, logsig, expit, unipolar sigmoid, S-curve",
         ""),
        ("identity", "linear, none, no activation, lin, id, purelin, pass-through", ""),
        ("tanh", "hyperbolic tangent, tansig, th", ""),
        ("ReLU", "rectifier, rectified linear, rectified linear unit, rect, ramp, positive part, poslin, hinge", ""),
        ("leaky ReLU", "LReLU, leaky, leaky rectifier", ""),
        ("softplus", "smooth ReLU", ""),
        ("bipolar sigmoid", "bipolar, bipolar logistic, symmetric sigmoid, symmetrical sigmoid", ""),
        ("scaled tanh", "LeCun tanh, stretched tanh", ""),
        ("ELU", "exponential linear unit", ""),
        ("SiLU", "swish, sigmoid linear unit", ""),
        ("GELU", "Gaussian error linear unit", ""),
        ("step",
         "step function, heaviside, unit step, binary step, threshold, hard limit, hardlim, perceptron", ""),
        ("step", "sign, signum, sgn, hardlims, bipolar step",
         'Its lower value is then -1: { name = "step", low = -1 }.'),
        ("softmax", "normalized exponential, normalised exponential, softargmax, multinomial logistic, Boltzmann", ""),
        ("", "PReLU, parametric ReLU, RReLU, randomized ReLU",
         'A slope that is learnt is not here; that of "leaky ReLU" is a parameter.'),
        ("",
         "ReLU6, hard tanh, hard sigmoid, hard swish, SELU, CELU, mish, softsign, maxout, GLU, SwiGLU, Gaussian, RBF, "
         "sine, sin, cosine, arctan, atan, bent identity, log-sigmoid, softmin, sparsemax, gumbel softmax, "
         "log softmax, square, quadratic, cube, exponential, exp", "It is none of the activations here."),
    ),
    "optimizer": (
        ("gradient descent",
         "SGD, GD, stochastic gradient descent, batch gradient descent, full-batch gradient descent, mini-batch "
         "gradient descent, minibatch SGD, vanilla, vanilla gradient descent, vanilla SGD, plain, plain gradient "
         "descent, steepest descent, gradient, backprop, backpropagation, delta rule, online, none",
         "batch says how many examples make a step; with 1 it is stochastic."),
        ("momentum",
         "SGD with momentum, SGDM, gradient descent with momentum, heavy ball, Polyak, Polyak momentum", ""),
        ("Nesterov momentum",
         "NAG, Nesterov, Nesterov accelerated gradient, Nesterov's accelerated gradient, accelerated gradient, "
         "SGD with Nesterov momentum", ""),
        ("AdaGrad", "adaptive gradient", ""),
        ("RMSProp", "root mean square propagation, RMS", ""),
        ("Adam", "adaptive moment estimation", ""),
        ("Adam with epsilon hat", "Adam of Keras, Adam of scikit-learn, Keras Adam, sklearn Adam", ""),
        ("", "AdamW, Adam with decoupled weight decay",
         'It is not here: weight_decay beside "Adam" adds λ·w to the gradient, and AdamW does not.'),
        ("", "Rprop, iRprop, resilient, resilient backpropagation, resilient propagation, Quickprop",
         "It is not here: its steps take the sign of a gradient alone."),
        ("",
         "AdaDelta, AdaMax, NAdam, RAdam, AMSGrad, Adafactor, LAMB, LARS, Lion, Shampoo, Muon, AdaBelief, Yogi, FTRL, "
         "Lookahead, ASGD, SAM, signSGD", "It is none of the optimizers here."),
        ("",
         "L-BFGS, BFGS, Newton, Newton's method, Newton-Raphson, Gauss-Newton, Levenberg-Marquardt, LM, conjugate "
         "gradient, CG, SCG, trust region, line search, natural gradient",
         "Methods of second order or with a line search are not here."),
        ("",
         "genetic algorithm, simulated annealing, random search, evolution, particle swarm, PSO, Hebb, Hebbian, "
         "perceptron rule", "Only methods that follow the gradient are here."),
    ),
    "schedule": (
        ("constant", "none, fixed, no schedule, off", ""),
        ("step", "step decay, StepLR, MultiStepLR, multi-step, piecewise constant, drop, staircase", ""),
        ("cosine", "cosine annealing, cosine decay, CosineAnnealingLR, half cosine", ""),
        ("exponential", "exponential decay, ExponentialLR, exp", ""),
        ("1/t", "inverse time, inverse time decay, 1/t decay, time decay, time-based decay, hyperbolic", ""),
        ("",
         "linear, linear decay, polynomial, polynomial decay, warm-up, cyclic, cyclical, one cycle, OneCycleLR, SGDR, "
         "warm restarts, ReduceLROnPlateau, plateau, adaptive, invscaling, inverse square root, noam",
         "It is none of the schedules here."),
    ),
    "draw": (
        ("Xavier", "Glorot, Glorot uniform, Xavier uniform, normalized initialization", ""),
        ("He", "Kaiming, Kaiming normal, He normal, MSRA", ""),
        ("uniform", "random, rand, random uniform, uniform distribution",
         'It needs its bounds: { draw = "uniform", low = -0.5, high = 0.5 }.'),
        ("normal", "randn, random normal, Gaussian, normal distribution, truncated normal",
         'It needs both: { draw = "normal", mean = 0, deviation = 0.5 }.'),
        ("", "Glorot normal, Xavier normal",
         '"Xavier" here is the uniform one; the normal one is { draw = "normal", mean = 0, deviation = … } with '
         "√(2/(sources + units))."),
        ("", "He uniform, Kaiming uniform",
         '"He" here is the normal one; the uniform one is { draw = "uniform", low = …, high = … } with ±√(6/sources).'),
        ("", "LeCun, LeCun normal", 'It is { draw = "normal", mean = 0, deviation = … } with √(1/sources).'),
        ("", "zeros, zero, ones, one, constant, identity, orthogonal, eye",
         "Such weights are typed, a row of numbers for each unit."),
    ),
    "kind of bias": (
        ("unit", "true, yes, on, units, each, each unit, per unit, individual, own, separate, one each", ""),
        ("layer", "shared, common, single, one, per layer", ""),
        ("none", "false, no, off, zero, 0", ""),
    ),
    "way to join gradients": (("mean", "average, avg, averaged", ""), ("sum", "add, added, total, summed", "")),
    "backward pass": (
        ("expanded", "full, in full, explicit, long, unrolled, written out", ""),
        ("chain", "chain rule, delta, deltas, short, vectorized", ""),
    ),
    "kind of row": (
        ("units", "unit, neuron, neurons, outputs, output, targets, destination", ""),
        ("sources", "source, inputs, input, from", ""),
    ),
    "way to scale": (
        ("standard", "z-score, standardize, standardise, StandardScaler, standardization, z", ""),
        ("0 to 1", "min-max, MinMaxScaler, 0-1, unit, range", ""),
        ("standard, 0 to 1", "normalize, normalise, normalization, true, yes", ""),
        ("", "robust, quantile, log, l2", 'There are two ways, "standard" and "0 to 1"; others are done in the file.'),
    ),
}  # fmt: skip

# The keys of a lesson, the tables in which they stand ("" is the beginning of the file), and other names of them.
_NETWORK, _LAYER, _DATA, _TRAINING, _TRY = "[network]", "[[network.layers]]", "[data]", "[training]", "[[try]]"
KEYS: tuple[tuple[str, str, str], ...] = (
    ("title", "", "name, heading, lesson"),
    ("introduction", "", "description, intro, summary, abstract, text, about"),
    ("institution", "", "school, university, organization, organisation, company, affiliation"),
    ("licence", "", "license, copyright, rights"),
    ("author", "", "writer, authors, teacher, by"),
    ("loss", _NETWORK, "cost, cost function, loss function, criterion, error, error function, objective"),
    ("seed", _NETWORK, "random state, random seed, rng, seeds"),
    ("layers", "[network], each as [[network.layers]]", "layer, hidden layers, hidden layer, output layer"),
    ("units", _LAYER, "neurons, nodes, size, hidden units, num units, n units, number of units, width, hidden"),
    ("activation", _LAYER, "function, transfer function, activation function, act, f, nonlinearity, squashing"),
    ("weights", _LAYER, "w, weight matrix, kernel, init, initializer, weight init, initial weights, coefficients"),
    ("biases", _LAYER, "b, bias weights, bias values, intercept, intercepts, offset"),
    ("thresholds", _LAYER, "threshold"),
    ("train_weights", f"{_LAYER}, frozen in {_TRAINING}", "trainable, requires grad, train, learnable, trained"),
    ("bias", _LAYER, "use bias, has bias, with bias"),
    ("inputs", _DATA, "x, features, examples, samples, data, patterns, input, X train"),
    ("targets", _DATA, "y, t, target, labels, outputs, desired, expected, answers, y train, d"),
    ("file", _DATA, "csv, csv file, data file, path, filename, source"),
    ("target_columns", _DATA, "target column, y column, output columns, label columns, target cols"),
    ("class_column", _DATA, "label, class, label column, class col, classes, species, category"),
    ("input_names", _DATA, "feature names, inputs names, variable names, column names"),
    ("target_names", _DATA, "output names, outputs names"),
    ("class_names", _DATA, "label names, class labels"),
    ("scale", _DATA, "normalize, standardize, scaling, preprocessing, standardise, normalise, scaler, feature scaling"),
    ("leave_out", _DATA, "ignore, drop, skip, exclude, index column, id column, without"),
    ("shuffle", _DATA, "shuffled, random order, shuffle seed, permute"),
    ("held_back", _DATA, "validation split, test size, test split, hold out, validation, test, held out, n test"),
    ("learning_rates", _TRAINING, "lr, eta, alpha, rate, rates, learning rate, learn rate, step size, η"),
    ("epochs", _TRAINING, "iterations, max iter, num epochs, n epochs, number of epochs, epoch, steps, max epochs"),
    ("batch", _TRAINING, "batch size, minibatch, minibatch size"),
    ("optimizer", _TRAINING, "method, algorithm, solver, optimiser, trainer, rule"),
    ("schedule", _TRAINING, "lr schedule, learning rate schedule, scheduler, lr scheduler, decay schedule"),
    ("weight_decay", _TRAINING, "l2, lambda, regularization, regularisation, l2 penalty, penalty, ridge, λ"),
    ("gradient_clip", _TRAINING, "clip, clip value, gradient clipping, clip gradients"),
    ("frozen", f"{_TRAINING}, train_weights in {_LAYER}", "freeze, fixed, locked, frozen weights, fixed weights"),
    ("gradients", _TRAINING, "reduction, gradient"),
    ("momentum", _TRAINING, "mu, μ, beta, momentum term, momentum coefficient"),
    ("decay", _TRAINING, "rho, γ, gamma, smoothing"),
    ("epsilon", _TRAINING, "eps, ε"),
    ("question", _TRY, "task, ask, why"),
    ("prediction", _TRY, "expectation, guess, hypothesis"),
    ("knob", _TRY, "change, turn, action, do, answer"),
)

# What may mean several keys of a lesson or none, and what is said of it.
KEYS_NOT_HERE: tuple[tuple[str, str], ...] = (
    ("theta, thetas, θ", "What is added to the weighted sum is written as biases, what is subtracted as thresholds."),
    ("names, weight names, unit names, symbols, notation",
     'Names of your own stand in a table of the file: [names], below it w1 = "w13".'),
    ("l1, lasso, elastic net", "Only weight_decay, λ·w in the gradient, is here."),
    ("dropout, dropout rate, batch norm, batch normalization, layer norm, normalization, residual, skip connection",
     "Every unit takes part in every step here."),
    ("early stopping, patience, tolerance, tol, min loss, stop",
     "A run ends after its epochs; Loss curves tells when it comes below a loss."),
    ("clip norm, max norm", "gradient_clip clips each gradient by itself; a norm of all is not here."),
    ("metrics, accuracy, metric",
     "Where targets are classes, the column right and the accuracy are there without being asked for."),
    ("separator, delimiter, sep, header, encoding, decimal, quotechar",
     "The header row tells how a CSV file is written."),
    ("version, subject, course, language, level, keywords", "Leave it out, or put # before it."),
    ("verbose, device, workers, gpu, dtype, precision", "Leave it out."),
)  # fmt: skip

"""The part of a twin that is the same in all: it prints numbers, and does with errors what a sheet does.

Plain text, and no module of ours: the file that is made of it needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

ONE_EXAMPLE = '''\
def rows({parameters}):
    """Yield the rows of a run one after the other; each is a dictionary with the number of every name."""
    weights = {start}
    for epoch in range(LAST_EPOCH + 1):
        row = {{"epoch": epoch, **EXAMPLE, **weights, **settings}}
        {passes}
        yield row
        weights = {updated}
'''

SEVERAL_EXAMPLES = '''\
def rows({parameters}):
    """Yield the rows of a run one after the other; each is a dictionary with the number of every name.

    A row looks at one example. After {batch} of them, and at the end of an epoch, a step is made: the weights change.
    In the last epoch they change no more; its rows show what the finished network answers{held_back}.
    """
    weights, step, above = {start}, 0, None
    for epoch in range(LAST_EPOCH + 1):
        is_last = epoch == LAST_EPOCH
        in_this_step = 0
        for example, data in enumerate(EXAMPLES if is_last else EXAMPLES[:LEARNT], start=1):
            in_this_step += 1
            row = {{"epoch": epoch, "step": step, "example": example, "in_this_step": in_this_step}}
            row.update({{**data, **weights, **settings}})
            {passes}
            is_first = example in (1, LEARNT + 1)
            row["sum_E_Total"] = row["E_Total"] if is_first else added(above["sum_E_Total"], row["E_Total"])
            {sums}
            yield row
            above = row
            if not is_last and (in_this_step == {batch} or example == LEARNT):
                weights = {updated}
                step, in_this_step = step + 1, 0
'''

GATHERED = """\
for name in list(row):
    if name.startswith(("dE_dw", "dE_db")):  # the slopes of this step's examples, added up: Σ∂E/∂w1
        row["sum_" + name] = row[name] if in_this_step == 1 else added(above["sum_" + name], row[name])
"""

SCALED = {
    "standard": '''\
def scaled(examples):
    """Return the examples with inputs as the network receives them: (x - mean) / deviation.

    Mean and deviation are of the examples that it learns from. An input that is the same in all of them becomes 0.
    """
    for {item} in {items}:
        values = [example{access} for example in examples[:LEARNT]]
        mean = sum(values) / len(values)
        deviation = (sum((x - mean) ** 2 for x in values) / len(values)) ** 0.5
        varies = max(values) > min(values)
        for example in examples:
            example{access} = (example{access} - mean) / deviation if varies else 0.0
    return examples
''',
    "0 to 1": '''\
def scaled(examples):
    """Return the examples with inputs as the network receives them: (x - lowest) / (highest - lowest).

    Lowest and highest are of the examples that it learns from. An input that is the same in all of them becomes 0.
    """
    for {item} in {items}:
        values = [example{access} for example in examples[:LEARNT]]
        lowest, highest = min(values), max(values)
        for example in examples:
            example{access} = (example{access} - lowest) / (highest - lowest) if highest > lowest else 0.0
    return examples
''',
}

# functions of ARITHMETIC that every twin has; the others those whose formulas call them
ALWAYS = ("of_sheet", "operation_of_cells", "calculate", "each", "are_finite")

ARITHMETIC = '''\
def exp(x):
    """e to the power of x."""
    return of_sheet(math.exp, x)


def ln(x):
    """The natural logarithm of x."""
    return of_sheet(math.log, x)


def sqrt(x):
    """The square root of x."""
    return of_sheet(math.sqrt, x)


def tanh(x):
    """The hyperbolic tangent of x: near x where x is small, never beyond -1 and 1."""
    return of_sheet(math.tanh, x)


def cos(x):
    """The cosine of x."""
    return of_sheet(math.cos, x)


def total(numbers):
    """The sum of numbers, added one after the other."""
    result = 0.0
    for number in numbers:
        result = result + number
    return result


def largest(numbers):
    """The largest number; an error where one of them is an error."""
    return total(numbers) if any(map(math.isnan, numbers)) else max(numbers)


def if_above(number, limit, then, otherwise):
    """`then` where number > limit, else `otherwise`; an error where one of both is an error."""
    return number - limit if math.isnan(number - limit) else then if number > limit else otherwise


def if_at_least(number, limit, then, otherwise):
    """`then` where number >= limit, else `otherwise`; an error where one of both is an error."""
    return number - limit if math.isnan(number - limit) else then if number >= limit else otherwise


def if_equal(number, other, then, otherwise):
    """`then` where both are equal, else `otherwise`; an error where one of both is an error."""
    return number - other if math.isnan(number - other) else then if number == other else otherwise


def added(one, other):
    """The sum of two numbers, or of two lists item by item."""
    if isinstance(one, list):
        return [added(*pair) for pair in zip(one, other)]
    return None if one is None else of_sheet(float, one + other)


def of_sheet(function, x):
    """What a function makes of x; ERROR where a sheet shows #NUM!, as for e to the power of 1000."""
    try:
        result = function(x)
    except (ArithmeticError, ValueError):
        return ERROR
    return type(ERROR)(result) if math.isfinite(x) and math.isfinite(result) else ERROR


class Cell(float):
    """A number that behaves as in a cell of the sheet: what is too large, or divided by 0, becomes ERROR."""


def operation_of_cells(name):
    """Return an operation of Cell, made of that of ordinary numbers: "__add__" is +."""

    def operation(*numbers):
        try:
            result = getattr(float, name)(*map(float, numbers))
        except ArithmeticError:
            return ERROR
        return Cell(result) if math.isfinite(result) else ERROR

    return operation


for _name in "add radd sub rsub mul rmul truediv rtruediv pow rpow neg abs".split():
    setattr(Cell, "__%s__" % _name, operation_of_cells("__%s__" % _name))
ERROR = Cell("nan")


def calculate(function, row):
    """Return what a function makes of a row. Where numbers are too large, it is asked again with cells for numbers."""
    try:
        found = function(**row)
        if are_finite(found.values()):
            return {name: each(float, number) for name, number in found.items()}
    except ArithmeticError:
        pass
    cells = {name: each(Cell, number) for name, number in row.items()}
    return {name: each(float, number) for name, number in function(**cells).items()}


def each(make, number):
    """Return make(number), of a list the list of these; what is no number stays as it is."""
    if isinstance(number, list):
        return [each(make, item) for item in number]
    return make(number) if isinstance(number, (int, float)) else number


def are_finite(numbers):
    """Whether all numbers, also those in lists, are neither infinite nor errors."""
    return all(are_finite(x) if isinstance(x, list) else x is None or math.isfinite(x) for x in numbers)
'''

# Ends a line that only some twins have: "#? several" one of lessons with several examples, "#? not-several" of others.
_ONLY = "  #? "


def printing(features: Set[str]) -> Iterator[str]:
    """Yield the lines of PRINTING that a twin needs which has these features.

    They are "several" (examples), "own" (runs differ in more than numbers), "wide" (numbers in lists), "frozen"
    (a parameter stays), "memory" (the optimizer keeps numbers), "schedule".
    """
    for line in PRINTING.strip("\n").splitlines():
        code, _, wanted = line.partition(_ONLY)
        if all((one.removeprefix("not-") in features) != one.startswith("not-") for one in wanted.split()):
            yield code


PRINTING = r'''
def part_of(run, name):  #? own
    """Return what a run has of its own, such as its function `forward`, or else what all runs share."""  #? own
    return RUNS[run][name] if name in RUNS[run] else globals().get(name, globals().get(name.upper()))  #? own
  #? own
  #? own
def flat(row, run):  #? wide
    """Return the numbers of a row, each by its own name; in `row` itself there may be lists of them."""  #? wide
    numbers = {}  #? wide
    for name, number in row.items():  #? wide
        if isinstance(number, list):  #? wide
            letters, first = part_of(run, "names").get(name, (name + "_", 1))  #? wide own
            letters, first = NAMES.get(name, (name + "_", 1))  #? wide not-own
            items = [item for part in number for item in (part if isinstance(part, list) else [part])]  #? wide
            numbers.update((letters + str(first + place), item) for place, item in enumerate(items))  #? wide
        else:  #? wide
            numbers[name] = number  #? wide
    return {name: number for name, number in numbers.items() if number is not None}  #? wide
  #? wide
  #? wide
def shown(number):
    """Return a number as text with all its digits, an error as the sheet shows it."""
    return repr(abs(number) if number == 0 else number) if math.isfinite(number) else "#NUM!"


def rules(function):
    """Yield the name and the rule of each line of a function as it stands in this file: "h1", "w1 * i1 + w2 * i2"."""
    source = inspect.getsource(function)
    for line in ast.parse(source).body[0].body:
        if isinstance(line, ast.Assign):
            yield line.targets[0].id, ast.get_source_segment(source, line.value)


def with_numbers(rule, known):
    """Return a rule with numbers in the place of names: "0.3 * 0.05 + 0.5 * 0.1"."""

    def number(name):
        text = shown(known[name[0]]) if name[0] in known else name[0]
        return "(%s)" % text if text.startswith("-") else text

    if rule in known:
        return shown(known[rule])
    return re.sub(r"\((\(-[^()]*\))\)", r"\1", re.sub(r"[A-Za-z_]\w*", number, rule))


def explain(function, before, after, run):
    """Print each rule of a function, the rule with its numbers, and what comes out; the row is `after` then."""
    known = {name: number for name, number in before.items() if isinstance(number, (int, float))}
    for name, rule in rules(function):
        called = name + " (new)" if re.search(r"\b%s\b" % name, rule) else name
        if isinstance(after[name], list):  #? wide
            print("  %s = %s" % (called, rule))  #? wide
            tell(after, [name], run, "    ")  #? wide
            continue  #? wide
        steps = list(dict.fromkeys([rule, with_numbers(rule, known), shown(after[name])]))
        known[name] = after[name]
        line, margin = "  %s = %s" % (called, " = ".join(steps)), "\n  " + " " * len(called)
        if "\n" in rule or len(line) > 110:
            steps = [step.replace("\n    ", margin + "   ") for step in steps]
            line = "  %s = %s" % (called, (margin + " = ").join(steps))
        print(line)


def tell(row, names, run, margin="  "):
    """Print numbers of a row by their names."""
    for name, number in flat({name: row[name] for name in names}, run).items():  #? wide
        print("%s%s = %s" % (margin, name, shown(number)))  #? wide
    for name in names:  #? not-wide
        print("%s%s = %s" % (margin, name, shown(row[name])))  #? not-wide


def show(run, epoch, example):  #? several
def show(run, epoch):  #? not-several
    """Print every number of one row: the update that leads to it, the forward pass and the backward pass."""
    above = None
    for row in rows(**RUNS[run]):
        if row["epoch"] == epoch and row["example"] == example:  #? several
        if row["epoch"] == epoch:  #? not-several
            break
        above = row
    forward, backward, update = (part_of(run, name) for name in ("forward", "backward", "update"))  #? own
    schedule = part_of(run, "schedule")  #? schedule own
    given = [name for name in row if re.match(r"[it]\d*$", name)]
    starting = [name for part in ("start", "memory") for name in part_of(run, part) or {}]  #? own
    starting = [*START, *MEMORY]  #? not-own memory
    starting = list(START)  #? not-own not-memory
    print("%s, epoch %s, example %s" % (run, epoch, example))  #? several
    print("%s, epoch %s" % (run, epoch))  #? not-several
    print("\nGiven")
    tell(row, given, run)
    if above is None:
        print("\nWeights at the start")
        tell(row, starting, run)
    elif row["step"] == above["step"]:  #? several
        print("\nWeights: as in the row above")  #? several
        tell(row, starting, run)  #? several
    else:
        print("\nUpdate: from the numbers of the row above (epoch %s) to these" % above["epoch"])
        explain(update, above, row, run)
        tell(row, [name for name in starting if name not in dict(rules(update))], run)  #? frozen
    if schedule:  #? schedule own
        print("\nLearning rate")  #? schedule own
        explain(schedule, {**row, "learning_rate": RUNS[run]["learning_rate"]}, row, run)  #? schedule own
    print("\nLearning rate")  #? schedule not-own
    explain(schedule, {**row, "learning_rate": RUNS[run]["learning_rate"]}, row, run)  #? schedule not-own
    print("\nForward pass")
    explain(forward, row, row, run)
    print("\nBackward pass")
    explain(backward, row, row, run)
    print("\nAdded up, over the examples of this step (∂E/∂) or epoch (E_Total) so far")  #? several
    tell(row, [name for name in row if name.startswith("sum_") and name[4:] in row], run)  #? several


def summary(runs):
    """Print how the loss goes in each run, and from where on its numbers are too large."""
    epochs = sorted({0, 1, 10, 100, 1000, 10000, LAST_EPOCH} & set(range(LAST_EPOCH + 1)))
    loss = "sum_E_Total"  #? several
    loss = "E_Total"  #? not-several
    width = max(len(run) for run in runs)
    print("%s after so many epochs:\n" % "\n\n".join((__doc__ or "").splitlines()[:1] + [loss]))
    print(" ".join([" " * width] + ["%12s" % epoch for epoch in epochs]))
    for run in runs:
        losses = {row["epoch"]: row[loss] for row in rows(**RUNS[run]) if row["example"] == LEARNT}  #? several
        losses = {row["epoch"]: row[loss] for row in rows(**RUNS[run])}  #? not-several
        print(" ".join(["%-*s" % (width, run)] + ["%12s" % brief(losses[epoch]) for epoch in epochs]))
        errors = [epoch for epoch, number in losses.items() if math.isnan(number)]
        if errors:
            print("  The run diverged: numbers are too large for a spreadsheet from epoch %s on." % errors[0])
    print("\n--epoch 3 shows every number of an epoch with its rule, --csv every number of every row.")


def brief(number):
    """Return a number as text with six digits."""
    return "%.6g" % number if math.isfinite(number) else "#NUM!"


def table(runs):
    """Print every number of every row of these runs as a table that other programs read (CSV)."""
    write = csv.writer(sys.stdout, lineterminator="\n").writerow
    write(["run"] + COLUMNS)
    for run in runs:
        for row in rows(**RUNS[run]):
            row = flat(row, run)  #? wide
            write([run] + [shown(row[name]) if name in row else "" for name in COLUMNS])


def main():
    """Read the options, and print what they ask for."""
    sys.stdout.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(description="Every number of a lesson in backpropagation, in plain Python.")
    parser.add_argument("--run", metavar="NAME", help="this run alone: " + "; ".join(RUNS).replace("%", "%%"))
    parser.add_argument("--epoch", type=int, metavar="N", help="every number of an epoch, with its rule")
    parser.add_argument("--example", type=int, metavar="N", default=1, help="which example (or the first)")  #? several
    parser.add_argument("--csv", action="store_true", help="every number of every row, as a table")
    options = parser.parse_args()
    if options.run is not None and options.run not in RUNS:
        parser.error("there is no run of this name, but: " + "; ".join(RUNS))
    if options.epoch is not None and not 0 <= options.epoch <= LAST_EPOCH:
        parser.error("the epochs are 0 to %s" % LAST_EPOCH)
    last = len(EXAMPLES) if options.epoch == LAST_EPOCH else LEARNT  #? several
    if not 1 <= options.example <= last:  #? several
        parser.error("the examples of an epoch are 1 to %s" % last)  #? several
    runs = list(RUNS) if options.run is None else [options.run]
    if options.csv:
        table(runs)
    elif options.epoch is not None:
        show(runs[0], options.epoch, options.example)  #? several
        show(runs[0], options.epoch)  #? not-several
    else:
        summary(runs)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # whoever reads the numbers has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
'''

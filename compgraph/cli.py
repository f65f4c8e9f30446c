"""The command ``compgraph``: its arguments, its exit codes, and every mistake of use as one line on stderr.

What it does is in :mod:`compgraph.commands`, imported when it is asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, get_args

from compgraph import __version__
from compgraph.commands.experiment import ACTIVATIONS, Settings
from compgraph.commands.expression_functions import FUNCTIONS
from compgraph.errors import CompgraphError, UseError
from compgraph.render.detail import Detail
from compgraph.render.direction import Direction
from compgraph.render.formats import FORMATS
from compgraph.render.theme import Theme

__all__ = ["main"]

WRONG_USE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""Exit codes; the last two are those of a program that the signals SIGINT and SIGPIPE end."""

DEFAULT = Settings()


def _filled(words: Iterable[str]) -> str:
    """Words in lines that fit the screen."""
    return textwrap.fill(", ".join(sorted(words)), 78, initial_indent="  ", subsequent_indent="  ")


ABOUT = """\
Build computation graphs on NumPy, draw them, and compare their gradients with
hand-derived ones. The package is for Python; this command shows what it does,
draws and explains the graph of a formula, checks the gradients in a file of
your own, and trains a small network on a table of your own.
"""

EXAMPLES = """\
examples:
  compgraph demo
  compgraph render "J = 3*(a + b*c)" --at a=5 b=3 c=2 -o j.svg
  compgraph explain "J = 3*(a + b*c)" --at a=5 b=3 c=2 --wrt b
  compgraph check my_gradients.py
  compgraph train flowers.csv --target species
  compgraph predict flowers.npz more_flowers.csv

'compgraph COMMAND --help' tells more of a command.
"""

ABOUT_DEMO = """\
Show the three jobs on one page, in a few seconds:

 1. the graph of J = 3(a + bc), drawn, with its derivatives beside the slopes
    that nudging each node by a little shows;
 2. a network of two layers (tanh, then σ), trained by gradient descent on the
    569 rows of the Wisconsin diagnostic breast cancer data;
 3. its gradients dW1, db1, dW2, db2 by the engine, by the hand-derived
    formulas and by nudging, in one table with a verdict.

Writes report.html, which opens in any browser, offline too, and beside it
graph.svg, graph.png, cost_curve.png, network.svg, network.png.
A folder with files of these names that are not an earlier demo's is refused.

Needs the extras for drawing: pip install 'compgraph[render,plot]'
"""

EXAMPLES_DEMO = """\
examples:
  compgraph demo
  compgraph demo --out ~/lesson
"""

ABOUT_RENDER = f"""\
Draw the graph of a formula, or of a node or a function in a Python file, with
its values and the derivatives of the output with respect to every node.

A formula is written as in Python with NumPy: + - * / ** @, brackets, numbers,
arrays such as [[1, 2], [3, 4]], x[0], x[:, 1:], x.T, names for parts of it
(u = b*c; J = 3*(a + u), with ; or a new line between), and these functions,
which may be called np.tanh and cg.sigmoid too:

{_filled(name for name in FUNCTIONS if "." not in name)}

Comparisons stand in where(x > 0, y, z) only. Every name that is not assigned is
a variable and needs a value: --at a=5 b=-1/3 x=[[1,2],[3,4]]. Nothing else is
understood, and a formula is never executed. The last one is the output. Where
it is an array, it has no derivatives, which are of one number.

FILE.py:NAME draws a node as the file leaves it, or calls a function: with the
values of --at, or without them with inputs drawn by its annotations, as
'compgraph check' does. FILE.py is your own code, and it is executed.
"""

EXAMPLES_RENDER = """\
examples:
  compgraph render "u = b*c; v = a + u; J = 3*v" --at a=5 b=3 c=2
  compgraph render "J = sum((W @ x - y)**2)" -o j.png \\
      --at "W=[[1, 2], [3, 4]]" "x=[1, -1]" "y=[0, 1]"
  compgraph render my_costs.py:cost -o cost.svg
"""

ABOUT_EXPLAIN = """\
Explain one derivative of a formula, or of a node or a function in a Python
file, by the chain rule: the paths, the local derivatives as formulas and as
numbers, their products and the sum of those; where arrays are on the way, the
steps of the backward pass with their shapes.

'compgraph render --help' tells what a formula is, and of FILE.py:NAME.
"""

EXAMPLES_EXPLAIN = """\
examples:
  compgraph explain "u = b*c; v = a + u; J = 3*v" --at a=5 b=3 c=2 --wrt b
  compgraph explain "J = sum(tanh(W @ x))" --wrt W --latex \\
      --at "W=[[1, 2], [3, 4]]" "x=[1, -1]"
  compgraph explain my_costs.py:cost --wrt w
"""

ABOUT_CHECK = """\
Check every hand-derived gradient that a Python file declares, like this one:

  from typing import Annotated
  import numpy as np
  import compgraph as cg

  Vector, Matrix = Annotated[np.ndarray, "n"], Annotated[np.ndarray, "m n"]

  def cost(w: Vector, X: Matrix, y: Annotated[np.ndarray, "m"]):
      return np.mean((X @ w - y) ** 2)

  @cg.gradient_of(cost)
  def gradient(w, X, y):
      return {"dw": 2 * X.T @ (X @ w - y) / len(y)}

FILE.py is your own code, and it is executed, as 'python FILE.py' executes it.
Inputs are drawn by the annotations: a size is a name or a number, and a size
that is named twice is the same. One word more says what the numbers are:
real (if none does), positive, probability, labels, counts, one-hot-columns or
one-hot-rows. A float is annotated as float. Without annotations, say how to
draw by gradient_of(cost, inputs=...): a dict of such sizes or of arrays, a
function from a random generator to the arguments, or a hypothesis strategy.

What the gradient names (dw) is differentiated; all other arguments are data.
A wrong gradient is shown at the first inputs that tell, with what the slip is.

The exit code is 0 where all are right, 1 where one is wrong or could not be
settled, 2 where one could not be checked.
"""

EXAMPLES_CHECK = """\
examples:
  compgraph check my_gradients.py
  compgraph check my_gradients.py --seed 3 --tries 1
"""

ABOUT_TRAIN = """\
Train a network of two layers (one hidden layer, σ and cross-entropy at the
output) on a CSV file by gradient descent, and save it.

The first line of DATA.csv holds the column names. The column named by --target
holds two different values, in words or numbers: the answer to predict. Every
other column of numbers is a feature; it is standardised by the mean and the
standard deviation of the training rows. Rows with a missing value are left out
and listed by line number. One row in five is held out to judge the network by.

Ctrl-C ends the training early and keeps the parameters reached: they are saved,
and the exit code is 130.
"""

EXAMPLES_TRAIN = """\
examples:
  compgraph train flowers.csv --target species
  compgraph train patients.csv --target ill --ignore patient_number \\
      --hidden 16 --activation relu --rate 0.1 --epochs 5000 --out ill.npz
"""

ABOUT_PREDICT = """\
Print what a network saved by 'compgraph train' says of the rows of a CSV file.

DATA.csv needs the columns that the network was trained on, by name, in any
order. The answer is CSV on stdout with three columns: the row's line in
DATA.csv, the probability of label 1, and the label in the words of the table
trained on. All else is told on stderr: the rows left out for a missing value
and, where DATA.csv has the target column too, the accuracy and the lines
judged wrong.
"""

EXAMPLES_PREDICT = """\
examples:
  compgraph predict flowers.npz more_flowers.csv
  compgraph predict flowers.npz more_flowers.csv > answers.csv
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    >>> main(["--version"])
    compgraph 0.1.0
    0

    Args:
        argv: the arguments, by default those of the process.

    Returns:
        The exit code: 0; 1 where a gradient was found wrong; 2 for a mistake of use, told in one line on stderr; 130
        after Ctrl-C; 141 where the reader of the output went away.
    """
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal's encoding lacks is shown by its number and ends nothing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            code = _run(argv)
        except SystemExit as exit:  # argparse, after --help and --version
            code = int(exit.code or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except CompgraphError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        _refuse("interrupted")
        return INTERRUPTED
    except MemoryError as error:
        return _refuse(f"not enough memory: {error}" if str(error) else "not enough memory")
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        _drop_output()
        return _refuse(f"cannot write the output: {error.strerror or error}")


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(_with_formula(sys.argv[1:] if argv is None else argv))
    if arguments.command == "demo":
        from compgraph.commands.demo import demo

        return demo(arguments.out)
    if arguments.command == "render":
        from compgraph.commands.draw import draw

        look = {name: getattr(arguments, name) for name in ("direction", "theme", "detail", "seed")}
        return draw(arguments.graph, arguments.at, arguments.out, **look)
    if arguments.command == "explain":
        from compgraph.commands.explain import explain_derivative

        return explain_derivative(
            arguments.graph, arguments.at, arguments.wrt, form=arguments.form, seed=arguments.seed
        )
    if arguments.command == "check":
        from compgraph.commands.check import check

        return check(arguments.file, arguments.seed, arguments.tries)
    if arguments.command == "train":
        from compgraph.commands.train import train

        names = ("hidden", "activation", "rate", "epochs", "seed", "held_out")
        settings = Settings(**{name: getattr(arguments, name) for name in names})
        return train(arguments.data, arguments.target, settings, ignore=arguments.ignore, out=arguments.out)

    from compgraph.commands.predict import predict

    return predict(arguments.file, arguments.data)


def _with_formula(words: Sequence[str]) -> list[str]:
    """The words of the command line, with a formula after the command that begins with a minus as one, not an option.

    A blank before it makes argparse take it so.
    """
    first, formula, *rest = *words, *[""] * (2 - len(words))
    if first in ("render", "explain") and re.match(r"-(?![-oh]|$)", formula):
        return [first, f" {formula}", *rest]
    return list(words)


class _Parser(argparse.ArgumentParser):
    """argparse's parser, with its mistakes as exceptions: the method is there to be replaced."""

    def error(self, message: str) -> NoReturn:
        raise UseError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _new_parser("compgraph", ABOUT, EXAMPLES)
    parser.add_argument("--version", action="version", version=f"compgraph {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")

    def add(name: str, summary: str, about: str, examples: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=about,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    demo = add("demo", "a graph, a network, its gradients checked; with a report", ABOUT_DEMO, EXAMPLES_DEMO)
    demo.add_argument(
        "--out", metavar="DIR", default="compgraph-demo", help="the folder to write to (default: %(default)s)"
    )

    endings = " ".join(ending for form in FORMATS for ending in form.endings)
    render = add("render", "the picture of a formula, or of a node of your own", ABOUT_RENDER, EXAMPLES_RENDER)
    _add_graph(render)
    render.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        help=f"the file to write, with the ending of its format: {endings}; a picture there is replaced, any other "
        "file is left alone; without -o, or with -o -, the picture is printed as plain text",
    )
    render.add_argument(
        "--direction", choices=get_args(Direction), default="LR", help="left to right, or top to bottom (default: LR)"
    )
    render.add_argument("--theme", choices=get_args(Theme), default="light", help="the colours (default: light)")
    render.add_argument(
        "--detail",
        choices=get_args(Detail),
        default="full",
        help="names and operations only; values and derivatives too; local derivatives besides (default: full)",
    )

    explain = add("explain", "one derivative of it, by the chain rule", ABOUT_EXPLAIN, EXAMPLES_EXPLAIN)
    _add_graph(explain)
    explain.add_argument(
        "--wrt", metavar="NAME", required=True, help="the variable, or node on the way, to differentiate by"
    )
    forms = explain.add_mutually_exclusive_group()
    forms.add_argument(
        "--latex", dest="form", action="store_const", const="latex", help="print it for LaTeX's math mode"
    )
    forms.add_argument("--html", dest="form", action="store_const", const="html", help="print it as a piece of a page")
    explain.set_defaults(form="text")

    check = add("check", "the hand-derived gradients of your own file", ABOUT_CHECK, EXAMPLES_CHECK)
    check.add_argument("file", metavar="FILE.py", help="the file; it is executed")
    check.add_argument(
        "--seed",
        metavar="S",
        type=_whole(0, 2**63 - 1),
        default=0,
        help="of the inputs of the first try (default: %(default)s)",
    )
    check.add_argument(
        "--tries",
        metavar="N",
        type=_whole(1, 10**6),
        default=5,
        help="how often to draw inputs for each gradient (default: %(default)s)",
    )

    train = add("train", "train a network on a table of your own", ABOUT_TRAIN, EXAMPLES_TRAIN)
    train.add_argument("data", metavar="DATA.csv", help="the table")
    train.add_argument("--target", metavar="COLUMN", required=True, help="the column to predict, of two values")
    train.add_argument(
        "--ignore", metavar="COLUMN", action="append", default=[], help="a column that is no feature (repeatable)"
    )
    option = train.add_argument
    option(
        "--hidden",
        metavar="N",
        type=_whole(1, 100_000),
        default=DEFAULT.hidden,
        help="hidden units (default: %(default)s)",
    )
    option(
        "--activation",
        choices=ACTIVATIONS,
        default=DEFAULT.activation,
        help="of the hidden units (default: %(default)s)",
    )
    option(
        "--rate", metavar="A", type=_positive, default=DEFAULT.rate, help="the learning rate α (default: %(default)s)"
    )
    option(
        "--epochs",
        metavar="N",
        type=_whole(0, 10**8),
        default=DEFAULT.epochs,
        help="the number of updates (default: %(default)s)",
    )
    option(
        "--seed",
        metavar="S",
        type=_whole(0, 2**63 - 1),
        default=DEFAULT.seed,
        help="of the split and the start values; the same seed gives the same network (default: %(default)s)",
    )
    option(
        "--held-out",
        metavar="SHARE",
        type=_share,
        default=DEFAULT.held_out,
        help="the share of the rows to judge by (default: %(default)s)",
    )
    option(
        "--out",
        metavar="FILE.npz",
        help="where to save the network (default: DATA.npz in the current folder); "
        "an earlier network there is replaced, any other file is left alone",
    )

    predict = add("predict", "what a trained network says of a table's rows", ABOUT_PREDICT, EXAMPLES_PREDICT)
    predict.add_argument("file", metavar="FILE.npz", help="a network saved by 'compgraph train'")
    predict.add_argument("data", metavar="DATA.csv", help="the table")
    return parser


def _add_graph(command: argparse.ArgumentParser) -> None:
    """Add what says which graph is meant."""
    command.add_argument(
        "graph", metavar="FORMULA", type=lambda word: word.removeprefix(" "), help="the formula, or FILE.py:NAME"
    )
    command.add_argument(
        "--at",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="values of the variables of the formula, or of the arguments of the function",
    )
    command.add_argument(
        "--seed",
        metavar="S",
        type=_whole(0, 2**63 - 1),
        default=0,
        help="of the inputs that are drawn for a function (default: %(default)s)",
    )


def _new_parser(prog: str, about: str, examples: str) -> argparse.ArgumentParser:
    return _Parser(
        prog=prog,
        description=about,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return parse


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def _share(text: str) -> float:
    value = _number(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _refuse(message: str) -> int:
    """Say in one line on stderr what is wrong, whatever letters the message holds."""
    line = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in message)
    with contextlib.suppress(OSError, ValueError):
        print(f"compgraph: {line}", file=sys.stderr)
    return WRONG_USE


def _drop_output() -> None:
    """Give what is still buffered for stdout another place to go, so that the interpreter's last flush cannot fail."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

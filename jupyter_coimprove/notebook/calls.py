"""What kinds of calls there are, and small facts about calls and assignments."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.trees import kinds, last_name, walk

#: Calls whose arguments are plumbing: sizes, indices, text.
PLUMBING = frozenset(
    """print display range len enumerate zip int float str bool round isinstance hasattr getattr setattr open
    format join split strip replace startswith endswith lower upper encode decode reshape view permute transpose
    squeeze unsqueeze flatten flat repeat expand stack cat concatenate hstack vstack column_stack zeros ones empty full
    zeros_like ones_like array asarray tensor as_tensor arange linspace logspace meshgrid eye astype to iloc loc head
    tail mean sum std var min max argmax argmin argsort sort sort_values cumsum round log exp sqrt abs power dot
    append extend insert add pop get keys items index read_csv read_table load loadtxt read_excel read_json dump
    dumps save savefig to_csv to_parquet mkdir exists path Path warn filterwarnings simplefilter set_option
    set_printoptions option_context drop rename groupby agg pivot pivot_table merge set_index reset_index apply
    map assign isin sleep add_argument super Counter field TypeVar namedtuple dataclass rand randn randint choice
    rot90 roll log_metric log_param ParameterGrid ArgumentParser getLogger basicConfig writerow add_scalar
    parse_args load_dotenv autoreload use info debug error astype get_cmap ListedColormap set_params""".split()  # noqa: SIM905
)
#: Roots and methods of drawing.
DRAWING_ROOTS = frozenset(
    {"plt", "ax", "axes", "axs", "ax1", "ax2", "axarr", "fig", "figure", "sns", "pylab", "px", "alt", "mpl"}
)
DRAWING_MODULES = ("matplotlib", "seaborn", "plotly", "altair", "bokeh", "pylab")
DRAWING = frozenset(
    """plot scatter imshow hist bar barh hist2d contour contourf pcolormesh fill_between errorbar axhline axvline
    hlines vlines boxplot violinplot heatmap title xlabel ylabel xlim ylim legend subplots subplot figure set_title
    set_xlabel set_ylabel set_xlim set_ylim set_xticks set_yticks set_xscale set_yscale annotate text colorbar
    suptitle tight_layout subplots_adjust grid matshow axis show rc set_style lineplot pairplot add_subplot style
    bar_label from_estimator from_predictions abline_plot set_figheight set_figwidth autoscale semilogx loglog
    plot_scree plot_tree plot_diagnostics plot_predict plot_decision_regions axvspan axhspan set_size_inches set_size""".split()  # noqa: SIM905
)
#: Calls made of steps, given one by one or as a list.
STEPPED = frozenset(
    {"Pipeline", "Sequential", "Compose", "make_pipeline", "make_union", "FeatureUnion", "ColumnTransformer"}
)
#: Makers of a configuration from keyword arguments.
NAMESPACES = frozenset(
    {"dict", "SimpleNamespace", "Namespace", "EasyDict", "edict", "AttrDict", "Munch", "ConfigDict", "Box"}
)


def own_functions(statements: Iterable[ast.stmt]) -> dict[str, tuple[str, ...]]:
    """Parameter names of functions defined in these statements, and of classes' constructors."""
    out: dict[str, tuple[str, ...]] = {}
    for top in statements:
        if kinds(top).keys().isdisjoint((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for node in walk(top):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                out.setdefault(node.name, tuple(a.arg for a in [*node.args.posonlyargs, *node.args.args]))
            elif isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                        out[node.name] = tuple(a.arg for a in part.args.args[1:])
    out.pop("__init__", None)
    return out


def drawing_names(node: ast.stmt) -> set[str]:
    names = set()
    if isinstance(node, ast.Import):
        for a in node.names:
            if a.name.startswith(DRAWING_MODULES):
                names.add((a.asname or a.name).partition(".")[0])
    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(DRAWING_MODULES):
        names |= {a.asname or a.name for a in node.names}
    return names


def pairs(targets: Sequence[ast.expr], value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``a, b = 1, 2`` is two assignments."""
    for target in targets:
        if (
            isinstance(target, (ast.Tuple, ast.List))
            and isinstance(value, (ast.Tuple, ast.List))
            and len(target.elts) == len(value.elts)
            and not any(isinstance(e, ast.Starred) for e in [*target.elts, *value.elts])
        ):
            yield from zip(target.elts, value.elts, strict=True)
        else:
            yield target, value


def bodies(node: ast.If | ast.With | ast.Try) -> Iterator[ast.stmt]:
    yield from node.body
    if isinstance(node, (ast.If, ast.Try)):
        yield from node.orelse
    if isinstance(node, ast.Try):
        for handler in node.handlers:
            yield from handler.body
        yield from node.finalbody


def field_default(value: ast.expr) -> ast.expr:
    """The default in ``field(default=0.1)``."""
    if isinstance(value, ast.Call) and last_name(value.func) in ("field", "Field"):
        for keyword in value.keywords:
            if keyword.arg == "default":
                return keyword.value
        if value.args:
            return value.args[0]
    return value


def is_number(node: ast.expr) -> bool:
    value = literal(node)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_start(node: ast.expr) -> bool:
    """Empty displays and strings, and None, start something; tables of numbers are data."""
    value = literal(node)
    if isinstance(value, (list, tuple)) and (len(value) > 12 or any(isinstance(v, list) for v in value)):
        return True
    return value is None or value in ("", [], ())

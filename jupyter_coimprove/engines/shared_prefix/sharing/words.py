"""Names through which code can read any other name, and magics that do nothing of the kind."""

from __future__ import annotations

import ast
import re

#: Built-in names that give a whole namespace, or run code from text.
NAMES = frozenset(
    """globals locals eval exec compile __import__ breakpoint get_ipython In Out __builtins__ __loader__ __spec__
    _ __ ___ _i _ii _iii _ih _oh _dh _sh""".split()  # noqa: SIM905
)
HISTORY = re.compile(r"_(?:i)?\d+")
#: Attributes that lead from an object to a namespace or a frame.
ATTRIBUTES = frozenset(
    """__globals__ __builtins__ __self__ __subclasses__ f_globals f_locals f_back f_builtins tb_frame gi_frame
    cr_frame ag_frame _getframe _current_frames currentframe user_ns user_global_ns user_module get_objects
    get_referrers get_referents""".split()  # noqa: SIM905
)
#: Calls after which code runs between lines, or while others are imported.
ALWAYS = frozenset(
    {
        "settrace",
        "setprofile",
        "Thread",
        "Timer",
        "meta_path",
        "path_hooks",
        "signal",
        "start_new_thread",
        "submit",
    }
)
#: Modules whose ``load`` may bring objects of the notebook's own classes, which nothing here names.
LOADING = frozenset({"pickle", "joblib", "torch", "cloudpickle", "shelve"})
#: Modules for looking at code, frames and namespaces; importing one is reason enough.
MODULES = frozenset(
    "inspect dill builtins __main__ ctypes code codeop pdb bdb doctest runpy trace cloudpickle".split()  # noqa: SIM905
)
#: Of IPython: what shows things.
SHOWING = ("IPython.display", "IPython.core.display", "IPython.lib.display", "IPython.utils")
#: Exceptions whose handler would hide that a withheld name was read.
HIDING = frozenset({"NameError", "Exception", "BaseException", "UnboundLocalError"})
#: Decorators that keep what they are given, and call nothing.
KEEPING = frozenset(
    """staticmethod classmethod property cached_property abstractmethod setter getter deleter dataclass lru_cache
    cache wraps total_ordering overload final override contextmanager no_grad inference_mode""".split()  # noqa: SIM905
)
#: Functions of Python that look at what they are given and keep nothing of it.
SHOWS = frozenset({"print", "display"})
#: Calls that only write a text: a name in it is a label.
LABELS = frozenset(
    """title suptitle xlabel ylabel zlabel set_title set_xlabel set_ylabel set_zlabel suptitle annotate
    set_label""".split()  # noqa: SIM905
)

#: Where namespaces that keep what they are given come from, and what makes a dataclass.
NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})
DATACLASS = "dataclasses.dataclass"
#: Built-in functions that give a value.
CONVERTING = frozenset(
    "int float str bool list dict tuple set frozenset range min max len sum abs round sorted Path".split()  # noqa: SIM905
)
#: What is called in a class body to make an attribute that is code.
DESCRIPTORS = frozenset(
    "property cached_property classmethod staticmethod partialmethod singledispatchmethod member".split()  # noqa: SIM905
)

LINE_MAGICS = frozenset(
    """matplotlib config time timeit load_ext reload_ext autoreload pip conda mamba micromamba uv cd pwd ls ll env
    set_env mkdir rm rmdir cp mv cat prun memit lprun mprun precision xmode colors pinfo pdoc system sx watermark
    autosave mpl_style""".split()  # noqa: SIM905
)
CELL_MAGICS = frozenset(
    """time timeit capture prun memit mprun lprun bash sh script html HTML markdown latex svg SVG writefile
    file""".split()  # noqa: SIM905
)
#: Extensions that add magics, and read no variable by themselves.
EXTENSIONS = frozenset(
    """autoreload line_profiler memory_profiler watermark dotenv tensorboard lab_black nb_black cudf.pandas
    jupyter_coimprove""".split()  # noqa: SIM905
)
#: One word in a cell of its own is a magic (``whos``) where no variable has that name.
AUTOMAGIC = frozenset(
    """who whos who_ls hist history recall rerun macro reset reset_selective store edit ed run load loadpy debug
    pdb psearch xdel pylab tb notebook save pastebin pycat""".split()  # noqa: SIM905
)
#: Of these, a star import brings names that the run checks against what varies.
STARRED = frozenset(
    """numpy scipy sympy matplotlib pylab torch tensorflow keras fastai fastcore fastbook pandas sklearn math
    statistics itertools functools collections typing datetime pathlib ipywidgets tkinter turtle
    random""".split()  # noqa: SIM905
)
#: What the cell that seeds a block imports without a name; none of them reads a variable of the notebook.
DRAWING = frozenset("random numpy torch tensorflow keras".split())  # noqa: SIM905


def drawing(node: ast.expr) -> bool:
    """Whether an expression is the name of such a module."""
    return isinstance(node, ast.Constant) and node.value in DRAWING

"""Which cells may be executed once for several variants, and which variants share how far.

Everything here reads code, nothing is run. ``share`` tells an engine for every cell of every variant:

* ``key``: variants with equal keys have the same state and output after it, so one process may stand for them;
* ``needs``: what varies and must hold this variant's value before the cell runs. Until then it is withheld:
  a parameter's name is absent, so that reading it raises, and a name that appears shows a read that was missed;
* ``sets`` (with ``settings``): literals that the cell only sets. The process runs the cell as it stands for any
  of the variants, then withholds these addresses. Each variant's history has the cell as it stands in its own;
* ``stop``: why the rule gave up, in words for people.

``tripwire.Namespace`` withholds and restores: one file of the standard library, to be loaded by path in the
kernel's Python. After each shared cell ``broken()`` must be empty; otherwise the process is discarded and the
prefix ends before that cell. Before a variant goes on by itself, and before its probes, all is restored.

Not seen, by any rule that reads code: values through files, the environment and time, and what a local module does
with ``__main__``. Two runs that are equal in all have equal keys to the end: a repeat that is there to show chance
must be kept apart by who shares. The cell that papermill adds for parameters is no part of a key.
"""

from jupyter_coimprove.engines.shared_prefix.sharing.reaching import CellReach, reach
from jupyter_coimprove.engines.shared_prefix.sharing.variants import (
    Shared,
    Variant,
    keys,
    share,
    varied_parameters,
)

__all__ = ["CellReach", "Shared", "Variant", "keys", "reach", "share", "varied_parameters"]

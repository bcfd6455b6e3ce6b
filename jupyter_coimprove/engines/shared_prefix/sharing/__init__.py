"""Which cells may be executed once for several variants, and which variants share how far.

``share`` is what an engine needs; ``keys`` and ``reach`` are its parts. Everything here reads code, nothing is run.
"""

from jupyter_coimprove.engines.shared_prefix.sharing.reaching import CellReach, reach
from jupyter_coimprove.engines.shared_prefix.sharing.variants import Shared, Variant, keys, share

__all__ = ["CellReach", "Shared", "Variant", "keys", "reach", "share"]

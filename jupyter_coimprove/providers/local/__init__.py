"""A model on this computer, in a process of its own: nothing leaves it."""

from jupyter_coimprove.providers.local.finding import found_model, missing
from jupyter_coimprove.providers.local.process import Process
from jupyter_coimprove.providers.local.provider import LocalProvider

__all__ = ["LocalProvider", "Process", "found_model", "missing"]

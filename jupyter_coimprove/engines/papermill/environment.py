"""The kernel a notebook asks for, and the environment its runs get."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.errors import EngineError, KernelMissing
from jupyter_coimprove.redaction import strip_environment
from jupyter_coimprove.runs.run import Work

THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT",
    "POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
)  # fmt: skip
#: Packages whose version is worth naming; all others count in the digest.
_NAMED = (
    "ipykernel", "ipython", "numpy", "scipy", "pandas", "scikit-learn", "statsmodels", "torch", "torchvision",
    "tensorflow", "keras", "jax", "flax", "transformers", "datasets", "lightgbm", "xgboost", "matplotlib",
)  # fmt: skip

_ASK = """
import hashlib, importlib.metadata as m, json, platform, sys
found = {}
for dist in m.distributions():
    name = dist.metadata["Name"]
    if name:
        found.setdefault(name.lower().replace("_", "-"), dist.version)
text = "\\n".join("%s==%s" % item for item in sorted(found.items()))
print("\\x1e" + json.dumps({
    "python": platform.python_version(), "implementation": platform.python_implementation(),
    "platform": platform.platform(), "machine": platform.machine(), "packages": found,
    "packages_digest": "raw:" + hashlib.sha256(text.encode()).hexdigest(),
}))
"""


def kernelspec(kernel: str) -> Any:
    """The installed kernelspec of this name. Raises KernelMissing with close names."""
    from jupyter_client.kernelspec import NoSuchKernel

    from jupyter_coimprove.engines.papermill.specs import Specs

    manager = Specs()
    try:
        return manager.get_kernel_spec(kernel)
    except NoSuchKernel:
        import difflib

        names = sorted(manager.find_kernel_specs())
        close = difflib.get_close_matches(kernel, names, n=3, cutoff=0.4)
        shown = ", ".join(close or names) or "none"
        raise KernelMissing(
            f"the kernel {kernel!r} is not installed here",
            remedy=f"installed: {shown}; choose one with --kernel, or install it with `python -m ipykernel install`",
        ) from None


def fingerprint(kernel: str, env: Mapping[str, str]) -> dict[str, Any]:
    """What numbers may depend on: python, platform, packages of the kernel's own interpreter, threads.

    Raises KernelMissing, or EngineError when its interpreter does not answer.
    """
    spec = kernelspec(kernel)
    stripped, removed = strip_environment(env)
    facts: dict[str, Any] = {
        "kernel": kernel,
        "language": spec.language,
        "threads": {name: env[name] for name in THREADS if name in env},
        "hash_seed": hash_seed(env),
        "removed": list(removed),
    }
    if str(spec.language).lower() != "python":
        return facts
    command = spec.argv[0]
    if command in (
        "python",
        f"python{sys.version_info[0]}",
        f"python{sys.version_info[0]}.{sys.version_info[1]}",
    ):
        # As jupyter_client does: the interpreter that runs this, even where it is not on PATH.
        command = sys.executable
    try:
        answer = subprocess.run(
            [os.path.expanduser(command), "-c", _ASK],
            env={**stripped, **spec.env},
            cwd=os.sep,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        asked = json.loads(answer.rpartition("\x1e")[2])
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EngineError(
            f"the python of kernel {kernel!r} ({command}) does not answer: {error}",
            remedy="reinstall that kernel, or choose another with --kernel",
        ) from error
    packages = asked.pop("packages")
    if "ipykernel" not in packages:
        raise KernelMissing(
            f"the python of kernel {kernel!r} ({command}) has no ipykernel",
            remedy=f"install it there: {command} -m pip install ipykernel",
        )
    return {**facts, **asked, "packages": {name: packages[name] for name in _NAMED if name in packages}}


def hash_seed(env: Mapping[str, str]) -> str:
    """``PYTHONHASHSEED`` of runs: the person's own, else 0, so that sets keep their order."""
    return env.get("PYTHONHASHSEED") or "0"


def run_environment(
    work: Work, base: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, Any]]:
    """The environment of one run's kernel, and what of it is to be recorded.

    The person's own without provider keys, then the work's, with threads and hash seed fixed.
    """
    env, removed = strip_environment({**(os.environ if base is None else base), **work.env})
    seed = hash_seed(env)
    env.update({name: str(work.threads) for name in THREADS})
    env["PYTHONHASHSEED"] = seed
    env["COIMPROVE_RUN_DIR"] = str(work.folder.resolve())
    # A notebook that asks `%coai` about itself asks nothing in a run of its own.
    env["COIMPROVE_IN_RUN"] = "1"
    # Where a test has this process die is no business of the run's.
    env.pop("COIMPROVE_FAULT", None)
    facts: dict[str, Any] = {"threads": work.threads, "hash_seed": seed, "removed": list(removed)}
    return env, {**facts, "device": work.device} if work.device else facts

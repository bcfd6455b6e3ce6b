"""A run that goes on from cells that another shared with it, in one process: values withheld, then restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sharing_programs import Program, evaluated, injected, place
from sharing_truth import Told, told

from jupyter_coimprove.engines.shared_prefix.sharing import Shared
from jupyter_coimprove.engines.shared_prefix.sharing.tripwire import Namespace

_NONE = object()


def continued(
    program: Program,
    cells: Sequence[Sequence[Shared]],
    pair: tuple[int, int],
    count: int,
    sets: Mapping[str, Any],
) -> tuple[list[Told], list[str]]:
    """What variant ``pair[1]`` gives after the first ``count`` cells ran as ``pair[0]``, and what tripped there."""
    first, index = pair
    variants = program.variants
    variant = variants[index]
    names = {name for v in variants for name in v.parameters}
    varied = [n for n in sorted(names) if len({repr(v.parameters.get(n, _NONE)) for v in variants}) > 1]
    out: list[Told] = []
    broken: list[str] = []
    with place(program, first) as shell:
        namespace, withheld = Namespace(shell.namespace), set[str]()
        for i in range(len(variant.sources)):
            now = first if i < count else index
            if i == variant.at and variant.parameters:
                shell.count += 1
                shell.namespace["In"].append("")
            if i == variant.at:
                given = {k: v for k, v in variants[now].parameters.items() if k not in varied}
                exec(injected(given), shell.namespace)
                for name in varied:
                    namespace.withhold(name)
                    withheld.add(name)
            wanted = withheld & cells[first][i].needs if i < count else set(withheld)
            for address in sorted(wanted):
                value = _value(program, cells[now], now, address)
                namespace.restore(address, *([] if value is _NONE else [value]))
            withheld -= wanted
            if i == count:
                shell.namespace["In"][1:] = _sources(variant.sources, variant, i)
            here = {**sets, **(program.expected[now] if i >= variant.at else {})}
            out.append(told(shell, variants[now].sources[i], None if i < count else here))
            if i < count:
                for address in cells[first][i].sets:
                    namespace.withhold(address)
                    withheld.add(address)
            broken += namespace.broken() if i < count else []
            if out[-1].raised:
                break
    return out, broken


def _value(program: Program, cells: Sequence[Shared], index: int, address: str) -> Any:
    parameters = program.variants[index].parameters
    if address in parameters:
        return parameters[address]
    texts = [cell.sets[address] for cell in cells if address in cell.sets]
    return evaluated(texts[0]) if texts else _NONE


def _sources(sources: Sequence[str], variant: Any, count: int) -> list[str]:
    out: list[str] = []
    for i, source in enumerate(sources[:count]):
        if i == variant.at and variant.parameters:
            out.append(injected(variant.parameters))
        out.append(source)
    if count == variant.at and variant.parameters:
        out.append(injected(variant.parameters))
    return out

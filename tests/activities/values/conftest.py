"""What tests of values share: patterns matched in this process, and one principle in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from jupyter_coimprove.activities.values.constitution import parse
from jupyter_coimprove.activities.values.judging import Verdict, judge
from jupyter_coimprove.activities.values.subject import Subject, notebook_of
from jupyter_coimprove.kernelspace.transform import python_source


def matched(patterns: Sequence[str], texts: Sequence[str]) -> list[tuple[int, int, str]]:
    return [
        (i, j, m[0]) for i, p in enumerate(patterns) for j, t in enumerate(texts) for m in re.finditer(p, t)
    ]


def one_principle(check: str, **more: str) -> str:
    said = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'v = 1\n[[principle]]\nname = "p"\nseverity = "must"\n{said}[[principle.check]]\n{check}\n'


@pytest.fixture
def held() -> Callable[..., Verdict]:
    """Code (or a whole subject) against one check, given in TOML."""

    def against(check: str, of: str | Subject) -> Verdict:
        subject = (
            of if isinstance(of, Subject) else Subject(kind="notebook", name="n", notebook=notebook_of(of))
        )
        return judge(parse(one_principle(check)), subject, transform=python_source, search=matched)

    return against

"""How an answer's numbers are told: those of one reason together, each once."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display import text
from jupyter_coimprove.workbench.views import AskView
from jupyter_coimprove.workbench.views_talk import StatedRow


def row(number: str, why: str, *, backed: bool) -> StatedRow:
    return StatedRow(text=number, start=0, end=1, backed=backed, why=why)


def test_numbers_of_one_reason_stand_together() -> None:
    none = "nothing here shows it"
    numbers = (
        row("0.77", none, backed=False), row("51", none, backed=False), row("0.1", "variable lr", backed=True),
        row("51", none, backed=False), row("3", "cell 2 has 4", backed=False), row("0.9", "cell 3", backed=True),
    )  # fmt: skip
    view = AskView(
        summary="", text="It is so.", commands=(), provider="a model", sent="nothing", stop="complete", numbers=numbers
    )  # fmt: skip
    said = " ".join(text.render(view, width=200).split())
    assert "Nothing here backs: 0.77, 51 (nothing here shows it); 3 (cell 2 has 4)" in said
    assert "Backed: 0.1 (variable lr); 0.9 (cell 3)" in said
    assert said.count("51") == 1

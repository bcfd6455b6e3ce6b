"""An answer is right where it is the answer: a text that holds it among others is not, nor one that comes near."""

from __future__ import annotations

import pytest
from notebook_questions import Question
from question_answers import right


@pytest.mark.parametrize(
    ("kind", "answer", "said", "is_right"),
    [
        ("where", "19", "`y_model1` is defined in cell 19.", True), ("where", "1", "`y_model1` is defined in cell 19.", False),
        ("where", "4", "In cells 1, 2, 3, 4 and 5.", False), ("value", "'adam'", "It is Adam.", True), ("value", "2", "lw = 1.02", False),
        ("argument", "0.5", "It gets 10.5 of them.", False), ("argument", "10", "n_estimators=10", True),
        ("import", "sklearn.model", "From sklearn.model_selection.", False), ("import", "sklearn", "From sklearn.model.", False),
        ("import", "mlxtend.data", "From mlxtend.data.", True), ("value", "7", "word " * 70 + "7", False), ("value", "7", "", False),
    ],
)  # fmt: skip
def test_marking(kind: str, answer: str, said: str, is_right: bool) -> None:
    question = Question(kind=kind, text="?", answer=answer, cell=1, held=lambda blocks: True)
    assert right(question, said) is is_right

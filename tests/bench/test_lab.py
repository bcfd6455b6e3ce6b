"""The scripted lab decides by hidden rules, the same for the same seed."""

import ast
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.bench import lab as labs


@given(seed=st.integers(0, 10_000), place=st.integers(0, 500))
def test_the_same_seed_gives_the_same_lab_offers_and_decisions(seed: int, place: int) -> None:
    one, two = labs.lab(seed), labs.lab(seed)
    assert one == two
    assert one.offers(place, 3) == two.offers(place, 3)
    offer = one.offers(place)[0]
    assert one.decide(offer, place) == two.decide(offer, place)


@given(seed=st.integers(0, 10_000))
def test_a_lab_has_as_many_rules_as_asked_and_no_two_about_the_same_choice_of_a_kind(seed: int) -> None:
    rules = labs.lab(seed, rules=6).rules
    assert len(rules) == 6
    assert len({(rule.kind, rule.choice) for rule in rules}) == 6
    assert sum(not rule.wanted for rule in rules) == 2


@given(seed=st.integers(0, 10_000), place=st.integers(0, 239))
def test_what_a_person_edited_breaks_no_rule_any_more(seed: int, place: int) -> None:
    lab = labs.lab(seed, moody=0.0)
    offer = lab.offers(place)[0]
    ruling = lab.decide(offer, place)
    if ruling.verdict == "accepted":
        assert ruling.source == offer.source
        assert not ruling.broken
    elif ruling.verdict == "rejected":
        assert any(not rule.wanted for rule in ruling.broken)
    else:
        mended = {**offer.choices, **{rule.choice: rule.wanted for rule in ruling.broken}}
        again = labs.Offer(kind=offer.kind, choices=mended)
        assert again.source == ruling.source != offer.source
        assert lab.decide(again, place).verdict == "accepted"


def test_choices_and_cells_are_the_same_thing_and_every_cell_is_python() -> None:
    for kind, choices in labs.KINDS.items():
        every = list(product(*(labs.CHOICES[choice] for choice in choices)))
        cells = {labs.write(kind, dict(zip(choices, values, strict=True))) for values in every}
        assert len(cells) == len(every)
        for cell in list(cells)[:50]:
            ast.parse(cell)


def test_a_rule_turns_around_when_it_is_told_to() -> None:
    lab = labs.lab(3, turns_at=120)
    (old,) = set(lab.rules) - set(lab.later)
    (new,) = set(lab.later) - set(lab.rules)
    assert (old.wanted, old.unwanted) == (new.unwanted, new.wanted)
    assert lab.rules_at(119) == lab.rules
    assert lab.rules_at(120) == lab.later


def test_a_lab_that_shares_rules_with_another_has_half_of_them_and_its_own() -> None:
    first = labs.lab(1)
    second = labs.lab(2, shares=first)
    assert len(set(first.rules) & set(second.rules)) >= 3
    assert set(second.rules) - set(first.rules)


def test_people_accept_edit_and_reject_and_say_why_most_of_the_time() -> None:
    rulings = [lab.decide(lab.offers(i)[0], i) for lab in map(labs.lab, range(20)) for i in range(100)]
    shares = {
        v: sum(r.verdict == v for r in rulings) / len(rulings) for v in ("accepted", "edited", "rejected")
    }
    assert all(share > 0.1 for share in shares.values()), shares
    broken = [r for r in rulings if r.broken]
    assert 0.8 < sum(bool(r.why) for r in broken) / len(broken) < 0.9

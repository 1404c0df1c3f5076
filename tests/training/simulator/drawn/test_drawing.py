"""Drawn companies: what a seed fixes, and what is true of every one of them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company

COMPANIES = [draw_company(seed) for seed in range(60)]


def test_a_seed_draws_the_same_company_again() -> None:
    first, again, other = draw_company(7), draw_company(7), draw_company(8)

    for f in fields(Company):
        assert np.array_equal(getattr(first, f.name), getattr(again, f.name))
    assert first.base.shape != other.base.shape or not np.array_equal(first.base, other.base)


@pytest.mark.parametrize("company", COMPANIES[:20], ids=lambda c: str(c.seed))
def test_doing_nothing_does_nothing(company: Company) -> None:
    tables = ("cost", "warms", "direct", "through", "leaving", "personal", "felt", "tires")

    assert all(not np.any(getattr(company, name)[0]) for name in tables)
    assert company.channel[0] == -1
    assert (company.channel[1:] >= 0).all()


def test_companies_differ_as_widely_as_they_should() -> None:
    assert {c.phases for c in COMPANIES} == set(range(4, 13))
    assert min(c.treatments for c in COMPANIES) < 8
    assert max(c.treatments for c in COMPANIES) > 45
    assert {c.traits.rewards for c in COMPANIES} == {"frequent", "middle", "rare"}
    assert {c.traits.exploration for c in COMPANIES} == {0.05, 0.15, 0.3, 0.5, 1.0}
    assert {c.journeys for c in COMPANIES} == {1_500, 5_000, 20_000, 80_000}
    for trait in ("nothing_works", "zero_mean", "lasting_fatigue", "misread"):
        assert 0 < sum(getattr(c.traits, trait) for c in COMPANIES) < 40


def test_where_nothing_works_no_treatment_changes_a_move() -> None:
    dead = [c for c in COMPANIES if c.traits.nothing_works]

    assert dead
    for company in dead:
        effects = (company.direct, company.through, company.leaving, company.personal, company.warms)
        assert not any(np.any(table) for table in effects)
        assert company.taste_effect == 0


def test_a_zero_mean_world_has_effects_by_attribute_alone() -> None:
    balanced = [c for c in COMPANIES if c.traits.zero_mean]

    assert balanced
    for company in balanced:
        assert not np.any(company.direct)
        assert not np.any(company.through)
        assert np.any(company.personal)

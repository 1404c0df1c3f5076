"""A company of whose phases a quarter is misread, and what its log says of them."""

from __future__ import annotations

import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.learned.advantage.belief import PhaseBelief
from training.fit.advantage.belief.learning import fit_belief
from training.fit.advantage.rows import Rows
from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log


@pytest.fixture(scope="session")
def company() -> Company:
    return draw_company(144)


@pytest.fixture(scope="session")
def rows(company: Company) -> Rows:
    return rows_of(make_log(company, 800, seed=1))


@pytest.fixture(scope="session")
def belief(company: Company, rows: Rows) -> PhaseBelief:
    found = fit_belief(problem_of(company), rows)
    assert found is not None
    return found

"""A store with 400 customers of two arms, of whom ours are worth 3 EUR more, rolled up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models.domain.history import to_ms
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading, read_period
from nba_service.measures.rollups.rollup import Rollup
from nba_service.settings import Durability
from nba_service.store.rows import DecisionRow, OutcomeRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, interaction

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = 86_400_000
ARMS = (
    Arm(name="treatment", share=0.75, policy=ArmPolicy.DEFAULT),
    Arm(name="random", share=0.25, policy=ArmPolicy.RANDOM),
)


@pytest.fixture(scope="session")
def armed(tiny_journey: Journey) -> Journey:
    return replace(tiny_journey, objective=replace(tiny_journey.objective, arms=ARMS))


@pytest.fixture(scope="session")
def rolled_up(tmp_path_factory: pytest.TempPathFactory, armed: Journey) -> Iterator[SqlStore]:
    path = tmp_path_factory.mktemp("measures") / "nba.sqlite"
    store = SqlStore(Database(f"sqlite:///{path}", durability=Durability.FLUSH, timeout_ms=5_000))
    store.migrate()
    fill(store)
    Rollup(store.rollups, armed, lambda: NOW).run()
    yield store
    store.close()


def fill(store: SqlStore) -> None:
    """Each customer a visit, two decisions, and more clicks where the treatment decides."""
    rng = np.random.default_rng(10)
    decisions: list[DecisionRow] = []
    outcomes: list[OutcomeRow] = []
    visits = []
    for number in range(400):
        who, arm = f"c-{number}", "random" if number % 4 == 0 else "treatment"
        for turn, day in enumerate(rng.choice(25, 2, replace=False).tolist()):
            at, key = to_ms(NOW) - (day + 1) * DAY, f"d-{number}-{turn}"
            row = decision(key, who, at, at, (("teaser", "email"),))
            bundle = "b-2" if number % 8 == 1 else "b-1"
            decisions.append(replace(row, arm=arm, bundle=bundle, reason="ARBITRATION"))
            if rng.random() < (0.7 if arm == "treatment" else 0.3):
                outcomes.append(
                    OutcomeRow(
                        outcome_id=f"o-{key}",
                        decision_id=key,
                        outcome="clicked",
                        occurred_at=at + 1_000,
                        value=2.0,
                    )
                )
        visits.append(interaction(f"i-{number}", who, to_ms(NOW) - 26 * DAY, "quote"))
    store.add_interactions(visits)
    store.add_decisions(decisions)
    store.add_outcomes(outcomes)


@pytest.fixture(scope="session")
def reading(rolled_up: SqlStore, armed: Journey) -> Reading:
    found = read_period(rolled_up.rollups, Question(), armed, before_ms=28 * DAY)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def ordering(tmp_path_factory: pytest.TempPathFactory, armed: Journey) -> Reading:
    """40 customers get a mail, 20 ask for an offer, all visit, and 30 order."""
    path = tmp_path_factory.mktemp("ordering") / "nba.sqlite"
    store = SqlStore(Database(f"sqlite:///{path}", durability=Durability.FLUSH, timeout_ms=5_000))
    store.migrate()
    begin = to_ms(NOW) - 20 * DAY
    store.add_decisions(
        [decision(f"d-{n}", f"c-{n}", begin, begin, (("teaser", "email"),)) for n in range(40)]
    )
    steps = [(n, day, name) for n in range(40) for day, name in ((1, "quote"), (2, "visit"), (3, "order"))]
    store.add_interactions(
        [
            interaction(f"i-{n}-{name}", f"c-{n}", begin + day * DAY, name)
            for n, day, name in steps
            if (name != "quote" or n < 20) and (name != "order" or n < 30)
        ]
    )
    Rollup(store.rollups, armed, lambda: NOW).run()
    found = read_period(store.rollups, Question(), armed)
    store.close()
    assert found is not None
    return found

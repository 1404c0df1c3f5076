"""What training and the service know of a customer is the same beyond any number of events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.domain.history import DAY_MS, from_ms
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, make_spec
from models.policy.engine import Engine
from nba_service.data.tables import export_store
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.request_builder import build_request
from nba_service.engine.names import Names
from nba_service.settings import Durability
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from training.data.encode import encode
from training.data.validate import validate_tables

NOW = 1_795_000_000_000
EVENTS = 5_000


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    made = SqlStore(Database(f"sqlite:///{tmp_path}/n.sqlite", durability=Durability.FLUSH, timeout_ms=5_000))
    made.migrate()
    return made


def live(store: SqlStore) -> None:
    """5,000 events over two years, mails with their outcomes among them."""
    random = np.random.default_rng(3)
    times = np.sort(random.choice(2 * 365 * DAY_MS, EVENTS, replace=False)) + NOW - 2 * 365 * DAY_MS
    store.put_customers([CustomerRow(customer_id="c", attributes={"age": 40}, updated_at=1)])
    names = random.choice(
        ["visit", "quote", "order", "mail_sent"], EVENTS, p=[0.9, 0.05, 0.02, 0.03]
    ).tolist()
    rows = [
        InteractionRow(
            interaction_id=f"i{n}",
            customer_id="c",
            occurred_at=at,
            touchpoint=name,
            channel="web",
            value=n / 8,
        )
        for n, (at, name) in enumerate(zip(times.tolist(), names, strict=True))
    ]
    for first in range(0, EVENTS, 500):
        store.add_interactions(rows[first : first + 500])
    for n in range(40):
        at = NOW - 700 * DAY_MS + n * 17 * DAY_MS + 1
        made = DecisionRow(
            decision_id=f"d{n}", customer_id="c", decided_at=at, delivered_at=at, action="offer",
            channel="email", action_probability=0.5, contacts=(("offer", "email"),), context=None,
            candidates=None, bundle=None, policy=None, arm=None, request="{}", answer="{}", state=None,
        )  # fmt: skip
        store.add_decisions([made])
        name = "clicked" if n % 3 else "complained"
        answer = OutcomeRow(
            outcome_id=f"o{n}", decision_id=f"d{n}", outcome=name, occurred_at=at + 5, value=1.25
        )
        store.add_outcomes([answer])


def read_export(folder: Path) -> dict[str, pa.Table]:
    tables = {}
    for name in ("customers", "interactions", "decisions", "outcomes"):
        paths = sorted([*folder.glob(f"{name}.parquet"), *folder.glob(f"{name}/**/*.parquet")])
        tables[name] = pa.concat_tables([pq.read_table(path) for path in paths])
    return tables


def test_features_of_5000_events_are_those_of_training(
    store: SqlStore, tiny_journey: Journey, tmp_path: Path
) -> None:
    """The service's from its kept state, training's from the export; the same bits."""
    live(store)
    export_store(store, tmp_path / "export")
    log = encode(validate_tables(read_export(tmp_path / "export"), tiny_journey, "UTC").tables, tiny_journey)
    builder = FeatureBuilder(make_spec(tiny_journey, log.history), tiny_journey)
    instant = np.array([NOW], dtype=np.int64)
    trained = builder.situate(
        history=log.history,
        customer=np.zeros(1, dtype=np.int64),
        instant=instant,
        attributes=builder.attribute_matrix(log.attributes),
    )

    engine = Engine(tiny_journey, None, "none")
    engine.builder = builder
    call, stored = DecisionCall(customer_id="c"), store.past("c")
    assert len(stored.past or ()) == log.history.n_events == EVENTS + 80
    request = build_request(Names.of(tiny_journey), call, stored, decision_id="d", decided_at=from_ms(NOW))
    served = engine.situate(request)

    treatment = np.arange(len(tiny_journey.treatments), dtype=np.int64)
    row = np.zeros(len(treatment), dtype=np.int64)
    assert builder.customer_features(served).tobytes() == builder.customer_features(trained).tobytes()
    assert (
        builder.candidate_features(served, row, treatment).tobytes()
        == builder.candidate_features(trained, row, treatment).tobytes()
    )
    store.close()

"""What models know of an account is the same in training, from an export, and when serving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.domain.history import DAY_MS, to_ms
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, make_spec
from models.policy.engine import Engine
from nba_service.data.tables import export_store
from nba_service.decisions.calls import DecisionCall
from nba_service.services import Services, services_of
from nba_service.settings import Settings
from nba_service.store.rows import AccountRow, CustomerRow, InteractionRow
from tests.account_journey import ACCOUNT_JOURNEY
from tests.nba_service.conftest import NOW
from training.data.encode import Log, encode
from training.data.validate import validate_tables

PEOPLE = {"a": "acme", "b": "acme", "c": "small", "d": "unknown", "e": None}


@pytest.fixture
def service(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> Services:
    """Two accounts that are known, one of which nothing is, and somebody in none."""
    path = Path(str(playbook_settings.journey))
    path.write_text(ACCOUNT_JOURNEY)
    made = services_of(make_app(replace(playbook_settings, journey=path)))
    store = made.store.plain
    for name, attributes in (("acme", {"employees": 120, "partner": True}), ("small", {"employees": 3})):
        store.put_account(AccountRow(account_id=name, attributes=attributes, updated_at=1))
    store.put_customers(
        [
            CustomerRow(customer_id=name, account_id=account, role=None if account is None else "user")
            for name, account in PEOPLE.items()
        ]
    )
    at = to_ms(NOW) - DAY_MS
    asked = InteractionRow(interaction_id="i", customer_id="e", occurred_at=at, touchpoint="quote_requested")
    store.add_interactions([asked])
    return made


def exported(service: Services, folder: Path) -> Log:
    export_store(service.store.plain, folder)
    journey, tables = service.source.current().journey, dict[str, pa.Table]()
    for name in ("customers", "interactions", "decisions", "outcomes"):
        paths = [*folder.glob(f"{name}.parquet"), *folder.glob(f"{name}/**/*.parquet")]
        tables[name] = pa.concat_tables([pq.read_table(path) for path in paths])
    checked = validate_tables(tables, journey)
    assert not checked.rejects
    return encode(checked.tables, journey)


def named(builder: FeatureBuilder, row: np.ndarray) -> Iterator[tuple[str, float]]:
    return (
        (name.removeprefix("attribute."), float(value))
        for name, value in zip(builder.spec.customer_names, row, strict=True)
        if name.startswith("attribute.account.")
    )


def test_the_same_bits_in_training_and_serving(service: Services, tmp_path: Path) -> None:
    serving, log = service.source.current(), exported(service, tmp_path)
    journey: Journey = serving.journey
    builder = FeatureBuilder(make_spec(journey, log.history, attributes=log.attributes), journey)
    engine = Engine(journey, None, "none")
    engine.builder = builder
    people = log.customer_ids.to_pylist()
    trained = builder.customer_features(
        builder.situate(
            history=log.history,
            customer=np.arange(len(people), dtype=np.int64),
            instant=np.full(len(people), to_ms(NOW), dtype=np.int64),
            attributes=builder.attribute_matrix(log.attributes),
        )
    )

    for at, name in enumerate(people):
        call = DecisionCall(customer_id=name, decided_at=NOW)
        served = builder.customer_features(
            engine.situate(service.decisions.asked_with(serving, call).request)
        )
        assert served.tobytes() == trained[at : at + 1].tobytes(), name
    acme, unknown = (dict(named(builder, trained[people.index(name)])) for name in ("a", "d"))
    assert (acme["account.employees"], acme["account.partner"]) == (120.0, 1.0)
    assert np.isnan(unknown["account.employees"])
    assert unknown["account.role"] == acme["account.role"]

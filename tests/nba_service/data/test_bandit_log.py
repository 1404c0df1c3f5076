"""The log in other people's tools: what they make of it is what we make of it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import numpy as np
import orjson
import pytest
from click.testing import CliRunner

from nba_service.data.bandit_log import LeftOut, Reward, bandit_feedback, logged_rows, write_dsjson, write_obp
from nba_service.data.tables import import_folder
from nba_service.settings import Settings

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LATER = int((NOW + timedelta(days=8)).timestamp() * 1000)
DECISIONS = 400


@pytest.fixture
def decided(make_app: Callable[..., flask.Flask], settings: Settings) -> flask.Flask:
    """400 decisions, a click for each fourth teaser; one is deferred for ever."""
    app = make_app(settings, clock=lambda: NOW)
    client = app.test_client()
    calls = [
        {
            "customer_id": f"c-{number}",
            "decision_id": f"d-{number:03}",
            "phase": ("stranger", "interested")[number % 2],
            "context": {"visits": number % 7, "device": ("phone", "desk")[number % 3 == 0]},
            "profile": {"consent": {"email": True}},
        }
        for number in range(DECISIONS)
    ] + [{"customer_id": "c-x", "decision_id": "d-x", "deferred": True}]
    answers = client.post("/v1/decisions/batch", json={"decisions": calls}).get_json()["decisions"]
    teasers = [one["decision_id"] for one in answers[:-1] if one["actions"][0]["action"] != "nothing"]
    outcomes = [{"decision_id": one, "outcome": "clicked"} for one in itertools.islice(teasers, 0, None, 4)]
    assert client.post("/v1/outcomes", json={"outcomes": outcomes}).status_code == 200
    return app


def rows_of(
    app: flask.Flask, reward: Reward = Reward.RESPONSE, now: int = LATER
) -> tuple[list[Any], LeftOut]:
    parts, left_out = app.extensions["nba"], LeftOut()
    journey = parts.source.current().journey
    return list(logged_rows(parts.store.plain, journey, now=now, reward=reward, left_out=left_out)), left_out


def test_only_what_can_be_learned_from_is_in_it(decided: flask.Flask) -> None:
    rows, left_out = rows_of(decided)
    early, still_open = rows_of(decided, now=int(NOW.timestamp() * 1000) + 1)

    assert len(rows) == DECISIONS
    assert left_out.reasons == {"not delivered": 1}
    assert len(early) == DECISIONS - still_open.reasons["response window not over"]
    for row in rows:
        assert sum(row.probability) == pytest.approx(1)
        assert row.probability[row.chosen] > 0


def test_a_reward_is_the_response_or_its_worth(decided: flask.Flask) -> None:
    rows, worth = rows_of(decided)[0], rows_of(decided, Reward.VALUE)[0]
    journey = decided.extensions["nba"].source.current().journey

    for row, valued in zip(rows, worth, strict=True):
        action, channel = row.treatments[row.chosen]
        if action == "nothing":
            assert (row.reward, valued.reward) == (0, 0)
            continue
        cost = next(one.cost for one in journey.channels if one.name == channel)
        value = journey.actions[journey.action_index[action]].value
        assert valued.reward == pytest.approx(row.reward * value - cost)


@pytest.mark.parametrize("explore", ["--epsilon 0.6", "--epsilon 1.0", "--softmax --lambda 2"])
def test_vowpal_wabbit_reads_it_and_counts_as_we_do(
    decided: flask.Flask, tmp_path: Path, explore: str
) -> None:
    """Its average loss is the inverse propensity estimate of its own policy; ours of the same one agrees."""
    vw = pytest.importorskip("vowpalwabbit", reason="needs vowpalwabbit")
    off_policy = pytest.importorskip("training.evaluation.off_policy.off_policy")
    rows, _ = rows_of(decided)
    path = tmp_path / "log.dsjson"
    assert write_dsjson(iter(rows), path) == DECISIONS
    workspace = vw.Workspace(f"--dsjson --cb_explore_adf {explore} --cb_type ips --quiet")
    target = []
    for line, row in zip(path.read_text().splitlines(), rows, strict=True):
        example = workspace.parse(line)
        predicted = workspace.predict(example)
        workspace.learn(example)
        workspace.finish_example(example)
        target.append(predicted[row.chosen])
    theirs = -workspace.get_sum_loss() / workspace.get_weighted_examples()
    workspace.finish()

    ours = off_policy.evaluate(
        off_policy.LoggedDecisions(
            customer=np.arange(len(rows)),
            reward=np.array([row.reward for row in rows]),
            logged=np.array([row.probability[row.chosen] for row in rows]),
            target=np.minimum(np.array(target), 1.0),
        ),
        np.random.default_rng(1),
        resamples=20,
    )
    weighed = np.mean(
        [row.reward * t / row.probability[row.chosen] for row, t in zip(rows, target, strict=True)]
    )
    assert theirs == pytest.approx(weighed, rel=0.01)
    assert theirs > 0
    assert ours.refused == ()
    assert theirs == pytest.approx(ours.estimates["ips"].value, rel=0.01)


def test_open_bandit_pipelines_arrays(decided: flask.Flask) -> None:
    """Names and shapes as its documentation has them for ``bandit_feedback``."""
    rows, _ = rows_of(decided)
    journey = decided.extensions["nba"].source.current().journey

    found = bandit_feedback(rows, journey)

    n, k = found["n_rounds"], found["n_actions"]
    assert (n, k) == (DECISIONS, len(journey.treatments))
    assert found["context"].shape == (n, 2)
    assert list(found["context_names"]) == ["visits", "constant"]
    assert found["action_context"].shape[0] == k
    assert (
        found["action"].shape
        == found["position"].shape
        == found["reward"].shape
        == found["pscore"].shape
        == (n,)
    )
    assert found["pi_b"].shape == (n, k, 1)
    np.testing.assert_allclose(found["pi_b"].sum(axis=1), 1.0)
    np.testing.assert_array_equal(found["pscore"], found["pi_b"][np.arange(n), found["action"], 0])


def test_the_command_writes_both(
    decided: flask.Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nba_service.cli import main

    monkeypatch.setenv("NBA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("NBA_REGISTRY", str(settings.registry))
    for form, name in (("dsjson", "log.dsjson"), ("obp", "log.npz")):
        arguments = ["export", "--format", form, "--out", str(tmp_path / name), "--json"]
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        told = orjson.loads(done.output)
        assert told["left_out"]["not delivered"] == 1
        assert told["rows"] + sum(told["left_out"].values()) == DECISIONS + 1


OBP = Path(sys.prefix) / "obp"
"""Where `make test-tools` puts Open Bandit Pipeline: its pins are too old for the environment itself."""


def uniform_value(rows: list[Any]) -> tuple[float, float]:
    """What the policy that draws among the candidates evenly is worth: plain and self-normalised weights."""
    weights = np.array([1 / len(row.treatments) / row.probability[row.chosen] for row in rows])
    rewards = np.array([row.reward for row in rows])
    return float(np.mean(weights * rewards)), float(np.sum(weights * rewards) / np.sum(weights))


@pytest.mark.skipif(not OBP.is_dir(), reason="needs Open Bandit Pipeline: make test-tools")
def test_open_bandit_pipeline_reads_it_and_counts_as_we_do(decided: flask.Flask, tmp_path: Path) -> None:
    rows, _ = rows_of(decided)
    write_obp(iter(rows), decided.extensions["nba"].source.current().journey, tmp_path / "log.npz")
    reader = Path(__file__).parent / "obp_reader.py"

    done = subprocess.run(
        [sys.executable, str(reader), str(OBP), str(tmp_path / "log.npz")], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    ipw, snipw = uniform_value(rows)
    assert json.loads(done.stdout) == {"ipw": pytest.approx(ipw), "snipw": pytest.approx(snipw)}


TEASER, NOTHING = {"action": "teaser", "channel": "email"}, {"action": "nothing", "channel": None}


def imported(
    app: flask.Flask, tmp_path: Path, candidates: list[str | None], **columns: list[Any]
) -> tuple[list[Any], LeftOut]:
    """What the log has of decisions that were imported, one for each text of candidates."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    number = len(candidates)
    times = arrow.array([NOW] * number, arrow.timestamp("ms", tz="UTC"))
    decisions = {
        "decision_id": [f"i-{index}" for index in range(number)],
        "customer_id": [f"c-{index}" for index in range(number)],
        "decided_at": times,
        "delivered_at": times,
        "action": ["teaser"] * number,
        "channel": ["email"] * number,
        "action_probability": [0.25] * number,
        "candidates": candidates,
    }
    outcomes = {
        "outcome_id": ["o"],
        "decision_id": ["i-0"],
        "outcome": ["clicked"],
        "occurred_at": times[:1],
    }
    for name, table in (("decisions", decisions | columns), ("outcomes", outcomes)):
        parquet.write_table(arrow.table(table), tmp_path / f"{name}.parquet")
    import_folder(app.extensions["nba"].store.plain, tmp_path)
    return rows_of(app)


def test_decisions_that_were_imported_are_exported_too(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path
) -> None:
    """Logs of other systems know the probability of what was chosen, and rarely that of the others."""
    app = make_app(settings, clock=lambda: NOW)
    plain = json.dumps([NOTHING, TEASER])
    stated = json.dumps([NOTHING | {"action_probability": 0.4}, TEASER | {"action_probability": 0.6}])

    rows, left_out = imported(app, tmp_path, [plain, stated])

    assert [row.probability for row in rows] == [(0.75, 0.25), (0.4, 0.6)]
    assert [(row.reward, row.shared) for row in rows] == [(1.0, True), (0.0, False)]
    assert (left_out.reasons, left_out.shared) == ({}, 1)
    assert write_dsjson(iter(rows), tmp_path / "log.dsjson") == 2
    first = orjson.loads((tmp_path / "log.dsjson").read_bytes().splitlines()[0])
    assert (first["_label_probability"], first["_label_cost"], first["p"]) == (0.25, -1.0, [0.25, 0.75])
    journey = app.extensions["nba"].source.current().journey
    np.testing.assert_allclose(bandit_feedback(rows, journey)["pscore"], [0.25, 0.6])


@pytest.mark.parametrize(
    ("candidates", "reason"),
    [
        (None, "without probabilities"),
        ("[]", "not of this journey file"),
        ('["teaser@email"]', "with candidates that cannot be read"),
        ("[1, null]", "with candidates that cannot be read"),
        ('[{"action": "bribe", "channel": "email"}]', "not of this journey file"),
        (json.dumps([TEASER | {"action_probability": 1.5}]), "with probabilities that cannot be"),
        (json.dumps([TEASER | {"action_probability": 0}]), "with probabilities that cannot be"),
    ],
)
def test_imported_decisions_that_teach_nothing_are_counted_by_reason(
    make_app: Callable[..., flask.Flask],
    settings: Settings,
    tmp_path: Path,
    candidates: str | None,
    reason: str,
) -> None:
    rows, left_out = imported(make_app(settings, clock=lambda: NOW), tmp_path, [candidates])

    assert (rows, left_out.reasons) == ([], {reason: 1})


def test_vowpal_wabbit_learns_from_what_was_imported(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path
) -> None:
    vw = pytest.importorskip("vowpalwabbit", reason="needs vowpalwabbit: make test-tools")
    rows, _ = imported(make_app(settings, clock=lambda: NOW), tmp_path, [json.dumps([NOTHING, TEASER])] * 20)
    write_dsjson(iter(rows), tmp_path / "log.dsjson")
    workspace = vw.Workspace("--dsjson --cb_explore_adf --epsilon 1.0 --cb_type ips --quiet")
    for line in (tmp_path / "log.dsjson").read_text().splitlines():
        example = workspace.parse(line)
        workspace.learn(example)
        workspace.finish_example(example)

    # The uniform policy takes the teaser half the time: 1 reward of 20, each weighing 0.5 / 0.25.
    assert -workspace.get_sum_loss() / workspace.get_weighted_examples() == pytest.approx(0.1)
    workspace.finish()

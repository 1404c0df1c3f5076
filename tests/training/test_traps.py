"""The ten ways in which a log flatters a model. One test each; every one of them can fail.

Each was checked by breaking the code that it guards (what was broken stands in the docstring as "fails if").
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import training.fit.fit as fit
from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy, Exploration, ExplorationMethod
from models.learned.response.fit import fit_response
from models.learned.trees.parameters import TreeParameters
from models.policy.choice.exploration import numbers
from models.policy.decide import decide
from models.policy.engine import Engine
from training.config import read_config
from training.evaluation.figures.scored_rows import score_rows
from training.evaluation.off_policy.journey_estimate import LoggedJourneys, evaluate_journeys
from training.evaluation.off_policy.journeys import first_decisions
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate
from training.evaluation.off_policy.policies import OURS, compare_policies
from training.evaluation.off_policy.reward_model import cross_fitted
from training.fit.fit import fit_models
from training.fit.prepared import Prepared
from training.metrics import auc
from training.rows.split import Part, random_split
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress

SMALL = TreeParameters(
    response_iterations=20,
    baseline_iterations=6,
    minimum_rows=200,
    minimum_positives=20,
    calibration_rows=100,
)


def prepare(folder: Path, config_file: str = "training.yaml") -> Prepared:
    config = read_config(folder / config_file)
    journey, _, validated = read_tables(config, folder, Progress())
    return prepare_rows(config, journey, validated, 3, Progress())


@pytest.fixture(scope="module")
def prepared(log_folder: Path) -> Prepared:
    return prepare(log_folder)


def test_features_that_see_the_future(prepared: Prepared, log_folder: Path, tmp_path: Path) -> None:
    """A log cut off at an instant gives the same features to every row before it.

    Its rule for single features: test_no_feature_changes_with_anything_at_or_after_its_moment.
    Fails if: events at or after the decision count (``Situations.end`` moved on by one event).
    """
    middle = int(np.median(prepared.rows.decided_at))
    moment = datetime.fromtimestamp(middle / 1000, UTC).isoformat()
    text = (log_folder / "training.yaml").read_text()
    for table, column in (
        ("interactions", "occurred_at"),
        ("outcomes", "occurred_at"),
        ("decisions", "decided_at"),
    ):
        text = text.replace(f"FROM {table}\n", f"FROM {table} WHERE {column} < '{moment}'\n")
    (tmp_path / "training.yaml").write_text(text)
    (tmp_path / "journey.yaml").write_bytes((log_folder / "journey.yaml").read_bytes())
    for name in ("interactions", "decisions", "outcomes"):
        (tmp_path / f"{name}.jsonl").write_bytes((log_folder / f"{name}.jsonl").read_bytes())

    cut = prepare(tmp_path)

    def keyed(each: Prepared) -> dict[tuple[str, int], bytes]:
        ids = each.log.customer_ids.to_pylist()
        rows = each.rows
        early = np.flatnonzero(rows.decided_at < middle)
        return {
            (ids[rows.customer[i]], int(rows.decided_at[i])): each.customer_x[i].tobytes()
            + each.candidate_x[i].tobytes()
            for i in early.tolist()
        }

    assert len(keyed(cut)) > 1000
    assert keyed(cut) == keyed(prepared)


def test_completion_that_is_an_effect_of_spending(
    log_folder: Path, tmp_path: Path, tiny_journey_text: str
) -> None:
    """Customers spend 10 or nothing, whatever is offered, and whoever spends completes the offer too.

    The response model is right that half complete. What the source measured decides: nothing is earned.
    Fails if: rewards are values of responses although the source states what was spent (``make_rows``).
    """
    text = (log_folder / "training.yaml").read_text()
    spends = "CASE WHEN hash(decision_id || 'spends') % 2 = 0 THEN 10.0 ELSE 0.0 END"
    text = text.replace("AS delivered_at)", f"AS delivered_at), {spends} AS reward")
    clicks = (
        "FROM decisions SELECT 'o' || decision_id AS outcome_id, decision_id, 'clicked' AS outcome, "
        "CAST(decided_at AS TIMESTAMPTZ) + INTERVAL 1 HOUR AS occurred_at "
        f"WHERE action <> 'nothing' AND {spends} > 0"
    )
    begin, end = text.index("  outcomes: >"), text.index("trees:")
    (tmp_path / "training.yaml").write_text(f"{text[:begin]}  outcomes: >\n    {clicks}\n{text[end:]}")
    (tmp_path / "journey.yaml").write_text(tiny_journey_text)
    for name in ("interactions", "decisions", "outcomes"):
        (tmp_path / f"{name}.jsonl").write_bytes((log_folder / f"{name}.jsonl").read_bytes())
    made = prepare(tmp_path)
    models = fit_models(made, SMALL, np.random.default_rng(0))
    contacts = made.split.of(Part.TEST) & (made.rows.treatment > 0) & (made.rows.response >= 0)
    assert made.rows.response[contacts].mean() == pytest.approx(0.5, abs=0.1)

    rng = np.random.default_rng(1)
    scored = score_rows(made, models, None, rng)

    compared = compare_policies(made, scored, "spend", 200, rng)

    ours, nothing = compared.values[OURS], compared.values["do nothing"]
    assert not ours.refused
    assert ours.overlap > 0.2
    gain = compared.ours_minus["do nothing"]
    assert gain.low < 0.0 < gain.high
    assert abs(gain.value) < 1.5  # a click is "worth" 2 to 10 EUR in the journey file
    assert "dm" not in {*ours.estimates, *nothing.estimates}


def test_splitting_by_rows_instead_of_by_customer_and_time(prepared: Prepared) -> None:
    """A label that is each customer's own coin: who remembers customers looks skilled when rows are split.

    Fails if: ``random_split`` draws rows, or the reward model's folds do.
    """
    rng = np.random.default_rng(4)
    rows = prepared.rows
    coin = rng.integers(0, 2, int(rows.customer.max()) + 1)
    label = coin[rows.customer]

    def memory(part: np.ndarray) -> float:
        learned = part < Part.TEST
        seen = np.bincount(rows.customer[learned], minlength=len(coin))
        ones = np.bincount(rows.customer[learned], label[learned], minlength=len(coin))
        rate = np.where(seen > 0, ones / np.maximum(seen, 1), label[learned].mean())
        return auc(label[~learned], rate[rows.customer[~learned]])

    assert memory(random_split(rows, rng)) == pytest.approx(0.5, abs=0.01)
    by_rows = np.where(rng.random(len(rows)) < 0.7, 0, 2)
    assert memory(by_rows) > 0.9  # the trap is real

    # By time, customers are in both parts; so what DR expects of a row comes from other customers alone.
    noise = rng.normal(0, 5, len(coin))[rows.customer]
    split = replace(prepared.split, rows=replace(rows, reward=noise))
    told = replace(prepared, split=split, customer_x=prepared.customer_x.copy())
    told.customer_x[:, 0] = rows.customer  # a feature that gives the customer away
    test = np.flatnonzero(prepared.split.of(Part.TEST))
    expected = cross_fitted(told, np.flatnonzero(prepared.split.part < Part.TEST), test, rng)
    taken = expected[np.arange(len(test)), rows.treatment[test]]
    assert abs(np.corrcoef(taken, noise[test])[0, 1]) < 0.12


def test_class_weights_that_break_calibration(tiny_journey: Journey, prepared: Prepared) -> None:
    """Three responses in a hundred, and 3 % promised: before any calibration that could mend it.

    Fails if: the trees weigh the rare class (``is_unbalance``, ``scale_pos_weight`` in boosting).
    """
    rng = np.random.default_rng(5)
    n = 12_000
    customer_x = rng.normal(size=(n, len(prepared.spec.customer_names))).astype(np.float32)
    candidate_x = np.zeros((n, len(prepared.spec.candidate_names)), dtype=np.float32)
    for column in prepared.spec.customer_categorical:
        customer_x[:, column] = 0
    plain = next(i for i in range(customer_x.shape[1]) if i not in prepared.spec.customer_categorical)
    chance = 0.06 / (1 + np.exp(-2 * customer_x[:, plain]))
    phase, treatment = np.zeros(n, dtype=np.int32), np.ones(n, dtype=np.int32)
    response = (rng.random(n) < chance).astype(np.int8)
    learn = np.arange(n) < 8_000
    model = fit_response(
        journey=tiny_journey,
        spec=prepared.spec,
        customer_x=customer_x[learn],
        candidate_x=candidate_x[learn],
        phase=phase[learn],
        treatment=treatment[learn],
        response=response[learn],
        customer=np.arange(8_000),
        calibrate=np.zeros(8_000, dtype=bool),
        parameters=replace(SMALL, response_iterations=40, response_leaves=4, min_data_in_leaf=400),
        rng=rng,
    )
    assert model.trees_text is not None
    later = np.flatnonzero(~learn)

    promised = model.propensity(
        customer_x=customer_x[later],
        candidate_x=candidate_x[later],
        row=np.arange(len(later)),
        phase=phase[later],
        treatment=treatment[later],
    ).value

    assert promised.mean() == pytest.approx(response[later].mean(), abs=0.006)
    assert promised[chance[later] > 0.045].mean() == pytest.approx(0.053, abs=0.012)


def asked(decision_id: str) -> DecisionRequest:
    return DecisionRequest(
        decision_id=decision_id,
        customer=Customer(customer_id="c-1", consent={"email": True}, attributes={}, time_zone=None),
        decided_at=datetime(2026, 11, 21, 11, tzinfo=UTC),
        interactions=(),
        stated_phase="interested",
    )


def test_argmax_chosen_but_softmax_logged(tiny_models: Models, tiny_journey: Journey) -> None:
    """What was chosen follows the probabilities that were logged, so the weights average one.

    Fails if: the best is always taken while the spread is what is logged (``choice``).
    """
    objective = replace(
        tiny_journey.objective,
        exploration=Exploration(method=ExplorationMethod.INVERSE_GAP, gamma=0.2, floor=0.1),
        arms=(Arm(name="all", share=1.0, policy=ArmPolicy.DEFAULT),),
    )
    engine = Engine(replace(tiny_journey, objective=objective), tiny_models, "b")
    made = [decide(engine, asked(f"d-{i}")) for i in range(600)]
    logged = np.array([each.actions[0].action_probability for each in made])
    candidates = sum(1 for each in made[0].candidates if each.action_probability > 0)
    seen = Counter((each.actions[0].action, each.actions[0].channel) for each in made)

    assert candidates > 1
    assert len(seen) == candidates
    log = LoggedDecisions(
        customer=np.arange(600),
        reward=np.ones(600),
        logged=logged,
        target=np.full(600, 1 / candidates),
    )
    value = evaluate(log, np.random.default_rng(0), 200)
    assert not value.refused
    assert value.mean_weight == pytest.approx(1.0, abs=0.2)


def test_the_same_random_stream_in_each_worker() -> None:
    """Two workers asked different things draw differently; asked the same thing they draw the same.

    Fails if: the draw comes from a generator that every process seeds alike instead of from the decision.
    """
    program = (
        "from models.policy.choice.exploration import numbers\n"
        "print(*[numbers(f'{}-{i}', 1)[0] for i in range(400)])"
    )
    streams = []
    for worker in ("a", "b", "a"):
        run = subprocess.run(
            [sys.executable, "-c", program.replace("{}", worker, 1)],
            capture_output=True,
            text=True,
            check=True,
        )
        streams.append(np.array([float(number) for number in run.stdout.split()]))

    assert (streams[0] == streams[2]).all()
    assert streams[0][7] == numbers("a-7", 1)[0]
    assert abs(np.corrcoef(streams[0], streams[1])[0, 1]) < 4 / math.sqrt(400)
    assert len({*streams[0].tolist(), *streams[1].tolist()}) == 800


def test_values_that_grow_because_customers_with_more_events_live_longer() -> None:
    """Every decision brings 1; half of the customers have ten of them. Two decisions are worth 2 for all.

    Fails if: a customer's journey is all their decisions, however many (``first_decisions``).
    """
    customer = np.concatenate((np.repeat(np.arange(200), 2), np.repeat(np.arange(200, 400), 10)))
    reward = np.ones(len(customer))
    at, decisions, customers = first_decisions(customer, np.arange(len(customer)), 20)

    log = LoggedJourneys(reward=reward[at], logged=np.full(at.shape, 0.5), target=np.full(at.shape, 0.5))
    value = evaluate_journeys(log, np.random.default_rng(0), 200)

    assert (decisions, len(at), customers) == (2, 400, 400)
    assert value.estimates["wpdis"].value == pytest.approx(2.0)


def test_a_value_function_extrapolating_to_actions_never_taken_in_that_phase(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value rests on a treatment that the log never tried in the phase, though the journey file means it.

    Fails if: ``tried`` says that everything was.
    """
    rows, phase = prepared.rows, prepared.situations.phase
    stranger = prepared.journey.phase_index["stranger"]
    mail = prepared.journey.treatment_index[("teaser", "email")]
    treatment = np.where((phase == stranger) & (rows.treatment == mail), 0, rows.treatment).astype(np.int32)
    untried = replace(prepared, split=replace(prepared.split, rows=replace(rows, treatment=treatment)))
    seen: dict[str, Any] = {}
    monkeypatch.setattr(fit, "fit_journey_value", lambda **given: seen.update(given))
    models = fit_models(prepared, SMALL, np.random.default_rng(0))  # with what was tried, it counts
    counted = (seen["phase"][seen["row"]] == stranger) & (seen["treatment"] == mail)
    assert counted.any()

    fit.fit_value_model(untried, models.response, models.transition)

    pairs = {*zip(seen["phase"][seen["row"]].tolist(), seen["treatment"].tolist(), strict=True)}
    assert (stranger, mail) not in pairs
    learned = untried.split.part < Part.TEST
    tried = {*zip(phase[learned].tolist(), treatment[learned].tolist(), strict=True)}
    assert all(pair in tried or pair[1] == 0 for pair in pairs)


def test_do_nothing_rows_not_exchangeable_with_contacts() -> None:
    """The warm spend 10 and are contacted, the cold spend 2 and are not; contacts change nothing.

    Comparing the contacted with the others says 6.4 EUR. Weighted by how each came about: nothing.
    Fails if: logged probabilities are left out of the weights.
    """
    rng = np.random.default_rng(8)
    warm = rng.random(8_000) < 0.5
    chance = np.where(warm, 0.9, 0.1)
    contacted = rng.random(8_000) < chance
    spent = np.where(warm, 10.0, 2.0) + rng.normal(0, 1, 8_000)
    naive = float(spent[contacted].mean() - spent[~contacted].mean())
    assert naive > 6.0

    def value(act: bool) -> Any:
        log = LoggedDecisions(
            customer=np.arange(8_000),
            reward=spent,
            logged=np.where(contacted, chance, 1 - chance),
            target=(contacted == act).astype(np.float64),
        )
        return evaluate(log, rng).estimates["snips"]

    always, never = value(True), value(False)

    assert always.low <= 6.0 <= always.high
    assert never.low <= 6.0 <= never.high
    assert abs(always.value - never.value) < 0.6

    # And without probabilities it does not guess: contacts that somebody chose are refused.
    blind = LoggedDecisions(
        customer=np.arange(8_000), reward=spent, logged=np.full(8_000, np.nan), target=contacted.astype(float)
    )
    assert "not identifiable" in evaluate(blind, rng).refused[0]


def test_early_stopping_on_the_test_set(prepared: Prepared) -> None:
    """Whatever the test rows hold, the models are the same to the last byte.

    Fails if: test rows are among those that stop the growing, calibrate, or teach.
    """
    rows, test = prepared.rows, prepared.split.of(Part.TEST)
    rng = np.random.default_rng(9)
    x, candidate_x = prepared.customer_x.copy(), prepared.candidate_x.copy()
    plain = next(i for i in range(x.shape[1]) if i not in prepared.spec.customer_categorical)
    x[:, plain] = rng.normal(size=len(x))
    telling = ((rows.response >= 0) & (rng.random(len(x)) < 1 / (1 + np.exp(-3 * x[:, plain])))).astype(
        np.int8
    )
    rows = replace(rows, response=np.where(rows.response >= 0, telling, rows.response))
    taught = replace(prepared, split=replace(prepared.split, rows=rows), customer_x=x.copy())
    x[test] = rng.permuted(x[test], axis=0)
    candidate_x[test] = rng.permuted(candidate_x[test], axis=0)
    spoiled = replace(
        rows,
        response=np.where(test & (rows.response >= 0), 1 - rows.response, rows.response).astype(np.int8),
        next_phase=np.where(test & (rows.next_phase >= 0), 0, rows.next_phase).astype(np.int32),
        reward=np.where(test, 1e6, rows.reward),
    )
    other = replace(
        prepared,
        split=replace(prepared.split, rows=spoiled),
        customer_x=x,
        candidate_x=candidate_x,
    )

    honest, spoilt = (fit_models(each, SMALL, np.random.default_rng(1)) for each in (taught, other))

    assert honest.response.trees_text is not None
    for part in ("response", "transition", "value"):
        assert getattr(honest, part).to_files() == getattr(spoilt, part).to_files()

"""The present method in a drawn company: the product's training on its four tables, and its scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.bundle import Models
from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.learned.trees.parameters import TreeParameters
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from training.config import FeatureRules, RowRules, Split
from training.data.encode import encode
from training.evaluation.off_policy.logged_candidates import logged_candidates
from training.fit.advantage.log_rows import learnable
from training.fit.advantage.served import LearnedInMoney, learn_in_money
from training.fit.fit import fit_models
from training.fit.prepared import Prepared, make_builder, prepare
from training.rows.rows import make_rows
from training.rows.split import split_rows
from training.simulator.drawn.policies import certain
from training.simulator.drawn.records import HISTORY, View
from training.simulator.drawn.rollout import DrawnLog
from training.simulator.drawn.tables import (
    ANSWER,
    ANSWER_MS,
    BEFORE_DECISION_MS,
    DELIVERY_MS,
    RECORD,
    START_MS,
    STEP_MS,
    attribute_names,
    journey_of,
    tables_of,
)
from training.simulator.world.events import GrowingHistory, join, make_events


def shipped_policy(log: DrawnLog, seed: int, *, in_money: bool = True) -> ShippedPolicy:
    """Train as `nba train` does; without effects in money decisions rank by response and phases."""
    prepared, models, _ = train_as_shipped(log, seed)
    models = models if in_money else replace(models, advantage=None)
    return ShippedPolicy(
        prepared.journey, Engine(prepared.journey, models, "shipped"), attribute_names(log.company)
    )


def train_as_shipped(log: DrawnLog, seed: int) -> tuple[Prepared, Models, LearnedInMoney]:
    """Rows and models, effects in money among them where the log wants decisions to rank by these."""
    rng = np.random.default_rng([seed, 77])
    journey = journey_of(log.company)
    tables = tables_of(log, journey)
    encoded = encode(tables, journey)
    builder = make_builder(journey, encoded, FeatureRules())
    trace = builder.machine.trace(encoded.history)
    rows = make_rows(encoded, tables.reward, journey, trace, RowRules(), rng)
    customers = int(log.customer.max()) + 1
    split = split_rows(rows, np.zeros(customers, dtype=np.int64), Split(), True)
    prepared = prepare(journey, builder, encoded, trace, split)
    models = fit_models(prepared, TreeParameters(num_threads=1), rng)
    at = learnable(prepared)
    texts = tables.decisions.column("candidates").combine_chunks()
    candidates = logged_candidates(journey, texts, prepared.rows.decision[at])[0]
    found = learn_in_money(prepared, models, at, candidates)
    return prepared, replace(models, advantage=found.served), found


class ShippedPolicy:
    """The eligible treatment of the highest priority; keeps the history that the records would hold."""

    def __init__(self, journey: Journey, engine: Engine, attributes: list[str]) -> None:
        self._journey, self._engine, self._names = journey, engine, attributes
        catalogue = Catalogue.of(journey)
        self._action, self._channel = catalogue.action, catalogue.channel
        self._touchpoints = tuple(journey.touchpoint_names)

    def probabilities(self, view: View):
        if view.step[0] == 0:
            self._begin(view)
        self._record(view)
        situations = self._engine.builder.situate(
            history=self._growing.history(),
            customer=np.arange(view.n),
            instant=START_MS + view.step * STEP_MS,
            attributes=self._attributes,
        )
        row, treatment = np.nonzero(view.eligible)
        worth = self.rank(view, row, treatment, self._engine.score(situations, row, treatment))
        self._chosen = np.where(view.phase < len(self._journey.phases) - 1, worth.argmax(axis=1), 0)
        return certain(self._chosen, view)

    def rank(self, view: View, row, treatment, scores):
        """(n, A) what each treatment ranks by."""
        worth = np.full(view.eligible.shape, -np.inf)
        worth[row, treatment] = scores.priority
        return worth

    def _begin(self, view: View) -> None:
        known = [dict(zip(self._names, x, strict=True)) for x in view.attributes.round(4).tolist()]
        self._attributes = self._engine.builder.attribute_matrix(known)
        self._growing = GrowingHistory(view.n, self._touchpoints)
        self._chosen = np.zeros(view.n, dtype=np.int64)

    def _record(self, view: View) -> None:
        """What was done since the last decision, what came back, and the phase that is stated."""
        before = START_MS + (view.step - 1) * STEP_MS
        sent = np.flatnonzero(self._chosen > 0)
        answered = np.flatnonzero(view.history[:, HISTORY.index("last_response")] > 0)
        everybody = np.arange(view.n)
        code = self._touchpoints.index
        contacts = make_events(
            sent, before[sent] + DELIVERY_MS, code("contact"), kind=int(Kind.CONTACT), **self._what(sent)
        )
        kind, when = int(Kind.OUTCOME), before[answered] + ANSWER_MS
        answers = make_events(answered, when, code(ANSWER), kind=kind, **self._what(answered))
        stated_at = before + STEP_MS - BEFORE_DECISION_MS
        records = make_events(everybody, stated_at, code(RECORD), phase=view.phase)
        self._growing.append(join([contacts, answers, records]))

    def _what(self, who):
        treatment = self._chosen[who]
        return {"action": self._action[treatment], "channel": self._channel[treatment]}

"""Why a customer gets what they get, candidate by candidate.

Knows the steps of a decision and how to ask LightGBM what each feature contributed; has no side effect
and draws as the decision itself does. Knows nothing of languages or layouts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.domain.actions import Treatment
from models.domain.configurations import Configured
from models.domain.decision import (
    Decision,
    DecisionRequest,
    DropOut,
    PriorityFactors,
    SatisfactionEffect,
    ScoredCandidate,
)
from models.learned.trees.lightgbm_library import load_lightgbm
from models.policy.compose import factors, satisfaction
from models.policy.decide import decide_in_steps
from models.policy.engine import Engine
from models.policy.explain.alternatives import first_choice
from models.policy.explain.feature_words import FeatureWords
from models.policy.explain.learned_effect import LearnedEffect, believed_phases, learned_effects
from models.policy.explain.path_ahead import PathAhead, path_ahead
from models.policy.scoring.updates import as_modelled
from models.policy.steps import DecisionSteps

TOP_FEATURES: Final = 5
TOP_CANDIDATES: Final = 3
"""How many candidates get contributions unless all are asked for: LightGBM takes 1.6 ms for one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one feature did to a candidate's propensity.

    Attributes:
        feature: name of the column.
        value: as the model saw it; None is missing or never.
        text: the same in the customer's terms.
        log_odds: how far it moved the log-odds of a positive response, relative to the average customer.
    """

    feature: str
    value: float | None
    text: str
    log_odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceTraining:
    """How outcomes since the training moved a propensity (docs/adr/0005-between-trainings.md).

    Attributes:
        modelled: the model's own propensity.
        log_odds: what was added to its log-odds.
        decisions: of this phase and treatment since the training, a plain number.
    """

    modelled: float
    log_odds: float
    decisions: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCandidate:
    """A candidate with every factor of its priority.

    Attributes:
        changes: phase → probability at the horizon minus that of doing nothing.
        contributions: the features that moved its propensity most, largest first.
        since_training: None where no update moved it.
        learned_effect: None where the bundle tells what treatments add by response and phases.
        satisfaction: None where the journey file asks for none, or the bundle knows nothing of it.
    """

    candidate: ScoredCandidate
    factors: PriorityFactors
    changes: Mapping[str, float]
    contributions: tuple[Contribution, ...]
    since_training: SinceTraining | None = None
    learned_effect: LearnedEffect | None = None
    satisfaction: SatisfactionEffect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision and everything behind it; the highest priority first.

    Attributes:
        first_choice: what ranks first in the first slot, before any exploration.
        path: which phases likely follow; None: no model tells.
        configured: what can be delivered, of every configurator that actions speak of.
        believed: phase → how likely the customer is in it; None: the stated phase is taken at its word.
    """

    decision: Decision
    first_choice: Treatment
    candidates: tuple[ExplainedCandidate, ...]
    drop_outs: tuple[DropOut, ...]
    path: PathAhead | None = None
    configured: tuple[Configured, ...] = ()
    believed: Mapping[str, float] | None = None


class _Booster(Protocol):
    """What is asked of LightGBM, which is loaded only when the first explanation is."""

    def predict(self, data: NDArray[Any], *, pred_contrib: bool, num_threads: int) -> Any: ...


class Explainer:
    """Explains decisions of one engine.

    LightGBM is loaded when the first one is asked for.
    """

    __slots__ = ("_booster", "_engine", "_words")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._words = FeatureWords(engine.journey, engine.builder.spec)
        self._booster: _Booster | None = None

    def explain(self, request: DecisionRequest, *, everyone: bool = False) -> Explanation:
        """The decision of ``request``, with factors, contributions and drop-outs.

        Args:
            everyone: contributions of every candidate, not only of the chosen and of the best ranked.

        Raises:
            As ``decide``.
        """
        return self.explain_steps(*decide_in_steps(self._engine, request), everyone=everyone)

    def explain_steps(
        self, decision: Decision, steps: DecisionSteps, *, everyone: bool = False
    ) -> Explanation:
        """The same of a decision that was made already, from the steps that it came from."""
        contributions = self._contributions(steps, everyone)
        effects = learned_effects(self._engine, steps.situations, steps.candidates)
        explained = [
            self._candidate(steps, position, candidate, contributions[position], effects[position])
            for position, candidate in enumerate(decision.candidates)
        ]
        explained.sort(key=lambda each: each.candidate.value.priority, reverse=True)
        return Explanation(
            decision=decision,
            first_choice=first_choice(self._engine, steps),
            candidates=tuple(explained),
            drop_outs=steps.drop_outs(self._engine.journey),
            path=path_ahead(self._engine, steps),
            configured=tuple((steps.request.configured or {}).values()),
            believed=believed_phases(self._engine, steps.situations),
        )

    def _candidate(
        self,
        steps: DecisionSteps,
        position: int,
        candidate: ScoredCandidate,
        contributions: tuple[Contribution, ...],
        effect: LearnedEffect | None,
    ) -> ExplainedCandidate:
        leads_to = steps.scores.leads_to
        changes = (leads_to[position] - leads_to[0]).tolist()
        return ExplainedCandidate(
            candidate=candidate,
            factors=factors(self._engine, steps, position),
            changes=dict(zip(self._engine.journey.phase_index, changes, strict=True)),
            contributions=contributions,
            since_training=self._since_training(steps, position),
            learned_effect=effect,
            satisfaction=satisfaction(self._engine, steps, position),
        )

    def _since_training(self, steps: DecisionSteps, position: int) -> SinceTraining | None:
        update = self._engine.update
        if update is None:
            return None
        cell = int(steps.situations.phase[0]), int(steps.candidates[position])
        shift = float(update.shift[cell])
        if shift == 0.0:
            return None
        propensity = float(steps.scores.propensity[position])
        return SinceTraining(
            modelled=as_modelled(update, *cell, propensity),
            log_odds=shift,
            decisions=float(update.seen[cell]),
        )

    def _contributions(self, steps: DecisionSteps, everyone: bool) -> list[tuple[Contribution, ...]]:
        """Per candidate; empty without a model of trees, and for those that are not asked for."""
        booster = self._load()
        contributions: list[tuple[Contribution, ...]] = [()] * len(steps.candidates)
        if booster is None:
            return contributions
        wanted = list(range(len(contributions))) if everyone else _foremost(steps)
        if not wanted:  # only doing nothing is left, and LightGBM fails on no rows
            return contributions
        builder, situations = self._engine.builder, steps.situations
        row = np.zeros(len(wanted), dtype=np.int64)
        x = np.hstack(
            (
                builder.customer_features(situations)[row],
                builder.candidate_features(situations, row, steps.candidates[wanted]),
            )
        )
        moved = np.asarray(booster.predict(x, pred_contrib=True, num_threads=1))[:, :-1]
        names = (*builder.spec.customer_names, *builder.spec.candidate_names)
        for position, values, own in zip(wanted, x, moved, strict=True):
            contributions[position] = self._top(names, values, own)
        return contributions

    def _top(self, names: tuple[str, ...], values: NDArray[Any], moved: Floats) -> tuple[Contribution, ...]:
        order = np.argsort(-np.abs(moved), kind="stable")[:TOP_FEATURES].tolist()
        return tuple(
            Contribution(
                feature=names[index],
                value=None if np.isnan(values[index]) else float(values[index]),
                text=self._words.describe(names[index], float(values[index])),
                log_odds=float(moved[index]),
            )
            for index in order
            if moved[index] != 0.0
        )

    def _load(self) -> _Booster | None:
        models = self._engine.models
        if models is None or models.response.trees_text is None:
            return None
        if self._booster is None:
            self._booster = load_lightgbm().Booster(model_str=models.response.trees_text)
        return self._booster


def explain(engine: Engine, request: DecisionRequest, *, everyone: bool = False) -> Explanation:
    """``Explainer(engine).explain(request)``, for a single explanation."""
    return Explainer(engine).explain(request, everyone=everyone)


def _foremost(steps: DecisionSteps) -> list[int]:
    """Positions of what was chosen, then of the best ranked; nothing explains doing nothing."""
    ranked = np.argsort(-steps.chooser.merit, kind="stable").tolist()
    wanted = dict.fromkeys((*(pick.candidate for pick in steps.picks), *ranked))
    wanted.pop(0, None)
    chosen = len({pick.candidate for pick in steps.picks} - {0})
    return list(wanted)[: max(chosen, TOP_CANDIDATES)]
